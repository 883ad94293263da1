//! What the actors of a domain do, written down: as lines of text, and as a VCD file for a wave viewer.
//!
//! Both are [`Observer`](crate::Observer)s: they cost nothing where they are not attached, they hold no more than one step in memory, and
//! a sink that fails is reported once and not written to any more. The lines are also those of a [`Bench`](crate::testing::Bench).
//!
//! # Lines
//!
//! One line a run-to-completion step, in the order of happening: what the step was about, a colon, and what happened, each thing with a
//! semicolon behind it. It is the format that Samek's books print the test of a state machine in, and Python farc's `SimpleSpy`:
//!
//! ```text
//! D: s11-D;s11-EXIT;s1-INIT;s11-ENTRY;
//! ```
//!
//! | line | a step that |
//! |---|---|
//! | `Press: …` | handled this variant of the actor's event |
//! | `start: …`, `restart: …`, `stop: …` | started the actor, the first time or after a failure; stopped it from outside |
//! | without a head | is none: something was dropped between two steps |
//!
//! | part | says |
//! |---|---|
//! | `top-INIT;` | the top initial transition, after the action of `#[start]` |
//! | `s-Press;` | the handler of `s` took the event. With nothing behind it: an internal reaction |
//! | `s-GUARD;` | `s` has a reaction to the event whose guard is false: the event goes on to the parent |
//! | `s-ENTRY;`, `s-EXIT;`, `s-INIT;` | `s` is entered, is exited, takes its initial transition; whether or not it has an action for that |
//! | `s-HISTORY(s1);` | `s` is entered by its history, which leads to `s1` |
//! | `s-DEFER;` | after `s-Press;`: it deferred the event, which is dispatched in a later step |
//! | `s-STOP;` | after the exits: its handler ended the actor |
//! | `top-IGNORED;` | no state wanted the event |
//! | `recall Press;` | a deferred event came back |
//! | `publish lamp.lit {"watts":5};` | it published this signal |
//! | `post fork-3 Take {"seat":3};`, `post self Next;`, `post front Next;` | it posted this event, the last two to itself; ` refused` behind it if the event came back |
//! | `drop Press mailbox_full;` | an event for it was dropped, with the [cause](crate::observe::Cause) and, above 1, how many |
//! | `panic "…";` | the step panicked |
//!
//! What a handler puts out is written behind its answer, and what an action puts out behind its state: `s-Press;publish …;s-EXIT;`. A body
//! of more than 4 KiB is cut, and ends with `…;`.

mod sink;
pub(crate) mod steps;
mod text;
mod vcd;

pub use self::text::TextTrace;
pub use self::vcd::VcdTrace;
