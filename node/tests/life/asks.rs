//! C7: questions and answers between actors of a domain.

use std::time::Duration;

use farc::prelude::*;

use super::support::{AskerEventPosted, Lab, OracleEvent, Plain, Query, SECOND, Want, Whom};

/// One asks, one is asked.
fn pair() -> (
    Lab,
    Address<super::support::Asker>,
    Address<super::support::Oracle>,
) {
    let mut lab = Lab::new();
    let oracle = lab.oracle("oracle");
    let asker = lab.asker();
    (lab, asker, oracle)
}

fn ask(to: &Address<super::support::Oracle>, want: Want) -> AskerEventPosted {
    AskerEventPosted::Ask(Whom::Address(to.clone()), want, SECOND)
}

#[test]
fn c07_an_answer_comes_back_as_an_event_of_who_asked() {
    let (mut lab, asker, oracle) = pair();
    let said = lab.post(&asker, ask(&oracle, Want::Answer(5)));
    assert_eq!(said, "answer:taken #1=5");
    let name = Whom::Name(oracle.actor_ref());
    let said = lab.post(&asker, AskerEventPosted::Ask(name, Want::Answer(6), SECOND));
    assert_eq!(said, "answer:taken #2=6");
    let asks = lab.bus.asks();
    assert_eq!((asks.asked, asks.answered, asks.open), (2, 2, 0));
    lab.balanced();
}

#[test]
fn c07_the_first_answer_wins_and_later_ones_are_counted() {
    let (mut lab, asker, oracle) = pair();
    let said = lab.post(&asker, ask(&oracle, Want::Twice(5)));
    assert_eq!(said, "twice:taken,Late #1=5");
    assert_eq!(lab.bus.asks().late, 1);
    lab.balanced();
}

#[test]
fn c07_an_answer_of_another_type_is_refused_and_the_handle_stays_good() {
    let (mut lab, asker, oracle) = pair();
    let said = lab.post(&asker, ask(&oracle, Want::WrongType));
    assert_eq!(said, "types:WrongType,taken #1=5");
}

#[test]
fn c07_a_request_that_is_handled_without_an_answer_fails_at_once() {
    let (mut lab, asker, oracle) = pair();
    assert_eq!(lab.post(&asker, ask(&oracle, Want::Silence)), "#1:NoAnswer");
    lab.balanced();
}

#[test]
fn c07_a_request_whose_step_panics_fails_at_once() {
    let (mut lab, asker, oracle) = pair();
    let said = lab.post(&asker, ask(&oracle, Want::Panic));
    assert_eq!(said, "oracle!poison:Query #1:NoAnswer");
    lab.balanced();
}

#[test]
fn c07_a_handle_can_be_kept_and_answers_later() {
    let (mut lab, asker, oracle) = pair();
    assert_eq!(lab.post(&asker, ask(&oracle, Want::Keep)), "");
    assert_eq!(lab.bus.asks().open, 1);
    lab.domain.post(&oracle, OracleEvent::ReplyKept(8)).unwrap();
    assert_eq!(lab.run(), "kept:taken #1=8");
    lab.balanced();
}

#[test]
fn c07_a_kept_handle_that_goes_with_its_actor_fails_at_once() {
    let (mut lab, asker, oracle) = pair();
    lab.post(&asker, ask(&oracle, Want::KeepTwice));
    lab.domain.post(&oracle, OracleEvent::ReplyKept(8)).unwrap();
    assert_eq!(lab.run(), "kept:taken kept:Late #1=8");
    lab.post(&asker, ask(&oracle, Want::Keep));
    assert!(lab.domain.stop_actor_named("oracle"));
    assert_eq!(lab.run(), "-oracle #2:NoAnswer");
    lab.balanced();
}

#[test]
fn c07_a_handle_can_be_passed_on_and_another_answers() {
    let mut lab = Lab::new();
    let friend = lab.oracle("friend");
    let oracle = lab.oracle_with("oracle", Some(friend), ActorOptions::default());
    let asker = lab.asker();
    let said = lab.post(&asker, ask(&oracle, Want::PassOn));
    assert_eq!(said, "handed:taken #1=99");
    lab.balanced();
}

#[test]
fn c07_a_deferred_request_keeps_its_way_back() {
    let (mut lab, asker, oracle) = pair();
    assert_eq!(lab.post(&asker, ask(&oracle, Want::Defer)), "");
    lab.domain.post(&oracle, OracleEvent::Release).unwrap();
    assert_eq!(lab.run(), "late:taken #1=7");
    lab.balanced();
}

#[test]
fn c07_a_deferred_request_that_finds_no_room_fails_at_once() {
    let (mut lab, asker, oracle) = pair();
    lab.post(&asker, ask(&oracle, Want::Defer));
    lab.post(&asker, ask(&oracle, Want::Defer));
    let said = lab.post(&asker, ask(&oracle, Want::Defer));
    assert_eq!(said, "oracle!deferred_full:Query #3:NoAnswer");
    lab.balanced();
}

#[test]
fn c07_there_is_no_such_actor() {
    let (mut lab, asker, _) = pair();
    let nobody = Whom::Name(lab.reference("nobody"));
    let said = lab.post(&asker, AskerEventPosted::Ask(nobody, Want::Silence, SECOND));
    assert_eq!(said, "nobody!no_actor:test.query #1:NoActor");
    let letters = lab.domain.dead_letters();
    assert_eq!(letters[0].cause.as_str(), "no_actor");
    let elsewhere = Whom::Name("mars/oracle".parse().unwrap());
    let said = lab.post(
        &asker,
        AskerEventPosted::Ask(elsewhere, Want::Silence, SECOND),
    );
    assert_eq!(said, "#2:NotReachable");
    lab.balanced();
}

#[test]
fn c07_an_actor_that_does_not_take_the_request_says_so() {
    let (mut lab, asker, oracle) = pair();
    let said = lab.post(&asker, AskerEventPosted::AskUnwanted(oracle.actor_ref()));
    assert_eq!(said, "other:Err(NotAccepted)");
    lab.balanced();
}

#[test]
fn c07_a_stopped_actor_and_a_full_mailbox_fail_at_once() {
    let mut lab = Lab::new();
    let options = ActorOptions {
        mailbox: 2,
        ..ActorOptions::default()
    };
    let oracle = lab.oracle_with("oracle", None, options);
    let asker = lab.asker();
    let whom = Whom::Address(oracle.clone());
    // The asker is more urgent, so both are there before the oracle runs.
    let said = lab.post(&asker, AskerEventPosted::AskOften(whom, Want::Answer(1), 2));
    assert_eq!(said, "asked #2:MailboxFull answer:taken #1=1");
    assert!(lab.domain.stop_actor_named("oracle"));
    let said = lab.post(&asker, ask(&oracle, Want::Answer(1)));
    assert_eq!(said, "-oracle #3:Stopped");
    lab.balanced();
}

#[test]
fn c07_what_makes_room_in_a_full_mailbox_fails_at_once() {
    let mut lab = Lab::new();
    let options = ActorOptions {
        mailbox: 2,
        overflow: Overflow::DropOldest,
        ..ActorOptions::default()
    };
    let oracle = lab.oracle_with("oracle", None, options);
    let asker = lab.asker();
    let whom = Whom::Address(oracle);
    let said = lab.post(&asker, AskerEventPosted::AskOften(whom, Want::Answer(1), 2));
    assert_eq!(
        said,
        "oracle!mailbox_full:Query asked #1:MailboxFull answer:taken #2=1"
    );
    lab.balanced();
}

#[test]
fn c07_a_request_that_waits_for_an_actor_that_stops_fails_at_once() {
    let (mut lab, asker, oracle) = pair();
    let whom = Whom::Address(oracle);
    lab.domain
        .post(
            &asker,
            AskerEventPosted::Ask(whom.clone(), Want::Stop, SECOND),
        )
        .unwrap();
    let said = lab.post(&asker, AskerEventPosted::Ask(whom, Want::Answer(1), SECOND));
    // The one that made it stop was handled; the other one never was.
    assert_eq!(said, "-oracle oracle!stopped:Query #1:NoAnswer #2:Stopped");
    lab.balanced();
}

#[test]
fn c07_a_request_that_waits_is_answered_after_a_restart() {
    let (mut lab, asker, oracle) = pair();
    let whom = Whom::Address(oracle);
    lab.domain
        .post(
            &asker,
            AskerEventPosted::Ask(whom.clone(), Want::Panic, SECOND),
        )
        .unwrap();
    let said = lab.post(&asker, AskerEventPosted::Ask(whom, Want::Answer(1), SECOND));
    assert_eq!(said, "oracle!poison:Query #1:NoAnswer");
    assert_eq!(
        lab.pass(Duration::from_millis(10)),
        "+oracle answer:taken #2=1"
    );
    lab.balanced();
}

#[test]
fn c07_a_question_fails_at_its_deadline_and_the_answer_is_late() {
    let (mut lab, asker, oracle) = pair();
    lab.post(&asker, ask(&oracle, Want::Keep));
    assert_eq!(lab.pass(SECOND - Duration::from_nanos(1)), "");
    assert_eq!(lab.pass(Duration::from_nanos(1)), "#1:Deadline");
    lab.domain.post(&oracle, OracleEvent::ReplyKept(8)).unwrap();
    assert_eq!(lab.run(), "kept:Late");
    assert_eq!(lab.bus.asks().late, 1);
    assert_eq!(lab.domain.run_until_idle(lab.domain.now()), None);
    lab.balanced();
}

#[test]
fn c07_a_question_that_is_withdrawn_comes_to_nothing() {
    let (mut lab, asker, oracle) = pair();
    let whom = Whom::Address(oracle);
    let said = lab.post(
        &asker,
        AskerEventPosted::AskAndWithdraw(whom, Want::Answer(1)),
    );
    assert_eq!(said, "withdrawn:true answer:Late");
    let asks = lab.bus.asks();
    assert_eq!((asks.withdrawn, asks.late, asks.open), (1, 1, 0));
    assert_eq!(lab.pass(SECOND * 2), "");
    lab.balanced();
}

#[test]
fn c07_the_questions_of_an_actor_end_with_it_and_with_its_failure() {
    let (mut lab, asker, oracle) = pair();
    lab.post(&asker, ask(&oracle, Want::Keep));
    assert_eq!(
        lab.post(&asker, AskerEventPosted::Fail),
        "asker!poison:Fail"
    );
    assert_eq!(lab.bus.asks().withdrawn, 1);
    lab.domain.post(&oracle, OracleEvent::ReplyKept(8)).unwrap();
    assert_eq!(lab.pass(Duration::from_millis(10)), "+asker kept:Late");
    lab.post(&asker, ask(&oracle, Want::Keep));
    lab.domain.stop_actor_named("asker");
    lab.domain.post(&oracle, OracleEvent::ReplyKept(8)).unwrap();
    assert_eq!(lab.run(), "-asker kept:Late");
    assert_eq!(lab.bus.asks().withdrawn, 2);
    lab.balanced();
}

#[test]
fn c07_an_actor_has_64_questions_and_an_answer_that_waits_counts() {
    let (mut lab, asker, oracle) = pair();
    let whom = Whom::Address(oracle.clone());
    let said = lab.post(&asker, AskerEventPosted::AskOften(whom, Want::Keep, 32));
    assert_eq!(said, "asked");
    let whom = Whom::Name(lab.reference("oracle"));
    let said = lab.post(
        &asker,
        AskerEventPosted::AskOften(whom.clone(), Want::Keep, 33),
    );
    assert_eq!(said, "OfTheActor");
    lab.domain.post(&oracle, OracleEvent::ReplyKept(1)).unwrap();
    let said = lab.run();
    assert_eq!(said.matches("kept:taken").count(), 64);
    // Half of a mailbox of 64 is for others: the rest of the answers waited beside it, and none was dropped.
    assert_eq!(said.matches("=1").count(), 64);
    let said = lab.post(&asker, AskerEventPosted::AskOften(whom, Want::Silence, 1));
    assert_eq!(said, "asked #66:NoAnswer");
    lab.balanced();
}

#[test]
fn c07_a_node_has_4096_questions() {
    let mut lab = Lab::new();
    let options = ActorOptions {
        mailbox: 20_000,
        ..ActorOptions::default()
    };
    let oracle = lab.oracle_with("oracle", None, options);
    for n in 0..65 {
        let asker = lab
            .domain
            .spawn::<super::support::Asker>(&format!("asker-{n}"), (), ActorOptions::default())
            .unwrap();
        lab.run();
        let whom = Whom::Address(oracle.clone());
        let said = lab.post(&asker, AskerEventPosted::AskOften(whom, Want::Keep, 64));
        assert_eq!(said, if n < 64 { "asked" } else { "OfTheNode" });
    }
    assert_eq!(lab.bus.asks().open, 4096);
    lab.balanced();
}

#[test]
fn c07_an_answer_whose_drop_panics_hurts_who_handles_it_alone() {
    let (mut lab, asker, oracle) = pair();
    // The asker's own step ends with the event, and with it the verdict.
    let said = lab.post(&asker, ask(&oracle, Want::Hurt));
    assert_eq!(said, "hurt:taken #1=1");
    let asked = lab.domain.status();
    let asker_status = asked.iter().find(|actor| actor.name == "asker").unwrap();
    assert_eq!(asker_status.phase, "failed");
    assert_eq!(
        asker_status.last_failure.as_deref(),
        Some("a verdict is dropped")
    );
    lab.pass(SECOND);
    // Nobody waits for this one: it comes back to the oracle, whose step ends with it.
    lab.post(
        &asker,
        AskerEventPosted::AskAndWithdraw(Whom::Address(oracle), Want::Hurt),
    );
    let status = lab.domain.status();
    assert_eq!(
        status[0].last_failure.as_deref(),
        Some("a verdict is dropped")
    );
    lab.balanced();
}

#[test]
fn c07_a_panic_while_the_event_is_made_is_a_dead_letter_and_no_more() {
    let (mut lab, asker, oracle) = pair();
    let said = lab.post(
        &asker,
        AskerEventPosted::AskBadly(Whom::Address(oracle.clone())),
    );
    assert_eq!(said, "asker!poison:answer answer:taken");
    let said = lab.post(&asker, ask(&oracle, Want::Answer(2)));
    assert_eq!(said, "answer:taken #1=2");
    lab.balanced();
}

#[test]
fn c07_a_request_that_nobody_asked_has_no_way_back() {
    let (mut lab, _, oracle) = pair();
    let query = Query {
        what: Want::Answer(1),
    };
    lab.domain.post(&oracle, query).unwrap();
    lab.domain.post(&oracle, Plain { n: 1 }).unwrap();
    assert_eq!(lab.run(), "no handle plain1:false");
}
