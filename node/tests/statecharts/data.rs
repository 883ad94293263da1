//! Data that lives as long as its state: made by the entry action, lent to the states inside, given to the exit action.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use expect_test::{Expect, expect};
use farc::hsm;
use farc::hsm::Next::{self, Handled, History, Reenter, Stop, Super, To};
use farc::hsm::{Hsm, Machine, Outcome, StateId};

use crate::trace::{Bench, Trace};

/// What the active states shall do: the handlers know the words.
struct Do(&'static str);

/// The data of `connected`.
#[derive(Debug, PartialEq, Eq)]
struct Session {
    user: u32,
    files: Vec<u64>,
    /// Tells how many sessions exist.
    _alive: Rc<()>,
}

/// The data of `transfer`.
#[derive(Debug, PartialEq, Eq)]
struct Transfer<T> {
    bytes: T,
}

/// The chart of these tests, and states without a part in them.
macro_rules! clients {
    ($chart:ident $($extra:ident)*) => {
        #[derive(Default)]
        struct $chart {
            users: u32,
            alive: Rc<()>,
        }

        #[hsm(event = Do, initial = offline, context = Trace)]
        impl $chart {
            #[state]
            fn offline(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "connect" => To(State::Connected),
                    "get" => To(State::Transfer),
                    "resume" => History(State::Connected),
                    _ => Super,
                }
            }

            #[state(initial = idle, data = Session, history)]
            fn connected(&mut self, event: &Do, session: &mut Session) -> Next<Self> {
                match event.0 {
                    "lose" => To(State::Offline),
                    "again" => Reenter(State::Connected),
                    "get" => To(State::Transfer),
                    "user" => {
                        session.user += 100;
                        Handled
                    }
                    "stop" => Stop,
                    "panic" => panic!("it broke"),
                    _ => Super,
                }
            }

            #[entry(connected)]
            fn log_in(&mut self, cx: &mut Trace) -> Session {
                self.users += 1;
                cx.print("connected", "ENTRY");
                Session { user: self.users, files: Vec::new(), _alive: self.alive.clone() }
            }

            #[init(connected)]
            fn greet(&mut self, session: &mut Session, cx: &mut Trace) {
                cx.print("connected", &format!("INIT {}", session.user));
            }

            #[exit(connected)]
            fn log_out(&mut self, cx: &mut Trace, session: Session) {
                cx.print("connected", &format!("EXIT {} {:?}", session.user, session.files));
            }

            #[state(parent = connected)]
            fn idle(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            #[state(parent = connected, data = Transfer<u64>)]
            fn transfer(&mut self, event: &Do, cx: &mut Trace, session: &mut Session, transfer: &mut Transfer<u64>) -> Next<Self> {
                match event.0 {
                    "part" => {
                        transfer.bytes += 10;
                        Handled
                    }
                    "done" => {
                        session.files.push(transfer.bytes);
                        cx.print("transfer", "DONE");
                        To(State::Idle)
                    }
                    "next" => To(State::Transfer),
                    _ => Super,
                }
            }

            #[entry(transfer)]
            fn begin_transfer(&mut self, session: &mut Session) -> Transfer<u64> {
                Transfer { bytes: u64::from(session.user) }
            }

            #[exit(transfer)]
            fn end_transfer(&mut self, transfer: &Transfer<u64>, cx: &mut Trace) {
                cx.print("transfer", &format!("EXIT {}", transfer.bytes));
            }

            #[state(unreachable_ok, initial = waiting)]
            fn aside(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "a" => To(State::Offline),
                    "b" => To(State::Connected),
                    "c" => To(State::Idle),
                    "d" => To(State::Transfer),
                    "e" => Reenter(State::Connected),
                    "f" => Reenter(State::Idle),
                    "g" => Reenter(State::Transfer),
                    _ => Super,
                }
            }

            #[state(parent = aside)]
            fn waiting(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            $(#[state(parent = aside, unreachable_ok)]
            fn $extra(&mut self, _: &Do) -> Next<Self> {
                Super
            })*
        }
    };
}

// Few enough lines: the attribute writes them out.
clients! { Written }
// Too many: the engine takes these transitions by its tables.
clients! { Tabled p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 p11 p12 p13 p14 p15 p16 p17 p18 p19 p20 p21 p22 p23 p24 p25 p26 p27 p28 p29 p30 p31 p32 p33 p34 p35 p36 p37 p38 p39 p40 p41 p42 p43 p44 p45 p46 p47 p48 p49 p50 }

/// A line for each word: what the actions printed, and how many sessions exist.
fn trace<H>(actor: H, alive: &Rc<()>, words: &[&'static str]) -> String
where
    H: for<'c> Hsm<Event = Do, Context<'c> = Trace>,
{
    let mut bench = Bench::start(actor);
    bench.trace.take();
    let unused = Rc::strong_count(alive);
    let mut text = String::new();
    for word in words {
        let printed = bench.dispatch(&Do(word));
        let sessions = Rc::strong_count(alive) - unused;
        text.push_str(&format!("{word}: {printed} {sessions}\n"));
    }
    text
}

/// Both ways to take a transition tell the same.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the macro `expect!` makes a value"
)]
fn check(words: &[&'static str], expected: Expect) {
    let actor = Written::default();
    let alive = actor.alive.clone();
    let written = trace(actor, &alive, words);
    expected.assert_eq(&written);
    let actor = Tabled::default();
    let alive = actor.alive.clone();
    assert_eq!(trace(actor, &alive, words), written);
}

#[test]
fn entry_makes_it_states_inside_change_it_and_exit_takes_it() {
    check(
        &[
            "connect", "user", "get", "part", "part", "done", "get", "next", "lose",
        ],
        expect![[r#"
            connect: connected-ENTRY;connected-INIT 1; 1
            user:  1
            get:  1
            part:  1
            part:  1
            done: transfer-DONE;transfer-EXIT 121; 1
            get:  1
            next: transfer-EXIT 101; 1
            lose: transfer-EXIT 101;connected-EXIT 101 [121]; 0
        "#]],
    );
}

#[test]
fn entering_deep_makes_the_data_of_each_state_on_the_way() {
    check(
        &["get", "part", "done", "lose"],
        expect![[r#"
        get: connected-ENTRY; 1
        part:  1
        done: transfer-DONE;transfer-EXIT 11; 1
        lose: connected-EXIT 1 [11]; 0
    "#]],
    );
}

#[test]
fn a_state_that_is_exited_and_entered_has_new_data() {
    check(
        &["connect", "user", "again", "get", "again"],
        expect![[r#"
        connect: connected-ENTRY;connected-INIT 1; 1
        user:  1
        again: connected-EXIT 101 [];connected-ENTRY;connected-INIT 2; 1
        get:  1
        again: transfer-EXIT 2;connected-EXIT 2 [];connected-ENTRY;connected-INIT 3; 1
    "#]],
    );
}

#[test]
fn history_keeps_no_data() {
    check(
        &["get", "part", "lose", "resume", "part", "lose"],
        expect![[r#"
            get: connected-ENTRY; 1
            part:  1
            lose: transfer-EXIT 11;connected-EXIT 1 []; 0
            resume: connected-ENTRY; 1
            part:  1
            lose: transfer-EXIT 12;connected-EXIT 2 []; 0
        "#]],
    );
}

#[test]
fn stopping_gives_the_data_to_the_exit_actions() {
    check(
        &["get", "stop"],
        expect![[r#"
        get: connected-ENTRY; 1
        stop: transfer-EXIT 1;connected-EXIT 1 []; 0
    "#]],
    );
    let actor = Written::default();
    let alive = actor.alive.clone();
    let mut bench = Bench::start(actor);
    bench.dispatch(&Do("get"));
    assert_eq!(Rc::strong_count(&alive), 3);
    bench.machine.stop(&mut bench.trace);
    assert_eq!(bench.trace.take(), "transfer-EXIT 1;connected-EXIT 1 [];");
    assert_eq!(Rc::strong_count(&alive), 2);
}

#[test]
fn after_a_panic_the_data_is_out_of_reach_and_ends_with_the_machine() {
    let actor = Written::default();
    let alive = actor.alive.clone();
    let mut bench = Bench::start(actor);
    bench.dispatch(&Do("connect"));
    let session = |machine: &Machine<Written>| {
        let data = machine.data::<Session>(WrittenState::Connected);
        data.map(|session| session.user)
    };
    assert_eq!(session(&bench.machine), Some(1));
    assert!(catch_unwind(AssertUnwindSafe(|| bench.dispatch(&Do("panic")))).is_err());
    assert_eq!(session(&bench.machine), None);
    assert_eq!(bench.outcome(&Do("user")), Outcome::Stopped);
    // A new start begins with nothing.
    bench.machine.start(&mut bench.trace);
    assert_eq!(Rc::strong_count(&alive), 2);
    bench.dispatch(&Do("connect"));
    assert_eq!(session(&bench.machine), Some(2));
    drop(bench);
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn a_test_may_look_at_the_data_of_an_active_state() {
    let mut bench = Bench::start(Written::default());
    bench.dispatch(&Do("get"));
    let machine = &bench.machine;
    let bytes = machine.data::<Transfer<u64>>(WrittenState::Transfer);
    assert_eq!(bytes, Some(&Transfer { bytes: 1 }));
    assert_eq!(machine.data::<u64>(WrittenState::Transfer), None);
    assert_eq!(machine.data::<Session>(WrittenState::Idle), None);
}

#[test]
fn the_rows_of_the_states_name_the_type() {
    let data = |state: WrittenState| Written::STATES[state.index()].data;
    assert_eq!(data(WrittenState::Offline), None);
    assert_eq!(data(WrittenState::Connected), Some("Session"));
    assert_eq!(data(WrittenState::Transfer), Some("Transfer<u64>"));
}
