//! Arms that are never reached: the compiler only warns of them, and they would be in the list of transitions.

use syn::Arm;
use syn::spanned::Spanned;

use super::pattern::{self, Trigger};
use super::{is_conditional, split_guard};
use crate::hsm::Errors;

/// Checks the arms of a `match` on the event.
pub(super) fn check(arms: &[Arm], errors: &mut Errors) {
    let mut taken: Vec<String> = Vec::new();
    for (index, arm) in arms.iter().enumerate() {
        let (pattern, guard) = split_guard(&arm.pat);
        for case in pattern::alternatives(pattern) {
            let shown = Trigger::of(case)
                .map(|trigger| trigger.text)
                .unwrap_or_default();
            let again = pattern::selected_variant(case)
                .is_some_and(|variant| taken.contains(&variant.to_string()));
            match guard {
                Some(_) if again => errors.at(
                    case,
                    format!("`{shown}` is handled without a condition above; put the arm with the condition before it"),
                ),
                None if again => errors.at(
                    case,
                    format!("`{shown}` is handled above; merge the two arms or give the first one a condition"),
                ),
                Some(_) | None => {}
            }
        }
        if guard.is_some() || is_conditional(arm) {
            continue;
        }
        if pattern::is_irrefutable(pattern) {
            if index + 1 < arms.len() {
                errors.push(syn::Error::new(
                    pattern.span(),
                    "this arm takes every event and those below are never reached; put it last",
                ));
            }
            return;
        }
        let whole = pattern::alternatives(pattern);
        let whole = whole.into_iter().filter_map(pattern::whole_variant);
        taken.extend(whole.map(ToString::to_string));
    }
}
