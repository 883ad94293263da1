//! Whole local nodes in the test's own process: started, asked, and ended.

mod domains;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::LocalSet;

use super::{Environment, Health, Host, Node, StartError, Status};
use crate::admin::{AdminSocket, Client, serve};
use crate::config::{ActorConfig, ActorTypes, NodeConfig, TraceConfig};
use crate::prelude::*;
use crate::sys::Shutdown;

#[derive(Event, Debug)]
enum LampEvent {
    Shutdown(Shutdown),
    #[event(local)]
    Press,
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
struct LampArgs {
    /// A number that the constructor does not take.
    refuse: Option<u8>,
    busy: Option<bool>,
}

#[derive(Debug)]
struct Lamp {
    busy: bool,
}

impl Actor for Lamp {
    type Args = LampArgs;

    fn new(args: LampArgs, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        match args.refuse {
            Some(7) => panic!("seven"),
            Some(_) => Err(BuildError::argument("refuse", "it is set")),
            None => Ok(Self {
                busy: args.busy.unwrap_or(false),
            }),
        }
    }
}

#[hsm(event = LampEvent, initial = off, subscribe = [Shutdown])]
impl Lamp {
    #[state]
    fn off(&mut self, event: &LampEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            LampEvent::Press => To(State::On),
            LampEvent::Shutdown(_) => {
                self.go_on(cx);
                Handled
            }
        }
    }

    #[entry(on)]
    fn shine(&mut self, cx: &mut Context<Self>) {
        self.go_on(cx);
    }

    #[state]
    fn on(&mut self, event: &LampEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            LampEvent::Press => {
                self.go_on(cx);
                Handled
            }
            LampEvent::Shutdown(_) => Handled,
        }
    }
}

impl Lamp {
    /// A busy lamp never comes to an end: each step asks for the next one.
    fn go_on(&self, cx: &mut Context<'_, Self>) {
        if self.busy {
            cx.post_self(LampEvent::Press).expect("at most one waits");
        }
    }
}

fn config(params: &str) -> NodeConfig {
    let mut config = NodeConfig::new("alone".parse().unwrap(), "dev".parse().unwrap());
    let params: crate::config::Params = params.parse().unwrap();
    config.actors = vec![ActorConfig::new("lamp/1", "lamp").with(params)];
    config.shutdown = Duration::from_millis(400);
    config
}

fn types() -> Arc<ActorTypes> {
    let mut types = ActorTypes::new();
    types.add::<Lamp>("lamp");
    Arc::new(types)
}

fn environment(host: Host) -> Environment {
    let mut environment = Environment::production().unwrap();
    environment.host = host;
    environment
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, test)
}

async fn start(host: Host, params: &str) -> Result<Node, StartError> {
    Node::start(config(params), types(), environment(host)).await
}

#[test]
fn a_node_runs_its_actors_on_a_thread_or_in_a_task() {
    for host in [Host::Thread, Host::Task] {
        run(async {
            let node = start(host, "").await.unwrap();
            node.ready(Duration::from_secs(1)).await.unwrap();
            let lamp = node.address::<Lamp>("lamp/1").unwrap();
            assert!(node.address::<Lamp>("lamp/2").is_none());
            lamp.post(LampEvent::Press).unwrap();
            // A question is answered after what was posted before it.
            let status = node.status().await;
            assert_eq!(status.actors[0].kind, "lamp");
            assert_eq!(status.actors[0].mailbox.capacity, 64);
            assert!(status.actors[0].books.balances(), "{status:?}");
            let report = node.shutdown("the test is over").await;
            assert!(report.ran_down && report.stopped, "{report:?}");
            assert_eq!(report.left_behind, 0);
        });
    }
}

#[test]
fn an_actor_that_says_no_is_named_with_its_argument() {
    for host in [Host::Thread, Host::Task] {
        let error = run(start(host, "refuse = 1")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot construct actor `lamp/1` of type `lamp`: argument `refuse`: it is set"
        );
        assert_eq!(error.exit().code(), 78);
    }
}

#[test]
fn a_constructor_that_panics_is_an_error_as_well() {
    let error = run(start(Host::Thread, "refuse = 7")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot construct actor `lamp/1` of type `lamp`: its constructor panicked: seven"
    );
}

#[test]
fn params_built_in_code_are_checked_too() {
    let error = run(start(Host::Thread, "reufse = 1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot construct actor `lamp/1` of type `lamp`: its params do not fit: unknown parameter `reufse`"
    );
}

#[test]
fn an_actor_that_never_rests_does_not_hold_up_the_end() {
    let report = run(async {
        start(Host::Thread, "busy = true")
            .await
            .unwrap()
            .shutdown("test")
            .await
    });
    assert!(!report.ran_down, "{report:?}");
    assert!(report.stopped, "{report:?}");
    assert!(report.took < Duration::from_secs(2), "{report:?}");
}

#[test]
fn actors_come_and_go_while_a_node_runs() {
    use super::{Refusal, SpawnOrder};
    run(async {
        let node = start(Host::Thread, "").await.unwrap();
        let mut order = SpawnOrder::new("lamp", "lamp/2");
        node.spawn(order.clone()).await.unwrap();
        let status = node.status().await;
        assert_eq!(
            (&*status.actors[1].name, &*status.actors[1].kind),
            ("lamp/2", "lamp")
        );
        assert!(matches!(
            node.spawn(order.clone()).await,
            Err(Refusal::Conflict(_))
        ));
        node.restart("lamp/2").await.unwrap();
        node.stop("lamp/2").await.unwrap();
        assert_eq!(
            node.stop("lamp/2").await.unwrap_err().to_string(),
            "the node has no actor `lamp/2`; did you mean `lamp/1`?"
        );
        order.params = "refuse = 1".to_owned();
        assert_eq!(
            node.spawn(order.clone()).await,
            Err(Refusal::Construction(
                "cannot construct actor `lamp/2` of type `lamp`: argument `refuse`: it is set"
                    .to_owned()
            ))
        );
        order.kind = "lmap".to_owned();
        assert_eq!(
            node.spawn(order).await,
            Err(Refusal::Order(
                "no actor type `lmap`: expected `lamp`; did you mean `lamp`?".to_owned()
            ))
        );
        assert_eq!(node.status().await.actors.len(), 1);
    });
}

#[test]
fn actors_hear_of_the_shutdown_before_they_leave_their_states() {
    struct Counter(Arc<AtomicUsize>);
    impl crate::observe::Observer for Counter {
        fn dispatched(&self, seen: &crate::observe::Dispatched<'_>) {
            if seen.event == "Shutdown" && seen.state == Some("off") {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    let seen = Arc::new(AtomicUsize::new(0));
    run(async {
        let mut environment = environment(Host::Thread);
        environment.observer = Some(Arc::new(Counter(seen.clone())));
        let node = Node::start(config(""), types(), environment).await.unwrap();
        node.shutdown("test").await;
    });
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}

#[test]
fn the_trace_file_of_the_config_has_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lamp.trace");
    run(async {
        let mut config = config("");
        config.trace = Some(TraceConfig::new(&file));
        let environment = environment(Host::Thread);
        let node = Node::start(config, types(), environment).await.unwrap();
        node.shutdown("test").await;
    });
    let trace = std::fs::read_to_string(&file).unwrap();
    let untimed: Vec<_> = trace
        .lines()
        .filter_map(|line| Some(line.split_once(' ')?.1))
        .collect();
    expect_test::expect![[r#"
        lamp/1 start: top-INIT;off-ENTRY;
        lamp/1 Shutdown: off-Shutdown;
        lamp/1 stop: off-EXIT;"#]]
    .assert_eq(&untimed.join("\n"));
}

#[test]
fn a_trace_file_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = run(async {
        let mut config = config("");
        let mut trace = TraceConfig::new(folder.path());
        trace.origin = "node.toml:9".to_owned();
        config.trace = Some(trace);
        let environment = environment(Host::Thread);
        Node::start(config, types(), environment).await.err()
    });
    let error = error.unwrap().to_string();
    let expected = format!(
        "node.toml:9: cannot write the trace to {}: Is a directory (os error 21)",
        folder.path().display()
    );
    assert_eq!(error, expected);
}

#[test]
fn status_and_health_travel_over_the_socket_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin.sock");
    run(async {
        let mut node = start(Host::Thread, "").await.unwrap();
        let server = serve(AdminSocket::bind(&path).unwrap(), node.source());
        let server = tokio::task::spawn_local(server);
        node.ready(Duration::from_secs(1)).await.unwrap();
        let client = Client::new(&path);

        let seen = client.status().await.unwrap();
        let own = node.status().await;
        let ignoring_time = |mut status: Status| {
            status.node.uptime_s = 0.0;
            status
        };
        assert_eq!(ignoring_time(seen), ignoring_time(own));
        let health = client.health().await.unwrap();
        assert_eq!(
            health,
            Health {
                ready: true,
                missing: Vec::new()
            }
        );

        node.shutdown("test").await;
        server.abort();
    });
}

#[test]
fn a_status_reads_well() {
    let text = run(async {
        let node = start(Host::Thread, "").await.unwrap();
        node.ready(Duration::from_secs(1)).await.unwrap();
        let mut status = node.status().await;
        status.node.uptime_s = 3_723.4;
        status.node.life = farc_protocol::life::Life::new(5, 0xab);
        status.actors[0].state = "off".to_owned();
        status.actors[0].handled = 12;
        status.actors[0].mailbox.deferred = 2;
        super::render::status(&status)
    });
    expect_test::expect![[r#"
        node alone of cluster dev: ready
        local, up 1h 2m, life 5-ab, farc 0.1.0

        actor   type  state  mailbox           least free  handled  restarts
        lamp/1  lamp  off    0/64 +2 deferred  32          12       0"#]]
    .assert_eq(&text);
}

#[test]
fn d05_the_dead_letters_of_a_node_travel_over_the_socket_and_read_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admin.sock");
    let (none, mut some) = run(async {
        let mut node = start(Host::Thread, "").await.unwrap();
        let server = serve(AdminSocket::bind(&path).unwrap(), node.source());
        let server = tokio::task::spawn_local(server);
        let client = Client::new(&path);
        let none = client.dead_letters().await.unwrap();
        // What waits for an actor that is stopped is dead.
        let stop = |domain: &mut Domain| {
            domain.publish(Shutdown {
                reason: "not yet".to_owned(),
            });
            assert!(domain.stop_actor_named("lamp/1"));
        };
        node.inbox().run(stop).unwrap();
        let some = client.dead_letters().await.unwrap();
        node.shutdown("test").await;
        server.abort();
        (none, some)
    });
    assert_eq!(super::render::dead_letters(&none), "no dead letters");
    some.letters[0].ago_s = 3.25;
    some.missing.push("control".to_owned());
    expect_test::expect![[r#"
        ago    domain  actor   event     cause
        3.2 s  main    lamp/1  Shutdown  stopped

        domain control did not answer within a second"#]]
    .assert_eq(&super::render::dead_letters(&some));
}

#[test]
fn c03_the_counters_of_a_node_do_not_fall_when_an_actor_stops() {
    run(async {
        let node = start(Host::Thread, "").await.unwrap();
        let publish = |domain: &mut Domain| {
            domain.publish(Shutdown {
                reason: "not yet".to_owned(),
            });
            domain.publish(Ping { number: 1 });
        };
        node.inbox().run(publish).unwrap();
        let counted = |status: &Status| {
            let of = |name: &str| status.counters[name];
            (of("intended"), of("delivered"), of("queued"), of("unheard"))
        };
        // A question is answered before the step, or after it.
        let before = loop {
            let status = node.status().await;
            if status.counters["delivered"] == 1 {
                break status;
            }
        };
        assert_eq!(counted(&before), (1, 1, 0, 1));
        assert_eq!(before.actors[0].mailbox.low_water, 31);
        assert_eq!(before.gone, super::ActorBooks::default());

        node.stop("lamp/1").await.unwrap();

        let after = node.status().await;
        assert!(after.actors.is_empty());
        assert_eq!(counted(&after), counted(&before));
        assert_eq!((after.gone.intended, after.gone.delivered), (1, 1));
        node.shutdown("test").await;
    });
}

#[test]
fn c07_the_questions_of_a_node_are_among_its_counters() {
    run(async {
        let node = start(Host::Thread, "").await.unwrap();
        let nobody = "alone/nobody".parse().unwrap();
        let asked = node.ask(&nobody, Query {}, Duration::from_secs(1)).await;
        assert_eq!(asked, Err(AskError::NoActor));
        let lamp = "alone/lamp/1".parse().unwrap();
        let asked = node.ask(&lamp, Query {}, Duration::from_secs(1)).await;
        assert_eq!(asked, Err(AskError::NotAccepted));
        let counters = node.status().await.counters;
        let of = |name: &str| counters.get(name).copied();
        assert_eq!((of("asks.asked"), of("asks.open")), (Some(1), Some(0)));
        assert_eq!(of("asks.failed.not_accepted"), Some(1));
        node.shutdown("test").await;
    });
}

#[test]
fn d07_a_node_that_leaves_spawns_nobody() {
    run(async {
        let mut config = config("");
        config.shutdown = Duration::from_secs(60);
        let node = Node::start(config, types(), environment(Host::Thread))
            .await
            .unwrap();
        let mut node = node;
        let source = node.source();
        let leaving = tokio::task::spawn_local(node.shutdown("test"));
        // It begins to leave when it is first polled; when it has left, nobody answers.
        tokio::task::yield_now().await;
        let spawned = source.spawn(super::SpawnOrder::new("lamp", "lamp/2")).await;
        let refused = super::Refusal::Conflict("the node is leaving".to_owned());
        assert!(
            spawned.is_none() || spawned == Some(Err(refused)),
            "{spawned:?}"
        );
        let report = leaving.await.unwrap();
        assert!(report.ran_down && report.stopped, "{report:?}");
    });
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug)]
#[signal("test.query", reply = u32)]
struct Query {}

#[derive(Signal, Serialize, Deserialize, Clone, Debug)]
#[signal("test.ping")]
struct Ping {
    number: u32,
}

#[derive(Event, Debug)]
enum EarEvent {
    Ping(Ping),
}

#[derive(Debug)]
struct Ear;

impl Actor for Ear {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[hsm(event = EarEvent, initial = listening, subscribe = [Ping])]
impl Ear {
    #[state]
    fn listening(&mut self, event: &EarEvent) -> Next<Self> {
        match event {
            EarEvent::Ping(_) => Handled,
        }
    }
}

/// Sends the numbers that are heard to the test.
struct Heard(tokio::sync::mpsc::UnboundedSender<u32>);

impl crate::observe::Observer for Heard {
    fn dispatched(&self, seen: &crate::observe::Dispatched<'_>) {
        if let Some(Ping { number }) = seen.payload.and_then(|(_, ping)| ping.downcast_ref()) {
            // The test may be over.
            let _ = self.0.send(*number);
        }
    }
}

/// Two free ports on loopback: nothing else on the machine takes them in the moment until they are bound again.
fn free_addresses() -> [std::net::SocketAddr; 2] {
    let bound = [(); 2].map(|()| std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
    bound.map(|socket| socket.local_addr().unwrap())
}

/// A node that is linked with one other.
fn linked(
    authority: &crate::certs::Authority,
    [own, other]: [(&str, std::net::SocketAddr); 2],
) -> NodeConfig {
    let key = crate::certs::Key::generate().unwrap();
    let validity = crate::certs::Validity::days(std::time::SystemTime::now(), 1);
    let issued = authority
        .issue(&own.0.parse().unwrap(), key, validity)
        .unwrap();
    let mut link = crate::config::LinkConfig::new(own.1, (&issued).into());
    link.peers = vec![crate::link::Peer {
        name: other.0.parse().unwrap(),
        address: other.1.to_string(),
    }];
    let mut config = NodeConfig::new(own.0.parse().unwrap(), "home".parse().unwrap());
    config.link = Some(link);
    config
}

#[test]
fn what_is_published_after_ready_reaches_the_other_node_and_nothing_is_left_behind() {
    let now = std::time::SystemTime::now();
    let authority = crate::certs::Authority::new(
        "home".parse().unwrap(),
        crate::certs::Key::generate().unwrap(),
        crate::certs::Validity::days(now, 1),
    )
    .unwrap();
    let [a, b] = free_addresses();
    let mut types = ActorTypes::new();
    types.add::<Ear>("ear");
    let types = Arc::new(types);
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    run(async {
        let config = linked(&authority, [("a", a), ("b", b)]);
        let speaker = Node::start(config, types.clone(), environment(Host::Thread))
            .await
            .unwrap();
        let mut config = linked(&authority, [("b", b), ("a", a)]);
        config.actors = vec![ActorConfig::new("ear", "ear")];
        let mut environment = environment(Host::Task);
        environment.observer = Some(Arc::new(Heard(heard)));
        let listener = Node::start(config, types.clone(), environment)
            .await
            .unwrap();
        speaker.ready(Duration::from_secs(10)).await.unwrap();

        let publish = |domain: &mut Domain| {
            for number in 0..100 {
                assert_eq!(domain.publish(Ping { number }).peers, 1);
            }
        };
        speaker.inbox().run(publish).unwrap();
        // At once: what was published before the end is flushed by it.
        let report = speaker.shutdown("the test is over").await;
        assert!(report.stopped, "{report:?}");
        assert_eq!(report.left_behind, 0);

        for number in 0..100 {
            assert_eq!(hears.recv().await, Some(number));
        }
        let status = listener.status().await;
        let books = &status.links[0].classes["normal"];
        assert!(books.balances(), "{books:?}");
        assert_eq!(status.counters["routed"], 100);
        listener.shutdown("the test is over").await;
    });
}
