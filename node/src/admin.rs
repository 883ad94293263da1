//! The status of a running node over a Unix socket that only its owner may open: the server that the daemon runs and the client that
//! `status`, `health`, `dead-letters`, `link renew` and the commands about actors are.
//!
//! Nothing is collected unless someone asks, and a health check collects nothing of the actors.

use std::path::PathBuf;

use crate::daemon::Refusal;

mod client;
mod server;
mod socket;
#[cfg(test)]
mod tests;

pub use client::Client;
pub use server::{Request, Source, serve};
pub use socket::{AdminSocket, default_path, running};

/// Why a status socket could not be opened or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The folder of the socket cannot be made or is somebody else's.
    #[error(
        "cannot use folder {path} for the status socket: {reason}; `[admin] socket` or FARC_ADMIN names another place"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process answers on the socket.
    #[error("another node answers on {path}; give this one its own `[admin] socket`")]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Something that is no socket has its name.
    #[error("{path} exists and is not a socket")]
    NotASocket {
        /// The file.
        path: PathBuf,
    },
    /// The socket cannot be made.
    #[error("cannot open the status socket {path}: {source}")]
    Bind {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No node answers.
    #[error("no node answers on {path}: {source}")]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The node does not do what it was asked for.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A node answered with something else than was asked.
    #[error("the node on {path} answered with {found}")]
    Answer {
        /// The socket.
        path: PathBuf,
        /// What came.
        found: String,
    },
}
