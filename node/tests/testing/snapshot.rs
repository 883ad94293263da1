//! An actor taken from one bench to another.

use std::time::Duration;

use expect_test::expect;
use farc::prelude::*;
use farc::testing::{Bench, BenchSettings};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
pub(crate) enum EggEvent {
    #[event(local)]
    Boil,
    #[event(local)]
    Done,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Egg {
    boiled: u32,
}

#[hsm(event = EggEvent, initial = raw, snapshot)]
impl Egg {
    #[state]
    fn raw(&mut self, event: &EggEvent) -> Next<Self> {
        match event {
            EggEvent::Boil => To(State::Boiling),
            EggEvent::Done => Super,
        }
    }

    #[state]
    fn boiling(&mut self, event: &EggEvent) -> Next<Self> {
        match event {
            EggEvent::Done => {
                self.boiled += 1;
                To(State::Raw)
            }
            EggEvent::Boil => Handled,
        }
    }

    #[entry(boiling)]
    fn wait(&mut self, cx: &mut Context<Self>) {
        let _ = cx.after(Duration::from_secs(240), EggEvent::Done);
    }
}

impl Actor for Egg {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { boiled: 0 })
    }
}

#[test]
fn a_snapshot_goes_on_in_another_bench_where_it_was() {
    let mut bench = Bench::<Egg>::new(()).unwrap();
    bench.start();
    bench.dispatch(EggEvent::Boil);
    bench.advance(Duration::from_secs(60));
    let snapshot = bench.snapshot().unwrap();

    let settings = BenchSettings::default();
    let mut bench = Bench::<Egg>::restored((), settings, &snapshot, Duration::ZERO).unwrap();
    bench.start();
    assert_eq!(bench.state(), "boiling");
    bench.advance(Duration::from_secs(300));
    assert_eq!(bench.actor().boiled, 1);
    expect![[r#"
        start: 
        +180s
        Done: boiling-Done;boiling-EXIT;raw-ENTRY;
    "#]]
    .assert_eq(&bench.trace());
}
