//! HELLO in both directions, and what a peer's life means when it changes.

use std::{collections::BTreeMap, time::Instant};

use bytes::BytesMut;

use super::{
    Connection, ConnectionId, DownReason, Early, Event, Fault, Phase, Remote, Role, Session,
    connection::Candidate, inbound::Receiver, liveness::Meter, outbound::Sender,
};
use crate::{
    close::CloseCode,
    frame::{Cause, Class, Hello, PeerLimits, Reader, Resume},
    life::{Life, NodeId},
    limits,
};

/// Our minor version.
const MINOR: u8 = 0;

/// Capabilities that change the meaning of what we know: a peer that needs one of these and an unknown one cannot be
/// understood.
const REQUIRED: u64 = !0 << 32;

/// How many of the peer's lives that are over are remembered. A process whose place was taken stops calling when it is told, so that
/// only the last few can ever come again.
const PAST_LIVES: usize = 16;

impl Session {
    /// A new connection: says HELLO and waits for the peer's.
    pub(super) fn greet(&mut self, now: Instant, conn: ConnectionId, role: Role, id: NodeId) {
        let nonce = self.next_nonce;
        self.next_nonce += 1;
        let held = |live: bool| {
            self.connections
                .values()
                .rev()
                .find(|held| held.is_live() == live)
        };
        // Who renews gives the connection up that it holds: the peer lets the new one take its place.
        let gives_up = self.renewing && role == Role::Dialer;
        let have = held(true)
            .or_else(|| held(false))
            .filter(|_| !gives_up)
            .map_or(0, |held| held.nonce);
        let told = std::array::from_fn(|class| self.receivers[class].accepted_up_to());
        let mut hello = BytesMut::new();
        self.hello(nonce, have, &told).encode(&mut hello);
        let connection = Connection {
            id: conn,
            role,
            nonce,
            have,
            told,
            told_of: self.remote.as_ref().map(|remote| remote.life),
            since: now,
            hello: Some(hello.freeze()),
            control: Reader::new(limits::HELLO_LEN),
            meter: Meter::default(),
            phase: Phase::Greeting(Early::default()),
            peer_id: id,
        };
        self.connections.insert(conn, connection);
    }

    fn hello(&self, nonce: u64, have: u64, told: &[u64; Class::COUNT]) -> Hello {
        let entry = |class: Class| {
            let remote = self.remote.as_ref().filter(|_| class.is_configured())?;
            Some(Resume {
                class,
                life: remote.life,
                next_expected: told[class.index()],
            })
        };
        let limits = &self.settings.limits;
        Hello {
            minor: MINOR,
            cluster: self.settings.cluster.to_string(),
            name: self.settings.name.to_string(),
            id: self.settings.id,
            life: self.settings.life,
            nonce,
            have,
            capabilities: 0,
            limits: PeerLimits {
                frame: limits::FRAME_LEN as u64,
                message: limits::PAYLOAD_LEN as u64,
                signals: u64::from(limits.signals),
                actors: u64::from(limits.actors),
                subscriptions: limits.subscriptions as u64,
            },
            addresses: Vec::new(),
            resume: Class::ALL.into_iter().filter_map(entry).collect(),
        }
    }

    /// The peer's HELLO: it must say what its certificate said, and speak of a life that we can accept.
    pub(super) fn greeted(
        &mut self,
        now: Instant,
        conn: ConnectionId,
        hello: Hello,
    ) -> Result<(), Fault> {
        self.verify(conn, &hello)?;
        self.meet_life(now, conn, hello.life)?;
        self.check_resume(&hello)?;
        let deadline = now + self.settings.limits.election_within;
        let Some(connection) = self.connections.get_mut(&conn) else {
            return Ok(());
        };
        connection.control.set_max(limits::FRAME_LEN);
        let Phase::Greeting(early) = &mut connection.phase else {
            return Err(Fault::new(CloseCode::Protocol, "a second HELLO"));
        };
        let early = std::mem::take(early);
        connection.phase = Phase::Candidate(Box::new(Candidate {
            hello,
            early,
            deadline,
        }));
        self.elect(now);
        Ok(())
    }

    fn verify(&self, conn: ConnectionId, hello: &Hello) -> Result<(), Fault> {
        let identity = |what: &str, said: &str, is: &str| {
            Fault::new(
                CloseCode::Identity,
                format!("HELLO says {what} {said}, expected {is}"),
            )
        };
        if hello.cluster != self.settings.cluster.as_ref() {
            return Err(identity(
                "cluster",
                &hello.cluster,
                self.settings.cluster.as_ref(),
            ));
        }
        if hello.name != self.settings.peer.as_ref() {
            return Err(identity("name", &hello.name, self.settings.peer.as_ref()));
        }
        if let Some(connection) = self.connections.get(&conn)
            && connection.peer_id != hello.id
        {
            return Err(identity(
                "id",
                &hello.id.to_string(),
                &connection.peer_id.to_string(),
            ));
        }
        if hello.capabilities & REQUIRED != 0 {
            return Err(Fault::new(
                CloseCode::Version,
                "the peer needs a capability that is not known here",
            ));
        }
        // What we send is cut to these without asking: a peer that cannot take it is not one of this version.
        if hello.limits.frame < limits::FRAME_LEN as u64
            || hello.limits.message < limits::PAYLOAD_LEN as u64
        {
            return Err(Fault::new(
                CloseCode::Version,
                "the peer takes only smaller frames or messages than farc/1 has",
            ));
        }
        Ok(())
    }

    /// Sorts out which of the peer's lives is meant: the known one, its successor, or one that is over.
    fn meet_life(&mut self, now: Instant, conn: ConnectionId, life: Life) -> Result<(), Fault> {
        let Some(remote) = &self.remote else {
            self.remote = Some(Remote::new(life));
            return Ok(());
        };
        if remote.life == life {
            return Ok(());
        }
        if self.past.contains(&life) {
            // Its numbers and ours no longer fit together, whether or not its successor is there at the moment.
            let reason = format!(
                "life {life} is over since {} came: end the other process of this name, or restart this one",
                remote.life
            );
            return Err(Fault::new(CloseCode::Superseded, reason));
        }
        let others = self
            .connections
            .values()
            .filter(|other| other.id != conn && other.peer_nonce().is_some());
        let others: Vec<ConnectionId> = others.map(|other| other.id).collect();
        if !life.is_newer_than(remote.life) && !others.is_empty() {
            let reason = format!(
                "life {life} is not newer than {}, which is connected",
                remote.life
            );
            return Err(Fault::new(CloseCode::Superseded, reason));
        }
        self.end_life(life, now, &others);
        Ok(())
    }

    /// The known life of the peer is over, and `life` has come instead.
    fn end_life(&mut self, life: Life, now: Instant, connections: &[ConnectionId]) {
        let old = self.remote.replace(Remote::new(life));
        if let Some(old) = &old {
            if self.past.len() == PAST_LIVES {
                self.past.pop_front();
            }
            self.past.push_back(old.life);
        }
        if let Some(old) = old
            && old.was_up
        {
            let accepted = self.accepted_of_peer();
            let reason = if old.goaway {
                DownReason::Left
            } else {
                DownReason::Restarted
            };
            // That it left was said when it went.
            if old.is_up || reason == DownReason::Restarted {
                self.push(Event::Down {
                    life: old.life,
                    reason,
                    accepted,
                });
            }
        }
        self.end_interest(Cause::PeerRestarted);
        self.senders.iter_mut().for_each(Sender::restart);
        self.receivers.iter_mut().for_each(Receiver::restart);
        self.faults = ([0; Class::COUNT], 0);
        for conn in connections {
            self.close(
                now,
                *conn,
                Fault::new(CloseCode::Superseded, format!("life {life} has come")),
            );
        }
    }

    /// The last accepted number per class, 0 for none.
    pub(super) fn accepted_of_peer(&self) -> [u64; Class::COUNT] {
        std::array::from_fn(|class| self.receivers[class].accepted_up_to() - 1)
    }

    pub(super) fn end_interest(&mut self, cause: Cause) {
        if self.theirs.end(cause) {
            self.push(Event::Interest {
                version: 0,
                subscriptions: Vec::new(),
            });
        }
    }

    /// Nobody can have received more than was sent.
    fn check_resume(&mut self, hello: &Hello) -> Result<(), Fault> {
        for Resume {
            class,
            next_expected,
            ..
        } in hello
            .resume
            .iter()
            .filter(|entry| entry.life == self.settings.life)
        {
            if let Some(remote) = &mut self.remote {
                remote.knew_us_on = remote.knew_us_on.max(Some(hello.nonce));
            }
            let next_seq = self.senders[class.index()].next_seq();
            if *next_expected > next_seq {
                let reason =
                    format!("HELLO expects {next_expected}, and {next_seq} was not sent yet");
                return Err(Fault::new(CloseCode::Protocol, reason));
            }
        }
        Ok(())
    }
}

impl Remote {
    fn new(life: Life) -> Self {
        Self {
            life,
            was_up: false,
            is_up: false,
            knew_us_on: None,
            goaway: false,
            away_since: None,
            dialled: None,
            is_given_up: false,
            signals: BTreeMap::new(),
            actors: BTreeMap::new(),
            refused: BTreeMap::new(),
        }
    }
}
