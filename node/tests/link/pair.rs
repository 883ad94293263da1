//! Two nodes and what they tell each other, while connections, lives and the network come and go.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use farc::link::{BoxFuture, Datagrams, Network, Peer, PeerState, Udp};

use crate::support::{
    Authority, Cuttable, Node, PATIENCE, any_port, nobody, pair, run, settings, start, start_on,
    until,
};

/// Two nodes over networks that can be cut, each with the certificate that it keeps over its lives.
struct World {
    authority: Authority,
    north: Node,
    north_network: Cuttable,
    south: Node,
}

impl World {
    async fn new() -> Self {
        let authority = Authority::new("our CA");
        let (_hole, nobody) = nobody();
        let south = start(
            "south",
            &authority.node("south"),
            1,
            any_port(),
            &[("north", nobody)],
        );
        let north_network = Cuttable::default();
        let settings = settings(
            "north",
            &authority.node("north"),
            1,
            any_port(),
            &[("south", south.address())],
        );
        let north = start_on(Arc::new(north_network.clone()), settings).unwrap();
        until("the link", || north.is_up("south") && south.is_up("north")).await;
        Self {
            authority,
            north,
            north_network,
            south,
        }
    }
}

/// What must have been dispatched: each count once and in order.
fn counts(from: u64, to: u64) -> Vec<u64> {
    (from..to).collect()
}

#[test]
fn what_one_node_publishes_the_other_dispatches_once_and_in_order() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, south) = pair(&authority, "north", "south").await;
        north.publish(0..1000);
        south.publish(5000..5500);
        until("all counts", || {
            south.seen.counts_of("north").len() >= 1000
                && north.seen.counts_of("south").len() >= 500
        })
        .await;
        assert_eq!(south.seen.counts_of("north"), counts(0, 1000));
        assert_eq!(north.seen.counts_of("south"), counts(5000, 5500));
        until("the acknowledgement", || {
            north.peer("south").stats.classes[2].acknowledged == 1000
        })
        .await;
        assert!(north.peer("south").stats.classes[2].balances());
        let books = &north.bus.books()[0];
        assert_eq!(
            (books.handed, books.queued, books.permits_held),
            (1000, 0, 0),
            "every permit came back"
        );
        assert!(south.peer("north").stats.classes[2].balances());
        assert!(south.seen.gaps().is_empty());
    });
}

#[test]
fn c01_a_node_with_20_000_subscribers_is_linked_and_each_of_them_hears_its_peer() {
    const EARS: u64 = 20_000;
    run(async {
        let authority = Authority::new("our CA");
        let (north, south) = pair(&authority, "north", "south").await;
        // One is there already.
        south.listen(1..EARS);
        until("the ears", || south.bus.actors() as u64 == EARS).await;
        let version = south.bus.interest_version();
        assert_eq!(south.bus.interest().subscriptions.len(), 1025);
        until("the interest", || {
            north.peer("south").stats.peer_interest == version
        })
        .await;
        north.publish(0..3);
        until("all counts", || {
            south.seen.counts_of("north").len() as u64 == 3 * EARS
        })
        .await;
        assert!(south.seen.gaps().is_empty());
        // The link has not been lost for it, and one more is nothing to talk about.
        assert_eq!(north.peer("south").stats.connections, 1);
        south.listen(EARS..EARS + 1);
        until("one more", || south.bus.actors() as u64 == EARS + 1).await;
        assert_eq!(south.bus.interest_version(), version);
    });
}

#[test]
fn a_link_is_renewed_in_use_without_loss_or_repetition() {
    run(async {
        let authority = Authority::new("our CA");
        // Only south knows where the other one is.
        let (north, south) = pair(&authority, "north", "south").await;
        let connections = || {
            [(&north, "south"), (&south, "north")]
                .map(|(node, peer)| node.peer(peer).stats.connections)
        };
        let before = connections();
        south.link.renew("north").unwrap();
        let mut published = 0;
        until("the new connection", || {
            north.publish(published..published + 10);
            published += 10;
            connections() == before.map(|count| count + 1)
        })
        .await;
        until("all counts", || {
            south.seen.counts_of("north").len() as u64 >= published
        })
        .await;
        assert_eq!(south.seen.counts_of("north"), counts(0, published));
        assert!(south.seen.gaps().is_empty());
        for (node, peer) in [(&north, "south"), (&south, "north")] {
            assert!(node.is_up(peer));
            let downs = node.seen.changes();
            let downs: Vec<_> = downs
                .iter()
                .filter(|change| change.contains("up ->"))
                .collect();
            assert!(downs.is_empty(), "{downs:?}");
        }
        let unknown = north.link.renew("nobody").unwrap_err().to_string();
        assert_eq!(unknown, "`nobody` is no peer of this node");
    });
}

#[test]
fn a_cut_is_noticed_by_both_and_healed_without_loss_or_repetition() {
    run(async {
        let World {
            north,
            north_network,
            south,
            ..
        } = World::new().await;
        north.publish(0..100);
        until("the first counts", || {
            south.seen.counts_of("north").len() == 100
        })
        .await;

        north_network.cut(true);
        north.publish(100..200);
        until("both to notice", || {
            north.peer("south").state == PeerState::Down
                && south.peer("north").state == PeerState::Down
        })
        .await;
        north.publish(200..300);
        assert_eq!(south.seen.counts_of("north").len(), 100);

        north_network.cut(false);
        until("the rest", || south.seen.counts_of("north").len() >= 300).await;
        assert_eq!(south.seen.counts_of("north"), counts(0, 300));
        assert!(south.seen.gaps().is_empty());
        let stats = north.peer("south").stats;
        assert!(
            stats.resumes >= 1,
            "the session went on where it was: {stats:?}"
        );
        until("ready again", || {
            north.is_up("south") && south.is_up("north")
        })
        .await;
        let changes = south.seen.changes();
        // Either QUIC's silence or ours is noticed first.
        assert!(
            changes[1].starts_with("north: up -> down (")
                && changes[1].contains("`north` at 127.0.0.1:"),
            "{changes:?}"
        );
    });
}

#[test]
fn a_node_that_was_killed_and_started_again_is_a_new_life() {
    run(async {
        let World {
            authority,
            north,
            north_network,
            south,
        } = World::new().await;
        north.publish(0..10);
        until("the first counts", || {
            south.seen.counts_of("north").len() == 10
        })
        .await;

        let address = north.address();
        // Killed: not a word reaches the other side.
        north_network.cut(true);
        drop(north);
        let again = restart(&authority, address, &south).await;
        until("the new life", || {
            again.is_up("south") && south.is_up("north")
        })
        .await;
        assert_eq!(south.peer("north").life.unwrap().start, 2);
        again.publish(10..20);
        until("its counts", || south.seen.counts_of("north").len() == 20).await;
        assert_eq!(south.seen.counts_of("north"), counts(0, 20));
        let changes = south.seen.changes();
        let steps: Vec<_> = changes
            .iter()
            .filter_map(|change| change.split(" (").next())
            .collect();
        assert_eq!(
            steps,
            [
                "north: connecting -> up",
                "north: up -> down",
                "north: down -> up"
            ],
            "each change once: {changes:?}"
        );
    });
}

async fn restart(authority: &Authority, address: SocketAddr, south: &Node) -> Node {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let settings = settings(
            "north",
            &authority.node("north"),
            2,
            address,
            &[("south", south.address())],
        );
        match start_on(Arc::new(Cuttable::default()), settings) {
            Ok(node) => return node,
            // The old socket goes when quinn has let its connections go.
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[test]
fn a_restarted_node_resets_what_its_former_life_had_open() {
    run(async {
        let authority = Authority::new("our CA");
        let identity = authority.node("north");
        let (_hole, nobody) = nobody();
        let network = Cuttable::default();
        let north = start_on(
            Arc::new(network.clone()),
            settings("north", &identity, 1, any_port(), &[("south", nobody)]),
        )
        .unwrap();
        let south = start(
            "south",
            &authority.node("south"),
            1,
            any_port(),
            &[("north", north.address())],
        );
        until("the link", || north.is_up("south") && south.is_up("north")).await;

        let address = north.address();
        network.cut(true);
        drop(north);
        let deadline = Instant::now() + PATIENCE;
        // It calls nobody, so that only its resets can tell.
        let _again = loop {
            match start_on(
                Arc::new(Cuttable::default()),
                settings("north", &identity, 2, address, &[("south", nobody)]),
            ) {
                Ok(node) => break node,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        };
        until("the new life", || {
            south.is_up("north") && south.peer("north").life.unwrap().start == 2
        })
        .await;
        let changes = south.seen.changes();
        assert!(
            changes[1].contains("does not know the connection any more: the node was restarted"),
            "{changes:?}"
        );
    });
}

#[test]
fn a_node_that_leaves_is_known_to_have_left() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, south) = pair(&authority, "north", "south").await;
        north.publish(0..1000);
        north
            .link
            .leave(Instant::now() + Duration::from_secs(8))
            .await;
        // What was published before is not lost by leaving.
        until("all counts", || south.seen.counts_of("north").len() == 1000).await;
        assert_eq!(north.peer("south").stats.classes[2].acknowledged, 1000);
        until("the news", || south.peer("north").state == PeerState::Down).await;
        let changes = south.seen.changes();
        assert!(
            changes
                .iter()
                .any(|change| change.ends_with("(the peer has left)")),
            "{changes:?}"
        );
    });
}

#[test]
fn d07_what_is_published_between_goaway_and_the_end_still_arrives() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, south) = pair(&authority, "north", "south").await;
        let deadline = Instant::now() + PATIENCE;
        north.link.go_away(deadline);
        until("GOAWAY", || {
            south.peer("north").state == PeerState::Draining
        })
        .await;
        // What south has for it from now on is not sent.
        south.publish(0..5);
        until("five drops", || {
            let stats = south.peer("north").stats;
            stats.classes[2].dropped.values().sum::<u64>() == 5
        })
        .await;
        north.publish(0..1000);
        north.link.leave(deadline).await;
        until("all counts", || south.seen.counts_of("north").len() == 1000).await;
        until("the news", || south.peer("north").state == PeerState::Down).await;
        assert_eq!(north.seen.counts_of("south"), Vec::<u64>::new());
        assert!(Instant::now() < deadline, "it has waited for nothing");
    });
}

#[test]
fn a_dropped_link_is_gone_at_once() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, south) = pair(&authority, "north", "south").await;
        let address = north.address();
        drop(north);
        until("the loss", || south.peer("north").state == PeerState::Down).await;
        until("the port to be free", || {
            std::net::UdpSocket::bind(address).is_ok()
        })
        .await;
    });
}

#[test]
fn a_node_whose_peer_is_away_leaves_at_once() {
    run(async {
        let authority = Authority::new("our CA");
        let (_hole, nobody) = nobody();
        let north = start(
            "north",
            &authority.node("north"),
            1,
            any_port(),
            &[("south", nobody)],
        );
        let started = Instant::now();
        north.link.leave(started + PATIENCE).await;
        assert!(
            started.elapsed() < PATIENCE / 2,
            "there is nothing to wait for"
        );
    });
}

#[test]
fn an_older_life_of_a_linked_node_is_told_that_it_is_superseded() {
    run(async {
        let authority = Authority::new("our CA");
        let (_hole, nobody) = nobody();
        let south = start(
            "south",
            &authority.node("south"),
            1,
            any_port(),
            &[("north", nobody)],
        );
        let identity = authority.node("north");
        let newer = start(
            "north",
            &identity,
            5,
            any_port(),
            &[("south", south.address())],
        );
        until("the link", || newer.is_up("south") && south.is_up("north")).await;

        let older = start(
            "north",
            &identity,
            4,
            any_port(),
            &[("south", south.address())],
        );
        until("the refusal", || {
            older.peer("south").state == PeerState::Refused
        })
        .await;
        let said = older.peer("south").last_failure.unwrap();
        assert!(
            said.contains("is linked with a newer life of this node"),
            "{said}"
        );
        assert!(newer.is_up("south") && south.is_up("north"));
        assert_eq!(south.peer("north").life.unwrap().start, 5);
    });
}

#[test]
fn a_name_that_cannot_be_resolved_is_named() {
    run(async {
        #[derive(Clone, Copy)]
        struct NoNames;

        impl Network for NoNames {
            fn bind(&self, address: SocketAddr) -> io::Result<Arc<dyn Datagrams>> {
                Udp.bind(address)
            }

            fn resolve(&self, _: &str) -> BoxFuture<io::Result<Vec<SocketAddr>>> {
                Box::pin(async { Err(io::Error::other("no such host")) })
            }
        }

        let authority = Authority::new("our CA");
        let mut settings = settings("north", &authority.node("north"), 1, any_port(), &[]);
        settings.peers.push(Peer {
            name: "south".try_into().unwrap(),
            address: "south.example:7400".to_owned(),
        });
        let north = start_on(Arc::new(NoNames), settings).unwrap();
        until("the failure", || north.peer("south").last_failure.is_some()).await;
        assert_eq!(
            north.peer("south").last_failure.unwrap(),
            "`south.example:7400` cannot be resolved: no such host; correct the address of peer `south`"
        );
    });
}
