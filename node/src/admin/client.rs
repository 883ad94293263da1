//! The client side: one request a connection, with a bound on how long the answer may take.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use farc_protocol::name::NodeName;

use super::AdminError;
use crate::daemon::{Health, Status};

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

    /// Has the node renew its link to `peer`. It has begun when this returns: [`LinkStatus::connections`] rises when it is
    /// done.
    ///
    /// # Errors
    /// When no node answers, or not in time, or it has no such peer, or it is not linked with it.
    ///
    /// [`LinkStatus::connections`]: crate::daemon::LinkStatus::connections
    pub async fn renew(&self, peer: &NodeName) -> Result<(), AdminError> {
        let path = format!("/v1/links/{peer}/renew");
        let (code, body) = self.request(Method::POST, &path).await?;
        if code == StatusCode::ACCEPTED {
            return Ok(());
        }
        Err(self.other(code, &body))
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
        self.request(Method::GET, path).await
    }

    async fn request(&self, method: Method, path: &str) -> Result<(StatusCode, Bytes), AdminError> {
        let unreachable = |source| AdminError::Unreachable {
            path: self.path.clone(),
            source,
        };
        let answered = tokio::time::timeout(PATIENCE, self.exchange(method, path)).await;
        answered
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
            .map_err(unreachable)
    }

    async fn exchange(&self, method: Method, path: &str) -> io::Result<(StatusCode, Bytes)> {
        let stream = UnixStream::connect(&self.path).await?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(io::Error::other)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(hyper::header::HOST, "farc")
            .body(Empty::<Bytes>::new())
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
