//! The list of transitions: what is written in a handler, whatever the shape, is a row.
#![expect(
    dead_code,
    unused_qualifications,
    clippy::diverging_sub_expression,
    clippy::get_first,
    clippy::needless_return,
    clippy::never_loop,
    clippy::unused_unit,
    clippy::unwrap_used,
    clippy::upper_case_acronyms,
    reason = "most of it is not dispatched: what is written counts"
)]

use std::fmt::Write;

use expect_test::{Expect, expect};
use farc::hsm;
use farc::hsm::Next::{self, Defer, Handled, Reenter, Stop, Super, To};
use farc::hsm::{Hsm, Machine, StateId};

/// What happens.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    Eat(Eat),
    Move { from: u8, to: u8 },
    Key(Key),
    Tick,
    Tock,
}

#[derive(Clone, Debug, PartialEq)]
struct Eat {
    philosopher: u8,
}

#[derive(Clone, Debug, PartialEq)]
enum Key {
    Enter,
    Digit(u8),
}

/// A row a line: `source: trigger [guard] kind target (events) — doc`.
fn rows<H: Hsm>() -> String {
    let mut text = String::new();
    for row in H::TRANSITIONS {
        write!(text, "{}: {}", row.source, row.trigger).unwrap();
        if !row.guard.is_empty() {
            write!(text, " [{}]", row.guard).unwrap();
        }
        write!(text, " → {:?}", row.kind).unwrap();
        if let Some(target) = row.target {
            write!(text, " {target}").unwrap();
        }
        if !row.events.is_empty() {
            write!(text, " ({})", row.events.join(", ")).unwrap();
        }
        if !row.doc.is_empty() {
            write!(text, " — {:?}", row.doc).unwrap();
        }
        text.push('\n');
    }
    text
}

fn check<H: Hsm>(expected: &Expect) {
    expected.assert_eq(&rows::<H>());
    for row in H::TRANSITIONS {
        assert!(row.source.index() < H::State::COUNT);
    }
}

#[test]
fn a_trigger_is_the_pattern_without_types_references_and_bindings() {
    struct A;
    #[hsm(event = Event, initial = a, context = ())]
    impl A {
        #[state]
        fn a(&mut self, event: &Event) -> Next<Self> {
            match event {
                Event::Eat(Eat { philosopher: 3 }) => Stop,
                Event::Eat(Eat { philosopher }) if *philosopher > 4 => Next::Defer,
                Event::Eat(eat) if eat.philosopher == 1 => Handled,
                Event::Eat(_) => To(State::B),
                Event::Move { from: 1..=3, .. } => farc::hsm::Next::Reenter(State::A),
                Event::Move { from, to } if from == to => Handled,
                Event::Move { .. } => Next::<Self>::To(State::B),
                Event::Key(Key::Enter | Key::Digit(0)) | Event::Tick => Handled,
                &Event::Key(Key::Digit(digit @ 1..)) if digit > 3 => Stop,
                Event::Key(..) => Defer,
                other => {
                    let _ = other;
                    Reenter(State::B)
                }
            }
        }

        #[state]
        fn b(&mut self, _: &Event) -> Next<Self> {
            Handled
        }
    }
    check::<A>(&expect![[r#"
        a: Eat(Eat { philosopher: 3 }) → Stop (Eat)
        a: Eat(_) [*philosopher > 4] → Defer (Eat)
        a: Eat(_) [eat.philosopher == 1] → Internal (Eat)
        a: Eat(_) → To b (Eat)
        a: Move { from: 1..=3, .. } → Reenter a (Move)
        a: Move { .. } [from == to] → Internal (Move)
        a: Move { .. } → To b (Move)
        a: Key(Enter | Digit(0)) | Tick → Internal (Key, Tick)
        a: Key(Digit(1..)) [digit > 3] → Stop (Key)
        a: Key(..) → Defer (Key)
        a: * → Reenter b
        b: * → Internal
    "#]]);
}

#[test]
fn conditions_are_joined_from_the_outside_in() {
    struct Actor {
        locked: bool,
        hungry: bool,
        count: u8,
        last: Option<Key>,
    }
    #[hsm(event = Event, initial = a, context = ())]
    impl Actor {
        #[state]
        fn a(&mut self, event: &Event) -> Next<Self> {
            match *event {
                Event::Tick if self.locked || self.count > 3 => {
                    if self.hungry {
                        To(State::B)
                    } else if !self.locked && self.count != 0 {
                        Handled
                    } else {
                        match self.last {
                            Some(Key::Digit(digit)) if digit > 1 && self.is_in(digit, &[1, 2]) => {
                                Stop
                            }
                            Some(Key::Digit(1 | 2) | Key::Enter) => Defer,
                            Some(_) => match self.hungry {
                                true => Reenter(State::A),
                                false => Super,
                            },
                            None => To(State::A),
                        }
                    }
                }
                Event::Tick => match self.count {
                    0 => Handled,
                    n if n > 100 => Stop,
                    1 | 2 => Defer,
                    _ => To(State::B),
                },
                _ => Super,
            }
        }

        #[state]
        fn b(&mut self, event: &Event) -> Next<Self> {
            if let Event::Tick | Event::Tock = event
                && self.locked
            {
                return To(State::A);
            } else if matches!(event, Event::Eat(Eat { philosopher }) if *philosopher > 2) {
                Handled
            } else {
                Stop
            }
        }
    }

    impl Actor {
        fn is_in(&self, digit: u8, among: &[u8]) -> bool {
            among.contains(&digit) && !self.hungry
        }
    }
    check::<Actor>(&expect![[r#"
        a: Tick [(self.locked || self.count > 3) && self.hungry] → To b (Tick)
        a: Tick [(self.locked || self.count > 3) && !self.hungry && !self.locked && self.count != 0] → Internal (Tick)
        a: Tick [(self.locked || self.count > 3) && !self.hungry && !(!self.locked && self.count != 0) && self.last is Some(Key::Digit(digit)) && digit > 1 && self.is_in(digit, &[1, 2])] → Stop (Tick)
        a: Tick [(self.locked || self.count > 3) && !self.hungry && !(!self.locked && self.count != 0) && self.last is Some(Key::Digit(1 | 2) | Key::Enter)] → Defer (Tick)
        a: Tick [(self.locked || self.count > 3) && !self.hungry && !(!self.locked && self.count != 0) && self.last is Some(_) && self.hungry] → Reenter a (Tick)
        a: Tick [(self.locked || self.count > 3) && !self.hungry && !(!self.locked && self.count != 0) && self.last is None] → To a (Tick)
        a: Tick [self.count is 0] → Internal (Tick)
        a: Tick [!(self.count is 0) && self.count is n && n > 100] → Stop (Tick)
        a: Tick [self.count is 1 | 2] → Defer (Tick)
        a: Tick [!(self.count is 0 | 1 | 2)] → To b (Tick)
        b: Tick | Tock [self.locked] → To a (Tick, Tock)
        b: Eat(_) [!((event is Tick | Tock) && self.locked) && *philosopher > 2] → Internal (Eat)
        b: * [!((event is Tick | Tock) && self.locked) && !(event is Event::Eat(Eat { philosopher }) if *philosopher > 2)] → Stop
    "#]]);
}

#[test]
fn what_comes_after_an_early_return_is_under_the_opposite_condition() {
    struct A {
        locked: bool,
        count: u8,
        last: Option<Key>,
    }
    #[hsm(event = Event, initial = a, context = ())]
    impl A {
        #[state]
        fn a(&mut self, event: &Event) -> Next<Self> {
            if self.locked {
                return Defer;
            }
            if let Event::Tick = event {
                self.count += 1;
                return Handled;
            } else if self.count > 3 {
                panic!("too many");
            }
            let Event::Key(key) = event else {
                return if self.count == 0 { Super } else { To(State::B) };
            };
            let Some(last) = &self.last else {
                return Reenter(State::A);
            };
            if last == key {
                return Stop;
            } else {
                self.count = 0;
            }
            To(State::A)
        }

        #[state]
        fn b(&mut self, event: &Event) -> Next<Self> {
            if !matches!(event, Event::Tick) {
                return Super;
            }
            let count = match self.last {
                Some(Key::Digit(digit)) => digit,
                Some(Key::Enter) => return Handled,
                None => return Stop,
            };
            if count > 2 {
                self.count = count;
            } else {
                unreachable!();
            }
            To(State::A)
        }
    }
    check::<A>(&expect![[r#"
        a: * [self.locked] → Defer
        a: Tick [!self.locked] → Internal (Tick)
        a: * [!self.locked && !(event is Tick) && !(self.count > 3) && !(event is Key(_)) && !(self.count == 0)] → To b
        a: Key(_) [!self.locked && !(event is Tick) && !(self.count > 3) && !(self.last is Some(last))] → Reenter a (Key)
        a: Key(_) [!self.locked && !(event is Tick) && !(self.count > 3) && self.last is Some(last) && last == key] → Stop (Key)
        a: Key(_) [!self.locked && !(event is Tick) && !(self.count > 3) && self.last is Some(last) && !(last == key)] → To a (Key)
        b: Tick [self.last is Some(Key::Enter)] → Internal (Tick)
        b: Tick [self.last is None] → Stop (Tick)
        b: Tick [count > 2] → To a (Tick)
    "#]]);
}

#[test]
#[expect(
    unsafe_code,
    unused_unsafe,
    unused_parens,
    unused_braces,
    unreachable_code,
    reason = "shapes that nobody should write are read all the same"
)]
fn no_place_is_too_remote_for_a_return() {
    struct A {
        locked: bool,
        keys: Vec<u8>,
    }
    #[hsm(event = Event, initial = a, context = ())]
    impl A {
        #[state]
        fn a(&mut self, event: &Event) -> Next<Self> {
            while {
                if self.locked {
                    return To(State::B);
                }
                self.keys.pop().is_some()
            } {
                if self.keys.len() > 7 {
                    break;
                }
                if self.keys.is_empty() {
                    continue;
                }
                return Stop;
            }
            for key in &self.keys {
                let _ = match key {
                    0 => return Defer,
                    key => key + 1,
                };
            }
            let done = self.locked && return Reenter(State::A);
            // SAFETY: nothing here is unsafe.
            unsafe {
                if done {
                    return To(State::A);
                }
                'block: {
                    if self.locked {
                        break 'block;
                    }
                    return Handled;
                }
                let closure = |key: &u8| -> bool {
                    return *key == 3;
                };
                if self.keys.iter().any(closure) {
                    let _ = [1, 2, return Reenter(State::B)];
                }
                loop {
                    match event {
                        Event::Tick if self.keys.get(0).is_none_or(|&key| key > 3 || key == 1) => {
                            return To(State::B);
                        }
                        Event::Tock => unreachable!(),
                        _ => return Super,
                    }
                }
            }
        }

        #[state]
        fn b(&mut self, _: &Event) -> Next<Self> {
            'outer: {
                if self.locked {
                    break 'outer;
                }
                match self.keys.as_slice() {
                    [] => return (Handled),
                    [1, rest @ ..] if !rest.is_empty() => return { Defer },
                    _ => {}
                }
            }
            unsafe_free(|| return ());
            if self.keys[0] as usize >= self.keys.len() - 1 {
                panic!("later")
            } else {
                (To(State::A))
            }
        }
    }
    fn unsafe_free(go: impl Fn()) {
        go();
    }
    check::<A>(&expect![[r#"
        a: * [self.locked] → To b
        a: * [{ if self.locked { return To(State::B); } self.keys.pop().is_some() } && !(self.keys.len() > 7) && !self.keys.is_empty()] → Stop
        a: * [key is 0] → Defer
        a: * → Reenter a
        a: * [done] → To a
        a: * [!done && !self.locked] → Internal
        a: * [!done && self.keys.iter().any(closure)] → Reenter b
        a: Tick [!done && self.keys.get(0).is_none_or(|&key| key > 3 || key == 1)] → To b (Tick)
        b: * [!self.locked && self.keys.as_slice() is []] → Internal
        b: * [!self.locked && self.keys.as_slice() is [1, rest @ ..] && !rest.is_empty()] → Defer
        b: * [!(self.keys[0] as usize >= self.keys.len() - 1)] → To a
    "#]]);
}

#[test]
fn a_name_that_is_bound_anew_is_no_longer_the_event() {
    struct A {
        mode: u8,
    }
    #[hsm(event = Event, initial = a, context = ())]
    impl A {
        #[state]
        fn a(&mut self, event: &Event) -> Next<Self> {
            let again = event;
            match event {
                Event::Key(event) => match event {
                    Key::Enter => Handled,
                    Key::Digit(_) => match again {
                        Event::Key(Key::Digit(1)) => Stop,
                        _ => Defer,
                    },
                },
                Event::Tick | Event::Tock => match event.clone() {
                    Event::Tick => To(State::B),
                    _ => To(State::A),
                },
                all @ (Event::Eat(_) | Event::Move { .. }) => match all {
                    Event::Eat(_) => Reenter(State::A),
                    _ => Super,
                },
            }
        }

        #[state]
        fn b(&mut self, event: &Event) -> Next<Self> {
            match (self.mode, event) {
                (1, Event::Tick) => Handled,
                (_, Event::Eat(eat)) if eat.philosopher == self.mode => Stop,
                (2, _) => Defer,
                (3, Event::Tock) | (4, Event::Tick) => To(State::A),
                (.., Event::Tock) => Reenter(State::A),
                _ => {
                    let event = &Event::Tock;
                    match event {
                        Event::Tick => Reenter(State::B),
                        _ => Super,
                    }
                }
            }
        }
    }
    check::<A>(&expect![[r#"
        a: Key(_) [event is Key::Enter] → Internal (Key)
        a: Key(Digit(1)) [event is Key::Digit(_)] → Stop (Key)
        a: Key(_) [event is Key::Digit(_)] → Defer (Key)
        a: Tick → To b (Tick)
        a: Tick | Tock → To a (Tick, Tock)
        a: Eat(_) → Reenter a (Eat)
        b: Tick [self.mode is 1] → Internal (Tick)
        b: Eat(_) [eat.philosopher == self.mode] → Stop (Eat)
        b: * [self.mode is 2] → Defer
        b: * [(self.mode, event) is (3, Event::Tock) | (4, Event::Tick)] → To a
        b: Tock → Reenter a (Tock)
        b: * [event is Event::Tick] → Reenter b
    "#]]);
}

#[test]
fn the_words_about_an_arm_are_kept() {
    struct A {
        locked: bool,
    }
    #[hsm(event = Event, initial = a, context = ())]
    impl A {
        #[state]
        fn a(&mut self, event: &Event) -> Next<Self> {
            match event {
                /// The key is turned.
                ///
                /// Twice.
                Event::Tick => {
                    if self.locked {
                        Handled
                    } else {
                        Stop
                    }
                }
                /** In a block. */
                Event::Tock => match self.locked {
                    /// Only then.
                    true => Defer,
                    false => Handled,
                },
                _ => Super,
            }
        }
    }
    check::<A>(&expect![[r#"
        a: Tick [self.locked] → Internal (Tick) — "The key is turned.\n\nTwice."
        a: Tick [!self.locked] → Stop (Tick) — "The key is turned.\n\nTwice."
        a: Tock [self.locked] → Defer (Tock) — "Only then."
        a: Tock [!self.locked] → Internal (Tock) — "In a block."
    "#]]);
}

mod constants {
    #[derive(farc::Event, PartialEq)]
    pub(super) enum Shout {
        #[event(local)]
        TICK,
        #[event(local)]
        TOCK(u8),
        #[event(local)]
        A,
        #[event(local)]
        B,
    }

    pub(super) const END: Shout = Shout::A;
}

#[test]
fn a_constant_in_a_pattern_may_be_any_variant() {
    use constants::Shout::{self, TICK};
    use constants::*;
    struct A;
    #[hsm(event = Shout, initial = a, context = ())]
    impl A {
        #[state]
        fn a(&mut self, event: &Shout) -> Next<Self> {
            match event {
                TICK => Handled,
                Shout::TOCK(_) => Stop,
                &END => Defer,
                _ => Super,
            }
        }
    }
    check::<A>(&expect![[r#"
        a: TICK → Internal (TICK)
        a: TOCK(_) → Stop (TOCK)
        a: END → Defer
    "#]]);
}

macro_rules! chart {
    ($actor:ident, $guard:expr, $pattern:pat) => {
        #[hsm(event = Event, initial = a, context = ())]
        impl $actor {
            #[state]
            fn a(&mut self, event: &Event) -> Next<Self> {
                match event {
                    $pattern if $guard => Handled,
                    _ => Super,
                }
            }
        }
    };
}

#[test]
fn a_chart_may_come_from_a_macro() {
    struct A;
    chart!(A, 1 + 1 == 2, Event::Tick | Event::Tock);
    check::<A>(&expect![[r#"
        a: Tick | Tock [1 + 1 == 2] → Internal (Tick, Tock)
    "#]]);
}

/// Its variants have names, so that these are held against the list too.
#[derive(Clone, farc::Event)]
enum Named {
    #[event(own)]
    One(u8),
    #[event(own)]
    Two { inner: Option<u8> },
    #[event(own)]
    THREE,
    #[event(own)]
    Four,
}

const LAST: u8 = 3;

struct Shapes {
    flags: u8,
    taken: u32,
}

#[hsm(event = Named, initial = a, context = ())]
impl Shapes {
    #[state]
    fn a(&mut self, event: &Named) -> Next<Self> {
        if !matches!(event, Named::One(_) | Named::THREE) {
            let Named::Two { inner: Some(event) } = event else {
                return if self.flag(0) { To(State::B) } else { Super };
            };
            return match event {
                0 => Handled,
                _ if self.flag(1) => Reenter(State::B),
                _ => Super,
            };
        }
        if self.flag(2) {
            if let Named::THREE = event {
                return To(State::A);
            } else if self.flag(3) {
                return Defer;
            }
        }
        match (self.flag(0), event, self.flag(1)) {
            (true, Named::One(LAST), _) => Handled,
            (.., true) => To(State::B),
            (false, &Named::One(_), false) | (true, Named::THREE, _) => Reenter(State::A),
            all => match all.1 {
                Named::THREE => To(State::B),
                _ => Defer,
            },
        }
    }

    #[state]
    fn b(&mut self, event: &Named) -> Next<Self> {
        let mut turns = 0;
        let again = &event;
        while turns < 3 && self.flag(turns) {
            turns += 1;
            match **again {
                Named::Four if turns > 1 => return To(State::C),
                Named::One(event) => {
                    if event == LAST {
                        continue;
                    }
                    return Defer;
                }
                _ => {}
            }
        }
        let event = match event.clone() {
            Named::Four | Named::THREE => Named::One(1),
            other => other,
        };
        match event {
            Named::One(1) => To(State::A),
            Named::One(_) => Handled,
            _ => To(State::C),
        }
    }

    #[state]
    fn c(&mut self, event: &Named) -> Next<Self> {
        'found: {
            match event {
                all @ (Named::One(_) | Named::Two { .. }) if self.flag(1) => match all {
                    Named::One(0..LAST) => break 'found,
                    Named::One(_) => return To(State::A),
                    _ => return Reenter(State::C),
                },
                Named::THREE => (),
                Named::Four if self.flag(0) || self.flag(3) => return To(State::B),
                _ => return Handled,
            }
        }
        To(State::A)
    }

    fn flag(&mut self, bit: u8) -> bool {
        self.taken += 1;
        self.flags & (1 << bit) != 0
    }
}

#[test]
fn whatever_is_taken_is_listed() {
    // In debug builds the machine holds each answer against the list, with the name of the event.
    let events = [0, 1, LAST, 9].map(Named::One).into_iter().chain([
        Named::Two { inner: None },
        Named::Two { inner: Some(0) },
        Named::Two { inner: Some(1) },
        Named::THREE,
        Named::Four,
    ]);
    let events: Vec<Named> = events.collect();
    let mut steps = 0;
    for flags in 0..16 {
        for first in &events {
            for second in &events {
                for third in &events {
                    let mut machine = Machine::new(Shapes { flags, taken: 0 });
                    machine.start(&mut ());
                    for event in [first, second, third] {
                        machine.dispatch(event, &mut ());
                        steps += 1;
                    }
                }
            }
        }
    }
    assert_eq!(steps, 16 * 9 * 9 * 9 * 3);
    check::<Shapes>(&expect![[r#"
        a: * [!(event is One(_) | THREE) && !(event is Two { inner: Some(_) }) && self.flag(0)] → To b
        a: Two { inner: Some(_) } [!(event is One(_) | THREE) && event is 0] → Internal (Two)
        a: Two { inner: Some(_) } [!(event is One(_) | THREE) && !(event is 0) && self.flag(1)] → Reenter b (Two)
        a: THREE [self.flag(2)] → To a (THREE)
        a: One(_) | THREE [self.flag(2) && !(event is THREE) && self.flag(3)] → Defer (One, THREE)
        a: One(LAST) [self.flag(0)] → Internal (One)
        a: One(_) | THREE [self.flag(1)] → To b (One, THREE)
        a: One(_) | THREE [(self.flag(0), event, self.flag(1)) is (false, &Named::One(_), false) | (true, Named::THREE, _)] → Reenter a (One, THREE)
        a: One(_) | THREE [all.1 is Named::THREE] → To b (One, THREE)
        a: One(_) | THREE [!(all.1 is Named::THREE)] → Defer (One, THREE)
        b: Four [turns < 3 && self.flag(turns) && turns > 1] → To c (Four)
        b: One(_) [turns < 3 && self.flag(turns) && !(event == LAST)] → Defer (One)
        b: * [event is Named::One(1)] → To a
        b: * [event is Named::One(_)] → Internal
        b: * [!(event is Named::One(1) | Named::One(_))] → To c
        c: One(_) [self.flag(1)] → To a (One)
        c: One(_) | Two { .. } [self.flag(1)] → Reenter c (One, Two)
        c: Four [self.flag(0) || self.flag(3)] → To b (Four)
        c: * → Internal
        c: * → To a
    "#]]);
}
