//! Composites that remember: what is entered again, and what a handler of another state finds.

use expect_test::{Expect, expect};
use farc::hsm;
use farc::hsm::Next::{self, DeepHistory, Handled, History, Reenter, Stop, Super, To};
use farc::hsm::{HistoryInfo, Host, Hsm, Machine, Record, StateId};

/// What the active states shall do: the handlers know the words.
struct Do(&'static str);

/// A context that writes down what is entered and exited.
#[derive(Default)]
struct Told(String);

impl<S: std::fmt::Display> Host<S> for Told {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the set of records is open, and these are the ones that are looked at"
    )]
    fn record(&mut self, record: Record<S>) {
        self.0.push_str(&match record {
            Record::Entry(state) => format!("{state}-ENTRY;"),
            Record::Exit(state) => format!("{state}-EXIT;"),
            Record::Init(state) => format!("{state}-INIT;"),
            Record::History { composite, to } => format!("{composite}-HISTORY-{to};"),
            Record::Transition { source, from, to } => format!("({source}: {from} to {to})"),
            Record::Internal(state) => format!("{state}-HANDLED;"),
            Record::Ignored => "ignored;".to_owned(),
            Record::Stopped(state) => format!("{state}-STOP;"),
            _ => return,
        });
    }
}

/// The chart of these tests, and states without a part in them.
macro_rules! memories {
    ($chart:ident $($extra:ident)*) => {
        #[derive(Default)]
        struct $chart;

        #[hsm(event = Do, initial = off, context = Told)]
        impl $chart {
            #[state]
            fn off(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "on" => To(State::On),
                    "low" => To(State::Low),
                    "h2" => To(State::H2),
                    "m1" => To(State::M1),
                    "k1" => To(State::K1),
                    "k2a" => To(State::K2a),
                    "history of on" => History(State::On),
                    "deep history of on" => DeepHistory(State::On),
                    "history of mid" => History(State::Mid),
                    "history of kept" => History(State::Kept),
                    "deep history of kept" => DeepHistory(State::Kept),
                    _ => Super,
                }
            }

            #[state(initial = low, history = deep)]
            fn on(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "off" => To(State::Off),
                    "low" => To(State::Low),
                    "h2" => To(State::H2),
                    "m1" => To(State::M1),
                    "on from on" => History(State::On),
                    "deep from on" => DeepHistory(State::On),
                    "reenter" => Reenter(State::On),
                    "mid from on" => History(State::Mid),
                    "kept from on" => DeepHistory(State::Kept),
                    "stay" => Handled,
                    "stop" => Stop,
                    _ => Super,
                }
            }

            #[state(parent = on)]
            fn low(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "on from inside" => History(State::On),
                    _ => Super,
                }
            }

            #[state(parent = on, initial = h1)]
            fn high(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "on from inside" => History(State::On),
                    "deep from inside" => DeepHistory(State::On),
                    _ => Super,
                }
            }

            #[state(parent = high)]
            fn h1(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            #[state(parent = high)]
            fn h2(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "deep from the leaf" => DeepHistory(State::On),
                    _ => Super,
                }
            }

            #[state(parent = on, initial = m1, history(default = m2))]
            fn mid(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "to m2" => To(State::M2),
                    _ => Super,
                }
            }

            #[state(parent = mid)]
            fn m1(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            #[state(parent = mid)]
            fn m2(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            #[state(history(deep, default = k2))]
            fn kept(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "off" => To(State::Off),
                    "k2b" => To(State::K2b),
                    _ => Super,
                }
            }

            #[state(parent = kept)]
            fn k1(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            #[state(parent = kept, initial = k2a)]
            fn k2(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            #[state(parent = k2)]
            fn k2a(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            #[state(parent = k2)]
            fn k2b(&mut self, _: &Do) -> Next<Self> {
                Super
            }

            // Nothing leads here. Each state inside adds lines to write out.
            #[state(unreachable_ok, initial = idle)]
            fn aside(&mut self, event: &Do) -> Next<Self> {
                match event.0 {
                    "a" => To(State::Off),
                    "b" => To(State::On),
                    "c" => To(State::Low),
                    "d" => To(State::High),
                    "e" => To(State::H1),
                    "f" => To(State::H2),
                    "g" => To(State::Mid),
                    "h" => To(State::M1),
                    "i" => To(State::M2),
                    "j" => To(State::K1),
                    "k" => To(State::K2),
                    "l" => To(State::K2a),
                    "m" => To(State::K2b),
                    _ => Super,
                }
            }

            #[state(parent = aside)]
            fn idle(&mut self, _: &Do) -> Next<Self> {
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
memories! { Written }
// Too many: the engine takes these transitions by its tables.
memories! { Tabled p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 p11 p12 p13 p14 p15 p16 p17 p18 p19 p20 p21 p22 p23 p24 p25 p26 p27 p28 p29 p30 }

/// A line for each word: what came of it.
fn trace<H: for<'c> Hsm<Event = Do, Context<'c> = Told>>(
    actor: H,
    words: &[&'static str],
) -> String {
    let mut told = Told::default();
    let mut machine = Machine::new(actor);
    machine.start(&mut told);
    told.0.clear();
    let mut text = String::new();
    for word in words {
        machine.dispatch(&Do(word), &mut told);
        text.push_str(&format!("{word}: {}\n", std::mem::take(&mut told.0)));
    }
    text
}

/// Both ways to take a transition tell the same.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the macro `expect!` makes a value"
)]
fn check(words: &[&'static str], expected: Expect) {
    let written = trace(Written, words);
    expected.assert_eq(&written);
    assert_eq!(trace(Tabled, words), written);
}

#[test]
fn before_the_first_entry_the_initial_is_taken_with_its_action() {
    check(
        &["history of on"],
        expect![[r#"
        history of on: off-EXIT;on-ENTRY;on-INIT;low-ENTRY;(off: off to low)
    "#]],
    );
    check(
        &["deep history of on"],
        expect![[r#"
        deep history of on: off-EXIT;on-ENTRY;on-INIT;low-ENTRY;(off: off to low)
    "#]],
    );
}

#[test]
fn before_the_first_entry_a_default_is_entered_without_the_action_of_the_initial() {
    check(
        &["history of mid"],
        expect![[r#"
        history of mid: off-EXIT;on-ENTRY;mid-ENTRY;mid-HISTORY-m2;m2-ENTRY;(off: off to m2)
    "#]],
    );
    check(
        &["history of kept"],
        expect![[r#"
        history of kept: off-EXIT;kept-ENTRY;kept-HISTORY-k2;k2-ENTRY;k2-INIT;k2a-ENTRY;(off: off to k2a)
    "#]],
    );
    check(
        &["deep history of kept"],
        expect![[r#"
        deep history of kept: off-EXIT;kept-ENTRY;kept-HISTORY-k2;k2-ENTRY;k2-INIT;k2a-ENTRY;(off: off to k2a)
    "#]],
    );
}

#[test]
fn a_shallow_history_enters_the_child_and_follows_its_initial() {
    check(
        &["h2", "off", "history of on", "off", "history of on"],
        expect![[r#"
            h2: off-EXIT;on-ENTRY;high-ENTRY;h2-ENTRY;(off: off to h2)
            off: h2-EXIT;high-EXIT;on-EXIT;off-ENTRY;(on: h2 to off)
            history of on: off-EXIT;on-ENTRY;on-HISTORY-high;high-ENTRY;high-INIT;h1-ENTRY;(off: off to h1)
            off: h1-EXIT;high-EXIT;on-EXIT;off-ENTRY;(on: h1 to off)
            history of on: off-EXIT;on-ENTRY;on-HISTORY-high;high-ENTRY;high-INIT;h1-ENTRY;(off: off to h1)
        "#]],
    );
}

#[test]
fn a_deep_history_enters_the_leaf() {
    check(
        &[
            "h2",
            "off",
            "deep history of on",
            "off",
            "low",
            "off",
            "deep history of on",
        ],
        expect![[r#"
            h2: off-EXIT;on-ENTRY;high-ENTRY;h2-ENTRY;(off: off to h2)
            off: h2-EXIT;high-EXIT;on-EXIT;off-ENTRY;(on: h2 to off)
            deep history of on: off-EXIT;on-ENTRY;on-HISTORY-h2;high-ENTRY;h2-ENTRY;(off: off to h2)
            off: h2-EXIT;high-EXIT;on-EXIT;off-ENTRY;(on: h2 to off)
            low: off-EXIT;on-ENTRY;low-ENTRY;(off: off to low)
            off: low-EXIT;on-EXIT;off-ENTRY;(on: low to off)
            deep history of on: off-EXIT;on-ENTRY;on-HISTORY-low;low-ENTRY;(off: off to low)
        "#]],
    );
}

#[test]
fn a_state_is_remembered_at_its_own_exit() {
    // `low` was exited while `on` stayed active: the latest exit counts.
    check(
        &["low", "h2", "on from on", "m1", "deep from on"],
        expect![[r#"
            low: off-EXIT;on-ENTRY;low-ENTRY;(off: off to low)
            h2: low-EXIT;high-ENTRY;h2-ENTRY;(on: low to h2)
            on from on: h2-EXIT;high-EXIT;on-EXIT;on-ENTRY;on-HISTORY-high;high-ENTRY;high-INIT;h1-ENTRY;(on: h2 to h1)
            m1: h1-EXIT;high-EXIT;mid-ENTRY;m1-ENTRY;(on: h1 to m1)
            deep from on: m1-EXIT;mid-EXIT;on-EXIT;on-ENTRY;on-HISTORY-m1;mid-ENTRY;m1-ENTRY;(on: m1 to m1)
        "#]],
    );
}

#[test]
fn an_answer_from_inside_leads_to_what_was_just_exited() {
    check(
        &[
            "h2",
            "on from inside",
            "deep from inside",
            "h2",
            "deep from the leaf",
        ],
        expect![[r#"
            h2: off-EXIT;on-ENTRY;high-ENTRY;h2-ENTRY;(off: off to h2)
            on from inside: h2-EXIT;high-EXIT;on-HISTORY-high;high-ENTRY;high-INIT;h1-ENTRY;(high: h2 to h1)
            deep from inside: h1-EXIT;high-EXIT;on-HISTORY-h1;high-ENTRY;h1-ENTRY;(high: h1 to h1)
            h2: h1-EXIT;high-EXIT;high-ENTRY;h2-ENTRY;(on: h1 to h2)
            deep from the leaf: h2-EXIT;high-EXIT;on-HISTORY-h2;high-ENTRY;h2-ENTRY;(h2: h2 to h2)
        "#]],
    );
    check(
        &["low", "on from inside"],
        expect![[r#"
        low: off-EXIT;on-ENTRY;low-ENTRY;(off: off to low)
        on from inside: low-EXIT;on-HISTORY-low;low-ENTRY;(low: low to low)
    "#]],
    );
}

#[test]
fn a_composite_that_asks_for_its_own_history_is_exited_and_entered() {
    check(
        &["h2", "deep from on", "on from on"],
        expect![[r#"
        h2: off-EXIT;on-ENTRY;high-ENTRY;h2-ENTRY;(off: off to h2)
        deep from on: h2-EXIT;high-EXIT;on-EXIT;on-ENTRY;on-HISTORY-h2;high-ENTRY;h2-ENTRY;(on: h2 to h2)
        on from on: h2-EXIT;high-EXIT;on-EXIT;on-ENTRY;on-HISTORY-high;high-ENTRY;high-INIT;h1-ENTRY;(on: h2 to h1)
    "#]],
    );
}

#[test]
fn a_composite_may_ask_for_the_history_of_one_inside() {
    check(
        &["m1", "mid from on", "to m2", "low", "mid from on"],
        expect![[r#"
            m1: off-EXIT;on-ENTRY;mid-ENTRY;m1-ENTRY;(off: off to m1)
            mid from on: m1-EXIT;mid-EXIT;mid-ENTRY;mid-HISTORY-m1;m1-ENTRY;(on: m1 to m1)
            to m2: m1-EXIT;m2-ENTRY;(mid: m1 to m2)
            low: m2-EXIT;mid-EXIT;low-ENTRY;(on: m2 to low)
            mid from on: low-EXIT;mid-ENTRY;mid-HISTORY-m2;m2-ENTRY;(on: low to m2)
        "#]],
    );
    check(
        &["on", "mid from on"],
        expect![[r#"
        on: off-EXIT;on-ENTRY;on-INIT;low-ENTRY;(off: off to low)
        mid from on: low-EXIT;mid-ENTRY;mid-HISTORY-m2;m2-ENTRY;(on: low to m2)
    "#]],
    );
}

#[test]
fn nested_composites_remember_each_for_itself() {
    check(
        &[
            "m1",
            "h2",
            "off",
            "history of on",
            "off",
            "history of mid",
            "off",
            "deep history of on",
        ],
        expect![[r#"
            m1: off-EXIT;on-ENTRY;mid-ENTRY;m1-ENTRY;(off: off to m1)
            h2: m1-EXIT;mid-EXIT;high-ENTRY;h2-ENTRY;(on: m1 to h2)
            off: h2-EXIT;high-EXIT;on-EXIT;off-ENTRY;(on: h2 to off)
            history of on: off-EXIT;on-ENTRY;on-HISTORY-high;high-ENTRY;high-INIT;h1-ENTRY;(off: off to h1)
            off: h1-EXIT;high-EXIT;on-EXIT;off-ENTRY;(on: h1 to off)
            history of mid: off-EXIT;on-ENTRY;mid-ENTRY;mid-HISTORY-m1;m1-ENTRY;(off: off to m1)
            off: m1-EXIT;mid-EXIT;on-EXIT;off-ENTRY;(on: m1 to off)
            deep history of on: off-EXIT;on-ENTRY;on-HISTORY-m1;mid-ENTRY;m1-ENTRY;(off: off to m1)
        "#]],
    );
}

#[test]
fn a_default_may_be_a_composite() {
    check(
        &[
            "deep history of kept",
            "k2b",
            "off",
            "history of kept",
            "k2b",
            "off",
            "deep history of kept",
        ],
        expect![[r#"
            deep history of kept: off-EXIT;kept-ENTRY;kept-HISTORY-k2;k2-ENTRY;k2-INIT;k2a-ENTRY;(off: off to k2a)
            k2b: k2a-EXIT;k2-EXIT;k2-ENTRY;k2b-ENTRY;(kept: k2a to k2b)
            off: k2b-EXIT;k2-EXIT;kept-EXIT;off-ENTRY;(kept: k2b to off)
            history of kept: off-EXIT;kept-ENTRY;kept-HISTORY-k2;k2-ENTRY;k2-INIT;k2a-ENTRY;(off: off to k2a)
            k2b: k2a-EXIT;k2-EXIT;k2-ENTRY;k2b-ENTRY;(kept: k2a to k2b)
            off: k2b-EXIT;k2-EXIT;kept-EXIT;off-ENTRY;(kept: k2b to off)
            deep history of kept: off-EXIT;kept-ENTRY;kept-HISTORY-k2b;k2-ENTRY;k2b-ENTRY;(off: off to k2b)
        "#]],
    );
    check(
        &["k1", "off", "deep history of kept"],
        expect![[r#"
        k1: off-EXIT;kept-ENTRY;k1-ENTRY;(off: off to k1)
        off: k1-EXIT;kept-EXIT;off-ENTRY;(kept: k1 to off)
        deep history of kept: off-EXIT;kept-ENTRY;kept-HISTORY-k1;k1-ENTRY;(off: off to k1)
    "#]],
    );
}

#[test]
fn an_external_transition_remembers_too() {
    check(
        &["h2", "reenter", "deep from on", "kept from on"],
        expect![[r#"
            h2: off-EXIT;on-ENTRY;high-ENTRY;h2-ENTRY;(off: off to h2)
            reenter: h2-EXIT;high-EXIT;on-EXIT;on-ENTRY;on-INIT;low-ENTRY;(on: h2 to low)
            deep from on: low-EXIT;on-EXIT;on-ENTRY;on-HISTORY-low;low-ENTRY;(on: low to low)
            kept from on: low-EXIT;on-EXIT;kept-ENTRY;kept-HISTORY-k2;k2-ENTRY;k2-INIT;k2a-ENTRY;(on: low to k2a)
        "#]],
    );
}

#[test]
fn to_does_not_ask_for_history() {
    check(
        &["h2", "off", "on"],
        expect![[r#"
        h2: off-EXIT;on-ENTRY;high-ENTRY;h2-ENTRY;(off: off to h2)
        off: h2-EXIT;high-EXIT;on-EXIT;off-ENTRY;(on: h2 to off)
        on: off-EXIT;on-ENTRY;on-INIT;low-ENTRY;(off: off to low)
    "#]],
    );
}

#[test]
fn what_stays_active_is_not_remembered() {
    check(
        &["h2", "stay", "off", "deep history of on", "nothing"],
        expect![[r#"
            h2: off-EXIT;on-ENTRY;high-ENTRY;h2-ENTRY;(off: off to h2)
            stay: on-HANDLED;
            off: h2-EXIT;high-EXIT;on-EXIT;off-ENTRY;(on: h2 to off)
            deep history of on: off-EXIT;on-ENTRY;on-HISTORY-h2;high-ENTRY;h2-ENTRY;(off: off to h2)
            nothing: ignored;
        "#]],
    );
}

#[test]
fn a_start_after_a_stop_remembers_nothing() {
    let mut told = Told::default();
    let mut machine = Machine::new(Written);
    machine.start(&mut told);
    machine.dispatch(&Do("h2"), &mut told);
    machine.dispatch(&Do("stop"), &mut told);
    machine.start(&mut told);
    machine.dispatch(&Do("deep history of on"), &mut told);
    assert_eq!(machine.state(), Some(WrittenState::Low));
}

#[test]
fn a_composite_with_history_costs_one_byte() {
    assert_eq!(size_of::<Machine<Written>>(), 1 + 3);
}

#[test]
fn the_rows_of_the_states_tell_the_history() {
    let history = |state: WrittenState| Written::STATES[state.index()].history;
    assert_eq!(history(WrittenState::Off), None);
    assert_eq!(
        history(WrittenState::On),
        Some(HistoryInfo {
            deep: true,
            default: None
        })
    );
    let mid = HistoryInfo {
        deep: false,
        default: Some(WrittenState::M2),
    };
    assert_eq!(history(WrittenState::Mid), Some(mid));
    let kept = HistoryInfo {
        deep: true,
        default: Some(WrittenState::K2),
    };
    assert_eq!(history(WrittenState::Kept), Some(kept));
}
