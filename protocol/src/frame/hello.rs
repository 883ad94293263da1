//! HELLO: the first frame of a connection, in both directions.

use bytes::{BufMut, BytesMut};

use super::{
    Class, FrameError,
    fields::{Fields, put_frame, put_life, put_text},
    kind,
};
use crate::{
    life::{Life, NodeId},
    limits, varint,
};

const MAGIC: &[u8; 4] = b"FARC";

/// What a node is ready to take from its peer. A later version appends; what is missing is not bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeerLimits {
    /// Largest frame body, in bytes.
    pub frame: u64,
    /// Largest payload, in bytes.
    pub message: u64,
    /// Signals that may be defined.
    pub signals: u64,
    /// Actors that may be defined.
    pub actors: u64,
    /// Subscriptions in force at once.
    pub subscriptions: u64,
}

/// How far a node has come in the events of its peer, in one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The class.
    pub class: Class,
    /// The life of the *receiver* of this HELLO, whose events are meant.
    pub life: Life,
    /// The first sequence number that is missing here.
    pub next_expected: u64,
}

/// The first frame on the control stream, from both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The minor version; the major one is the ALPN.
    pub minor: u8,
    /// The cluster that the sender belongs to.
    pub cluster: String,
    /// Its name, which must be the one in its certificate.
    pub name: String,
    /// Its id, which must be that of its certificate's key.
    pub id: NodeId,
    /// Its life.
    pub life: Life,
    /// The sender's number of this connection: never 0, rising within its life.
    pub nonce: u64,
    /// The sender's number of another connection that it holds with the receiver, or 0.
    pub have: u64,
    /// What it can do: bits 0 to 31 may be ignored, bits 32 to 61 must be known.
    pub capabilities: u64,
    /// What it is ready to take.
    pub limits: PeerLimits,
    /// Where it can be reached. Not used yet.
    pub addresses: Vec<String>,
    /// How far it has come.
    pub resume: Vec<Resume>,
}

impl Hello {
    /// Appends the frame.
    pub fn encode(&self, out: &mut BytesMut) {
        put_frame(out, kind::HELLO, |out| {
            out.put_slice(MAGIC);
            out.put_u8(self.minor);
            put_text(out, &self.cluster);
            put_text(out, &self.name);
            out.put_slice(&self.id.0);
            put_life(out, self.life);
            varint::put(out, self.nonce);
            varint::put(out, self.have);
            varint::put(out, self.capabilities);
            let PeerLimits {
                frame,
                message,
                signals,
                actors,
                subscriptions,
            } = self.limits;
            let limits = [frame, message, signals, actors, subscriptions];
            varint::put(out, limits.len() as u64);
            limits
                .into_iter()
                .for_each(|limit| varint::put(out, limit.min(varint::MAX)));
            varint::put(out, self.addresses.len() as u64);
            self.addresses
                .iter()
                .for_each(|address| put_text(out, address));
            varint::put(out, self.resume.len() as u64);
            for entry in &self.resume {
                varint::put(out, entry.class as u64);
                put_life(out, entry.life);
                varint::put(out, entry.next_expected);
            }
        });
    }

    /// Reads the body. Bytes behind the last field belong to a later minor version and are skipped.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn decode(body: &[u8]) -> Result<Self, FrameError> {
        let mut fields = Fields::new("HELLO", body);
        let magic = fields.array::<4>()?;
        if magic != *MAGIC {
            return Err(FrameError::Value {
                what: "magic",
                value: u64::from(u32::from_be_bytes(magic)),
            });
        }
        let minor = fields.byte()?;
        let cluster = fields.text("cluster", limits::LABEL_LEN)?.to_owned();
        let name = fields.text("name", limits::LABEL_LEN)?.to_owned();
        let id = NodeId(fields.array()?);
        let life = fields.life()?;
        let nonce = fields.varint()?;
        if nonce == 0 {
            return Err(FrameError::Value {
                what: "nonce",
                value: 0,
            });
        }
        let have = fields.varint()?;
        let capabilities = fields.varint()?;
        let limits = decode_limits(&mut fields)?;
        let addresses = (0..fields.count("addresses", limits::ADDRESSES, 1)?)
            .map(|_| fields.text("address", limits::NAME_LEN).map(str::to_owned))
            .collect::<Result<_, _>>()?;
        let resume = decode_resume(&mut fields)?;
        Ok(Self {
            minor,
            cluster,
            name,
            id,
            life,
            nonce,
            have,
            capabilities,
            limits,
            addresses,
            resume,
        })
    }
}

fn decode_limits(fields: &mut Fields<'_>) -> Result<PeerLimits, FrameError> {
    let mut known = [varint::MAX; 5];
    for index in 0..fields.count("limits", 32, 1)? {
        let limit = fields.varint()?;
        if let Some(known) = known.get_mut(index) {
            *known = limit;
        }
    }
    let [frame, message, signals, actors, subscriptions] = known;
    Ok(PeerLimits {
        frame,
        message,
        signals,
        actors,
        subscriptions,
    })
}

fn decode_resume(fields: &mut Fields<'_>) -> Result<Vec<Resume>, FrameError> {
    let mut entries: Vec<Resume> = Vec::new();
    for _ in 0..fields.count("resume", Class::COUNT, 18)? {
        let value = fields.varint()?;
        let class = Class::from_code(value).ok_or(FrameError::Value {
            what: "class",
            value,
        })?;
        if entries.iter().any(|entry| entry.class == class) {
            return Err(FrameError::Value {
                what: "repeated class",
                value,
            });
        }
        let life = fields.life()?;
        let next_expected = fields.varint()?;
        if next_expected == 0 {
            return Err(FrameError::Value {
                what: "next_expected",
                value: 0,
            });
        }
        entries.push(Resume {
            class,
            life,
            next_expected,
        });
    }
    Ok(entries)
}
