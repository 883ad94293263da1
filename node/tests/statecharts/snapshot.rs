//! A machine as a value, and back: what goes along, what runs, and what is refused.

use expect_test::{Expect, expect};
use farc::hsm;
use farc::hsm::Next::{self, DeepHistory, Handled, Super, To};
use farc::hsm::{Machine, MachineSnapshot, SnapshotError};
use serde::{Deserialize, Serialize};

use crate::trace::Trace;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Event {
    Play { track: u32 },
    Skip,
    Off,
    On,
}

/// The data of `playing`.
#[derive(Serialize, Deserialize)]
struct Song {
    track: u32,
    skips: u32,
}

#[derive(Default, Serialize, Deserialize)]
struct Player {
    starts: u32,
    #[serde(skip)]
    display: Vec<String>,
}

#[hsm(event = Event, initial = off, context = Trace, snapshot)]
impl Player {
    #[start]
    fn begin(&mut self, cx: &mut Trace) {
        cx.print("top", "INIT");
    }

    #[restored]
    fn light_up(&mut self, cx: &mut Trace) {
        self.display = vec!["hello".to_owned()];
        cx.print("top", "RESTORED");
    }

    #[state]
    fn off(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::On => DeepHistory(State::On),
            _ => Super,
        }
    }

    #[state(initial = silent, history = deep)]
    fn on(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Off => To(State::Off),
            Event::Play { track } => {
                self.starts = *track;
                To(State::Playing)
            }
            _ => Super,
        }
    }

    #[state(parent = on)]
    fn silent(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = on, data = Song)]
    fn playing(&mut self, event: &Event, song: &mut Song) -> Next<Self> {
        match event {
            Event::Skip => {
                song.skips += 1;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(playing)]
    fn begin_song(&mut self, cx: &mut Trace) -> Song {
        cx.print("playing", "ENTRY");
        Song {
            track: self.starts,
            skips: 0,
        }
    }

    #[exit(playing)]
    fn end_song(&mut self, song: Song, cx: &mut Trace) {
        cx.print("playing", &format!("EXIT {} {}", song.track, song.skips));
    }
}

fn player(events: &[Event]) -> Machine<Player> {
    let mut machine = Machine::new(Player::default());
    let mut trace = Trace::default();
    machine.start(&mut trace);
    for event in events {
        machine.dispatch(event, &mut trace);
    }
    machine
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the macro `expect!` makes a value"
)]
fn saves(events: &[Event], expected: Expect) -> MachineSnapshot {
    let snapshot = player(events)
        .snapshot()
        .expect("all values have a form in JSON");
    let text = serde_json::to_string_pretty(&snapshot).expect("a snapshot can be written");
    expected.assert_eq(&text);
    let read: MachineSnapshot = serde_json::from_str(&text).expect("and read");
    assert_eq!(read, snapshot);
    snapshot
}

#[test]
fn a_machine_goes_on_where_it_was_saved_and_no_entry_runs() {
    let snapshot = saves(
        &[Event::On, Event::Play { track: 7 }, Event::Skip],
        expect![[r#"
            {
              "chart": "Player",
              "active": [
                "playing"
              ],
              "history": {
                "on": "silent"
              },
              "data": {
                "playing": {
                  "skips": 1,
                  "track": 7
                }
              },
              "actor": {
                "starts": 7
              }
            }"#]],
    );
    let mut machine = Machine::<Player>::restore(&snapshot).expect("it is of this chart");
    let mut trace = Trace::default();
    assert_eq!(machine.state(), Some(PlayerState::Playing));
    assert!(machine.actor().display.is_empty());
    machine.restored(&mut trace);
    assert_eq!(machine.actor().display, ["hello"]);
    assert_eq!(trace.engine, ["scope top"]);
    machine.dispatch(&Event::Skip, &mut trace);
    machine.dispatch(&Event::Off, &mut trace);
    assert_eq!(trace.take(), "top-RESTORED;playing-EXIT 7 2;");
    assert_eq!(
        machine
            .snapshot()
            .expect("it was saved before")
            .history
            .len(),
        1
    );
}

#[test]
fn history_goes_along() {
    let snapshot = saves(
        &[Event::On, Event::Play { track: 7 }, Event::Off],
        expect![[r#"
            {
              "chart": "Player",
              "active": [
                "off"
              ],
              "history": {
                "on": "playing"
              },
              "data": {},
              "actor": {
                "starts": 7
              }
            }"#]],
    );
    let mut machine = Machine::<Player>::restore(&snapshot).expect("it is of this chart");
    machine.dispatch(&Event::On, &mut Trace::default());
    assert_eq!(machine.state(), Some(PlayerState::Playing));
    assert_eq!(
        machine.snapshot().ok().map(|again| again.history),
        Some(snapshot.history)
    );
}

#[test]
fn a_machine_that_does_not_run_can_be_saved_too() {
    let snapshot = Machine::new(Player::default())
        .snapshot()
        .expect("it can be saved");
    assert!(snapshot.active.is_empty());
    let machine = Machine::<Player>::restore(&snapshot).expect("it is of this chart");
    assert_eq!(machine.state(), None);
}

#[test]
fn an_event_is_a_value_too() {
    let event = Machine::<Player>::save_event(&Event::Play { track: 3 }).expect("it can be saved");
    assert_eq!(event.to_string(), r#"{"Play":{"track":3}}"#);
    assert_eq!(
        Machine::<Player>::load_event(&event).ok(),
        Some(Event::Play { track: 3 })
    );
    let error = Machine::<Player>::load_event(&serde_json::json!("Eject"));
    expect!["failed to restore an event: unknown variant `Eject`, expected one of `Play`, `Skip`, `Off`, `On`"]
        .assert_eq(&error.expect_err("there is no such event").to_string());
}

#[test]
fn a_chart_without_the_key_cannot_be_saved() {
    struct Plain;
    #[hsm(event = (), initial = only, context = ())]
    impl Plain {
        #[state]
        fn only(&mut self, _: &()) -> Next<Self> {
            Super
        }
    }
    assert!(matches!(
        Machine::new(Plain).snapshot(),
        Err(SnapshotError::NotDeclared("Plain"))
    ));
}

#[test]
fn what_does_not_fit_the_chart_is_refused() {
    let good = player(&[Event::On, Event::Play { track: 7 }, Event::Off, Event::On]);
    let good = good.snapshot().expect("it can be saved");
    let refused = |change: &dyn Fn(&mut MachineSnapshot)| {
        let mut snapshot = good.clone();
        change(&mut snapshot);
        match Machine::<Player>::restore(&snapshot) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string(),
        }
    };
    let words = [
        refused(&|_| {}),
        refused(&|snapshot| snapshot.chart = "Recorder".to_owned()),
        refused(&|snapshot| snapshot.active = vec!["on".to_owned()]),
        refused(&|snapshot| snapshot.active = vec!["paused".to_owned()]),
        refused(&|snapshot| snapshot.active.push("silent".to_owned())),
        refused(&|snapshot| snapshot.active = vec!["silent".to_owned()]),
        refused(&|snapshot| snapshot.data.clear()),
        refused(&|snapshot| drop(snapshot.data.insert("playing".to_owned(), 7.into()))),
        refused(&|snapshot| drop(snapshot.history.insert("on".to_owned(), "off".to_owned()))),
        refused(&|snapshot| {
            drop(
                snapshot
                    .history
                    .insert("off".to_owned(), "silent".to_owned()),
            )
        }),
        refused(&|snapshot| snapshot.actor = serde_json::Value::Null),
    ];
    expect![[r#"
        accepted
        this is a snapshot of `Recorder` and not of `Player`
        `on` cannot be an active leaf beside the others: the chart has changed, or the snapshot is damaged
        `paused` cannot be an active leaf beside the others: the chart has changed, or the snapshot is damaged
        `silent` cannot be an active leaf beside the others: the chart has changed, or the snapshot is damaged
        `playing` cannot be a state with data, because it is not active: the chart has changed, or the snapshot is damaged
        the data of `playing` is missing
        failed to restore the data of `playing`: invalid type: integer `7`, expected struct Song
        `off` cannot be what a composite remembers: the chart has changed, or the snapshot is damaged
        `silent` cannot be what a composite remembers: the chart has changed, or the snapshot is damaged
        failed to restore the actor: invalid type: null, expected struct Player"#]].assert_eq(&words.join("\n"));
}

#[derive(Serialize, Deserialize)]
struct Both;

#[hsm(event = Event, initial = off, context = Trace, snapshot)]
impl Both {
    #[state]
    fn off(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::On => DeepHistory(State::On),
            _ => Super,
        }
    }

    #[state(regions = [sound, picture], history = deep)]
    fn on(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Off => To(State::Off),
            _ => Super,
        }
    }

    #[state(parent = on, initial = dark)]
    fn picture(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = picture)]
    fn dark(&mut self, event: &Event) -> Next<Self> {
        match event {
            Event::Play { .. } => To(State::Bright),
            _ => Super,
        }
    }

    #[state(parent = picture)]
    fn bright(&mut self, _: &Event) -> Next<Self> {
        Super
    }

    #[state(parent = on)]
    fn sound(&mut self, _: &Event) -> Next<Self> {
        Super
    }
}

#[test]
fn a31_regions_go_along_and_remember() {
    let mut trace = Trace::default();
    let mut machine = Machine::new(Both);
    machine.start(&mut trace);
    for event in [Event::On, Event::Play { track: 1 }] {
        machine.dispatch(&event, &mut trace);
    }
    let snapshot = machine.snapshot().unwrap();
    assert_eq!(snapshot.active, ["sound", "bright"]);
    let mut restored = Machine::<Both>::restore(&snapshot).unwrap();
    assert_eq!(restored.path().unwrap(), "on.{sound, picture.bright}");
    restored.dispatch(&Event::Off, &mut trace);
    let mut restored = Machine::<Both>::restore(&restored.snapshot().unwrap()).unwrap();
    restored.dispatch(&Event::On, &mut trace);
    assert_eq!(restored.path().unwrap(), "on.{sound, picture.bright}");
    assert_eq!(restored.snapshot().unwrap().active, snapshot.active);
}

#[test]
fn a31_leaves_that_cannot_be_active_together_are_refused() {
    let with = |active: &[&str]| {
        Machine::<Both>::restore(&MachineSnapshot {
            chart: "Both".to_owned(),
            active: active.iter().map(|&leaf| leaf.to_owned()).collect(),
            history: [].into(),
            data: [].into(),
            actor: serde_json::Value::Null,
        })
    };
    assert!(with(&["sound", "dark"]).is_ok());
    for wrong in [
        &["sound"][..],
        &["off", "sound", "dark"],
        &["sound", "dark", "bright"],
        &["sound", "sound"],
        &["sound", "picture"],
    ] {
        assert!(
            matches!(with(wrong), Err(SnapshotError::State { .. })),
            "{wrong:?}"
        );
    }
}
