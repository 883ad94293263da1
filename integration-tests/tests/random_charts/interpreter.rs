//! A slow interpreter of charts as data, written from the rules and not from the engine.
//!
//! It keeps no tables and no paths: the active configuration is a set of states, and each question about the tree is answered by walking it.

use crate::description::{Answer, Arm, Body, Chart, Data, Effect, Guard};
use crate::told::{Event, Fields, Note, Told};

/// A chart that runs.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter<'c> {
    chart: &'c Chart,
    pub(crate) fields: Fields,
    /// Whether each state is active.
    active: Vec<bool>,
    /// The child, and the leaf, that was exited last inside each composite.
    last_child: Vec<Option<usize>>,
    last_leaf: Vec<Option<usize>>,
    data: Vec<Option<u32>>,
    /// How often each state was exited: whether an answer left a composite.
    exits: Vec<u64>,
    pub(crate) told: Told,
}

/// What came of offering an event to a part of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// Nobody wanted it.
    Super,
    /// The state deferred it, and nobody handled it.
    Deferred(usize),
    /// Somebody handled it; `moved` if there was a transition.
    Done { moved: bool },
}

/// How an entry ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Initials,
    History { deep: bool },
}

impl<'c> Interpreter<'c> {
    pub(crate) fn new(chart: &'c Chart) -> Self {
        let count = chart.states.len();
        Self {
            chart,
            fields: Fields::default(),
            active: vec![false; count],
            last_child: vec![None; count],
            last_leaf: vec![None; count],
            data: vec![None; count],
            exits: vec![0; count],
            told: Told::with_room_for(chart.defer),
        }
    }

    /// The active leaves, in the order of the regions.
    pub(crate) fn leaves(&self) -> Vec<usize> {
        (0..self.chart.states.len())
            .filter(|&state| self.active[state] && self.chart.is_leaf(state))
            .collect()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.active.contains(&true)
    }

    /// The active states from the outside in, regions in braces.
    pub(crate) fn path(&self) -> Option<String> {
        let mut states = 0..self.chart.states.len();
        states
            .find(|&state| self.active[state] && self.chart.states[state].parent.is_none())
            .map(|outermost| self.path_from(outermost))
    }

    fn path_from(&self, state: usize) -> String {
        let children = self.chart.children(state).into_iter();
        let inside: Vec<String> = children
            .filter(|&child| self.active[child])
            .map(|child| self.path_from(child))
            .collect();
        match inside.as_slice() {
            [] => format!("s{state}"),
            [one] => format!("s{state}.{one}"),
            several => format!("s{state}.{{{}}}", several.join(", ")),
        }
    }

    pub(crate) fn recalls_by_hand(&self) -> bool {
        self.chart.recall_by_hand
    }

    /// The start action, and the top initial transition.
    pub(crate) fn start(&mut self) {
        if let Some(effects) = &self.chart.start {
            self.told.note(Note::Starts);
            self.run(effects, None);
        }
        let way = self.way(None, self.chart.initial);
        self.enter(&way, End::Initials);
    }

    /// One event, to completion.
    pub(crate) fn dispatch(&mut self, event: Event) -> Offered {
        let Some(outermost) = (0..self.chart.states.len())
            .find(|&state| self.active[state] && self.chart.states[state].parent.is_none())
        else {
            return Offered::Super;
        };
        let offered = self.offer(outermost, event);
        match offered {
            Offered::Super => self.told.note(Note::Ignored),
            Offered::Deferred(state) => self.told.note(Note::Defers(state)),
            Offered::Done { .. } => {}
        }
        offered
    }

    /// Stops from outside.
    pub(crate) fn stop(&mut self) {
        self.exit_below(None);
    }

    /// Offers the event to what is active inside the state, and then to the state itself.
    fn offer(&mut self, state: usize, event: Event) -> Offered {
        let inside = if self.chart.states[state].regions.is_empty() {
            match self.active_child(state) {
                Some(child) => self.offer(child, event),
                None => Offered::Super,
            }
        } else {
            self.offer_to_regions(state, event)
        };
        match inside {
            Offered::Super => self.ask(state, event),
            Offered::Deferred(_) | Offered::Done { .. } => inside,
        }
    }

    fn offer_to_regions(&mut self, composite: usize, event: Event) -> Offered {
        let exits = self.exits[composite];
        let mut came = Offered::Super;
        for region in self.chart.states[composite].regions.clone() {
            // An earlier region's answer may have left the composite.
            if self.exits[composite] != exits {
                break;
            }
            came = match (came, self.offer(region, event)) {
                (Offered::Done { moved: a }, Offered::Done { moved: b }) => {
                    Offered::Done { moved: a || b }
                }
                (Offered::Done { moved }, _) | (_, Offered::Done { moved }) => {
                    Offered::Done { moved }
                }
                (Offered::Deferred(state), _) | (_, Offered::Deferred(state)) => {
                    Offered::Deferred(state)
                }
                (Offered::Super, Offered::Super) => Offered::Super,
            };
        }
        came
    }

    /// The active state directly inside, of a composite that has one at a time.
    fn active_child(&self, state: usize) -> Option<usize> {
        let mut children = self.chart.children(state).into_iter();
        children.find(|&child| self.active[child])
    }

    /// Runs the handler of one state.
    fn ask(&mut self, state: usize, event: Event) -> Offered {
        let arms = &self.chart.states[state].arms;
        let Some((number, arm)) = arms
            .iter()
            .enumerate()
            .find(|(_, arm)| self.applies(arm, event))
        else {
            return Offered::Super;
        };
        self.told.note(Note::Reacts(state, number));
        self.run(&arm.effects, event.number());
        let answer = self.decide(&arm.body, event);
        self.answer(state, answer)
    }

    fn applies(&self, arm: &Arm, event: Event) -> bool {
        (arm.letters.is_empty() || arm.letters.contains(&event.letter()))
            && arm
                .guard
                .as_ref()
                .is_none_or(|guard| self.holds(guard, event))
    }

    fn holds(&self, guard: &Guard, event: Event) -> bool {
        match guard {
            Guard::Flag(flag, wanted) => self.fields.flags[*flag] == *wanted,
            Guard::Count {
                count,
                divisor,
                remainder,
            } => self.fields.counts[*count] % divisor == *remainder,
            Guard::Number { divisor, remainder } => event
                .number()
                .is_some_and(|number| number % divisor == *remainder),
            Guard::Both(a, b) => self.holds(a, event) && self.holds(b, event),
        }
    }

    fn decide(&mut self, body: &Body, event: Event) -> Answer {
        match body {
            Body::Answer(answer) => *answer,
            Body::If {
                guard,
                effects,
                then,
                otherwise,
                ..
            } => {
                if self.holds(guard, event) {
                    self.run(effects, event.number());
                    self.decide(then, event)
                } else {
                    self.decide(otherwise, event)
                }
            }
        }
    }

    fn answer(&mut self, source: usize, answer: Answer) -> Offered {
        if answer != Answer::Super {
            self.told.note(Note::Answer(source));
        }
        match answer {
            Answer::Super => return Offered::Super,
            Answer::Defer => return Offered::Deferred(source),
            Answer::Handled => {
                self.told.note(Note::Internal(source));
                return Offered::Done { moved: false };
            }
            Answer::Stop => {
                self.exit_below(None);
                self.told.note(Note::Stopped(source));
                return Offered::Done { moved: false };
            }
            Answer::To(target) => self.local(source, target, End::Initials),
            Answer::History(target) => self.local(source, target, End::History { deep: false }),
            Answer::DeepHistory(target) => self.local(source, target, End::History { deep: true }),
            Answer::Reenter(target) => self.external(source, target),
        }
        self.told.note(Note::Transition(source));
        Offered::Done { moved: true }
    }

    /// A7: the outer of source and target stays active if one encloses the other.
    fn local(&mut self, source: usize, target: usize, end: End) {
        if self.chart.encloses(source, target) {
            self.exit_below(Some(source));
            let way = self.way(Some(source), target);
            self.go_on(source, &way, end);
        } else if self.chart.encloses(target, source) {
            self.exit_below(Some(target));
            self.go_on(target, &[], end);
        } else {
            self.cross(source, target, end);
        }
    }

    /// A9: source and target are exited, whichever encloses the other.
    fn external(&mut self, source: usize, target: usize) {
        if self.chart.encloses(source, target) {
            self.exit(source);
            let outside = self.chart.states[source].parent;
            let way = self.way(outside, target);
            self.enter(&way, End::Initials);
        } else if self.chart.encloses(target, source) {
            self.exit(target);
            self.enter(&[target], End::Initials);
        } else {
            self.cross(source, target, End::Initials);
        }
    }

    /// Neither encloses the other, or they are the same: over the innermost state that properly encloses both.
    fn cross(&mut self, source: usize, target: usize, end: End) {
        let over = self
            .chart
            .enclosing(source)
            .into_iter()
            .find(|&outer| self.chart.encloses(outer, target));
        let to_exit = self.way(over, source);
        self.exit(to_exit[0]);
        let way = self.way(over, target);
        self.enter(&way, end);
    }

    /// The states from below `outer` down to `inner`.
    fn way(&self, outer: Option<usize>, inner: usize) -> Vec<usize> {
        let mut way = self.chart.with_enclosing(inner);
        way.reverse();
        match outer {
            Some(outer) => way.split_off(
                way.iter()
                    .position(|&state| state == outer)
                    .map_or(0, |at| at + 1),
            ),
            None => way,
        }
    }

    /// Exits the state with all that is active inside, the last region first.
    fn exit(&mut self, state: usize) {
        self.exit_below(Some(state));
        self.told.note(Note::Exit(state));
        let written = &self.chart.states[state];
        let data = self.data[state];
        if let Some(effects) = &written.exit {
            self.told.note(Note::ExitAction(state));
            if let (Some(Data::Borrowed | Data::Consumed), Some(value)) = (written.data, data) {
                self.told.note(Note::Data(state, value));
            }
            self.run(effects, None);
        }
        self.data[state] = None;
        self.told.note(Note::Exited(state));
        self.active[state] = false;
        self.exits[state] += 1;
        if let Some(parent) = written.parent {
            self.last_child[parent] = Some(state);
        }
        if self.chart.is_leaf(state) {
            for outer in self.chart.enclosing(state) {
                self.last_leaf[outer] = Some(state);
            }
        }
    }

    /// Exits all that is active inside the state; all there is for `None`.
    fn exit_below(&mut self, state: Option<usize>) {
        let mut children = match state {
            Some(state) => self.chart.children(state),
            None => (0..self.chart.states.len())
                .filter(|&state| self.chart.states[state].parent.is_none())
                .collect(),
        };
        children.retain(|&child| self.active[child]);
        for child in children.into_iter().rev() {
            self.exit(child);
        }
    }

    /// Enters the states on the way, with the other regions of those that have any, and ends as told below the last one.
    fn enter(&mut self, way: &[usize], end: End) {
        self.enter_alone(way[0]);
        self.go_on(way[0], &way[1..], end);
    }

    fn enter_alone(&mut self, state: usize) {
        self.told.note(Note::Entry(state));
        self.active[state] = true;
        let written = &self.chart.states[state];
        if let Some(effects) = &written.entry {
            self.told.note(Note::EntryAction(state));
            self.run(effects, None);
            let value = self.fields.sum() + state as u32;
            self.data[state] = written.data.map(|_| value);
        }
    }

    /// From a state that is active with nothing inside.
    fn go_on(&mut self, state: usize, way: &[usize], end: End) {
        if let Some(&next) = way.first() {
            let regions = &self.chart.states[state].regions;
            if regions.is_empty() {
                self.enter(way, end);
            }
            for &region in regions {
                if region == next {
                    self.enter(way, end);
                } else {
                    self.enter(&[region], End::Initials);
                }
            }
            return;
        }
        match end {
            End::Initials => self.follow_initial(state),
            End::History { deep } => self.resume(state, deep),
        }
    }

    /// A8.
    fn follow_initial(&mut self, state: usize) {
        let written = &self.chart.states[state];
        for &region in &written.regions {
            self.enter(&[region], End::Initials);
        }
        if let Some(initial) = written.initial {
            self.told.note(Note::Init(state));
            if let Some(effects) = &written.init {
                self.told.note(Note::InitAction(state));
                self.run(effects, None);
            }
            let way = self.way(Some(state), initial);
            self.go_on(state, &way, End::Initials);
        }
    }

    /// A11, A12.
    fn resume(&mut self, composite: usize, deep: bool) {
        let written = &self.chart.states[composite];
        let default = written.history.and_then(|history| history.default);
        match (self.last_child[composite], default) {
            (Some(_), _) if deep => {
                let leaf = self.remembered_leaf(composite);
                self.told.note(Note::History(composite, leaf));
                self.restore(composite);
            }
            // The regions are all its children, and all are entered.
            (Some(_), _) if !written.regions.is_empty() => self.follow_initial(composite),
            (Some(inside), _) | (None, Some(inside)) => {
                self.told.note(Note::History(composite, inside));
                let way = self.way(Some(composite), inside);
                self.go_on(composite, &way, End::Initials);
            }
            (None, None) => self.follow_initial(composite),
        }
    }

    /// Enters what was active inside when the state was exited last: the leaf, or with regions one in each.
    fn restore(&mut self, state: usize) {
        let mut inside = self.chart.states[state].regions.clone();
        if inside.is_empty() {
            inside.extend(self.last_child[state]);
        }
        for child in inside {
            self.enter_alone(child);
            self.restore(child);
        }
    }

    /// The leaf that was exited last, with regions that of the first one.
    fn remembered_leaf(&self, composite: usize) -> usize {
        let mut inside = composite;
        while !self.chart.is_leaf(inside) {
            let first = self.chart.states[inside].regions.first().copied();
            inside = first.or(self.last_child[inside]).unwrap_or_default();
        }
        let divided = self
            .chart
            .states
            .iter()
            .any(|state| !state.regions.is_empty());
        assert!(
            divided || self.last_leaf[composite] == Some(inside),
            "what was exited last is what each state on the way remembers"
        );
        inside
    }

    fn run(&mut self, effects: &[Effect], number: Option<u8>) {
        for &effect in effects {
            match effect {
                Effect::Set(flag, value) => self.fields.flags[flag] = value,
                Effect::Toggle(flag) => self.fields.flags[flag] = !self.fields.flags[flag],
                Effect::Add(count, by) => {
                    self.fields.counts[count] = self.fields.counts[count].wrapping_add(by);
                }
                Effect::Keep(count) => {
                    self.fields.counts[count] = number.unwrap_or(self.fields.counts[count]);
                }
                Effect::AddToData(state, by) => {
                    let value = self.data[state].unwrap_or_default().wrapping_add(by.into());
                    self.data[state] = Some(value);
                    self.told.note(Note::Data(state, value));
                }
                Effect::PostSelf(letter) => self.told.posts(Event::of(letter, 0)),
                Effect::PostFront(letter) => self.told.posts_front(Event::of(letter, 0)),
                Effect::Recall => self.told.recalls(),
                Effect::DropDeferred => self.told.drops_deferred(),
                Effect::AskDeferred => self.told.asks_deferred(),
            }
        }
    }
}
