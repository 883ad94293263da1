//! Everything a file with an actor needs: `use farc::prelude::*;`.

pub use crate::actor::{
    Actor, ActorOptions, Address, AskLimit, BuildError, Context, Domain, Missed, OnRestore,
    Overflow, PostError, Question, ReplyHandle, RestartPolicy, Start, Task, TaskError, Timer,
    TimerLimit,
};
pub use crate::bus::Published;
pub use crate::hsm::Next::{self, DeepHistory, Defer, Handled, History, Reenter, Stop, Super, To};
pub use crate::hsm::{Hsm, StateId};
pub use crate::kernel::AskError;
pub use crate::signal::{Accepts, ActorRef, Blob, Request};
pub use crate::{Event, Isolated, Signal, hsm};
