//! Long random tapes of events: the engine and the interpreter agree on each step.

use farc::hsm::Machine;

use crate::chart::{Described, Letter, Told, chart};
use crate::qhsmtst::QHsmTst;
use crate::reference::Interpreter;
use crate::trace::Bench;

// The book's chart once more, as data.
chart! { Tst, initial = s2;
    s -> s11 {
        E => To(S11),
        I if true set false => Handled,
    }
    s1 in s -> s11 {
        I => Handled,
        D if false set true => To(S),
        A => To(S1),
        B => To(S11),
        F => To(S211),
        C => To(S2),
    }
    s11 in s1 {
        H => To(S),
        D if true set false => To(S1),
        G => To(S211),
    }
    s2 in s -> s211 {
        I if false set true => Handled,
        F => To(S11),
        C => To(S1),
    }
    s21 in s2 -> s211 {
        G => To(S1),
        A => To(S21),
        B => To(S211),
    }
    s211 in s21 {
        H => To(S),
        D => To(S21),
    }
}

// Initials that skip levels, two trees under the top, both kinds of transition over every distance.
chart! { Skips, initial = a;
    a -> a1111 {
        A => To(A),
        B => Reenter(A),
        C if false set true => To(A111),
        D => To(B),
        H if true set false => Handled,
    }
    a1 in a -> a1112 {
        A if true => To(A),
        B if false => Reenter(A),
        E => To(A1111),
        F => Reenter(A1112),
    }
    a11 in a1 -> a111 {
        E if true set false => Reenter(A1),
        G => To(A11),
        D if true => To(B12),
    }
    a111 in a11 -> a1112 {
        C if true => To(A11),
        F => To(A1),
        I set true => To(A2),
    }
    a1111 in a111 {
        G if true => To(A1112),
        H set true => To(A111),
        I if false => Reenter(A11),
    }
    a1112 in a111 {
        A => Reenter(A111),
        C => Handled,
        E => To(B11),
        G => Reenter(A1112),
    }
    a2 in a {
        A => To(A1),
        D => To(B1),
        I => Reenter(A2),
    }
    b -> b12 {
        A => To(A2),
        B => To(B11),
        C => Reenter(B12),
        D => Reenter(A),
    }
    b1 in b -> b11 {
        E => To(B),
        F => Reenter(B),
        G set true => To(B12),
    }
    b11 in b1 {
        H => To(B1),
        I => To(B12),
        E if true set false => To(A111),
    }
    b12 in b1 {
        H => Reenter(B1),
        I if true => To(A1112),
        I => To(B11),
    }
}

// States without anything around them, and one that ends the machine.
chart! { Flat, initial = red;
    red {
        A => To(Green),
        B => To(Red),
        C if true => Stop,
        D set true => Handled,
    }
    green {
        A => To(Yellow),
        B => Reenter(Green),
    }
    yellow {
        A => To(Red),
        C => To(Green),
        I => Stop,
    }
}

// A tree that is as deep as it is narrow; each level knows one way out and one back in.
chart! { Tower, initial = t1;
    t1 -> t4 { A => To(T10), B => Reenter(T10), C => To(T1), }
    t2 in t1 -> t3 { D => To(T1), E => Reenter(T1), }
    t3 in t2 -> t4 { F => To(T9), G => Reenter(T9), }
    t4 in t3 -> t8 { H if false set true => To(T2), I => Handled, }
    t5 in t4 -> t6 { A if true => To(T3), B if true set false => Reenter(T3), }
    t6 in t5 -> t8 { D if true => To(T6), E if false set true => To(T10), }
    t7 in t6 -> t8 { F if true => To(T4), G if false => Reenter(T4), }
    t8 in t7 -> t11 { H => To(T1), I if true => Reenter(T8), }
    t9 in t8 -> t10 { A if false => To(T8), C if true => Reenter(T7), }
    t10 in t9 -> t11 { D if false => To(T5), E => Reenter(T2), }
    t11 in t10 { F if false => To(T11), B if false => Reenter(T10), C if false => Handled, }
}

/// A fixed sequence of letters that looks random (splitmix64).
fn tape(seed: u64) -> impl Iterator<Item = Letter> {
    (1_u64..).map(move |n| {
        let mut x = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Letter::ALL[(x >> 40) as usize % Letter::ALL.len()]
    })
}

/// Runs both over `events` letters; where the machine stops, both begin anew.
fn agree<H: Described + for<'c> farc::hsm::Hsm<Context<'c> = Told>>(seed: u64, events: usize) {
    let mut told = Told::default();
    let mut machine = Machine::new(H::default());
    let mut interpreter = Interpreter::new(<H as Described>::chart());
    machine.start(&mut told);
    assert_eq!(told.take(), interpreter.start());
    for (n, event) in tape(seed).take(events).enumerate() {
        let before = (interpreter.active.clone(), interpreter.foo);
        machine.dispatch(&event, &mut told);
        let expected = interpreter.dispatch(&format!("{event:?}"));
        assert_eq!(told.take(), expected, "event {n}, {event:?}, in {before:?}");
        assert_eq!(machine.actor().foo(), interpreter.foo);
        assert_eq!(
            machine.state().map(|state| state.to_string()),
            interpreter.active
        );
        if interpreter.active.is_none() {
            machine = Machine::new(H::default());
            interpreter = Interpreter::new(<H as Described>::chart());
            machine.start(&mut told);
            assert_eq!(told.take(), interpreter.start());
        }
    }
}

#[test]
fn the_books_chart_agrees_with_the_interpreter() {
    agree::<Tst>(1, 50_000);
}

#[test]
fn initials_that_skip_levels_agree_with_the_interpreter() {
    agree::<Skips>(2, 50_000);
}

#[test]
fn a_flat_chart_that_stops_agrees_with_the_interpreter() {
    agree::<Flat>(3, 20_000);
}

#[test]
fn a_tower_of_eleven_levels_agrees_with_the_interpreter() {
    agree::<Tower>(4, 50_000);
}

#[test]
fn what_actions_print_is_what_the_interpreter_prints() {
    let mut bench = Bench::start(QHsmTst::default());
    let mut interpreter = Interpreter::new(Tst::chart());
    assert_eq!(
        bench.trace.take(),
        format!("top-INIT;{}", interpreter.start())
    );
    for event in tape(5).take(50_000) {
        assert_eq!(
            bench.dispatch(&event),
            interpreter.dispatch(&format!("{event:?}"))
        );
    }
}
