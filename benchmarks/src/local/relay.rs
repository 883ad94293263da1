//! One message that goes round: two actors are a ping-pong, a thousand a ring.
//!
//! Each one that gets the message adds to its sum and sends it on, so nobody ever has two. What is measured is the way from one actor to
//! the next. A thousand actors do not fit the first-level cache, which is what the ring adds.

use std::future::Future;
use std::time::Duration;

use super::peers::System;
use super::program::{Placement, Program};

/// With so many players.
pub(crate) struct Relay<const PLAYERS: usize>;

impl<const PLAYERS: usize> Program for Relay<PLAYERS> {
    const NAME: &'static str = match PLAYERS {
        2 => "ping-pong",
        1000 => "ring of 1000",
        _ => "ring",
    };
    const UNIT: &'static str = "ns/message";
    const MUST: Option<f64> = Some(3.0);
    const COUNT: u64 = 100_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, PLAYERS, count)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, PLAYERS, count)
    }
}

mod with_farc {
    use std::time::Duration;

    use ::farc::prelude::*;

    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    #[derive(Event)]
    pub(super) enum PlayerEvent {
        #[event(local)]
        Ball { left: u64, sum: u64 },
        #[event(local)]
        Meet(Address<Player>),
    }

    pub(super) struct Player {
        next: Option<Address<Player>>,
    }

    #[hsm(event = PlayerEvent, initial = playing)]
    impl Player {
        #[state]
        fn playing(&mut self, event: &PlayerEvent, cx: &mut Context<Self>) -> Next<Self> {
            match event {
                PlayerEvent::Ball { left: 0, sum } => report(*sum),
                PlayerEvent::Ball { left, sum } => {
                    let next = self.next.as_ref().expect("all have met before");
                    let ball = PlayerEvent::Ball {
                        left: left - 1,
                        sum: sum + 1,
                    };
                    cx.post(next, ball).expect("one message fits a mailbox");
                }
                PlayerEvent::Meet(next) => self.next = Some(next.clone()),
            }
            Handled
        }
    }

    impl Actor for Player {
        type Args = Option<Address<Player>>;

        fn new(next: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { next })
        }
    }

    pub(super) fn pass(placement: Placement, players: usize, count: u64) -> Duration {
        let (time, sum) = with_farc::pass(placement, 1, move |domain| {
            let mut player = |number: usize, next| {
                domain
                    .spawn::<Player>(&format!("player{number}"), next, ActorOptions::default())
                    .expect("a valid actor")
            };
            // From the last to the first, each knows the one behind it.
            let last = player(players - 1, None);
            let mut first = last.clone();
            for number in (0..players - 1).rev() {
                first = player(number, Some(first));
            }
            domain
                .post(&last, PlayerEvent::Meet(first.clone()))
                .expect("an empty mailbox has room");
            move |domain: &mut Domain| {
                let ball = PlayerEvent::Ball {
                    left: count,
                    sum: 0,
                };
                domain
                    .post(&first, ball)
                    .expect("an empty mailbox has room");
            }
        });
        assert_eq!(sum, count, "each hop counts once");
        time
    }
}

mod with_peers {
    use std::time::{Duration, Instant};

    use crate::local::peers::{After, Logic, Results, System, results, sum};

    pub(super) enum ToPlayer<S: System> {
        Ball { left: u64, sum: u64 },
        Meet(S::Ref<Player<S>>),
    }

    pub(super) struct Player<S: System> {
        next: Option<S::Ref<Player<S>>>,
        results: Results,
    }

    impl<S: System> Logic<S> for Player<S> {
        type Message = ToPlayer<S>;

        async fn handle(&mut self, message: ToPlayer<S>, _: &S::Ref<Self>) -> After {
            match message {
                ToPlayer::Ball { left: 0, sum } => {
                    self.results.send(sum).expect("the pass waits for it");
                }
                ToPlayer::Ball { left, sum } => {
                    let ball = ToPlayer::Ball {
                        left: left - 1,
                        sum: sum + 1,
                    };
                    let next = self.next.as_ref().expect("all have met before");
                    S::send(next, ball).await;
                }
                ToPlayer::Meet(next) => self.next = Some(next),
            }
            After::Stay
        }
    }

    pub(super) async fn pass<S: System>(system: S, players: usize, count: u64) -> Duration {
        let (results, mut arrived) = results();
        let player = |next| {
            system.spawn(Player {
                next,
                results: results.clone(),
            })
        };
        // From the last to the first, each knows the one behind it.
        let last = player(None).await;
        let mut first = last.clone();
        for _ in 1..players {
            first = player(Some(first)).await;
        }
        S::send(&last, ToPlayer::Meet(first.clone())).await;
        // Once round, so that all have started.
        for (left, timed) in [(players as u64, false), (count, true)] {
            let begin = Instant::now();
            S::send(&first, ToPlayer::Ball { left, sum: 0 }).await;
            assert_eq!(sum(&mut arrived, 1).await, left, "each hop counts once");
            if timed {
                return begin.elapsed();
            }
        }
        unreachable!("the second time is timed")
    }
}
