//! Charts with history and with regions: their traces, and a drive along their paths.

use expect_test::expect;
use farc::hsm::Hsm as _;
use farc::hsm::paths::Step;
use farc::prelude::*;
use farc::testing::{Bench, Drive};

#[derive(Event, Clone, Copy)]
pub(crate) enum Key {
    #[event(local)]
    Power,
    #[event(local)]
    Deep,
    #[event(local)]
    Shallow,
    #[event(local)]
    Next,
}

fn key(step: &Step) -> Option<Key> {
    [
        ("Power", Key::Power),
        ("Deep", Key::Deep),
        ("Shallow", Key::Shallow),
        ("Next", Key::Next),
    ]
    .into_iter()
    .find_map(|(name, key)| step.events.contains(&name).then_some(key))
}

/// A radio that comes back to where it was switched off.
pub(crate) struct Radio;

#[hsm(event = Key, initial = off)]
impl Radio {
    #[state]
    fn off(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Power => To(State::On),
            Key::Deep => DeepHistory(State::On),
            Key::Shallow => History(State::On),
            Key::Next => Super,
        }
    }

    #[state(initial = music, history(deep, default = news))]
    fn on(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Power => To(State::Off),
            _ => Super,
        }
    }

    #[state(parent = on, initial = jazz)]
    fn music(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state(parent = music)]
    fn jazz(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Next => To(State::Folk),
            _ => Super,
        }
    }

    #[state(parent = music)]
    fn folk(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Next => To(State::News),
            _ => Super,
        }
    }

    #[state(parent = on)]
    fn news(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Next => To(State::Jazz),
            _ => Super,
        }
    }
}

impl Actor for Radio {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn history_in_a_trace() {
    let mut bench = Bench::<Radio>::new(()).unwrap();
    bench.start();
    for key in [
        Key::Deep,
        Key::Next,
        Key::Next,
        Key::Power,
        Key::Shallow,
        Key::Next,
        Key::Power,
        Key::Deep,
    ] {
        bench.dispatch(key);
    }
    expect![[r#"
        start: top-INIT;off-ENTRY;
        Deep: off-Deep;off-EXIT;on-ENTRY;on-HISTORY(news);news-ENTRY;
        Next: news-Next;news-EXIT;music-ENTRY;jazz-ENTRY;
        Next: jazz-Next;jazz-EXIT;folk-ENTRY;
        Power: on-Power;folk-EXIT;music-EXIT;on-EXIT;off-ENTRY;
        Shallow: off-Shallow;off-EXIT;on-ENTRY;on-HISTORY(music);music-ENTRY;music-INIT;jazz-ENTRY;
        Next: jazz-Next;jazz-EXIT;folk-ENTRY;
        Power: on-Power;folk-EXIT;music-EXIT;on-EXIT;off-ENTRY;
        Deep: off-Deep;off-EXIT;on-ENTRY;on-HISTORY(folk);music-ENTRY;folk-ENTRY;
    "#]]
    .assert_eq(&bench.trace());
}

#[test]
fn a_chart_with_history_is_driven_through() {
    let coverage = Drive::<Radio>::new(()).examples(key).run().unwrap();
    coverage.assert_complete();
    let paths = Radio::chart().shortest_paths();
    let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
    expect![[r#"
        off: at once
        on: off --Power--> on
        music: off --Power--> on
        jazz: off --Power--> on
        folk: off --Power--> on, jazz --Next--> folk
        news: off --Deep--> deep history of on"#]]
    .assert_eq(&paths.join("\n"));
}

/// A motor and its lamp, which work side by side.
pub(crate) struct Machine;

#[hsm(event = Key, initial = off)]
impl Machine {
    #[state]
    fn off(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Power => To(State::On),
            Key::Deep => To(State::Lit),
            _ => Super,
        }
    }

    #[state(regions = [motor, lamp])]
    fn on(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Power => To(State::Off),
            _ => Super,
        }
    }

    #[state(parent = on, initial = still)]
    fn motor(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state(parent = motor)]
    fn still(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Next => To(State::Turning),
            _ => Super,
        }
    }

    #[state(parent = motor)]
    fn turning(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Next => To(State::Still),
            Key::Deep => To(State::Off),
            _ => Super,
        }
    }

    #[state(parent = on, initial = dark)]
    fn lamp(&mut self, _: &Key) -> Next<Self> {
        Super
    }

    #[state(parent = lamp)]
    fn dark(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Next | Key::Shallow => To(State::Lit),
            _ => Super,
        }
    }

    #[state(parent = lamp)]
    fn lit(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::Shallow => To(State::Dark),
            _ => Super,
        }
    }
}

impl Actor for Machine {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn regions_in_a_trace() {
    let mut bench = Bench::<Machine>::new(()).unwrap();
    bench.start();
    bench.dispatch(Key::Power);
    bench.dispatch(Key::Next);
    assert_eq!(bench.state(), "on.{motor.turning, lamp.lit}");
    assert!(bench.is_in(MachineState::Turning) && bench.is_in(MachineState::Lit));
    bench.dispatch(Key::Deep);
    expect![[r#"
        start: top-INIT;off-ENTRY;
        Power: off-Power;off-EXIT;on-ENTRY;motor-ENTRY;motor-INIT;still-ENTRY;lamp-ENTRY;lamp-INIT;dark-ENTRY;
        Next: still-Next;still-EXIT;turning-ENTRY;dark-Next;dark-EXIT;lit-ENTRY;
        Deep: turning-Deep;lit-EXIT;lamp-EXIT;turning-EXIT;motor-EXIT;on-EXIT;off-ENTRY;
    "#]].assert_eq(&bench.trace());
}

#[test]
fn a_chart_with_regions_is_driven_through() {
    let coverage = Drive::<Machine>::new(()).examples(key).run().unwrap();
    expect!["Machine: 8 of 8 states, 8 of 8 transitions, no violation; 12 steps"]
        .assert_eq(&coverage.to_string());
    coverage.assert_complete();
}
