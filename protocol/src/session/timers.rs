//! Everything that happens because time has passed, and when that is next.

use std::time::{Duration, Instant};

use super::{Connection, ConnectionId, Event, Fault, Phase, Receiver, Remote, Sender, Session};
use crate::{close::CloseCode, frame::Cause};

impl Session {
    /// Called with every input: a driver that is late does not change the order of things.
    pub(super) fn tick(&mut self, now: Instant) {
        let overdue = |connection: &&Connection| {
            connection
                .deadline(&self.settings.limits)
                .is_some_and(|deadline| deadline <= now)
        };
        let overdue: Vec<(ConnectionId, bool)> = self
            .connections
            .values()
            .filter(overdue)
            .map(|c| (c.id, matches!(c.phase, Phase::Greeting(_))))
            .collect();
        for (conn, is_greeting) in overdue {
            if is_greeting {
                self.close(
                    now,
                    conn,
                    Fault::new(CloseCode::Timeout, "no HELLO in time"),
                );
            } else {
                self.elect(now);
            }
        }
        self.tick_live(now);
        self.tick_absence(now);
        if self.quarantined_until.is_some_and(|until| until <= now) {
            self.quarantined_until = None;
        }
        self.tick_leaving(now);
    }

    fn tick_live(&mut self, now: Instant) {
        let limits = &self.settings.limits;
        let Some((conn, pings)) =
            self.connections
                .values_mut()
                .find_map(|connection| match &mut connection.phase {
                    Phase::Live(live) => Some((connection.id, &mut live.pings)),
                    Phase::Greeting(_) | Phase::Candidate(_) => None,
                })
        else {
            return;
        };
        self.receivers
            .iter_mut()
            .for_each(|receiver| receiver.tick(now, limits));
        if !pings.tick(now, limits) {
            self.close(
                now,
                conn,
                Fault::new(CloseCode::Timeout, "neither PONG nor ACK in time"),
            );
        }
    }

    /// What waits for a peer that is away grows old, and its interest too.
    fn tick_absence(&mut self, now: Instant) {
        let limits = &self.settings.limits;
        let (ring_age, interest_age) = (limits.ring_age, limits.interest_age);
        if self.is_older_than(now, ring_age) {
            self.senders.iter_mut().for_each(Sender::expire);
        }
        if self.is_older_than(now, interest_age)
            && let Some(remote) = &mut self.remote
            && !std::mem::replace(&mut remote.is_given_up, true)
        {
            self.senders
                .iter_mut()
                .for_each(|sender| sender.drop_queued(Cause::InterestEnded));
        }
    }

    /// Whether the peer is away for longer than `age`, and a dial has failed since then: a process that was stopped for a
    /// while finds its clock advanced and its peer where it was.
    fn is_older_than(&self, now: Instant, age: Duration) -> bool {
        let Some(Remote {
            away_since: Some(since),
            dialled,
            ..
        }) = &self.remote
        else {
            return false;
        };
        let due = *since + age;
        let may_dial = !self.superseded && self.quarantined_until.is_none();
        due <= now && (!may_dial || dialled.is_some_and(|dialled| dialled >= due))
    }

    fn tick_leaving(&mut self, now: Instant) {
        let is_over = self
            .leaving
            .as_ref()
            .is_some_and(|leaving| !leaving.drained && leaving.deadline <= now);
        if is_over {
            self.end_leaving();
        }
    }

    /// Ends our leaving when nobody waits for anything any more.
    pub(super) fn finish_leaving(&mut self) {
        let is_open = self
            .leaving
            .as_ref()
            .is_some_and(|leaving| leaving.is_last && !leaving.drained);
        // While a connection is there, the last ACK goes out before it is closed.
        let owes_ack =
            !self.connections.is_empty() && self.receivers.iter().any(Receiver::has_unsaid_ack);
        // Who has left too, or has taken us for over, will acknowledge nothing any more.
        let is_gone = self.superseded || self.remote.as_ref().is_some_and(|remote| remote.goaway);
        let is_alone = self.connections.is_empty() && is_gone;
        if is_open && (is_alone || (!owes_ack && self.senders.iter().all(Sender::is_done))) {
            self.end_leaving();
        }
    }

    fn end_leaving(&mut self) {
        if let Some(leaving) = &mut self.leaving {
            leaving.drained = true;
        }
        self.push(Event::Drained);
        let conns: Vec<ConnectionId> = self.connections.keys().copied().collect();
        for conn in conns {
            self.push_close(conn, Fault::new(CloseCode::GoingAway, "leaving"));
            self.connections.remove(&conn);
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let limits = &self.settings.limits;
        let greetings = self
            .connections
            .values()
            .filter_map(|connection| connection.deadline(limits));
        let pings = self.live().map(|live| live.pings.next_at(limits));
        // Without a live connection there is nobody to tell.
        let acks = self
            .live()
            .into_iter()
            .flat_map(|_| self.receivers.iter().filter_map(Receiver::ack_at));
        let leaving = self
            .leaving
            .as_ref()
            .filter(|leaving| !leaving.drained)
            .map(|leaving| leaving.deadline);
        greetings
            .chain(pings)
            .chain(acks)
            .chain(leaving)
            .chain(self.quarantined_until)
            .chain(self.absence_deadline())
            .min()
    }

    /// Only when nothing is dialled does age come by the clock alone; otherwise a failed dial is the occasion.
    fn absence_deadline(&self) -> Option<Instant> {
        if !self.superseded && self.quarantined_until.is_none() {
            return None;
        }
        let since = self.remote.as_ref()?.away_since?;
        let limits = &self.settings.limits;
        let has_ring = self.senders.iter().any(|sender| sender.ring_bytes() > 0);
        let ring = has_ring.then(|| since + limits.ring_age);
        let given_up = self.remote.as_ref()?.is_given_up;
        let interest = (!given_up).then(|| since + limits.interest_age);
        ring.into_iter().chain(interest).min()
    }
}
