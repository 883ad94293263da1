//! What the demo shows at its beginning and at its end.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Value, json};

use super::{
    Options,
    cluster::{Cluster, node_of},
    script::{Outcome, Scene},
    story::Story,
};

/// The address card: who is where, once every link is up.
pub(super) fn card(story: &Story, cluster: &Cluster, options: &Options) {
    let Options {
        nodes,
        philosophers,
        seconds,
        seed,
        ..
    } = options;
    story.say(&format!(
        "farc {} demo: {nodes} nodes, {philosophers} philosophers, 1 table, {seconds} s, seed {seed}   (Ctrl-C stops everything)",
        env!("CARGO_PKG_VERSION")
    ));
    for (at, (home, process)) in cluster.homes.iter().zip(&cluster.processes).enumerate() {
        let pid = process.as_ref().map_or(0, |process| process.id());
        let seats: Vec<String> = (0..*philosophers)
            .filter(|seat| node_of(*seat, options) == at)
            .map(|seat| seat.to_string())
            .collect();
        let hosts = if at == 0 {
            "the table".to_owned()
        } else {
            format!("philosophers {}", seats.join(", "))
        };
        story.say(&format!(
            "  {:<8} {}/udp  pid {pid:<8} {:<8} {hosts}",
            home.name,
            home.listen,
            home.config.display()
        ));
    }
    let links = cluster.pairs().count();
    story.say(&format!(
        "  mesh     {links}/{links} links up, mutual TLS, throw-away certificates; all files in {}",
        cluster.folder.path().display()
    ));
    story.say(&format!(
        "  ask      farc-node status --socket {}",
        cluster.homes[0].socket.display()
    ));
    story.say("");
}

impl Outcome {
    /// Why the demo failed, line by line; nothing if it did not.
    pub(super) fn failures(&self) -> Vec<String> {
        let mut failures = self.verdict.problems.clone();
        let hidden = !self.verdict.holds() && failures.is_empty();
        failures.extend(hidden.then(|| "the journals prove a fault".to_owned()));
        failures.extend(
            self.books
                .unbalanced
                .iter()
                .map(|books| format!("books do not balance: {books}")),
        );
        let shown = [
            ("resumed", self.books.resumed),
            ("replayed", self.books.replayed),
            ("deduplicated", self.books.deduplicated),
        ];
        failures.extend(
            shown
                .iter()
                .filter(|(_, count)| *count == 0)
                .map(|(what, _)| {
                    format!("nothing was {what}: renewal and cut have proved nothing")
                }),
        );
        failures
    }

    /// The verdict, for people.
    pub(super) fn tell(&self, story: &Story) {
        let (verdict, books) = (&self.verdict, &self.books);
        story.say("");
        story.say(&format!(
            "meals       {} ({})",
            total(&verdict.meals),
            list(&verdict.meals)
        ));
        story.say(&format!("violations  {}", verdict.violations));
        story.say(&format!(
            "events      {} published, {} dispatched, {} lost, {} doubled, {} out of order, {} gaps   (from the journals)",
            verdict.published, verdict.dispatched, verdict.lost, verdict.doubled, verdict.reordered, verdict.gaps
        ));
        story.say(&format!(
            "links       {} offered, {} resumed, {} replayed, {} deduplicated, {} dropped   (from the nodes' books)",
            books.offered, books.resumed, books.replayed, books.deduplicated, books.dropped
        ));
        for Scene {
            what,
            whom,
            detect,
            recover,
        } in &self.scenes
        {
            story.say(&format!(
                "{what:<11} {whom}: noticed {}, linked again {}",
                after(*detect),
                after(*recover)
            ));
        }
        let failures = self.failures();
        for failure in &failures {
            story.say(&format!("FAILED      {failure}"));
        }
        if failures.is_empty() {
            story.say("OK          every philosopher ate, no neighbours at once; nothing lost, nothing doubled; all books balance");
        }
    }

    /// The verdict, for programs.
    pub(super) fn json(&self, options: &Options) -> Value {
        let (verdict, books) = (&self.verdict, &self.books);
        let failures = self.failures();
        json!({
            "ok": failures.is_empty(),
            "nodes": options.nodes,
            "philosophers": options.philosophers,
            "seconds": options.seconds,
            "seed": options.seed,
            "meals": total(&verdict.meals),
            "meals_by_philosopher": verdict.meals,
            "violations": verdict.violations,
            "published": verdict.published,
            "offered": books.offered,
            "dispatched": verdict.dispatched,
            "dropped": books.dropped,
            "lost": verdict.lost,
            "doubled": verdict.doubled,
            "reordered": verdict.reordered,
            "invented": verdict.invented,
            "gaps": verdict.gaps,
            "resumed": books.resumed,
            "replayed": books.replayed,
            "deduplicated": books.deduplicated,
            "detect_ms": worst(&self.scenes, |scene| scene.detect),
            "recover_ms": worst(&self.scenes, |scene| scene.recover),
            "faults": self.scenes.iter().map(|scene| json!({
                "what": scene.what,
                "whom": scene.whom,
                "detect_ms": scene.detect.map(millis),
                "recover_ms": scene.recover.map(millis),
            })).collect::<Vec<_>>(),
            "failures": failures,
        })
    }
}

fn total(meals: &[u64]) -> u64 {
    meals.iter().sum()
}

fn list(meals: &[u64]) -> String {
    let mut text = String::new();
    for (seat, meals) in meals.iter().enumerate() {
        let comma = if seat == 0 { "" } else { ", " };
        write!(text, "{comma}{seat}: {meals}").expect("writing to a string cannot fail");
    }
    text
}

fn after(time: Option<Duration>) -> String {
    time.map_or_else(
        || "before anybody missed it".to_owned(),
        |time| format!("after {} ms", millis(time)),
    )
}

fn worst(scenes: &[Scene], of: impl Fn(&Scene) -> Option<Duration>) -> Option<u64> {
    scenes.iter().filter_map(of).max().map(millis)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
