//! Every bound of the link in one place, each with its reason and with what happens when it is reached.
//!
//! Constants are part of the format or of its promises; [`Limits`] may be set per node.

use std::time::Duration;

/// A DNS label (RFC 1035): names of nodes and clusters are parts of a certificate's name. IDENTITY.
pub const LABEL_LEN: usize = 63;

/// One length byte would hold it, and no table of names gets above 16 MiB. PROTOCOL.
pub const NAME_LEN: usize = 255;

/// Bounds the depth of any future trie of names. PROTOCOL.
pub const NAME_SEGMENTS: usize = 16;

/// HELLO with every name at its longest takes under 1 KiB; what a stranger with a certificate can make us hold. LIMIT.
pub const HELLO_LEN: usize = 4 * 1024;

/// The largest body of a frame: one batch with room for its header. The reader holds at most this. LIMIT.
pub const FRAME_LEN: usize = 128 * 1024;

/// The largest BATCH body: big enough that its header costs nothing, small enough that a higher class waits little. LIMIT.
pub const BATCH_LEN: usize = 64 * 1024;

/// The most messages in a BATCH: with 16 bytes each it is full anyway, and it bounds the work between two looks. LIMIT.
pub const BATCH_MESSAGES: usize = 4096;

/// The largest payload that travels: a batch must hold it beside its own header. Larger ones are dropped at the source
/// as `too_large` until messages are cut into fragments.
pub const PAYLOAD_LEN: usize = BATCH_LEN - 1024;

/// The most `targets` of one message: more receivers than this are cheaper as one message to all. PROTOCOL.
pub const TARGETS: usize = 16;

/// Longest human text in ERROR, GOAWAY and close reasons. PROTOCOL.
pub const TEXT_LEN: usize = 256;

/// Payloads up to this length are copied into the batch, and [`crate::frame::detach`] copies them out of it before they
/// are kept: a slice pins its whole block, and copying a kilobyte costs less than finding that out in production.
pub const COPY_LEN: usize = 1024;

/// Addresses in HELLO. PROTOCOL.
pub const ADDRESSES: usize = 8;

/// Connections of one peer at a time: the live one and its successor. LIMIT for the third.
pub const CONNECTIONS: usize = 2;

/// Bounds of one session. All of them are per peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the end of the handshake to a whole HELLO: ten round trips of a bad link. TIMEOUT.
    pub hello_within: Duration,
    /// How long a verified connection waits for the election's decision before it decides itself.
    pub election_within: Duration,
    /// Signals that a peer may define: ids are dense from 1, so this bounds the tables by index. LIMIT.
    pub signals: u32,
    /// Actors that a peer may define. LIMIT.
    pub actors: u32,
    /// Subscriptions of a peer in force at once. LIMIT.
    pub subscriptions: usize,
    /// Changes of subscriptions a second after the snapshot; beyond it the control stream is read more slowly.
    pub subscription_changes: u32,
    /// Control frames a second that nothing of ours asked for; beyond it the control stream is read more slowly, and a
    /// driver that goes on reading meets LIMIT ten seconds ahead of time.
    pub control_frames: u32,
    /// What may arrive on data streams before the HELLO that permits it: streams overtake each other. LIMIT.
    pub early_bytes: usize,
    /// Messages that have a number and are not acknowledged, per class. A full ring stops the class.
    pub ring_messages: usize,
    /// Bytes of the same: at least twice the largest message.
    pub ring_bytes: usize,
    /// Messages that wait for a number, per class. Beyond it the newest are dropped as `outbox_full`. At least the
    /// permits of the hand-over, which is the bound that publishers feel.
    pub outbox_messages: usize,
    /// Bytes of the same.
    pub outbox_bytes: usize,
    /// How long numbered messages wait for a peer to come back, counted from the disconnect.
    pub ring_age: Duration,
    /// How long a peer's interest outlives its connection.
    pub interest_age: Duration,
    /// ACK when so many messages are accepted and not acknowledged: half of what quinn moves in one pass.
    pub ack_messages: u64,
    /// ACK when so many bytes are: one batch.
    pub ack_bytes: u64,
    /// ACK at the latest after this: far below any age, far above a round trip.
    pub ack_delay: Duration,
    /// Between two PINGs of who called; the other side sends its own along with its PONG.
    pub ping_every: Duration,
    /// TIMEOUT when neither PONG nor ACK progress came for so long: four lost PINGs, or a one-way cut.
    pub progress_within: Duration,
    /// How long a peer that broke three connections at the same place is not listened to.
    pub quarantine: Duration,
    /// The most bytes of one `poll_transmit`: what the driver may hold beside quinn's own buffers.
    pub transmit_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hello_within: Duration::from_secs(2),
            election_within: Duration::from_secs(2),
            signals: 65_536,
            actors: 65_536,
            subscriptions: 16_384,
            subscription_changes: 1_000,
            control_frames: 2_000,
            early_bytes: 1024 * 1024,
            ring_messages: 65_536,
            ring_bytes: 8 * 1024 * 1024,
            outbox_messages: 65_536,
            outbox_bytes: 8 * 1024 * 1024,
            ring_age: Duration::from_secs(30),
            interest_age: Duration::from_secs(60),
            ack_messages: 64,
            ack_bytes: 64 * 1024,
            ack_delay: Duration::from_millis(25),
            ping_every: Duration::from_millis(500),
            progress_within: Duration::from_secs(2),
            quarantine: Duration::from_secs(60),
            transmit_bytes: 64 * 1024,
        }
    }
}
