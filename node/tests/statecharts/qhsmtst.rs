//! QHsmTst, the chart that Samek's book tests every kind of transition with (PSiCC2, figure 2.11).

use farc::hsm;
use farc::hsm::Next::{self, Handled, Super, To};

use crate::chart::Letter;
use crate::trace::{Bench, Trace};

#[derive(Default)]
pub(crate) struct QHsmTst {
    foo: bool,
}

#[hsm(event = Letter, initial = s2, context = Trace)]
impl QHsmTst {
    #[start]
    fn top(&mut self, cx: &mut Trace) {
        cx.print("top", "INIT");
        self.foo = false;
    }

    #[state(initial = s11)]
    fn s(&mut self, event: &Letter, cx: &mut Trace) -> Next<Self> {
        match event {
            Letter::E => {
                cx.print("s", "E");
                To(State::S11)
            }
            Letter::I if self.foo => {
                cx.print("s", "I");
                self.foo = false;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(s)]
    fn enter_s(&mut self, cx: &mut Trace) {
        cx.print("s", "ENTRY");
    }

    #[exit(s)]
    fn exit_s(&mut self, cx: &mut Trace) {
        cx.print("s", "EXIT");
    }

    #[init(s)]
    fn init_s(&mut self, cx: &mut Trace) {
        cx.print("s", "INIT");
    }

    #[state(parent = s, initial = s11)]
    fn s1(&mut self, event: &Letter, cx: &mut Trace) -> Next<Self> {
        match event {
            Letter::I => {
                cx.print("s1", "I");
                Handled
            }
            Letter::D if !self.foo => {
                cx.print("s1", "D");
                self.foo = true;
                To(State::S)
            }
            Letter::A => {
                cx.print("s1", "A");
                To(State::S1)
            }
            Letter::B => {
                cx.print("s1", "B");
                To(State::S11)
            }
            Letter::F => {
                cx.print("s1", "F");
                To(State::S211)
            }
            Letter::C => {
                cx.print("s1", "C");
                To(State::S2)
            }
            _ => Super,
        }
    }

    #[entry(s1)]
    fn enter_s1(&mut self, cx: &mut Trace) {
        cx.print("s1", "ENTRY");
    }

    #[exit(s1)]
    fn exit_s1(&mut self, cx: &mut Trace) {
        cx.print("s1", "EXIT");
    }

    #[init(s1)]
    fn init_s1(&mut self, cx: &mut Trace) {
        cx.print("s1", "INIT");
    }

    #[state(parent = s1)]
    fn s11(&mut self, event: &Letter, cx: &mut Trace) -> Next<Self> {
        match event {
            Letter::H => {
                cx.print("s11", "H");
                To(State::S)
            }
            Letter::D if self.foo => {
                cx.print("s11", "D");
                self.foo = false;
                To(State::S1)
            }
            Letter::G => {
                cx.print("s11", "G");
                To(State::S211)
            }
            _ => Super,
        }
    }

    #[entry(s11)]
    fn enter_s11(&mut self, cx: &mut Trace) {
        cx.print("s11", "ENTRY");
    }

    #[exit(s11)]
    fn exit_s11(&mut self, cx: &mut Trace) {
        cx.print("s11", "EXIT");
    }

    #[state(parent = s, initial = s211)]
    fn s2(&mut self, event: &Letter, cx: &mut Trace) -> Next<Self> {
        match event {
            Letter::I if !self.foo => {
                cx.print("s2", "I");
                self.foo = true;
                Handled
            }
            Letter::F => {
                cx.print("s2", "F");
                To(State::S11)
            }
            Letter::C => {
                cx.print("s2", "C");
                To(State::S1)
            }
            _ => Super,
        }
    }

    #[entry(s2)]
    fn enter_s2(&mut self, cx: &mut Trace) {
        cx.print("s2", "ENTRY");
    }

    #[exit(s2)]
    fn exit_s2(&mut self, cx: &mut Trace) {
        cx.print("s2", "EXIT");
    }

    #[init(s2)]
    fn init_s2(&mut self, cx: &mut Trace) {
        cx.print("s2", "INIT");
    }

    #[state(parent = s2, initial = s211)]
    fn s21(&mut self, event: &Letter, cx: &mut Trace) -> Next<Self> {
        match event {
            Letter::G => {
                cx.print("s21", "G");
                To(State::S1)
            }
            Letter::A => {
                cx.print("s21", "A");
                To(State::S21)
            }
            Letter::B => {
                cx.print("s21", "B");
                To(State::S211)
            }
            _ => Super,
        }
    }

    #[entry(s21)]
    fn enter_s21(&mut self, cx: &mut Trace) {
        cx.print("s21", "ENTRY");
    }

    #[exit(s21)]
    fn exit_s21(&mut self, cx: &mut Trace) {
        cx.print("s21", "EXIT");
    }

    #[init(s21)]
    fn init_s21(&mut self, cx: &mut Trace) {
        cx.print("s21", "INIT");
    }

    #[state(parent = s21)]
    fn s211(&mut self, event: &Letter, cx: &mut Trace) -> Next<Self> {
        match event {
            Letter::H => {
                cx.print("s211", "H");
                To(State::S)
            }
            Letter::D => {
                cx.print("s211", "D");
                To(State::S21)
            }
            _ => Super,
        }
    }

    #[entry(s211)]
    fn enter_s211(&mut self, cx: &mut Trace) {
        cx.print("s211", "ENTRY");
    }

    #[exit(s211)]
    fn exit_s211(&mut self, cx: &mut Trace) {
        cx.print("s211", "EXIT");
    }
}

/// The lines of the book's trace for an order of events: the start, then one line an event.
fn lines(events: &[Letter]) -> String {
    let mut bench = Bench::start(QHsmTst::default());
    let mut lines = vec![bench.trace.take()];
    for event in events {
        lines.push(format!("{event:?}:{}", bench.dispatch(event)));
    }
    lines.join("\n")
}

#[test]
fn the_published_trace_is_reproduced_byte_for_byte() {
    use Letter::{A, B, C, D, E, F, G, H, I};
    let published = "\
top-INIT;s-ENTRY;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
A:s21-A;s211-EXIT;s21-EXIT;s21-ENTRY;s21-INIT;s211-ENTRY;
B:s21-B;s211-EXIT;s211-ENTRY;
D:s211-D;s211-EXIT;s21-INIT;s211-ENTRY;
E:s-E;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s11-ENTRY;
I:s1-I;
F:s1-F;s11-EXIT;s1-EXIT;s2-ENTRY;s21-ENTRY;s211-ENTRY;
I:s2-I;
I:s-I;
F:s2-F;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s11-ENTRY;
A:s1-A;s11-EXIT;s1-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;
B:s1-B;s11-EXIT;s11-ENTRY;
D:s1-D;s11-EXIT;s1-EXIT;s-INIT;s1-ENTRY;s11-ENTRY;
D:s11-D;s11-EXIT;s1-INIT;s11-ENTRY;
E:s-E;s11-EXIT;s1-EXIT;s1-ENTRY;s11-ENTRY;
G:s11-G;s11-EXIT;s1-EXIT;s2-ENTRY;s21-ENTRY;s211-ENTRY;
H:s211-H;s211-EXIT;s21-EXIT;s2-EXIT;s-INIT;s1-ENTRY;s11-ENTRY;
H:s11-H;s11-EXIT;s1-EXIT;s-INIT;s1-ENTRY;s11-ENTRY;
C:s1-C;s11-EXIT;s1-EXIT;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
G:s21-G;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;
C:s1-C;s11-EXIT;s1-EXIT;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
C:s2-C;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;";
    assert_eq!(
        lines(&[
            A, B, D, E, I, F, I, I, F, A, B, D, D, E, G, H, H, C, G, C, C
        ]),
        published
    );
}
