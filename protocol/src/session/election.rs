//! Which of several connections carries the session, and what happens when that changes.
//!
//! A HELLO's `have` tells whether its sender held another connection when it was sent. The *newest* HELLO of the peer is
//! believed: an older one may have been overtaken. When it says that the peer holds nothing else, the new connection
//! replaces every older one at once. When both sides hold two, the smaller node id alone decides, for the one that it
//! dialled; the other side follows when the loser is closed, when it reads anything behind the HELLO of the winner, or
//! when it has waited long enough.
//!
//! A connection that goes live fences the others: they are closed in the same step, and nothing of them is read any more.
//! Until then the old one is read: what it still brings is skipped when it is replayed.

use std::time::Instant;

use super::{
    Candidate, Connection, ConnectionId, DownReason, Event, Fault, Live, Phase, Role, Session,
    outbound::StreamOut,
};
use crate::{
    close::CloseCode,
    frame::{Class, Hello},
};

/// How many ended connections are remembered: a HELLO that was sent before can only speak of the last few.
const ENDED: usize = 8;

impl Session {
    /// Decides what can be decided, after anything that may have changed it.
    pub(super) fn elect(&mut self, now: Instant) {
        self.close_what_the_peer_gave_up(now);
        let verified: Vec<&Connection> = self
            .connections
            .values()
            .filter(|c| c.peer_nonce().is_some())
            .collect();
        let winner = match verified.as_slice() {
            [] => return,
            [only] => self.may_carry(now, only).then_some(only.id),
            several => {
                let overdue = several
                    .iter()
                    .any(|c| matches!(&c.phase, Phase::Candidate(c) if c.deadline <= now));
                let decides = several.iter().any(|c| self.settings.id < c.peer_id);
                if decides || overdue {
                    self.choose(several)
                } else {
                    None
                }
            }
        };
        let was_contested = verified.len() > 1;
        let Some(winner) = winner else { return };
        if was_contested {
            self.counters.elections += 1;
        }
        if self
            .connections
            .get(&winner)
            .is_some_and(|winner| !winner.is_live())
        {
            self.put_to_use(now, winner);
        } else {
            self.fence_all_but(now, winner);
        }
    }

    /// What the newest HELLO of the peer does not mention is gone there.
    fn close_what_the_peer_gave_up(&mut self, now: Instant) {
        let newest = self.connections.values().filter_map(|c| match &c.phase {
            Phase::Candidate(candidate) => Some((candidate.hello.nonce, candidate.hello.have)),
            Phase::Live(live) => Some((live.nonce, live.have)),
            Phase::Greeting(_) => None,
        });
        let Some((newest, have)) = newest.max() else {
            return;
        };
        let gone = |c: &&Connection| {
            c.peer_nonce()
                .is_some_and(|nonce| nonce != newest && nonce != have)
        };
        let gone: Vec<ConnectionId> = self
            .connections
            .values()
            .filter(gone)
            .map(|c| c.id)
            .collect();
        // The successor first: then losing the old one is a replacement, not the loss of the peer.
        if !gone.is_empty() {
            let successor = self
                .connections
                .values()
                .find(|c| c.peer_nonce() == Some(newest))
                .map(|c| c.id);
            if let Some(successor) = successor
                && self.connections.len() == gone.len() + 1
            {
                self.put_to_use(now, successor);
            }
            for conn in gone {
                self.close(
                    now,
                    conn,
                    Fault::new(
                        CloseCode::Duplicate,
                        "the peer has given this connection up",
                    ),
                );
            }
        }
    }

    /// Whether the only verified connection may go live: not while another one may still turn up on either side.
    fn may_carry(&self, now: Instant, only: &Connection) -> bool {
        let Phase::Candidate(candidate) = &only.phase else {
            return false;
        };
        let Candidate {
            hello, deadline, ..
        } = &**candidate;
        // Who has told us that we are superseded will most likely do so again: it speaks first.
        let awaits_other = self.connections.len() > 1 || self.superseded;
        let peer_holds_other = hello.have != 0 && !self.ended.contains(&hello.have);
        // We said that we held nothing else: the peer will take this connection when it reads that.
        let is_agreed = only.have == 0 || !peer_holds_other;
        *deadline <= now || (is_agreed && !awaits_other)
    }

    /// The one that the smaller node id dialled; of two such, the newest.
    fn choose(&self, verified: &[&Connection]) -> Option<ConnectionId> {
        let rank = |c: &Connection| {
            let by_smaller = (c.role == Role::Dialer) == (self.settings.id < c.peer_id);
            (by_smaller, c.id)
        };
        verified
            .iter()
            .map(|c| rank(c))
            .max()
            .map(|(_, winner)| winner)
    }

    fn fence_all_but(&mut self, now: Instant, winner: ConnectionId) {
        let others: Vec<ConnectionId> = self
            .connections
            .values()
            .filter(|c| c.id != winner && c.peer_nonce().is_some())
            .map(|c| c.id)
            .collect();
        for conn in others {
            self.close(
                now,
                conn,
                Fault::new(CloseCode::Duplicate, "another connection was chosen"),
            );
        }
    }

    /// A verified connection goes live and the session goes on over it.
    pub(super) fn put_to_use(&mut self, now: Instant, conn: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return;
        };
        let early = match &mut connection.phase {
            Phase::Candidate(candidate) => std::mem::take(&mut candidate.early),
            Phase::Greeting(_) | Phase::Live(_) => return,
        };
        let Phase::Candidate(candidate) = &connection.phase else {
            return;
        };
        let (hello, role) = (candidate.hello.clone(), connection.role);
        let remote = self.remote.as_ref().map(|remote| remote.life);
        // What HELLO said of a life that is over says nothing to the present one.
        let told = if connection.told_of == remote {
            connection.told
        } else {
            [1; Class::COUNT]
        };
        let outgoing = self.resume(&hello);
        for (receiver, told) in self.receivers.iter_mut().zip(told) {
            receiver.resume(told);
        }
        let live = Live::new(&hello, role, now, outgoing, &self.settings.limits);
        // The winner is live before the losers are closed: a replacement is not the loss of the peer.
        let before = self.live_mut().map(|(before, _)| before);
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.phase = Phase::Live(Box::new(live));
        }
        if let Some(before) = before {
            self.close(
                now,
                before,
                Fault::new(CloseCode::Duplicate, "replaced by a newer connection"),
            );
        }
        self.fence_all_but(now, conn);
        self.counters.connections += 1;
        self.superseded = false;
        self.renewing = false;
        self.announce_up();
        for (stream, bytes) in early.into_pieces() {
            if let super::Stream::Data(number) = stream
                && let Err(fault) = self.read_data(conn, number, bytes)
            {
                self.close(now, conn, fault);
                return;
            }
        }
    }

    fn resume(&mut self, hello: &Hello) -> [StreamOut; Class::COUNT] {
        let ours = self.settings.life;
        // It said that it held nothing else, after a connection on which it showed that it knew us.
        let knew_us = self.remote.as_ref().and_then(|remote| remote.knew_us_on);
        let knew_us = hello.have == 0 && knew_us.is_some_and(|nonce| nonce < hello.nonce);
        std::array::from_fn(|class| {
            let entry = hello
                .resume
                .iter()
                .find(|entry| entry.class.index() == class && entry.life == ours);
            let sender = &mut self.senders[class];
            match entry {
                Some(entry) => sender.resume(entry.next_expected),
                // It knew us and says nothing: it has forgotten, and must not get twice what it may have had.
                None if knew_us => sender.resume_forgotten(),
                None => sender.resume(1),
            }
        })
    }

    fn announce_up(&mut self) {
        let Some(remote) = &mut self.remote else {
            return;
        };
        remote.away_since = None;
        remote.dialled = None;
        remote.is_given_up = false;
        let life = remote.life;
        let resumed = std::mem::replace(&mut remote.was_up, true);
        let was_up = std::mem::replace(&mut remote.is_up, true);
        if resumed {
            self.counters.resumes += 1;
        }
        if !was_up {
            // A life that comes back after it left has changed its mind.
            remote.goaway = false;
            self.push(Event::Up { life, resumed });
        }
    }

    /// A connection is gone, whoever ended it.
    pub(super) fn lose(&mut self, now: Instant, conn: ConnectionId) {
        let Some(lost) = self.connections.remove(&conn) else {
            return;
        };
        if let Some(nonce) = lost.peer_nonce() {
            if self.ended.len() == ENDED {
                self.ended.pop_front();
            }
            self.ended.push_back(nonce);
        }
        if lost.is_live()
            && self.live().is_none()
            && let Some(remote) = &mut self.remote
        {
            remote.away_since = Some(now);
            remote.dialled = None;
        }
        self.elect(now);
        self.announce_down();
    }

    /// The last connection is gone, and with it the peer.
    fn announce_down(&mut self) {
        if !self.connections.is_empty() {
            return;
        }
        // The next one is a new one anyway.
        self.renewing = false;
        let Some(remote) = &mut self.remote else {
            return;
        };
        if !std::mem::take(&mut remote.is_up) {
            return;
        }
        let life = remote.life;
        let left = remote.goaway;
        let reason = if left {
            DownReason::Left
        } else {
            DownReason::Unreachable
        };
        let accepted = self.accepted_of_peer();
        self.push(Event::Down {
            life,
            reason,
            accepted,
        });
        if left {
            self.end_interest(crate::frame::Cause::Draining);
        }
    }
}
