//! What the journal and the trace learn from a node.

use farc::observe::{Cause, Dispatched, Dropped, GapRaised, LinkChange, Observer, Publish};

use super::actors::{event_id, run_of, signal_number};
use super::check::{Journal, Record, Run};
use super::trace::Trace;

/// The observer of one life of one node.
#[derive(Debug)]
pub(super) struct Watch {
    /// Whom it observes.
    pub run: Run,
    /// What the checker reads.
    pub journal: Journal,
    /// What two processes compare.
    pub trace: Trace,
}

impl Observer for Watch {
    fn publish(&self, publish: &Publish<'_>) {
        if let Some(event) = event_id(publish.payload) {
            self.journal.add(Record::Published(event));
        }
    }

    fn dispatched(&self, dispatched: &Dispatched<'_>) {
        let Dispatched {
            actor,
            event: variant,
            ..
        } = dispatched;
        let event = dispatched
            .payload
            .and_then(|(_, payload)| event_id(payload));
        match event {
            Some(event) => self
                .trace
                .line(format_args!("{} {actor} {event}", self.run)),
            None => self
                .trace
                .line(format_args!("{} {actor} {variant}", self.run)),
        }
        if let (Some(receiver), Some(event)) = (receiver_number(actor), event) {
            let source = dispatched.source.map(|origin| run_of(origin.life));
            self.journal.add(Record::Dispatched {
                at: self.run,
                receiver,
                event,
                source,
            });
        }
    }

    fn dropped(&self, dropped: &Dropped<'_>) {
        let Dropped {
            receiver,
            event,
            cause,
            count,
            ..
        } = dropped;
        self.trace.line(format_args!(
            "{} dropped {count} {event} for {receiver}: {cause}",
            self.run
        ));
        // What a peer's events lack is a lane, and the receiver is told of it by a gap.
        if *cause != Cause::MailboxFull {
            return;
        }
        if let (Some(receiver), Some(signal)) = (receiver_number(receiver), signal_number(event)) {
            for _ in 0..*count {
                self.journal.add(Record::Dropped {
                    at: self.run,
                    receiver,
                    signal,
                });
            }
        }
    }

    fn gap(&self, gap: &GapRaised<'_>) {
        let GapRaised {
            actor,
            peer,
            count,
            signals,
            cause,
            ..
        } = gap;
        self.trace.line(format_args!(
            "{} gap of {count} from {peer} for {actor}: {cause} {signals:?}",
            self.run
        ));
        if let Some(receiver) = receiver_number(actor) {
            let counts = signals
                .iter()
                .filter_map(|(name, count)| Some((signal_number(name)?, *count)))
                .collect();
            self.journal.add(Record::Gap {
                at: self.run,
                receiver,
                peer: run_of(gap.life),
                counts,
            });
        }
    }

    fn link(&self, change: &LinkChange<'_>) {
        let LinkChange {
            peer,
            from,
            to,
            resumed,
            reason,
            ..
        } = change;
        self.trace.line(format_args!(
            "{} link to {peer} {from} -> {to}, resumed {resumed}: {reason}",
            self.run
        ));
    }
}

fn receiver_number(actor: &str) -> Option<u8> {
    actor.strip_prefix("receiver-")?.parse().ok()
}
