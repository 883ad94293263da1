//! What a bench does with its actor: steps, time, failures, the end.

use std::time::Duration;

use expect_test::expect;
use farc::prelude::*;
use farc::testing::{Bench, BenchSettings};

#[derive(Event, Debug)]
pub(crate) enum Input {
    /// Panics, posts to itself, arms a timer: whatever it says.
    #[event(local)]
    Do(String),
    #[event(local)]
    Tick,
    #[event(own)]
    Own(u32),
}

pub(crate) struct Worker {
    ticks: u32,
    random: u64,
}

impl Actor for Worker {
    type Args = String;

    fn new(args: String, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        match args.as_str() {
            "refuse" => Err(BuildError::argument("args", "it says so")),
            _ => Ok(Self {
                ticks: 0,
                random: 0,
            }),
        }
    }
}

#[hsm(event = Input, initial = idle)]
impl Worker {
    #[state]
    fn idle(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Input::Do(what) if what == "work" => To(State::Busy),
            Input::Do(what) if what == "stop" => Stop,
            Input::Do(what) => {
                self.act(what, cx);
                Handled
            }
            Input::Own(n) => {
                self.ticks += n;
                Handled
            }
            Input::Tick => Super,
        }
    }

    #[state]
    fn busy(&mut self, event: &Input) -> Next<Self> {
        match event {
            Input::Tick if self.ticks < 2 => {
                self.ticks += 1;
                Handled
            }
            Input::Tick => To(State::Idle),
            _ => Super,
        }
    }

    #[entry(busy)]
    fn arm(&mut self, cx: &mut Context<Self>) {
        for seconds in [3, 1, 2, 9] {
            cx.after(Duration::from_secs(seconds), Input::Tick).unwrap();
        }
    }
}

impl Worker {
    fn act(&mut self, what: &str, cx: &mut Context<Self>) {
        match what {
            "panic" => panic!("as it was told"),
            "twice" => {
                cx.post_self(Input::Do("once".to_owned())).unwrap();
                cx.post_self(Input::Do("once".to_owned())).unwrap();
            }
            "for ever" => cx.post_self(Input::Do("for ever".to_owned())).unwrap(),
            "random" => self.random = cx.random(),
            _ => {}
        }
    }
}

fn bench() -> Bench<Worker> {
    let mut bench = Bench::new(String::new()).unwrap();
    bench.start();
    bench
}

fn told(what: &str) -> Input {
    Input::Do(what.to_owned())
}

#[test]
fn nothing_runs_before_the_start() {
    let mut bench = Bench::<Worker>::new(String::new()).unwrap();
    assert!(bench.dispatch(told("work")));
    assert_eq!((bench.state(), bench.trace()), Default::default());
    bench.start();
    assert_eq!(bench.state(), "busy");
}

#[test]
fn a_constructor_that_says_no_is_an_error() {
    let error = Bench::<Worker>::new("refuse".to_owned()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to construct actor `actor` (Worker): argument `args`: it says so"
    );
}

#[test]
fn dispatch_runs_what_the_actor_posts_to_itself_and_steps_go_one_by_one() {
    let mut bench = bench();
    bench.dispatch(told("twice"));
    bench.post(told("twice")).unwrap();
    expect![[r#"
        start: top-INIT;idle-ENTRY;
        Do: idle-Do;post self Do;post self Do;
        Do: idle-Do;
        Do: idle-Do;
    "#]]
    .assert_eq(&bench.trace());
    assert!(bench.step());
    expect![[r#"
        Do: idle-Do;post self Do;post self Do;
    "#]]
    .assert_eq(&bench.trace());
    assert!(bench.step());
    assert!(bench.step());
    assert!(!bench.step());
}

#[test]
fn what_only_the_actor_itself_creates_can_be_dispatched() {
    let mut bench = bench();
    bench.dispatch(Input::Own(7));
    assert_eq!(bench.actor().ticks, 7);
}

#[test]
fn timers_fire_at_their_own_times_in_order_and_not_all_at_the_end() {
    let mut bench = bench();
    bench.dispatch(told("work"));
    bench.trace();
    bench.advance(Duration::from_millis(500));
    assert_eq!(bench.trace(), "");
    bench.advance(Duration::from_secs(60));
    // The fourth timer dies with the state.
    expect![[r#"
        +1s
        Tick: busy-Tick;
        +1s
        Tick: busy-Tick;
        +1s
        Tick: busy-Tick;busy-EXIT;idle-ENTRY;
    "#]]
    .assert_eq(&bench.trace());
}

#[test]
fn a_panic_ends_the_actor_and_not_the_test() {
    let mut bench = bench();
    bench.dispatch(told("panic"));
    assert_eq!(bench.failed().as_deref(), Some("as it was told"));
    assert!(!bench.dispatch(told("work")));
    assert_eq!(bench.state(), "");
    assert!(!bench.is_in(WorkerState::Idle));
    expect![[r#"
        start: top-INIT;idle-ENTRY;
        Do: panic "as it was told";
    "#]]
    .assert_eq(&bench.trace());
}

#[test]
#[should_panic(expected = "the actor is gone: as it was told")]
fn the_fields_of_an_actor_that_failed_are_gone() {
    let mut bench = bench();
    bench.dispatch(told("panic"));
    bench.actor();
}

#[test]
fn an_actor_comes_back_if_its_options_say_so() {
    let settings = BenchSettings {
        name: "worker".to_owned(),
        options: ActorOptions::default(),
        ..BenchSettings::default()
    };
    let mut bench = Bench::<Worker>::with(String::new(), settings).unwrap();
    bench.start();
    bench.dispatch(told("panic"));
    bench.advance(Duration::from_millis(10));
    assert_eq!(bench.state(), "idle");
    let trace = bench.trace();
    // How long it stays down is up to its random numbers.
    let passed = trace.lines().find(|line| line.starts_with('+')).unwrap();
    expect![[r#"
        start: top-INIT;idle-ENTRY;
        Do: panic "as it was told";
        (a while)
        restart: top-INIT;idle-ENTRY;
    "#]]
    .assert_eq(&trace.replace(passed, "(a while)"));
}

#[test]
fn stop_runs_the_exit_path_and_drops_what_waits() {
    let mut bench = bench();
    bench.dispatch(told("work"));
    bench.trace();
    bench.post(told("more")).unwrap();
    bench.stop();
    assert!(!bench.dispatch(told("work")));
    expect![[r#"
        stop: busy-EXIT;
        drop Do stopped;
    "#]]
    .assert_eq(&bench.trace());
    assert_eq!(bench.failed(), None);
}

#[test]
fn an_actor_that_stops_itself_says_so() {
    let mut bench = bench();
    bench.trace();
    bench.dispatch(told("stop"));
    expect![[r#"
        Do: idle-Do;idle-EXIT;idle-STOP;
    "#]]
    .assert_eq(&bench.trace());
}

#[test]
fn the_seed_decides_the_random_numbers() {
    let random = |seed| {
        let mut bench = Bench::<Worker>::seeded(String::new(), seed).unwrap();
        bench.start();
        bench.dispatch(told("random"));
        bench.actor().random
    };
    assert_eq!(random(1), random(1));
    assert_ne!(random(1), random(2));
}

#[test]
#[should_panic(expected = "does it post to itself for ever?")]
fn an_actor_that_feeds_itself_is_found_out() {
    bench().dispatch(told("for ever"));
}
