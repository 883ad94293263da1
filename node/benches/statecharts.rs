//! What a step of a statechart costs: `cargo bench -p farc --bench statecharts`.
//!
//! QHsmTst (Samek, *Practical UML Statecharts in C/C++*, 2nd edition, figure 2.11), whose actions count themselves: about five an event. Once
//! over the fixed cycle A to I, which a processor learns to predict, and once over a random tape, which it does not.
#![expect(missing_docs, reason = "a bench has no callers")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use farc::hsm::Machine;
use farc::prelude::*;

/// Random enough, and the same each time.
const TAPE: usize = 4096;

#[derive(Clone, Copy)]
pub enum Letter {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
}

const CYCLE: [Letter; 9] = [
    Letter::A,
    Letter::B,
    Letter::C,
    Letter::D,
    Letter::E,
    Letter::F,
    Letter::G,
    Letter::H,
    Letter::I,
];

pub struct QHsmTst {
    foo: bool,
    actions: u64,
}

impl QHsmTst {
    fn act(&mut self) {
        self.actions = self.actions.wrapping_add(1);
    }
}

#[hsm(event = Letter, initial = s2, context = ())]
impl QHsmTst {
    #[start]
    fn top(&mut self) {
        self.act();
        self.foo = false;
    }

    #[state(initial = s11)]
    fn s(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::E => {
                self.act();
                To(State::S11)
            }
            Letter::I if self.foo => {
                self.act();
                self.foo = false;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(s)]
    fn enter_s(&mut self) {
        self.act();
    }

    #[exit(s)]
    fn exit_s(&mut self) {
        self.act();
    }

    #[init(s)]
    fn init_s(&mut self) {
        self.act();
    }

    #[state(parent = s, initial = s11)]
    fn s1(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::I => {
                self.act();
                Handled
            }
            Letter::D if !self.foo => {
                self.act();
                self.foo = true;
                To(State::S)
            }
            Letter::A => {
                self.act();
                To(State::S1)
            }
            Letter::B => {
                self.act();
                To(State::S11)
            }
            Letter::F => {
                self.act();
                To(State::S211)
            }
            Letter::C => {
                self.act();
                To(State::S2)
            }
            _ => Super,
        }
    }

    #[entry(s1)]
    fn enter_s1(&mut self) {
        self.act();
    }

    #[exit(s1)]
    fn exit_s1(&mut self) {
        self.act();
    }

    #[init(s1)]
    fn init_s1(&mut self) {
        self.act();
    }

    #[state(parent = s1)]
    fn s11(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::H => {
                self.act();
                To(State::S)
            }
            Letter::D if self.foo => {
                self.act();
                self.foo = false;
                To(State::S1)
            }
            Letter::G => {
                self.act();
                To(State::S211)
            }
            _ => Super,
        }
    }

    #[entry(s11)]
    fn enter_s11(&mut self) {
        self.act();
    }

    #[exit(s11)]
    fn exit_s11(&mut self) {
        self.act();
    }

    #[state(parent = s, initial = s211)]
    fn s2(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::I if !self.foo => {
                self.act();
                self.foo = true;
                Handled
            }
            Letter::F => {
                self.act();
                To(State::S11)
            }
            Letter::C => {
                self.act();
                To(State::S1)
            }
            _ => Super,
        }
    }

    #[entry(s2)]
    fn enter_s2(&mut self) {
        self.act();
    }

    #[exit(s2)]
    fn exit_s2(&mut self) {
        self.act();
    }

    #[init(s2)]
    fn init_s2(&mut self) {
        self.act();
    }

    #[state(parent = s2, initial = s211)]
    fn s21(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::G => {
                self.act();
                To(State::S1)
            }
            Letter::A => {
                self.act();
                To(State::S21)
            }
            Letter::B => {
                self.act();
                To(State::S211)
            }
            _ => Super,
        }
    }

    #[entry(s21)]
    fn enter_s21(&mut self) {
        self.act();
    }

    #[exit(s21)]
    fn exit_s21(&mut self) {
        self.act();
    }

    #[init(s21)]
    fn init_s21(&mut self) {
        self.act();
    }

    #[state(parent = s21)]
    fn s211(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::H => {
                self.act();
                To(State::S)
            }
            Letter::D => {
                self.act();
                To(State::S21)
            }
            _ => Super,
        }
    }

    #[entry(s211)]
    fn enter_s211(&mut self) {
        self.act();
    }

    #[exit(s211)]
    fn exit_s211(&mut self) {
        self.act();
    }
}

/// Letters by a linear congruential generator (Knuth's MMIX constants).
fn tape() -> Vec<Letter> {
    let mut x: u64 = 1;
    (0..TAPE)
        .map(|_| {
            x = x
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            CYCLE[(x >> 33) as usize % CYCLE.len()]
        })
        .collect()
}

fn run(bench: &mut criterion::Bencher<'_>, letters: &[Letter]) {
    let mut machine = Machine::new(QHsmTst {
        foo: false,
        actions: 0,
    });
    machine.start(&mut ());
    bench.iter(|| {
        for letter in letters {
            black_box(machine.dispatch(black_box(letter), &mut ()));
        }
    });
    assert!(machine.actor().actions > 0);
}

fn statecharts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("statecharts");
    group
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    for (name, letters) in [
        ("QHsmTst, cycle A to I", CYCLE.repeat(TAPE / CYCLE.len())),
        ("QHsmTst, random tape", tape()),
    ] {
        group.throughput(Throughput::Elements(letters.len() as u64));
        group.bench_function(name, |bench| run(bench, &letters));
    }
    group.finish();
}

criterion_group!(benches, statecharts);
criterion_main!(benches);
