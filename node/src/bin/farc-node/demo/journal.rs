//! The journal: what one node process did, written down as it happens, so that somebody else can judge it.
//!
//! The verdict of the demo must not come from the counters of the code it judges: a node that loses a message and
//! forgets to count it would certify itself. So each process appends one record a `write(2)` to a file of its own,
//! *before* each publish and *after* each dispatch. Nothing is buffered, so that `SIGKILL` takes at most the record
//! that was being written; a torn last line is therefore tolerated, a torn line anywhere else is not.
//!
//! A record is one line of words, and the first word says what it is. Times are nanoseconds of `CLOCK_MONOTONIC`,
//! which all processes of one machine share. Node and life are said once, by the record that opens a life; every
//! record below it, up to the next of its kind, belongs to that life.
//!
//! ```text
//! S time node life                                                         a life begins
//! P time actor signal n receivers                                          about to publish
//! D time actor signal publisher-node publisher-actor publisher-life n      dispatched to the end
//! G time actor peer peer-life cause count signal=count,…                   a gap, raised for this actor
//! E time actor philosopher lease ends                                      eats, until `ends` at the latest
//! F time actor philosopher lease                                           has finished eating
//! L time peer change                                                       what the link says of a peer
//! ```

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    sync::Arc,
};

/// A word that occurs often, by number: comparing millions of records compares integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word(u32);

/// The words of all journals of one run.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: HashMap<Arc<str>, Word>,
    texts: Vec<Arc<str>>,
}

impl Words {
    /// The number of this text, a new one if it was never seen.
    pub(super) fn number(&mut self, text: &str) -> Word {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        // Words come from journals of at most some million records; four thousand million do not fit in memory.
        let word = Word(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, word);
        word
    }

    /// The text of a number.
    pub(super) fn text(&self, word: Word) -> &str {
        self.texts.get(word.0 as usize).map_or("?", |text| text)
    }
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    Start {
        node: Word,
        life: Word,
    },
    Publish {
        actor: Word,
        signal: Word,
        n: u64,
        receivers: u32,
    },
    Dispatch {
        actor: Word,
        signal: Word,
        from: Publisher,
        n: u64,
    },
    Gap {
        actor: Word,
        peer: Word,
        life: Word,
        cause: Word,
        count: u64,
        signals: Vec<(Word, u64)>,
    },
    Eat {
        philosopher: u32,
        lease: u64,
        ends: u64,
    },
    Done {
        philosopher: u32,
        lease: u64,
    },
    Link {
        peer: Word,
        change: Word,
    },
}

/// Who published: an actor, on a node, in one life of that node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Publisher {
    pub(super) node: Word,
    pub(super) actor: Word,
    pub(super) life: Word,
}

/// What a process writes. The texts are node, actor and signal names and lives, none of which can hold a space.
#[derive(Clone, Copy)]
pub(super) enum Entry<'a> {
    Start {
        node: &'a str,
        life: &'a dyn fmt::Display,
    },
    Publish {
        actor: &'a str,
        signal: &'a str,
        n: u64,
        receivers: u32,
    },
    Dispatch {
        actor: &'a str,
        signal: &'a str,
        node: &'a str,
        publisher: &'a str,
        life: &'a dyn fmt::Display,
        n: u64,
    },
    Gap {
        actor: &'a str,
        peer: &'a str,
        life: &'a dyn fmt::Display,
        cause: &'a str,
        count: u64,
        signals: &'a [(String, u64)],
    },
    Eat {
        actor: &'a str,
        philosopher: u32,
        lease: u64,
        ends: u64,
    },
    Done {
        actor: &'a str,
        philosopher: u32,
        lease: u64,
    },
    Link {
        peer: &'a str,
        change: &'a str,
    },
}

impl Entry<'_> {
    /// The line of this entry, its line feed included.
    pub(super) fn line(&self, time: u64) -> String {
        // Longer than nearly all lines: one allocation a record.
        let mut line = String::with_capacity(160);
        self.write(time, &mut line)
            .expect("writing to a string cannot fail");
        line
    }

    fn write(&self, t: u64, out: &mut String) -> fmt::Result {
        match self {
            // The line feed in front ends what a killed process may have left behind in the same file.
            Self::Start { node, life } => writeln!(out, "\nS {t} {node} {life}"),
            Self::Publish {
                actor,
                signal,
                n,
                receivers,
            } => writeln!(out, "P {t} {actor} {signal} {n} {receivers}"),
            Self::Dispatch {
                actor,
                signal,
                node,
                publisher,
                life,
                n,
            } => {
                writeln!(out, "D {t} {actor} {signal} {node} {publisher} {life} {n}")
            }
            Self::Gap {
                actor,
                peer,
                life,
                cause,
                count,
                signals,
            } => {
                write!(out, "G {t} {actor} {peer} {life} {cause} {count} ")?;
                for (at, (signal, count)) in signals.iter().enumerate() {
                    write!(out, "{}{signal}={count}", if at == 0 { "" } else { "," })?;
                }
                writeln!(out)
            }
            Self::Eat {
                actor,
                philosopher,
                lease,
                ends,
            } => writeln!(out, "E {t} {actor} {philosopher} {lease} {ends}"),
            Self::Done {
                actor,
                philosopher,
                lease,
            } => writeln!(out, "F {t} {actor} {philosopher} {lease}"),
            Self::Link { peer, change } => writeln!(out, "L {t} {peer} {change}"),
        }
    }
}

/// A journal as it is read, in pieces, while its process may still be writing it.
#[derive(Debug, Default)]
pub(super) struct Reader {
    unfinished: Vec<u8>,
    /// A line that made no sense, and may still turn out to be the last of a life.
    doubtful: Option<String>,
}

impl Reader {
    /// Takes the next bytes of the file and appends the records they complete, with their times.
    ///
    /// # Errors
    /// The first line that is no record and is followed by another record of the same life.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        words: &mut Words,
        records: &mut Vec<(u64, Record)>,
    ) -> Result<(), Corrupt> {
        self.unfinished.extend_from_slice(bytes);
        let mut lines = std::mem::take(&mut self.unfinished);
        let complete = lines
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        self.unfinished = lines.split_off(complete);
        for line in lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let parsed = std::str::from_utf8(line)
                .ok()
                .and_then(|line| parse(line, words));
            match (parsed, self.doubtful.take()) {
                (Some((time, record @ Record::Start { .. })), _) | (Some((time, record)), None) => {
                    records.push((time, record))
                }
                (None, None) => self.doubtful = Some(String::from_utf8_lossy(line).into_owned()),
                (_, Some(line)) => return Err(Corrupt { line }),
            }
        }
        Ok(())
    }
}

/// A journal that cannot be believed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a journal record, and not the last of its life: {line:?}")]
pub(super) struct Corrupt {
    line: String,
}

fn parse(line: &str, words: &mut Words) -> Option<(u64, Record)> {
    let mut fields = line.split(' ');
    let kind = fields.next()?;
    let time = number(&mut fields)?;
    let record = match kind {
        "P" => {
            let (actor, signal) = (word(&mut fields, words)?, word(&mut fields, words)?);
            Record::Publish {
                actor,
                signal,
                n: number(&mut fields)?,
                receivers: small(&mut fields)?,
            }
        }
        "D" => {
            let (actor, signal) = (word(&mut fields, words)?, word(&mut fields, words)?);
            let (node, publisher) = (word(&mut fields, words)?, word(&mut fields, words)?);
            let from = Publisher {
                node,
                actor: publisher,
                life: word(&mut fields, words)?,
            };
            Record::Dispatch {
                actor,
                signal,
                from,
                n: number(&mut fields)?,
            }
        }
        "G" => {
            let (actor, peer) = (word(&mut fields, words)?, word(&mut fields, words)?);
            let (life, cause) = (word(&mut fields, words)?, word(&mut fields, words)?);
            let count = number(&mut fields)?;
            let mut signals = Vec::new();
            for pair in fields.next()?.split(',').filter(|pair| !pair.is_empty()) {
                let (signal, count) = pair.rsplit_once('=')?;
                signals.push((words.number(signal), count.parse().ok()?));
            }
            Record::Gap {
                actor,
                peer,
                life,
                cause,
                count,
                signals,
            }
        }
        "E" => {
            fields.next()?;
            Record::Eat {
                philosopher: small(&mut fields)?,
                lease: number(&mut fields)?,
                ends: number(&mut fields)?,
            }
        }
        "F" => {
            fields.next()?;
            Record::Done {
                philosopher: small(&mut fields)?,
                lease: number(&mut fields)?,
            }
        }
        "L" => Record::Link {
            peer: word(&mut fields, words)?,
            change: word(&mut fields, words)?,
        },
        "S" => Record::Start {
            node: word(&mut fields, words)?,
            life: word(&mut fields, words)?,
        },
        _ => return None,
    };
    // A line with more words than its kind has is two lines that ran into each other.
    fields.next().is_none().then_some((time, record))
}

fn word<'a>(fields: &mut impl Iterator<Item = &'a str>, words: &mut Words) -> Option<Word> {
    fields
        .next()
        .filter(|text| !text.is_empty())
        .map(|text| words.number(text))
}

fn number<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Option<u64> {
    fields.next()?.parse().ok()
}

fn small<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Option<u32> {
    fields.next()?.parse().ok()
}

#[cfg(test)]
mod tests;
