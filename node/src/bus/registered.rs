//! What the bus knows of an actor of its domain.

/// An actor's number and subscriptions. There may be a million of them, most with few or none.
#[derive(Default)]
pub(super) struct Registered {
    /// The number under which peers know the actor; 0 if they do not.
    pub(super) number: u32,
    /// How many actors the domain had had before it.
    pub(super) born: u64,
    subscriptions: Box<[Subscription]>,
}

/// A table, and the number of the subscription there.
#[derive(Clone, Copy)]
struct Subscription {
    table: u32,
    number: u64,
}

impl Registered {
    /// The number of the subscription in this table.
    pub(super) fn subscription(&self, table: usize) -> Option<u64> {
        let mut known = self.subscriptions.iter();
        known
            .find(|known| known.table as usize == table)
            .map(|known| known.number)
    }

    pub(super) fn add(&mut self, table: usize, number: u64) {
        let mut subscriptions = std::mem::take(&mut self.subscriptions).into_vec();
        subscriptions.reserve_exact(1);
        subscriptions.push(Subscription {
            table: table as u32,
            number,
        });
        self.subscriptions = subscriptions.into_boxed_slice();
    }

    /// Forgets the subscription in this table; returns its number.
    pub(super) fn remove(&mut self, table: usize) -> Option<u64> {
        let at = self
            .subscriptions
            .iter()
            .position(|known| known.table as usize == table)?;
        let mut subscriptions = std::mem::take(&mut self.subscriptions).into_vec();
        let removed = subscriptions.remove(at);
        self.subscriptions = subscriptions.into_boxed_slice();
        Some(removed.number)
    }

    /// Forgets all subscriptions; returns their tables and numbers.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (usize, u64)> + use<> {
        std::mem::take(&mut self.subscriptions)
            .into_iter()
            .map(|known| (known.table as usize, known.number))
    }
}
