//! The pictures in `docs/pictures` are those that the code draws. `UPDATE_EXPECT=1` writes them anew, and `docs/pictures/render` makes the
//! PNGs of them.

use expect_test::expect_file;
use farc::hsm::Hsm as _;
use farc::hsm::chart::{Chart, Format};

use crate::actors::{Drone, Player};
use crate::charts;

/// What the attribute says of the actor is what was sketched by hand.
fn same(actor: &Chart, sketch: &Chart) {
    assert_eq!(actor.name, sketch.name);
    assert_eq!(actor.initial, sketch.initial);
    assert_eq!(actor.states, sketch.states);
    let rows = |chart: &Chart| -> Vec<_> {
        let rows = chart.transitions.iter();
        rows.map(|row| (row.source, row.trigger, row.guard, row.kind, row.target))
            .collect()
    };
    assert_eq!(rows(actor), rows(sketch));
}

#[test]
fn the_player_has_both_kinds_of_history() {
    let chart = Player::chart();
    expect_file!["../../../docs/pictures/history.svg"].assert_eq(&chart.export(Format::Svg));
    same(&chart, &charts::player());
}

#[test]
fn the_drone_has_regions() {
    let chart = Drone::chart();
    expect_file!["../../../docs/pictures/regions.svg"].assert_eq(&chart.export(Format::Svg));
    same(&chart, &charts::drone());
}
