//! Writes one chart in three sizes, for farc, for statig and by hand: the same shape, more states.
//!
//! A root encloses `branches` branches. Each has a path of composites `r` (level 2), `a`, `b`, `c`, `d` (level 6), a leaf `l` inside `d` (level 7)
//! and a leaf `m` inside `b` (level 5): 7 states. What an event leads to does not depend on the number of branches:
//!
//! | event | handled by | leads to |
//! |---|---|---|
//! | Swap | the leaf | the other leaf of the branch |
//! | Home | `b` | `m` |
//! | Hop | `r` | `l` of the next branch, over all levels |
//! | Stay | `d`, and `b` for `m` | nowhere, an internal reaction |
//! | Root | the root | nowhere, after all levels were asked |
//! | Noise | nobody | |
//!
//! All targets are leaves, and no transition is one that statig cannot express, so that all three do the same.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// Two branches, seven, twenty-eight: 15, 50 and 197 states.
const BRANCHES: [usize; 3] = [2, 7, 28];

const COMPOSITES: [&str; 5] = ["r", "a", "b", "c", "d"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR").expect("cargo tells where to write");
    for branches in BRANCHES {
        let chart = Chart { branches };
        let states = chart.count();
        for (name, text) in [
            ("farc", chart.farc()),
            ("statig", chart.statig()),
            ("hand", chart.hand()),
        ] {
            let path = Path::new(&out).join(format!("{name}_{states}.rs"));
            fs::write(path, text).expect("cargo's directory can be written");
        }
    }
}

/// A state, its place among all, and the one around it.
struct State {
    name: String,
    index: usize,
    parent: Option<String>,
    reactions: Vec<Reaction>,
    leaf: bool,
}

struct Reaction {
    event: &'static str,
    /// `None` is an internal reaction.
    target: Option<String>,
}

struct Chart {
    branches: usize,
}

impl Chart {
    fn count(&self) -> usize {
        1 + 7 * self.branches
    }

    fn states(&self) -> Vec<State> {
        let mut states = vec![State {
            name: "root".into(),
            index: 0,
            parent: None,
            reactions: vec![internal("Root")],
            leaf: false,
        }];
        for branch in 0..self.branches {
            let next = (branch + 1) % self.branches;
            let mut parent = "root".to_owned();
            for level in COMPOSITES {
                let name = format!("{level}{branch}");
                let reactions = match level {
                    "r" => vec![to("Hop", format!("l{next}"))],
                    "b" => vec![to("Home", format!("m{branch}")), internal("Stay")],
                    "d" => vec![internal("Stay")],
                    _ => vec![],
                };
                states.push(State {
                    name: name.clone(),
                    index: states.len(),
                    parent: Some(parent),
                    reactions,
                    leaf: false,
                });
                parent = name;
            }
            for (leaf, other, parent) in [("l", "m", "d"), ("m", "l", "b")] {
                states.push(State {
                    name: format!("{leaf}{branch}"),
                    index: states.len(),
                    parent: Some(format!("{parent}{branch}")),
                    reactions: vec![to("Swap", format!("{other}{branch}"))],
                    leaf: true,
                });
            }
        }
        states
    }

    fn farc(&self) -> String {
        let mut text =
            String::from("#[hsm(event = Event, initial = l0, context = ())]\nimpl Chart {\n");
        for State {
            name,
            index,
            parent,
            reactions,
            ..
        } in self.states()
        {
            let parent = parent.map_or(String::new(), |parent| format!("(parent = {parent})"));
            write!(
                text,
                "#[state{parent}] fn {name}(&mut self, event: &Event) -> Next<Self> {{ match event {{ {} _ => Super }} }}
                 #[entry({name})] fn enter_{name}(&mut self) {{ self.enter({index}); }}
                 #[exit({name})] fn exit_{name}(&mut self) {{ self.exit({index}); }}\n",
                arms(index, &reactions, |target| format!("To(State::{})", target.to_uppercase()))
            )
            .expect("a string can be written");
        }
        text + "}\n"
    }

    fn statig(&self) -> String {
        let mut text = String::from(
            "#[state_machine(initial = \"State::l0()\", state(derive()), superstate(derive()))]\nimpl Chart {\n",
        );
        for State {
            name,
            index,
            parent,
            reactions,
            leaf,
        } in self.states()
        {
            let kind = if leaf { "state" } else { "superstate" };
            let parent = parent.map_or(String::new(), |parent| {
                format!("superstate = \"{parent}\", ")
            });
            write!(
                text,
                "#[{kind}({parent}entry_action = \"enter_{name}\", exit_action = \"exit_{name}\")]
                 fn {name}(&mut self, event: &Event) -> Outcome<State> {{ match event {{ {} _ => Super }} }}
                 #[action] fn enter_{name}(&mut self) {{ self.enter({index}); }}
                 #[action] fn exit_{name}(&mut self) {{ self.exit({index}); }}\n",
                arms(index, &reactions, |target| format!("Transition(State::{target}())"))
            )
            .expect("a string can be written");
        }
        text + "}\n"
    }

    /// The leaf, then the event, then every action in its place.
    fn hand(&self) -> String {
        let states = self.states();
        let leaves: Vec<_> = states.iter().filter(|state| state.leaf).collect();
        let names: Vec<_> = leaves.iter().map(|leaf| leaf.name.to_uppercase()).collect();
        let mut text = format!(
            "#[derive(Clone, Copy)]\nenum Leaf {{ {} }}\nimpl Chart {{\n#[inline(always)]\nfn react(&mut self, event: &Event) {{ match self.leaf {{\n",
            names.join(", ")
        );
        for leaf in leaves {
            writeln!(text, "Leaf::{} => match event {{", leaf.name.to_uppercase())
                .expect("a string can be written");
            for event in ["Swap", "Home", "Hop", "Stay", "Root", "Noise"] {
                let line = straight_line(&states, leaf, event);
                writeln!(text, "Event::{event} => {{ {line} }}").expect("a string can be written");
            }
            text.push_str("},\n");
        }
        text + "} } }\n"
    }
}

fn to(event: &'static str, target: String) -> Reaction {
    Reaction {
        event,
        target: Some(target),
    }
}

fn internal(event: &'static str) -> Reaction {
    Reaction {
        event,
        target: None,
    }
}

/// The arms of a handler; `go` writes the answer for a target.
fn arms(index: usize, reactions: &[Reaction], go: impl Fn(&str) -> String) -> String {
    reactions
        .iter()
        .map(|Reaction { event, target }| {
            let answer = target.as_deref().map_or("Handled".to_owned(), &go);
            format!("Event::{event} => {{ self.react_in({index}); {answer} }}")
        })
        .collect()
}

/// What one leaf does with one event.
fn straight_line(states: &[State], leaf: &State, event: &str) -> String {
    let path = path(states, leaf);
    let Some((asked, reaction)) = path.iter().rev().find_map(|state| {
        let reaction = state
            .reactions
            .iter()
            .find(|reaction| reaction.event == event)?;
        Some((state, reaction))
    }) else {
        return String::new();
    };
    let mut line = format!("self.react_in({});", asked.index);
    if let Some(target) = &reaction.target {
        let target = self::path(states, find(states, target));
        let shared = path
            .iter()
            .zip(&target)
            .take_while(|(a, b)| a.index == b.index)
            .count();
        // A leaf that is its own target is exited and entered.
        let kept = shared.min(path.len() - 1);
        for state in path[kept..].iter().rev() {
            line += &format!("self.exit({});", state.index);
        }
        for state in &target[kept..] {
            line += &format!("self.enter({});", state.index);
        }
        let to = target[target.len() - 1].name.to_uppercase();
        line += &format!("self.leaf = Leaf::{to};");
    }
    line
}

fn find<'s>(states: &'s [State], name: &str) -> &'s State {
    states
        .iter()
        .find(|state| state.name == name)
        .expect("a target is a state")
}

/// From the root to the state itself.
fn path<'s>(states: &'s [State], state: &'s State) -> Vec<&'s State> {
    let mut path = match &state.parent {
        Some(parent) => self::path(states, find(states, parent)),
        None => vec![],
    };
    path.push(state);
    path
}
