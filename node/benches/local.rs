//! What a local event costs: `cargo bench -p farc --bench local`.
//!
//! `post` is a ping-pong of two actors in one domain: a message is one post and one run-to-completion step. `publish` is one signal to eight
//! subscribers, counted by delivery. `foreign` is a post through an address, as from another thread, with the step that handles it.
#![expect(missing_docs, reason = "a bench has no callers")]
#![expect(clippy::unwrap_used, reason = "a bench that fails may panic")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use farc::prelude::*;
use farc::{Clock as _, DomainSettings, SystemClock};
use serde::{Deserialize, Serialize};

/// 16 bytes, as in the tables of other libraries.
#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("bench.tick")]
pub struct Tick {
    n: u64,
    sent: u64,
}

#[derive(Event)]
pub enum Input {
    Tick(Tick),
    #[event(local)]
    Ball {
        left: u64,
        sum: u64,
    },
    #[event(local)]
    Meet(Address<Player>),
}

pub struct Player {
    to: Option<Address<Player>>,
    sum: u64,
}

#[hsm(event = Input, initial = playing, subscribe = [Tick])]
impl Player {
    #[state]
    fn playing(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Input::Ball { left, sum } => {
                self.sum = self.sum.wrapping_add(*sum);
                if *left > 0
                    && let Some(to) = &self.to
                {
                    let back = Input::Ball {
                        left: left - 1,
                        sum: self.sum,
                    };
                    let _ = black_box(cx.post(to, back));
                }
                Handled
            }
            Input::Tick(tick) => {
                self.sum = self.sum.wrapping_add(tick.n);
                Handled
            }
            Input::Meet(other) => {
                self.to = Some(other.clone());
                Handled
            }
        }
    }
}

impl Actor for Player {
    type Args = Option<Address<Player>>;

    fn new(to: Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { to, sum: 0 })
    }
}

fn domain() -> Domain {
    Domain::new(DomainSettings::alone(
        "bench".parse().unwrap(),
        Arc::new(SystemClock),
        [0; 32],
    ))
}

fn ping_pong(messages: u64) -> Duration {
    let mut domain = domain();
    let ping = domain
        .spawn::<Player>("ping", None, ActorOptions::default())
        .unwrap();
    let pong = domain
        .spawn::<Player>("pong", Some(ping.clone()), ActorOptions::default())
        .unwrap();
    domain.start();
    domain.post(&ping, Input::Meet(pong)).unwrap();
    domain.run_until_idle(SystemClock.now());
    domain
        .post(
            &ping,
            Input::Ball {
                left: messages,
                sum: 1,
            },
        )
        .unwrap();
    let start = Instant::now();
    domain.run_until_idle(start);
    let time = start.elapsed();
    let handled: u64 = domain.status().iter().map(|actor| actor.handled).sum();
    assert_eq!(handled, messages + 2);
    time
}

const SUBSCRIBERS: u64 = 8;

fn publish(deliveries: u64) -> Duration {
    let mut domain = domain();
    for n in 0..SUBSCRIBERS {
        domain
            .spawn::<Player>(&format!("player{n}"), None, ActorOptions::default())
            .unwrap();
    }
    domain.start();
    let publications = deliveries / SUBSCRIBERS + 1;
    let start = Instant::now();
    for n in 0..publications {
        domain.publish(Tick { n, sent: 0 });
        domain.run_until_idle(start);
    }
    let time = start.elapsed();
    let handled: u64 = domain.status().iter().map(|actor| actor.handled).sum();
    assert_eq!(handled, publications * SUBSCRIBERS);
    time
}

/// In bursts that the receiver's permits allow.
fn foreign(messages: u64) -> Duration {
    let mut domain = domain();
    let options = ActorOptions {
        mailbox: 1024,
        ..ActorOptions::default()
    };
    let one = domain.spawn::<Player>("one", None, options).unwrap();
    domain.start();
    let mut left = messages;
    let start = Instant::now();
    while left > 0 {
        let burst = left.min(256);
        for _ in 0..burst {
            one.post(Input::Ball { left: 0, sum: 1 }).unwrap();
        }
        domain.run_until_idle(start);
        left -= burst;
    }
    let time = start.elapsed();
    assert_eq!(domain.status()[0].handled, messages);
    time
}

fn local(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("local");
    group
        .throughput(Throughput::Elements(1))
        .warm_up_time(Duration::from_millis(300));
    group
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    group.bench_function("post, ping-pong", |bench| bench.iter_custom(ping_pong));
    group.bench_function("publish, 1 to 8, a delivery", |bench| {
        bench.iter_custom(publish)
    });
    group.bench_function("foreign post", |bench| bench.iter_custom(foreign));
    group.finish();
}

criterion_group!(benches, local);
criterion_main!(benches);
