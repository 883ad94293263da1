//! The record by which two runs of a seed are compared.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::runtime::elapsed;

/// Everything that a run did, one line each, in order: every datagram with its time, ends, length and fate, and every dispatch.
///
/// Cheap to clone; all clones write the same trace. The text itself is kept only when asked for, its digest always.
#[derive(Clone, Debug)]
pub struct Trace(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    hash: Sha256,
    lines: u64,
    line: String,
    text: Option<String>,
}

/// What identifies a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// SHA-256 of the text, in hex.
    pub sha256: String,
    /// How many lines it has.
    pub lines: u64,
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} lines)", self.sha256, self.lines)
    }
}

impl Trace {
    /// An empty trace; `keep_text` keeps the lines as well as their digest.
    pub fn new(keep_text: bool) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            hash: Sha256::new(),
            lines: 0,
            line: String::new(),
            text: keep_text.then(String::new),
        })))
    }

    /// Appends one line, stamped with the simulated time in microseconds.
    pub fn line(&self, what: fmt::Arguments<'_>) {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *guard;
        inner.line.clear();
        let written = writeln!(inner.line, "{:>9} {what}", elapsed().as_micros());
        debug_assert!(written.is_ok(), "a String takes any text");
        inner.hash.update(inner.line.as_bytes());
        inner.lines += 1;
        if let Some(text) = &mut inner.text {
            text.push_str(&inner.line);
        }
    }

    /// The digest of what was written so far.
    pub fn digest(&self) -> Digest {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sha256 = String::with_capacity(64);
        for byte in inner.hash.clone().finalize() {
            let written = write!(sha256, "{byte:02x}");
            debug_assert!(written.is_ok(), "a String takes any text");
        }
        Digest {
            sha256,
            lines: inner.lines,
        }
    }

    /// The text so far, if it is kept.
    pub fn text(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .text
            .clone()
    }
}
