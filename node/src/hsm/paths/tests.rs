//! Paths through charts that are written down here by hand.

use expect_test::{Expect, expect};

use super::super::chart::{ChartHistory, ChartState, ChartTransition};
use super::{Chart, Model, PathLimits, TransitionKind};

/// A chart in two tables: `parent/name -> initial`, and `source trigger [guard] kind target`, where `=` is an internal reaction.
fn chart(states: &[&str], transitions: &[&str]) -> Chart {
    let mut chart = Chart {
        name: "Test",
        initial: 0,
        states: Vec::new(),
        transitions: Vec::new(),
    };
    let leaked = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let names: Vec<&'static str> = states
        .iter()
        .map(|line| {
            let name = line.split_whitespace().next().unwrap_or_default();
            leaked(name.rsplit('/').next().unwrap_or_default())
        })
        .collect();
    let index = |name: &str| names.iter().position(|known| *known == name);
    for line in states {
        let mut words = line.split_whitespace();
        let path = words.next().unwrap_or_default();
        let parent = path.rsplit_once('/').and_then(|(parent, _)| index(parent));
        let mut state = ChartState {
            name: names[chart.states.len()],
            parent,
            initial: None,
            history: None,
            regions: Vec::new(),
            entry: false,
            exit: false,
            init: false,
            data: None,
            doc: "",
        };
        while let Some(key) = words.next() {
            let value = words.next().unwrap_or_default();
            match key {
                "->" => state.initial = index(value),
                "H" | "H*" => {
                    state.history = Some(ChartHistory {
                        deep: key == "H*",
                        default: index(value),
                    });
                }
                _ => state.regions = value.split(',').filter_map(index).collect(),
            }
        }
        chart.states.push(state);
    }
    for line in transitions {
        let (guard, line) = match (line.find('['), line.find(']')) {
            (Some(from), Some(to)) => (
                leaked(&line[from + 1..to]),
                format!("{} {}", &line[..from], &line[to + 1..]),
            ),
            _ => ("", (*line).to_owned()),
        };
        let words: Vec<_> = line.split_whitespace().collect();
        let trigger = leaked(words[1]);
        chart.transitions.push(ChartTransition {
            source: index(words[0]).expect("a state"),
            trigger,
            events: if trigger == "*" {
                vec![]
            } else {
                trigger
                    .split('|')
                    .map(|event| event.split('(').next().unwrap_or_default())
                    .collect()
            },
            guard,
            target: words.get(3).and_then(|name| index(name)),
            kind: match words[2] {
                "to" => TransitionKind::To,
                "reenter" => TransitionKind::Reenter,
                "history" => TransitionKind::History,
                "deep" => TransitionKind::DeepHistory,
                "=" => TransitionKind::Internal,
                "defer" => TransitionKind::Defer,
                _ => TransitionKind::Stop,
            },
            doc: "",
        });
    }
    chart
}

fn qhsmtst() -> Chart {
    let mut chart = chart(
        &[
            "s -> s11",
            "s/s1 -> s11",
            "s1/s11",
            "s/s2 -> s211",
            "s2/s21 -> s211",
            "s21/s211",
        ],
        &[
            "s E to s11",
            "s I [self.foo] =",
            "s1 I =",
            "s1 D [!self.foo] to s",
            "s1 A to s1",
            "s1 B to s11",
            "s1 F to s211",
            "s1 C to s2",
            "s11 H to s",
            "s11 D [self.foo] to s1",
            "s11 G to s211",
            "s2 I [!self.foo] =",
            "s2 F to s11",
            "s2 C to s1",
            "s21 G to s1",
            "s21 A to s21",
            "s21 B to s211",
            "s211 H to s",
            "s211 D to s21",
        ],
    );
    chart.initial = 3;
    chart
}

fn told(paths: &[super::Path]) -> String {
    paths.iter().map(|path| format!("{path}\n")).collect()
}

fn shortest(chart: &Chart, expected: Expect) {
    expected.assert_eq(&told(&chart.shortest_paths()));
}

#[test]
fn the_shortest_path_to_each_state() {
    shortest(
        &qhsmtst(),
        expect![[r#"
        s: at once
        s1: s --E--> s11
        s11: s --E--> s11
        s2: at once
        s21: at once
        s211: at once
    "#]],
    );
}

#[test]
fn paths_that_take_each_transition() {
    let cover = qhsmtst().covering_paths();
    assert_eq!((&cover.missing, cover.complete), (&vec![], true));
    expect![[r#"
        s: s --I [self.foo]-- (handled)
        s1: s --E--> s11, s1 --I-- (handled)
        s: s --E--> s11, s1 --D [!self.foo]--> s
        s1: s --E--> s11, s1 --A--> s1
        s11: s --E--> s11, s1 --B--> s11
        s211: s --E--> s11, s1 --F--> s211
        s2: s --E--> s11, s1 --C--> s2
        s: s --E--> s11, s11 --H--> s
        s1: s --E--> s11, s11 --D [self.foo]--> s1
        s211: s --E--> s11, s11 --G--> s211
        s2: s2 --I [!self.foo]-- (handled)
        s11: s2 --F--> s11
        s1: s2 --C--> s1
        s1: s21 --G--> s1
        s21: s21 --A--> s21
        s211: s21 --B--> s211
        s: s211 --H--> s
        s21: s211 --D--> s21
    "#]]
    .assert_eq(&told(&cover.paths));
}

#[test]
fn simple_paths_are_in_no_configuration_twice() {
    let chart = chart(
        &["a", "b", "c"],
        &[
            "a X to b", "a Y to c", "b X to c", "c X to a", "c Y to b", "b Z to b",
        ],
    );
    let paths = chart.simple_paths(PathLimits::default());
    assert!(paths.complete);
    expect![[r#"
        a: at once
        b: a --X--> b
        b: a --Y--> c, c --Y--> b
        c: a --Y--> c
        c: a --X--> b, b --X--> c
    "#]]
    .assert_eq(&told(&paths.paths));
    let few = chart.simple_paths(PathLimits {
        steps: 1,
        paths: 64,
    });
    assert_eq!((few.paths.len(), few.complete), (3, false));
}

#[test]
fn an_unguarded_path_is_preferred_to_a_guarded_one_of_the_same_length() {
    let chart = chart(
        &["a", "b", "c", "d"],
        &["a X [hot] to b", "a Y to c", "b Z to d", "c Z to d"],
    );
    shortest(
        &chart,
        expect![[r#"
        a: at once
        b: a --X [hot]--> b
        c: a --Y--> c
        d: a --Y--> c, c --Z--> d
    "#]],
    );
}

#[test]
fn what_an_inner_state_or_an_earlier_arm_takes_for_certain_does_not_come_further() {
    let chart = chart(
        &["on -> a", "on/a", "off"],
        &[
            "a X =",
            "a Y(Some(_)) =",
            "a Z [warm] =",
            "a V|W(n) =",
            "on X to off",
            "on Y(_) to off",
            "on Z to off",
            "on V to off",
            "on W(_) to off",
            "on Z to a",
            "off * to on",
            "off X to on",
        ],
    );
    let cover = chart.covering_paths();
    let missing: Vec<_> = cover.missing.iter().map(|&row| row + 1).collect();
    // X, V, W inside; the second Z behind the first; X behind any event.
    assert_eq!(missing, [5, 8, 9, 10, 12]);
}

#[test]
fn a_state_that_no_transition_leads_to_has_no_path() {
    let chart = chart(&["a", "b"], &["a X to a"]);
    assert_eq!(chart.shortest_paths().len(), 1);
}

#[test]
fn history_leads_to_what_was_left_last_on_the_path() {
    let chart = chart(
        &[
            "on -> low H* mid",
            "on/low",
            "on/high -> max",
            "high/max",
            "high/mid",
            "off",
        ],
        &[
            "off Power history on",
            "off Deep deep on",
            "on Power to off",
            "low Up to high",
            "max Down to mid",
        ],
    );
    let cover = chart.covering_paths();
    expect![[r#"
        on: on --Power--> off, off --Power--> history of on
        on: on --Power--> off, off --Deep--> deep history of on
        mid: low --Up--> high, max --Down--> mid
    "#]]
    .assert_eq(&told(&cover.paths));
    let after = |rows: [usize; 4]| {
        let model = Model::new(&chart);
        let end = rows
            .into_iter()
            .fold(model.start(), |config, row| model.take(&config, row));
        model.leaves(&end)
    };
    // Left in mid: the deep form leads there, the shallow one to high and its initial.
    assert_eq!(after([3, 4, 2, 1]), ["mid"]);
    assert_eq!(after([3, 4, 2, 0]), ["max"]);
}

#[test]
fn the_default_of_a_history_is_entered_before_there_is_one() {
    let mut chart = chart(
        &["on -> low H high", "on/low", "on/high", "off"],
        &["off Power history on", "on Power to off"],
    );
    chart.initial = 3;
    shortest(
        &chart,
        expect![[r#"
        on: off --Power--> history of on
        high: off --Power--> history of on
        off: at once
    "#]],
    );
}

#[test]
fn an_ancestor_is_left_and_entered_only_by_reenter() {
    let chart = chart(
        &["p -> a", "p/a", "p/b", "q"],
        &[
            "b To to p",
            "b Re reenter p",
            "a Next to b",
            "b Stop stop",
            "b Later defer",
        ],
    );
    expect![[r#"
        p: a --Next--> b, b --To--> p
        p: a --Next--> b, b --Re--> reenter p
        b: a --Next--> b, b --Stop--> stop
        b: a --Next--> b, b --Later-- (deferred)
    "#]]
    .assert_eq(&told(&chart.covering_paths().paths));
}

#[test]
fn regions_are_entered_together_and_left_together() {
    let chart = chart(
        &[
            "off",
            "on regions motor,light",
            "on/motor -> still",
            "motor/still",
            "motor/turning",
            "on/light -> dark",
            "light/dark",
            "light/lit",
        ],
        &[
            "off Power to on",
            "off Show to lit",
            "still Go to turning",
            "dark Go to lit",
            "turning Halt to off",
            "on Power to off",
        ],
    );
    expect![[r#"
        lit: off --Show--> lit
        lit: off --Power--> on, dark --Go--> lit
        off: off --Power--> on, still --Go--> turning, turning --Halt--> off
        off: off --Power--> on, on --Power--> off
    "#]]
    .assert_eq(&told(&chart.covering_paths().paths));
    shortest(
        &chart,
        expect![[r#"
        off: at once
        on: off --Power--> on
        motor: off --Power--> on
        still: off --Power--> on
        turning: off --Power--> on, still --Go--> turning
        light: off --Power--> on
        dark: off --Power--> on
        lit: off --Show--> lit
    "#]],
    );
}

#[test]
fn a_chart_that_makes_no_sense_is_no_reason_to_panic() {
    let mut broken = chart(
        &["a -> b", "a/b -> a", "c"],
        &["a X to b", "b Y to c", "c Z to a", "c H history c"],
    );
    broken.states[0].parent = Some(1);
    broken.states[2].parent = Some(17);
    broken.transitions[1].target = Some(99);
    broken.transitions[2].target = None;
    let _ = broken.shortest_paths();
    let _ = broken.covering_paths();
    let _ = broken.simple_paths(PathLimits::default());
    broken.initial = 50;
    assert!(broken.shortest_paths().is_empty());
    broken.states.clear();
    broken.transitions.clear();
    assert!(broken.covering_paths().paths.is_empty());
}
