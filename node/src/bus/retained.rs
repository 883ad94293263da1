//! The last publications of signals that ask for it, for actors that subscribe later (C10).
//!
//! What is kept are bytes, of this node's actors and of peers alike, so that one place serves all domains and knows no types. One lock makes a
//! publication of such a signal and a subscription to it two acts, one after the other: a late subscriber gets each event once, out of here or
//! as it is published. Publications of other signals never come here.

use std::collections::VecDeque;

use bytes::Bytes;
use farc_protocol::frame::Class;
use farc_protocol::life::Life;

use super::{Delivery, SignalKey};

/// The most payload bytes of one signal: twice the largest message, as wherever events wait. Beyond, fewer than it asks for are kept.
const MOST_BYTES: usize = 32 << 20;

/// Where a publication came from, if from a peer.
#[derive(Clone, Copy)]
pub(super) struct FromPeer {
    pub(super) peer: u16,
    pub(super) life: Life,
    pub(super) class: Class,
    /// The peer's number of the publishing actor.
    pub(super) actor: u32,
}

/// A publication that is kept.
#[derive(Clone)]
pub(super) struct Kept {
    /// In an allocation of its own: a part of a larger one would keep all of it.
    pub(super) payload: Bytes,
    pub(super) from: Option<FromPeer>,
}

/// The last ones of a signal, the oldest first.
struct Shelf {
    most: usize,
    kept: VecDeque<Kept>,
    bytes: usize,
}

impl Shelf {
    fn put(&mut self, kept: Kept) {
        self.bytes += kept.payload.len();
        self.kept.push_back(kept);
        while self.kept.len() > self.most || self.bytes > MOST_BYTES {
            let oldest = self.kept.pop_front();
            self.bytes -= oldest.map_or(0, |kept| kept.payload.len());
        }
    }
}

/// By signal: `shelves[key - 1]`.
#[derive(Default)]
pub(super) struct Retained {
    shelves: Vec<Option<Shelf>>,
}

impl Retained {
    /// A signal is known from now on, and so many of it are kept.
    pub(super) fn open(&mut self, key: SignalKey, most: usize) {
        let at = key.0 as usize;
        if self.shelves.len() < at {
            self.shelves.resize_with(at, || None);
        }
        self.shelves[at - 1] = Some(Shelf {
            most,
            kept: VecDeque::new(),
            bytes: 0,
        });
    }

    /// Whether no signal keeps any.
    pub(super) fn is_unused(&self) -> bool {
        self.shelves.is_empty()
    }

    fn shelf(&mut self, key: SignalKey) -> Option<&mut Shelf> {
        let at = (key.0 as usize).checked_sub(1)?;
        self.shelves.get_mut(at)?.as_mut()
    }

    /// Keeps what an actor of this node has published.
    pub(super) fn keep(&mut self, key: SignalKey, payload: &[u8]) {
        if let Some(shelf) = self.shelf(key) {
            shelf.put(Kept {
                payload: Bytes::copy_from_slice(payload),
                from: None,
            });
        }
    }

    /// Keeps what a peer has published, unless it is for certain receivers or its signal keeps none.
    pub(super) fn keep_of_peer(&mut self, peer: u16, message: &Delivery) {
        if let Some(shelf) = self.shelf(message.signal)
            && message.targets.is_empty()
        {
            shelf.put(Kept {
                payload: Bytes::copy_from_slice(&message.payload),
                from: Some(FromPeer {
                    peer,
                    life: message.life,
                    class: message.class,
                    actor: message.source,
                }),
            });
        }
    }

    /// What a late subscriber gets, the oldest first.
    pub(super) fn kept(&mut self, key: SignalKey) -> Vec<Kept> {
        self.shelf(key)
            .map(|shelf| shelf.kept.iter().cloned().collect())
            .unwrap_or_default()
    }
}
