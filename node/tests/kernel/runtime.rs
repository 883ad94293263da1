//! B10 on a node: tasks run on the tokio runtime in which the node was started.

use std::sync::Arc;
use std::time::Duration;

use farc::prelude::*;
use farc::{ActorConfig, ActorTypes, Environment, Host, Node, NodeConfig};
use tokio::task::{LocalSet, yield_now};

#[derive(Event)]
enum RacerEvent {
    /// A runner is back.
    #[event(own)]
    Back(u64),
    #[event(own)]
    Timeout,
}

/// Has four futures run, and is in a state that tells in which order they came back.
struct Racer {
    order: u64,
}

#[hsm(event = RacerEvent, initial = racing)]
impl Racer {
    #[entry(racing)]
    fn race(&mut self, cx: &mut Context<Self>) {
        for (runner, laps) in [(1, 30), (2, 10), (3, 20), (4, 10)] {
            cx.spawn(async move {
                for _ in 0..laps {
                    yield_now().await;
                }
                RacerEvent::Back(runner)
            })
            .unwrap();
        }
        // Made here and not in a future: a handler is within the runtime.
        let limit = tokio::time::sleep(Duration::from_secs(600));
        cx.spawn(async move {
            limit.await;
            RacerEvent::Timeout
        })
        .unwrap();
    }

    #[state]
    fn racing(&mut self, event: &RacerEvent) -> Next<Self> {
        match event {
            RacerEvent::Back(runner) => {
                self.order = self.order * 10 + runner;
                match self.order {
                    2431 => To(State::AsWithOneThread),
                    1000.. => To(State::OtherwiseThan),
                    _ => Handled,
                }
            }
            RacerEvent::Timeout => Super,
        }
    }

    #[state]
    fn as_with_one_thread(&mut self, _: &RacerEvent) -> Next<Self> {
        Super
    }

    #[state]
    fn otherwise_than(&mut self, _: &RacerEvent) -> Next<Self> {
        Super
    }
}

impl Actor for Racer {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        // A constructor is within the runtime as well.
        tokio::runtime::Handle::try_current().map_err(BuildError::new)?;
        Ok(Self { order: 0 })
    }
}

/// How the race ends, and how many tasks are left then.
fn race(host: Host) -> (String, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let mut types = ActorTypes::new();
        types.add::<Racer>("racer");
        let mut config = NodeConfig::new("a".parse().unwrap(), "test".parse().unwrap());
        config.actors.push(ActorConfig::new("racer", "racer"));
        let mut environment = Environment::production().unwrap();
        environment.host = host;
        let node = Node::start(config, Arc::new(types), environment)
            .await
            .unwrap();
        let state = loop {
            let racer = node.status().await.actors.remove(0);
            if racer.state != "racing" {
                assert_eq!(racer.tasks, 0);
                break racer.state;
            }
            yield_now().await;
        };
        node.shutdown("the race is over").await;
        // Those of the runners are done, and what waited for ten minutes ended with its state.
        yield_now().await;
        let left = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        (state, left)
    })
}

#[test]
fn b10_a_nodes_tasks_run_on_its_runtime_and_come_back_in_the_same_order_each_time() {
    for _ in 0..3 {
        assert_eq!(race(Host::Task), ("as_with_one_thread".to_owned(), 0));
    }
}

#[test]
fn b10_the_thread_of_a_domain_is_within_the_runtime_too() {
    let (state, left) = race(Host::Thread);
    // The domain begins while the first runners run: any order is right.
    assert_ne!(state, "");
    assert_eq!(left, 0);
}
