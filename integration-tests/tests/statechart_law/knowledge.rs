//! A31 to A34: a machine as a value, and what is known of a chart without running it.

use std::fmt::Write as _;

use expect_test::expect;
use farc::hsm;
use farc::hsm::chart::Format;
use farc::hsm::{Hsm, Machine, StateId};
use farc::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Plug {
    #[event(local)]
    In,
    #[event(local)]
    Out,
    #[event(local)]
    Charge(u8),
    #[event(local)]
    Report,
}

/// A charging dock, which counts its entries.
#[derive(Default, Serialize, Deserialize)]
struct Dock {
    entries: u32,
    faulty: bool,
}

#[hsm(event = Plug, initial = free, context = (), snapshot)]
impl Dock {
    /// Nobody is there.
    #[state]
    fn free(&mut self, event: &Plug) -> Next<Self> {
        match event {
            Plug::In if !self.faulty => History(State::Taken),
            Plug::Charge(_) => Defer,
            _ => Super,
        }
    }

    #[state(initial = waiting, history)]
    fn taken(&mut self, event: &Plug) -> Next<Self> {
        match event {
            Plug::Out => To(State::Free),
            Plug::Report => Handled,
            _ => Super,
        }
    }

    #[state(parent = taken)]
    fn waiting(&mut self, event: &Plug) -> Next<Self> {
        match event {
            Plug::Charge(amount) => {
                if *amount > 100 {
                    Stop
                } else {
                    To(State::Charging)
                }
            }
            _ => Super,
        }
    }

    #[state(parent = taken)]
    fn charging(&mut self, _: &Plug) -> Next<Self> {
        Super
    }

    #[entry(charging)]
    fn count(&mut self) {
        self.entries += 1;
    }
}

#[test]
fn a31_a_restored_machine_goes_on_where_it_was_and_runs_no_entry_action() {
    let mut dock = Machine::new(Dock::default());
    dock.start(&mut ());
    for event in [Plug::In, Plug::Charge(3)] {
        dock.dispatch(&event, &mut ());
    }
    let snapshot = dock.snapshot().expect("the chart says `snapshot`");
    let text = serde_json::to_string(&snapshot).expect("it is made of names and values");
    let read = serde_json::from_str(&text).expect("what was written can be read");
    let mut dock = Machine::<Dock>::restore(&read).expect("nothing has changed");
    assert_eq!(dock.path().as_deref(), Some("taken.charging"));
    assert_eq!(dock.actor().entries, 1);
    for event in [Plug::Out, Plug::In] {
        dock.dispatch(&event, &mut ());
    }
    assert_eq!(dock.path().as_deref(), Some("taken.charging"));
    assert_eq!(dock.actor().entries, 2);
}

#[test]
fn a32_states_and_transitions_are_constants_of_the_type() {
    let mut text = String::new();
    for state in Dock::STATES {
        let parent = state.parent.map_or("the top", StateId::name);
        writeln!(text, "{} in {parent}: {}", state.name, state.doc).expect("a string grows");
    }
    for row in Dock::TRANSITIONS {
        let target = row.target.map_or("-", StateId::name);
        let (source, trigger, guard, kind) = (row.source, row.trigger, row.guard, row.kind);
        writeln!(text, "{source}: {trigger} [{guard}] {kind:?} {target}").expect("a string grows");
    }
    expect![[r#"
        free in the top: Nobody is there.
        taken in the top: 
        waiting in taken: 
        charging in taken: 
        free: In [!self.faulty] History taken
        free: Charge(_) [] Defer -
        taken: Out [] To free
        taken: Report [] Internal -
        waiting: Charge(_) [*amount > 100] Stop -
        waiting: Charge(_) [!(*amount > 100)] To charging
    "#]]
    .assert_eq(&text);
    assert!(DockState::Charging.is_in(DockState::Taken));
    assert_eq!(DockState::Charging.parent(), Some(DockState::Taken));
}

#[test]
fn a33_every_format_shows_every_state_and_every_answer() {
    for format in Format::ALL {
        let picture = Dock::chart().export(format);
        for word in [
            "free", "taken", "waiting", "charging", "Charge", "Report", "faulty", "defer",
        ] {
            assert!(picture.contains(word), "{format} lacks {word}:\n{picture}");
        }
    }
}

#[test]
fn a34_there_is_a_path_to_every_state_and_over_every_transition() {
    let mut text = String::new();
    for path in Dock::chart().shortest_paths() {
        writeln!(text, "{path}").expect("a string grows");
    }
    let cover = Dock::chart().covering_paths();
    assert!(cover.complete && cover.missing.is_empty());
    for path in cover.paths {
        writeln!(text, "covers {path}").expect("a string grows");
    }
    expect![[r#"
        free: at once
        taken: free --In [!self.faulty]--> history of taken
        waiting: free --In [!self.faulty]--> history of taken
        charging: free --In [!self.faulty]--> history of taken, waiting --Charge(_) [!(*amount > 100)]--> charging
        covers free: free --Charge(_)-- (deferred)
        covers free: free --In [!self.faulty]--> history of taken, taken --Out--> free
        covers taken: free --In [!self.faulty]--> history of taken, taken --Report-- (handled)
        covers waiting: free --In [!self.faulty]--> history of taken, waiting --Charge(_) [*amount > 100]--> stop
        covers charging: free --In [!self.faulty]--> history of taken, waiting --Charge(_) [!(*amount > 100)]--> charging
    "#]]
    .assert_eq(&text);
}
