//! Who is let in, and what the others hear. The good link of the same node never notices.

use farc::link::{Identity, IdentityError, LinkError, PeerState};

use crate::support::{
    Authority, Node, Stranger, any_port, expired, nobody, not_yet_valid, pair, params, refusal,
    run, start, try_start, until,
};

/// Every certificate that is refused, and a part of the sentence that says why. `south` is the peer that is called or calls.
fn bad(ours: &Authority) -> Vec<(&'static str, Identity, &'static str)> {
    let theirs = Authority::new("their CA");
    let south = ["south.plant.farc"];
    vec![
        (
            "of another authority",
            theirs.node("south"),
            "it is not of our authority `CN=our CA`",
        ),
        (
            "signed by itself",
            ours.self_signed(&params(&south)),
            "it is signed by itself, not by our authority `CN=our CA`",
        ),
        (
            "expired",
            ours.issue(&expired(&south)),
            "it expired, and now it is Jan 15",
        ),
        (
            "not yet valid",
            ours.issue(&not_yet_valid(&south)),
            "it is not valid yet, now it is Jan 15",
        ),
        (
            "of a wildcard",
            ours.issue(&params(&["*.plant.farc"])),
            "it carries a wildcard",
        ),
        (
            "of two names",
            ours.issue(&params(&["south.plant.farc", "west.plant.farc"])),
            "it carries several names",
        ),
        (
            "of no name",
            ours.issue(&params(&[])),
            "it carries no DNS name",
        ),
        (
            "of another form",
            ours.issue(&params(&["south.example"])),
            "its name is not of the form",
        ),
        (
            "of another cluster",
            ours.issue(&params(&["south.other.farc"])),
            "it is of the cluster `other`, ours is `plant`",
        ),
    ]
}

/// A node with one good link and one peer that never comes.
async fn node(authority: &Authority) -> (Node, Node) {
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
    (north, east)
}

fn assert_undisturbed(north: &Node, before: &farc::link::PeerStatus) {
    let now = north.peer("east");
    assert!(north.is_up("east"));
    assert_eq!(
        now.stats.connections, before.stats.connections,
        "the good link is still the same connection"
    );
    assert!(now.stats.closed.is_empty());
}

#[test]
fn a_caller_with_a_bad_certificate_is_refused_and_told_why() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, _east) = node(&authority).await;
        let before = north.peer("east");
        for (kind, identity, why) in bad(&authority) {
            let said = refusal(&Stranger::with(identity), &north, "north").await;
            assert!(said.contains(why), "a certificate {kind}: {said}");
        }
        assert_undisturbed(&north, &before);
        assert_eq!(north.peer("south").stats.connections, 0);
    });
}

#[test]
fn a_caller_without_a_certificate_is_refused() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, _east) = node(&authority).await;
        let before = north.peer("east");
        let said = refusal(
            &Stranger {
                identity: None,
                alpn: b"farc/1",
            },
            &north,
            "north",
        )
        .await;
        assert!(said.contains("peer sent no certificates"), "{said}");
        assert_undisturbed(&north, &before);
    });
}

#[test]
fn a_caller_with_another_protocol_is_refused() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, _east) = node(&authority).await;
        let before = north.peer("east");
        let said = refusal(
            &Stranger {
                identity: Some(authority.node("south")),
                alpn: b"h3",
            },
            &north,
            "north",
        )
        .await;
        assert!(said.contains("error 120"), "{said}");
        assert_undisturbed(&north, &before);
    });
}

#[test]
fn a_node_that_is_not_in_the_configuration_is_told_so() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, _east) = node(&authority).await;
        let before = north.peer("east");
        let west = start(
            "west",
            &authority.node("west"),
            1,
            any_port(),
            &[("north", north.address())],
        );
        until("the refusal", || {
            west.peer("north").state == PeerState::Refused
        })
        .await;
        let said = west.peer("north").last_failure.unwrap();
        assert!(
            said.ends_with("does not know us: add this node to the peers in its configuration"),
            "{said}"
        );
        assert_undisturbed(&north, &before);
    });
}

#[test]
fn a_node_that_is_called_and_shows_a_bad_certificate_is_refused_with_the_reason_in_status() {
    run(async {
        let authority = Authority::new("our CA");
        let mut cases = bad(&authority);
        cases.push((
            "of another node",
            authority.node("west"),
            "it is of the node `west`, expected `south`",
        ));
        for (kind, identity, why) in cases {
            let listener = Stranger::with(identity).listener();
            let answering = tokio::task::spawn_local({
                let listener = listener.clone();
                async move {
                    while let Some(incoming) = listener.accept().await {
                        let _ = incoming.await;
                    }
                }
            });
            let north = start(
                "north",
                &authority.node("north"),
                1,
                any_port(),
                &[("south", listener.local_addr().unwrap())],
            );
            until("the refusal", || {
                north.peer("south").state == PeerState::Refused
            })
            .await;
            let said = north.peer("south").last_failure.unwrap();
            assert!(
                said.starts_with("we refused `south` at 127.0.0.1:") && said.contains(why),
                "a certificate {kind}: {said}"
            );
            answering.abort();
        }
    });
}

#[test]
fn a_node_that_does_not_believe_us_is_named_with_its_reason() {
    run(async {
        let (ours, theirs) = (Authority::new("our CA"), Authority::new("their CA"));
        // North believes both authorities, south only its own.
        let mut identity = ours.node("north");
        identity.ca.extend(theirs.node("south").ca);
        let (_hole, nobody) = nobody();
        let south = start(
            "south",
            &theirs.node("south"),
            1,
            any_port(),
            &[("north", nobody)],
        );
        let north = start(
            "north",
            &identity,
            1,
            any_port(),
            &[("south", south.address())],
        );
        until("the refusal", || {
            north.peer("south").state == PeerState::Refused
        })
        .await;
        let said = north.peer("south").last_failure.unwrap();
        let address = south.address();
        assert!(said.starts_with(&format!("`south` at {address} refused our certificate: the certificate of `north.plant.farc`")), "{said}");
        assert!(
            said.contains("it is not of our authority `CN=their CA`"),
            "{said}"
        );
    });
}

#[test]
fn a_node_does_not_start_with_an_identity_that_its_peers_would_refuse() {
    run(async {
        let authority = Authority::new("our CA");
        let mut cases = bad(&authority);
        cases.push((
            "of another node",
            authority.node("west"),
            "it is of the node `west`, expected `south`",
        ));
        for (kind, mut identity, why) in cases {
            identity.ca = authority.node("south").ca;
            let Err(LinkError::Identity(error @ IdentityError::Refused(_))) =
                try_start("south", &identity, any_port())
            else {
                panic!("a certificate {kind} was accepted");
            };
            assert!(
                error.to_string().contains(why),
                "a certificate {kind}: {error}"
            );
        }
    });
}

#[test]
fn a_busy_port_is_named() {
    run(async {
        let authority = Authority::new("our CA");
        let (_hole, taken) = nobody();
        let error = try_start("north", &authority.node("north"), taken).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on {taken}"));
    });
}

#[test]
fn nobody_who_answers_is_a_sentence_too() {
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
        until("the failure", || north.peer("south").last_failure.is_some()).await;
        let said = north.peer("south").last_failure.unwrap();
        assert_eq!(
            said,
            format!(
                "no answer from `south` at {nobody} within 2 s; is it running there, and may UDP pass?"
            )
        );
        assert_eq!(north.peer("south").state, PeerState::Connecting);
        let missing = north
            .link
            .ready(std::time::Duration::ZERO)
            .await
            .unwrap_err()
            .to_string();
        assert_eq!(
            missing,
            format!("not linked with `south` (connecting: {said})")
        );
    });
}

#[test]
fn a_good_pair_is_linked_by_the_same_rules() {
    run(async {
        let authority = Authority::new("our CA");
        let (north, south) = pair(&authority, "north", "south").await;
        north.link.ready(std::time::Duration::ZERO).await.unwrap();
        south.link.ready(std::time::Duration::ZERO).await.unwrap();
    });
}
