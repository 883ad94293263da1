//! A peer with a good certificate and bad manners: every case ends in a documented close or a counted refusal, never in a
//! panic, and never holds more than the limits say.

use std::time::Instant;

use bytes::{Bytes, BytesMut};

use super::pair::{A, B, NORMAL, id, origin, session, signal};
use crate::{
    close::CloseCode,
    frame::{
        BatchBuilder, Control, Data, Hello, MessageRef, PeerLimits, Preface, Resume,
        batch::put_batch_head,
    },
    life::Life,
    limits::Limits,
    session::{Channel, ConnectionId, Event, Role, Session, Stream},
};

mod conduct;
mod damage;
mod frames;
mod hello;

const CONN: ConnectionId = ConnectionId(1);
const OURS: Life = Life {
    start: 1,
    random: 7,
};
const THEIRS: Life = Life {
    start: 2,
    random: 9,
};

/// A real session, and a peer that says whatever the test wants.
struct Script {
    session: Session,
    now: Instant,
    next_conn: u64,
    conn: ConnectionId,
}

fn hello() -> Hello {
    Hello {
        minor: 0,
        cluster: "test".into(),
        name: "b".into(),
        id: id(B),
        life: THEIRS,
        nonce: 1,
        have: 0,
        capabilities: 0,
        limits: PeerLimits {
            frame: 1 << 20,
            message: 1 << 24,
            signals: 1 << 16,
            actors: 1 << 16,
            subscriptions: 1 << 14,
        },
        addresses: Vec::new(),
        resume: Vec::new(),
    }
}

fn control(frames: &[Control]) -> Bytes {
    let mut out = BytesMut::new();
    frames.iter().for_each(|frame| frame.encode(&mut out));
    out.freeze()
}

fn data(frames: &[Data]) -> Bytes {
    let mut out = BytesMut::from(Preface { class: NORMAL }.encode().as_slice());
    frames.iter().for_each(|frame| frame.encode(&mut out));
    out.freeze()
}

fn def(id: u32) -> Data {
    Data::Def((*signal(id)).clone())
}

/// The bytes of a BATCH of `count` empty messages of signal 1.
fn batch(base: u64, count: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::with_capacity(64);
    for _ in 0..count {
        builder.push(&MessageRef {
            signal: 1,
            source: 0,
            targets: &[],
            account: 0,
            payload: &Bytes::new(),
        });
    }
    let mut out = BytesMut::new();
    put_batch_head(&mut out, base, count, builder.len());
    builder
        .finish()
        .iter()
        .for_each(|part| out.extend_from_slice(part));
    out.to_vec()
}

impl Script {
    fn greeting() -> Self {
        let mut session = session(A, OURS, &Limits::default());
        let now = origin();
        session.connected(now, CONN, Role::Dialer, id(B));
        Self {
            session,
            now,
            next_conn: 2,
            conn: CONN,
        }
    }

    fn live() -> Self {
        let mut script = Self::greeting();
        script.says(&[Control::Hello(Box::new(hello()))]);
        assert!(matches!(
            script.session.poll_event(),
            Some(Event::Up { .. })
        ));
        script.flush();
        script
    }

    /// What the session says goes nowhere; it counts as sent.
    fn flush(&mut self) {
        while self
            .session
            .poll_transmit(self.now, self.conn, Channel::Control)
            .is_some()
        {}
        while self
            .session
            .poll_transmit(self.now, self.conn, Channel::Data(NORMAL))
            .is_some()
        {}
    }

    fn says(&mut self, frames: &[Control]) {
        self.says_bytes(Stream::Control, control(frames));
    }

    fn says_bytes(&mut self, stream: Stream, bytes: Bytes) {
        self.session
            .handle_bytes(self.now, self.conn, stream, bytes);
    }

    fn sends(&mut self, frames: &[Data]) {
        self.says_bytes(Stream::Data(0), data(frames));
    }

    /// The code that the connection was closed with, if it was.
    fn closed(&mut self) -> Option<CloseCode> {
        let mut closed = None;
        while let Some(event) = self.session.poll_event() {
            if let Event::Close { code, .. } = event {
                closed = Some(code);
            }
        }
        closed
    }

    /// Connects anew in the same life.
    fn reconnect(&mut self, resume: Option<u64>) {
        self.conn = ConnectionId(self.next_conn);
        self.session
            .connected(self.now, self.conn, Role::Dialer, id(B));
        let resume = resume.map(|next_expected| Resume {
            class: NORMAL,
            life: OURS,
            next_expected,
        });
        let hello = Hello {
            nonce: self.next_conn,
            resume: resume.into_iter().collect(),
            ..hello()
        };
        self.next_conn += 1;
        self.says(&[Control::Hello(Box::new(hello))]);
        self.flush();
    }
}

#[track_caller]
fn hello_is_answered_with(change: impl FnOnce(&mut Hello), code: CloseCode) {
    let mut script = Script::greeting();
    let mut hello = hello();
    change(&mut hello);
    script.says(&[Control::Hello(Box::new(hello))]);
    assert_eq!(script.closed(), Some(code));
}

#[track_caller]
fn control_is_answered_with(frames: &[Control], code: CloseCode) {
    let mut script = Script::live();
    script.says(frames);
    assert_eq!(script.closed(), Some(code));
}

#[track_caller]
fn data_is_answered_with(bytes: Bytes, code: CloseCode) {
    let mut script = Script::live();
    script.says_bytes(Stream::Data(0), bytes);
    assert_eq!(script.closed(), Some(code));
    let stats = script.session.stats();
    assert!(stats.class(NORMAL).balances(), "{stats:?}");
}
