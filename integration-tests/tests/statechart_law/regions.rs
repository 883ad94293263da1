//! A35: composites that are active in several regions.

use farc::hsm::{Outcome, StateId};

use crate::support::Key::{self, A, B, C, D, E, F, G};
use crate::support::{Bench, chart};

// A heater beside a fan, each with two states, in an oven that can be switched off.
chart! { Oven, initial = off;
    off { A => To(State::On), B => To(State::Hot), C => To(State::Blowing), }
    on (regions = [heater, fan]) { A => To(State::Off), E => Handled, G => To(State::On), }
    heater (parent = on, initial = cold) {}
    cold (parent = heater) { B | C => To(State::Hot), E | F => Defer, }
    hot (parent = heater) { B => To(State::Cold), D => To(State::Off), G => Reenter(State::Heater), F => To(State::On), }
    fan (parent = on, initial = still) { F => Handled, }
    still (parent = fan) { C | D => To(State::Blowing), }
    blowing (parent = fan) { D => To(State::Still), }
}

fn oven<const N: usize>(events: [Key; N]) -> Bench<Oven> {
    let (mut oven, _) = Bench::start();
    oven.after(events);
    oven
}

#[test]
fn a35_regions_are_entered_in_the_order_of_declaration_and_exited_in_reverse() {
    let mut oven = oven([]);
    assert_eq!(
        oven.on(A),
        "off-EXIT;on-ENTRY;heater-ENTRY;heater-INIT;cold-ENTRY;fan-ENTRY;fan-INIT;still-ENTRY;"
    );
    assert_eq!(
        oven.on(A),
        "still-EXIT;fan-EXIT;cold-EXIT;heater-EXIT;on-EXIT;off-ENTRY;"
    );
}

#[test]
fn a35_a_target_inside_one_region_enters_the_others_by_their_initials() {
    assert_eq!(
        oven([]).on(B),
        "off-EXIT;on-ENTRY;heater-ENTRY;hot-ENTRY;fan-ENTRY;fan-INIT;still-ENTRY;"
    );
    assert_eq!(
        oven([]).on(C),
        "off-EXIT;on-ENTRY;heater-ENTRY;heater-INIT;cold-ENTRY;fan-ENTRY;blowing-ENTRY;"
    );
}

#[test]
fn a35_each_region_is_offered_the_event_in_order() {
    assert_eq!(
        oven([A]).on(C),
        "cold-EXIT;hot-ENTRY;still-EXIT;blowing-ENTRY;"
    );
    assert_eq!(oven([A]).on(B), "cold-EXIT;hot-ENTRY;");
    assert_eq!(oven([A]).on(D), "still-EXIT;blowing-ENTRY;");
}

#[test]
fn a35_a_region_that_leaves_the_composite_ends_the_offer() {
    assert_eq!(
        oven([B]).on(D),
        "still-EXIT;fan-EXIT;hot-EXIT;heater-EXIT;on-EXIT;off-ENTRY;"
    );
}

#[test]
fn a35_the_composite_is_asked_if_all_regions_say_super() {
    let expected = Outcome::Internal {
        state: OvenState::On,
    };
    assert_eq!(oven([B]).outcome(E), expected);
    assert_eq!(
        oven([A]).on(G),
        "still-EXIT;fan-EXIT;cold-EXIT;heater-EXIT;on-EXIT;\
         on-ENTRY;heater-ENTRY;heater-INIT;cold-ENTRY;fan-ENTRY;fan-INIT;still-ENTRY;"
    );
}

#[test]
fn a35_a_deferral_counts_only_if_no_region_handled_the_event() {
    let deferred = Outcome::Deferred {
        state: OvenState::Cold,
    };
    assert_eq!(oven([A]).outcome(E), deferred);
    let handled = Outcome::Internal {
        state: OvenState::Fan,
    };
    assert_eq!(oven([A]).outcome(F), handled);
}

#[test]
fn a35_a_region_that_names_itself_starts_anew_beside_the_others() {
    assert_eq!(
        oven([B]).on(G),
        "hot-EXIT;heater-EXIT;heater-ENTRY;heater-INIT;cold-ENTRY;"
    );
}

#[test]
fn a35_a_region_that_names_the_composite_starts_all_regions_anew() {
    let printed = oven([B]).on(F);
    assert_eq!(
        printed,
        "still-EXIT;fan-EXIT;hot-EXIT;heater-EXIT;\
         heater-ENTRY;heater-INIT;cold-ENTRY;fan-ENTRY;fan-INIT;still-ENTRY;"
    );
}

#[test]
fn a35_a_stop_from_outside_exits_every_region() {
    let mut oven = oven([C]);
    oven.machine.stop(&mut oven.log);
    assert_eq!(
        oven.take(),
        "blowing-EXIT;fan-EXIT;cold-EXIT;heater-EXIT;on-EXIT;"
    );
}

#[test]
fn a35_is_in_and_the_active_states_speak_of_a_set() {
    let oven = oven([C]);
    let leaves: Vec<_> = oven.machine.states().map(StateId::name).collect();
    assert_eq!(leaves, ["cold", "blowing"]);
    for state in OvenState::all() {
        let expected = !matches!(state, OvenState::Off | OvenState::Hot | OvenState::Still);
        assert_eq!(oven.machine.is_in(*state), expected, "{state}");
    }
}
