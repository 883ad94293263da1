//! The golden vectors of `WIRE.md`: every one of them is what the code writes and reads, and every one is in the document.

#![expect(
    clippy::unwrap_used,
    reason = "a vector that cannot be read has failed"
)]

use std::{collections::BTreeMap, sync::Arc};

use bytes::{Bytes, BytesMut};
use farc_protocol::{
    frame::{
        Batch, BatchBuilder, Cause, Class, Control, Data, Delivery, Hello, MessageRef, PeerLimits,
        Preface, Reader, RefuseCode, Refused, Resume, SignalDef, Subscription, UNLIMITED,
        batch::put_batch_head,
    },
    life::{Life, NodeId},
    limits,
    schema::Fingerprint,
    varint,
};

const DOCUMENT: &str = include_str!("../WIRE.md");

fn control(frame: &Control) -> Vec<u8> {
    let mut out = BytesMut::new();
    frame.encode(&mut out);
    let mut reader = Reader::new(limits::FRAME_LEN);
    reader.push(out.clone().freeze());
    let read = reader.next().unwrap().unwrap();
    assert_eq!(Control::decode(&read).unwrap().as_ref(), Some(frame));
    out.to_vec()
}

fn data(frame: &Data) -> Vec<u8> {
    let mut out = BytesMut::new();
    frame.encode(&mut out);
    let mut reader = Reader::new(limits::FRAME_LEN);
    reader.push(out.clone().freeze());
    let read = reader.next().unwrap().unwrap();
    assert_eq!(Data::decode(&read).unwrap().as_ref(), Some(frame));
    out.to_vec()
}

fn batch(base: u64, messages: &[MessageRef<'_>]) -> Vec<u8> {
    let mut builder = BatchBuilder::with_capacity(64);
    messages.iter().for_each(|message| builder.push(message));
    let mut out = BytesMut::new();
    put_batch_head(&mut out, base, messages.len(), builder.len());
    builder
        .finish()
        .iter()
        .for_each(|part| out.extend_from_slice(part));
    let mut reader = Reader::new(limits::FRAME_LEN);
    reader.push(out.clone().freeze());
    let read: Batch = match Data::decode(&reader.next().unwrap().unwrap()).unwrap() {
        Some(Data::Batch(batch)) => batch,
        other => panic!("not a batch: {other:?}"),
    };
    assert_eq!((read.base, read.count), (base, messages.len() as u64));
    for (read, written) in read.messages().zip(messages) {
        let read = read.unwrap();
        assert_eq!(
            (read.signal, read.source, read.account),
            (written.signal, written.source, written.account)
        );
        assert_eq!(
            (read.targets.as_slice(), &read.payload),
            (written.targets, written.payload)
        );
    }
    out.to_vec()
}

fn varint(value: u64) -> Vec<u8> {
    let (bytes, len) = varint::encode(value);
    assert_eq!(varint::get(&bytes[..len]), Some((value, len)));
    bytes[..len].to_vec()
}

fn hello(have: u64, resume: Vec<Resume>) -> Hello {
    Hello {
        minor: 0,
        cluster: "c1".into(),
        name: "alpha".into(),
        id: NodeId([0xaa; 16]),
        life: Life {
            start: 1_000_000,
            random: 5,
        },
        nonce: 1,
        have,
        capabilities: 0,
        limits: PeerLimits {
            frame: 131_072,
            message: 64_512,
            signals: 65_536,
            actors: 65_536,
            subscriptions: 16_384,
        },
        addresses: Vec::new(),
        resume,
    }
}

fn vectors() -> BTreeMap<&'static str, Vec<u8>> {
    let def = SignalDef {
        id: 1,
        name: Arc::from("dining.hungry"),
        wire: Fingerprint([0x11; 16]),
        schema: Fingerprint([0x22; 16]),
        class: Class::Normal,
        delivery: Delivery::Reliable,
    };
    let sub = |wire| Control::Sub {
        subscription: Subscription {
            id: 7,
            version: 3,
            pattern: Arc::from("dining.hungry"),
            account: 0,
            wire: Fingerprint([wire; 16]),
        },
        group: None,
        retain: None,
    };
    let resume = Resume {
        class: Class::Normal,
        life: Life {
            start: 2_000_000,
            random: 6,
        },
        next_expected: 301,
    };
    let one = Bytes::from_static(&[0x2a]);
    let two = Bytes::from_static(b"hi");
    let plain = MessageRef {
        signal: 1,
        source: 0,
        targets: &[],
        account: 0,
        payload: &one,
    };
    let full = MessageRef {
        signal: 2,
        source: 4,
        targets: &[7, 300],
        account: 9,
        payload: &two,
    };
    BTreeMap::from([
        ("varint 37", varint(37)),
        ("varint 15293", varint(15_293)),
        ("varint 494878333", varint(494_878_333)),
        ("varint 2^62-1", varint(varint::MAX)),
        (
            "preface normal",
            Preface {
                class: Class::Normal,
            }
            .encode()
            .to_vec(),
        ),
        (
            "HELLO first",
            control(&Control::Hello(Box::new(hello(0, Vec::new())))),
        ),
        (
            "HELLO again",
            control(&Control::Hello(Box::new(hello(41, vec![resume])))),
        ),
        ("SUB any layout", control(&sub(0))),
        ("SUB one layout", control(&sub(0x11))),
        ("UNSUB", control(&Control::Unsub { id: 7, version: 4 })),
        ("SUBS_END", control(&Control::SubsEnd(4))),
        ("INTEREST_ACK", control(&Control::InterestAck(4))),
        (
            "REFUSE signal",
            control(&Control::Refuse {
                what: Refused::Signal(1),
                code: RefuseCode::Mismatch,
            }),
        ),
        (
            "REFUSE subscription",
            control(&Control::Refuse {
                what: Refused::Subscription(7),
                code: RefuseCode::NotAvailable,
            }),
        ),
        (
            "CREDIT unlimited",
            control(&Control::Credit {
                account: 0,
                messages: UNLIMITED,
                bytes: UNLIMITED,
            }),
        ),
        (
            "ACK",
            control(&Control::Ack {
                class: Class::Normal,
                next_expected: 301,
            }),
        ),
        (
            "PING",
            control(&Control::Ping {
                nonce: 1,
                time: 500_000,
            }),
        ),
        (
            "PONG",
            control(&Control::Pong {
                nonce: 1,
                time: 500_000,
            }),
        ),
        (
            "GOAWAY",
            control(&Control::GoAway {
                deadline: 8000,
                reason: "leaving".into(),
            }),
        ),
        (
            "ERROR",
            control(&Control::Error {
                code: 8,
                text: "too many".into(),
            }),
        ),
        ("DEF", data(&Data::Def(def))),
        (
            "ADEF",
            data(&Data::ActorDef {
                id: 4,
                name: Arc::from("plato"),
            }),
        ),
        ("INTEREST", data(&Data::Interest(3))),
        ("BATCH of one", batch(1, &[plain])),
        ("BATCH of two", batch(300, &[plain, full])),
        (
            "GAP",
            data(&Data::Gap {
                from: 5,
                to: 9,
                cause: Cause::Expired,
                counts: vec![(1, 3), (2, 2)],
            }),
        ),
        (
            "LOSS",
            data(&Data::Loss {
                seq: 10,
                signal: 1,
                account: 0,
                count: 12,
                cause: Cause::OutboxFull,
            }),
        ),
    ])
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

/// `name: hex`, where long ones go on in lines that begin with a space.
fn documented() -> BTreeMap<&'static str, String> {
    let (_, behind) = DOCUMENT
        .split_once("```golden\n")
        .expect("the document has golden vectors");
    let (block, _) = behind.split_once("```").expect("the block ends");
    let mut vectors: BTreeMap<&str, String> = BTreeMap::new();
    let mut last = "";
    for line in block.lines() {
        if let Some((name, bytes)) = line.split_once(':') {
            last = name;
            assert!(
                vectors.insert(name, bytes.trim().to_owned()).is_none(),
                "{name} is there twice"
            );
        } else {
            let vector = vectors
                .get_mut(last)
                .expect("a line that goes on follows one that began");
            *vector = format!("{vector} {}", line.trim()).trim().to_owned();
        }
    }
    vectors
}

#[test]
fn every_vector_of_the_document_is_what_the_code_writes() {
    let documented = documented();
    let written = vectors();
    for (name, bytes) in &written {
        assert_eq!(
            documented.get(name),
            Some(&hex(bytes)),
            "{name}: {}",
            hex(bytes)
        );
    }
    assert_eq!(
        documented.len(),
        written.len(),
        "nothing is documented that is not checked"
    );
}

#[test]
fn the_close_codes_of_the_document_are_those_of_the_code() {
    for code in farc_protocol::close::CloseCode::ALL {
        let row = format!("| {} | {code} |", code.code());
        assert!(DOCUMENT.contains(&row), "{row}");
    }
}

#[test]
fn the_causes_of_the_document_are_those_of_the_code() {
    for cause in Cause::ALL {
        let entry = format!("{} {cause}", cause.code());
        assert!(DOCUMENT.contains(&entry), "{entry}");
    }
}
