//! What a test expects of a node, and refuses.

use std::time::Duration;

use super::TestNode;
use crate::signal::Signal;

impl TestNode {
    /// Takes the oldest signal of this type that an actor of this node has published and that was not taken before. If there is none, lets time
    /// pass until there is.
    ///
    /// # Panics
    ///
    /// With a report, when there is none `within` this time.
    #[track_caller]
    pub fn expect<S: Signal>(&self, within: Duration) -> S {
        match self.wait(within, || self.take_published::<S>()) {
            Some((_, signal)) => signal,
            None => self.fail(&format!(
                "`{}` was to be published within {within:?}",
                S::NAME
            )),
        }
    }

    /// Lets this time pass, in which no actor of this node may publish a signal of this type. Nor may there be one that was published before and not
    /// taken: [`published`](TestNode::published) takes what is to be overlooked.
    ///
    /// # Panics
    ///
    /// With a report, when there is one.
    #[track_caller]
    pub fn refuse<S: Signal>(&self, during: Duration) {
        if let Some((actor, _)) = self.wait(during, || self.take_published::<S>()) {
            self.fail(&format!(
                "`{}` was not to be published during {during:?}, and `{actor}` did",
                S::NAME
            ));
        }
    }

    /// Takes the signals of this type that actors of this node have published and that were not taken before, in order.
    pub fn published<S: Signal>(&self) -> Vec<S> {
        let world = self.stage.world();
        world.nodes[self.index].journal.take_all_published()
    }

    /// Takes the oldest signal of this type that this actor has handled, wherever it came from, and that was not taken before. If there is none, lets time pass
    /// until there is. `$sys` signals are among them.
    ///
    /// # Panics
    ///
    /// With a report, when there is none `within` this time.
    #[track_caller]
    pub fn expect_handled<S: Signal>(&self, actor: &str, within: Duration) -> S {
        match self.wait(within, || self.take_handled::<S>(actor)) {
            Some(signal) => signal,
            None => self.fail(&format!(
                "`{actor}` was to handle `{}` within {within:?}",
                S::NAME
            )),
        }
    }

    /// Lets this time pass, in which this actor may not handle a signal of this type, nor may there be one that it handled before and that was not
    /// taken.
    ///
    /// # Panics
    ///
    /// With a report, when there is one.
    #[track_caller]
    pub fn refuse_handled<S: Signal>(&self, actor: &str, during: Duration) {
        if self
            .wait(during, || self.take_handled::<S>(actor))
            .is_some()
        {
            self.fail(&format!(
                "`{actor}` was not to handle `{}` during {during:?}",
                S::NAME
            ));
        }
    }

    /// Takes the signals of this type that this actor has handled and that were not taken before, in order.
    pub fn handled<S: Signal>(&self, actor: &str) -> Vec<S> {
        let world = self.stage.world();
        world.nodes[self.index].journal.take_all_handled(actor)
    }

    /// Says that an actor is in this state now, once nothing is left to do at the present time: itself, or in a state inside it. `bright` and
    /// `on` and `on.bright` are all true of `on.bright`.
    ///
    /// # Panics
    ///
    /// With a report, when it is not; and when there is no actor of this name.
    #[track_caller]
    pub fn expect_state(&self, actor: &str, state: &str) {
        self.run_until_idle();
        let now = self.state(actor);
        if !is_in(&now, state) {
            self.fail(&format!(
                "`{actor}` was to be in `{state}`, and is in `{now}`"
            ));
        }
    }

    /// Lets time pass until an actor is in this state, itself or in a state inside it. A state that it leaves at the same time is not seen.
    ///
    /// # Panics
    ///
    /// With a report, when it does not come there `within` this time; and when there is no actor of this name.
    #[track_caller]
    pub fn until_state(&self, actor: &str, state: &str, within: Duration) {
        let arrived = || is_in(&self.state(actor), state).then_some(());
        if self.wait(within, arrived).is_none() {
            let now = self.state(actor);
            self.fail(&format!(
                "`{actor}` was to come to `{state}` within {within:?}, and is in `{now}`"
            ));
        }
    }

    /// Lets time pass until a condition holds. It is looked at whenever nothing is left to do at the present time.
    ///
    /// # Panics
    ///
    /// With a report, when it does not hold `within` this time.
    #[track_caller]
    pub fn until(&self, mut condition: impl FnMut(&Self) -> bool, within: Duration) {
        if self
            .wait(within, || condition(self).then_some(()))
            .is_none()
        {
            self.fail(&format!("the condition was to hold within {within:?}"));
        }
    }

    fn take_published<S: Signal>(&self) -> Option<(String, S)> {
        let world = self.stage.world();
        world.nodes[self.index].journal.take_published()
    }

    fn take_handled<S: Signal>(&self, actor: &str) -> Option<S> {
        let world = self.stage.world();
        world.nodes[self.index].journal.take_handled(actor)
    }

    #[track_caller]
    fn wait<T>(&self, within: Duration, found: impl FnMut() -> Option<T>) -> Option<T> {
        self.stage.wait(within, found)
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        self.stage.fail(Some(self.index), what)
    }
}

/// Whether `wanted`, a state or a part of a path, is among the active states: `on.{motor.idle, light.dark}` is two paths.
fn is_in(active: &str, wanted: &str) -> bool {
    let wanted: Vec<&str> = wanted.split('.').collect();
    let mut paths = Vec::new();
    spread(active, &mut Vec::new(), &mut paths);
    let holds = |path: &Vec<&str>| path.windows(wanted.len()).any(|part| *part == *wanted);
    paths.iter().any(holds)
}

/// Writes the paths out that start with `above`.
fn spread<'s>(text: &'s str, above: &mut Vec<&'s str>, into: &mut Vec<Vec<&'s str>>) {
    let depth = above.len();
    let mut rest = text;
    while let Some((state, below)) = rest
        .split_once('.')
        .filter(|(state, _)| !state.contains('{'))
    {
        above.push(state);
        rest = below;
    }
    match rest
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        Some(regions) => {
            for region in split(regions) {
                spread(region.trim(), above, into);
            }
        }
        None => {
            above.push(rest);
            into.push(above.clone());
        }
    }
    above.truncate(depth);
}

/// The parts between the commas that are in no braces.
fn split(regions: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let between = |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    regions.split(between).collect()
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn a_part_of_a_path_is_enough() {
        for wanted in ["on", "bright", "on.bright", "top.on"] {
            assert!(is_in("top.on.bright", wanted), "{wanted}");
        }
        for wanted in ["top.bright", "o", "on.", "", "brighter"] {
            assert!(!is_in("top.on.bright", wanted), "{wanted}");
        }
        assert!(!is_in("", "on"));
    }

    #[test]
    fn regions_are_paths_beside_each_other() {
        let active = "on.{motor.idle, light.{red.dark, green.lit}}";
        for wanted in [
            "on",
            "motor",
            "on.motor.idle",
            "light.red",
            "on.light.green.lit",
        ] {
            assert!(is_in(active, wanted), "{wanted}");
        }
        for wanted in ["idle.light", "on.red", "dark.green"] {
            assert!(!is_in(active, wanted), "{wanted}");
        }
    }
}
