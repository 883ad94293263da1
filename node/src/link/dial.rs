//! Calling one peer: resolve its address, try what comes back, wait a little longer after each failure.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use farc_protocol::name::NodeName;
use quinn::{ClientConfig, Connection, ConnectionError, Endpoint};
use tokio::time::timeout;

use super::failure::{Failure, Side, failure};
use super::pauses::{LONGEST_PAUSE, PAUSE_AFTER_SILENCE, Pauses};
use super::random::Random;
use super::socket::{BoxFuture, Network};

/// A connection that lasted this long was a good one, and the next failure is a new story. Longer than the detection of a dead peer (2 s), so that a link that
/// only ever handshakes does not count.
pub(crate) const STABLE: Duration = Duration::from_secs(3);
/// One name server that does not answer must not hold up the addresses that the next try may find.
const RESOLVE: Duration = Duration::from_secs(2);
/// TLS with both certificates takes two round trips; a path that needs longer is not a link.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(2);
/// A name with more addresses than this is not the name of a node.
const MOST_ADDRESSES: usize = 8;

/// What a call came to.
pub(super) type Call = Result<Connection, Failure>;

/// Whom to call, and with what.
pub(super) struct Target {
    pub(super) peer: NodeName,
    /// `host:port`, resolved anew before each try.
    pub(super) address: String,
    /// The DNS name that the peer's certificate must carry.
    pub(super) dns_name: String,
    pub(super) config: ClientConfig,
    pub(super) endpoint: Endpoint,
    pub(super) network: Arc<dyn Network>,
}

/// At most one call in flight, and the pause between calls.
pub(super) struct Dialer {
    target: Arc<Target>,
    call: Option<BoxFuture<Call>>,
    not_before: Option<Instant>,
    pauses: Pauses,
}

impl Dialer {
    pub(super) fn new(target: Target, random: Random) -> Self {
        Self {
            target: Arc::new(target),
            call: None,
            not_before: None,
            pauses: Pauses::new(random),
        }
    }

    /// Starts a call if none is under way and the pause is over.
    pub(super) fn call_if_due(&mut self, now: Instant) {
        if self.call.is_none() && self.not_before.is_none_or(|at| at <= now) {
            self.call = Some(Box::pin(call(Arc::clone(&self.target))));
        }
    }

    /// The outcome of the call, once it is known.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Call> {
        let Some(call) = &mut self.call else {
            return Poll::Pending;
        };
        let outcome = std::task::ready!(call.as_mut().poll(cx));
        self.call = None;
        Poll::Ready(outcome)
    }

    /// When the next call may start, if one is not under way already.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        if self.call.is_some() {
            None
        } else {
            self.not_before
        }
    }

    /// A call failed or its connection ended: wait, and wait longer the next time.
    pub(super) fn back_off(&mut self, now: Instant, silent: bool) {
        let longest = if silent {
            PAUSE_AFTER_SILENCE
        } else {
            LONGEST_PAUSE
        };
        self.not_before = Some(now + self.pauses.next(longest));
    }

    /// A connection was stable: the next failure starts from the shortest pause.
    pub(super) fn forgive(&mut self) {
        self.pauses.forgive();
    }
}

async fn call(target: Arc<Target>) -> Call {
    let Target { peer, address, .. } = &*target;
    let found = match timeout(RESOLVE, target.network.resolve(address)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            return Err(Failure::trouble(format!(
                "`{address}` cannot be resolved: {error}; correct the address of peer `{peer}`"
            )));
        }
        Err(_) => {
            return Err(Failure::trouble(format!(
                "`{address}` was not resolved within {} s; is the name server reachable?",
                RESOLVE.as_secs()
            )));
        }
    };
    let mut failed: Option<Failure> = None;
    for address in found.into_iter().take(MOST_ADDRESSES) {
        match try_address(&target, address).await {
            Ok(connection) => return Ok(connection),
            Err(failure) => {
                failed = Some(match failed {
                    Some(earlier) => Failure {
                        text: format!("{}; {}", earlier.text, failure.text),
                        refused: earlier.refused || failure.refused,
                        silent: earlier.silent || failure.silent,
                    },
                    None => failure,
                });
            }
        }
    }
    Err(failed.unwrap_or_else(|| {
        Failure::trouble(format!(
            "`{address}` has no address; correct the address of peer `{peer}`"
        ))
    }))
}

async fn try_address(target: &Target, address: SocketAddr) -> Call {
    let calling = target
        .endpoint
        .connect_with(target.config.clone(), address, &target.dns_name)
        .map_err(|error| Failure::trouble(format!("{address} cannot be called: {error}")))?;
    let outcome = timeout(HANDSHAKE, calling)
        .await
        .unwrap_or(Err(ConnectionError::TimedOut));
    outcome.map_err(|error| failure(&error, Side::Calling, Some(&target.peer), address))
}
