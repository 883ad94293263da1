//! `philosopher`: twenty philosophers ask an arbitrator for their forks, and ask again when a fork is taken.
//!
//! How often one asks again follows from the order in which a library runs its actors, and is part of the price of a meal.

use std::future::Future;
use std::time::Duration;

use crate::local::peers::System;
use crate::local::program::{Placement, Program};

const PHILOSOPHERS: u64 = 20;

pub(crate) struct Philosophers;

impl Program for Philosophers {
    const NAME: &'static str = "Savina philosopher";
    const UNIT: &'static str = "ns/meal";
    const MUST: Option<f64> = None;
    const COUNT: u64 = 20_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count / PHILOSOPHERS)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, count / PHILOSOPHERS)
    }
}

/// The forks on the table, one to the left of each philosopher.
#[derive(Default)]
struct Forks([bool; PHILOSOPHERS as usize]);

impl Forks {
    /// Both forks of this philosopher, if both lie on the table.
    fn take(&mut self, who: usize) -> bool {
        let other = (who + 1) % self.0.len();
        let free = !self.0[who] && !self.0[other];
        if free {
            self.0[who] = true;
            self.0[other] = true;
        }
        free
    }

    fn give_back(&mut self, who: usize) {
        self.0[who] = false;
        self.0[(who + 1) % self.0.len()] = false;
    }
}

mod with_farc {
    use std::time::Duration;

    use ::farc::prelude::*;

    use super::{Forks, PHILOSOPHERS};
    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    #[derive(Event)]
    pub(super) enum ArbitratorEvent {
        #[event(local)]
        Sit(Address<Philosopher>),
        #[event(local)]
        Hungry(u64),
        #[event(local)]
        Done(u64),
    }

    #[derive(Default)]
    pub(super) struct Arbitrator {
        seats: Vec<Address<Philosopher>>,
        forks: Forks,
    }

    #[hsm(event = ArbitratorEvent, initial = serving)]
    impl Arbitrator {
        #[state]
        fn serving(&mut self, event: &ArbitratorEvent, cx: &mut Context<Self>) -> Next<Self> {
            match event {
                ArbitratorEvent::Sit(who) => self.seats.push(who.clone()),
                ArbitratorEvent::Hungry(who) => {
                    let who = *who as usize;
                    let answer = if self.forks.take(who) {
                        PhilosopherEvent::Eat
                    } else {
                        PhilosopherEvent::Denied
                    };
                    cx.post(&self.seats[who], answer)
                        .expect("a philosopher waits for one message");
                }
                ArbitratorEvent::Done(who) => self.forks.give_back(*who as usize),
            }
            Handled
        }
    }

    impl Actor for Arbitrator {
        type Args = ();

        fn new((): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self::default())
        }
    }

    #[derive(Event)]
    pub(super) enum PhilosopherEvent {
        #[event(local)]
        Go,
        #[event(local)]
        Eat,
        #[event(local)]
        Denied,
    }

    pub(super) struct Philosopher {
        arbitrator: Address<Arbitrator>,
        number: u64,
        left: u64,
        meals: u64,
    }

    impl Philosopher {
        fn ask(&self, cx: &mut Context<Self>, event: ArbitratorEvent) {
            cx.post(&self.arbitrator, event).expect("all fit");
        }
    }

    #[hsm(event = PhilosopherEvent, initial = thinking)]
    impl Philosopher {
        #[state]
        fn thinking(&mut self, event: &PhilosopherEvent, cx: &mut Context<Self>) -> Next<Self> {
            if let PhilosopherEvent::Eat = event {
                self.meals += 1;
                self.left -= 1;
                self.ask(cx, ArbitratorEvent::Done(self.number));
                if self.left == 0 {
                    report(self.meals);
                    return Handled;
                }
            }
            self.ask(cx, ArbitratorEvent::Hungry(self.number));
            Handled
        }
    }

    impl Actor for Philosopher {
        type Args = (Address<Arbitrator>, u64, u64);

        fn new(
            (arbitrator, number, left): Self::Args,
            _: &mut Start<'_, Self>,
        ) -> Result<Self, BuildError> {
            Ok(Self {
                arbitrator,
                number,
                left,
                meals: 0,
            })
        }
    }

    pub(super) fn pass(placement: Placement, each: u64) -> Duration {
        let (time, meals) = with_farc::pass(placement, PHILOSOPHERS as usize, move |domain| {
            let options = ActorOptions {
                mailbox: 128,
                ..ActorOptions::default()
            };
            let arbitrator = domain
                .spawn::<Arbitrator>("arbitrator", (), options)
                .expect("a valid actor");
            let philosophers: Vec<_> = (0..PHILOSOPHERS)
                .map(|number| {
                    let name = format!("philosopher{number}");
                    let args = (arbitrator.clone(), number, each);
                    domain
                        .spawn::<Philosopher>(&name, args, ActorOptions::default())
                        .expect("a valid actor")
                })
                .collect();
            for philosopher in &philosophers {
                domain
                    .post(&arbitrator, ArbitratorEvent::Sit(philosopher.clone()))
                    .expect("all fit");
            }
            move |domain: &mut Domain| {
                for philosopher in &philosophers {
                    domain
                        .post(philosopher, PhilosopherEvent::Go)
                        .expect("an empty mailbox has room");
                }
            }
        });
        assert_eq!(meals, each * PHILOSOPHERS, "all have eaten");
        time
    }
}

mod with_peers {
    use std::time::{Duration, Instant};

    use super::{Forks, PHILOSOPHERS};
    use crate::local::peers::{After, Logic, ROOM, Results, System, results, sum};

    pub(super) enum ToArbitrator<S: System> {
        Sit(S::Ref<Philosopher<S>>),
        Hungry(u64),
        Done(u64),
    }

    pub(super) struct Arbitrator<S: System> {
        seats: Vec<S::Ref<Philosopher<S>>>,
        forks: Forks,
    }

    impl<S: System> Logic<S> for Arbitrator<S> {
        const ROOM: usize = ROOM;
        type Message = ToArbitrator<S>;

        async fn handle(&mut self, message: ToArbitrator<S>, _: &S::Ref<Self>) -> After {
            match message {
                ToArbitrator::Sit(who) => self.seats.push(who),
                ToArbitrator::Hungry(who) => {
                    let who = who as usize;
                    let answer = if self.forks.take(who) {
                        ToPhilosopher::Eat
                    } else {
                        ToPhilosopher::Denied
                    };
                    S::send(&self.seats[who], answer).await;
                }
                ToArbitrator::Done(who) => self.forks.give_back(who as usize),
            }
            After::Stay
        }
    }

    pub(super) enum ToPhilosopher {
        Go,
        Eat,
        Denied,
    }

    pub(super) struct Philosopher<S: System> {
        arbitrator: S::Ref<Arbitrator<S>>,
        number: u64,
        left: u64,
        meals: u64,
        results: Results,
    }

    impl<S: System> Logic<S> for Philosopher<S> {
        type Message = ToPhilosopher;

        async fn handle(&mut self, message: ToPhilosopher, _: &S::Ref<Self>) -> After {
            if let ToPhilosopher::Eat = message {
                self.meals += 1;
                self.left -= 1;
                S::send(&self.arbitrator, ToArbitrator::Done(self.number)).await;
                if self.left == 0 {
                    self.results
                        .send(self.meals)
                        .expect("the pass waits for it");
                    return After::Leave;
                }
            }
            S::send(&self.arbitrator, ToArbitrator::Hungry(self.number)).await;
            After::Stay
        }
    }

    pub(super) async fn pass<S: System>(system: S, each: u64) -> Duration {
        let (results, mut arrived) = results();
        let arbitrator = system.spawn(Arbitrator {
            seats: Vec::new(),
            forks: Forks::default(),
        });
        let arbitrator = arbitrator.await;
        let mut philosophers = Vec::new();
        for number in 0..PHILOSOPHERS {
            let philosopher = Philosopher {
                arbitrator: arbitrator.clone(),
                number,
                left: each,
                meals: 0,
                results: results.clone(),
            };
            philosophers.push(system.spawn(philosopher).await);
        }
        for philosopher in &philosophers {
            S::send(&arbitrator, ToArbitrator::Sit(philosopher.clone())).await;
        }
        let begin = Instant::now();
        for philosopher in &philosophers {
            S::send(philosopher, ToPhilosopher::Go).await;
        }
        let meals = sum(&mut arrived, PHILOSOPHERS).await;
        let time = begin.elapsed();
        assert_eq!(meals, each * PHILOSOPHERS, "all have eaten");
        time
    }
}
