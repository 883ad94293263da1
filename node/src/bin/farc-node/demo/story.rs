//! What the demo says while it runs: a card, a story, a verdict. All of stdout goes through here.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write as _},
};

use super::{
    journal::{Record, Word, Words},
    observe::UP,
    watch::News,
};

/// Tells the story to stdout.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// When it began, on the journals' clock. Before that, there is nothing to tell.
    began: Option<u64>,
    /// Who is hungry: a request that is repeated is no news.
    hungry: BTreeSet<Word>,
    /// What was last told of each link, by (who says it, of whom).
    links: BTreeMap<(Word, Word), bool>,
}

/// Whether the story tells of such records.
pub(super) fn is_news(record: &Record, hungry: Word) -> bool {
    match record {
        Record::Eat { .. } | Record::Link { .. } | Record::Gap { .. } => true,
        Record::Publish { signal, .. } => *signal == hungry,
        Record::Start { .. } | Record::Dispatch { .. } | Record::Done { .. } => false,
    }
}

impl Story {
    /// One line as it is.
    pub(super) fn say(&self, line: &str) {
        // A pipe that was closed early, as by `head`, is no reason to leave a demo half done.
        let _ = writeln!(io::stdout().lock(), "{line}");
    }

    /// From now on, times are counted from this moment.
    pub(super) fn begin(&mut self, now: u64) {
        self.began = Some(now);
    }

    /// Something that we did.
    pub(super) fn act(&self, now: u64, what: &str) {
        self.say(&format!("{} >> {what}", self.clock(now)));
    }

    /// Something that a node did.
    pub(super) fn tell(&mut self, news: &News, philosophers: &[Word], words: &Words) {
        if self.began.is_none() {
            if let Record::Link { peer, change } = &news.record {
                self.links
                    .insert((news.node, *peer), words.text(*change) == UP);
            }
            return;
        }
        let node = words.text(news.node);
        let told = match &news.record {
            Record::Publish { actor, .. } if self.hungry.insert(*actor) => {
                format!("{} is hungry", words.text(*actor))
            }
            Record::Eat {
                philosopher, lease, ..
            } => {
                let Some(name) = philosophers.get(*philosopher as usize) else {
                    return;
                };
                self.hungry.remove(name);
                format!("{} eats, on lease {}", words.text(*name), lease % 1_000_000)
            }
            Record::Link { peer, change } => {
                let change = words.text(*change);
                let up = change == UP;
                if self.links.insert((news.node, *peer), up) == Some(up) {
                    return;
                }
                match change.split_once(':') {
                    Some((_, reason)) => {
                        format!("lost  {} ({})", words.text(*peer), reason.replace('_', " "))
                    }
                    None => format!("found {}", words.text(*peer)),
                }
            }
            Record::Gap {
                actor,
                peer,
                count,
                cause,
                ..
            } => {
                format!(
                    "{} misses {count} events of {} ({})",
                    words.text(*actor),
                    words.text(*peer),
                    words.text(*cause)
                )
            }
            Record::Start { .. }
            | Record::Publish { .. }
            | Record::Dispatch { .. }
            | Record::Done { .. } => return,
        };
        self.say(&format!("{}    {node:<8} {told}", self.clock(news.time)));
    }

    fn clock(&self, at: u64) -> String {
        let ms = at.saturating_sub(self.began.unwrap_or(at)) / 1_000_000;
        format!("{:02}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
    }
}
