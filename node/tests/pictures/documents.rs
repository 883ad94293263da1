//! The pictures in `docs/pictures` are those that the code draws. `UPDATE_EXPECT=1` writes them anew, and `docs/pictures/render` makes the
//! PNGs of them.

use expect_test::expect_file;
use farc::hsm::Hsm as _;
use farc::hsm::chart::{Chart, Format};

use crate::actors::{Drone, Player};
use crate::charts;

/// The chart that is drawn is that of an actor which compiles.
fn same_states(actor: &Chart, sketch: &Chart) {
    assert_eq!(actor.name, sketch.name);
    assert_eq!(actor.initial, sketch.initial);
    assert_eq!(actor.states, sketch.states);
}

#[test]
fn the_player_has_both_kinds_of_history() {
    same_states(&Player::chart(), &charts::player());
    let svg = charts::player().export(Format::Svg);
    expect_file!["../../../docs/pictures/history.svg"].assert_eq(&svg);
}

#[test]
fn the_drone_has_regions() {
    same_states(&Drone::chart(), &charts::drone());
    let svg = charts::drone().export(Format::Svg);
    expect_file!["../../../docs/pictures/regions.svg"].assert_eq(&svg);
}
