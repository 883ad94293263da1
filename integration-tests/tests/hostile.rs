//! A peer with a valid certificate that speaks nonsense, over real QUIC. It is refused or counted, and nobody else notices.
#![expect(
    clippy::unwrap_used,
    reason = "in a test, what cannot be had is a failure"
)]

#[expect(dead_code, reason = "the tests of links use the rest")]
#[path = "../../node/tests/link/support.rs"]
mod support;

use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use farc::link::PeerState;
use farc_protocol::close::CloseCode;
use farc_protocol::frame::batch::{BatchBuilder, MessageRef, put_batch_head};
use farc_protocol::frame::{
    Cause, Class, Control, Data, Delivery, Hello, PeerLimits, Preface, Reader, SignalDef,
    Subscription, kind,
};
use farc_protocol::life::{Life, NodeId};
use farc_protocol::schema::Fingerprint;
use farc_protocol::{limits, varint};
use quinn::{ConnectionError, Endpoint, RecvStream, SendStream};
use support::{Authority, Node, PATIENCE, Stranger, any_port, nobody, run, start, until};

/// North, with a good link to east, and a valid certificate of south for whoever pretends to be it.
struct World {
    authority: Authority,
    north: Node,
    east: Node,
    before: u64,
    said: u64,
}

impl World {
    async fn new() -> Self {
        let authority = Authority::new("our CA");
        let (_hole, south) = nobody();
        let north = start(
            "north",
            &authority.node("north"),
            1,
            any_port(),
            &[("east", south), ("south", south)],
        );
        let east = start(
            "east",
            &authority.node("east"),
            1,
            any_port(),
            &[("north", north.address())],
        );
        until("the good link", || {
            north.is_up("east") && east.is_up("north")
        })
        .await;
        let before = north.peer("east").stats.connections;
        Self {
            authority,
            north,
            east,
            before,
            said: 0,
        }
    }

    /// The good link is the same connection as ever, and carries what it is given.
    async fn assert_undisturbed(&mut self) {
        let Self {
            north,
            east,
            before,
            said,
            ..
        } = self;
        east.publish(*said..*said + 10);
        *said += 10;
        until("the counts of the good link", || {
            north.seen.counts_of("east").len() as u64 == *said
        })
        .await;
        assert_eq!(north.seen.counts_of("east"), (0..*said).collect::<Vec<_>>());
        let now = north.peer("east").stats;
        assert_eq!(now.connections, *before);
        assert!(now.closed.is_empty());
        assert!(now.classes.iter().all(|class| class.balances()));
    }

    fn wire_of_count(&self) -> Fingerprint {
        self.north
            .bus
            .signals()
            .iter()
            .find(|def| &*def.name == "test.count")
            .unwrap()
            .wire
    }
}

/// A connection of somebody who has south's certificate.
struct Enemy {
    _endpoint: Endpoint,
    connection: quinn::Connection,
    send: SendStream,
    recv: RecvStream,
    id: NodeId,
}

impl Enemy {
    async fn connect(world: &World) -> Self {
        let identity = world.authority.node("south");
        let id = identity.node_id().unwrap();
        let endpoint = Stranger::with(identity).caller();
        let connection = endpoint
            .connect(world.north.address(), "north.plant.farc")
            .unwrap()
            .await
            .unwrap();
        let (send, recv) = connection.open_bi().await.unwrap();
        Self {
            _endpoint: endpoint,
            connection,
            send,
            recv,
            id,
        }
    }

    fn hello(&self, start: u64) -> Hello {
        Hello {
            minor: 0,
            cluster: "plant".to_owned(),
            name: "south".to_owned(),
            id: self.id,
            life: Life { start, random: 1 },
            nonce: 1,
            have: 0,
            capabilities: 0,
            limits: PeerLimits {
                frame: 1 << 17,
                message: 1 << 16,
                signals: 1 << 16,
                actors: 1 << 16,
                subscriptions: 1 << 14,
            },
            addresses: Vec::new(),
            resume: Vec::new(),
        }
    }

    /// A connection that has said a good HELLO and is believed.
    async fn greeted(world: &World) -> Self {
        let start = 1 + world.north.peer("south").life.map_or(0, |life| life.start);
        let mut enemy = Self::connect(world).await;
        let hello = encoded(|out| enemy.hello(start).encode(out));
        enemy.say(&hello).await;
        until("the hello to be believed", || {
            let peer = world.north.peer("south");
            peer.state == PeerState::Up && peer.life.is_some_and(|life| life.start == start)
        })
        .await;
        enemy
    }

    async fn say(&mut self, bytes: &[u8]) {
        self.send.write_all(bytes).await.unwrap();
    }

    /// A data stream that has said its preface.
    async fn data(&self) -> SendStream {
        let mut stream = self.connection.open_uni().await.unwrap();
        stream
            .write_all(
                &Preface {
                    class: Class::Normal,
                }
                .encode(),
            )
            .await
            .unwrap();
        stream
    }

    /// Waits until the node closes the connection with `code`.
    async fn assert_ends(&self, case: &str, code: CloseCode) {
        let ended = tokio::time::timeout(PATIENCE, self.connection.closed()).await;
        let Ok(ConnectionError::ApplicationClosed(close)) = &ended else {
            panic!("{case}: {ended:?}");
        };
        let found = CloseCode::from_code(close.error_code.into_inner());
        assert_eq!(
            found,
            Some(code),
            "{case}: {}",
            String::from_utf8_lossy(&close.reason)
        );
    }
}

fn encoded(encode: impl FnOnce(&mut BytesMut)) -> Bytes {
    let mut out = BytesMut::new();
    encode(&mut out);
    out.freeze()
}

/// The head of a frame that claims to be so long.
fn head(kind: u8, len: u64) -> Bytes {
    encoded(|out| {
        out.put_u8(kind);
        varint::put(out, len);
    })
}

fn definition(id: u32, name: &str, wire: Fingerprint) -> Bytes {
    let def = SignalDef {
        id,
        name: name.into(),
        wire,
        schema: wire,
        class: Class::Normal,
        delivery: Delivery::Reliable,
    };
    encoded(|out| Data::Def(def).encode(out))
}

fn batch(base: u64, signal: u32, payloads: &[&'static [u8]]) -> Bytes {
    let mut builder = BatchBuilder::with_capacity(1024);
    for payload in payloads {
        builder.push(&MessageRef {
            signal,
            source: 0,
            targets: &[],
            account: 0,
            payload: &Bytes::from_static(payload),
        });
    }
    let len = builder.len();
    encoded(|out| {
        put_batch_head(out, base, payloads.len(), len);
        builder
            .finish()
            .into_iter()
            .for_each(|part| out.put_slice(&part));
    })
}

fn interest(version: u64) -> Bytes {
    encoded(|out| Data::Interest(version).encode(out))
}

#[test]
fn a_hello_that_is_not_one_is_refused() {
    run(async {
        let mut world = World::new().await;
        type Change = fn(&mut Hello);
        let lies: [(&str, Change, CloseCode); 5] = [
            (
                "another name than the certificate",
                |hello| hello.name = "east".to_owned(),
                CloseCode::Identity,
            ),
            (
                "another cluster",
                |hello| hello.cluster = "other".to_owned(),
                CloseCode::Identity,
            ),
            (
                "another id",
                |hello| hello.id = NodeId([7; 16]),
                CloseCode::Identity,
            ),
            (
                "a name that is no label",
                |hello| hello.name = "South!".to_owned(),
                CloseCode::Identity,
            ),
            (
                "a capability that must be known",
                |hello| hello.capabilities = 1 << 40,
                CloseCode::Version,
            ),
        ];
        for (case, lie, code) in lies {
            let mut enemy = Enemy::connect(&world).await;
            let mut hello = enemy.hello(1);
            lie(&mut hello);
            enemy.say(&encoded(|out| hello.encode(out))).await;
            enemy.assert_ends(case, code).await;
        }
        let heads = [
            (
                "a hello of 4097 bytes",
                head(kind::HELLO, limits::HELLO_LEN as u64 + 1),
                CloseCode::Limit,
            ),
            (
                "a hello of 2^32 bytes",
                head(kind::HELLO, 1 << 32),
                CloseCode::Limit,
            ),
            (
                "a hello of 2^62 bytes",
                head(kind::HELLO, varint::MAX),
                CloseCode::Limit,
            ),
            (
                "another frame first",
                encoded(|out| Control::SubsEnd(0).encode(out)),
                CloseCode::Protocol,
            ),
            ("an unknown frame first", head(0x7f, 0), CloseCode::Protocol),
            // Read as a frame it is an incomplete one.
            (
                "another protocol",
                Bytes::from_static(b"GET / HTTP/1.1\r\n\r\n"),
                CloseCode::Timeout,
            ),
        ];
        for (case, bytes, code) in heads {
            let mut enemy = Enemy::connect(&world).await;
            enemy.say(&bytes).await;
            enemy.assert_ends(case, code).await;
        }
        world.assert_undisturbed().await;
        assert_eq!(world.north.peer("south").stats.classes[2].received, 0);
    });
}

#[test]
fn a_hello_that_does_not_come_in_time_ends_the_connection() {
    run(async {
        let mut world = World::new().await;
        let silent = Enemy::connect(&world).await;
        let mut dribbling = Enemy::connect(&world).await;
        let hello = encoded(|out| dribbling.hello(1).encode(out));
        let dribble = async {
            for byte in &hello {
                if dribbling.send.write_all(&[*byte]).await.is_err() {
                    break;
                }
                // The pace of the attack, not a wait for anything.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            dribbling
                .assert_ends("a dribbled hello", CloseCode::Timeout)
                .await;
        };
        tokio::join!(silent.assert_ends("silence", CloseCode::Timeout), dribble);
        world.assert_undisturbed().await;
    });
}

#[test]
fn nonsense_on_the_control_stream_ends_the_connection() {
    run(async {
        let mut world = World::new().await;
        let subscription = |id: u32, pattern: &str| {
            let subscription = Subscription {
                id,
                version: 1,
                pattern: pattern.into(),
                account: 0,
                wire: Fingerprint([0; 16]),
            };
            encoded(|out| {
                Control::Sub {
                    subscription,
                    group: None,
                    retain: None,
                }
                .encode(out)
            })
        };
        let cases = [
            ("an unknown frame", head(0x7f, 0), CloseCode::Protocol),
            (
                "a frame of 2^32 bytes",
                head(kind::SUB, 1 << 32),
                CloseCode::Limit,
            ),
            (
                "a frame of 2^62 bytes",
                head(kind::SUB, varint::MAX),
                CloseCode::Limit,
            ),
            (
                "a skippable frame of 2^62 bytes",
                head(0xff, varint::MAX),
                CloseCode::Limit,
            ),
            ("an empty frame", head(kind::SUB, 0), CloseCode::Protocol),
            (
                "a subscription to a system signal",
                subscription(1, "$sys.gap"),
                CloseCode::Protocol,
            ),
            (
                "an acknowledgement of what was never sent",
                encoded(|out| {
                    Control::Ack {
                        class: Class::Normal,
                        next_expected: 1 << 40,
                    }
                    .encode(out)
                }),
                CloseCode::Protocol,
            ),
        ];
        for (case, bytes, code) in cases {
            let mut enemy = Enemy::greeted(&world).await;
            enemy.say(&bytes).await;
            enemy.assert_ends(case, code).await;
            until("the refusal in status", || {
                world.north.peer("south").last_failure.is_some()
            })
            .await;
        }
        world.assert_undisturbed().await;
    });
}

#[test]
fn a_frame_that_may_be_skipped_is_skipped() {
    run(async {
        let mut world = World::new().await;
        let mut enemy = Enemy::greeted(&world).await;
        enemy.say(&[&head(0xee, 3)[..], b"abc"].concat()).await;
        until("the frame to be counted", || {
            world.north.peer("south").stats.ignored_frames == 1
        })
        .await;
        assert_eq!(world.north.peer("south").state, PeerState::Up);
        world.assert_undisturbed().await;
    });
}

#[test]
fn nonsense_on_a_data_stream_ends_the_connection() {
    run(async {
        let mut world = World::new().await;
        let wire = world.wire_of_count();
        let cases = [
            ("an unknown frame", head(0x7f, 0), CloseCode::Protocol),
            (
                "a frame of 2^32 bytes",
                head(kind::BATCH, 1 << 32),
                CloseCode::Limit,
            ),
            (
                "a frame of 2^62 bytes",
                head(kind::BATCH, varint::MAX),
                CloseCode::Limit,
            ),
            (
                "a definition of a system signal",
                definition(1, "$sys.gap", wire),
                CloseCode::Protocol,
            ),
            (
                "an id beyond the table",
                definition(1 << 20, "test.count", wire),
                CloseCode::Limit,
            ),
            (
                "a batch of an undefined signal",
                [interest(1), batch(1, 9, &[b"\x01"])].concat().into(),
                CloseCode::Protocol,
            ),
            (
                "a batch out of order",
                [
                    definition(1, "test.count", wire),
                    interest(1),
                    batch(5, 1, &[b"\x01"]),
                ]
                .concat()
                .into(),
                CloseCode::Sequence,
            ),
            (
                "more messages than bytes",
                [
                    definition(1, "test.count", wire),
                    interest(1),
                    Bytes::from_static(&[kind::BATCH, 3, 1, 0x4f, 0xff]),
                ]
                .concat()
                .into(),
                CloseCode::Protocol,
            ),
        ];
        for (case, bytes, code) in cases {
            let enemy = Enemy::greeted(&world).await;
            let mut stream = enemy.data().await;
            stream.write_all(&bytes).await.unwrap();
            enemy.assert_ends(case, code).await;
        }
        world.assert_undisturbed().await;
    });
}

#[test]
fn streams_that_end_or_begin_wrongly_end_the_connection() {
    run(async {
        let mut world = World::new().await;

        let enemy = Enemy::greeted(&world).await;
        let mut stream = enemy.connection.open_uni().await.unwrap();
        stream.write_all(b"none").await.unwrap();
        enemy
            .assert_ends("a wrong preface", CloseCode::Protocol)
            .await;

        let enemy = Enemy::greeted(&world).await;
        let mut stream = enemy.data().await;
        stream.finish().unwrap();
        enemy
            .assert_ends("a data stream that ends", CloseCode::Protocol)
            .await;

        let enemy = Enemy::greeted(&world).await;
        let mut stream = enemy.data().await;
        stream.reset(7_u32.into()).unwrap();
        enemy
            .assert_ends("a data stream that is reset", CloseCode::Protocol)
            .await;

        let mut enemy = Enemy::greeted(&world).await;
        enemy.send.finish().unwrap();
        enemy
            .assert_ends("a control stream that ends", CloseCode::Protocol)
            .await;

        let mut enemy = Enemy::greeted(&world).await;
        enemy.recv.stop(7_u32.into()).unwrap();
        enemy
            .assert_ends(
                "a control stream that is not listened to",
                CloseCode::Protocol,
            )
            .await;

        let enemy = Enemy::greeted(&world).await;
        let (_first, _second) = (enemy.data().await, enemy.data().await);
        enemy
            .assert_ends("two streams of a class", CloseCode::Protocol)
            .await;

        world.assert_undisturbed().await;
    });
}

#[test]
fn truncated_and_random_bytes_never_do_more_than_end_their_connection() {
    run(async {
        let mut world = World::new().await;
        // xorshift: any sequence will do, as long as it is the same in each run.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for round in 0..24 {
            let noise: Vec<u8> = (0..random() % 3000).map(|_| random() as u8).collect();
            let mut enemy = Enemy::connect(&world).await;
            let hello = encoded(|out| enemy.hello(100 + round).encode(out));
            let mut on_data = enemy.connection.open_uni().await.unwrap();
            match round % 3 {
                // A HELLO that stops somewhere.
                0 => enemy.say(&hello[..random() as usize % hello.len()]).await,
                // Noise instead of it.
                1 => enemy.say(&noise).await,
                // Noise behind it, on both streams.
                _ => {
                    enemy.say(&hello).await;
                    let _ = enemy.send.write_all(&noise).await;
                    let _ = on_data.write_all(&noise).await;
                }
            }
            let _ = enemy.send.finish();
            let ended = tokio::time::timeout(PATIENCE, enemy.connection.closed()).await;
            assert!(
                matches!(ended, Ok(ConnectionError::ApplicationClosed(_))),
                "round {round}: {ended:?}"
            );
        }
        world.assert_undisturbed().await;
    });
}

#[test]
fn an_undecodable_payload_is_counted_and_told_to_its_receiver() {
    run(async {
        let mut world = World::new().await;
        let enemy = Enemy::greeted(&world).await;
        let mut stream = enemy.data().await;
        let version = world.north.bus.interest().version;
        let bytes = [
            definition(1, "test.count", world.wire_of_count()),
            interest(version),
            batch(1, 1, &[b"\xff\xff\xff", b"\x07"]),
        ]
        .concat();
        stream.write_all(&bytes).await.unwrap();
        until("the good one behind it", || {
            world.north.seen.counts_of("south") == [7]
        })
        .await;
        assert_eq!(world.north.seen.gaps(), [("undecodable".to_owned(), 1)]);
        let peer = world.north.peer("south");
        assert_eq!(
            (peer.state, peer.stats.classes[2].received),
            (PeerState::Up, 2)
        );
        world.assert_undisturbed().await;
    });
}

#[test]
fn another_structure_under_a_known_name_refuses_that_signal_only() {
    run(async {
        let mut world = World::new().await;
        let mut enemy = Enemy::greeted(&world).await;
        let mut stream = enemy.data().await;
        let version = world.north.bus.interest().version;
        let bytes = [
            definition(1, "test.count", Fingerprint([9; 16])),
            definition(2, "test.unknown", Fingerprint([9; 16])),
            interest(version),
            batch(1, 1, &[b"\x01", b"\x02"]),
            batch(3, 2, &[b"\x03"]),
        ]
        .concat();
        stream.write_all(&bytes).await.unwrap();
        until("the messages to be counted", || {
            world.north.peer("south").stats.classes[2].received == 3
        })
        .await;
        let books = world.north.peer("south").stats.classes[2].clone();
        assert_eq!(books.refused.get(&Cause::Mismatch), Some(&2));
        assert_eq!(books.refused_total() + books.unmatched, 3);
        assert!(world.north.seen.counts_of("south").is_empty());

        // It is told so, and the link stays.
        let mut reader = Reader::new(limits::FRAME_LEN);
        let refused = async {
            loop {
                let chunk = enemy.recv.read_chunk(4096, true).await.unwrap().unwrap();
                reader.push(chunk.bytes);
                while let Some(frame) = reader.next().unwrap() {
                    if frame.kind == kind::REFUSE {
                        return Control::decode(&frame).unwrap().unwrap();
                    }
                }
            }
        };
        let refused = tokio::time::timeout(PATIENCE, refused)
            .await
            .expect("a REFUSE frame");
        assert_eq!(
            format!("{refused:?}"),
            "Refuse { what: Signal(1), code: Mismatch }"
        );
        assert_eq!(world.north.peer("south").state, PeerState::Up);
        world.assert_undisturbed().await;
    });
}
