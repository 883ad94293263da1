//! What an actor puts out: signals by their type, posts to others, and all of it as text.

use expect_test::expect;
use farc::prelude::*;
use farc::testing::{Bench, Output, Probe};
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("dining.hungry")]
pub(crate) struct Hungry {
    pub(crate) philosopher: u8,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("dining.eat")]
pub(crate) struct Eat {
    pub(crate) with: Vec<String>,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("fork.take")]
pub(crate) struct Take {
    pub(crate) seat: u8,
}

#[derive(Event, Debug, PartialEq)]
pub(crate) enum ForkEvent {
    Take(Take),
    #[event(local)]
    Drop,
    #[event(own)]
    Broken,
}

pub(crate) struct Fork;

#[hsm(event = ForkEvent, initial = free)]
impl Fork {
    #[state]
    fn free(&mut self, event: &ForkEvent) -> Next<Self> {
        match event {
            ForkEvent::Take(_) | ForkEvent::Drop | ForkEvent::Broken => Handled,
        }
    }
}

impl Actor for Fork {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[derive(Event)]
pub(crate) enum PhilosopherEvent {
    Eat(Eat),
    #[event(local)]
    Think,
}

pub(crate) struct Philosopher {
    seat: u8,
    fork: Address<Fork>,
    refused: u32,
}

#[hsm(event = PhilosopherEvent, initial = thinking, subscribe = [Eat])]
impl Philosopher {
    #[state]
    fn thinking(&mut self, event: &PhilosopherEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            PhilosopherEvent::Think => {
                cx.publish(Hungry {
                    philosopher: self.seat,
                });
                let take = Take { seat: self.seat };
                self.refused += u32::from(cx.post(&self.fork, take).is_err());
                Handled
            }
            PhilosopherEvent::Eat(_) => To(State::Eating),
        }
    }

    #[exit(thinking)]
    fn decide(&mut self, cx: &mut Context<Self>) {
        cx.publish(Eat {
            with: vec!["fork".to_owned(), "knife".to_owned()],
        });
    }

    #[state]
    fn eating(&mut self, event: &PhilosopherEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            PhilosopherEvent::Think => {
                let _ = cx.post(&self.fork, ForkEventPosted::Drop);
                To(State::Thinking)
            }
            PhilosopherEvent::Eat(_) => Super,
        }
    }
}

impl Actor for Philosopher {
    type Args = (u8, Address<Fork>);

    fn new((seat, fork): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            seat,
            fork,
            refused: 0,
        })
    }
}

fn bench(fork: &Probe<Fork>) -> Bench<Philosopher> {
    let mut bench = Bench::new((3, fork.address())).unwrap();
    bench.start();
    bench
}

#[test]
fn outputs_are_told_in_order_and_as_values() {
    let mut fork = Probe::new("fork-3");
    let mut bench = bench(&fork);
    bench.dispatch(PhilosopherEvent::Think);
    bench.publish(Eat { with: vec![] });
    bench.dispatch(PhilosopherEvent::Think);
    let texts: Vec<_> = bench.outputs().iter().map(Output::to_string).collect();
    expect![[r#"
        publish dining.hungry {"philosopher":3}
        post fork-3 Take {"seat":3}
        publish dining.eat {"with":["fork","knife"]}
        post fork-3 Drop"#]]
    .assert_eq(&texts.join("\n"));
    assert_eq!(
        fork.received(),
        [ForkEvent::Take(Take { seat: 3 }), ForkEvent::Drop]
    );
    assert!(bench.outputs().is_empty());
    // It hears its own publication (C4).
    expect![[r#"
        start: top-INIT;thinking-ENTRY;
        Think: thinking-Think;publish dining.hungry {"philosopher":3};post fork-3 Take {"seat":3};
        Eat: thinking-Eat;thinking-EXIT;publish dining.eat {"with":["fork","knife"]};eating-ENTRY;
        Eat: top-IGNORED;
        Think: eating-Think;post fork-3 Drop;eating-EXIT;thinking-ENTRY;
    "#]]
    .assert_eq(&bench.trace());
}

#[test]
fn signals_are_taken_by_their_type() {
    let fork = Probe::new("fork-3");
    let mut bench = bench(&fork);
    bench.dispatch(PhilosopherEvent::Think);
    bench.dispatch(PhilosopherEvent::Think);
    bench.publish(Eat { with: vec![] });
    let hungry = Hungry { philosopher: 3 };
    assert_eq!(bench.published::<Hungry>(), [hungry.clone(), hungry]);
    assert_eq!(bench.published::<Hungry>(), []);
    assert_eq!(bench.published::<Eat>().len(), 1);
    let rest = bench.outputs();
    assert!(matches!(
        &rest[..],
        [
            Output::Post {
                event: "Take",
                taken: true,
                ..
            },
            Output::Post { .. }
        ]
    ));
}

#[test]
fn a_probe_can_be_full_or_stopped() {
    let mut fork = Probe::with_room("fork-3", 1);
    let mut bench = bench(&fork);
    bench.dispatch(PhilosopherEvent::Think);
    bench.dispatch(PhilosopherEvent::Think);
    assert_eq!(fork.received().len(), 1);
    bench.dispatch(PhilosopherEvent::Think);
    fork.stop();
    bench.dispatch(PhilosopherEvent::Think);
    assert_eq!(bench.actor().refused, 2);
    let texts: Vec<_> = bench
        .outputs()
        .iter()
        .map(Output::to_string)
        .filter(|text| text.starts_with("post"))
        .collect();
    expect![[r#"
        post fork-3 Take {"seat":3}
        post fork-3 Take {"seat":3} refused
        post fork-3 Take {"seat":3}
        post fork-3 Take {"seat":3} refused"#]]
    .assert_eq(&texts.join("\n"));
}

#[test]
fn an_address_in_another_thread_reaches_the_bench() {
    let fork = Probe::new("fork-3");
    let mut bench = bench(&fork);
    let address = bench.address();
    address.post(PhilosopherEvent::Think).unwrap();
    bench.run();
    assert_eq!(bench.published::<Hungry>().len(), 1);
    let _ = ForkEvent::Broken;
}
