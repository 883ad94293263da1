//! `chameneos`: a hundred creatures meet in pairs at a mall, and each meeting changes the colours of both.
//!
//! Four messages a meeting: two to the mall, one to the creature that waited, and its answer to the other one.

use std::future::Future;
use std::time::Duration;

use crate::local::peers::System;
use crate::local::program::{Placement, Program};

const CREATURES: u64 = 100;

pub(crate) struct Chameneos;

impl Program for Chameneos {
    const NAME: &'static str = "Savina chameneos";
    const UNIT: &'static str = "ns/meeting";
    const MUST: Option<f64> = None;
    const COUNT: u64 = 30_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, count)
    }
}

/// 0, 1 or 2: the third colour of two different ones, and the same of two equal ones.
#[inline]
fn complement(one: u8, other: u8) -> u8 {
    if one == other { one } else { 3 - one - other }
}

mod with_farc {
    use std::time::Duration;

    use ::farc::prelude::*;

    use super::{CREATURES, complement};
    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    #[derive(Event)]
    pub(super) enum MallEvent {
        #[event(local)]
        Come { who: Address<Creature>, colour: u8 },
    }

    pub(super) struct Mall {
        waiting: Option<Address<Creature>>,
        left: u64,
    }

    #[hsm(event = MallEvent, initial = open)]
    impl Mall {
        #[state]
        fn open(&mut self, event: &MallEvent, cx: &mut Context<Self>) -> Next<Self> {
            let MallEvent::Come { who, colour } = event;
            if self.left == 0 {
                cx.post(who, CreatureEvent::Closed)
                    .expect("a creature waits for one message");
            } else if let Some(waiting) = self.waiting.take() {
                self.left -= 1;
                let meet = CreatureEvent::Meet {
                    who: who.clone(),
                    colour: *colour,
                };
                cx.post(&waiting, meet)
                    .expect("a creature waits for one message");
            } else {
                self.waiting = Some(who.clone());
            }
            // The last one that waits has nobody to meet any more.
            if self.left == 0
                && let Some(waiting) = self.waiting.take()
            {
                cx.post(&waiting, CreatureEvent::Closed)
                    .expect("a creature waits for one message");
            }
            Handled
        }
    }

    impl Actor for Mall {
        type Args = u64;

        fn new(left: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            let waiting = None;
            Ok(Self { waiting, left })
        }
    }

    #[derive(Event)]
    pub(super) enum CreatureEvent {
        #[event(local)]
        Go,
        #[event(local)]
        Meet { who: Address<Creature>, colour: u8 },
        #[event(local)]
        Change { colour: u8 },
        #[event(local)]
        Closed,
    }

    pub(super) struct Creature {
        mall: Address<Mall>,
        colour: u8,
        meetings: u64,
    }

    impl Creature {
        fn come(&self, cx: &mut Context<Self>) {
            let come = MallEvent::Come {
                who: cx.address(),
                colour: self.colour,
            };
            cx.post(&self.mall, come).expect("all creatures fit");
        }
    }

    #[hsm(event = CreatureEvent, initial = living)]
    impl Creature {
        #[state]
        fn living(&mut self, event: &CreatureEvent, cx: &mut Context<Self>) -> Next<Self> {
            match event {
                CreatureEvent::Go => self.come(cx),
                CreatureEvent::Meet { who, colour } => {
                    self.colour = complement(self.colour, *colour);
                    self.meetings += 1;
                    let change = CreatureEvent::Change {
                        colour: self.colour,
                    };
                    cx.post(who, change)
                        .expect("a creature waits for one message");
                    self.come(cx);
                }
                CreatureEvent::Change { colour } => {
                    self.colour = *colour;
                    self.meetings += 1;
                    self.come(cx);
                }
                CreatureEvent::Closed => report(self.meetings),
            }
            Handled
        }
    }

    impl Actor for Creature {
        type Args = (Address<Mall>, u8);

        fn new((mall, colour): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self {
                mall,
                colour,
                meetings: 0,
            })
        }
    }

    pub(super) fn pass(placement: Placement, meetings: u64) -> Duration {
        let (time, met) = with_farc::pass(placement, CREATURES as usize, move |domain| {
            let options = ActorOptions {
                mailbox: 512,
                ..ActorOptions::default()
            };
            let mall = domain
                .spawn::<Mall>("mall", meetings, options)
                .expect("a valid actor");
            let creatures: Vec<_> = (0..CREATURES)
                .map(|number| {
                    let name = format!("creature{number}");
                    let args = (mall.clone(), (number % 3) as u8);
                    domain
                        .spawn::<Creature>(&name, args, ActorOptions::default())
                        .expect("a valid actor")
                })
                .collect();
            move |domain: &mut Domain| {
                for creature in &creatures {
                    domain
                        .post(creature, CreatureEvent::Go)
                        .expect("an empty mailbox has room");
                }
            }
        });
        assert_eq!(met, 2 * meetings, "two meet each time");
        time
    }
}

mod with_peers {
    use std::time::{Duration, Instant};

    use super::{CREATURES, complement};
    use crate::local::peers::{After, Logic, ROOM, Results, System, results, sum};

    pub(super) struct Come<S: System> {
        who: S::Ref<Creature<S>>,
        colour: u8,
    }

    pub(super) struct Mall<S: System> {
        waiting: Option<S::Ref<Creature<S>>>,
        left: u64,
    }

    impl<S: System> Logic<S> for Mall<S> {
        const ROOM: usize = ROOM;
        type Message = Come<S>;

        async fn handle(&mut self, Come { who, colour }: Come<S>, _: &S::Ref<Self>) -> After {
            if self.left == 0 {
                S::send(&who, ToCreature::Closed).await;
            } else if let Some(waiting) = self.waiting.take() {
                self.left -= 1;
                S::send(&waiting, ToCreature::Meet { who, colour }).await;
            } else {
                self.waiting = Some(who);
            }
            if self.left == 0
                && let Some(waiting) = self.waiting.take()
            {
                S::send(&waiting, ToCreature::Closed).await;
            }
            After::Stay
        }
    }

    pub(super) enum ToCreature<S: System> {
        Go,
        Meet {
            who: S::Ref<Creature<S>>,
            colour: u8,
        },
        Change {
            colour: u8,
        },
        Closed,
    }

    pub(super) struct Creature<S: System> {
        mall: S::Ref<Mall<S>>,
        colour: u8,
        meetings: u64,
        results: Results,
    }

    impl<S: System> Logic<S> for Creature<S> {
        type Message = ToCreature<S>;

        async fn handle(&mut self, message: ToCreature<S>, me: &S::Ref<Self>) -> After {
            match message {
                ToCreature::Go => {}
                ToCreature::Meet { who, colour } => {
                    self.colour = complement(self.colour, colour);
                    self.meetings += 1;
                    let colour = self.colour;
                    S::send(&who, ToCreature::Change { colour }).await;
                }
                ToCreature::Change { colour } => {
                    self.colour = colour;
                    self.meetings += 1;
                }
                ToCreature::Closed => {
                    self.results
                        .send(self.meetings)
                        .expect("the pass waits for it");
                    return After::Leave;
                }
            }
            let come = Come {
                who: me.clone(),
                colour: self.colour,
            };
            S::send(&self.mall, come).await;
            After::Stay
        }
    }

    pub(super) async fn pass<S: System>(system: S, meetings: u64) -> Duration {
        let (results, mut arrived) = results();
        let mall = system.spawn(Mall {
            waiting: None,
            left: meetings,
        });
        let mall = mall.await;
        let mut creatures = Vec::new();
        for number in 0..CREATURES {
            let creature = Creature {
                mall: mall.clone(),
                colour: (number % 3) as u8,
                meetings: 0,
                results: results.clone(),
            };
            creatures.push(system.spawn(creature).await);
        }
        let begin = Instant::now();
        for creature in &creatures {
            S::send(creature, ToCreature::Go).await;
        }
        let met = sum(&mut arrived, CREATURES).await;
        let time = begin.elapsed();
        assert_eq!(met, 2 * meetings, "two meet each time");
        time
    }
}
