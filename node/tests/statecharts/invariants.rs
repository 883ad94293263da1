//! What holds after each step, and what is said when it does not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use expect_test::{Expect, expect};
use farc::Event;
use farc::hsm;
use farc::hsm::Next::{self, Handled, Super, To};
use farc::hsm::{Machine, Outcome};

#[derive(Event)]
enum Request {
    #[event(local)]
    Deposit(u32),
    #[event(local)]
    Overdraw,
    #[event(local)]
    Close,
    #[event(local)]
    Misplace,
}

/// The data of `open`.
struct Limit(i64);

#[derive(Default)]
struct Account {
    balance: i64,
    looked: std::cell::Cell<u32>,
}

#[hsm(event = Request, initial = active, context = ())]
impl Account {
    #[invariant]
    fn no_fortune(&self) -> bool {
        self.looked.set(self.looked.get() + 1);
        self.balance < 1000
    }

    #[invariant(open)]
    fn covered(&self, limit: &Limit) -> bool {
        self.balance >= limit.0
    }

    #[invariant(closed)]
    fn empty(&self) -> bool {
        self.balance == 0
    }

    #[state(initial = active, data = Limit)]
    fn open(&mut self, event: &Request, limit: &mut Limit) -> Next<Self> {
        match event {
            Request::Deposit(amount) => {
                self.balance += i64::from(*amount);
                Handled
            }
            Request::Overdraw => {
                self.balance = limit.0 - 1;
                Handled
            }
            Request::Close => To(State::Closed),
            _ => Super,
        }
    }

    #[entry(open)]
    fn agree(&mut self) -> Limit {
        Limit(-100)
    }

    #[state(parent = open)]
    fn active(&mut self, _: &Request) -> Next<Self> {
        Super
    }

    #[state]
    fn closed(&mut self, _: &Request) -> Next<Self> {
        Super
    }
}

/// The words of the panic in the last of these events, and that the machine has ended.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the macro `expect!` makes a value"
)]
fn fails(balance: i64, events: &[Request], expected: Expect) {
    let mut machine = Machine::new(Account {
        balance,
        ..Account::default()
    });
    let steps = catch_unwind(AssertUnwindSafe(|| {
        machine.start(&mut ());
        for event in events {
            machine.dispatch(event, &mut ());
        }
    }));
    let panic = steps.expect_err("an invariant was violated");
    let words = panic.downcast_ref::<String>().expect("the panic has words");
    expected.assert_eq(words);
    assert_eq!(machine.state(), None);
    assert_eq!(machine.dispatch(&Request::Close, &mut ()), Outcome::Stopped);
}

#[test]
fn a_violation_names_the_invariant_the_state_and_the_event() {
    fails(
        0,
        &[Request::Deposit(10), Request::Deposit(990)],
        expect![
            "the invariant `no_fortune` does not hold in the state `open.active` after Deposit"
        ],
    );
}

#[test]
fn an_invariant_of_a_state_holds_while_the_state_is_active_and_sees_its_data() {
    fails(
        0,
        &[Request::Overdraw],
        expect!["the invariant `covered` does not hold in the state `open.active` after Overdraw"],
    );
    fails(
        7,
        &[Request::Close],
        expect!["the invariant `empty` does not hold in the state `closed` after Close"],
    );
}

#[test]
fn the_start_is_a_step_too() {
    fails(
        1000,
        &[],
        expect![
            "the invariant `no_fortune` does not hold in the state `open.active` after the start"
        ],
    );
}

#[test]
fn an_event_without_a_name_is_an_event() {
    struct Fuse(bool);
    #[hsm(event = (), initial = whole, context = ())]
    impl Fuse {
        #[state]
        fn whole(&mut self, _: &()) -> Next<Self> {
            self.0 = true;
            Handled
        }

        #[invariant(whole)]
        fn unbroken(&self) -> bool {
            !self.0
        }
    }
    let mut machine = Machine::new(Fuse(false));
    machine.start(&mut ());
    let step = catch_unwind(AssertUnwindSafe(|| machine.dispatch(&(), &mut ())));
    let panic = step.expect_err("an invariant was violated");
    let words = panic.downcast_ref::<String>().expect("the panic has words");
    expect!["the invariant `unbroken` does not hold in the state `whole` after an event"]
        .assert_eq(words);
}

#[test]
fn each_step_is_followed_by_a_look() {
    let mut machine = Machine::new(Account::default());
    machine.start(&mut ());
    for event in [Request::Deposit(1), Request::Misplace, Request::Misplace] {
        machine.dispatch(&event, &mut ());
    }
    assert_eq!(machine.actor().looked.get(), 4);
}
