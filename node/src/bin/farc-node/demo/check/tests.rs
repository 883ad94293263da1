//! Forged journals: each fault flips the verdict, each excuse holds.

use super::*;
use crate::demo::journal::{Corrupt, Entry, Reader};

/// Journals of two nodes, forged line by line: `a` carries the table, `b` the two philosophers; each has a ticker.
struct Forged {
    words: Words,
    a: String,
    b: String,
    ended: Option<u64>,
    frozen: Vec<(u64, u64)>,
}

const END: u64 = 1_000_000;
const LIFE_A: &str = "10-1";
const LIFE_B: &str = "20-2";

impl Forged {
    /// A run in which all is well: five ticks of `a` reach `b`, and both philosophers eat, one after the other.
    fn flawless() -> Self {
        let mut forged = Self {
            words: Words::default(),
            a: String::new(),
            b: String::new(),
            ended: None,
            frozen: Vec::new(),
        };
        forged.a += &Entry::Start {
            node: "a",
            life: &LIFE_A,
        }
        .line(1);
        forged.b += &Entry::Start {
            node: "b",
            life: &LIFE_B,
        }
        .line(1);
        for n in 1..=5 {
            forged.publish(n);
            forged.dispatch(n);
        }
        forged.eats(0, 77, 1_000, 2_000);
        forged.eats(1, 78, 2_000, 3_000);
        forged
    }

    fn publish(&mut self, n: u64) {
        self.a += &Entry::Publish {
            actor: "ticker",
            signal: "demo.tick",
            n,
            receivers: 1,
        }
        .line(100 + n);
    }

    fn dispatch(&mut self, n: u64) {
        let entry = Entry::Dispatch {
            actor: "ticker",
            signal: "demo.tick",
            node: "a",
            publisher: "ticker",
            life: &LIFE_A,
            n,
        };
        self.b += &entry.line(200 + n);
    }

    fn gap(&mut self, life: &str, count: u64) {
        let signals = [("demo.tick".to_owned(), count)];
        self.b += &Entry::Gap {
            actor: "ticker",
            peer: "a",
            life: &life,
            cause: "age",
            count,
            signals: &signals,
        }
        .line(300);
    }

    fn eats(&mut self, philosopher: u32, lease: u64, from: u64, until: u64) {
        self.b += &Entry::Eat {
            actor: "p",
            philosopher,
            lease,
            ends: from + 5_000,
        }
        .line(from);
        self.b += &Entry::Done {
            actor: "p",
            philosopher,
            lease,
        }
        .line(until);
    }

    /// `b` without the dispatch of one tick.
    fn without(mut self, n: u64) -> Self {
        let mut dropped = Self {
            b: String::new(),
            ..Self::flawless()
        };
        dropped.dispatch(n);
        self.b = self.b.replace(&dropped.b, "");
        self
    }

    fn judge(mut self) -> Result<Verdict, Corrupt> {
        let mut witness = |text: &str, name: &str, life: &str| {
            let mut records = Vec::new();
            Reader::default().feed(text.as_bytes(), &mut self.words, &mut records)?;
            let (node, life) = (self.words.number(name), self.words.number(life));
            Ok(Witness {
                node,
                life,
                ready: Some(50),
                ended: None,
                frozen: Vec::new(),
                records,
            })
        };
        let mut witnesses = [
            witness(&self.a, "a", LIFE_A)?,
            witness(&self.b, "b", LIFE_B)?,
        ];
        witnesses[1].ended = self.ended;
        witnesses[1].frozen = self.frozen;
        let (b, ticker, tick) = (
            self.words.number("b"),
            self.words.number("ticker"),
            self.words.number("demo.tick"),
        );
        let topology = Topology {
            receivers: [(tick, vec![(b, ticker)])].into(),
            seats: vec![b, b],
        };
        let witnesses: Vec<_> = witnesses.iter().collect();
        Ok(judge(&witnesses, &topology, END, &self.words))
    }
}

#[test]
fn a_flawless_run_holds() {
    let verdict = Forged::flawless().judge().unwrap();
    assert_eq!(verdict.problems, [""; 0]);
    assert!(verdict.holds());
    assert_eq!(
        (verdict.published, verdict.dispatched, verdict.meals),
        (5, 5, vec![1, 1])
    );
}

#[test]
fn one_lost_is_found() {
    let verdict = Forged::flawless().without(3).judge().unwrap();
    assert_eq!((verdict.lost, verdict.holds()), (1, false));
}

#[test]
fn the_last_one_lost_is_found_too() {
    let verdict = Forged::flawless().without(5).judge().unwrap();
    assert_eq!((verdict.lost, verdict.holds()), (1, false));
}

#[test]
fn one_doubled_is_found() {
    let mut forged = Forged::flawless();
    forged.dispatch(4);
    let verdict = forged.judge().unwrap();
    assert_eq!(
        (verdict.doubled, verdict.reordered, verdict.holds()),
        (1, 0, false)
    );
}

#[test]
fn one_reordered_is_found() {
    let mut forged = Forged::flawless().without(3);
    forged.dispatch(3);
    let verdict = forged.judge().unwrap();
    assert_eq!(
        (
            verdict.reordered,
            verdict.doubled,
            verdict.lost,
            verdict.holds()
        ),
        (1, 0, 0, false)
    );
}

#[test]
fn an_overlap_of_neighbours_is_found() {
    let mut forged = Forged::flawless();
    forged.eats(0, 79, 2_999, 3_500);
    let verdict = forged.judge().unwrap();
    assert_eq!((verdict.violations, verdict.holds()), (1, false));
}

#[test]
fn a_meal_ends_with_its_lease() {
    let mut forged = Forged::flawless();
    forged.frozen = vec![(10_500, 40_000)];
    forged.eats(0, 79, 10_000, 40_000);
    forged.eats(1, 80, 15_000, 16_000);
    let verdict = forged.judge().unwrap();
    assert_eq!((verdict.problems, verdict.violations), (vec![], 0));
    let mut forged = Forged::flawless();
    forged.eats(0, 79, 10_000, 40_000);
    forged.eats(1, 80, 14_999, 16_000);
    assert_eq!(forged.judge().unwrap().violations, 1);
}

#[test]
fn who_overstays_a_lease_needs_an_excuse() {
    let late = 10_000 + 5_000 + OVERSTAY_NS + 1;
    let mut forged = Forged::flawless();
    forged.eats(0, 79, 10_000, late);
    assert_eq!(forged.judge().unwrap().violations, 1);
    let mut forged = Forged::flawless();
    forged.eats(0, 79, 10_000, late);
    forged.frozen = vec![(12_000, late - 5)];
    assert_eq!(forged.judge().unwrap().violations, 0);
}

#[test]
fn a_torn_last_line_is_tolerated() {
    let mut forged = Forged::flawless();
    forged.b += "D 900 ticker demo.ti";
    assert!(forged.judge().unwrap().holds());
}

#[test]
fn a_torn_line_elsewhere_is_refused() {
    let mut forged = Forged::flawless();
    forged.b += "D 900 ticker demo.ti\n";
    forged.eats(0, 79, 10_000, 11_000);
    forged.judge().unwrap_err();
}

#[test]
fn a_gap_covers_as_many_as_it_counts() {
    let mut forged = Forged::flawless().without(2).without(3);
    forged.gap(LIFE_A, 2);
    let verdict = forged.judge().unwrap();
    assert_eq!((verdict.lost, verdict.gaps, verdict.holds()), (0, 1, true));
    let mut forged = Forged::flawless().without(2).without(3);
    forged.gap(LIFE_A, 1);
    assert_eq!(forged.judge().unwrap().lost, 1);
}

#[test]
fn a_gap_of_another_life_covers_nothing() {
    let mut forged = Forged::flawless().without(2);
    forged.gap("9-9", 2);
    assert_eq!(forged.judge().unwrap().lost, 1);
}

#[test]
fn a_life_that_ended_owes_only_what_is_below_the_highest_seen() {
    let mut forged = Forged::flawless().without(4).without(5);
    forged.ended = Some(5_000);
    assert!(forged.judge().unwrap().holds());
    let mut forged = Forged::flawless().without(3);
    forged.ended = Some(5_000);
    assert_eq!(forged.judge().unwrap().lost, 1);
}

#[test]
fn a_process_that_died_while_eating_has_stopped_eating() {
    let mut forged = Forged::flawless();
    forged.ended = Some(11_000);
    forged.b += &Entry::Eat {
        actor: "p",
        philosopher: 0,
        lease: 79,
        ends: 15_000,
    }
    .line(10_000);
    forged.eats(1, 80, 11_000, 12_000);
    assert_eq!(forged.judge().unwrap().violations, 0);
}

#[test]
fn what_was_published_before_readiness_or_after_the_end_is_not_owed() {
    let mut forged = Forged::flawless();
    forged.a += &Entry::Publish {
        actor: "ticker",
        signal: "demo.tick",
        n: 6,
        receivers: 1,
    }
    .line(END + 1);
    forged.a = forged.a.replace("P 101 ", "P 49 ");
    assert!(forged.without(1).judge().unwrap().holds());
}

#[test]
fn what_nobody_published_is_found() {
    let mut forged = Forged::flawless();
    forged.dispatch(6);
    let verdict = forged.judge().unwrap();
    assert_eq!((verdict.invented, verdict.holds()), (1, false));
}

#[test]
fn a_publisher_that_miscounts_its_receivers_is_found() {
    let mut forged = Forged::flawless();
    forged.a = forged.a.replace("demo.tick 2 1", "demo.tick 2 4");
    assert_eq!(forged.judge().unwrap().miscounted, 1);
}

#[test]
fn a_philosopher_who_never_ate_is_found_unless_its_node_died() {
    let mut forged = Forged::flawless();
    forged.b = forged.b.replace("E 2000 p 1", "E 2000 p 7");
    assert_eq!(forged.judge().unwrap().starved, [1]);
    let mut forged = Forged::flawless();
    forged.b = forged.b.replace("E 2000 p 1", "E 2000 p 7");
    forged.ended = Some(5_000);
    assert!(forged.judge().unwrap().holds());
}
