//! C6, C7 beyond one domain: another domain of the node, and whoever takes posts to other nodes.

use std::sync::{Arc, Mutex};

use bytes_of::encoded;
use farc::bus::{Remote, RemoteError, RemotePost};
use farc::prelude::*;
use farc::{Clock as _, DomainSettings};

use super::support::{
    AskerEventPosted, Lab, Oracle, OracleArgs, OracleEvent, SECOND, Verdict, Want, Whom,
};

mod bytes_of {
    /// The bytes of a value as they travel.
    pub(super) fn encoded(value: &impl serde::Serialize) -> Vec<u8> {
        let mut bytes = bytes::BytesMut::new();
        farc_protocol::codec::encode(value, &mut bytes).unwrap();
        bytes.to_vec()
    }
}

/// A second domain of the same node, with an oracle.
fn second(lab: &Lab) -> (Domain, Address<Oracle>) {
    let mut domain = Domain::new(DomainSettings {
        bus: lab.bus.clone(),
        clock: lab.clock.clone(),
        seed: [4; 32],
    });
    domain.start();
    let args = OracleArgs { friend: None };
    let oracle = domain.spawn("far", args, ActorOptions::default()).unwrap();
    domain.run_until_idle(lab.clock.now());
    lab.log.take();
    (domain, oracle)
}

#[test]
fn c07_an_actor_of_another_domain_answers() {
    let mut lab = Lab::new();
    let asker = lab.asker();
    let (mut other, oracle) = second(&lab);
    for whom in [
        Whom::Address(oracle.clone()),
        Whom::Name(lab.reference("far")),
    ] {
        let ask = AskerEventPosted::Ask(whom, Want::Answer(3), SECOND);
        assert_eq!(lab.post(&asker, ask), "");
        other.run_until_idle(lab.clock.now());
        assert_eq!(lab.log.take(), "answer:taken");
        let said = lab.run();
        assert!(said.ends_with("=3"), "{said}");
    }
    let ask = AskerEventPosted::Ask(Whom::Address(oracle.clone()), Want::Silence, SECOND);
    lab.post(&asker, ask);
    other.run_until_idle(lab.clock.now());
    assert_eq!(lab.run(), "#3:NoAnswer");
    // An answer that comes after the deadline is counted where it arrives.
    let ask = AskerEventPosted::Ask(Whom::Address(oracle.clone()), Want::Keep, SECOND);
    lab.post(&asker, ask);
    other.run_until_idle(lab.clock.now());
    assert_eq!(lab.pass(SECOND), "#4:Deadline");
    other.post(&oracle, OracleEvent::ReplyKept(1)).unwrap();
    other.run_until_idle(lab.clock.now());
    lab.run();
    assert_eq!(lab.bus.asks().late, 1);
    // One that waits for an actor that stops fails.
    let ask = AskerEventPosted::Ask(Whom::Address(oracle.clone()), Want::Answer(1), SECOND);
    lab.post(&asker, ask);
    other.stop_actor_named("far");
    assert_eq!(lab.run(), "-far far!stopped:Query #5:Stopped");
    let ask = AskerEventPosted::Ask(Whom::Address(oracle), Want::Answer(1), SECOND);
    assert_eq!(lab.post(&asker, ask), "#6:Stopped");
    lab.balanced();
    assert_eq!(other.books().balance(), Vec::<String>::new());
}

#[test]
fn c06_names_and_posts_are_those_of_the_node() {
    let mut lab = Lab::new();
    let asker = lab.asker();
    let (mut other, _) = second(&lab);
    let taken =
        lab.domain
            .spawn::<Oracle>("far", OracleArgs { friend: None }, ActorOptions::default());
    assert!(matches!(taken, Err(farc::SpawnError::NameTaken { .. })));
    let far = lab.reference("far");
    let said = lab.post(&asker, AskerEventPosted::Post(far, 5));
    assert_eq!(said, "posted");
    other.run_until_idle(lab.clock.now());
    assert_eq!(lab.log.take(), "plain5:false");
    assert!(other.stop_actor_named("far"));
    assert!(!lab.bus.has_actor("far"));
}

/// Keeps what it is handed.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<RemotePost>>>);

impl Remote for Kept {
    fn post(&self, post: RemotePost) -> Result<(), RemoteError> {
        if post.to.node() == "pluto" {
            return Err(RemoteError::NotReachable);
        }
        self.0.lock().unwrap().push(post);
        Ok(())
    }
}

#[test]
fn c06_a_post_to_another_node_is_handed_over_with_its_bytes_and_its_way_back() {
    let mut lab = Lab::new();
    let asker = lab.asker();
    let kept = Kept::default();
    assert!(lab.bus.set_remote(Box::new(kept.clone())));
    assert!(!lab.bus.set_remote(Box::new(kept.clone())));
    let mars: ActorRef = "mars/oracle".parse().unwrap();
    let said = lab.post(&asker, AskerEventPosted::Post(mars.clone(), 5));
    assert_eq!(said, "posted");
    let post = kept.0.lock().unwrap().pop().unwrap();
    let plain = super::support::Plain { n: 5 };
    assert_eq!((&post.to, &post.payload[..]), (&mars, &encoded(&plain)[..]));
    assert_eq!(
        lab.bus.signal(post.signal.0).unwrap().name,
        "test.plain".into()
    );
    assert_eq!(lab.bus.actor(post.source).as_deref(), Some("asker"));
    assert!(post.ask.is_none());

    let ask = |want| AskerEventPosted::Ask(Whom::Name(mars.clone()), want, SECOND);
    let answer = |lab: &mut Lab, bytes: &[u8]| {
        lab.post(&asker, ask(Want::Silence));
        let post = kept.0.lock().unwrap().pop().unwrap();
        post.ask.unwrap().answer(bytes.to_vec().into());
        lab.run()
    };
    let verdict = encoded(&Verdict { n: 8, hurts: false });
    assert_eq!(answer(&mut lab, &verdict), "#1=8");
    assert_eq!(answer(&mut lab, b"no verdict"), "#2:Undecodable");
    // Dropped, failed with a cause, and too late.
    lab.post(&asker, ask(Want::Silence));
    kept.0.lock().unwrap().clear();
    assert_eq!(lab.run(), "#3:NoAnswer");
    lab.post(&asker, ask(Want::Silence));
    let post = kept.0.lock().unwrap().pop().unwrap();
    post.ask.as_ref().unwrap().fail(AskError::PeerGone);
    assert_eq!(lab.run(), "#4:PeerGone");
    lab.post(&asker, ask(Want::Silence));
    assert_eq!(lab.pass(SECOND), "#5:Deadline");
    let pluto = Whom::Name("pluto/oracle".parse().unwrap());
    let said = lab.post(&asker, AskerEventPosted::Ask(pluto, Want::Silence, SECOND));
    assert_eq!(said, "#6:NotReachable");
    lab.balanced();
}
