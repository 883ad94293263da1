//! What the rest of the node hears of a link: one log line and one observation a change.

use std::time::Instant;

use farc_protocol::life::Life;
use farc_protocol::name::NodeName;
use farc_protocol::session::DownReason;

use crate::link::PeerState;
use crate::observe::{LinkChange, Observer};

/// What others are told after a turn.
pub(super) enum News {
    /// The state is another one.
    Change {
        peer: NodeName,
        from: PeerState,
        to: PeerState,
        life: Option<Life>,
        resumed: bool,
        reason: String,
    },
    /// `status` shows something new.
    Detail,
}

impl News {
    /// The one log line of a change, and the observer's call.
    pub(super) fn tell(&self, observer: Option<&dyn Observer>, now: Instant) {
        let Self::Change {
            peer,
            from,
            to,
            life,
            resumed,
            reason,
        } = self
        else {
            return;
        };
        let shown = life.map(tracing::field::display);
        match to {
            PeerState::Up => tracing::info!(%peer, %from, life = shown, resumed, "link up"),
            PeerState::Connecting | PeerState::Down | PeerState::Draining | PeerState::Refused => {
                tracing::warn!(%peer, %from, life = shown, "link {to}: {reason}")
            }
        }
        if let Some(observer) = observer {
            observer.link(&LinkChange {
                peer: peer.as_ref(),
                from: from.as_str(),
                to: to.as_str(),
                life: *life,
                resumed: *resumed,
                reason,
                now,
            });
        }
    }
}

pub(super) fn describe(reason: DownReason) -> &'static str {
    match reason {
        DownReason::Left => "the peer has left",
        DownReason::Restarted => "the peer was restarted",
        DownReason::Unreachable => "the connection is gone",
    }
}
