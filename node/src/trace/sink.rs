//! Where a trace is written: the first error is reported, and ends it.

use std::io;

/// A writer that is given up at its first error.
pub(super) struct Sink<W> {
    writer: Option<W>,
    what: &'static str,
}

impl<W> Sink<W> {
    pub(super) fn new(writer: W, what: &'static str) -> Self {
        Self {
            writer: Some(writer),
            what,
        }
    }

    /// Writes, unless an earlier write has failed.
    pub(super) fn write(&mut self, write: impl FnOnce(&mut W) -> io::Result<()>) {
        let Some(writer) = &mut self.writer else {
            return;
        };
        if let Err(error) = write(writer) {
            tracing::error!(
                "the {} trace ends here: failed to write: {error}",
                self.what
            );
            self.writer = None;
        }
    }
}
