//! The server side: what the node says of itself when it is asked, and what it does with links and actors.

use std::io;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};

use super::AdminSocket;
use crate::daemon::{DeadLettersStatus, Health, Refusal, RenewError, SpawnOrder, Status};

/// How many requests may wait for the node: it answers each within a step of its domain, so a longer queue is somebody polling in a
/// loop.
const WAITING: usize = 16;

/// How long the node may take for an answer. Longer than the one-second step at which the watchdog calls a handler stuck.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks a node, from any thread.
#[derive(Clone, Debug)]
pub struct Source {
    requests: mpsc::Sender<Request>,
}

/// What a node is asked for. Whoever asked may have given up by the time of the answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Request {
    /// What it says of itself.
    Status(oneshot::Sender<Status>),
    /// Whether it is ready.
    Health(oneshot::Sender<Health>),
    /// The last events that nobody got.
    DeadLetters(oneshot::Sender<DeadLettersStatus>),
    /// To renew its link to a peer.
    Renew {
        /// The peer's name.
        peer: String,
        /// Whether that was begun.
        answer: oneshot::Sender<Result<(), RenewError>>,
    },
    /// To spawn an actor.
    Spawn {
        /// Which.
        order: SpawnOrder,
        /// Whether it is there.
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// To stop an actor.
    Stop {
        /// Its name.
        actor: String,
        /// Whether it has stopped.
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// To construct an actor anew.
    Restart {
        /// Its name.
        actor: String,
        /// Whether it runs.
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
}

impl Source {
    /// A source, and the end at which the node takes the requests.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<Request>) {
        let (requests, taken) = mpsc::channel(WAITING);
        (Self { requests }, taken)
    }

    /// The status, or `None` when the node is too busy or gone.
    pub async fn status(&self) -> Option<Status> {
        self.ask(Request::Status).await
    }

    /// Whether the node is ready, or `None` when it is too busy or gone. It costs nearly nothing, however many actors there are.
    pub async fn health(&self) -> Option<Health> {
        self.ask(Request::Health).await
    }

    /// The last dead letters, or `None` when the node is too busy or gone.
    pub async fn dead_letters(&self) -> Option<DeadLettersStatus> {
        self.ask(Request::DeadLetters).await
    }

    /// Renews the link to `peer`: whether that was begun, or `None` when the node is too busy or gone.
    pub async fn renew(&self, peer: String) -> Option<Result<(), RenewError>> {
        self.ask(|answer| Request::Renew { peer, answer }).await
    }

    /// Spawns an actor: whether it is there, or `None` when the node is too busy or gone.
    pub async fn spawn(&self, order: SpawnOrder) -> Option<Result<(), Refusal>> {
        self.ask(|answer| Request::Spawn { order, answer }).await
    }

    /// Stops an actor: whether it has stopped, or `None` when the node is too busy or gone.
    pub async fn stop(&self, actor: String) -> Option<Result<(), Refusal>> {
        self.ask(|answer| Request::Stop { actor, answer }).await
    }

    /// Constructs an actor anew: whether it runs, or `None` when the node is too busy or gone.
    pub async fn restart(&self, actor: String) -> Option<Result<(), Refusal>> {
        self.ask(|answer| Request::Restart { actor, answer }).await
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let asked = async {
            self.requests.send(request(answer)).await.ok()?;
            answered.await.ok()
        };
        tokio::time::timeout(PATIENCE, asked).await.ok().flatten()
    }
}

/// Answers on `socket` until the future is dropped; then the socket's file is gone too.
///
/// # Errors
/// None in practice: accepting goes on after an error.
pub async fn serve(socket: AdminSocket, source: Source) -> io::Result<()> {
    let routes = Router::new()
        .route("/v1/status", get(status))
        .route("/v1/health", get(health))
        .route("/v1/dead-letters", get(dead_letters))
        .route("/v1/links/{peer}/renew", post(renew))
        .route("/v1/actors", post(spawn))
        .route("/v1/actors/{*name}", delete(stop))
        .route("/v1/restart/{*name}", post(restart))
        .with_state(source);
    axum::serve(OwnersOnly(socket), routes).await
}

async fn status(State(source): State<Source>) -> Response {
    match source.status().await {
        Some(status) => Json(status).into_response(),
        None => too_busy(),
    }
}

async fn health(State(source): State<Source>) -> Response {
    let Some(health) = source.health().await else {
        return too_busy();
    };
    let code = if health.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, Json(health)).into_response()
}

async fn dead_letters(State(source): State<Source>) -> Response {
    match source.dead_letters().await {
        Some(letters) => Json(letters).into_response(),
        None => too_busy(),
    }
}

async fn renew(State(source): State<Source>, Path(peer): Path<String>) -> Response {
    match source.renew(peer).await {
        Some(Ok(())) => StatusCode::ACCEPTED.into_response(),
        Some(Err(error)) => (code_of(&error), format!("{error}\n")).into_response(),
        None => too_busy(),
    }
}

async fn spawn(State(source): State<Source>, Json(order): Json<SpawnOrder>) -> Response {
    done(StatusCode::CREATED, source.spawn(order).await)
}

async fn stop(State(source): State<Source>, Path(actor): Path<String>) -> Response {
    done(StatusCode::OK, source.stop(actor).await)
}

async fn restart(State(source): State<Source>, Path(actor): Path<String>) -> Response {
    done(StatusCode::OK, source.restart(actor).await)
}

fn done(code: StatusCode, answer: Option<Result<(), Refusal>>) -> Response {
    match answer {
        Some(Ok(())) => code.into_response(),
        Some(Err(refusal)) => (code_of_refusal(&refusal), refusal.to_string()).into_response(),
        None => too_busy(),
    }
}

/// The client makes the refusal of it again.
pub(super) fn code_of_refusal(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Order(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::NoActor(_) => StatusCode::NOT_FOUND,
        Refusal::Conflict(_) => StatusCode::CONFLICT,
        Refusal::Construction(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Refusal::Busy => StatusCode::GATEWAY_TIMEOUT,
    }
}

fn code_of(error: &RenewError) -> StatusCode {
    match error {
        RenewError::Unknown { .. } => StatusCode::NOT_FOUND,
        RenewError::NotLinked { .. } => StatusCode::CONFLICT,
    }
}

fn too_busy() -> Response {
    let text = "the node did not answer in time\n";
    (StatusCode::GATEWAY_TIMEOUT, text).into_response()
}

/// The file's mode keeps others out already; the check of the peer's user also holds where a file system ignores modes.
struct OwnersOnly(AdminSocket);

impl axum::serve::Listener for OwnersOnly {
    type Io = UnixStream;
    type Addr = ();

    async fn accept(&mut self) -> (UnixStream, ()) {
        loop {
            // The trait's own accept logs an error and waits a little before the next try.
            let (stream, _) = axum::serve::Listener::accept(&mut self.0.listener).await;
            if is_owner(&stream) {
                return (stream, ());
            }
            tracing::warn!("another user was turned away from the status socket");
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        UnixListener::local_addr(&self.0.listener).map(drop)
    }
}

/// Our own user, or root, who may read our memory anyway.
fn is_owner(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}
