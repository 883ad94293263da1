//! Reads the journals while they are written: for the story, for the moments the script waits for, and for the judge.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use anyhow::Context as _;

use super::{
    check::Witness,
    journal::{Reader, Record, Word, Words},
    observe::UP,
};

/// Bytes taken from a journal at once.
const PIECE: usize = 1 << 16;

/// All journals of a run.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) words: Words,
    lives: Vec<Life>,
}

/// One process of a node.
#[derive(Debug)]
struct Life {
    file: File,
    reader: Reader,
    /// Records that the story has told.
    told: usize,
    /// What it said of its links: when, to whom, and whether it is up.
    links: Vec<(u64, Word, bool)>,
    witness: Witness,
}

/// Something worth telling, from a journal.
#[derive(Debug)]
pub(super) struct News {
    pub(super) time: u64,
    pub(super) node: Word,
    pub(super) record: Record,
}

impl Watch {
    /// Follows a journal that its process will write, or has begun to.
    pub(super) fn follow(&mut self, node: &str, path: &Path) -> anyhow::Result<usize> {
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .with_context(|| format!("failed to open {}", path.display()))?;
        let node = self.words.number(node);
        // Its real name is in its first record.
        let life = self.words.number("");
        let witness = Witness {
            node,
            life,
            ready: None,
            ended: None,
            frozen: Vec::new(),
            records: Vec::new(),
        };
        self.lives.push(Life {
            file,
            reader: Reader::default(),
            told: 0,
            links: Vec::new(),
            witness,
        });
        Ok(self.lives.len() - 1)
    }

    /// Reads what is new in all journals.
    pub(super) fn read(&mut self) -> anyhow::Result<()> {
        for life in &mut self.lives {
            let before = life.witness.records.len();
            life.read(&mut self.words).with_context(|| {
                format!("in the journal of {}", self.words.text(life.witness.node))
            })?;
            for (time, record) in life.witness.records.get(before..).unwrap_or_default() {
                match record {
                    Record::Start { life: named, .. } => life.witness.life = *named,
                    Record::Link { peer, change } => {
                        life.links
                            .push((*time, *peer, self.words.text(*change) == UP));
                    }
                    Record::Publish { .. }
                    | Record::Dispatch { .. }
                    | Record::Gap { .. }
                    | Record::Eat { .. }
                    | Record::Done { .. } => {}
                }
            }
        }
        Ok(())
    }

    /// What was read since the last call and `is_news`, in the order of time.
    pub(super) fn news(&mut self, is_news: impl Fn(&Record) -> bool) -> Vec<News> {
        let mut news = Vec::new();
        for life in &mut self.lives {
            let node = life.witness.node;
            let fresh = life
                .witness
                .records
                .get(life.told..)
                .unwrap_or_default()
                .iter();
            news.extend(
                fresh
                    .filter(|(_, record)| is_news(record))
                    .map(|(time, record)| News {
                        time: *time,
                        node,
                        record: record.clone(),
                    }),
            );
            life.told = life.witness.records.len();
        }
        news.sort_by_key(|news| news.time);
        news
    }

    /// What is known of each life.
    pub(super) fn witnesses(&self) -> Vec<&Witness> {
        self.lives.iter().map(|life| &life.witness).collect()
    }

    pub(super) fn witness(&mut self, life: usize) -> &mut Witness {
        &mut self.lives[life].witness
    }

    /// What a life last said of its link to a peer: when, and whether it is up.
    pub(super) fn link(&self, life: usize, peer: &str) -> Option<(u64, bool)> {
        self.said(life, peer).last()
    }

    /// When a life first said, after `since`, that its link to a peer is up, or that it is down.
    pub(super) fn first(&self, life: usize, peer: &str, up: bool, since: u64) -> Option<u64> {
        self.said(life, peer)
            .find(|(time, is_up)| *time >= since && *is_up == up)
            .map(|(time, _)| time)
    }

    fn said(&self, life: usize, peer: &str) -> impl Iterator<Item = (u64, bool)> {
        let links = self.lives[life].links.iter();
        links
            .filter(move |(_, of, _)| self.words.text(*of) == peer)
            .map(|(time, _, up)| (*time, *up))
    }
}

impl Life {
    fn read(&mut self, words: &mut Words) -> anyhow::Result<()> {
        let mut piece = vec![0; PIECE];
        loop {
            match self.file.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(length) => self.reader.feed(
                    piece.get(..length).unwrap_or_default(),
                    words,
                    &mut self.witness.records,
                )?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
