//! Who wants which signal, on this node and on its peers.
//!
//! The bus has two halves. [`Bus`] is shared: it numbers the signals, knows what this node's actors subscribe to and what its peers do, and
//! keeps one bounded queue a peer, the hand-over ([`PeerPort`]), which the link drains. [`Local`] belongs to a domain and is lent to each
//! step: typed tables of subscribers, which a publication walks without a lock. What crosses to another domain of the node goes through the
//! receiver's lane.
//!
//! A peer is one more subscriber: a publication is encoded once, if any peer wants it, and handed over as shared bytes. An event *of* a peer
//! is delivered to local subscribers only, so loops cannot arise. Nothing here waits for anyone: what does not fit is dropped, counted, and
//! told to whoever misses it.
//!
//! DashMap and arc-swap are used here and nowhere else, and never let a guard out.

mod books;
mod crossing;
mod directory;
mod gaps;
mod inbound;
mod interest;
mod lanes;
mod local;
mod port;
mod registered;
mod registry;
mod remote;
mod retained;
mod routes;
mod shared;
mod table;

pub use self::books::{Books, InboundBooks, PeerBooks};
pub use self::inbound::{Delivery, GapReport, SystemEvent};
pub use self::interest::Interest;
pub use self::local::{Drops, Local, Published};
pub(crate) use self::local::{Place, Publisher};
pub use self::port::{Handed, PeerPort};
pub use self::registry::{Resolution, SignalKey};
pub use self::remote::{Remote, RemoteAsk, RemoteError, RemotePost};
pub use self::shared::{Bus, BusSettings};
