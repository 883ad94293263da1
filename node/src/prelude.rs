//! Everything a file with an actor needs: `use farc::prelude::*;`.

pub use crate::actor::{
    Actor, ActorOptions, Address, BuildError, Context, Domain, Missed, OnRestore, Overflow,
    PostError, RestartPolicy, Start, Task, TaskError, Timer, TimerLimit,
};
pub use crate::bus::Published;
pub use crate::hsm::Next::{self, DeepHistory, Defer, Handled, History, Reenter, Stop, Super, To};
pub use crate::hsm::{Hsm, StateId};
pub use crate::signal::{Accepts, Blob};
pub use crate::{Event, Isolated, Signal, hsm};
