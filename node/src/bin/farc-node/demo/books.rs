//! The books of all nodes, as the nodes keep them: whether they balance, and what they add up to.
//!
//! What a killed process had counted is gone with it; its successor counts from zero.

use farc::daemon::Status;

/// Sums over all nodes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Books {
    /// Events for peers.
    pub(super) offered: u64,
    /// Events that actors have handled.
    pub(super) dispatched: u64,
    /// Events that an actor or a peer will never get, by whatever cause.
    pub(super) dropped: u64,
    /// Times that a session went on over another connection.
    pub(super) resumed: u64,
    /// Events that were sent once more.
    pub(super) replayed: u64,
    /// Events that arrived once more, and were not taken again.
    pub(super) deduplicated: u64,
    /// Books that do not balance.
    pub(super) unbalanced: Vec<String>,
}

impl Books {
    /// Adds what a node says of itself.
    pub(super) fn add(&mut self, node: &str, status: &Status) {
        for actor in &status.actors {
            self.dispatched += actor.books.delivered;
            self.dropped += actor.books.dropped.values().sum::<u64>();
            if !actor.books.balances() {
                self.unbalanced
                    .push(format!("{node}, actor {}: {:?}", actor.name, actor.books));
            }
        }
        for link in &status.links {
            self.resumed += link.resumes;
            for (class, books) in &link.classes {
                self.offered += books.offered;
                self.dropped += books
                    .dropped
                    .values()
                    .chain(books.gap.values())
                    .sum::<u64>();
                self.replayed += books.replayed;
                self.deduplicated += books.duplicate;
                if !books.balances() {
                    self.unbalanced
                        .push(format!("{node}, link to {}, {class}: {books:?}", link.name));
                }
            }
        }
    }
}
