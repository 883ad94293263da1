//! One life of one simulated node: a whole farc node in a `LocalSet` of its own, so that dropping the set is a crash.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use farc::link::{Identity, Peer};
use farc::{ActorConfig, ActorTypes, Environment, Host, LinkConfig, Node, NodeConfig};
use farc_protocol::limits::Limits;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::actors::{EPOCH, Omnivore, PUBLISHERS, Picky, Publisher, PublisherEvent, life_of};
use super::check::{Journal, Run};
use super::host::{SimClock, SimHost};
use super::net::SimNet;
use super::pki::Authority;
use super::plan::{Bounds, NODES, Plan};
use super::rng::Rng;
use super::runtime::elapsed;
use super::trace::Trace;
use super::watch::Watch;

/// The cluster of the simulated nodes.
const CLUSTER: &str = "sim";

/// What all nodes of a run share.
pub(super) struct Ground {
    /// What the run is like.
    pub plan: Plan,
    /// The network.
    pub net: SimNet,
    /// Who signs certificates.
    pub authority: Authority,
    /// What the checker reads.
    pub journal: Journal,
    /// What two processes compare.
    pub trace: Trace,
}

/// A life that was begun and has not ended.
pub(super) struct Alive {
    /// Which.
    pub(super) run: Run,
    requests: mpsc::UnboundedSender<Request>,
    driver: JoinHandle<()>,
}

enum Request {
    Ready(Duration, oneshot::Sender<Result<(), String>>),
    Status(oneshot::Sender<farc::Status>),
    Rest(oneshot::Sender<()>),
    Shutdown(oneshot::Sender<()>),
}

impl Alive {
    /// Begins the life `run`.
    ///
    /// # Panics
    /// When the node does not start: everything it is made of is ours.
    pub(super) async fn start(ground: &Ground, run: Run) -> Self {
        let config = config(ground, run.node);
        let environment = environment(ground, run);
        let (requests, inbox) = mpsc::unbounded_channel();
        let (started, start) = oneshot::channel();
        let local = LocalSet::new();
        local.spawn_local(async move {
            let node = Node::start(config, types(), environment).await;
            match node {
                Ok(node) => {
                    drop(started.send(Ok(())));
                    serve(node, inbox).await;
                }
                Err(error) => drop(started.send(Err(error.to_string()))),
            }
        });
        let driver = spawn_local(local);
        let result = start
            .await
            .expect("the node's task answers or panics, and a panic fails the run");
        result.unwrap_or_else(|error| panic!("node {run} does not start: {error}"));
        Self {
            run,
            requests,
            driver,
        }
    }

    /// Waits until every reachable peer has exchanged its interest with this node.
    pub(super) async fn ready(&self, within: Duration) -> Result<(), String> {
        self.ask(|answer| Request::Ready(within, answer)).await
    }

    /// What the node says of itself.
    pub(super) async fn status(&self) -> farc::Status {
        self.ask(Request::Status).await
    }

    /// Lets its publishers rest.
    pub(super) async fn rest(&self) {
        self.ask(Request::Rest).await;
    }

    /// Leaves as on SIGTERM.
    pub(super) async fn shutdown(self) {
        self.ask(Request::Shutdown).await;
        // The set ends when its last task has.
        drop(self.driver.await);
    }

    /// Dies as by SIGKILL: not another instruction, not another datagram.
    pub(super) async fn crash(self, net: &SimNet) {
        net.crash(ip(self.run.node));
        self.driver.abort();
        // Cancelled, which is what we want.
        drop(self.driver.await);
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> T {
        let (answer, answered) = oneshot::channel();
        let sent = self.requests.send(request(answer)).is_ok();
        assert!(sent, "{} serves requests until it is dropped", self.run);
        answered.await.expect("a living node answers")
    }
}

async fn serve(node: Node, mut inbox: mpsc::UnboundedReceiver<Request>) {
    while let Some(request) = inbox.recv().await {
        // Whoever asked may have gone.
        match request {
            Request::Ready(within, answer) => {
                drop(answer.send(node.ready(within).await.map_err(|error| error.to_string())));
            }
            Request::Status(answer) => drop(answer.send(node.status().await)),
            Request::Rest(answer) => {
                for number in 0..PUBLISHERS {
                    let publisher = node.address::<Publisher>(&format!("publisher-{number}"));
                    let publisher = publisher.expect("the config names it");
                    publisher
                        .post(PublisherEvent::Rest)
                        .expect("its mailbox holds a timer and this");
                }
                _ = answer.send(());
            }
            Request::Shutdown(answer) => {
                node.shutdown("the simulation ends").await;
                _ = answer.send(());
                return;
            }
        }
    }
}

/// The host of a node.
pub(super) fn ip(node: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, node + 1])
}

fn address(node: u8) -> SocketAddr {
    SocketAddr::new(ip(node), 7100)
}

pub(super) fn name(node: u8) -> String {
    char::from(b'a' + node).to_string()
}

fn types() -> Arc<ActorTypes> {
    let mut types = ActorTypes::new();
    types.add::<Publisher>("publisher");
    types.add::<Omnivore>("omnivore");
    types.add::<Picky>("picky");
    Arc::new(types)
}

fn environment(ground: &Ground, run: Run) -> Environment {
    let watch = Watch {
        run,
        journal: ground.journal.clone(),
        trace: ground.trace.clone(),
    };
    let (clock, network) = (Arc::new(SimClock), Arc::new(SimHost(ground.net.clone())));
    let seed = Rng::new(ground.plan.seed).fork(&run.to_string()).seed32();
    let life = life_of(run, elapsed());
    let wall = || SystemTime::UNIX_EPOCH + Duration::from_micros(EPOCH) + elapsed();
    let mut environment = Environment::new(clock, Arc::new(wall), network, seed, life);
    environment.host = Host::Task;
    environment.observer = Some(Arc::new(watch));
    environment
}

fn config(ground: &Ground, node: u8) -> NodeConfig {
    let mut config = NodeConfig::new(
        name(node).parse().expect("a label"),
        CLUSTER.parse().expect("a label"),
    );
    let own = ground
        .authority
        .issue(&name(node), CLUSTER)
        .expect("a certificate from our own authority");
    let peers = (0..NODES).filter(|peer| *peer != node);
    config.link = Some(LinkConfig {
        listen: address(node),
        origin: String::new(),
        identity: Identity {
            ca: vec![ground.authority.certificate()],
            chain: vec![own.certificate],
            key: own.key,
        },
        peers: peers
            .map(|peer| Peer {
                name: name(peer).parse().expect("a label"),
                address: address(peer).to_string(),
            })
            .collect(),
    });
    config.actors = actors(&ground.plan);
    bound(&mut config.limits, &ground.plan.bounds);
    config
}

fn bound(limits: &mut Limits, bounds: &Bounds) {
    let Bounds {
        ring_age,
        ring,
        outbox,
        interest_age,
    } = bounds;
    limits.ring_age = ring_age.unwrap_or(limits.ring_age);
    limits.ring_messages = ring.unwrap_or(limits.ring_messages);
    limits.outbox_messages = outbox.unwrap_or(limits.outbox_messages);
    limits.interest_age = interest_age.unwrap_or(limits.interest_age);
}

fn actors(plan: &Plan) -> Vec<ActorConfig> {
    let work = &plan.work;
    let mut actors = Vec::new();
    for (number, kind) in ["omnivore", "picky"].into_iter().enumerate() {
        let mut receiver = ActorConfig::new(&format!("receiver-{number}"), kind);
        receiver.mailbox = work.mailbox;
        receiver.priority = 10 + number as u8;
        actors.push(receiver);
    }
    for number in 0..PUBLISHERS {
        let mut params = toml::Table::new();
        params.insert("actor".to_owned(), i64::from(number).into());
        params.insert(
            "period".to_owned(),
            (work.period.as_millis() as i64 * i64::from(number + 1)).into(),
        );
        params.insert("burst".to_owned(), i64::from(work.burst).into());
        params.insert("padding".to_owned(), i64::from(work.padding).into());
        actors.push(ActorConfig::new(&format!("publisher-{number}"), "publisher").with(params));
    }
    actors
}
