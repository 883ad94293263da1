//! C7 for code that is no actor: other threads, and whoever holds a node.

use std::future::Future;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use farc::prelude::*;

use super::support::{Lab, OracleEvent, Query, SECOND, Unwanted, Verdict, Want};

fn query(what: Want) -> Query {
    Query { what }
}

/// Polls, runs the domain, and polls again, until there is an outcome or `passes` are over.
fn settle<T>(lab: &mut Lab, passes: &[Duration], future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut cx = TaskContext::from_waker(Waker::noop());
    if let Poll::Ready(done) = future.as_mut().poll(&mut cx) {
        return Some(done);
    }
    lab.domain.run_until_idle(lab.domain.now());
    for time in passes {
        lab.pass(*time);
    }
    match future.as_mut().poll(&mut cx) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

#[test]
fn c07_who_is_no_actor_asks_by_address_and_by_name() {
    let mut lab = Lab::new();
    let oracle = lab.oracle("oracle");
    let answer = settle(&mut lab, &[], oracle.ask(query(Want::Answer(4)), SECOND));
    assert_eq!(answer.unwrap().unwrap().n, 4);
    let (bus, name) = (lab.bus.clone(), oracle.actor_ref());
    let answer = settle(
        &mut lab,
        &[],
        bus.ask(&name, query(Want::Answer(5)), SECOND),
    );
    assert_eq!(answer.unwrap().unwrap().n, 5);
    assert_eq!(lab.bus.asks().answered, 2);
    lab.balanced();
}

#[test]
fn c07_it_fails_in_the_same_ways() {
    let mut lab = Lab::new();
    let oracle = lab.oracle("oracle");
    let bus = lab.bus.clone();
    let nobody = lab.reference("nobody");
    let failed = settle(
        &mut lab,
        &[],
        bus.ask(&nobody, query(Want::Silence), SECOND),
    );
    assert_eq!(failed.unwrap(), Err(AskError::NoActor));
    let failed = settle(
        &mut lab,
        &[],
        bus.ask(&oracle.actor_ref(), Unwanted {}, SECOND),
    );
    assert_eq!(failed.unwrap(), Err(AskError::NotAccepted));
    let mars = "mars/oracle".parse().unwrap();
    let failed = settle(&mut lab, &[], bus.ask(&mars, query(Want::Silence), SECOND));
    assert_eq!(failed.unwrap(), Err(AskError::NotReachable));
    let failed = settle(&mut lab, &[], oracle.ask(query(Want::Silence), SECOND));
    assert_eq!(failed.unwrap(), Err(AskError::NoAnswer));
    let short = Duration::from_millis(5);
    let failed = settle(&mut lab, &[short], oracle.ask(query(Want::Keep), short));
    assert_eq!(failed.unwrap(), Err(AskError::Deadline));
    lab.domain.stop_actor_named("oracle");
    let failed = settle(&mut lab, &[], oracle.ask(query(Want::Silence), SECOND));
    assert_eq!(failed.unwrap(), Err(AskError::Stopped));
    let asks = lab.bus.asks();
    assert_eq!((asks.open, asks.withdrawn), (0, 0), "{asks:?}");
    lab.balanced();
}

#[test]
fn c07_a_request_of_another_thread_takes_a_permit_and_waits_in_its_place() {
    let mut lab = Lab::new();
    let options = ActorOptions {
        mailbox: 4,
        ..ActorOptions::default()
    };
    let oracle = lab.oracle_with("oracle", None, options);
    let mut cx = TaskContext::from_waker(Waker::noop());
    let mut first = pin!(oracle.ask(query(Want::Answer(1)), SECOND));
    assert!(first.as_mut().poll(&mut cx).is_pending());
    oracle.post(super::support::Plain { n: 2 }).unwrap();
    let mut third = pin!(oracle.ask(query(Want::Answer(3)), SECOND));
    let full = Poll::Ready(Err(AskError::MailboxFull));
    assert_eq!(third.as_mut().poll(&mut cx), full);
    assert_eq!(lab.run(), "answer:taken plain2:false");
    assert!(first.as_mut().poll(&mut cx).is_ready());
    lab.balanced();
}

#[test]
fn c07_a_request_that_waits_when_its_domain_ends_fails() {
    let mut lab = Lab::new();
    let oracle = lab.oracle("oracle");
    let mut cx = TaskContext::from_waker(Waker::noop());
    let mut asked = pin!(oracle.ask(query(Want::Answer(1)), SECOND));
    assert!(asked.as_mut().poll(&mut cx).is_pending());
    lab.domain.stop();
    assert_eq!(
        asked.as_mut().poll(&mut cx),
        Poll::Ready(Err(AskError::Stopped))
    );
    lab.balanced();
}

#[test]
fn c07_a_handle_answers_from_another_thread() {
    let mut lab = Lab::new();
    let friend = lab.oracle("friend");
    let oracle = lab.oracle_with("oracle", Some(friend), ActorOptions::default());
    let asker = lab.asker();
    let whom = super::support::Whom::Address(oracle.clone());
    lab.post(
        &asker,
        super::support::AskerEventPosted::Ask(whom, Want::Keep, SECOND),
    );
    // The domain is here; whoever answers is elsewhere, and so is who drops the last copy.
    std::thread::scope(|scope| {
        scope.spawn(|| oracle.post(OracleEvent::ReplyKept(3)).unwrap());
    });
    assert_eq!(lab.run(), "kept:taken #1=3");
    let answer = settle(&mut lab, &[], oracle.ask(query(Want::Keep), SECOND));
    assert!(answer.is_none());
    let answer: Option<Result<Verdict, AskError>> = answer;
    drop(answer);
    lab.balanced();
}
