//! The programs of Python farc, and what they print: the lines of the originals, on a virtual clock.
#![expect(clippy::unwrap_used, reason = "a test panics when it cannot go on")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    output
}

/// What a program prints in so many seconds.
fn virtually(program: &str, seconds: &str) -> String {
    String::from_utf8(run(program, &["--virtual", seconds]).stdout).unwrap()
}

#[test]
fn countdown_counts_down_and_ends() {
    assert_eq!(
        virtually(env!("CARGO_BIN_EXE_countdown"), "3600"),
        "_initial\n_counting\n10\n9\n8\n7\n6\n5\n4\n3\n2\n1\n0\n_exiting\n"
    );
}

#[test]
fn countdown_takes_a_second_for_each_number() {
    assert_eq!(
        virtually(env!("CARGO_BIN_EXE_countdown"), "3"),
        "_initial\n_counting\n10\n9\n8\n"
    );
}

#[test]
fn iterate_takes_its_steps_and_ends_by_itself() {
    let output = run(env!("CARGO_BIN_EXE_iterate"), &[]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "_initial\n_iterating\n10\n9\n8\n7\n6\n5\n4\n3\n2\n1\n0\n_exiting\n"
    );
}

#[test]
fn on_off_switch_is_flicked_after_two_seconds() {
    let output = run(env!("CARGO_BIN_EXE_on_off_switch"), &["--virtual", "5"]);
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "\
[  0.000] _initial() - OnOffSwitch _initial
[  0.000] off() - <off> enter
[  2.000] postFlickEvent() - post FLICK event
[  2.000] off() - <off> flick
[  2.000] off() - <off> exit
[  2.000] on() - <on> enter - turn light on
[  5.000] on() - <on> exit - turn light off
"
    );
}

#[test]
fn oneonethousand_counts_every_millisecond() {
    assert_eq!(
        virtually(env!("CARGO_BIN_EXE_oneonethousand"), "3"),
        "\
Check to see how much CPU% a simple 1ms periodic function uses.
_initial
_counting enter
1000 millis
2000 millis
3000 millis
"
    );
}

#[test]
fn stoplight_changes_every_two_seconds() {
    assert_eq!(
        virtually(env!("CARGO_BIN_EXE_stoplight"), "5"),
        "\
Stoplight _initial
_red enter
_red next
_red exit
_green enter
_green next
_green exit
_red enter
_red exit
"
    );
}

/// The original leaves `three` first; here the least urgent actor goes first, as everywhere in farc (D7).
#[test]
fn threefive_ticks_by_threes_and_fives_and_the_urgent_one_first() {
    assert_eq!(
        virtually(env!("CARGO_BIN_EXE_threefive"), "16"),
        "\
Three _initial
three enter
Five _initial
five enter
three tick
five tick
three tick
three tick
five tick
three tick
three tick
five tick
five exit
three exit
"
    );
}

/// The marks of guards are ours, and so is the last line: here the actor ends after its step, there within it.
#[test]
fn hsm_test_takes_the_transitions_of_the_original() {
    let output = run(env!("CARGO_BIN_EXE_hsm_test"), &[]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "\
start: top-INIT;s-ENTRY;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
G: s21-G;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;
I: s1-I;
A: s1-A;s11-EXIT;s1-EXIT;s1-ENTRY;s1-INIT;s11-ENTRY;
D: s11-GUARD;s1-D;s11-EXIT;s1-EXIT;s-INIT;s1-ENTRY;s11-ENTRY;
D: s11-D;s11-EXIT;s1-INIT;s11-ENTRY;
C: s1-C;s11-EXIT;s1-EXIT;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
E: s-E;s211-EXIT;s21-EXIT;s2-EXIT;s1-ENTRY;s11-ENTRY;
E: s-E;s11-EXIT;s1-EXIT;s1-ENTRY;s11-ENTRY;
G: s11-G;s11-EXIT;s1-EXIT;s2-ENTRY;s21-ENTRY;s211-ENTRY;
I: s2-I;
I: s2-GUARD;s-I;
T: s-T;s211-EXIT;s21-EXIT;s2-EXIT;s-EXIT;exiting-ENTRY;post front Done;
Done: exiting-Done;exiting-EXIT;exiting-STOP;
"
    );
}

#[test]
fn hsm_test_takes_letters_that_are_typed_until_the_end() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hsm_test"))
        .arg("--interactive")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut letters = child.stdin.take().unwrap();
    letters.write_all(b"b\nz\nt\na\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "\
start: top-INIT;s-ENTRY;s2-ENTRY;s2-INIT;s21-ENTRY;s211-ENTRY;
\tEvent --> B: s21-B;s211-EXIT;s211-ENTRY;
\tEvent --> \tEvent --> T: s-T;s211-EXIT;s21-EXIT;s2-EXIT;s-EXIT;exiting-ENTRY;post front Done;
Done: exiting-Done;exiting-EXIT;exiting-STOP;
Terminated
"
    );
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "Invalid signal name\n"
    );
}

/// What must hold for any order of events: the random numbers of the original are not ours.
#[test]
fn dpp_feeds_every_philosopher_and_never_two_neighbours_at_once() {
    let printed = virtually(env!("CARGO_BIN_EXE_dpp"), "600");
    let (mut hungry, mut eating, mut fed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in printed.lines() {
        let (seat, what) = line.split_once(' ').unwrap();
        let seat: u8 = seat.parse().unwrap();
        match what {
            "hungry" => assert!(hungry.insert(seat) && !eating.contains(&seat), "{line}"),
            "eating" => {
                assert!(hungry.remove(&seat) && eating.insert(seat), "{line}");
                let neighbours = [(seat + 1) % 10, (seat + 9) % 10];
                assert!(
                    neighbours.iter().all(|seat| !eating.contains(seat)),
                    "{line}"
                );
                fed.insert(seat);
            }
            "thinking" => assert!(eating.remove(&seat), "{line}"),
            other => panic!("{other}"),
        }
    }
    assert_eq!(fed, (0..10).collect());
}

#[test]
fn dpp_is_the_same_evening_each_time_on_a_virtual_clock() {
    let evening = || virtually(env!("CARGO_BIN_EXE_dpp"), "60");
    assert_eq!(evening(), evening());
}

#[test]
fn ctrl_c_takes_the_exit_path_and_ends_the_program() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stoplight"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while line != "_red enter\n" {
            line.clear();
            printed.read_line(&mut line).unwrap();
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        let mut rest = String::new();
        printed.read_to_string(&mut rest).unwrap();
        // A test that is held up for two seconds sees more, but the end is always that of an exit.
        assert!(rest.ends_with(" exit\n"), "{rest}");
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn what_is_no_number_of_seconds_is_said() {
    let output = Command::new(env!("CARGO_BIN_EXE_countdown"))
        .args(["--virtual", "soon"])
        .output()
        .unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("`--virtual soon`"), "{message}");
}
