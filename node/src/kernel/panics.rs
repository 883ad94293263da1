//! What is said of a panic that a domain catches.
//!
//! Without this, each one prints the standard message of its thread, and a log has a second line that does not say where. With it, the place goes
//! into the text of the panic, which is in the log line, in the status and with the observers, and the standard message is left out.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether every panic of this thread is caught and told by its domain.
    static TOLD: Cell<bool> = const { Cell::new(false) };
    /// Where the last one was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Leaves the standard message out for panics on the threads of domains; others are told as before. Further calls do nothing.
///
/// With `RUST_BACKTRACE` set nothing is left out: who asks for a backtrace gets it, from the hook that was there.
pub(crate) fn tell_in_one_line() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
            return;
        }
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !TOLD.get() {
                return before(panic);
            }
            let place = panic.location();
            let place = place.map(|place| format!("{}:{}", place.file(), place.line()));
            PLACE.with(|last| last.replace(place));
        }));
    });
}

/// This thread runs a domain and nothing else.
pub(super) fn thread_is_told() {
    TOLD.set(true);
}

/// The text of a panic that was caught, with its place where that is known.
#[cold]
pub(super) fn message(panic: Box<dyn Any + Send>) -> String {
    let text = if let Some(text) = panic.downcast_ref::<&str>() {
        *text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "a panic without a message"
    };
    let text = match PLACE.with(RefCell::take) {
        Some(place) => format!("{text} (at {place})"),
        None => text.to_owned(),
    };
    // The payload may be any value, and its drop may panic as well; a second such payload is leaked rather than dropped.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(again);
    }
    text
}
