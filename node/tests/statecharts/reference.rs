//! A slow interpreter of charts as data, written from the rules and not from the engine.
//!
//! It keeps no tables: each question about the tree is answered by walking up from a state by name.

/// What a reaction answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Handled,
    Stop,
    To(String),
    Reenter(String),
}

/// One arm of a state's handler.
#[derive(Clone, Debug)]
pub(crate) struct Reaction {
    pub(crate) event: String,
    /// The value that `foo` must have.
    pub(crate) guard: Option<bool>,
    /// The value that `foo` gets.
    pub(crate) set: Option<bool>,
    pub(crate) answer: Answer,
}

/// A state as it is written.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) parent: Option<String>,
    pub(crate) initial: Option<String>,
    pub(crate) reactions: Vec<Reaction>,
}

/// A chart as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) initial: String,
    pub(crate) states: Vec<State>,
}

impl Chart {
    fn state(&self, name: &str) -> &State {
        let found = self.states.iter().find(|state| state.name == name);
        found.unwrap_or_else(|| panic!("the chart has no state {name}"))
    }

    fn parent(&self, name: &str) -> Option<String> {
        self.state(name).parent.clone()
    }

    /// Whether `inner` lies properly inside `outer`.
    fn encloses(&self, outer: &str, inner: &str) -> bool {
        let mut up = self.parent(inner);
        while let Some(state) = up {
            if state == outer {
                return true;
            }
            up = self.parent(&state);
        }
        false
    }

    /// The innermost state that properly encloses both.
    fn least_common_ancestor(&self, a: &str, b: &str) -> Option<String> {
        let mut up = self.parent(a);
        while let Some(state) = up {
            if self.encloses(&state, b) {
                return Some(state);
            }
            up = self.parent(&state);
        }
        None
    }

    pub(crate) fn leaves(&self) -> Vec<String> {
        let leaves = self.states.iter().filter(|state| state.initial.is_none());
        leaves.map(|state| state.name.clone()).collect()
    }
}

/// The interpreter.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    pub(crate) chart: Chart,
    pub(crate) foo: bool,
    /// The active leaf.
    pub(crate) active: Option<String>,
    text: String,
}

impl Interpreter {
    pub(crate) fn new(chart: Chart) -> Self {
        Self {
            chart,
            foo: false,
            active: None,
            text: String::new(),
        }
    }

    /// Starts; returns the trace.
    pub(crate) fn start(&mut self) -> String {
        self.text.clear();
        let initial = self.chart.initial.clone();
        self.enter_below(None, &initial);
        self.follow_initials(initial);
        self.text.clone()
    }

    /// One event; returns the trace, empty when nobody wanted it.
    pub(crate) fn dispatch(&mut self, event: &str) -> String {
        self.text.clear();
        let Some(leaf) = self.active.clone() else {
            return String::new();
        };
        let mut asked = Some(leaf.clone());
        while let Some(state) = asked {
            if let Some(reaction) = self.reaction(&state, event) {
                self.text.push_str(&format!("{state}-{event};"));
                self.foo = reaction.set.unwrap_or(self.foo);
                self.answer(&leaf, &state, reaction.answer);
                break;
            }
            asked = self.chart.parent(&state);
        }
        self.text.clone()
    }

    fn reaction(&self, state: &str, event: &str) -> Option<Reaction> {
        let mut reactions = self.chart.state(state).reactions.iter();
        let applies = |reaction: &&Reaction| {
            reaction.event == event && reaction.guard.is_none_or(|wanted| wanted == self.foo)
        };
        reactions.find(applies).cloned()
    }

    fn answer(&mut self, leaf: &str, source: &str, answer: Answer) {
        match answer {
            Answer::Handled => {}
            Answer::Stop => {
                self.exit_from(leaf, None);
                self.active = None;
            }
            Answer::To(target) => {
                self.exit_from(leaf, Some(source.to_owned()));
                if target == source {
                    self.say(source, "EXIT");
                    self.say(source, "ENTRY");
                } else if self.chart.encloses(source, &target) {
                    self.enter_below(Some(source.to_owned()), &target);
                } else if self.chart.encloses(&target, source) {
                    self.exit_from(source, Some(target.clone()));
                } else {
                    self.cross(source, &target);
                }
                self.follow_initials(target);
            }
            Answer::Reenter(target) => {
                self.exit_from(leaf, Some(source.to_owned()));
                if target == source {
                    self.say(source, "EXIT");
                    self.say(source, "ENTRY");
                } else if self.chart.encloses(source, &target) {
                    self.say(source, "EXIT");
                    self.say(source, "ENTRY");
                    self.enter_below(Some(source.to_owned()), &target);
                } else if self.chart.encloses(&target, source) {
                    self.exit_from(source, Some(target.clone()));
                    self.say(&target, "EXIT");
                    self.say(&target, "ENTRY");
                } else {
                    self.cross(source, &target);
                }
                self.follow_initials(target);
            }
        }
    }

    /// Over the least common ancestor.
    fn cross(&mut self, source: &str, target: &str) {
        let over = self.chart.least_common_ancestor(source, target);
        self.exit_from(source, over.clone());
        self.enter_below(over, target);
    }

    /// Exits from a state outwards, until the next one to exit would be `kept`.
    fn exit_from(&mut self, innermost: &str, kept: Option<String>) {
        let mut next = Some(innermost.to_owned());
        while next != kept {
            let state = next.unwrap_or_else(|| panic!("{kept:?} does not enclose {innermost}"));
            self.say(&state, "EXIT");
            next = self.chart.parent(&state);
        }
    }

    /// Enters what lies between `active` and `target`, and the target.
    fn enter_below(&mut self, active: Option<String>, target: &str) {
        let mut way = vec![target.to_owned()];
        let mut up = self.chart.parent(target);
        while up != active {
            let state = up.unwrap_or_else(|| panic!("{active:?} does not enclose {target}"));
            up = self.chart.parent(&state);
            way.push(state);
        }
        for state in way.iter().rev() {
            self.say(state, "ENTRY");
        }
    }

    fn follow_initials(&mut self, mut state: String) {
        while let Some(initial) = self.chart.state(&state).initial.clone() {
            self.say(&state, "INIT");
            self.enter_below(Some(state), &initial);
            state = initial;
        }
        self.active = Some(state);
    }

    fn say(&mut self, state: &str, what: &str) {
        self.text.push_str(&format!("{state}-{what};"));
    }
}
