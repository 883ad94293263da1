//! What happens in a step, held against the list of transitions.

use super::{Host, Hsm, Next, Record, TransitionInfo, TransitionKind};

/// The state answered `Super`: says so if it has a guarded reaction to the event.
#[doc(hidden)]
#[inline]
pub fn rejected<H: Hsm>(state: H::State, event: &H::Event, cx: &mut H::Context<'_>) {
    if Host::<H::State>::observes(cx) {
        look_for_guard::<H>(state, event, cx);
    }
}

#[cold]
fn look_for_guard<H: Hsm>(state: H::State, event: &H::Event, cx: &mut H::Context<'_>) {
    let name = H::event_name(event);
    let mut rows = H::TRANSITIONS.iter();
    let named = |events: &[&str]| events.is_empty() || events.contains(&name);
    if rows.any(|row| row.source == state && !row.guard.is_empty() && named(row.events)) {
        cx.record(Record::GuardRejected(state));
    }
}

/// Whether the answer of a state is in the list, as the macro promises. A chart without a list has nothing to hold against.
pub(super) fn is_listed<H: Hsm>(source: H::State, answer: Next<H>, event: &H::Event) -> bool {
    let (kind, target) = match answer {
        Next::Super => return true,
        Next::Handled => (TransitionKind::Internal, None),
        Next::Defer => (TransitionKind::Defer, None),
        Next::Stop => (TransitionKind::Stop, None),
        Next::To(target) => (TransitionKind::To, Some(target)),
        Next::Reenter(target) => (TransitionKind::Reenter, Some(target)),
        Next::History(target) => (TransitionKind::History, Some(target)),
        Next::DeepHistory(target) => (TransitionKind::DeepHistory, Some(target)),
    };
    let name = H::event_name(event);
    H::TRANSITIONS.is_empty()
        || H::TRANSITIONS.iter().any(|row| {
            row.source == source && row.kind == kind && row.target == target && matches(row, name)
        })
}

/// Whether a transition that was taken is in the list: its kind is known only where it was taken.
pub(super) fn is_taken_listed<H: Hsm>(
    source: H::State,
    target: H::State,
    event: &H::Event,
) -> bool {
    [
        Next::To(target),
        Next::Reenter(target),
        Next::History(target),
        Next::DeepHistory(target),
    ]
    .into_iter()
    .any(|answer| is_listed::<H>(source, answer, event))
}

/// Whether an event of this name can be meant; an event whose name is not known may be any.
fn matches<S>(row: &TransitionInfo<S>, event: &str) -> bool {
    row.events.is_empty() || event.is_empty() || row.events.contains(&event)
}
