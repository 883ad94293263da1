//! D1: a panic in an event's own code, or an observer's, stays where it happened.

use std::cell::Cell;
use std::panic::panic_any;
use std::sync::Arc;
use std::time::Duration;

use farc::bus::{Bus, BusSettings, Handed};
use farc::observe::{
    Cause, Dispatched, Dropped, Observer, Posted, Publish, Recalled, Restarted, Started,
    StateRecord, Stopped,
};
use farc::prelude::*;
use farc::{Clock as _, DomainOptions, DomainSettings, Life, ManualClock};
use farc_protocol::frame::Subscription;
use farc_protocol::schema::Fingerprint;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

const CLONE: u8 = 1;
const DROP: u8 = 2;
const SERIALIZE: u8 = 4;

thread_local! {
    /// So many times nothing panics yet.
    static SPARED: Cell<u32> = const { Cell::new(0) };
}

/// Panics in its own code.
#[derive(Isolated, Deserialize, Debug, PartialEq)]
struct Bomb {
    on: u8,
    id: u32,
}

impl Bomb {
    fn may(&self, what: u8) {
        if self.on & what == 0 || std::thread::panicking() {
            return;
        }
        let left = SPARED.get();
        assert!(left > 0, "as it was built to");
        SPARED.set(left - 1);
    }
}

impl Clone for Bomb {
    fn clone(&self) -> Self {
        self.may(CLONE);
        let Self { on, id } = *self;
        Self { on, id }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.may(DROP);
    }
}

impl Serialize for Bomb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.may(SERIALIZE);
        let mut fields = serializer.serialize_struct("Bomb", 2)?;
        fields.serialize_field("on", &self.on)?;
        fields.serialize_field("id", &self.id)?;
        fields.end()
    }
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.parcel")]
struct Parcel {
    bomb: Bomb,
}

fn parcel(on: u8) -> Parcel {
    Parcel {
        bomb: Bomb { on, id: 1 },
    }
}

#[derive(Event)]
enum Input {
    Parcel(Parcel),
    /// Publishes one, and then another one that is harmless.
    #[event(local)]
    Publish(u8),
    /// Arms two timers with such parcels, in a state that ends with the next event.
    #[event(local)]
    Arm(u8),
    #[event(local)]
    Leave,
    /// Panics with a value that panics when it is dropped.
    #[event(local)]
    Throw,
    /// The last one, whatever its drop does.
    #[event(local)]
    End(Parcel),
}

struct Taker;

#[hsm(event = Input, initial = here, subscribe = [Parcel])]
impl Taker {
    #[state]
    fn here(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Input::Publish(on) => {
                cx.publish(parcel(*on));
                cx.publish(parcel(0));
                Handled
            }
            Input::Arm(on) => {
                for _ in 0..2 {
                    let timer = cx.after(Duration::from_secs(1), Input::Parcel(parcel(*on)));
                    assert!(timer.is_ok());
                }
                Handled
            }
            Input::Throw => {
                throw();
                Handled
            }
            Input::Leave => To(State::There),
            Input::Parcel(_) => Handled,
            Input::End(last) => {
                assert_eq!(last.bomb.id, 1);
                Stop
            }
        }
    }

    #[state]
    fn there(&mut self, event: &Input) -> Next<Self> {
        match event {
            Input::Leave => To(State::Here),
            _ => Super,
        }
    }
}

fn throw() {
    panic_any(Bomb { on: DROP, id: 2 });
}

impl Actor for Taker {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

struct Bench {
    domain: Domain,
    clock: Arc<ManualClock>,
    bus: Arc<Bus>,
}

impl Bench {
    /// Actors `a`, `b` and so on, the first one the most urgent, with so much room.
    fn new(actors: u8, mailbox: usize, overflow: Overflow) -> Self {
        Self::observed(actors, mailbox, overflow, None)
    }

    /// The same on a node that has another domain.
    fn new_beside_another(actors: u8, mailbox: usize, overflow: Overflow) -> Self {
        Self::of((actors, 2), mailbox, overflow, None)
    }

    fn observed(
        actors: u8,
        mailbox: usize,
        overflow: Overflow,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        Self::of((actors, 1), mailbox, overflow, observer)
    }

    /// What another domain of the node is made from.
    fn settings(&self) -> DomainSettings {
        DomainSettings {
            bus: self.bus.clone(),
            clock: self.clock.clone(),
            seed: [4; 32],
        }
    }

    fn of(
        (actors, domains): (u8, u16),
        mailbox: usize,
        overflow: Overflow,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        // A debug build tries the codec with values of its own when a signal is registered.
        SPARED.set(u32::MAX);
        let clock = Arc::new(ManualClock::new());
        let mut settings = BusSettings::new("bench".parse().unwrap(), Life::new(1, 2));
        settings.observer = observer;
        settings.domains = domains;
        let bus = Bus::new(settings);
        let mut domain = Domain::new(DomainSettings {
            bus: bus.clone(),
            clock: clock.clone(),
            seed: [3; 32],
        });
        for i in 0..actors {
            let options = ActorOptions {
                priority: 20 - i,
                mailbox,
                overflow,
                ..ActorOptions::default()
            };
            let name = char::from(b'a' + i).to_string();
            domain.spawn::<Taker>(&name, (), options).unwrap();
        }
        domain.start();
        SPARED.set(0);
        Self { domain, clock, bus }
    }

    fn post(&mut self, to: &str, event: Input) {
        let to = self.domain.address::<Taker>(to).unwrap();
        assert!(self.domain.post(&to, event).is_ok());
    }

    fn run(&mut self) {
        self.domain.run_until_idle(self.clock.now());
    }

    /// What became of the events of an actor: delivered ones, and drops by cause.
    fn books(&self, actor: &str) -> (u64, Vec<(Cause, u64)>) {
        let books = self.domain.books();
        assert_eq!(books.balance(), Vec::<String>::new());
        let tally = &books.actors[actor];
        let dropped = tally.dropped.iter();
        let dropped = dropped.map(|(cause, count)| (*cause, *count));
        (tally.delivered, dropped.collect())
    }

    fn nobody_failed(&self) {
        for status in self.domain.status() {
            assert_eq!((status.phase, status.restarts), ("running", 0));
        }
    }
}

#[test]
fn d01_a_copy_that_panics_is_a_drop_of_its_receiver_and_the_others_get_theirs() {
    let mut bench = Bench::new(4, 64, Overflow::Reject);
    SPARED.set(1);
    let published = bench.domain.publish(parcel(CLONE));
    let dropped = published.dropped;
    // The first copy was spared, the second and the third panicked, the last receiver got the original.
    assert_eq!(
        (published.delivered, dropped.poison, dropped.total()),
        (2, 2, 2)
    );
    bench.run();
    for (actor, delivered, poisoned) in [("a", 1, 0), ("b", 0, 1), ("c", 0, 1), ("d", 1, 0)] {
        let drops = Vec::from_iter((poisoned > 0).then_some((Cause::Poison, poisoned)));
        assert_eq!(bench.books(actor), (delivered, drops), "{actor}");
    }
    bench.nobody_failed();
}

#[test]
fn d01_whoever_publishes_what_cannot_be_copied_goes_on_with_its_step() {
    let mut bench = Bench::new(2, 64, Overflow::Reject);
    bench.post("b", Input::Publish(CLONE));
    bench.run();
    // `a` misses the first one; both get the second.
    assert_eq!(bench.books("a"), (1, vec![(Cause::Poison, 1)]));
    assert_eq!(bench.books("b"), (3, vec![]));
    bench.nobody_failed();
}

#[test]
fn d01_drops_that_panic_while_a_mailbox_is_drained_do_not_stop_the_draining() {
    let mut bench = Bench::new(2, 64, Overflow::Reject);
    for _ in 0..3 {
        bench.post("a", Input::Parcel(parcel(DROP)));
    }
    assert!(bench.domain.stop_actor_named("a"));
    // Nothing is left of an actor that has stopped but its books, in one sum with those of others.
    let gone = bench.domain.books().gone;
    assert_eq!((gone.delivered, gone.dropped[&Cause::Stopped]), (0, 3));
    bench.post("b", Input::Parcel(parcel(0)));
    bench.run();
    assert_eq!(bench.books("b"), (1, vec![]));
}

#[test]
fn a27_an_actor_stops_even_if_the_event_that_ended_it_panics_in_its_drop() {
    let mut bench = Bench::new(2, 64, Overflow::Reject);
    bench.post("a", Input::End(parcel(DROP)));
    bench.run();
    bench.clock.advance(Duration::from_secs(60));
    bench.run();
    let left: Vec<_> = bench.domain.status().into_iter().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!((left[0].name.as_str(), left[0].restarts), ("b", 0));
    let books = bench.domain.books();
    assert_eq!(books.balance(), Vec::<String>::new());
    assert_eq!((books.gone.delivered, books.exits_abandoned), (1, 0));
}

#[test]
fn d01_a_domain_is_dropped_with_whatever_waits_in_it() {
    let mut bench = Bench::new(2, 64, Overflow::Reject);
    for _ in 0..3 {
        bench.post("a", Input::Parcel(parcel(DROP)));
        bench.post("b", Input::Arm(DROP));
    }
    bench.run();
    let posted = bench.domain.address::<Taker>("a").unwrap();
    for _ in 0..3 {
        bench.post("a", Input::Parcel(parcel(DROP)));
        assert!(posted.post(Input::Parcel(parcel(DROP))).is_ok());
    }
    // Two panics in one list would end the process.
    drop(bench);
}

#[test]
fn d01_timers_whose_events_panic_in_their_drop_end_with_their_state() {
    let mut bench = Bench::new(1, 64, Overflow::Reject);
    bench.post("a", Input::Arm(DROP));
    bench.post("a", Input::Leave);
    bench.run();
    assert_eq!(bench.books("a"), (2, vec![]));
    assert_eq!(bench.domain.timers().armed, 0);
    bench.nobody_failed();
}

#[test]
fn d01_an_event_that_is_dropped_for_want_of_room_may_panic_in_its_drop() {
    for overflow in [Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest] {
        // Room for one local event; `a` has one that waits.
        let mut bench = Bench::new(2, 2, overflow);
        bench.domain.publish(parcel(DROP));
        let published = bench.domain.publish(parcel(DROP));
        assert_eq!(published.delivered + published.dropped.total(), 2);
        for actor in ["a", "b"] {
            let (_, dropped) = bench.books(actor);
            assert_eq!(dropped, [(Cause::MailboxFull, 1)], "{overflow:?}");
        }
        bench.nobody_failed();
    }
}

#[test]
fn d01_what_crosses_to_another_domain_may_panic_in_its_clone_and_its_drop() {
    let mut bench = Bench::new_beside_another(1, 64, Overflow::Reject);
    let mut other = Domain::with_options(bench.settings(), DomainOptions::new("other"));
    SPARED.set(u32::MAX);
    for (name, mailbox) in [("far1", 64), ("far2", 64), ("far3", 2)] {
        let options = ActorOptions {
            mailbox,
            ..ActorOptions::default()
        };
        other.spawn::<Taker>(name, (), options).unwrap();
    }
    other.start();
    SPARED.set(1);
    // One copy is spared, two panic; the publisher gets the original, and goes on with a harmless one.
    bench.post("a", Input::Publish(CLONE));
    bench.run();
    assert_eq!(bench.books("a"), (3, vec![]));
    bench.nobody_failed();
    let books = |other: &Domain, actor: &str| {
        let books = other.books();
        assert_eq!(books.balance(), Vec::<String>::new());
        let tally = &books.actors[actor];
        let dropped: Vec<_> = tally
            .dropped
            .iter()
            .map(|(&why, &count)| (why, count))
            .collect();
        (tally.queued, tally.delivered, dropped)
    };
    // In the books from that moment on, before the other domain has looked.
    assert_eq!(books(&other, "far1"), (2, 0, vec![]));
    assert_eq!(books(&other, "far2"), (1, 0, vec![(Cause::Poison, 1)]));
    other.run_until_idle(bench.clock.now());
    assert_eq!(books(&other, "far1"), (0, 2, vec![]));
    assert_eq!(books(&other, "far2"), (0, 1, vec![(Cause::Poison, 1)]));
    assert_eq!(books(&other, "far3"), (0, 1, vec![(Cause::Poison, 1)]));

    SPARED.set(0);
    for accepted in [3, 2] {
        // Room for one event of other threads: the second one is dropped in the publisher's step.
        let published = bench.domain.publish(parcel(DROP));
        assert_eq!((published.delivered, published.accepted), (1, accepted));
    }
    SPARED.set(u32::MAX);
    bench.run();
    other.run_until_idle(bench.clock.now());
    let dropped = vec![(Cause::MailboxFull, 1), (Cause::Poison, 1)];
    assert_eq!(books(&other, "far3"), (0, 2, dropped));
    let dead = other.dead_letters();
    assert_eq!(
        dead.iter()
            .filter(|letter| letter.cause == Cause::Poison)
            .count(),
        2
    );
    for domain in [&bench.domain, &other] {
        assert!(domain.status().iter().all(|actor| actor.restarts == 0));
    }
}

#[test]
fn d01_an_encoding_that_panics_is_a_loss_for_the_peers_and_nobody_else() {
    let mut bench = Bench::new(1, 64, Overflow::Reject);
    let peer = bench.bus.add_peer(&"peer".parse().unwrap());
    let wants = Subscription {
        id: 1,
        version: 1,
        pattern: "test.parcel".into(),
        account: 0,
        wire: Fingerprint([0; 16]),
    };
    bench.bus.set_interest(&peer, 1, &[wants]);
    bench.post("a", Input::Publish(SERIALIZE));
    bench.run();
    let mut handed = Vec::new();
    peer.drain(&mut handed);
    assert!(
        matches!(
            handed[..],
            [
                Handed::Loss {
                    count: 1,
                    cause: Cause::Poison,
                    ..
                },
                Handed::Message { .. }
            ]
        ),
        "{handed:?}"
    );
    // Both parcels were delivered here.
    assert_eq!(bench.books("a"), (3, vec![]));
    bench.nobody_failed();
}

#[test]
fn d01_the_value_of_a_panic_may_panic_in_its_drop() {
    let mut bench = Bench::new(2, 64, Overflow::Reject);
    bench.post("a", Input::Throw);
    bench.post("a", Input::Leave);
    bench.post("b", Input::Leave);
    bench.run();
    assert_eq!(bench.books("b"), (1, vec![]));
    bench.clock.advance(Duration::from_millis(10));
    bench.run();
    assert_eq!(bench.books("a"), (1, vec![(Cause::Poison, 1)]));
    assert_eq!(bench.domain.status()[0].restarts, 1);
}

/// Panics wherever it is shown something.
struct Jumpy;

impl Observer for Jumpy {
    fn publish(&self, _: &Publish<'_>) {
        panic!("publish");
    }
    fn posted(&self, _: &Posted<'_>) {
        panic!("posted");
    }
    fn started(&self, _: &Started<'_>) {
        panic!("started");
    }
    fn stopped(&self, _: &Stopped<'_>) {
        panic!("stopped");
    }
    fn dispatched(&self, _: &Dispatched<'_>) {
        panic!("dispatched");
    }
    fn record(&self, _: &StateRecord<'_>) {
        panic!("record");
    }
    fn recalled(&self, _: &Recalled<'_>) {
        panic!("recalled");
    }
    fn dropped(&self, _: &Dropped<'_>) {
        panic!("dropped");
    }
    fn restarted(&self, _: &Restarted<'_>) {
        panic!("restarted");
    }
}

#[test]
fn d01_an_observer_that_panics_changes_nothing() {
    let mut bench = Bench::observed(2, 4, Overflow::Reject, Some(Arc::new(Jumpy)));
    bench.post("a", Input::Publish(0));
    bench.post("b", Input::Leave);
    bench.run();
    // One of the two publications found no room beside the order to leave.
    assert_eq!(bench.books("a"), (3, vec![]));
    assert_eq!(bench.books("b"), (2, vec![(Cause::MailboxFull, 1)]));
    bench.nobody_failed();
    bench.post("a", Input::Throw);
    bench.run();
    bench.clock.advance(Duration::from_millis(10));
    bench.run();
    assert_eq!(bench.domain.status()[0].restarts, 1);
    bench.domain.stop();
    assert_eq!(bench.books("a").1, [(Cause::Poison, 1)]);
}
