//! What is meant: names resolved to states, and everything that can be wrong with a chart as a whole.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;
use syn::ext::IdentExt;

use super::answers::{self, Answer, Kind};
use super::parse::{self, Argument, Method, Options, Parameter, Role, Source};
use super::{Errors, names};

mod data;
mod history;
mod regions;

pub(super) use data::{place, plain};

/// The engine's bounds, `farc::hsm::MAX_LEVELS` and `MAX_STATES`.
const MAX_LEVELS: usize = 16;
const MAX_STATES: usize = 255;

/// A chart: with mistakes as far as it could be understood, otherwise checked.
#[derive(Default)]
pub(super) struct Chart {
    /// In the order of writing.
    pub(super) states: Vec<State>,
    /// Where the top initial transition leads.
    pub(super) initial: Option<usize>,
    pub(super) start: Option<Action>,
    /// What runs after a restore.
    pub(super) restored: Option<Action>,
    /// What holds after each step, and the state in which it does; in all if there is none.
    pub(super) invariants: Vec<(Option<usize>, Action)>,
    /// The length of the longest path.
    pub(super) levels: usize,
    /// Targets that do not exist: the stub has them, so that they are reported once.
    pub(super) unknown: Vec<Ident>,
}

/// A state and what belongs to it.
pub(super) struct State {
    /// As traces show it.
    pub(super) name: String,
    pub(super) variant: Ident,
    pub(super) handler: Action,
    pub(super) parent: Option<usize>,
    pub(super) initial: Option<usize>,
    pub(super) history: Option<History>,
    pub(super) data: Option<Data>,
    /// The states inside that are active together.
    pub(super) regions: Vec<usize>,
    pub(super) entry: Option<Action>,
    pub(super) exit: Option<Action>,
    pub(super) init: Option<Action>,
    /// The doc comment of the handler, a line each.
    pub(super) doc: Vec<String>,
    /// Whether the author says that nothing leads here.
    unreachable_ok: bool,
    /// What its handler answers.
    pub(super) answers: Vec<Answer>,
}

/// What a composite remembers.
pub(super) struct History {
    pub(super) deep: bool,
    /// What is entered before there is a history.
    pub(super) default: Option<usize>,
    /// Its place in the memory of the machine.
    pub(super) slot: usize,
}

/// What lives as long as a state is active.
pub(super) struct Data {
    pub(super) ty: Type,
    /// The type as it is written: how parameters ask for it.
    pub(super) written: String,
    /// Its place in the memory of the machine.
    pub(super) slot: usize,
}

/// A method to call.
#[derive(Clone)]
pub(super) struct Action {
    pub(super) ident: Ident,
    /// What it receives beside the actor and the event.
    pub(super) parameters: Vec<Parameter>,
    /// Where the method is among the items of the block.
    pub(super) item: usize,
}

impl Action {
    pub(super) fn takes_context(&self) -> bool {
        let mut parameters = self.parameters.iter();
        parameters.any(|parameter| parameter.what == Argument::Context)
    }

    fn of(method: &Method) -> Self {
        Self {
            ident: method.ident.clone(),
            parameters: method.parameters.clone(),
            item: method.item,
        }
    }
}

impl Chart {
    pub(super) fn analyze(options: &Options, source: &Source, errors: &mut Errors) -> Self {
        let mut chart = Self::default();
        chart.collect_states(source, errors);
        if chart.states.is_empty() {
            errors.at_attribute(
                "a chart needs a state; write #[state] before the method that handles its events",
            );
            return chart;
        }
        chart.link(source, errors);
        chart.attach_actions(options, source, errors);
        if let Some(initial) = &options.initial {
            chart.initial = chart.find(initial, errors);
        }
        if chart.check_parents(source, errors) {
            chart.link_regions(source, errors);
            chart.check_initials(options, source, errors);
            chart.link_history(source, errors);
            chart.link_data(source, errors);
            chart.check_targets(errors);
            if errors.is_empty() {
                chart.check_reachable(errors);
            }
        }
        chart
    }

    fn collect_states(&mut self, source: &Source, errors: &mut Errors) {
        for method in &source.methods {
            let Role::State(keys) = &method.role else {
                continue;
            };
            let ident = &method.ident;
            let Some(variant) = names::variant(ident) else {
                errors.at(ident, format!("`{ident}` gives no name for a state; rename it so that it is a word, as in `door_open`"));
                continue;
            };
            if let Some(other) = self.states.iter().find(|state| state.variant == variant) {
                let first = &other.name;
                errors.at(
                    ident,
                    format!(
                        "`{ident}` and `{first}` would both become State::{variant}; rename one"
                    ),
                );
                continue;
            }
            if self.states.len() == MAX_STATES {
                errors.at(ident, format!("a chart has at most {MAX_STATES} states and this is one more; split the actor"));
                return;
            }
            let body = source.body(method);
            self.states.push(State {
                name: ident.unraw().to_string(),
                variant,
                handler: Action::of(method),
                parent: None,
                initial: None,
                history: None,
                data: None,
                regions: Vec::new(),
                entry: None,
                exit: None,
                init: None,
                doc: body
                    .map(|body| answers::doc_lines(&body.attrs))
                    .unwrap_or_default(),
                unreachable_ok: keys.unreachable_ok,
                answers: body
                    .map(|body| answers::answers(body, &source.states, errors))
                    .unwrap_or_default(),
            });
        }
    }

    fn position(&self, name: &Ident) -> Option<usize> {
        let name = name.unraw().to_string();
        self.states.iter().position(|state| state.name == name)
    }

    fn find(&self, name: &Ident, errors: &mut Errors) -> Option<usize> {
        let found = self.position(name);
        if found.is_none() {
            let close = names::closest(
                &name.unraw().to_string(),
                self.states.iter().map(|state| state.name.as_str()),
            );
            errors.at(
                name,
                match close {
                    Some(close) => format!("unknown state `{name}`; did you mean `{close}`"),
                    None => format!("unknown state `{name}`; name a method that has #[state]"),
                },
            );
        }
        found
    }

    /// The methods that became states, each with its state.
    fn handlers<'s>(&self, source: &'s Source) -> Vec<(usize, &'s Method)> {
        let methods = source
            .methods
            .iter()
            .filter(|method| matches!(method.role, Role::State(_)));
        methods
            .filter_map(|method| {
                Some((
                    self.states
                        .iter()
                        .position(|state| state.handler.item == method.item)?,
                    method,
                ))
            })
            .collect()
    }

    /// Resolves parents and initials.
    fn link(&mut self, source: &Source, errors: &mut Errors) {
        for (index, method) in self.handlers(source) {
            if let Role::State(keys) = &method.role {
                let mut find =
                    |name: &Option<Ident>| name.as_ref().and_then(|name| self.find(name, errors));
                let (parent, initial) = (find(&keys.parent), find(&keys.initial));
                let state = &mut self.states[index];
                (state.parent, state.initial) = (parent, initial);
            }
        }
    }

    /// Gives the actions to their states.
    fn attach_actions(&mut self, options: &Options, source: &Source, errors: &mut Errors) {
        for method in &source.methods {
            let (name, kind) = match &method.role {
                Role::State(_) => continue,
                Role::Start => {
                    only(&mut self.start, method, "a start action", errors);
                    continue;
                }
                Role::Restored => {
                    if !options.snapshot {
                        errors.at(&method.ident, "nothing is restored without snapshots; add `snapshot` to #[hsm] or remove #[restored]");
                    }
                    only(
                        &mut self.restored,
                        method,
                        "an action after a restore",
                        errors,
                    );
                    continue;
                }
                Role::Invariant(name) => {
                    let state = name.as_ref().map(|name| self.find(name, errors));
                    if state != Some(None) {
                        self.invariants.push((state.flatten(), Action::of(method)));
                    }
                    continue;
                }
                Role::Entry(name) => (name, "an entry action"),
                Role::Exit(name) => (name, "an exit action"),
                Role::Init(name) => (name, "an init action"),
            };
            if let Role::Exit(_) = method.role
                && let Some(body) = source.body(method)
                && let Some(context) = context_of(method)
                && let Some(context) = parse::parameter_name(body, context.position)
                && let Some(call) =
                    begins_what_ends(body.block.to_token_stream(), &context.to_string())
            {
                errors.at(&call, if call == "after" {
                    "a timer armed in an exit action would end with the state; arm it in the entry action of the state that waits for it"
                } else {
                    "a task started in an exit action would end with the state; start it in the entry action of the state that waits for it, or for the actor"
                });
            }
            let Some(index) = self.find(name, errors) else {
                continue;
            };
            let state = &mut self.states[index];
            let slot = match &method.role {
                Role::Entry(_) => &mut state.entry,
                Role::Exit(_) => &mut state.exit,
                Role::Init(_)
                | Role::State(_)
                | Role::Start
                | Role::Restored
                | Role::Invariant(_) => &mut state.init,
            };
            match slot {
                Some(other) => errors.at(
                    name,
                    format!(
                        "`{name}` has {kind} already, `{}`; merge the two",
                        other.ident
                    ),
                ),
                None => *slot = Some(Action::of(method)),
            }
        }
    }

    /// The states that enclose a state, from the innermost; ends where a circle would begin again.
    fn enclosing(&self, state: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.states[state].parent, |&up| self.states[up].parent)
            .take(self.states.len())
    }

    /// The states that enclose a state and the state itself, from the outermost.
    pub(super) fn path(&self, state: usize) -> Vec<usize> {
        let mut path: Vec<usize> = std::iter::once(state)
            .chain(self.enclosing(state))
            .collect();
        path.reverse();
        path
    }

    /// The states without states inside: only these can be the active leaf.
    pub(super) fn leaves(&self) -> impl Iterator<Item = usize> {
        (0..self.states.len()).filter(|&index| !self.is_composite(index))
    }

    /// The states directly inside of one, or of none, in the order of writing.
    pub(super) fn inside(&self, parent: Option<usize>) -> impl Iterator<Item = usize> {
        (0..self.states.len()).filter(move |&index| self.states[index].parent == parent)
    }

    pub(super) fn has_composites(&self) -> bool {
        self.states.iter().any(|state| state.parent.is_some())
    }

    /// The transitions that a state's handler names, each once.
    pub(super) fn targets(&self, state: usize) -> Vec<(usize, Kind)> {
        let mut found = Vec::new();
        for answer in &self.states[state].answers {
            if let Some(target) = self.target(answer)
                && !found.contains(&(target, answer.kind))
            {
                found.push((target, answer.kind));
            }
        }
        found
    }

    /// How many of the outermost levels a transition keeps: what `farc::hsm::Tables` computes.
    pub(super) fn kept(&self, source: usize, target: usize, kind: Kind) -> usize {
        let (source, target) = (self.path(source), self.path(target));
        let shared = source
            .iter()
            .zip(&target)
            .take_while(|(a, b)| a == b)
            .count();
        if kind == Kind::Reenter || source == target {
            shared.min(source.len().min(target.len()) - 1)
        } else {
            shared
        }
    }

    pub(super) fn is_composite(&self, state: usize) -> bool {
        self.states.iter().any(|other| other.parent == Some(state))
    }

    /// Checks that parents form a forest that is not too deep; without that, nothing else can be checked.
    fn check_parents(&mut self, source: &Source, errors: &mut Errors) -> bool {
        let mut in_circle = vec![false; self.states.len()];
        for (index, method) in self.handlers(source) {
            if !in_circle[index] && self.enclosing(index).any(|up| up == index) {
                let mut names = vec![self.states[index].name.as_str()];
                for up in self.enclosing(index) {
                    in_circle[up] = true;
                    names.push(&self.states[up].name);
                    if up == index {
                        break;
                    }
                }
                if let Role::State(keys) = &method.role
                    && let Some(parent) = &keys.parent
                {
                    errors.at(
                        parent,
                        format!(
                            "the parents run in a circle, {}; let one of them be outermost",
                            names.join(" in ")
                        ),
                    );
                }
            }
        }
        if in_circle.contains(&true) {
            return false;
        }
        let mut too_deep = false;
        for index in 0..self.states.len() {
            let level = 1 + self.enclosing(index).count();
            self.levels = self.levels.max(level);
            if level == MAX_LEVELS + 1 {
                too_deep = true;
                let ident = &self.states[index].handler.ident;
                errors.at(ident, format!("states nest at most {MAX_LEVELS} levels deep and `{ident}` is at level {level}; flatten the chart or split the actor"));
            }
        }
        !too_deep
    }

    fn check_initials(&self, options: &Options, source: &Source, errors: &mut Errors) {
        if let (Some(name), Some(initial)) = (&options.initial, self.initial) {
            self.check_enterable(name, initial, errors);
        }
        for (index, method) in self.handlers(source) {
            if let (Role::State(keys), Some(initial)) = (&method.role, self.states[index].initial)
                && let Some(name) = &keys.initial
            {
                let outer = &self.states[index].name;
                if !self.is_composite(index) {
                    errors.at(
                        name,
                        format!("`{outer}` has no states inside to start in; remove `initial`"),
                    );
                } else if !self.enclosing(initial).any(|up| up == index) {
                    errors.at(name, format!("`{name}` is not inside `{outer}`; name one of the states inside as its initial"));
                } else {
                    self.check_enterable(name, initial, errors);
                }
            }
        }
        for method in &source.methods {
            if let Role::Init(name) = &method.role
                && let Some(index) = self.position(name)
                && self.states[index].initial.is_none()
            {
                errors.at(name, format!("`{name}` has no initial transition whose action this could be; add `initial = …` to its #[state] or use #[entry({name})]"));
            }
        }
    }

    /// A state can be the end of a transition if it leads to a leaf.
    fn check_enterable(&self, place: &Ident, state: usize, errors: &mut Errors) {
        if !self.is_enterable(state) {
            let name = &self.states[state].name;
            errors.at(place, format!("`{name}` has states inside and no initial; add `initial = …` to its #[state] or name a state inside it"));
        }
    }

    /// Whether a state leads to a leaf.
    fn is_enterable(&self, state: usize) -> bool {
        !self.is_composite(state) || self.states[state].initial.is_some() || self.has_regions(state)
    }

    fn check_targets(&mut self, errors: &mut Errors) {
        let mut unknown: Vec<Ident> = Vec::new();
        let states = self.states.iter().enumerate();
        let answers = states.flat_map(|(source, state)| {
            let answers = state.answers.iter();
            answers.filter_map(move |answer| Some((source, answer.target.as_ref()?, answer.kind)))
        });
        for (source, variant, kind) in answers {
            match self.variant(variant) {
                Some(target) => {
                    if matches!(kind, Kind::History | Kind::DeepHistory) {
                        self.check_resumable(variant, target, kind, errors);
                    } else {
                        self.check_enterable(variant, target, errors);
                    }
                    self.check_crossing(variant, source, target, errors);
                }
                None => {
                    let close = names::closest(
                        &variant.to_string(),
                        self.states.iter().map(|state| &*state.name),
                    );
                    let close = close
                        .and_then(|close| self.states.iter().find(|state| state.name == close));
                    errors.at(variant, match close {
                        Some(close) => format!("unknown state `State::{variant}`; did you mean `State::{}`", close.variant),
                        None => format!("unknown state `State::{variant}`; name a method that has #[state], as State::InCamelCase"),
                    });
                    if !unknown.contains(variant) {
                        unknown.push(variant.clone());
                    }
                }
            }
        }
        self.unknown = unknown;
    }

    /// The state that an answer names.
    pub(super) fn target(&self, answer: &Answer) -> Option<usize> {
        self.variant(answer.target.as_ref()?)
    }

    fn variant(&self, variant: &Ident) -> Option<usize> {
        self.states
            .iter()
            .position(|state| state.variant == *variant)
    }

    /// Checks that a path of transitions leads to each state, whatever the guards say.
    fn check_reachable(&self, errors: &mut Errors) {
        let mut active = vec![false; self.states.len()];
        let mut entered = vec![false; self.states.len()];
        let mut to_enter: Vec<usize> = self.initial.into_iter().collect();
        to_enter.extend((0..self.states.len()).filter(|&index| self.states[index].unreachable_ok));
        while let Some(target) = to_enter.pop().or_else(|| self.resumed(&active, &entered)) {
            if std::mem::replace(&mut entered[target], true) {
                continue;
            }
            to_enter.extend(self.states[target].initial);
            for index in std::iter::once(target).chain(self.enclosing(target)) {
                if !std::mem::replace(&mut active[index], true) {
                    to_enter.extend(&self.states[index].regions);
                    let targets = self.targets(index).into_iter();
                    to_enter.extend(targets.map(|(target, kind)| self.leads_to(target, kind)));
                }
            }
        }
        for (index, state) in self.states.iter().enumerate() {
            // What lies inside an unreachable state needs no word of its own.
            if !active[index] && state.parent.is_none_or(|parent| active[parent]) {
                let name = &state.name;
                errors.at(
                    &state.handler.ident,
                    format!("no initial and no transition leads to `{name}`; remove it, or say that this is meant with #[state(unreachable_ok)]"),
                );
            }
        }
    }
}

/// An action of the chart as a whole: there is at most one.
fn only(slot: &mut Option<Action>, method: &Method, kind: &str, errors: &mut Errors) {
    match slot {
        Some(other) => errors.at(
            &method.ident,
            format!(
                "the chart has {kind} already, `{}`; merge the two",
                other.ident
            ),
        ),
        None => *slot = Some(Action::of(method)),
    }
}

fn context_of(method: &Method) -> Option<&Parameter> {
    let mut parameters = method.parameters.iter();
    parameters.find(|parameter| parameter.what == Argument::Context)
}

/// What a context begins that ends with the state.
const BOUND: [&str; 4] = ["after", "spawn", "spawn_blocking", "attach"];

/// Finds `cx.after` and its like, in macros too.
fn begins_what_ends(tokens: TokenStream, context: &str) -> Option<Ident> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let direct = tokens.windows(3).find_map(|window| match window {
        [
            TokenTree::Ident(receiver),
            TokenTree::Punct(dot),
            TokenTree::Ident(method),
        ] if receiver == context
            && dot.as_char() == '.'
            && BOUND.iter().any(|bound| method == bound) =>
        {
            Some(method.clone())
        }
        _ => None,
    });
    direct.or_else(|| {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => begins_what_ends(group.stream(), context),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
        })
    })
}
