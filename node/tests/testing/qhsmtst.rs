//! QHsmTst, the chart that Samek's book tests every kind of transition with (PSiCC2, figure 2.11), as an actor on a bench.

use expect_test::expect;
use farc::prelude::*;
use farc::testing::Bench;

#[derive(Event, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    #[event(local)]
    A,
    #[event(local)]
    B,
    #[event(local)]
    C,
    #[event(local)]
    D,
    #[event(local)]
    E,
    #[event(local)]
    F,
    #[event(local)]
    G,
    #[event(local)]
    H,
    #[event(local)]
    I,
}

#[derive(Default)]
pub(crate) struct QHsmTst {
    pub(crate) foo: bool,
}

impl Actor for QHsmTst {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[hsm(event = Letter, initial = s2)]
impl QHsmTst {
    #[start]
    fn top(&mut self) {
        self.foo = false;
    }

    #[state(initial = s11)]
    fn s(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::E => To(State::S11),
            Letter::I if self.foo => {
                self.foo = false;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(s)]
    fn enter_s(&mut self) {}

    #[exit(s)]
    fn exit_s(&mut self) {}

    #[init(s)]
    fn init_s(&mut self) {}

    #[state(parent = s, initial = s11)]
    fn s1(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::I => Handled,
            Letter::D if !self.foo => {
                self.foo = true;
                To(State::S)
            }
            Letter::A => To(State::S1),
            Letter::B => To(State::S11),
            Letter::F => To(State::S211),
            Letter::C => To(State::S2),
            _ => Super,
        }
    }

    #[entry(s1)]
    fn enter_s1(&mut self) {}

    #[exit(s1)]
    fn exit_s1(&mut self) {}

    #[init(s1)]
    fn init_s1(&mut self) {}

    #[state(parent = s1)]
    fn s11(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::H => To(State::S),
            Letter::D if self.foo => {
                self.foo = false;
                To(State::S1)
            }
            Letter::G => To(State::S211),
            _ => Super,
        }
    }

    #[entry(s11)]
    fn enter_s11(&mut self) {}

    #[exit(s11)]
    fn exit_s11(&mut self) {}

    #[state(parent = s, initial = s211)]
    fn s2(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::I if !self.foo => {
                self.foo = true;
                Handled
            }
            Letter::F => To(State::S11),
            Letter::C => To(State::S1),
            _ => Super,
        }
    }

    #[entry(s2)]
    fn enter_s2(&mut self) {}

    #[exit(s2)]
    fn exit_s2(&mut self) {}

    #[init(s2)]
    fn init_s2(&mut self) {}

    #[state(parent = s2, initial = s211)]
    fn s21(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::G => To(State::S1),
            Letter::A => To(State::S21),
            Letter::B => To(State::S211),
            _ => Super,
        }
    }

    #[entry(s21)]
    fn enter_s21(&mut self) {}

    #[exit(s21)]
    fn exit_s21(&mut self) {}

    #[init(s21)]
    fn init_s21(&mut self) {}

    #[state(parent = s21)]
    fn s211(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::H => To(State::S),
            Letter::D => To(State::S21),
            _ => Super,
        }
    }

    #[entry(s211)]
    fn enter_s211(&mut self) {}

    #[exit(s211)]
    fn exit_s211(&mut self) {}
}

/// The order of events in the book, whose trace has no word for a guard that is false.
#[test]
fn the_trace_of_a_bench_is_that_of_the_book() {
    use Letter::{A, B, C, D, E, F, G, H, I};
    let mut bench = Bench::<QHsmTst>::new(()).unwrap();
    bench.start();
    for letter in [
        A, B, D, E, I, F, I, I, F, A, B, D, D, E, G, H, H, C, G, C, C,
    ] {
        bench.dispatch(letter);
    }
    expect![[r#"
        start: top-INIT;s-ENTRY;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
        A: s21-A;s211-EXIT;s21-EXIT;s21-ENTRY;s21-INIT;s211-ENTRY;
        B: s21-B;s211-EXIT;s211-ENTRY;
        D: s211-D;s211-EXIT;s21-INIT;s211-ENTRY;
        E: s-E;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s11-ENTRY;
        I: s1-I;
        F: s1-F;s11-EXIT;s1-EXIT;s2-ENTRY;s21-ENTRY;s211-ENTRY;
        I: s2-I;
        I: s-I;
        F: s2-F;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s11-ENTRY;
        A: s1-A;s11-EXIT;s1-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;
        B: s1-B;s11-EXIT;s11-ENTRY;
        D: s1-D;s11-EXIT;s1-EXIT;s-INIT;s1-ENTRY;s11-ENTRY;
        D: s11-D;s11-EXIT;s1-INIT;s11-ENTRY;
        E: s-E;s11-EXIT;s1-EXIT;s1-ENTRY;s11-ENTRY;
        G: s11-G;s11-EXIT;s1-EXIT;s2-ENTRY;s21-ENTRY;s211-ENTRY;
        H: s211-H;s211-EXIT;s21-EXIT;s2-EXIT;s-INIT;s1-ENTRY;s11-ENTRY;
        H: s11-H;s11-EXIT;s1-EXIT;s-INIT;s1-ENTRY;s11-ENTRY;
        C: s1-C;s11-EXIT;s1-EXIT;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
        G: s21-G;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;
        C: s1-C;s11-EXIT;s1-EXIT;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
        C: s2-C;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;
    "#]]
    .assert_eq(&without_guards(&bench.trace()));
}

#[test]
fn the_fields_of_the_actor_can_be_looked_at() {
    let mut bench = Bench::<QHsmTst>::new(()).unwrap();
    bench.start();
    assert_eq!(bench.state(), "s.s2.s21.s211");
    assert!(!bench.actor().foo);
    bench.dispatch(Letter::I);
    assert!(bench.actor().foo);
    assert!(bench.is_in(QHsmTstState::S2));
    assert!(!bench.is_in(QHsmTstState::S1));
}

fn without_guards(trace: &str) -> String {
    let mut text = String::new();
    for line in trace.lines() {
        let (head, body) = line.split_once(": ").unwrap();
        let parts = body.split_inclusive(';');
        let kept: String = parts.filter(|part| !part.ends_with("-GUARD;")).collect();
        text += &format!("{head}: {kept}\n");
    }
    text
}

#[test]
fn a_guard_that_is_false_sends_the_event_on() {
    let mut bench = Bench::<QHsmTst>::new(()).unwrap();
    bench.start();
    bench.trace();
    bench.dispatch(Letter::I);
    bench.dispatch(Letter::I);
    expect![[r#"
        I: s2-I;
        I: s2-GUARD;s-I;
    "#]]
    .assert_eq(&bench.trace());
}
