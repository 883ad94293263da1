//! `big`: 120 actors, each pings another one that it chooses at random, and goes on when the pong has come.

use std::future::Future;
use std::time::Duration;

use crate::local::peers::System;
use crate::local::program::{Placement, Program};

const ACTORS: u64 = 120;

pub(crate) struct Big;

impl Program for Big {
    const NAME: &'static str = "Savina big";
    const UNIT: &'static str = "ns/ping";
    const MUST: Option<f64> = None;
    const COUNT: u64 = 60_000;

    fn farc(placement: Placement, count: u64) -> Duration {
        with_farc::pass(placement, count / ACTORS)
    }

    fn peer<S: System>(system: S, count: u64) -> impl Future<Output = Duration> + Send {
        with_peers::pass(system, count / ACTORS)
    }
}

/// Numbers that look random, the same for all (Marsaglia's xorshift).
struct Choice(u64);

impl Choice {
    fn new(actor: u64) -> Self {
        Self((actor + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    #[inline]
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % ACTORS) as usize
    }
}

mod with_farc {
    use std::time::Duration;

    use ::farc::prelude::*;

    use super::{ACTORS, Choice};
    use crate::local::program::Placement;
    use crate::local::with_farc::{self, report};

    #[derive(Event)]
    pub(super) enum PlayerEvent {
        #[event(local)]
        Meet(Vec<Address<Player>>),
        #[event(local)]
        Ping { from: u64 },
        #[event(local)]
        Pong { from: u64 },
    }

    pub(super) struct Player {
        number: u64,
        others: Vec<Address<Player>>,
        choice: Choice,
        left: u64,
        pongs: u64,
    }

    impl Player {
        fn ping(&mut self, cx: &mut Context<Self>) {
            let other = &self.others[self.choice.next()];
            let ping = PlayerEvent::Ping { from: self.number };
            cx.post(other, ping).expect("all pings together fit");
        }
    }

    #[hsm(event = PlayerEvent, initial = playing)]
    impl Player {
        #[state]
        fn playing(&mut self, event: &PlayerEvent, cx: &mut Context<Self>) -> Next<Self> {
            match event {
                PlayerEvent::Meet(others) => self.others = others.clone(),
                PlayerEvent::Ping { from } => {
                    let back = &self.others[*from as usize];
                    let pong = PlayerEvent::Pong { from: self.number };
                    cx.post(back, pong).expect("one pong a player at a time");
                }
                // The first one comes from nobody.
                PlayerEvent::Pong { from } => {
                    self.pongs += u64::from(*from < ACTORS);
                    if self.left == 0 {
                        report(self.pongs);
                    } else {
                        self.left -= 1;
                        self.ping(cx);
                    }
                }
            }
            Handled
        }
    }

    impl Actor for Player {
        type Args = (u64, u64);

        fn new((number, left): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self {
                number,
                others: Vec::new(),
                choice: Choice::new(number),
                left,
                pongs: 0,
            })
        }
    }

    pub(super) fn pass(placement: Placement, each: u64) -> Duration {
        let (time, pongs) = with_farc::pass(placement, ACTORS as usize, move |domain| {
            let options = ActorOptions {
                // All others may ping at once, and half of it is for other threads.
                mailbox: 512,
                ..ActorOptions::default()
            };
            let players: Vec<_> = (0..ACTORS)
                .map(|number| {
                    let name = format!("player{number}");
                    domain
                        .spawn::<Player>(&name, (number, each), options.clone())
                        .expect("a valid actor")
                })
                .collect();
            for player in &players {
                domain
                    .post(player, PlayerEvent::Meet(players.clone()))
                    .expect("an empty mailbox has room");
            }
            move |domain: &mut Domain| {
                for player in &players {
                    domain
                        .post(player, PlayerEvent::Pong { from: ACTORS })
                        .expect("an empty mailbox has room");
                }
            }
        });
        assert_eq!(pongs, each * ACTORS, "each ping has its pong");
        time
    }
}

mod with_peers {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{ACTORS, Choice};
    use crate::local::peers::{After, Logic, ROOM, Results, System, results, sum};

    pub(super) enum ToPlayer<S: System> {
        Meet(Arc<[S::Ref<Player<S>>]>),
        Ping { from: u64 },
        Pong { from: u64 },
    }

    pub(super) struct Player<S: System> {
        number: u64,
        others: Arc<[S::Ref<Player<S>>]>,
        choice: Choice,
        left: u64,
        pongs: u64,
        results: Results,
    }

    impl<S: System> Logic<S> for Player<S> {
        const ROOM: usize = ROOM;
        type Message = ToPlayer<S>;

        async fn handle(&mut self, message: ToPlayer<S>, _: &S::Ref<Self>) -> After {
            match message {
                ToPlayer::Meet(others) => self.others = others,
                ToPlayer::Ping { from } => {
                    let back = &self.others[from as usize];
                    S::send(back, ToPlayer::Pong { from: self.number }).await;
                }
                ToPlayer::Pong { from } => {
                    self.pongs += u64::from(from < ACTORS);
                    if self.left == 0 {
                        self.results
                            .send(self.pongs)
                            .expect("the pass waits for it");
                    } else {
                        self.left -= 1;
                        let other = &self.others[self.choice.next()];
                        S::send(other, ToPlayer::Ping { from: self.number }).await;
                    }
                }
            }
            After::Stay
        }
    }

    pub(super) async fn pass<S: System>(system: S, each: u64) -> Duration {
        let (results, mut arrived) = results();
        let mut players = Vec::new();
        for number in 0..ACTORS {
            let player = Player {
                number,
                others: Arc::new([]),
                choice: Choice::new(number),
                left: each,
                pongs: 0,
                results: results.clone(),
            };
            players.push(system.spawn(player).await);
        }
        let players: Arc<[_]> = players.into();
        for player in &*players {
            S::send(player, ToPlayer::Meet(players.clone())).await;
        }
        let begin = Instant::now();
        for player in &*players {
            S::send(player, ToPlayer::Pong { from: ACTORS }).await;
        }
        let pongs = sum(&mut arrived, ACTORS).await;
        let time = begin.elapsed();
        assert_eq!(pongs, each * ACTORS, "each ping has its pong");
        time
    }
}
