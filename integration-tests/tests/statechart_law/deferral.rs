//! A15 to A20: what is kept for later, and what an actor posts to itself.

use std::fmt;

use farc::hsm;
use farc::prelude::*;

use crate::world::{World, say};

/// Something to do, or an order to the desk.
#[derive(Event, Clone, Copy, Debug)]
enum Work {
    #[event(local)]
    Item(u32),
    /// The busy desk becomes free, or the free one busy.
    Turn,
    /// The desk stays as it is.
    Touch,
    /// The desk is exited and entered.
    Again,
    /// Turns to the other side within being busy.
    Inside,
    /// Posts 90 and 91 in front and 92 at the end, and turns.
    Post,
    Recall,
    Drop,
    Ask,
    Break,
}
