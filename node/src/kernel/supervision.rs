//! What a domain knows of failures beyond the single actor: how many may be constructed anew in a second, and which failure ends the node.

use std::time::{Duration, Instant};

use super::guard;

/// How many actors a domain constructs anew in a second. A construction with its next failure and their log lines takes some 20 us, so that a
/// storm of failures, however many actors are in it, takes no more than a few hundredths of the domain. The others wait for their turn.
pub(crate) const RESTARTS_PER_SECOND: u32 = 1000;

/// How many may be constructed at once after a quiet time: a whole subsystem that lost its device comes back together.
pub(crate) const RESTARTS_AT_ONCE: u32 = 100;

/// A failure that ends the node: an actor with the policy `escalate` panicked (D2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// The actor.
    pub actor: String,
    /// The message of the panic, or why it could not be constructed.
    pub cause: String,
}

type Tell = Box<dyn FnMut(&Escalation) + Send>;

/// What a domain keeps for it.
#[derive(Default)]
pub(crate) struct Supervisor {
    /// When the next restart has its turn, if the others had theirs as early as they may.
    next: Option<Instant>,
    first: Option<Escalation>,
    tell: Option<Tell>,
}

impl Supervisor {
    /// Gives a restart that is due its turn. `None`: now; else it comes again at that time, which nobody else gets.
    pub(super) fn turn(&mut self, now: Instant) -> Option<Instant> {
        let each = Duration::from_secs(1) / RESTARTS_PER_SECOND;
        let burst = each * (RESTARTS_AT_ONCE - 1);
        let earliest = now.checked_sub(burst).unwrap_or(now);
        let turn = self.next.map_or(earliest, |next| next.max(earliest));
        self.next = Some(turn + each);
        (turn > now).then_some(turn)
    }

    pub(crate) fn on_escalation(&mut self, tell: Tell) {
        self.tell = Some(tell);
    }

    pub(crate) fn escalation(&self) -> Option<&Escalation> {
        self.first.as_ref()
    }

    pub(crate) fn escalate(&mut self, escalation: Escalation) {
        if let Some(tell) = &mut self.tell
            && let Err(panic) = guard(|| tell(&escalation))
        {
            tracing::error!(panic, "whoever is told of escalations panicked");
        }
        self.first.get_or_insert(escalation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_of_restarts_gets_a_hundred_turns_at_once_and_then_one_a_millisecond() {
        let begin = Instant::now();
        let mut supervisor = Supervisor::default();
        let turns: Vec<_> = (0..5000).map(|_| supervisor.turn(begin)).collect();
        assert_eq!(turns.iter().filter(|turn| turn.is_none()).count(), 100);
        assert_eq!(turns[100], Some(begin + Duration::from_millis(1)));
        assert_eq!(turns[4999], Some(begin + Duration::from_millis(4900)));
        // Turns that were given stand; whoever comes later is behind them.
        let later = begin + Duration::from_secs(4);
        assert_eq!(
            supervisor.turn(later),
            Some(begin + Duration::from_millis(4901))
        );
        // After a quiet time there is a burst again, and no more than one.
        let quiet = begin + Duration::from_secs(100);
        let burst = (0..200).filter(|_| supervisor.turn(quiet).is_none());
        assert_eq!(burst.count(), 100);
    }
}
