//! The way back of an answer: whoever answers, lets go or withdraws, a question has one outcome, and its domain learns it.

use std::any::{Any, TypeId};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use loom::thread::{self, JoinHandle};

use super::asks::{AskError, Asker, Core, Handle, Outside, Unwanted};
use super::bell::{Bell, Ring};
use super::commands::Still;
use super::mailbox::{Receiver, lane};
use super::park;
use crate::check;

/// What became of questions, as they say it.
type Outcomes = Arc<Mutex<Vec<Result<u32, AskError>>>>;

fn keep(outcomes: &Outcomes, outcome: Result<&mut dyn Any, AskError>) {
    let answer = |answer: &mut dyn Any| {
        let answer = answer.downcast_mut::<Option<u32>>().unwrap();
        answer.take().unwrap()
    };
    outcomes.lock().unwrap().push(outcome.map(answer));
}

/// The answer of another thread. False if it came too late.
fn answer(handle: &Handle, value: u32) -> bool {
    match handle.answer(None, value, |_| None) {
        Ok(()) => true,
        Err(Unwanted::Late(_)) => false,
        Err(Unwanted::Type(_) | Unwanted::Encoding(_)) => {
            panic!("it is of the type that was asked for")
        }
    }
}

fn answering(handle: &Handle, value: u32) -> JoinHandle<bool> {
    let handle = handle.clone();
    thread::spawn(move || answer(&handle, value))
}

/// Asks, and tells what became of it.
fn asked(core: &mut Core) -> (super::asks::QuestionId, Handle, Outcomes) {
    let outcomes = Outcomes::default();
    let kept = outcomes.clone();
    let (question, handle) = core.ask(Box::new(move |_, outcome| keep(&kept, outcome)));
    (question, handle, outcomes)
}

#[track_caller]
fn balanced(bell: &Bell) {
    let asks = bell.asks.tally();
    assert_eq!((asks.balance(), asks.open), (None, 0));
}

/// Fails if two answers can take the way back, and if a late one is not counted.
#[test]
fn of_two_answers_one_is_first_and_the_other_is_late() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let mut core = Core::new(&bell);
        let (_, handle, outcomes) = asked(&mut core);
        let threads = [1, 2].map(|value| answering(&handle, value));
        drop(handle);
        let first = threads.map(|thread| thread.join().unwrap());
        core.drain_answers();
        let expected = match first {
            [true, false] => 1,
            [false, true] => 2,
            both => panic!("{both:?}"),
        };
        assert_eq!(*outcomes.lock().unwrap(), [Ok(expected)]);
        assert_eq!(bell.asks.tally().late, 1);
        balanced(&bell);
    });
}

/// Fails if whoever lets go last fails a question that has its answer.
#[test]
fn an_answer_and_the_end_of_the_last_handle_are_one_outcome() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let mut core = Core::new(&bell);
        let (_, handle, outcomes) = asked(&mut core);
        let thread = answering(&handle, 1);
        handle.give_up(AskError::NoAnswer);
        assert!(thread.join().unwrap());
        core.drain_answers();
        assert_eq!(*outcomes.lock().unwrap(), [Ok(1)]);
        balanced(&bell);
    });
}

/// Fails if the reason is stored after the handle is given up, and if a handle that is not the last one fails the question.
#[test]
fn when_the_last_handle_is_gone_the_question_fails_once_and_says_why() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let mut core = Core::new(&bell);
        let (_, handle, outcomes) = asked(&mut core);
        let kept = handle.clone();
        let thread = thread::spawn(move || drop(kept));
        handle.give_up(AskError::Stopped);
        thread.join().unwrap();
        core.drain_answers();
        assert_eq!(*outcomes.lock().unwrap(), [Err(AskError::Stopped)]);
        balanced(&bell);
    });
}

/// Fails if the outcome of a question that nobody waits for is given to anyone, or not counted as late.
#[test]
fn a_question_that_is_over_when_its_answer_comes_has_had_its_outcome() {
    for is_withdrawn in [false, true] {
        check(move || {
            let bell = Arc::new(Bell::default());
            let mut core = Core::new(&bell);
            let (question, handle, outcomes) = asked(&mut core);
            let thread = answering(&handle, 1);
            core.drain_answers();
            let was_open = if is_withdrawn {
                let before = outcomes.lock().unwrap().len();
                core.withdraw(question);
                before == 0
            } else {
                core.settle(question, Err(AskError::Deadline))
            };
            assert!(thread.join().unwrap(), "nobody was before it");
            core.drain_answers();
            let expected = match (was_open, is_withdrawn) {
                (false, _) => vec![Ok(1)],
                (true, false) => vec![Err(AskError::Deadline)],
                (true, true) => Vec::new(),
            };
            assert_eq!(*outcomes.lock().unwrap(), expected);
            assert_eq!(bell.asks.tally().late, u64::from(was_open));
            balanced(&bell);
        });
    }
}

/// Fails, since the domain sleeps for ever, if `put` rings before the outcome is in the queue, and if it rings for the first of its life alone.
#[test]
fn outcomes_of_other_threads_wake_the_domain_that_asked() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let domain = {
            let bell = bell.clone();
            thread::spawn(move || {
                let mut core = Core::new(&bell);
                let (_, first, answered) = asked(&mut core);
                let (_, second, failed) = asked(&mut core);
                // Not joined here: a model may not wake whoever joins.
                let threads = [
                    answering(&first, 1),
                    thread::spawn(move || {
                        drop(second);
                        true
                    }),
                ];
                drop(first);
                let clock = Still(Instant::now());
                let mut spin = park::Spin::new(Duration::ZERO);
                bell.set_waker(&park::this_thread());
                let mut rings = Vec::new();
                while answered.lock().unwrap().is_empty() || failed.lock().unwrap().is_empty() {
                    if bell.is_rung() {
                        bell.take(&mut rings);
                        for ring in rings.drain(..) {
                            assert_eq!(ring, Ring::Answers);
                            core.drain_answers();
                        }
                    } else {
                        park::wait(&bell, None, &mut spin, &clock);
                    }
                }
                assert_eq!(*answered.lock().unwrap(), [Ok(1)]);
                assert_eq!(*failed.lock().unwrap(), [Err(AskError::NoAnswer)]);
                threads
            })
        };
        for thread in domain.join().unwrap() {
            assert!(thread.join().unwrap());
        }
        balanced(&bell);
    });
}

/// Fails if a lane that closes keeps a question, or whoever asked and was refused does.
#[test]
fn a_question_from_outside_that_meets_the_end_of_its_actor_fails_once() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let lane = lane(&bell, 1);
        let settled = Arc::new(AtomicU32::new(0));
        let asker = {
            let (lane, bell, settled) = (lane.clone(), bell.clone(), settled.clone());
            thread::spawn(move || {
                let settle = move |outcome: Result<&mut dyn Any, AskError>| {
                    assert_eq!(outcome.err(), Some(AskError::Stopped));
                    settled.fetch_add(1, Ordering::Relaxed);
                };
                let open = bell.asks.open().unwrap();
                let reply = TypeId::of::<u32>();
                let question = Outside::new(open, reply, Duration::ZERO, Box::new(settle));
                let asker = Some(Asker::Outside(question));
                if let Err((_, asker)) = lane.post_with::<u32>(1, asker) {
                    asker.unwrap().fail(AskError::Stopped);
                }
            })
        };
        let mut receiver = Receiver::new(&lane);
        receiver.close();
        asker.join().unwrap();
        assert_eq!(settled.load(Ordering::Relaxed), 1);
        balanced(&bell);
    });
}
