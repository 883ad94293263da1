//! One chart in three sizes, seven levels deep: what an event costs must not depend on how many states there are.
//!
//! The charts are written by `build.rs`, which says what they look like. All implementations do the same, each action counts for itself.

use super::subject::{Subject, check, contender, random};
use super::work::{Counters, Work};
use crate::measure::{Effort, interleaved};
use crate::report::{FARC, Metric};

#[derive(Clone, Copy)]
pub(crate) enum Event {
    Swap,
    Home,
    Hop,
    Stay,
    Root,
    Noise,
}

const EVENTS: [Event; 6] = [
    Event::Swap,
    Event::Home,
    Event::Hop,
    Event::Stay,
    Event::Root,
    Event::Noise,
];

pub(crate) fn measure(effort: Effort) -> Vec<Metric> {
    vec![
        states_15::measure(effort),
        states_50::measure(effort),
        states_197::measure(effort),
    ]
}

/// The chart with this many states.
macro_rules! chart {
    ($module:ident, $states:literal) => {
        #[expect(
            clippy::match_single_binding,
            reason = "a state without reactions is generated like one with them"
        )]
        mod $module {
            use super::*;

            pub(super) fn measure(effort: Effort) -> Metric {
                let tape = random(&EVENTS);
                check("statig", with_farc::new(), with_statig::new(), &tape);
                check("hand", with_farc::new(), by_hand::new(), &tape);
                let contenders = vec![
                    contender(FARC, with_farc::new(), &tape),
                    contender("statig", with_statig::new(), &tape),
                    contender("hand", by_hand::new(), &tape),
                ];
                Metric {
                    name: concat!($states, " states, 7 levels, random").into(),
                    unit: "ns/event",
                    series: interleaved(contenders, effort),
                    against: &["statig"],
                    must: None,
                    note: None,
                }
            }

            /// Entries, exits and reactions, one counter for each state.
            #[derive(Default)]
            struct Actions {
                entries: Counters<$states>,
                exits: Counters<$states>,
                reactions: Counters<$states>,
            }

            impl Actions {
                fn done(&self) -> Vec<u64> {
                    [
                        self.entries.done(),
                        self.exits.done(),
                        self.reactions.done(),
                    ]
                    .concat()
                }
            }

            /// The three actions there are, on whatever has `actions`.
            macro_rules! actions {
                () => {
                    impl Chart {
                        #[inline(always)]
                        fn enter(&mut self, state: usize) {
                            self.actions.entries.act(state);
                        }

                        #[inline(always)]
                        fn exit(&mut self, state: usize) {
                            self.actions.exits.act(state);
                        }

                        #[inline(always)]
                        fn react_in(&mut self, state: usize) {
                            self.actions.reactions.act(state);
                        }
                    }
                };
            }

            mod with_farc {
                use ::farc::hsm;
                use ::farc::hsm::Machine;
                use ::farc::hsm::Next::{self, Handled, Super, To};

                use super::*;

                #[derive(Default)]
                pub(super) struct Chart {
                    actions: Actions,
                }

                actions!();
                include!(concat!(env!("OUT_DIR"), "/farc_", $states, ".rs"));

                pub(super) fn new() -> Machine<Chart> {
                    let mut machine = Machine::new(Chart::default());
                    machine.start(&mut ());
                    machine
                }

                impl Subject for Machine<Chart> {
                    type Event = Event;

                    #[inline(always)]
                    fn offer(&mut self, event: &Event) {
                        self.dispatch(event, &mut ());
                    }

                    fn done(&self) -> Vec<u64> {
                        self.actor().actions.done()
                    }
                }
            }

            mod with_statig {
                use statig::blocking::*;

                use super::{Actions, Event, Subject, Work};

                #[derive(Default)]
                pub(super) struct Chart {
                    actions: Actions,
                }

                actions!();
                include!(concat!(env!("OUT_DIR"), "/statig_", $states, ".rs"));

                pub(super) fn new() -> InitializedStateMachine<Chart> {
                    Chart::default().uninitialized_state_machine().init()
                }

                impl Subject for InitializedStateMachine<Chart> {
                    type Event = Event;

                    #[inline(always)]
                    fn offer(&mut self, event: &Event) {
                        self.handle(event);
                    }

                    fn done(&self) -> Vec<u64> {
                        self.inner().actions.done()
                    }
                }
            }

            mod by_hand {
                use super::*;

                pub(super) struct Chart {
                    leaf: Leaf,
                    actions: Actions,
                }

                actions!();
                include!(concat!(env!("OUT_DIR"), "/hand_", $states, ".rs"));

                pub(super) fn new() -> Chart {
                    let mut chart = Chart {
                        leaf: Leaf::L0,
                        actions: Actions::default(),
                    };
                    // The root, and the six states above and at the first leaf.
                    for state in 0..7 {
                        chart.enter(state);
                    }
                    chart
                }

                impl Subject for Chart {
                    type Event = Event;

                    #[inline(always)]
                    fn offer(&mut self, event: &Event) {
                        self.react(event);
                    }

                    fn done(&self) -> Vec<u64> {
                        self.actions.done()
                    }
                }
            }
        }
    };
}

chart!(states_15, 15);
chart!(states_50, 50);
chart!(states_197, 197);
