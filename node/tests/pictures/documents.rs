//! The pictures in `docs/pictures` are those that the code draws. `UPDATE_EXPECT=1` writes them anew, and `docs/pictures/render` makes the
//! PNGs of them.

use expect_test::expect_file;
use farc::hsm::chart::Format;

use crate::charts;

#[test]
fn the_player_has_both_kinds_of_history() {
    let svg = charts::player().export(Format::Svg);
    expect_file!["../../../docs/pictures/history.svg"].assert_eq(&svg);
}

#[test]
fn the_drone_has_regions() {
    let svg = charts::drone().export(Format::Svg);
    expect_file!["../../../docs/pictures/regions.svg"].assert_eq(&svg);
}
