//! The frames of the control stream.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};

use super::{
    Class, Frame, FrameError, Hello, RefuseCode, Refused, Subscription, clean,
    fields::{Fields, put_frame, put_text},
    kind,
};
use crate::{limits, schema::Fingerprint, varint};

/// The credit that never ends, for messages and for bytes.
pub const UNLIMITED: u64 = varint::MAX;

const SUB_GROUP: u64 = 1;
const SUB_RETAIN: u64 = 2;
const SUB_WIRE: u64 = 4;
const ANY: Fingerprint = Fingerprint([0; 16]);

/// A frame of the control stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// The first frame, and only the first.
    Hello(Box<Hello>),
    /// A subscription begins. In force from the next SUBS_END.
    Sub {
        /// The subscription.
        subscription: Subscription,
        /// The queue group it belongs to: not announced by this version, so a peer that uses it is refused.
        group: Option<Arc<str>>,
        /// How many retained events it asks for: likewise.
        retain: Option<u64>,
    },
    /// A subscription ends. In force from the next SUBS_END.
    Unsub {
        /// Which.
        id: u32,
        /// The version that it no longer belongs to.
        version: u64,
    },
    /// Closes the snapshot (the first on a connection) or a change: interest has this version now.
    SubsEnd(u64),
    /// Events are routed with this version from now on.
    InterestAck(u64),
    /// A subscription or signal is not taken.
    Refuse {
        /// Which.
        what: Refused,
        /// Why.
        code: RefuseCode,
    },
    /// How much may be sent to an account in this epoch, in all: cumulative, so that a lost or repeated frame is harmless.
    Credit {
        /// The account; 0 stands for all that have none of their own.
        account: u32,
        /// Messages in all, or [`UNLIMITED`].
        messages: u64,
        /// Payload bytes in all, or [`UNLIMITED`].
        bytes: u64,
    },
    /// Everything before `next_expected` was accepted.
    Ack {
        /// In this class.
        class: Class,
        /// The first sequence number that is not accepted.
        next_expected: u64,
    },
    /// Answer this.
    Ping {
        /// Comes back.
        nonce: u64,
        /// The sender's microseconds since the connection began. Comes back.
        time: u64,
    },
    /// The answer.
    Pong {
        /// Of the PING.
        nonce: u64,
        /// Of the PING.
        time: u64,
    },
    /// The sender leaves.
    GoAway {
        /// It will be gone in so many milliseconds.
        deadline: u64,
        /// For people.
        reason: String,
    },
    /// A trouble that does not end the connection.
    Error {
        /// As the close codes.
        code: u64,
        /// For people.
        text: String,
    },
}

impl Control {
    /// Appends the frame.
    pub fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Hello(hello) => hello.encode(out),
            Self::Sub {
                subscription,
                group,
                retain,
            } => put_frame(out, kind::SUB, |out| {
                put_sub(out, subscription, group.as_deref(), *retain);
            }),
            Self::Unsub { id, version } => {
                put_varints(out, kind::UNSUB, &[u64::from(*id), *version])
            }
            Self::SubsEnd(version) => put_varints(out, kind::SUBS_END, &[*version]),
            Self::InterestAck(version) => put_varints(out, kind::INTEREST_ACK, &[*version]),
            Self::Refuse { what, code } => {
                let (what, id) = match what {
                    Refused::Subscription(id) => (0, *id),
                    Refused::Signal(id) => (1, *id),
                };
                put_varints(out, kind::REFUSE, &[what, u64::from(id), *code as u64]);
            }
            Self::Credit {
                account,
                messages,
                bytes,
            } => {
                put_varints(out, kind::CREDIT, &[u64::from(*account), *messages, *bytes]);
            }
            Self::Ack {
                class,
                next_expected,
            } => put_varints(out, kind::ACK, &[*class as u64, *next_expected]),
            Self::Ping { nonce, time } => put_varints(out, kind::PING, &[*nonce, *time]),
            Self::Pong { nonce, time } => put_varints(out, kind::PONG, &[*nonce, *time]),
            Self::GoAway { deadline, reason } => {
                put_code_and_text(out, kind::GOAWAY, *deadline, reason)
            }
            Self::Error { code, text } => put_code_and_text(out, kind::ERROR, *code, text),
        }
    }

    /// Reads a frame of the control stream; `None` when it is one to skip.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn decode(frame: &Frame) -> Result<Option<Self>, FrameError> {
        let body = frame.body.as_ref();
        let read = match frame.kind {
            kind::HELLO => Self::Hello(Box::new(Hello::decode(body)?)),
            kind::SUB => whole("SUB", body, get_sub)?,
            kind::UNSUB => whole("UNSUB", body, |f| {
                Ok(Self::Unsub {
                    id: f.u32("subscription")?,
                    version: f.varint()?,
                })
            })?,
            kind::SUBS_END => whole("SUBS_END", body, |f| f.varint().map(Self::SubsEnd))?,
            kind::INTEREST_ACK => {
                whole("INTEREST_ACK", body, |f| f.varint().map(Self::InterestAck))?
            }
            kind::REFUSE => whole("REFUSE", body, get_refuse)?,
            kind::CREDIT => whole("CREDIT", body, |f| {
                Ok(Self::Credit {
                    account: f.u32("account")?,
                    messages: f.varint()?,
                    bytes: f.varint()?,
                })
            })?,
            kind::ACK => whole("ACK", body, |f| {
                Ok(Self::Ack {
                    class: get_class(f)?,
                    next_expected: f.varint()?,
                })
            })?,
            kind::PING => whole("PING", body, |f| {
                Ok(Self::Ping {
                    nonce: f.varint()?,
                    time: f.varint()?,
                })
            })?,
            kind::PONG => whole("PONG", body, |f| {
                Ok(Self::Pong {
                    nonce: f.varint()?,
                    time: f.varint()?,
                })
            })?,
            kind::GOAWAY => whole("GOAWAY", body, |f| {
                Ok(Self::GoAway {
                    deadline: f.varint()?,
                    reason: clean(f.text("reason", limits::TEXT_LEN)?),
                })
            })?,
            kind::ERROR => whole("ERROR", body, |f| {
                Ok(Self::Error {
                    code: f.varint()?,
                    text: clean(f.text("text", limits::TEXT_LEN)?),
                })
            })?,
            unknown if unknown & kind::IGNORABLE != 0 => return Ok(None),
            unknown => return Err(FrameError::Unknown(unknown)),
        };
        Ok(Some(read))
    }
}

/// Reads a body that must end with its last field.
pub(super) fn whole<'a, T>(
    frame: &'static str,
    body: &'a [u8],
    read: impl FnOnce(&mut Fields<'a>) -> Result<T, FrameError>,
) -> Result<T, FrameError> {
    let mut fields = Fields::new(frame, body);
    let value = read(&mut fields)?;
    fields.finish().map(|()| value)
}

pub(super) fn get_class(fields: &mut Fields<'_>) -> Result<Class, FrameError> {
    let value = fields.varint()?;
    Class::from_code(value).ok_or(FrameError::Value {
        what: "class",
        value,
    })
}

fn get_refuse(fields: &mut Fields<'_>) -> Result<Control, FrameError> {
    let value = fields.varint()?;
    let id = fields.u32("refused id")?;
    let what = match value {
        0 => Refused::Subscription(id),
        1 => Refused::Signal(id),
        _ => {
            return Err(FrameError::Value {
                what: "kind of refusal",
                value,
            });
        }
    };
    Ok(Control::Refuse {
        what,
        code: RefuseCode::from_code(fields.varint()?),
    })
}

fn put_sub(
    out: &mut BytesMut,
    subscription: &Subscription,
    group: Option<&str>,
    retain: Option<u64>,
) {
    let flag = |set: bool, flag: u64| if set { flag } else { 0 };
    let flags = flag(group.is_some(), SUB_GROUP)
        | flag(retain.is_some(), SUB_RETAIN)
        | flag(subscription.wire != ANY, SUB_WIRE);
    varint::put(out, u64::from(subscription.id));
    varint::put(out, subscription.version);
    varint::put(out, flags);
    put_text(out, &subscription.pattern);
    varint::put(out, u64::from(subscription.account));
    if let Some(group) = group {
        put_text(out, group);
    }
    if let Some(retain) = retain {
        varint::put(out, retain);
    }
    if subscription.wire != ANY {
        out.put_slice(&subscription.wire.0);
    }
}

fn get_sub(fields: &mut Fields<'_>) -> Result<Control, FrameError> {
    let id = fields.u32("subscription")?;
    let version = fields.varint()?;
    let flags = fields.varint()?;
    if flags & !(SUB_GROUP | SUB_RETAIN | SUB_WIRE) != 0 {
        return Err(FrameError::Value {
            what: "flags of SUB",
            value: flags,
        });
    }
    let pattern = fields.name("pattern")?;
    let account = fields.u32("account")?;
    let group = if flags & SUB_GROUP != 0 {
        Some(fields.name("group")?)
    } else {
        None
    };
    let retain = if flags & SUB_RETAIN != 0 {
        Some(fields.varint()?)
    } else {
        None
    };
    let wire = if flags & SUB_WIRE != 0 {
        fields.fingerprint()?
    } else {
        ANY
    };
    Ok(Control::Sub {
        subscription: Subscription {
            id,
            version,
            pattern,
            account,
            wire,
        },
        group,
        retain,
    })
}

fn put_varints(out: &mut BytesMut, kind: u8, values: &[u64]) {
    put_frame(out, kind, |out| {
        values.iter().for_each(|value| varint::put(out, *value))
    });
}

fn put_code_and_text(out: &mut BytesMut, kind: u8, code: u64, text: &str) {
    put_frame(out, kind, |out| {
        varint::put(out, code);
        put_text(out, &clean(text));
    });
}
