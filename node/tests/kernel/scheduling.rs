//! B: who runs next.

use std::collections::VecDeque;

use farc::prelude::*;
use proptest::prelude::*;

use super::support::{A, Bench, Do, InputPosted, Script, script};

#[test]
fn the_most_urgent_actor_runs_first_and_equals_in_the_order_of_readiness() {
    let mut bench = Bench::new();
    for (name, priority) in [("low", 0), ("high", 63), ("mid1", 30), ("mid2", 30)] {
        bench.spawn(name, priority, script([]));
    }
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    assert_eq!(bench.run(), "high:A1 mid1:A1 mid2:A1 low:A1");
}

#[test]
fn an_actor_with_more_events_goes_to_the_back_of_its_level_after_one_step() {
    let mut bench = Bench::new();
    let one = bench.spawn("one", 5, script([]));
    let two = bench.spawn("two", 5, script([]));
    bench.domain.start();
    for n in 0..2 {
        bench.domain.post(&one, InputPosted::Note(n)).unwrap();
    }
    for n in 0..2 {
        bench.domain.post(&two, InputPosted::Note(n)).unwrap();
    }
    assert_eq!(bench.run(), "one:Note two:Note one:Note two:Note");
}

#[test]
fn no_actor_runs_inside_another_actors_step_even_if_it_is_more_urgent() {
    let mut bench = Bench::new();
    bench.spawn("high", 9, script([("start", vec![Do::Subscribe])]));
    bench.spawn(
        "low",
        1,
        script([("a1", vec![Do::PublishB(1), Do::PublishB(2)])]),
    );
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    // Both are in the mailbox of `high` before the handler of `low` returns, and only then do they run.
    assert_eq!(bench.run(), "high:A1 low:A1 high:B1 high:B2");
}

#[test]
fn nested_publications_to_oneself_and_others_run_by_priority_and_readiness() {
    let mut bench = Bench::new();
    let listens = || ("start", vec![Do::Subscribe]);
    bench.spawn(
        "x",
        10,
        script([
            listens(),
            ("a1", vec![Do::PublishB(1), Do::PostSelf(1)]),
            ("b2", vec![Do::PublishC(3)]),
        ]),
    );
    bench.spawn(
        "y",
        10,
        script([listens(), ("b1", vec![Do::PublishB(2), Do::PublishC(1)])]),
    );
    bench.spawn(
        "z",
        20,
        script([listens(), ("b1", vec![Do::PublishC(2), Do::PostSelf(9)])]),
    );
    bench.spawn("w", 5, script([]));
    bench.domain.start();
    bench.domain.publish(A { n: 1 });
    // z runs A1 alone: it is the most urgent. Then x (ready before y) publishes B1: z has it at once, and runs next; its C2 goes to the ends
    // of all three mailboxes. Then y, which was ready all the time, and x, which went to the back of the level after its step.
    assert_eq!(
        bench.run(),
        "z:A1 x:A1 z:B1 z:C2 z:Note y:A1 x:B1 y:B1 z:B2 z:C1 x:Note y:C2 x:C2 y:B2 x:B2 z:C3 y:C1 x:C1 y:C3 x:C3 w:A1"
    );
}

#[test]
fn a_full_mailbox_gives_a_post_back_and_counts_a_publication_as_dropped() {
    let mut bench = Bench::new();
    let options = ActorOptions {
        mailbox: 4,
        ..ActorOptions::default()
    };
    let to = bench.spawn_with("small", script([]), options);
    bench.domain.start();
    for n in 0..2 {
        bench.domain.post(&to, InputPosted::Note(n)).unwrap();
    }
    let refused = bench.domain.post(&to, InputPosted::Note(7)).unwrap_err();
    assert!(matches!(refused, PostError::Full(InputPosted::Note(7))));
    let published = bench.domain.publish(A { n: 1 });
    assert_eq!(
        (published.delivered, published.dropped.mailbox_full),
        (0, 1)
    );
    assert_eq!(
        bench.run(),
        "small!mailbox_full:test.ax1 small:Note small:Note"
    );
    bench.balanced();
    let letters = bench.domain.dead_letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].event, letters[0].cause.as_str()),
        ("test.a", "mailbox_full")
    );
}

#[test]
fn the_same_inputs_give_the_same_steps() {
    let run = || {
        let mut bench = Bench::new();
        for n in 0..8 {
            let rules = script([
                ("start", vec![Do::Subscribe, Do::After(5 * n, 1)]),
                ("note1", vec![Do::PublishB(1), Do::PostSelf(2)]),
                ("b1", vec![Do::PublishC(1)]),
                ("c1", vec![Do::Panic]),
            ]);
            bench.spawn(&format!("actor{n}"), (n % 3) as u8, rules);
        }
        bench.domain.start();
        let mut trace = String::new();
        for _ in 0..400 {
            trace += &bench.pass(1);
        }
        bench.balanced();
        trace
    };
    let first = run();
    assert!(first.len() > 1000);
    assert_eq!(first, run());
}

struct Modelled {
    priority: u8,
    mailbox: VecDeque<String>,
    script: Script,
}

/// The scheduling rules once more, as naively as possible: lists that are searched.
struct Model {
    actors: Vec<Modelled>,
    /// In the order of readiness.
    ready: Vec<usize>,
    trace: Vec<String>,
}

impl Model {
    fn publish(&mut self, event: &str, running: Option<usize>) {
        // Highest priority first, then in the order of subscribing, which is that of spawning.
        let mut receivers: Vec<usize> = (0..self.actors.len()).collect();
        receivers.sort_by_key(|&i| std::cmp::Reverse(self.actors[i].priority));
        for i in receivers {
            self.push(i, event, running);
        }
    }

    fn push(&mut self, i: usize, event: &str, running: Option<usize>) {
        self.actors[i].mailbox.push_back(event.to_owned());
        if running != Some(i) && !self.ready.contains(&i) {
            self.ready.push(i);
        }
    }

    fn run(&mut self) {
        while let Some(top) = self.ready.iter().map(|&i| self.actors[i].priority).max() {
            let at = self
                .ready
                .iter()
                .position(|&i| self.actors[i].priority == top)
                .unwrap();
            let i = self.ready.remove(at);
            let event = self.actors[i].mailbox.pop_front().unwrap();
            let shown = if event.starts_with("note") {
                "Note".to_owned()
            } else {
                event.to_uppercase()
            };
            self.trace.push(format!("{i}:{shown}"));
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "the strategy makes only these four"
            )]
            for action in self.actors[i]
                .script
                .get(&event)
                .cloned()
                .unwrap_or_default()
            {
                match action {
                    Do::PublishA(n) => self.publish(&format!("a{n}"), Some(i)),
                    Do::PublishB(n) => self.publish(&format!("b{n}"), Some(i)),
                    Do::PublishC(n) => self.publish(&format!("c{n}"), Some(i)),
                    Do::PostSelf(n) => self.push(i, &format!("note{n}"), Some(i)),
                    _ => panic!("not in the model"),
                }
            }
            if !self.actors[i].mailbox.is_empty() {
                self.ready.push(i);
            }
        }
    }
}

/// What level `n` of a nesting may publish: only deeper levels, so that it ends.
fn action(level: u32) -> impl Strategy<Value = Do> {
    (0..4u32, 1..3u32).prop_map(move |(kind, step)| match kind {
        0 => Do::PublishA(level + step),
        1 => Do::PublishB(level + step),
        2 => Do::PublishC(level + step),
        _ => Do::PostSelf(level + step),
    })
}

fn rules() -> impl Strategy<Value = Vec<(String, Vec<Do>)>> {
    let rule = (0..4u32, prop_oneof!["a", "b", "c", "note"]).prop_flat_map(|(level, kind)| {
        let actions = prop::collection::vec(action(level), 0..3);
        actions.prop_map(move |actions| (format!("{kind}{level}"), actions))
    });
    prop::collection::vec(rule, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_nesting_of_publications_runs_as_the_rules_say(
        actors in prop::collection::vec((0..4u8, rules()), 1..6),
    ) {
        let mut bench = Bench::new();
        let mut model = Model { actors: Vec::new(), ready: Vec::new(), trace: Vec::new() };
        for (i, (priority, rules)) in actors.into_iter().enumerate() {
            let mut rules: Script = rules.into_iter().collect();
            model.actors.push(Modelled { priority, mailbox: VecDeque::new(), script: rules.clone() });
            rules.insert("start".to_owned(), vec![Do::Subscribe]);
            let options = ActorOptions { priority, mailbox: 1 << 20, ..ActorOptions::default() };
            bench.spawn_with(&i.to_string(), rules, options);
        }
        bench.domain.start();
        bench.domain.publish(A { n: 0 });
        model.publish("a0", None);
        // B and C are subscribed to in `#[start]`, in the same order.
        model.run();
        prop_assert_eq!(bench.run(), model.trace.join(" "));
        bench.balanced();
    }
}
