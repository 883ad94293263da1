//! Random histories of two nodes, judged after each step and at the end.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::pair::{A, B, NORMAL, Node, Pair, ms, peer};
use crate::{close::CloseCode, frame::Cause, life::Life, limits::Limits, session::DownReason};

/// What can happen.
#[derive(Clone, Debug)]
enum Action {
    Publish {
        node: usize,
        count: u64,
        payload: usize,
    },
    Pass(u64),
    Cut {
        keep: usize,
    },
    Silence,
    Partition(bool),
    Absence(u64),
    Restart(usize),
    Hold(usize, bool),
    Accept(usize, usize),
    Interest(usize),
    Dial(usize),
    Renew(usize),
    Piece(usize),
}

fn node() -> impl Strategy<Value = usize> {
    prop_oneof![Just(A), Just(B)]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => (node(), 1..200_u64, prop_oneof![8..40_usize, 8..6000_usize])
            .prop_map(|(node, count, payload)| Action::Publish { node, count, payload }),
        6 => (1..400_u64).prop_map(Action::Pass),
        1 => (1..40_000_u64).prop_map(Action::Pass),
        4 => (0..60_000_usize).prop_map(|keep| Action::Cut { keep }),
        1 => Just(Action::Silence),
        1 => any::<bool>().prop_map(Action::Partition),
        1 => (1..90_000_u64).prop_map(Action::Absence),
        1 => node().prop_map(Action::Restart),
        2 => (node(), any::<bool>()).prop_map(|(node, holds)| Action::Hold(node, holds)),
        2 => (node(), 1..5_usize).prop_map(|(node, count)| Action::Accept(node, count)),
        1 => node().prop_map(Action::Interest),
        2 => node().prop_map(Action::Dial),
        2 => node().prop_map(Action::Renew),
        1 => (1..3000_usize).prop_map(Action::Piece),
    ]
}

fn act(pair: &mut Pair, action: &Action) {
    match *action {
        Action::Publish {
            node,
            count,
            payload,
        } => pair.publish(node, count, payload),
        Action::Pass(millis) => pair.run(ms(millis)),
        Action::Cut { keep } => pair.cut_all(keep),
        Action::Silence => pair.silence(),
        Action::Partition(is) => pair.partitioned = is,
        Action::Absence(millis) => {
            pair.cut_all(0);
            pair.partitioned = true;
            pair.run(ms(millis));
            pair.partitioned = false;
        }
        Action::Restart(node) => pair.restart(node),
        Action::Hold(node, holds) => pair.hold(node, holds),
        Action::Accept(node, count) => pair.accept(node, count),
        Action::Interest(node) => pair.change_interest(node),
        Action::Dial(node) => {
            pair.dial(node);
        }
        Action::Renew(node) => {
            pair.renew(node);
        }
        Action::Piece(len) => pair.piece = len,
    }
}

/// Ring and outbox so small that they fill up, and the rest as it is.
fn limits() -> Limits {
    Limits {
        ring_messages: 300,
        ring_bytes: 256 * 1024,
        outbox_messages: 500,
        outbox_bytes: 512 * 1024,
        ..Limits::default()
    }
}

/// Every life of a node, the present one last.
fn lives(pair: &Pair, node: usize) -> Vec<&Node> {
    let past = pair
        .history
        .iter()
        .filter(|(of, _)| *of == node)
        .map(|(_, node)| node);
    past.chain([&pair.nodes[node]]).collect()
}

fn numbers_of(receiver: &Node, publisher: Life) -> Vec<u64> {
    receiver
        .dispatched
        .iter()
        .filter(|(life, _)| *life == publisher)
        .map(|(_, number)| *number)
        .collect()
}

fn invariant_events_come_in_order_and_once(pair: &Pair) {
    for node in [A, B] {
        for publisher in lives(pair, peer(node)) {
            let mut everywhere = BTreeSet::new();
            for receiver in lives(pair, node) {
                let numbers = numbers_of(receiver, publisher.life);
                assert!(
                    numbers.is_sorted_by(|a, b| a < b),
                    "{node} of {}: {numbers:?}",
                    publisher.life
                );
                for number in numbers {
                    assert!(
                        everywhere.insert(number),
                        "{number} went to two lives of {node}"
                    );
                }
            }
        }
    }
}

fn invariant_the_books_balance(pair: &Pair) {
    for node in &pair.nodes {
        let stats = node.stats();
        let class = stats.class(NORMAL);
        assert!(class.balances(), "{class:?}");
        assert_eq!(class.offered, node.next, "every event is in the books");
        let numbered_or_not = class.queued + class.numbered + class.dropped_total();
        assert!(numbered_or_not >= class.offered, "{class:?}");
        assert_eq!(
            node.released as u64,
            class.offered - class.queued,
            "a permit comes back once"
        );
    }
}

fn invariant_bounds_hold(pair: &Pair) {
    let limits = &pair.limits;
    for node in &pair.nodes {
        let stats = node.stats();
        let class = stats.class(NORMAL);
        assert!(
            class.unacknowledged <= limits.ring_messages as u64,
            "{class:?}"
        );
        assert!(class.ring_bytes <= limits.ring_bytes as u64, "{class:?}");
        assert!(class.queued <= limits.outbox_messages as u64, "{class:?}");
        assert!(
            class.outbox_bytes <= limits.outbox_bytes as u64,
            "{class:?}"
        );
    }
}

fn invariant_nothing_is_acknowledged_that_was_not_received(pair: &Pair) {
    for node in [A, B] {
        let publisher = &pair.nodes[node];
        let received: usize = lives(pair, peer(node))
            .iter()
            .map(|it| numbers_of(it, publisher.life).len())
            .sum();
        let acknowledged = publisher.stats().class(NORMAL).acknowledged;
        assert!(
            acknowledged <= received as u64,
            "{acknowledged} acknowledged, {received} received"
        );
    }
}

fn invariant_nobody_is_blamed(pair: &Pair) {
    for node in &pair.nodes {
        let closed = node.stats().closed;
        assert!(
            !closed.keys().any(|code| code.blames_bytes()),
            "{closed:?}: {:?}",
            node.stats().last_fault
        );
    }
}

fn check(pair: &Pair) {
    invariant_events_come_in_order_and_once(pair);
    invariant_the_books_balance(pair);
    invariant_bounds_hold(pair);
    invariant_nothing_is_acknowledged_that_was_not_received(pair);
    invariant_nobody_is_blamed(pair);
}

fn settle(pair: &mut Pair) {
    pair.partitioned = false;
    pair.hold(A, false);
    pair.hold(B, false);
    for node in [A, B] {
        pair.accept(node, usize::MAX);
    }
    pair.run(ms(20_000));
    // What was held is acknowledged with the next event at the latest.
    for node in [A, B] {
        pair.publish(node, 3, 8);
    }
    pair.run(ms(5_000));
}

fn everything_arrives_or_is_told(pair: &Pair, held: bool) {
    for node in [A, B] {
        let publisher = &pair.nodes[node];
        let stats = publisher.stats();
        let class = stats.class(NORMAL);
        assert_eq!(
            (class.queued, class.unacknowledged),
            (0, 0),
            "{node}: everything is through: {class:?}"
        );
        let receivers = lives(pair, peer(node));
        let received: u64 = receivers
            .iter()
            .map(|it| numbers_of(it, publisher.life).len() as u64)
            .sum();
        let missing = publisher.next - received;
        let accounted = class.dropped_total() + class.gap_total();
        assert!(
            missing <= accounted,
            "{node}: {missing} missing, {accounted} accounted for: {class:?}"
        );
        // What a driver sits on for longer than the ring keeps it is written off, and delivered all the same.
        if let ([only], false) = (receivers.as_slice(), held) {
            let told = only.told.get(&publisher.life).copied().unwrap_or(0);
            assert_eq!(
                missing, accounted,
                "{node}: nothing is written off that arrived: {class:?}"
            );
            assert_eq!(
                told, accounted,
                "{node}: the receiver knows how much it misses: {class:?}"
            );
        }
        // The last events came after all troubles.
        let last = numbers_of(&pair.nodes[peer(node)], publisher.life)
            .last()
            .copied();
        assert_eq!(last, Some(publisher.next), "{node}: {class:?}");
    }
}

fn history(actions: &[Action]) -> Pair {
    let mut pair = Pair::with(limits());
    pair.run(ms(200));
    for action in actions {
        act(&mut pair, action);
        check(&pair);
    }
    settle(&mut pair);
    check(&pair);
    let held = actions
        .iter()
        .any(|action| matches!(action, Action::Hold(_, true)));
    everything_arrives_or_is_told(&pair, held);
    pair
}

/// How often each mechanism was needed.
fn mechanisms(pair: &Pair) -> Vec<(&'static str, u64)> {
    let mut seen = Vec::new();
    for node in [A, B].into_iter().flat_map(|node| lives(pair, node)) {
        let stats = node.stats();
        let class = stats.class(NORMAL);
        let count = |cause: &Cause, of: &BTreeMap<Cause, u64>| of.get(cause).copied().unwrap_or(0);
        seen.extend([
            ("elections", stats.elections),
            ("resumes", stats.resumes),
            ("gaps sent", stats.gaps_sent),
            ("gaps received", stats.gaps_received),
            ("replayed", class.replayed),
            ("duplicate", class.duplicate),
            ("outbox full", count(&Cause::OutboxFull, &class.dropped)),
            (
                "peer restarted",
                count(&Cause::PeerRestarted, &class.dropped),
            ),
            (
                "interest ended",
                count(&Cause::InterestEnded, &class.dropped),
            ),
            ("expired", count(&Cause::Expired, &class.gap)),
            ("told of losses", node.told.values().sum()),
            (
                "unreachable",
                node.downs()
                    .iter()
                    .filter(|reason| **reason == DownReason::Unreachable)
                    .count() as u64,
            ),
            (
                "restarted",
                node.downs()
                    .iter()
                    .filter(|reason| **reason == DownReason::Restarted)
                    .count() as u64,
            ),
            (
                "silence noticed",
                stats.closed.get(&CloseCode::Timeout).copied().unwrap_or(0),
            ),
        ]);
    }
    seen
}

#[test]
fn the_histories_need_every_mechanism() {
    let mut runner = TestRunner::deterministic();
    let histories = prop::collection::vec(action(), 1..60);
    let mut seen = BTreeMap::new();
    for _ in 0..100 {
        let actions = histories.new_tree(&mut runner).unwrap().current();
        for (mechanism, count) in mechanisms(&history(&actions)) {
            *seen.entry(mechanism).or_insert(0) += count;
        }
    }
    let never: Vec<_> = seen.iter().filter(|(_, count)| **count == 0).collect();
    assert!(never.is_empty(), "{seen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        max_shrink_iters: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_history_keeps_its_promises_and_comes_to_rest(actions in prop::collection::vec(action(), 1..60)) {
        history(&actions);
    }
}
