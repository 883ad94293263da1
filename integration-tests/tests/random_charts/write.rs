//! Writes a chart as a user of `#[hsm]` would: one method a state, one `match` a method.

use std::fmt::Write as _;

use super::description::{
    Answer, Arm, Body, Chart, Data, Effect, Guard, LETTERS, Letter, NUMBER, State,
};

/// The name of the actor's type.
pub(crate) fn type_name(chart: &Chart) -> String {
    let kind = if chart.actor { "Actor" } else { "Chart" };
    format!("{kind}{}", chart.seed)
}

/// The actor with its chart.
pub(crate) fn source(chart: &Chart) -> String {
    let mut text = String::new();
    let name = type_name(chart);
    let written = Writer { chart };
    let _ = writeln!(
        text,
        "#[derive(Default)]\npub(crate) struct {name} {{\n    f: Fields,\n}}\n"
    );
    let _ = writeln!(text, "#[farc::hsm({})]\nimpl {name} {{", written.options());
    if let Some(effects) = &chart.start {
        let _ = writeln!(
            text,
            "    #[start]\n    fn start(&mut self, cx: &mut {}) {{\n        cx.starts();\n{}    }}\n",
            written.context(),
            written.effects(effects, 8),
        );
    }
    for state in 0..chart.states.len() {
        text.push_str(&written.state(state));
    }
    text.push_str("}\n\n");
    let _ = writeln!(
        text,
        "impl Fielded for {name} {{\n    fn fields(&self) -> Fields {{\n        self.f\n    }}\n}}\n"
    );
    if chart.actor {
        let _ = writeln!(
            text,
            "impl farc::Actor for {name} {{\n    type Args = ();\n    fn new((): (), _: &mut farc::Start<'_, Self>) -> Result<Self, farc::BuildError> {{\n        Ok(Self::default())\n    }}\n}}\n"
        );
    }
    text
}

struct Writer<'c> {
    chart: &'c Chart,
}

impl Writer<'_> {
    fn options(&self) -> String {
        let chart = self.chart;
        let mut keys = format!("event = Event, initial = s{}", chart.initial);
        if !chart.actor {
            keys.push_str(", context = Told");
        }
        let _ = write!(keys, ", defer = {}", chart.defer);
        if chart.recall_by_hand {
            keys.push_str(", recall = manual");
        }
        keys
    }

    fn context(&self) -> &'static str {
        if self.chart.actor {
            "farc::Context<'_, Self>"
        } else {
            "Told"
        }
    }

    fn state(&self, index: usize) -> String {
        let state = &self.chart.states[index];
        let mut text = format!(
            "    #[state{}]\n    fn s{index}(&mut self, event: &Event{}, cx: &mut {}) -> Next<Self> {{\n",
            self.keys(state, index),
            self.data_parameters(&all_effects(&state.arms)),
            self.context(),
        );
        text.push_str("        match event {\n");
        for (number, arm) in state.arms.iter().enumerate() {
            text.push_str(&self.arm(index, number, arm));
        }
        if !state
            .arms
            .iter()
            .any(|arm| arm.letters.is_empty() && arm.guard.is_none())
        {
            text.push_str("            _ => Super,\n");
        }
        text.push_str("        }\n    }\n\n");
        text.push_str(&self.entry(index, state));
        text.push_str(&self.exit(index, state));
        if let Some(effects) = &state.init {
            let _ = writeln!(
                text,
                "    #[init(s{index})]\n    fn init_s{index}(&mut self{}, cx: &mut {}) {{\n        cx.inits({index});\n{}    }}\n",
                self.data_parameters(effects),
                self.context(),
                self.effects(effects, 8),
            );
        }
        text
    }

    fn keys(&self, state: &State, index: usize) -> String {
        let mut keys: Vec<String> = Vec::new();
        keys.extend(state.parent.map(|parent| format!("parent = s{parent}")));
        keys.extend(state.initial.map(|initial| format!("initial = s{initial}")));
        if let Some(history) = state.history {
            keys.push(match (history.deep, history.default) {
                (false, None) => "history".to_owned(),
                (true, None) => "history = deep".to_owned(),
                (false, Some(default)) => format!("history(default = s{default})"),
                (true, Some(default)) => format!("history(deep, default = s{default})"),
            });
        }
        if !state.regions.is_empty() {
            let regions: Vec<String> = state.regions.iter().map(|r| format!("s{r}")).collect();
            keys.push(format!("regions = [{}]", regions.join(", ")));
        }
        keys.extend(
            state
                .data
                .map(|_| format!("data = {}", self.data_type(index))),
        );
        if keys.is_empty() {
            String::new()
        } else {
            format!("({})", keys.join(", "))
        }
    }

    /// States on one path have data of different types.
    fn data_type(&self, state: usize) -> String {
        format!("D{}", self.chart.enclosing(state).len())
    }

    fn data_name(&self, state: usize) -> String {
        self.data_type(state).to_lowercase()
    }

    fn data_parameters(&self, effects: &[Effect]) -> String {
        let mut states: Vec<usize> = Vec::new();
        for effect in effects {
            if let Effect::AddToData(state, _) = effect
                && !states.contains(state)
            {
                states.push(*state);
            }
        }
        states
            .into_iter()
            .map(|state| {
                format!(
                    ", {}: &mut {}",
                    self.data_name(state),
                    self.data_type(state)
                )
            })
            .collect()
    }

    fn entry(&self, index: usize, state: &State) -> String {
        let Some(effects) = &state.entry else {
            return String::new();
        };
        let (returns, value) = match state.data {
            Some(_) => (
                format!(" -> {}", self.data_type(index)),
                format!(
                    "        {}(self.f.sum() + {index})\n",
                    self.data_type(index)
                ),
            ),
            None => (String::new(), String::new()),
        };
        format!(
            "    #[entry(s{index})]\n    fn enter_s{index}(&mut self{}, cx: &mut {}){returns} {{\n        cx.enters({index});\n{}{value}    }}\n\n",
            self.data_parameters(effects),
            self.context(),
            self.effects(effects, 8),
        )
    }

    fn exit(&self, index: usize, state: &State) -> String {
        let Some(effects) = &state.exit else {
            return String::new();
        };
        let mut parameters = self.data_parameters(effects);
        let (name, data) = (self.data_name(index), self.data_type(index));
        let own = match state.data {
            Some(Data::Borrowed) => format!(", {name}: &mut {data}"),
            Some(Data::Consumed) => format!(", {name}: {data}"),
            Some(Data::Dropped) | None => String::new(),
        };
        if !parameters.contains(&own) {
            parameters.push_str(&own);
        }
        let say = if own.is_empty() {
            String::new()
        } else {
            format!("        cx.says({index}, {name}.0);\n")
        };
        format!(
            "    #[exit(s{index})]\n    fn exit_s{index}(&mut self{parameters}, cx: &mut {}) {{\n        cx.exits({index});\n{say}{}    }}\n\n",
            self.context(),
            self.effects(effects, 8),
        )
    }

    fn arm(&self, state: usize, number: usize, arm: &Arm) -> String {
        let counted = uses_number(arm);
        let pattern = if arm.letters.is_empty() {
            "_".to_owned()
        } else {
            let letters: Vec<String> = arm.letters.iter().map(|&l| letter(l, counted)).collect();
            letters.join(" | ")
        };
        let guard = arm
            .guard
            .as_ref()
            .map_or_else(String::new, |guard| format!(" if {}", condition(guard)));
        format!(
            "            {pattern}{guard} => {{\n                cx.reacts({state}, {number});\n{}{}            }}\n",
            self.effects(&arm.effects, 16),
            self.body(&arm.body, 16),
        )
    }

    fn body(&self, body: &Body, indent: usize) -> String {
        let margin = " ".repeat(indent);
        match body {
            Body::Answer(given) => format!("{margin}{}\n", answer(*given)),
            Body::If {
                guard,
                effects,
                then,
                otherwise,
                early,
            } => {
                let guard = condition(guard);
                let effects = self.effects(effects, indent + 4);
                match (&**then, early) {
                    (Body::Answer(then), true) => format!(
                        "{margin}if {guard} {{\n{effects}{margin}    return {};\n{margin}}}\n{}",
                        answer(*then),
                        self.body(otherwise, indent),
                    ),
                    _ => format!(
                        "{margin}if {guard} {{\n{effects}{}{margin}}} else {{\n{}{margin}}}\n",
                        self.body(then, indent + 4),
                        self.body(otherwise, indent + 4),
                    ),
                }
            }
        }
    }

    fn effects(&self, effects: &[Effect], indent: usize) -> String {
        let margin = " ".repeat(indent);
        effects
            .iter()
            .map(|effect| format!("{margin}{}\n", self.effect(effect)))
            .collect()
    }

    fn effect(&self, effect: &Effect) -> String {
        match *effect {
            Effect::Set(flag, value) => format!("self.f.flags[{flag}] = {value};"),
            Effect::Toggle(flag) => format!("self.f.flags[{flag}] = !self.f.flags[{flag}];"),
            Effect::Add(count, by) => {
                format!("self.f.counts[{count}] = self.f.counts[{count}].wrapping_add({by});")
            }
            Effect::Keep(count) => format!("self.f.counts[{count}] = *n;"),
            Effect::AddToData(state, by) => {
                let name = self.data_name(state);
                format!("{name}.0 = {name}.0.wrapping_add({by}); cx.says({state}, {name}.0);")
            }
            Effect::PostSelf(l) => format!("cx.posts({});", letter(l, false)),
            Effect::PostFront(l) => format!("cx.posts_front({});", letter(l, false)),
            Effect::Recall => "cx.recalls();".to_owned(),
            Effect::DropDeferred => "cx.drops_deferred();".to_owned(),
            Effect::AskDeferred => "cx.asks_deferred();".to_owned(),
        }
    }
}

fn letter(letter: Letter, bound: bool) -> String {
    let name = LETTERS[letter];
    match (letter == NUMBER, bound) {
        (false, _) => format!("Event::{name}"),
        (true, false) => format!("Event::{name}(_)"),
        (true, true) => format!("Event::{name}(n)"),
    }
}

fn answer(answer: Answer) -> String {
    match answer {
        Answer::Handled => "Handled".to_owned(),
        Answer::Super => "Super".to_owned(),
        Answer::To(target) => format!("To(State::S{target})"),
        Answer::Reenter(target) => format!("Reenter(State::S{target})"),
        Answer::History(target) => format!("History(State::S{target})"),
        Answer::DeepHistory(target) => format!("DeepHistory(State::S{target})"),
        Answer::Defer => "Defer".to_owned(),
        Answer::Stop => "Stop".to_owned(),
    }
}

fn condition(guard: &Guard) -> String {
    match guard {
        Guard::Flag(flag, true) => format!("self.f.flags[{flag}]"),
        Guard::Flag(flag, false) => format!("!self.f.flags[{flag}]"),
        Guard::Count {
            count,
            divisor,
            remainder,
        } => format!("self.f.counts[{count}] % {divisor} == {remainder}"),
        Guard::Number { divisor, remainder } => format!("*n % {divisor} == {remainder}"),
        Guard::Both(a, b) => format!("{} && {}", condition(a), condition(b)),
    }
}

fn uses_number(arm: &Arm) -> bool {
    fn in_guard(guard: &Guard) -> bool {
        match guard {
            Guard::Number { .. } => true,
            Guard::Both(a, b) => in_guard(a) || in_guard(b),
            Guard::Flag(..) | Guard::Count { .. } => false,
        }
    }
    fn in_body(body: &Body) -> bool {
        match body {
            Body::Answer(_) => false,
            Body::If {
                guard,
                then,
                otherwise,
                ..
            } => in_guard(guard) || in_body(then) || in_body(otherwise),
        }
    }
    let kept = all_effects(std::slice::from_ref(arm))
        .iter()
        .any(|effect| matches!(effect, Effect::Keep(_)));
    kept || arm.guard.as_ref().is_some_and(in_guard) || in_body(&arm.body)
}

fn all_effects(arms: &[Arm]) -> Vec<Effect> {
    fn in_body(body: &Body, found: &mut Vec<Effect>) {
        if let Body::If {
            effects,
            then,
            otherwise,
            ..
        } = body
        {
            found.extend(effects);
            in_body(then, found);
            in_body(otherwise, found);
        }
    }
    let mut found = Vec::new();
    for arm in arms {
        found.extend(&arm.effects);
        in_body(&arm.body, &mut found);
    }
    found
}
