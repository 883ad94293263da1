//! The client side: one request a connection, with a bound on how long the answer may take.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

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

    fn json<T: serde::de::DeserializeOwned>(
        &self,
        known: bool,
        code: StatusCode,
        body: &[u8],
    ) -> Result<T, AdminError> {
        let answer = |found: String| AdminError::Answer {
            path: self.path.clone(),
            found,
        };
        if !known {
            let text = String::from_utf8_lossy(body);
            return Err(answer(format!("{code}: {}", text.trim())));
        }
        serde_json::from_slice(body).map_err(|error| answer(format!("unexpected JSON: {error}")))
    }

    async fn get(&self, path: &str) -> Result<(StatusCode, Bytes), AdminError> {
        let unreachable = |source| AdminError::Unreachable {
            path: self.path.clone(),
            source,
        };
        let answered = tokio::time::timeout(PATIENCE, self.exchange(path)).await;
        answered
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
            .map_err(unreachable)
    }

    async fn exchange(&self, path: &str) -> io::Result<(StatusCode, Bytes)> {
        let stream = UnixStream::connect(&self.path).await?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(io::Error::other)?;
        let request = Request::get(path)
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
