//! B9, B10: what the actors of test nodes spawn and attach runs too, in an order that follows from the seed.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as Polls, Poll};
use std::time::Duration;

use farc::prelude::*;
use farc::testing::{TestCluster, TestNode};
use futures_core::Stream;
use serde::{Deserialize, Serialize};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("tasks.read")]
struct Read {
    n: u32,
}

#[derive(Event)]
enum ReaderEvent {
    /// So many tasks at once.
    #[event(local)]
    Begin(u32),
    /// A task that waits for ever, and ends with the state.
    #[event(local)]
    Wait,
    /// A task that is never done and never waits.
    #[event(local)]
    Spin,
    /// A stream of so many items.
    #[event(local)]
    Follow(u32),
    #[event(local)]
    Block,
    #[event(local)]
    Leave,
    #[event(own)]
    Done(u32),
}

thread_local! {
    /// Futures that are held.
    static HELD: Cell<u32> = const { Cell::new(0) };
}

/// Is ready after so many turns.
struct Turns {
    left: u32,
    n: u32,
}

impl Turns {
    fn new(left: u32, n: u32) -> Self {
        HELD.set(HELD.get() + 1);
        Self { left, n }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
    }
}

impl Future for Turns {
    type Output = ReaderEvent;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Polls<'_>) -> Poll<ReaderEvent> {
        if self.left == 0 {
            return Poll::Ready(ReaderEvent::Done(self.n));
        }
        self.left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

struct Numbers(std::ops::Range<u32>);

impl Stream for Numbers {
    type Item = u32;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Polls<'_>) -> Poll<Option<u32>> {
        Poll::Ready(self.0.next())
    }
}

/// Publishes what its tasks bring.
struct Reader;

#[hsm(event = ReaderEvent, initial = reading)]
impl Reader {
    #[state]
    fn reading(&mut self, event: &ReaderEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            ReaderEvent::Begin(tasks) => {
                for n in 0..*tasks {
                    cx.spawn(Turns::new(n % 3, n)).unwrap();
                }
                Handled
            }
            ReaderEvent::Wait => {
                let held = Turns::new(0, 0);
                let waits = async move {
                    std::future::pending::<()>().await;
                    held.await
                };
                cx.spawn(waits).unwrap();
                Handled
            }
            ReaderEvent::Spin => {
                cx.spawn(Turns::new(u32::MAX, 0)).unwrap();
                Handled
            }
            ReaderEvent::Follow(items) => {
                let items = Numbers(0..*items);
                cx.attach(items, |item| ReaderEvent::Done(item.unwrap_or(99)))
                    .unwrap();
                Handled
            }
            ReaderEvent::Block => {
                cx.spawn_blocking(|| ReaderEvent::Done(7)).unwrap();
                Handled
            }
            ReaderEvent::Leave => To(State::Left),
            ReaderEvent::Done(n) => {
                cx.publish(Read { n: *n });
                Handled
            }
        }
    }

    #[state]
    fn left(&mut self, _: &ReaderEvent) -> Next<Self> {
        Handled
    }
}

impl Actor for Reader {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

fn node(seed: u64) -> (TestNode, Address<Reader>) {
    let node = TestNode::seeded("lab", seed);
    let reader = node.spawn::<Reader>("reader", ()).unwrap();
    node.start();
    (node, reader)
}

fn numbers(node: &TestNode) -> Vec<u32> {
    let read = node.published::<Read>().into_iter();
    read.map(|read| read.n).collect()
}

#[test]
fn b10_what_an_actor_spawns_has_brought_its_event_when_the_input_returns() {
    let (node, reader) = node(0);
    node.post(&reader, ReaderEvent::Begin(1)).unwrap();
    assert_eq!(numbers(&node), [0]);
    node.post(&reader, ReaderEvent::Block).unwrap();
    assert_eq!(numbers(&node), [7]);
    // More than a window of them.
    node.post(&reader, ReaderEvent::Follow(20)).unwrap();
    let items: Vec<u32> = (0..20).chain([99]).collect();
    assert_eq!(numbers(&node), items);
    assert_eq!(node.elapsed(), Duration::ZERO);
    assert_eq!(node.status("reader").tasks.running, 0);
    assert!(node.books().balance().is_empty());
}

#[test]
fn a21_a_task_that_waits_ends_with_its_state_and_not_with_time() {
    let (node, reader) = node(0);
    node.post(&reader, ReaderEvent::Wait).unwrap();
    node.advance(60 * SECOND);
    assert_eq!((node.status("reader").tasks.running, HELD.get()), (1, 1));
    node.post(&reader, ReaderEvent::Leave).unwrap();
    assert_eq!((node.status("reader").tasks.running, HELD.get()), (0, 0));
}

#[test]
fn b09_the_order_of_tasks_follows_from_the_seed() {
    let run = |seed| {
        let (node, reader) = node(seed);
        node.post(&reader, ReaderEvent::Begin(8)).unwrap();
        let order = numbers(&node);
        assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 8, "{order:?}");
        order
    };
    let orders: Vec<_> = (0..10).map(run).collect();
    assert_eq!(orders, (0..10).map(run).collect::<Vec<_>>());
    assert!(
        orders.iter().collect::<BTreeSet<_>>().len() > 5,
        "{orders:?}"
    );
}

#[test]
fn a_task_that_never_waits_ends_the_test_with_a_report() {
    let (node, reader) = node(0);
    let spins = catch_unwind(AssertUnwindSafe(|| node.post(&reader, ReaderEvent::Spin)));
    let panic = spins.err().unwrap();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("Or which task never waits?"), "{text}");
}

#[derive(Event)]
enum ListenerEvent {
    Read(Read),
}

struct Listener;

#[hsm(event = ListenerEvent, initial = listening, subscribe = [Read])]
impl Listener {
    #[state]
    fn listening(&mut self, event: &ListenerEvent) -> Next<Self> {
        match event {
            ListenerEvent::Read(_) => Handled,
        }
    }
}

impl Actor for Listener {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

/// Tasks on one node, what they bring on another, and a node that dies with its tasks.
fn story(seed: u64) -> String {
    let cluster = TestCluster::new(seed);
    let lab = cluster
        .add("lab", |node| node.spawn::<Reader>("reader", ()).map(drop))
        .unwrap();
    let office = cluster
        .add("office", |node| {
            node.spawn::<Listener>("listener", ()).map(drop)
        })
        .unwrap();
    cluster.start();
    let reader = lab.address::<Reader>("reader");
    lab.post(&reader, ReaderEvent::Begin(6)).unwrap();
    cluster.settle(SECOND);
    assert_eq!(office.handled::<Read>("listener").len(), 6);
    lab.post(&reader, ReaderEvent::Wait).unwrap();
    assert_eq!(HELD.get(), 1);
    cluster.crash("lab");
    assert_eq!(HELD.get(), 0, "a task outlives its node");
    cluster.restart("lab").unwrap();
    cluster.until_ready(10 * SECOND);
    let reader = lab.address::<Reader>("reader");
    lab.post(&reader, ReaderEvent::Begin(2)).unwrap();
    cluster.settle(SECOND);
    assert_eq!(office.handled::<Read>("listener").len(), 2);
    assert!(cluster.balance().is_empty());
    cluster.trace()
}

#[test]
fn b09_a_cluster_with_tasks_has_the_same_trace_with_the_same_seed() {
    let traces: Vec<_> = (0..4).map(story).collect();
    assert_eq!(traces, (0..4).map(story).collect::<Vec<_>>());
    assert_eq!(traces.iter().collect::<BTreeSet<_>>().len(), 4);
}
