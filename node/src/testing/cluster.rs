//! Several nodes, linked in memory, on one virtual clock.

mod trouble;

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::TestNode;
use super::node::add;
use super::peer::Peer;
use super::stage::Stage;
use super::world::World;
use crate::actor::SpawnError;
use crate::signal::Signal;

/// How long the nodes may take until each knows what the others subscribe to: a few round trips.
const START: Duration = Duration::from_secs(5);

/// Several nodes in one process, each linked with each other, on one virtual clock.
///
/// [`add`](TestCluster::add) the nodes, call [`start`](TestCluster::start), and then use each [`node`](TestCluster::node) like one of its
/// own, and do to the links what happens to links: [`cut`](TestCluster::cut), [`heal`](TestCluster::heal), [`delay`](TestCluster::delay),
/// [`partition`](TestCluster::partition), [`crash`](TestCluster::crash), [`restart`](TestCluster::restart), [`leave`](TestCluster::leave).
///
/// A link is the session of production, over connections in memory instead of QUIC: what it promises holds here. Across a cut that ends within
/// the age of its ring, 30 s, nothing is lost; what a killed node held is lost; the actors hear of `$sys.node_up`, `$sys.node_down`, `$sys.gap`.
/// There are no certificates, no permissions and no sockets.
///
/// Everything follows from the seed and the calls: the same seed gives the same trace, to the byte. Latencies, the order of what arrives at the
/// same time, which node runs first, and which of its tasks are chance, so other seeds find other interleavings: try some.
///
/// ```
/// # use farc::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
/// # #[signal("door.opened")]
/// # pub struct Opened {}
/// # #[derive(Event)]
/// # pub enum LampEvent { Opened(Opened) }
/// # pub struct Lamp;
/// # #[hsm(event = LampEvent, initial = off, subscribe = [Opened])]
/// # impl Lamp {
/// #     #[state]
/// #     fn off(&mut self, event: &LampEvent) -> Next<Self> { match event { LampEvent::Opened(_) => To(State::On) } }
/// #     #[state]
/// #     fn on(&mut self, event: &LampEvent) -> Next<Self> { match event { LampEvent::Opened(_) => Handled } }
/// # }
/// # impl Actor for Lamp {
/// #     type Args = ();
/// #     fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> { Ok(Self) }
/// # }
/// use std::time::Duration;
/// use farc::testing::TestCluster;
///
/// # fn main() -> Result<(), farc::SpawnError> {
/// for seed in 0..10 {
///     let cluster = TestCluster::new(seed);
///     let house = cluster.add("house", |node| node.spawn::<Lamp>("lamp", ()).map(drop))?;
///     let shed = cluster.add("shed", |_| Ok(()))?;
///     cluster.start();
///
///     cluster.cut("house", "shed");
///     shed.publish(Opened {});
///     house.refuse_handled::<Opened>("lamp", Duration::from_secs(10));
///     cluster.heal("house", "shed");
///     house.until_state("lamp", "on", Duration::from_secs(5));
/// }
/// # Ok(())
/// # }
/// ```
pub struct TestCluster {
    stage: Stage,
}

impl TestCluster {
    /// A cluster without nodes.
    pub fn new(seed: u64) -> Self {
        Self {
            stage: Stage::new(seed),
        }
    }

    /// Adds a node. `setup` spawns its actors: now, and anew after each [`restart`](TestCluster::restart).
    ///
    /// # Errors
    ///
    /// What `setup` says.
    ///
    /// # Panics
    ///
    /// When the name is taken or is not a DNS label, or the cluster has started.
    #[track_caller]
    pub fn add(
        &self,
        name: &str,
        setup: impl Fn(&TestNode) -> Result<(), SpawnError> + 'static,
    ) -> Result<TestNode, SpawnError> {
        assert!(
            !self.stage.world().is_linked,
            "nodes are added before the start of the cluster, and `{name}` is not"
        );
        assert!(
            self.stage.world().index_of(name).is_none(),
            "there is a node `{name}` already"
        );
        let index = add(&self.stage, name);
        let node = self.at(index);
        setup(&node)?;
        self.stage.world().nodes[index].setup = Some(Rc::new(setup));
        Ok(node)
    }

    /// Links the nodes, starts their actors, and lets time pass until each node knows what the others subscribe to: what is published from now
    /// on reaches them. Further calls do nothing.
    ///
    /// # Panics
    ///
    /// When that takes longer than 5 s.
    #[track_caller]
    pub fn start(&self) {
        {
            let mut world = self.stage.world();
            if std::mem::replace(&mut world.is_linked, true) {
                return;
            }
            let nodes = 0..world.nodes.len();
            nodes.clone().for_each(|index| world.link(index));
            nodes.for_each(|index| world.start(index));
        }
        self.until_ready(START);
    }

    /// Lets time pass until each running node knows what the other running ones subscribe to.
    ///
    /// # Panics
    ///
    /// With a report, when that takes longer than `within`.
    #[track_caller]
    pub fn until_ready(&self, within: Duration) {
        let ready = || self.stage.world().is_ready().then_some(());
        if self.stage.wait(within, ready).is_none() {
            self.fail(&format!("all links were to be ready within {within:?}"));
        }
    }

    /// A node.
    ///
    /// # Panics
    ///
    /// When there is none of this name.
    #[track_caller]
    pub fn node(&self, name: &str) -> TestNode {
        self.at(self.index(name))
    }

    /// Virtual time since the cluster was made.
    pub fn elapsed(&self) -> Duration {
        self.stage.world().elapsed()
    }

    /// Lets time pass, on all nodes.
    ///
    /// # Panics
    ///
    /// After 100,000 steps at one time: actors post or publish to each other for ever, or a task never waits.
    #[track_caller]
    pub fn advance(&self, time: Duration) {
        self.stage.world().advance(time);
    }

    /// Runs until nothing is left to do at the present time. What is on its way between nodes stays there.
    #[track_caller]
    pub fn run_until_idle(&self) {
        self.stage.world().run();
    }

    /// Lets time pass until nothing is under way: no event waits in any mailbox, no actor waits to be constructed anew, and what a node has published
    /// for one that it can reach is acknowledged. Timers may be armed. Returns how long it took.
    ///
    /// # Panics
    ///
    /// With a report, when that takes longer than `within`.
    #[track_caller]
    pub fn settle(&self, within: Duration) -> Duration {
        let began = self.elapsed();
        let settled = || self.stage.world().is_settled().then_some(());
        if self.stage.wait(within, settled).is_none() {
            self.fail(&format!("nothing was to be under way within {within:?}"));
        }
        self.elapsed() - began
    }

    /// Lets time pass until a condition holds. It is looked at whenever nothing is left to do at the present time.
    ///
    /// # Panics
    ///
    /// With a report, when it does not hold `within` this time.
    #[track_caller]
    pub fn until(&self, mut condition: impl FnMut(&Self) -> bool, within: Duration) {
        let holds = || condition(self).then_some(());
        if self.stage.wait(within, holds).is_none() {
            self.fail(&format!("the condition was to hold within {within:?}"));
        }
    }

    /// Like [`TestNode::expect`], of an actor of any node: takes the oldest signal of this type, and says on which node it was published.
    ///
    /// # Panics
    ///
    /// With a report, when there is none `within` this time.
    #[track_caller]
    pub fn expect<S: Signal>(&self, within: Duration) -> (String, S) {
        let found = self
            .stage
            .wait(within, || self.stage.world().published::<S>());
        match found {
            Some((node, _, signal)) => (node, signal),
            None => self.fail(&format!(
                "`{}` was to be published within {within:?}",
                S::NAME
            )),
        }
    }

    /// Like [`TestNode::refuse`], of the actors of all nodes.
    ///
    /// # Panics
    ///
    /// With a report, when there is one.
    #[track_caller]
    pub fn refuse<S: Signal>(&self, during: Duration) {
        let found = self
            .stage
            .wait(during, || self.stage.world().published::<S>());
        if let Some((node, actor, _)) = found {
            self.fail(&format!(
                "`{}` was not to be published during {during:?}, and `{node}/{actor}` did",
                S::NAME
            ));
        }
    }

    /// Whether a node runs.
    ///
    /// # Panics
    ///
    /// When there is no node of this name.
    #[track_caller]
    pub fn is_running(&self, name: &str) -> bool {
        let index = self.index(name);
        self.stage.world().nodes[index].running.is_some()
    }

    /// Whether the link between two nodes is up, as both of them see it.
    ///
    /// # Panics
    ///
    /// When there is no node of one of these names.
    #[track_caller]
    pub fn is_up(&self, a: &str, b: &str) -> bool {
        let (a, b) = (self.index(a), self.index(b));
        let world = self.stage.world();
        world.sees(a, b) && world.sees(b, a)
    }

    /// Takes the steps of all nodes since the last call, in the order of happening: like [`TestNode::trace`], with the node in front of the actor, and
    /// with a line for each thing that was done to a node or a link.
    ///
    /// ```text
    /// 0.012700 house/lamp Opened: off-Opened;off-EXIT;on-ENTRY;
    /// 0.013000 house/$link shed: cut;
    /// ```
    pub fn trace(&self) -> String {
        self.stage.world().trace_all()
    }

    /// What does not add up in the books of the running nodes and of their links, one sentence each; empty when the books are right.
    pub fn balance(&self) -> Vec<String> {
        self.stage.world().balance()
    }

    fn at(&self, index: usize) -> TestNode {
        TestNode {
            stage: self.stage.clone(),
            index,
        }
    }

    #[track_caller]
    fn index(&self, name: &str) -> usize {
        let found = self.stage.world().index_of(name);
        match found {
            Some(index) => index,
            None => panic!("the cluster has no node `{name}`"),
        }
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        self.stage.fail(None, what)
    }
}

impl World {
    /// The link from one running node to another one.
    fn peer(&self, from: usize, to: usize) -> Option<&Peer> {
        let running = self.nodes[from].running.as_ref()?;
        running.peers.iter().find(|peer| peer.index == to)
    }

    fn sees(&self, from: usize, to: usize) -> bool {
        self.peer(from, to).is_some_and(Peer::is_up)
    }

    fn is_ready(&self) -> bool {
        let runs = |node: &usize| self.nodes[*node].running.is_some();
        let nodes = || (0..self.nodes.len()).filter(runs);
        nodes().all(|from| {
            let mut others = nodes().filter(|to| *to != from);
            others.all(|to| self.peer(from, to).is_some_and(Peer::is_ready))
        })
    }

    /// Takes the oldest signal of this type that an actor has published: its node, the actor, and the signal.
    fn published<S: Signal>(&self) -> Option<(String, String, S)> {
        let numbered = self.nodes.iter().filter_map(|node| {
            let number = node.journal.first_published::<S>()?;
            Some((number, node))
        });
        let (_, node) = numbered.min_by_key(|(number, _)| *number)?;
        let (actor, signal) = node.journal.take_published::<S>()?;
        Some((node.name.to_string(), actor, signal))
    }

    fn balance(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for node in &self.nodes {
            let Some(running) = &node.running else {
                continue;
            };
            let books = running.books().balance().into_iter();
            wrong.extend(books.map(|what| format!("{}: {what}", node.name)));
            for peer in &running.peers {
                for (class, books) in peer.stats().classes.iter().enumerate() {
                    if !books.balances() {
                        let other = &self.nodes[peer.index].name;
                        wrong.push(format!(
                            "{}: link {other}, class {class}: {books:?}",
                            node.name
                        ));
                    }
                }
            }
        }
        wrong
    }
}

impl fmt::Debug for TestCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.stage.world();
        let names = world.nodes.iter().map(|node| &node.name);
        f.debug_list().entries(names).finish()
    }
}
