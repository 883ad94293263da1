//! Why a link is not up, in a sentence that says who, what, and what to do.

use std::net::SocketAddr;

use farc_protocol::close::CloseCode;
use farc_protocol::name::NodeName;
use quinn::{ApplicationClose, ConnectionError, TransportErrorCode};

/// Where in its life a connection was when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// We were calling.
    Calling,
    /// Somebody was calling us, whose name is not proven yet.
    Answering,
    /// The connection stood.
    Connected,
}

/// TLS alerts travel as QUIC error codes from here on (RFC 9001, section 4.8).
const CRYPTO: u64 = 0x100;
/// No common ALPN (RFC 7301).
const NO_APPLICATION_PROTOCOL: u64 = CRYPTO + 120;
/// A certificate was asked for and none came (RFC 8446, section 6.2).
const CERTIFICATE_REQUIRED: u64 = CRYPTO + 116;
/// Alerts about a certificate: bad, unsupported, revoked, expired, unknown, and unknown CA (RFC 8446, section 6.2).
const CERTIFICATE_ALERTS: [u64; 6] = [
    CRYPTO + 42,
    CRYPTO + 43,
    CRYPTO + 44,
    CRYPTO + 45,
    CRYPTO + 46,
    CRYPTO + 48,
];
/// What rustls puts around the sentence of our verifier, and around its own reasons.
const RUSTLS_PREFIXES: [&str; 2] = [
    "invalid peer certificate: Other(OtherError(",
    "invalid peer certificate: ",
];
const RUSTLS_SUFFIX: &str = "))";
/// Text of a peer is repeated in logs and `status`: no more of it than a reader can use.
const LONGEST_TEXT: usize = 400;

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// For people.
    pub(super) text: String,
    /// One of the two does not want the other, so that trying again will not help by itself.
    pub(super) refused: bool,
    /// Nobody answered, which took the time that a call may take.
    pub(super) silent: bool,
}

impl Failure {
    pub(super) fn refusal(text: String) -> Self {
        Self {
            text,
            refused: true,
            silent: false,
        }
    }

    pub(super) fn trouble(text: String) -> Self {
        Self {
            text,
            refused: false,
            silent: false,
        }
    }
}

/// What an error of quinn means.
pub(super) fn failure(
    error: &ConnectionError,
    side: Side,
    peer: Option<&NodeName>,
    address: SocketAddr,
) -> Failure {
    let refused = match error {
        ConnectionError::TransportError(error) => is_alert(u64::from(error.code)),
        ConnectionError::ConnectionClosed(close) => is_alert(u64::from(close.error_code)),
        ConnectionError::ApplicationClosed(close) => {
            CloseCode::from_code(close.error_code.into_inner()).is_none_or(is_refusal)
        }
        ConnectionError::VersionMismatch => true,
        ConnectionError::Reset
        | ConnectionError::TimedOut
        | ConnectionError::LocallyClosed
        | ConnectionError::CidsExhausted => false,
    };
    Failure {
        text: sentence(error, side, peer, address),
        refused,
        silent: *error == ConnectionError::TimedOut && side == Side::Calling,
    }
}

/// Whether a close code says that one side does not want the other.
pub(super) fn is_refusal(code: CloseCode) -> bool {
    !matches!(
        code,
        CloseCode::None | CloseCode::Duplicate | CloseCode::Timeout | CloseCode::GoingAway
    )
}

fn is_alert(code: u64) -> bool {
    (CRYPTO..CRYPTO + 0x100).contains(&code)
}

/// The sentence for an error of quinn.
pub(super) fn sentence(
    error: &ConnectionError,
    side: Side,
    peer: Option<&NodeName>,
    address: SocketAddr,
) -> String {
    let who = &peer.map_or_else(
        || format!("the node at {address}"),
        |peer| format!("`{peer}` at {address}"),
    );
    match error {
        ConnectionError::TransportError(error) => ours(error.code, &error.reason, who, address),
        ConnectionError::ConnectionClosed(close) => {
            theirs(close.error_code, &printable(&close.reason), who, address)
        }
        ConnectionError::ApplicationClosed(close) => closed(close, who),
        ConnectionError::Reset => {
            format!("{address} does not know the connection any more: the node was restarted")
        }
        ConnectionError::TimedOut => match side {
            Side::Calling => {
                format!("no answer from {who} within 2 s; is it running there, and may UDP pass?")
            }
            Side::Answering => format!("{who} did not finish its handshake within 2 s"),
            Side::Connected => {
                format!("{who} was silent for 2 s; is it still running, and the network whole?")
            }
        },
        ConnectionError::VersionMismatch => {
            format!("{address} speaks no version of QUIC that we know; is it a farc node?")
        }
        ConnectionError::LocallyClosed => format!("we closed the connection to {address}"),
        ConnectionError::CidsExhausted => {
            format!("no connection id is left for {address}; restart this node")
        }
    }
}

/// We ended the handshake or the connection.
fn ours(code: TransportErrorCode, reason: &str, who: &str, address: SocketAddr) -> String {
    let reason = printable(reason.as_bytes());
    match u64::from(code) {
        NO_APPLICATION_PROTOCOL => {
            format!("{address} does not speak farc/1; is it a farc node of this major version?")
        }
        CERTIFICATE_REQUIRED => format!("{who} showed no certificate"),
        alert if CERTIFICATE_ALERTS.contains(&alert) => {
            format!("we refused {who}: {}", unwrapped(&reason))
        }
        _ => format!("the connection with {who} broke: {reason}"),
    }
}

/// The sentence of a verifier, ours or theirs. Its end is missing when it did not fit into a packet.
fn unwrapped(reason: &str) -> &str {
    let [ours, other] = RUSTLS_PREFIXES;
    match reason.strip_prefix(ours) {
        Some(sentence) => sentence.strip_suffix(RUSTLS_SUFFIX).unwrap_or(sentence),
        None => reason.strip_prefix(other).unwrap_or(reason),
    }
}

/// The other end did, below our protocol.
fn theirs(code: TransportErrorCode, reason: &str, who: &str, address: SocketAddr) -> String {
    match u64::from(code) {
        NO_APPLICATION_PROTOCOL => {
            format!("{address} does not speak farc/1; is it a farc node of this major version?")
        }
        CERTIFICATE_REQUIRED => format!("{who} got no certificate from us"),
        alert if CERTIFICATE_ALERTS.contains(&alert) => match unwrapped(reason) {
            "" => format!("{who} refused our certificate; its log says why"),
            why => format!("{who} refused our certificate: {why}"),
        },
        refused if refused == u64::from(TransportErrorCode::CONNECTION_REFUSED) => {
            format!("{who} takes no connection now: it is starting, leaving or flooded")
        }
        _ => format!(
            "{who} broke the connection: {code}{}{reason}",
            if reason.is_empty() { "" } else { ": " }
        ),
    }
}

/// The other end closed with a code of our protocol.
fn closed(close: &ApplicationClose, who: &str) -> String {
    let number = close.error_code.into_inner();
    let reason = printable(&close.reason);
    let colon = if reason.is_empty() { "" } else { ": " };
    match CloseCode::from_code(number) {
        Some(CloseCode::None) => format!("{who} went without a word; its process has ended"),
        Some(CloseCode::GoingAway) => format!("{who} has left"),
        Some(CloseCode::UnknownPeer) => {
            format!("{who} does not know us: add this node to the peers in its configuration")
        }
        Some(CloseCode::Superseded) => format!(
            "{who} is linked with a newer life of this node: stop the other process that has our name, or restart this one"
        ),
        Some(CloseCode::Quarantined) => format!(
            "{who} does not listen to us for a minute, because of what we sent{colon}{reason}"
        ),
        Some(code) => format!("{who} closed the connection with {code}{colon}{reason}"),
        None => {
            format!("{who} closed the connection with the unknown code {number}{colon}{reason}")
        }
    }
}

/// Bytes of a peer as text that cannot disturb a terminal or a log.
pub(super) fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_TEXT)
        .collect()
}

#[cfg(test)]
mod tests;
