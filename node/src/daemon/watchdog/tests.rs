//! D6 with looks at times of the test's own, and in a node whose actor really hangs.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::task::LocalSet;

use super::*;
use crate::config::{ActorConfig, ActorTypes, NodeConfig};
use crate::daemon::{Environment, Health, Node};
use crate::kernel::Names;
use crate::prelude::*;

const NAMES: Names = Names {
    events: &["Press", "Release"],
    state: |index| ["off", "on"].get(index).copied().unwrap_or(""),
};

struct Bench {
    pulse: Arc<Pulse>,
    watchdog: Watchdog,
    begin: Instant,
}

impl Bench {
    fn new() -> Self {
        let pulse = Arc::new(Pulse::new());
        pulse.watch();
        pulse.add(3, &"slow".into(), &NAMES);
        let watchdog = Watchdog::new(pulse.clone(), WatchdogConfig::default());
        let begin = Instant::now();
        Self {
            pulse,
            watchdog,
            begin,
        }
    }

    /// The step with this number, about `Release` in `on`.
    fn step(&self, number: u64) {
        self.pulse.begin(number);
        self.pulse.tell(3, 1, 1);
    }

    /// A look each 50 ms from the one time until the other; what the last one found.
    fn look(&mut self, from: u64, until: u64) -> Option<LongStep> {
        let looks = (from..=until).step_by(50).map(Duration::from_millis);
        let found = looks.map(|at| self.watchdog.look(self.begin + at)).last();
        found.flatten()
    }
}

#[test]
fn d06_a_step_that_lasts_is_told_while_it_runs_with_actor_state_and_event() {
    let mut bench = Bench::new();
    bench.step(1);
    assert_eq!(bench.look(0, 50), None);
    let mut long = LongStep {
        actor: "slow".to_owned(),
        state: "on".to_owned(),
        event: "Release".to_owned(),
        milliseconds: 100,
        unhealthy: false,
    };
    assert_eq!(bench.look(100, 100).as_ref(), Some(&long));
    let found = bench.look(150, 4950).unwrap();
    assert_eq!((found.milliseconds, found.unhealthy), (4950, false));
    long.milliseconds = 5000;
    long.unhealthy = true;
    assert_eq!(bench.look(5000, 5000).as_ref(), Some(&long));
    assert_eq!(
        long.complaint(),
        "actor slow has been handling Release in state on for 5.0 s"
    );
    // The next step, and nothing.
    bench.step(2);
    assert_eq!(bench.look(5050, 5100), None);
    bench.pulse.rest();
    assert_eq!(bench.look(5150, 20_000), None);
}

#[test]
fn d06_steps_that_go_on_are_never_told_however_busy_the_domain_is() {
    let mut bench = Bench::new();
    for number in 0..1000 {
        bench.step(number + 1);
        assert_eq!(bench.look(number * 50, number * 50), None);
    }
}

#[test]
fn d06_a_process_that_was_stopped_for_a_while_is_no_long_step() {
    let mut bench = Bench::new();
    bench.step(1);
    assert_eq!(bench.look(0, 50), None);
    // An hour in which nobody looked.
    assert_eq!(bench.look(3_600_000, 3_600_050), None);
    assert!(bench.look(3_600_100, 3_600_150).is_some());
}

#[test]
fn d06_a_start_and_a_command_have_no_event() {
    let mut bench = Bench::new();
    bench.pulse.begin(1);
    bench.pulse.tell(3, usize::MAX, usize::MAX);
    let found = bench.look(0, 1000).unwrap();
    assert_eq!(
        found.complaint(),
        "actor slow has been starting or stopping for 1.0 s"
    );
    bench.pulse.command();
    let found = bench.look(1050, 2050).unwrap();
    assert_eq!(
        found.complaint(),
        "its domain has been busy with a command for 1.0 s"
    );
    // Another command is another step.
    bench.pulse.command();
    assert_eq!(bench.look(2100, 2150), None);
}

/// Ends the step that hangs.
static GO_ON: Mutex<Option<Receiver<()>>> = Mutex::new(None);

#[derive(Event)]
enum Input {
    #[event(local)]
    Hang,
}

struct Hanging;

#[hsm(event = Input, initial = waiting)]
impl Hanging {
    #[state]
    fn waiting(&mut self, event: &Input) -> Next<Self> {
        match event {
            Input::Hang => {
                let receiver = GO_ON.lock().unwrap().take();
                // The test hangs up.
                assert!(receiver.unwrap().recv().is_err());
                Handled
            }
        }
    }
}

impl Actor for Hanging {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn d06_a_node_with_an_actor_that_hangs_says_which_and_recovers_when_it_goes_on() {
    let (hang_up, receiver): (Sender<()>, _) = channel();
    *GO_ON.lock().unwrap() = Some(receiver);
    let mut config = NodeConfig::new("alone".parse().unwrap(), "dev".parse().unwrap());
    config.actors = vec![ActorConfig::new("stuck", "hanging")];
    config.watchdog = WatchdogConfig {
        warn: Duration::from_millis(10),
        error: Duration::from_millis(20),
        unhealthy: Duration::from_millis(30),
    };
    let mut types = ActorTypes::new();
    types.add::<Hanging>("hanging");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let environment = Environment::production().unwrap();
        let node = Node::start(config, Arc::new(types), environment).await;
        let node = node.unwrap();
        node.ready(Duration::from_secs(1)).await.unwrap();
        let stuck = node.address::<Hanging>("stuck").unwrap();
        stuck.post(Input::Hang).unwrap();
        let status = loop {
            let status = node.status().await;
            if !status.node.ready {
                break status;
            }
        };
        let long = status.node.long_step.as_ref().unwrap();
        let doing = (&*long.actor, &*long.state, &*long.event);
        assert_eq!(doing, ("stuck", "waiting", "Hang"));
        let health = Health::of(&status.node);
        assert!(!health.ready);
        let said = &health.missing[0];
        assert!(
            said.starts_with("actor stuck has been handling Hang in state waiting for"),
            "{said}"
        );
        drop(hang_up);
        while !node.status().await.node.ready {}
        node.shutdown("the test is over").await;
    });
}
