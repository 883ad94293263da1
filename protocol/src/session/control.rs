//! The control stream of a live connection. What goes out is state: the newest ACK, one PING, one PONG, what is left to
//! say of our interest. Nothing queues up behind a peer that does not read.

use std::time::Instant;

use bytes::{Bytes, BytesMut};

use super::{ConnectionId, Event, Fault, Phase, Queued, Session};
use crate::{
    close::CloseCode,
    frame::{Class, Control, Frame, RefuseCode, Refused, Subscription, UNLIMITED},
};

impl Session {
    pub(super) fn read_control(&mut self, now: Instant, conn: ConnectionId) -> Result<(), Fault> {
        while let Some(connection) = self.connections.get_mut(&conn) {
            let Some(frame) = connection.control.next()? else {
                break;
            };
            self.control_frame(now, conn, &frame)?;
        }
        Ok(())
    }

    fn control_frame(
        &mut self,
        now: Instant,
        conn: ConnectionId,
        frame: &Frame,
    ) -> Result<(), Fault> {
        let control = Control::decode(frame)?;
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        match (&connection.phase, control) {
            (_, Some(Control::Hello(hello))) => self.greeted(now, conn, *hello),
            (Phase::Greeting(_), _) => Err(Fault::new(
                CloseCode::Protocol,
                "the first frame must be HELLO",
            )),
            (_, None) => {
                self.counters.ignored_frames += 1;
                self.charge_frame(now, conn)
            }
            (Phase::Candidate(_) | Phase::Live(_), Some(control)) => {
                // Only a peer that has chosen this connection says more than HELLO on it.
                self.put_to_use(now, conn);
                self.peer_knows_us(conn);
                self.charge(now, conn, &control)?;
                self.control(now, conn, control)
            }
        }
    }

    /// Something came that is said only after our HELLO was read.
    pub(super) fn peer_knows_us(&mut self, conn: ConnectionId) {
        let nonce = self
            .connections
            .get(&conn)
            .and_then(|connection| connection.peer_nonce());
        if let Some(remote) = &mut self.remote {
            remote.knew_us_on = remote.knew_us_on.max(nonce);
        }
    }

    /// What was not asked for costs the peer something: it is read more slowly when it sends too much of it.
    fn charge(&mut self, now: Instant, conn: ConnectionId, control: &Control) -> Result<(), Fault> {
        let limits = &self.settings.limits;
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        let Phase::Live(live) = &connection.phase else {
            return Ok(());
        };
        match control {
            Control::Sub { .. } | Control::Unsub { .. } if live.staged.is_free(limits) => {
                return Ok(());
            }
            // Paid for by the events that it acknowledges.
            Control::Ack {
                class,
                next_expected,
            } if self.senders[class.index()].advances(*next_expected) => return Ok(()),
            Control::Sub { .. } | Control::Unsub { .. } => connection.meter.change(now, limits),
            Control::Hello(_)
            | Control::SubsEnd(_)
            | Control::InterestAck(_)
            | Control::Refuse { .. }
            | Control::Credit { .. }
            | Control::Ack { .. }
            | Control::Ping { .. }
            | Control::Pong { .. }
            | Control::GoAway { .. }
            | Control::Error { .. } => connection.meter.frame(now, limits),
        }
        self.check_meter(now, conn)
    }

    fn charge_frame(&mut self, now: Instant, conn: ConnectionId) -> Result<(), Fault> {
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.meter.frame(now, &self.settings.limits);
        }
        self.check_meter(now, conn)
    }

    fn check_meter(&self, now: Instant, conn: ConnectionId) -> Result<(), Fault> {
        if self
            .connections
            .get(&conn)
            .is_some_and(|connection| connection.meter.is_overrun(now))
        {
            return Err(Fault::new(CloseCode::Limit, "too many control frames"));
        }
        Ok(())
    }

    fn control(&mut self, now: Instant, conn: ConnectionId, control: Control) -> Result<(), Fault> {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        let Phase::Live(live) = &mut connection.phase else {
            return Ok(());
        };
        match control {
            Control::Hello(_) => return Err(Fault::new(CloseCode::Protocol, "a second HELLO")),
            Control::Sub {
                subscription,
                group,
                retain,
            } => {
                if group.is_some() || retain.is_some() {
                    live.refusals.insert(
                        Refused::Subscription(subscription.id),
                        RefuseCode::Unsupported,
                    );
                    return Ok(());
                }
                return self.subscribe(conn, subscription);
            }
            Control::Unsub { id, version } => {
                live.staged.end(id, version, &self.settings.limits)?
            }
            Control::SubsEnd(version) => return self.commit_interest(conn, version),
            Control::InterestAck(version) => {
                if version > self.ours.announced {
                    return Err(Fault::new(
                        CloseCode::Protocol,
                        "INTEREST_ACK for a version that was not sent",
                    ));
                }
                live.interest_acknowledged = live.interest_acknowledged.max(Some(version));
                self.tell_ready(conn);
            }
            Control::Refuse { what, code } => self.refused(what, code),
            Control::Credit {
                messages, bytes, ..
            } => {
                if messages != UNLIMITED || bytes != UNLIMITED {
                    return Err(Fault::new(
                        CloseCode::Unsupported,
                        "finite credit was not announced",
                    ));
                }
            }
            Control::Ack {
                class,
                next_expected,
            } => return self.acknowledged(now, conn, class, next_expected),
            Control::Ping { nonce, time } => live.pings.must_answer(now, nonce, time),
            Control::Pong { nonce, .. } => {
                if let Some(rtt) = live.pings.answered(now, nonce) {
                    self.counters.rtt = Some(rtt);
                }
            }
            Control::GoAway { .. } => {
                if let Some(remote) = &mut self.remote
                    && !std::mem::replace(&mut remote.goaway, true)
                {
                    self.push(Event::Draining);
                }
            }
            Control::Error { code, text } => self.push(Event::PeerError { code, text }),
        }
        Ok(())
    }

    fn subscribe(&mut self, conn: ConnectionId, subscription: Subscription) -> Result<(), Fault> {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        let Phase::Live(live) = &mut connection.phase else {
            return Ok(());
        };
        live.staged
            .begin(subscription, &self.theirs, &self.settings.limits)
    }

    fn commit_interest(&mut self, conn: ConnectionId, version: u64) -> Result<(), Fault> {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        let Phase::Live(live) = &mut connection.phase else {
            return Ok(());
        };
        self.theirs
            .commit(&mut live.staged, version, &self.settings.limits)?;
        live.snapshot_complete = true;
        let waiting = self
            .events
            .iter()
            .any(|queued| matches!(queued, Queued::Interest(waiting) if *waiting == conn));
        if !waiting {
            self.events.push_back(Queued::Interest(conn));
        }
        self.tell_ready(conn);
        Ok(())
    }

    /// Both sides know what the other one wants.
    fn tell_ready(&mut self, conn: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return;
        };
        let Phase::Live(live) = &mut connection.phase else {
            return;
        };
        let is_ready = live.snapshot_complete && live.interest_acknowledged.is_some();
        if is_ready && !std::mem::replace(&mut live.ready_told, true) {
            self.push(Event::Ready);
        }
    }

    fn refused(&mut self, what: Refused, code: RefuseCode) {
        if let (Refused::Signal(id), RefuseCode::Mismatch | RefuseCode::Unsupported) = (what, code)
            && self.tables.signal(id).is_some()
            && let Some(remote) = &mut self.remote
        {
            remote.refused.insert(id, code);
        }
        self.push(Event::Refused { what, code });
    }

    fn acknowledged(
        &mut self,
        now: Instant,
        conn: ConnectionId,
        class: Class,
        to: u64,
    ) -> Result<(), Fault> {
        let sender = &mut self.senders[class.index()];
        let advances = sender.advances(to);
        if !sender.acknowledge(to) {
            return Err(Fault::new(
                CloseCode::Protocol,
                format!("ACK {to}, and {} was not sent yet", sender.next_seq()),
            ));
        }
        if advances
            && let Some(connection) = self.connections.get_mut(&conn)
            && let Phase::Live(live) = &mut connection.phase
        {
            live.pings.progressed(now);
        }
        Ok(())
    }

    /// What is to be said now, the most urgent first.
    pub(super) fn transmit_control(
        &mut self,
        now: Instant,
        conn: ConnectionId,
    ) -> Option<Vec<Bytes>> {
        let connection = self.connections.get_mut(&conn)?;
        let mut out = BytesMut::new();
        if let Some(hello) = connection.hello.take() {
            out.extend_from_slice(&hello);
        }
        if let Phase::Live(live) = &mut connection.phase {
            if !std::mem::replace(&mut live.credit_told, true) {
                Control::Credit {
                    account: 0,
                    messages: UNLIMITED,
                    bytes: UNLIMITED,
                }
                .encode(&mut out);
            }
            if let Some((nonce, time)) = live.pings.take_pong() {
                Control::Pong { nonce, time }.encode(&mut out);
            }
            if let Some((nonce, time)) = live.pings.take_ping(now) {
                Control::Ping { nonce, time }.encode(&mut out);
            }
            if let Some(version) = live.interest_ack.take() {
                Control::InterestAck(version).encode(&mut out);
            }
            while let Some((what, code)) = live.refusals.pop_first() {
                Control::Refuse { what, code }.encode(&mut out);
                if out.len() >= self.settings.limits.transmit_bytes {
                    break;
                }
            }
            live.told.write(
                &mut self.ours,
                &mut out,
                self.settings.limits.transmit_bytes,
            );
            if let Some(leaving) = &self.leaving
                && !std::mem::replace(&mut live.goaway_told, true)
            {
                let left = leaving.deadline.saturating_duration_since(now).as_millis();
                let deadline = u64::try_from(left).unwrap_or(0);
                Control::GoAway {
                    deadline,
                    reason: "leaving".into(),
                }
                .encode(&mut out);
            }
            for (class, receiver) in Class::ALL.into_iter().zip(&mut self.receivers) {
                // Whatever goes out anyway takes the newest ACK along.
                if (receiver.ack_is_due() || !out.is_empty())
                    && let Some(next_expected) = receiver.take_ack()
                {
                    Control::Ack {
                        class,
                        next_expected,
                    }
                    .encode(&mut out);
                }
            }
        }
        (!out.is_empty()).then(|| vec![out.freeze()])
    }
}
