//! Signals that are answered.

use serde::{Serialize, de::DeserializeOwned};

use super::{Isolated, Signal};

/// A signal that asks for an answer of a certain type: `#[signal("door.query", reply = DoorState)]`.
///
/// It is posted with [`Context::ask`](crate::Context::ask). Whoever handles it answers with [`Context::reply`](crate::Context::reply). A request that
/// was published or posted is a signal like any other, which nobody can answer.
///
/// ```
/// use farc::{Isolated, Request, Signal};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Isolated, Serialize, Deserialize, Debug)]
/// enum DoorState {
///     Open,
///     Shut,
/// }
///
/// #[derive(Signal, Serialize, Deserialize, Clone)]
/// #[signal("door.query", reply = DoorState)]
/// struct Query {}
///
/// fn asks_for_a_state<R: Request<Reply = DoorState>>(_: R) {}
/// asks_for_a_state(Query {});
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a request",
    label = "nobody can answer it",
    note = "a request names the type of its answer: `#[signal(\"family.name\", reply = Type)]`"
)]
pub trait Request: Signal {
    /// What it is answered with.
    type Reply: Reply;
}

/// What a request may be answered with: an isolated value that can be encoded, so that it is the same answer within a node and across links. It
/// need not be `Clone`, for only one gets it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an answer",
    note = "an answer has `#[derive(farc::Isolated, Serialize, Deserialize)]`; standard types that can be in a signal can be an answer too"
)]
pub trait Reply: Isolated + Serialize + DeserializeOwned {}

impl<T: Isolated + Serialize + DeserializeOwned> Reply for T {}
