//! The frames of a data stream, and the four bytes that it begins with.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};

use super::{
    Batch, Cause, Class, Delivery, Frame, FrameError, SignalDef,
    control::{get_class, whole},
    fields::{Fields, put_frame, put_text},
    kind,
};
use crate::varint;

/// Bytes of a [`Preface`].
pub const PREFACE_LEN: usize = 4;

const PREFACE_MAGIC: [u8; 2] = [0x46, 0x41];
const PREFACE_VERSION: u8 = 1;

/// The most signals that one GAP counts apart: keeps the frame under its bound. What is beyond is in the range only.
pub(crate) const GAP_SIGNALS: usize = 4096;

/// What a data stream begins with: `46 41 | version 01 | class`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preface {
    /// The class of everything on the stream.
    pub class: Class,
}

impl Preface {
    /// The four bytes.
    #[must_use]
    pub const fn encode(self) -> [u8; PREFACE_LEN] {
        [
            PREFACE_MAGIC[0],
            PREFACE_MAGIC[1],
            PREFACE_VERSION,
            self.class as u8,
        ]
    }

    /// Reads the four bytes.
    ///
    /// # Errors
    /// When they are not those of a data stream of this version.
    pub fn decode(bytes: [u8; PREFACE_LEN]) -> Result<Self, FrameError> {
        let [first, second, version, class] = bytes;
        if [first, second, version] != [PREFACE_MAGIC[0], PREFACE_MAGIC[1], PREFACE_VERSION] {
            return Err(FrameError::Value {
                what: "stream preface",
                value: u64::from(u32::from_be_bytes(bytes)),
            });
        }
        let value = u64::from(class);
        let class = Class::from_code(value).ok_or(FrameError::Value {
            what: "class",
            value,
        })?;
        Ok(Self { class })
    }
}

/// A frame of a data stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// What a signal id means, before its first use on this stream.
    Def(SignalDef),
    /// What an actor id means, before its first use on this stream.
    ActorDef {
        /// The id.
        id: u32,
        /// The actor's name.
        name: Arc<str>,
    },
    /// The version of interest that the following batches were routed with. 0 before the first.
    Interest(u64),
    /// Events.
    Batch(Batch),
    /// Numbered events that will not come. Takes the numbers `from..=to`.
    Gap {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
        /// Why.
        cause: Cause,
        /// How many of which signal.
        counts: Vec<(u32, u64)>,
    },
    /// Events that were dropped before they had a number. Takes one number itself, so that it comes exactly once too.
    Loss {
        /// Its number.
        seq: u64,
        /// Of which signal.
        signal: u32,
        /// For which account.
        account: u32,
        /// How many.
        count: u64,
        /// Why.
        cause: Cause,
    },
}

impl Data {
    /// Appends the frame. A batch is copied; to send one without that, see [`super::BatchBuilder`].
    pub fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Def(def) => put_def(out, def),
            Self::ActorDef { id, name } => put_frame(out, kind::ADEF, |out| {
                varint::put(out, u64::from(*id));
                put_text(out, name);
            }),
            Self::Interest(version) => {
                put_frame(out, kind::INTEREST, |out| varint::put(out, *version))
            }
            Self::Batch(batch) => batch.encode(out),
            Self::Gap {
                from,
                to,
                cause,
                counts,
            } => put_frame(out, kind::GAP, |out| {
                [*from, *to, cause.code(), counts.len() as u64]
                    .into_iter()
                    .for_each(|value| varint::put(out, value));
                for (signal, count) in counts {
                    varint::put(out, u64::from(*signal));
                    varint::put(out, (*count).min(varint::MAX));
                }
            }),
            Self::Loss {
                seq,
                signal,
                account,
                count,
                cause,
            } => put_frame(out, kind::LOSS, |out| {
                let values = [
                    *seq,
                    u64::from(*signal),
                    u64::from(*account),
                    *count,
                    cause.code(),
                ];
                values.into_iter().for_each(|value| varint::put(out, value));
            }),
        }
    }

    /// Reads a frame of a data stream; `None` when it is one to skip.
    ///
    /// # Errors
    /// The first thing that is wrong with it. The messages of a batch are read later, by [`Batch::messages`].
    pub fn decode(frame: &Frame) -> Result<Option<Self>, FrameError> {
        let body = frame.body.as_ref();
        let read = match frame.kind {
            kind::DEF => whole("DEF", body, get_def)?,
            kind::ADEF => whole("ADEF", body, |f| {
                Ok(Self::ActorDef {
                    id: f.u32("actor")?,
                    name: f.name("actor name")?,
                })
            })?,
            kind::INTEREST => whole("INTEREST", body, |f| f.varint().map(Self::Interest))?,
            kind::BATCH => Self::Batch(Batch::decode(frame.body.clone())?),
            kind::GAP => whole("GAP", body, get_gap)?,
            kind::LOSS => whole("LOSS", body, get_loss)?,
            unknown if unknown & kind::IGNORABLE != 0 => return Ok(None),
            unknown => return Err(FrameError::Unknown(unknown)),
        };
        Ok(Some(read))
    }
}

/// Appends a DEF frame.
pub(crate) fn put_def(out: &mut BytesMut, def: &SignalDef) {
    put_frame(out, kind::DEF, |out| {
        varint::put(out, u64::from(def.id));
        put_text(out, &def.name);
        out.put_slice(&def.wire.0);
        out.put_slice(&def.schema.0);
        varint::put(out, def.class as u64);
        varint::put(out, def.delivery as u64);
    });
}

fn get_def(fields: &mut Fields<'_>) -> Result<Data, FrameError> {
    let id = id(fields, "signal")?;
    let name = fields.name("signal name")?;
    let wire = fields.fingerprint()?;
    let schema = fields.fingerprint()?;
    let class = get_class(fields)?;
    let value = fields.varint()?;
    let delivery = Delivery::from_code(value).ok_or(FrameError::Value {
        what: "delivery",
        value,
    })?;
    Ok(Data::Def(SignalDef {
        id,
        name,
        wire,
        schema,
        class,
        delivery,
    }))
}

/// Ids of signals are dense from 1: 0 is nobody's.
fn id(fields: &mut Fields<'_>, what: &'static str) -> Result<u32, FrameError> {
    match fields.u32(what)? {
        0 => Err(FrameError::Value { what, value: 0 }),
        id => Ok(id),
    }
}

fn get_gap(fields: &mut Fields<'_>) -> Result<Data, FrameError> {
    let from = fields.varint()?;
    let to = fields.varint()?;
    if from == 0 || to < from || to == varint::MAX {
        return Err(FrameError::Value {
            what: "range of GAP",
            value: to,
        });
    }
    let cause = Cause::from_code(fields.varint()?);
    let counts = (0..fields.count("signals of GAP", GAP_SIGNALS, 2)?)
        .map(|_| Ok((fields.u32("signal")?, fields.varint()?)))
        .collect::<Result<_, FrameError>>()?;
    Ok(Data::Gap {
        from,
        to,
        cause,
        counts,
    })
}

fn get_loss(fields: &mut Fields<'_>) -> Result<Data, FrameError> {
    let seq = fields.varint()?;
    if seq == 0 || seq == varint::MAX {
        return Err(FrameError::Value {
            what: "number of LOSS",
            value: seq,
        });
    }
    let signal = fields.u32("signal")?;
    let account = fields.u32("account")?;
    let count = fields.varint()?;
    Ok(Data::Loss {
        seq,
        signal,
        account,
        count,
        cause: Cause::from_code(fields.varint()?),
    })
}
