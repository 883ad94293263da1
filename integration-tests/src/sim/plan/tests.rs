//! A plan is its seed, and a sweep sees every kind of blow.

use super::*;

#[test]
fn a_seed_stands_for_one_plan() {
    assert_eq!(Plan::new(7), Plan::new(7));
    assert_ne!(Plan::new(7), Plan::new(8));
}

#[test]
fn every_fault_is_on_in_some_seeds_and_off_in_others() {
    let plans: Vec<Plan> = (1..=50).map(Plan::new).collect();
    let both = |what: &str, on: fn(&Plan) -> bool| {
        let count = plans.iter().filter(|plan| on(plan)).count();
        assert!((5..45).contains(&count), "{what} in {count} of 50 seeds");
    };
    both("jitter", |plan| !plan.weather.jitter.is_zero());
    both("loss", |plan| plan.weather.loss > 0);
    both("doubling", |plan| plan.weather.duplicate > 0);
    both("reordering", |plan| plan.weather.reorder > 0);
    both("corruption", |plan| plan.weather.corrupt > 0);
    both("truncation", |plan| plan.weather.truncate > 0);
    both("a partition", |plan| {
        plan.blows
            .iter()
            .any(|(_, blow)| matches!(blow, Blow::Cut { .. }))
    });
    both("a crash", |plan| {
        plan.blows
            .iter()
            .any(|(_, blow)| matches!(blow, Blow::Crash(_)))
    });
    both("a small age", |plan| plan.bounds.ring_age.is_some());
}

#[test]
fn blows_come_in_order_and_end_with_the_faults() {
    for plan in (1..=50).map(Plan::new) {
        assert!(plan.blows.is_sorted_by_key(|(at, _)| *at), "{plan}");
        assert!(plan.blows.iter().all(|(at, _)| *at <= plan.chaos), "{plan}");
    }
}
