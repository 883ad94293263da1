//! What a machine keeps beside its active leaf.

/// History and state data of a chart of states `S`.
pub trait Memory<S>: Default + 'static {
    /// The leaf has been exited: every composite around it that has a history remembers it.
    #[inline]
    fn exited(&mut self, leaf: S) {
        let _ = leaf;
    }

    /// The leaf of the composite that was exited last.
    #[inline]
    fn recorded(&self, composite: S) -> Option<S> {
        let _ = composite;
        None
    }
}

/// A chart without history and state data.
impl<S> Memory<S> for () {}
