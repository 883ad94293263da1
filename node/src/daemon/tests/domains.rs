//! Nodes of several domains: one order at the start (E1), nothing half-started (E3), and an end for all (D7).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::render;
use super::{Host, Node, StartError, environment, run};
use crate::config::{ActorConfig, ActorTypes, DomainConfig, DomainHost, NodeConfig};
use crate::prelude::*;
use crate::sys::Shutdown;

/// What happened, by test: the tests share a process.
static LOG: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

fn log(test: &str, line: String) {
    let mut log = LOG.lock().unwrap();
    log.entry(test.to_owned()).or_default().push(line);
}

/// What has happened since the last call.
fn logged(test: &str) -> Vec<String> {
    LOG.lock().unwrap().remove(test).unwrap_or_default()
}

/// A word that goes round until nothing is left of it.
#[derive(Signal, Serialize, Deserialize, Clone, Debug)]
#[signal("domains.word")]
struct Word {
    from: String,
    left: u32,
}

#[derive(Event)]
enum TalkerEvent {
    Word(Word),
    Shutdown(Shutdown),
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
struct TalkerArgs {
    test: String,
    /// How often a word of its own goes round when the node leaves.
    farewell: Option<u32>,
    refuse: Option<bool>,
}

struct Talker {
    name: String,
    args: TalkerArgs,
}

impl Actor for Talker {
    type Args = TalkerArgs;

    fn new(args: TalkerArgs, cx: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        let name = cx.name().to_owned();
        log(&args.test, format!("new {name}"));
        if args.refuse == Some(true) {
            return Err(BuildError::argument("refuse", "it is set"));
        }
        Ok(Self { name, args })
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        self.log("drop");
    }
}

impl Talker {
    fn log(&self, what: &str) {
        log(&self.args.test, format!("{what} {}", self.name));
    }

    fn say(&self, cx: &mut Context<'_, Self>, left: u32) {
        let from = self.name.clone();
        let published = cx.publish(Word { from, left });
        assert_eq!(published.dropped.total(), 0);
    }
}

#[hsm(event = TalkerEvent, initial = talking, subscribe = [Word, Shutdown])]
impl Talker {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        self.log("start");
        if self.args.farewell.is_none() {
            self.say(cx, 0);
        }
    }

    #[state]
    fn talking(&mut self, event: &TalkerEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            TalkerEvent::Word(Word { from, left }) if *from != self.name => {
                self.log(&format!("{from} to"));
                if *left > 0 {
                    self.say(cx, left - 1);
                }
                Handled
            }
            TalkerEvent::Word(_) => Handled,
            TalkerEvent::Shutdown(_) => {
                if let Some(left @ 1..) = self.args.farewell {
                    self.say(cx, left);
                }
                Handled
            }
        }
    }

    #[exit(talking)]
    fn leave(&mut self) {
        self.log("exit");
    }
}

fn types() -> Arc<ActorTypes> {
    let mut types = ActorTypes::new();
    types.add::<Talker>("talker");
    Arc::new(types)
}

fn talker(test: &str, name: &str, domain: &str, more: &str) -> ActorConfig {
    let params = format!("test = \"{test}\"\n{more}");
    let params: crate::config::Params = params.parse().unwrap();
    let mut actor = ActorConfig::new(name, "talker").with(params);
    actor.domain = domain.to_owned();
    actor
}

/// A node with the domains `main`, `control` and, on the caller's thread, `near`.
fn config(actors: Vec<ActorConfig>) -> NodeConfig {
    let mut config = NodeConfig::new("several".parse().unwrap(), "dev".parse().unwrap());
    let mut near = DomainConfig::new("near");
    near.thread = DomainHost::Link;
    config.domains = vec![DomainConfig::new("control"), near];
    config.actors = actors;
    config
}

async fn start(host: Host, config: NodeConfig) -> Result<Node, StartError> {
    Node::start(config, types(), environment(host)).await
}

#[test]
fn e01_actors_of_all_domains_are_constructed_and_started_in_one_order_before_any_event() {
    for (host, test) in [(Host::Thread, "e01 thread"), (Host::Task, "e01 task")] {
        run(async {
            let places = ["main", "control", "main", "near", "control"];
            let actors = places.iter().enumerate();
            let actors = actors.map(|(n, domain)| talker(test, &format!("t{n}"), domain, ""));
            let node = start(host, config(actors.collect())).await.unwrap();
            let names: Vec<_> = node.domains().collect();
            assert_eq!(names, ["main", "control", "near"]);
            let status = node.status().await;
            let of = |field: fn(&super::super::ActorStatus) -> &str| {
                let actors = status.actors.iter().map(field);
                actors.map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(of(|actor| &actor.name), ["t0", "t1", "t2", "t3", "t4"]);
            assert_eq!(of(|actor| &actor.domain), places);
            let shown = render::status(&status);
            assert!(shown.contains("actor  domain   type"), "{shown}");
            assert!(shown.contains("t1     control  talker"), "{shown}");
            let report = node.shutdown("the test is over").await;
            assert!(report.ran_down && report.stopped, "{report:?}");
        });
        let lines = logged(test);
        let expected = ["new", "start"].map(|what| (0..5).map(move |n| format!("{what} t{n}")));
        let expected: Vec<_> = expected.into_iter().flatten().collect();
        assert_eq!(lines[..10], expected);
        // Each heard each of the others, wherever it lives.
        let heard = lines.iter().filter(|line| line.contains(" to "));
        assert_eq!(heard.count(), 5 * 4);
    }
}

#[test]
fn e03_a_construction_that_fails_in_any_domain_leaves_nothing_running() {
    for (host, test) in [(Host::Thread, "e03 thread"), (Host::Task, "e03 task")] {
        let actors = vec![
            talker(test, "one", "main", ""),
            talker(test, "two", "near", ""),
            talker(test, "three", "control", "refuse = true"),
            talker(test, "four", "main", ""),
        ];
        let error = run(start(host, config(actors))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot construct actor `three` of type `talker`: argument `refuse`: it is set"
        );
        assert_eq!(error.exit().code(), 78);
        // By now all threads have ended: what was constructed is gone, and never started.
        let mut lines = logged(test);
        lines[3..].sort();
        assert_eq!(
            lines,
            ["new one", "new two", "new three", "drop one", "drop two"]
        );
    }
}

#[test]
fn e03_an_unknown_domain_of_a_config_in_code_is_named_with_those_that_there_are() {
    let actors = vec![talker("unknown", "one", "elsewhere", "")];
    let error = run(start(Host::Thread, config(actors))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot construct actor `one` of type `talker`: unknown domain `elsewhere`: expected `main`, `control` or `near`"
    );
}

#[test]
fn d07_a_node_leaves_when_all_its_domains_are_idle_together() {
    const ROUNDS: u32 = 300;
    for (host, test) in [(Host::Thread, "d07 thread"), (Host::Task, "d07 task")] {
        run(async {
            let mut config = config(vec![
                talker(test, "one", "main", &format!("farewell = {ROUNDS}")),
                talker(test, "two", "control", "farewell = 0"),
            ]);
            config.shutdown = Duration::from_secs(60);
            let node = start(host, config).await.unwrap();
            let report = node.shutdown("the test is over").await;
            assert!(report.ran_down && report.stopped, "{report:?}");
        });
        let lines = logged(test);
        // The word has gone round between the domains to its end before anybody left.
        let heard = lines.iter().filter(|line| line.contains(" to ")).count();
        assert_eq!(heard, ROUNDS as usize + 1);
        let first_exit = lines
            .iter()
            .position(|line| line.starts_with("exit"))
            .unwrap();
        let last_word = lines
            .iter()
            .rposition(|line| line.contains(" to "))
            .unwrap();
        assert!(last_word < first_exit, "{lines:?}");
    }
}

#[test]
fn d05_the_dead_letters_of_all_domains_are_in_the_order_of_their_time() {
    run(async {
        let actors = vec![
            talker("letters", "one", "main", "farewell = 0"),
            talker("letters", "two", "control", "farewell = 0"),
        ];
        let node = start(Host::Thread, config(actors)).await.unwrap();
        for (domain, actor) in [("control", "two"), ("main", "one")] {
            let stop = move |domain: &mut Domain| {
                domain.publish(Shutdown {
                    reason: "not yet".to_owned(),
                });
                assert!(domain.stop_actor_named(actor));
            };
            node.domain(domain).unwrap().run(stop).unwrap();
            // Answered after it: the next one is later.
            node.status().await;
        }
        let found = node.dead_letters().await;
        let mut found: Vec<_> = found
            .letters
            .iter()
            .map(|letter| (&*letter.domain, &*letter.actor, &*letter.cause))
            .collect();
        // What the first publication brought the other domain may still have waited there.
        found.dedup();
        assert_eq!(
            found,
            [("control", "two", "stopped"), ("main", "one", "stopped")]
        );
        node.shutdown("the test is over").await;
    });
}

#[test]
fn an_actor_of_any_domain_is_found_by_its_name() {
    run(async {
        let actors = vec![
            talker("found", "one", "main", ""),
            talker("found", "two", "control", ""),
        ];
        let node = start(Host::Thread, config(actors)).await.unwrap();
        assert!(node.address::<Talker>("two").is_some());
        assert!(node.domain("control").is_some() && node.domain("elsewhere").is_none());
        node.shutdown("the test is over").await;
    });
}
