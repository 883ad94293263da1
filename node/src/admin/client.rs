//! The client side: one request a connection, with a bound on how long the answer may take.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use farc_protocol::name::NodeName;

use super::AdminError;
use crate::daemon::{DeadLettersStatus, Health, Refusal, SpawnOrder, Status};

/// Longer than the server's own patience, so that its words arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// A status of a full node (100,000 actors, a few hundred bytes each) fits; more is not a status.
const MAX_ANSWER: usize = 64 << 20;

/// Asks the node behind one socket.
#[derive(Clone, Debug)]
pub struct Client {
    path: PathBuf,
}

impl Client {
    /// A client of the socket at `path`; nothing is opened yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
        }
    }

    /// The node's status.
    ///
    /// # Errors
    /// When no node answers, or not in time, or not with a status.
    pub async fn status(&self) -> Result<Status, AdminError> {
        let (code, body) = self.get("/v1/status").await?;
        self.json(code == StatusCode::OK, code, &body)
    }

    /// Whether the node is ready, and what is missing.
    ///
    /// # Errors
    /// When no node answers, or not in time, or not with its health.
    pub async fn health(&self) -> Result<Health, AdminError> {
        let (code, body) = self.get("/v1/health").await?;
        let known = code == StatusCode::OK || code == StatusCode::SERVICE_UNAVAILABLE;
        self.json(known, code, &body)
    }

    /// The last events that nobody got.
    ///
    /// # Errors
    /// When no node answers, or not in time, or not with dead letters.
    pub async fn dead_letters(&self) -> Result<DeadLettersStatus, AdminError> {
        let (code, body) = self.get("/v1/dead-letters").await?;
        self.json(code == StatusCode::OK, code, &body)
    }

    /// Has the node renew its link to `peer`. It has begun when this returns: [`LinkStatus::connections`] rises when it is
    /// done.
    ///
    /// # Errors
    /// When no node answers, or not in time, or it has no such peer, or it is not linked with it.
    ///
    /// [`LinkStatus::connections`]: crate::daemon::LinkStatus::connections
    pub async fn renew(&self, peer: &NodeName) -> Result<(), AdminError> {
        let path = format!("/v1/links/{peer}/renew");
        let (code, body) = self.request(Method::POST, &path, Bytes::new()).await?;
        if code == StatusCode::ACCEPTED {
            return Ok(());
        }
        Err(self.other(code, &body))
    }

    /// Has the node spawn an actor. It is constructed when this returns.
    ///
    /// # Errors
    /// When no node answers, or not in time, or it refuses.
    pub async fn spawn(&self, order: &SpawnOrder) -> Result<(), AdminError> {
        let order = serde_json::to_vec(order).map_err(|error| AdminError::Answer {
            path: self.path.clone(),
            found: format!("an order that has no JSON: {error}"),
        })?;
        self.change(Method::POST, "/v1/actors", order.into()).await
    }

    /// Has the node stop an actor. It has stopped when this returns.
    ///
    /// # Errors
    /// When no node answers, or not in time, or it has no such actor.
    pub async fn stop(&self, actor: &str) -> Result<(), AdminError> {
        let path = format!("/v1/actors/{actor}");
        self.change(Method::DELETE, &path, Bytes::new()).await
    }

    /// Has the node construct an actor anew.
    ///
    /// # Errors
    /// When no node answers, or not in time, or it has no such actor, or that fails at once.
    pub async fn restart(&self, actor: &str) -> Result<(), AdminError> {
        let path = format!("/v1/restart/{actor}");
        self.change(Method::POST, &path, Bytes::new()).await
    }

    /// Asks for a change; the node refuses in its own words.
    async fn change(&self, method: Method, path: &str, body: Bytes) -> Result<(), AdminError> {
        let (code, answer) = self.request(method, path, body).await?;
        let words = || String::from_utf8_lossy(&answer).trim().to_owned();
        Err(AdminError::Refused(match code {
            StatusCode::OK | StatusCode::CREATED => return Ok(()),
            StatusCode::UNPROCESSABLE_ENTITY => Refusal::Order(words()),
            StatusCode::NOT_FOUND => Refusal::NoActor(words()),
            StatusCode::CONFLICT => Refusal::Conflict(words()),
            StatusCode::INTERNAL_SERVER_ERROR => Refusal::Construction(words()),
            _ => return Err(self.other(code, &answer)),
        }))
    }

    fn json<T: serde::de::DeserializeOwned>(
        &self,
        known: bool,
        code: StatusCode,
        body: &[u8],
    ) -> Result<T, AdminError> {
        if !known {
            return Err(self.other(code, body));
        }
        serde_json::from_slice(body).map_err(|error| AdminError::Answer {
            path: self.path.clone(),
            found: format!("unexpected JSON: {error}"),
        })
    }

    /// An answer that is not what was asked for.
    fn other(&self, code: StatusCode, body: &[u8]) -> AdminError {
        AdminError::Answer {
            path: self.path.clone(),
            found: format!("{code}: {}", String::from_utf8_lossy(body).trim()),
        }
    }

    async fn get(&self, path: &str) -> Result<(StatusCode, Bytes), AdminError> {
        self.request(Method::GET, path, Bytes::new()).await
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), AdminError> {
        let unreachable = |source| AdminError::Unreachable {
            path: self.path.clone(),
            source,
        };
        let answered = tokio::time::timeout(PATIENCE, self.exchange(method, path, body)).await;
        answered
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
            .map_err(unreachable)
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> io::Result<(StatusCode, Bytes)> {
        let stream = UnixStream::connect(&self.path).await?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(io::Error::other)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(hyper::header::HOST, "farc")
            .header(hyper::header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(io::Error::other)?;
        let answer = async {
            let response = sender
                .send_request(request)
                .await
                .map_err(io::Error::other)?;
            let code = response.status();
            let body = Limited::new(response.into_body(), MAX_ANSWER).collect();
            let body = body.await.map_err(io::Error::other)?;
            Ok((code, body.to_bytes()))
        };
        // The connection moves the bytes; when it ends, the answer is here or says what went wrong.
        let connection = async {
            let _ = connection.await;
            std::future::pending().await
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            never = connection => never,
        }
    }
}
