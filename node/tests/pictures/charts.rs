//! Charts put together by hand, one for each thing that a picture must show.

use farc::hsm::TransitionKind::{self, DeepHistory, Defer, History, Internal, Reenter, Stop, To};
use farc::hsm::chart::{Chart, ChartHistory, ChartState, ChartTransition};

/// A chart by the names of its states.
pub(crate) struct Sketch {
    chart: Chart,
}

impl Sketch {
    /// A chart with states as `(name, parent)`; an empty parent is none.
    pub(crate) fn new(
        name: &'static str,
        initial: &str,
        states: &[(&'static str, &'static str)],
    ) -> Self {
        let at = |name: &str| states.iter().position(|(other, _)| *other == name);
        let state = |(name, parent): &(&'static str, &'static str)| ChartState {
            name,
            parent: at(parent),
            initial: None,
            history: None,
            regions: Vec::new(),
            entry: false,
            exit: false,
            init: false,
            data: None,
            doc: "",
        };
        Self {
            chart: Chart {
                name,
                initial: at(initial).expect("the initial state is one of the states"),
                states: states.iter().map(state).collect(),
                transitions: Vec::new(),
            },
        }
    }

    fn at(&self, name: &str) -> usize {
        let mut states = self.chart.states.iter();
        states
            .position(|state| state.name == name)
            .expect("the state is one of the states")
    }

    /// Sets more of a state.
    pub(crate) fn with(mut self, name: &str, set: impl FnOnce(&mut ChartState)) -> Self {
        let at = self.at(name);
        set(&mut self.chart.states[at]);
        self
    }

    /// The initial transition of a composite.
    pub(crate) fn initial(self, composite: &str, target: &str) -> Self {
        let target = self.at(target);
        self.with(composite, |state| state.initial = Some(target))
    }

    /// The history of a composite; an empty default is none.
    pub(crate) fn history(self, composite: &str, deep: bool, default: &str) -> Self {
        let default = (!default.is_empty()).then(|| self.at(default));
        self.with(composite, |state| {
            state.history = Some(ChartHistory { deep, default });
        })
    }

    /// The regions of a composite.
    pub(crate) fn regions(self, composite: &str, regions: &[&str]) -> Self {
        let regions = regions.iter().map(|region| self.at(region)).collect();
        self.with(composite, |state| state.regions = regions)
    }

    /// Rows of transitions: source, trigger, guard, kind, target; an empty target is none.
    pub(crate) fn rows(
        mut self,
        rows: &[(&str, &'static str, &'static str, TransitionKind, &str)],
    ) -> Self {
        for (source, trigger, guard, kind, target) in rows {
            let events = trigger.split(" | ").filter(|event| *event != "*");
            let row = ChartTransition {
                source: self.at(source),
                trigger,
                events: events.map(variant).collect(),
                guard,
                target: (!target.is_empty()).then(|| self.at(target)),
                kind: *kind,
                doc: "",
            };
            self.chart.transitions.push(row);
        }
        self
    }

    /// The chart.
    pub(crate) fn done(self) -> Chart {
        self.chart
    }
}

fn variant(pattern: &'static str) -> &'static str {
    let end = pattern.find(|c: char| !c.is_alphanumeric());
    &pattern[..end.unwrap_or(pattern.len())]
}

/// Two states and no more.
pub(crate) fn toggle() -> Chart {
    Sketch::new("Toggle", "off", &[("off", ""), ("on", "")])
        .rows(&[("off", "Flip", "", To, "on"), ("on", "Flip", "", To, "off")])
        .done()
}

/// The chart of Samek's book, figure 2.11: every kind of transition between composites.
pub(crate) fn qhsmtst() -> Chart {
    let states = [
        ("s", ""),
        ("s1", "s"),
        ("s11", "s1"),
        ("s2", "s"),
        ("s21", "s2"),
        ("s211", "s21"),
    ];
    let mut sketch = Sketch::new("QHsmTst", "s2", &states)
        .initial("s", "s11")
        .initial("s1", "s11")
        .initial("s2", "s211")
        .initial("s21", "s211");
    for (name, _) in states {
        sketch = sketch.with(name, |state| {
            (state.entry, state.exit, state.init) = (true, true, state.initial.is_some());
        });
    }
    sketch
        .rows(&[
            ("s", "E", "", To, "s11"),
            ("s", "I", "self.foo", Internal, ""),
            ("s1", "I", "", Internal, ""),
            ("s1", "D", "!self.foo", To, "s"),
            ("s1", "A", "", To, "s1"),
            ("s1", "B", "", To, "s11"),
            ("s1", "F", "", To, "s211"),
            ("s1", "C", "", To, "s2"),
            ("s11", "H", "", To, "s"),
            ("s11", "D", "self.foo", To, "s1"),
            ("s11", "G", "", To, "s211"),
            ("s2", "I", "!self.foo", Internal, ""),
            ("s2", "F", "", To, "s11"),
            ("s2", "C", "", To, "s1"),
            ("s21", "G", "", To, "s1"),
            ("s21", "A", "", To, "s21"),
            ("s21", "B", "", To, "s211"),
            ("s211", "H", "", To, "s"),
            ("s211", "D", "", To, "s21"),
        ])
        .done()
}

/// Both kinds of history, with and without a default.
pub(crate) fn player() -> Chart {
    Sketch::new(
        "Player",
        "off",
        &[
            ("off", ""),
            ("on", ""),
            ("music", "on"),
            ("playing", "music"),
            ("paused", "music"),
            ("radio", "on"),
            ("seeking", "radio"),
            ("tuned", "radio"),
            ("call", ""),
        ],
    )
    .initial("on", "music")
    .initial("music", "paused")
    .initial("radio", "seeking")
    .history("on", true, "tuned")
    .history("radio", false, "")
    .with("on", |state| (state.entry, state.exit) = (true, true))
    .with("call", |state| {
        (state.entry, state.data) = (true, Some("Call"))
    })
    .rows(&[
        ("off", "Power", "", DeepHistory, "on"),
        ("on", "Power", "", To, "off"),
        ("on", "Ring", "", To, "call"),
        ("on", "Reset", "", Reenter, "on"),
        ("music", "Band", "", History, "radio"),
        ("playing", "Play", "", To, "paused"),
        ("paused", "Play", "", To, "playing"),
        ("radio", "Band", "", To, "music"),
        ("seeking", "Found(_)", "station.is_clear()", To, "tuned"),
        ("seeking", "Found(_)", "", Internal, ""),
        ("tuned", "Seek", "", To, "seeking"),
        ("call", "HangUp", "", History, "on"),
        ("call", "Play | Band", "", Defer, ""),
        ("call", "Power", "self.emergency", Internal, ""),
        ("call", "Power", "", Stop, ""),
    ])
    .done()
}

/// Two regions that are active together.
pub(crate) fn drone() -> Chart {
    Sketch::new(
        "Drone",
        "parked",
        &[
            ("parked", ""),
            ("airborne", ""),
            ("flight", "airborne"),
            ("climbing", "flight"),
            ("cruising", "flight"),
            ("returning", "flight"),
            ("radio", "airborne"),
            ("linked", "radio"),
            ("lost", "radio"),
        ],
    )
    .regions("airborne", &["flight", "radio"])
    .initial("flight", "climbing")
    .initial("radio", "linked")
    .with("airborne", |state| (state.entry, state.exit) = (true, true))
    .with("lost", |state| state.entry = true)
    .rows(&[
        ("parked", "Launch(_)", "self.battery > 40", To, "airborne"),
        ("airborne", "Land", "", To, "parked"),
        ("airborne", "Crash", "", Stop, ""),
        ("climbing", "AtHeight", "", To, "cruising"),
        ("cruising", "LowBattery", "", To, "returning"),
        ("cruising", "LinkLost", "", To, "returning"),
        ("returning", "LowBattery", "", Internal, ""),
        ("returning", "AtHome", "", To, "parked"),
        ("linked", "LinkLost", "", To, "lost"),
        ("lost", "LinkFound", "", To, "linked"),
        ("lost", "Command(_)", "", Defer, ""),
    ])
    .done()
}

/// Names and texts that are markup, keywords or operators in one format or another.
pub(crate) fn nasty() -> Chart {
    Sketch::new(
        "Nasty",
        "state",
        &[
            ("state", ""),
            ("end", ""),
            ("node", "end"),
            ("note", "end"),
            ("größe", ""),
        ],
    )
    .initial("end", "note")
    .with("note", |state| {
        state.data = Some("Vec<Option<&'static str>>");
        state.doc = "Says \"<b>&amp;</b>\" -- and ]]> more.";
    })
    .rows(&[
        (
            "state",
            "Text(t)",
            r#"t == "a \"b\"\n; c: d" && x < 3 || y > 2"#,
            To,
            "end",
        ),
        (
            "state",
            "A | B",
            "matches!(t, Some(1..=9) | None) && !{ x }",
            To,
            "note",
        ),
        ("end", "Back", "x as u8 as char == '#'", To, "node"),
        ("end", "*", "a\n    && b -- c %% d", Internal, ""),
        (
            "node",
            "_x_",
            "**bold** // __under__ ~~no~~ `code` <<fork>> [*] -->",
            To,
            "end",
        ),
        (
            "note",
            "Vec::<u8>::new()",
            "π ≤ 4 && '\u{1f600}' != '字'",
            Defer,
            "",
        ),
        ("größe", "Größer", "", Reenter, "größe"),
        ("note", "Go", "", To, "größe"),
        ("größe", "End", "", Stop, ""),
    ])
    .done()
}

/// Ten levels, with transitions over all of them.
pub(crate) fn deep() -> Chart {
    let states = [
        ("l1", ""),
        ("l2", "l1"),
        ("l3", "l2"),
        ("l4", "l3"),
        ("l5", "l4"),
        ("l6", "l5"),
        ("l7", "l6"),
        ("l8", "l7"),
        ("l9", "l8"),
        ("l10", "l9"),
        ("other", ""),
    ];
    Sketch::new("Deep", "l1", &states)
        .initial("l1", "l10")
        .initial("l5", "l10")
        .rows(&[
            ("l10", "Out", "", To, "other"),
            ("other", "In", "", To, "l10"),
            ("l10", "Up", "", To, "l1"),
            ("l10", "Half", "", To, "l5"),
            ("l2", "Down", "", To, "l9"),
            ("l4", "Self", "", Reenter, "l4"),
        ])
        .done()
}

/// All of them.
pub(crate) fn all() -> Vec<Chart> {
    vec![toggle(), qhsmtst(), player(), drone(), nasty(), deep()]
}
