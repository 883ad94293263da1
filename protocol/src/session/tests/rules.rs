//! The rules of WIRE.md, each as a sentence, between two well-behaved nodes.

use super::pair::{NORMAL, Pair};
use crate::session::{ConnectionId, Stats};

mod connections;
mod delivery;
mod interest;
mod leaving;
mod lives;
mod resume;

fn one_to(last: u64) -> Vec<u64> {
    (1..=last).collect()
}

fn open(pair: &Pair) -> Vec<ConnectionId> {
    pair.ends
        .iter()
        .filter(|(_, ends)| ends.len() == 2)
        .map(|(conn, _)| *conn)
        .collect()
}

fn stats(pair: &Pair, node: usize) -> Stats {
    let stats = pair.nodes[node].stats();
    assert!(stats.class(NORMAL).balances(), "{stats:?}");
    stats
}
