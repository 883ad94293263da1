//! Random charts: the same seed gives the same chart, in the build script that writes it out and in the test that interprets it.

use super::description::{
    Answer, Arm, Body, COUNTS, Chart, Data, Effect, FLAGS, Guard, History, LETTERS, Letter, NUMBER,
    State,
};
use super::rng::Rng;

/// What a chart may contain beside plain transitions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Features {
    pub(crate) history: bool,
    pub(crate) defer: bool,
    pub(crate) regions: bool,
    pub(crate) data: bool,
    /// Whether it is an actor in a domain.
    pub(crate) actor: bool,
}

/// What the chart of a seed may contain: of each kind of chart there are some.
pub(crate) fn features(seed: u64) -> Features {
    Features {
        history: true,
        defer: true,
        regions: true,
        data: true,
        // Actors have queues of the kernel's and are seen from outside only, so most charts are machines.
        actor: seed % 5 == 4,
    }
}

/// The most states and levels of a chart.
const STATES: usize = 40;
const LEVELS: usize = 8;

/// The chart of a seed.
pub(crate) fn chart(seed: u64, features: Features) -> Chart {
    let mut growing = Growing {
        rng: Rng::new(seed, "chart"),
        features,
        chart: Chart {
            seed,
            actor: features.actor,
            initial: 0,
            start: None,
            states: Vec::new(),
            defer: 0,
            recall_by_hand: false,
        },
    };
    growing.plant();
    growing.divide_into_regions();
    growing.give_initials();
    growing.give_history();
    growing.give_data();
    growing.chart.defer = growing.rng.between(1, 6);
    growing.chart.recall_by_hand = features.defer && growing.rng.chance(200);
    growing.give_actions();
    growing.give_handlers();
    growing.lead_everywhere();
    growing.chart
}

struct Growing {
    rng: Rng,
    features: Features,
    chart: Chart,
}

impl Growing {
    fn count(&self) -> usize {
        self.chart.states.len()
    }

    /// The forest of states, written in an order of its own.
    fn plant(&mut self) {
        let most = self.rng.pick(&[4, 8, 12, 16, 24, STATES]);
        let (count, levels) = (self.rng.between(1, most), self.rng.between(1, LEVELS));
        // A chart that is narrow is deep.
        let narrow = self.rng.between(100, 900);
        let mut parents: Vec<Option<usize>> = Vec::new();
        let mut level: Vec<usize> = Vec::new();
        for state in 0..count {
            let near = state.checked_sub(1).filter(|_| self.rng.chance(narrow));
            let parent = match near {
                Some(near) => Some(near),
                None if state > 0 && self.rng.chance(800) => Some(self.rng.below(state)),
                None => None,
            };
            let parent = parent.filter(|&parent| level[parent] < levels);
            level.push(parent.map_or(1, |parent| level[parent] + 1));
            parents.push(parent);
        }
        let mut place: Vec<usize> = (0..parents.len()).collect();
        for last in (1..place.len()).rev() {
            place.swap(last, self.rng.below(last + 1));
        }
        self.chart.states = vec![State::default(); parents.len()];
        for (state, parent) in parents.into_iter().enumerate() {
            self.chart.states[place[state]].parent = parent.map(|parent| place[parent]);
        }
    }

    fn divide_into_regions(&mut self) {
        let wanted = self.features.regions && self.rng.chance(500);
        for state in 0..self.count() {
            let mut regions = self.chart.children(state);
            if wanted && (2..=4).contains(&regions.len()) && self.rng.chance(600) {
                let by = self.rng.below(regions.len());
                regions.rotate_left(by);
                self.chart.states[state].regions = regions;
            }
        }
    }

    /// Composites get initials, from the inside out, so that each leads to what can be entered.
    fn give_initials(&mut self) {
        let mut composites: Vec<usize> = (0..self.count())
            .filter(|&state| !self.chart.is_leaf(state))
            .filter(|&state| self.chart.states[state].regions.is_empty())
            .collect();
        composites.sort_by_key(|&state| std::cmp::Reverse(self.chart.enclosing(state).len()));
        for state in composites {
            let is_region = self.chart.states[state]
                .parent
                .is_some_and(|parent| !self.chart.states[parent].regions.is_empty());
            if self.rng.chance(900) || is_region {
                self.chart.states[state].initial = self.somewhere_inside(state);
            }
        }
        let enterable: Vec<usize> = self.enterable();
        self.chart.initial = self.rng.pick(&enterable);
    }

    fn enterable(&self) -> Vec<usize> {
        (0..self.count())
            .filter(|&state| self.chart.is_enterable(state))
            .collect()
    }

    fn somewhere_inside(&mut self, outer: usize) -> Option<usize> {
        let inside: Vec<usize> = self
            .enterable()
            .into_iter()
            .filter(|&state| self.chart.encloses(outer, state))
            .collect();
        (!inside.is_empty()).then(|| self.rng.pick(&inside))
    }

    fn give_history(&mut self) {
        for state in 0..self.count() {
            let wanted = self.features.history && self.rng.chance(400);
            if wanted && !self.chart.is_leaf(state) && self.chart.is_enterable(state) {
                let deep = self.rng.chance(500);
                let with_default = self.rng.chance(500);
                let default = self.somewhere_inside(state).filter(|_| with_default);
                self.chart.states[state].history = Some(History { deep, default });
            }
        }
    }

    fn give_data(&mut self) {
        for state in 0..self.count() {
            if self.features.data && self.rng.chance(250) {
                let fates = [Data::Dropped, Data::Borrowed, Data::Consumed];
                self.chart.states[state].data = Some(self.rng.pick(&fates));
            }
        }
    }

    /// Entry, exit and init actions. A chart of an actor has all of them, for there nobody else tells what happens.
    fn give_actions(&mut self) {
        let often = if self.features.actor { 1000 } else { 650 };
        if self.rng.chance(500) {
            self.chart.start = Some(self.effects(&[], 1));
        }
        for state in 0..self.count() {
            let around = self.with_data(self.chart.enclosing(state));
            let inside = self.with_data(self.chart.with_enclosing(state));
            let data = self.chart.states[state].data;
            if self.rng.chance(often) || data.is_some() {
                self.chart.states[state].entry = Some(self.effects(&around, 1));
            }
            if self.rng.chance(often) || matches!(data, Some(Data::Borrowed | Data::Consumed)) {
                let may_touch = if data == Some(Data::Borrowed) {
                    &inside
                } else {
                    &around
                };
                self.chart.states[state].exit = Some(self.effects(may_touch, 1));
            }
            if self.chart.states[state].initial.is_some() && self.rng.chance(often) {
                self.chart.states[state].init = Some(self.effects(&inside, 1));
            }
        }
    }

    fn with_data(&self, mut states: Vec<usize>) -> Vec<usize> {
        states.retain(|&state| self.chart.states[state].data.is_some());
        states
    }

    fn effects(&mut self, data: &[usize], most: usize) -> Vec<Effect> {
        let count = self.rng.between(0, most);
        (0..count).map(|_| self.effect(data)).collect()
    }

    fn effect(&mut self, data: &[usize]) -> Effect {
        let flag = self.rng.below(FLAGS);
        let count = self.rng.below(COUNTS);
        let letter = self.rng.below(NUMBER);
        let posting = if self.features.defer { 150 } else { 0 };
        if !data.is_empty() && self.rng.chance(300) {
            return Effect::AddToData(self.rng.pick(data), self.rng.between(1, 5) as u8);
        }
        if self.rng.chance(posting) {
            return match self.rng.below(5) {
                0 | 1 => Effect::PostSelf(letter),
                2 => Effect::PostFront(letter),
                3 => Effect::Recall,
                _ if self.rng.chance(500) => Effect::DropDeferred,
                _ => Effect::AskDeferred,
            };
        }
        match self.rng.below(4) {
            0 => Effect::Set(flag, self.rng.chance(500)),
            1 => Effect::Toggle(flag),
            _ => Effect::Add(count, self.rng.between(1, 4) as u8),
        }
    }

    fn give_handlers(&mut self) {
        for state in 0..self.count() {
            let most = self.rng.between(0, 7);
            let mut taken = Vec::new();
            for _ in 0..most {
                if let Some(arm) = self.arm(state, &mut taken) {
                    self.chart.states[state].arms.push(arm);
                }
            }
            if self.rng.chance(60) {
                let arm = self.arm_for(state, Vec::new(), 600);
                self.chart.states[state].arms.push(arm);
            }
        }
    }

    /// An arm for letters that no arm before takes unconditionally.
    fn arm(&mut self, state: usize, taken: &mut Vec<Letter>) -> Option<Arm> {
        let count = if self.rng.chance(150) { 2 } else { 1 };
        let mut letters: Vec<Letter> = (0..count).map(|_| self.rng.below(LETTERS.len())).collect();
        letters.sort_unstable();
        letters.dedup();
        letters.retain(|letter| !taken.contains(letter));
        if letters.is_empty() {
            return None;
        }
        let arm = self.arm_for(state, letters, 400);
        if arm.guard.is_none() {
            taken.extend(&arm.letters);
        }
        Some(arm)
    }

    fn arm_for(&mut self, state: usize, letters: Vec<Letter>, guarded: usize) -> Arm {
        let numbered = letters == [NUMBER];
        let data = self.with_data(self.chart.with_enclosing(state));
        let mut effects = self.effects(&data, 2);
        if numbered && self.rng.chance(500) {
            effects.push(Effect::Keep(self.rng.below(COUNTS)));
        }
        let guard = self.rng.chance(guarded).then(|| self.guard(numbered));
        Arm {
            guard,
            effects,
            body: self.body(state, numbered, &data, 2),
            letters,
        }
    }

    fn guard(&mut self, numbered: bool) -> Guard {
        let divisor = self.rng.between(2, 3) as u8;
        let remainder = self.rng.below(usize::from(divisor)) as u8;
        match self.rng.below(8) {
            0 => Guard::Both(
                Box::new(self.guard(numbered)),
                Box::new(self.guard(numbered)),
            ),
            1 | 2 if numbered => Guard::Number { divisor, remainder },
            1..=4 => Guard::Count {
                count: self.rng.below(COUNTS),
                divisor,
                remainder,
            },
            _ => Guard::Flag(self.rng.below(FLAGS), self.rng.chance(500)),
        }
    }

    fn body(&mut self, state: usize, numbered: bool, data: &[usize], nested: usize) -> Body {
        if nested > 0 && self.rng.chance(200) {
            return Body::If {
                guard: self.guard(numbered),
                effects: self.effects(data, 1),
                then: Box::new(self.body(state, numbered, data, nested - 1)),
                otherwise: Box::new(self.body(state, numbered, data, nested - 1)),
                early: self.rng.chance(300),
            };
        }
        Body::Answer(self.answer(state))
    }

    fn answer(&mut self, state: usize) -> Answer {
        let roll = self.rng.below(1000);
        let target = self.target(state);
        let history = self.history_answer(state);
        match (roll, history) {
            (0..100, _) => Answer::Handled,
            (100..150, _) => Answer::Super,
            (150..155, _) if !self.features.actor => Answer::Stop,
            (155..270, _) if self.features.defer => Answer::Defer,
            (270..450, Some(answer)) => answer,
            (450..600, _) => target.map_or(Answer::Handled, Answer::Reenter),
            _ => target.map_or(Answer::Handled, Answer::To),
        }
    }

    /// What a transition of the state may name, its own surroundings more often than the rest.
    fn target(&mut self, source: usize) -> Option<usize> {
        let allowed: Vec<usize> = self
            .enterable()
            .into_iter()
            .filter(|&target| !self.chart.are_active_together(source, target))
            .collect();
        let on_one_path = |target: &usize| {
            *target == source
                || self.chart.encloses(source, *target)
                || self.chart.encloses(*target, source)
        };
        let near: Vec<usize> = allowed.iter().copied().filter(on_one_path).collect();
        let from = if !near.is_empty() && self.rng.chance(450) {
            near
        } else {
            allowed
        };
        (!from.is_empty()).then(|| self.rng.pick(&from))
    }

    /// A transition to a history. A shallow one may lead to each child, so each must lead on to a leaf.
    fn history_answer(&mut self, source: usize) -> Option<Answer> {
        let chart = &self.chart;
        let mut allowed = Vec::new();
        for target in 0..self.count() {
            let Some(history) = chart.states[target].history else {
                continue;
            };
            if chart.are_active_together(source, target) {
                continue;
            }
            let mut children = chart.children(target).into_iter();
            if children.all(|child| chart.is_enterable(child)) {
                allowed.push(Answer::History(target));
            }
            if history.deep {
                allowed.push(Answer::DeepHistory(target));
            }
        }
        (!allowed.is_empty()).then(|| self.rng.pick(&allowed))
    }

    /// Adds guarded transitions until some path leads to every state.
    fn lead_everywhere(&mut self) {
        loop {
            let reached = self.reached();
            let Some(missing) = (0..self.count())
                .find(|&state| !reached.contains(&state) && self.chart.is_leaf(state))
            else {
                return;
            };
            let sources: Vec<usize> = reached
                .into_iter()
                .filter(|&source| !self.chart.are_active_together(source, missing))
                .collect();
            let source = self.rng.pick(&sources);
            let arm = Arm {
                letters: vec![self.rng.below(LETTERS.len())],
                guard: Some(self.guard(false)),
                effects: Vec::new(),
                body: Body::Answer(Answer::To(missing)),
            };
            self.chart.states[source].arms.insert(0, arm);
        }
    }

    /// The states that some path of transitions can activate, whatever the guards say.
    fn reached(&self) -> Vec<usize> {
        let mut active = Vec::new();
        let mut entered = Vec::new();
        let mut to_enter = vec![self.chart.initial];
        while let Some(target) = to_enter.pop() {
            if entered.contains(&target) {
                continue;
            }
            entered.push(target);
            to_enter.extend(self.chart.states[target].initial);
            for state in self.chart.with_enclosing(target) {
                if !active.contains(&state) {
                    active.push(state);
                    let written = &self.chart.states[state];
                    to_enter.extend(&written.regions);
                    let bodies = written.arms.iter().map(|arm| &arm.body);
                    to_enter.extend(bodies.flat_map(Body::answers).filter_map(Answer::target));
                }
            }
        }
        active
    }
}
