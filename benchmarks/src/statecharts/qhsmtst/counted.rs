//! QHsmTst whose actions count each for itself.

#[path = "by_hand.rs"]
mod by_hand;
#[path = "with_farc.rs"]
mod with_farc;
#[path = "with_statig.rs"]
mod with_statig;

use super::super::subject::{self, Subject, contender, run};
use super::super::work::Counters;
use super::{Action, Leaf, Letter};
use crate::measure::{Effort, Series, interleaved};
use crate::report::FARC;

/// What the actions do; the charts name it.
type Work = Counters<{ Action::COUNT }>;

/// farc and the match do the same; statig does as much of it as it can, and reaches the same leaf.
///
/// It has no actions of initial transitions. And it knows no transition to a composite: where the chart exits and enters a composite itself
/// (`s1` and `s21` on A, and to `s` on D and H), statig goes from leaf to leaf, and stays inside. Reactions are the same in number.
pub(super) fn check(tape: &[Letter]) {
    subject::check("hand", with_farc::new(), by_hand::new(), tape);
    let (mut farc, mut statig) = (with_farc::new(), with_statig::new());
    for (number, event) in tape.iter().enumerate() {
        run(&mut farc, &[*event]);
        run(&mut statig, &[*event]);
        assert_eq!(farc.leaf(), statig.leaf(), "after event {number}");
    }
    for (action, (farc, statig)) in farc.done().into_iter().zip(statig.done()).enumerate() {
        if Action::is_reaction(action) {
            assert_eq!(farc, statig, "reaction {action}");
        } else {
            assert!(
                statig <= farc,
                "action {action}: statig {statig}, farc {farc}"
            );
        }
    }
}

/// How many actions farc runs an event, and how many of them statig runs.
pub(super) fn actions_an_event(tape: &[Letter]) -> (f64, f64) {
    fn of(mut subject: impl Subject<Event = Letter>, tape: &[Letter]) -> f64 {
        let before: u64 = subject.done().iter().sum();
        run(&mut subject, tape);
        let after: u64 = subject.done().iter().sum();
        (after - before) as f64 / tape.len() as f64
    }
    (of(with_farc::new(), tape), of(with_statig::new(), tape))
}

pub(super) fn timed(tape: &[Letter], effort: Effort) -> Vec<Series> {
    interleaved(
        vec![
            contender(FARC, with_farc::new(), tape),
            contender("statig", with_statig::new(), tape),
            contender("hand", by_hand::new(), tape),
        ],
        effort,
    )
}
