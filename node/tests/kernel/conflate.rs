//! B6: a full mailbox in which the newest event of a key takes the place of the one that waits.

use std::cell::RefCell;
use std::sync::Arc;

use farc::bus::{Bus, BusSettings};
use farc::observe::Cause;
use farc::prelude::*;
use farc::{Clock as _, DomainSettings, Life, ManualClock, SpawnError};
use serde::{Deserialize, Serialize};

use super::support::Bench;
use super::worker::{Lab, Work, mailbox};

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("gauge.reading")]
struct Reading {
    at: Place,
    value: u32,
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Place {
    room: u8,
}

/// Whose comparison fails.
#[derive(Isolated, Serialize, Deserialize, Clone)]
struct Touchy;

impl PartialEq for Touchy {
    fn eq(&self, _: &Self) -> bool {
        panic!("as it must");
    }
}

#[derive(Event)]
enum GaugeEvent {
    #[event(key = at.room)]
    Reading(Reading),
    #[event(local, key = (room, name.len()))]
    Blinds { room: u8, name: String, open: u32 },
    #[event(local, key)]
    Redraw(u32),
    #[event(local)]
    Click(u32),
    #[event(local, key = 0)]
    Touchy(Touchy),
    #[event(own, key = 1)]
    Own(u32, u8),
}

use GaugeEventPosted::{Blinds, Click, Redraw};

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn see(line: String) {
    SEEN.with_borrow_mut(|seen| seen.push(line));
}

struct Gauge;

#[hsm(event = GaugeEvent, initial = showing, subscribe = [Reading], defer = 2)]
impl Gauge {
    #[state]
    fn showing(&mut self, event: &GaugeEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            GaugeEvent::Reading(Reading { at, value }) => see(format!("{}={value}", at.room)),
            GaugeEvent::Blinds { room, name, open } => see(format!("{room}.{name}:{open}")),
            GaugeEvent::Redraw(n) => see(format!("redraw{n}")),
            GaugeEvent::Click(9) => {
                for n in 1..=4 {
                    let taken = cx.post_self(GaugeEvent::Own(n, 7)).is_ok();
                    see(format!("own{n}:{taken}"));
                }
            }
            GaugeEvent::Click(8) => return To(State::Asleep),
            GaugeEvent::Click(n) => see(format!("click{n}")),
            GaugeEvent::Touchy(_) => see("touchy".to_owned()),
            GaugeEvent::Own(n, _) => see(format!("own{n}")),
        }
        Handled
    }

    #[state]
    fn asleep(&mut self, event: &GaugeEvent) -> Next<Self> {
        match event {
            GaugeEvent::Click(8) => To(State::Showing),
            _ => Defer,
        }
    }
}

impl Actor for Gauge {
    type Args = ();

    fn new(_: (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

fn reading(room: u8, value: u32) -> Reading {
    let at = Place { room };
    Reading { at, value }
}

/// A domain with a gauge that has room for four local events and as many of other threads.
struct Room {
    domain: Domain,
    clock: Arc<ManualClock>,
    gauge: Address<Gauge>,
}

impl Room {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let settings = DomainSettings {
            bus: Bus::new(BusSettings::new("bench".parse().unwrap(), Life::new(1, 2))),
            clock: clock.clone(),
            seed: [7; 32],
        };
        SEEN.take();
        let mut domain = Domain::new(settings);
        let options = mailbox(8, Overflow::Conflate);
        let gauge = domain.spawn::<Gauge>("gauge", (), options).unwrap();
        domain.start();
        Self {
            domain,
            clock,
            gauge,
        }
    }

    /// Whether they were taken, in order.
    fn post<const N: usize>(&mut self, events: [GaugeEventPosted; N]) -> [bool; N] {
        events.map(|event| self.domain.post(&self.gauge, event).is_ok())
    }

    fn run(&mut self) -> String {
        self.domain.run_until_idle(self.clock.now());
        let wrong = self.domain.books().balance();
        assert!(wrong.is_empty(), "{wrong:#?}");
        SEEN.take().join(" ")
    }

    fn dropped(&self, cause: Cause) -> u64 {
        let books = &self.domain.books().actors["gauge"];
        books.dropped.get(&cause).copied().unwrap_or_default()
    }
}

#[test]
fn b06_the_newest_event_of_a_key_takes_the_place_of_the_newest_that_waits() {
    let mut room = Room::new();
    let full = [
        reading(1, 1).into(),
        Click(1),
        reading(1, 2).into(),
        reading(2, 3).into(),
    ];
    assert_eq!(room.post(full), [true; 4]);
    // With room there is nothing to conflate: both readings of room 1 wait.
    assert_eq!(room.dropped(Cause::Conflated), 0);
    assert_eq!(room.post([reading(1, 4).into()]), [true]);
    let published = room.domain.publish(reading(2, 5));
    assert_eq!((published.delivered, published.dropped.total()), (1, 0));
    assert_eq!(room.run(), "1=1 click1 1=4 2=5");
    assert_eq!(room.dropped(Cause::Conflated), 2);
    // That the newest stands for the others is what the key asks for.
    assert!(room.domain.dead_letters().is_empty());
}

#[test]
fn b06_what_waits_under_no_equal_key_is_as_with_reject() {
    let mut room = Room::new();
    assert_eq!(room.post([1, 2, 3, 4].map(Click)), [true; 4]);
    assert_eq!(room.post([Click(4), reading(1, 1).into()]), [false; 2]);
    let published = room.domain.publish(reading(1, 1));
    assert_eq!(published.dropped.mailbox_full, 1);
    assert_eq!(room.run(), "click1 click2 click3 click4");
    assert_eq!(room.dropped(Cause::MailboxFull), 1);
}

#[test]
fn b06_a_key_is_a_field_or_several_or_the_variant() {
    let mut room = Room::new();
    let blinds = |room, name: &str, open| Blinds {
        room,
        name: name.to_owned(),
        open,
    };
    let full = [blinds(1, "a", 1), blinds(1, "bb", 2), Redraw(3), Click(4)];
    assert_eq!(room.post(full), [true; 4]);
    let more = [
        blinds(1, "c", 5),
        blinds(2, "a", 6),
        Redraw(7),
        Redraw(8),
        blinds(1, "dd", 9),
    ];
    assert_eq!(room.post(more), [true, false, true, true, true]);
    assert_eq!(room.run(), "1.c:5 1.dd:9 redraw8 click4");
    assert_eq!(room.dropped(Cause::Conflated), 4);
}

#[test]
fn b06_what_only_the_actor_creates_may_have_a_key() {
    let mut room = Room::new();
    assert_eq!(room.post([9, 1, 2, 3].map(Click)), [true; 4]);
    assert_eq!(
        room.run(),
        "own1:true own2:true own3:true own4:true click1 click2 click3 own4"
    );
}

#[test]
fn b06_a_comparison_that_panics_harms_nobody() {
    let mut room = Room::new();
    let touchy = || GaugeEventPosted::Touchy(Touchy);
    assert_eq!(
        room.post([touchy(), Click(1), Click(2), Click(3)]),
        [true; 4]
    );
    assert_eq!(room.post([touchy()]), [false]);
    assert_eq!(room.run(), "touchy click1 click2 click3");
}

#[test]
fn b06_the_side_queue_conflates_too() {
    let mut room = Room::new();
    room.post([Click(8), reading(1, 1).into(), reading(2, 2).into()]);
    room.run();
    room.post([reading(1, 3).into(), Click(1)]);
    assert_eq!(room.run(), "");
    // The second one has no key, and the side queue is full.
    assert_eq!(room.dropped(Cause::Conflated), 1);
    assert_eq!(room.dropped(Cause::DeferredFull), 1);
    room.post([Click(8)]);
    assert_eq!(room.run(), "1=3 2=2");
}

#[test]
fn b06a_events_of_other_threads_are_conflated_when_they_enter_a_full_mailbox() {
    let mut room = Room::new();
    let post = |room: &Room, event: GaugeEventPosted| room.gauge.post(event).is_ok();
    // A local one waits already, and its place serves as well as any.
    room.post([reading(3, 0).into(), Click(1)]);
    for (number, value) in [(1, 1), (2, 2), (1, 3), (3, 4)] {
        assert!(post(&room, reading(number, value).into()));
    }
    assert!(!post(&room, reading(1, 5).into()), "no permit is left");
    room.domain.run(room.clock.now(), 0);
    assert_eq!(room.dropped(Cause::Conflated), 2);
    // Two permits came back with what was conflated, and are taken again.
    let taken = [6, 7, 8].map(|value| post(&room, reading(1, value).into()));
    assert_eq!(taken, [true, true, false]);
    room.domain.run(room.clock.now(), 0);
    assert_eq!(room.run(), "3=4 click1 1=7 2=2");
    assert_eq!(room.dropped(Cause::Conflated), 4);
    // All permits are back, and with room nothing is conflated.
    let taken = [1, 2, 3, 4, 5].map(|n| post(&room, Click(n)));
    assert_eq!(taken, [true, true, true, true, false]);
    assert_eq!(room.run(), "click1 click2 click3 click4");
    let taken = [1, 2, 3].map(|n| post(&room, Redraw(n)));
    assert_eq!(taken, [true; 3]);
    assert_eq!(room.run(), "redraw1 redraw2 redraw3");
    assert_eq!(room.dropped(Cause::Conflated), 4);
}

#[test]
fn b06a_drop_oldest_gives_a_permit_back_when_other_threads_have_taken_all() {
    let mut lab = Lab::with(mailbox(8, Overflow::DropOldest), []);
    let post = |lab: &Lab, n| lab.worker.post(Work::N(n)).is_ok();
    assert_eq!([1, 2, 3].map(|n| post(&lab, n)), [true; 3]);
    lab.domain.run(lab.domain.now(), 0);
    assert!(post(&lab, 4));
    assert!(!post(&lab, 5), "no permit is left");
    lab.domain.run(lab.domain.now(), 0);
    assert_eq!(lab.log(), "!mailbox_full:Nx1");
    // However long it does not run, what is newest gets in.
    for n in 6..=20 {
        assert!(post(&lab, n));
        lab.domain.run(lab.domain.now(), 0);
    }
    assert_eq!(
        lab.run().replace("!mailbox_full:Nx1 ", ""),
        "18@idle 19@idle 20@idle"
    );
}

#[test]
fn b06_an_actor_without_a_key_does_not_conflate() {
    let mut bench = Bench::new();
    let error = bench
        .domain
        .spawn::<Keyless>("k", (), mailbox(8, Overflow::Conflate));
    assert_eq!(
        error.unwrap_err().to_string(),
        "actor `k` (Keyless): its mailbox is to conflate, and none of its events has a key: give a variant of its event one, as in \
         `#[event(key = sensor)]`, or choose another policy for overflow"
    );
    assert!(bench.domain.status().is_empty());
}

#[test]
fn b06_a_mailbox_that_conflates_is_small_enough_to_look_through() {
    let mut bench = Bench::new();
    let options = |size| mailbox(size, Overflow::Conflate);
    let error = bench
        .domain
        .spawn::<Gauge>("g", (), options(1025))
        .unwrap_err();
    assert!(matches!(
        error,
        SpawnError::LargeConflated { mailbox: 1025, .. }
    ));
    bench.domain.spawn::<Gauge>("g", (), options(1024)).unwrap();
}

struct Keyless;

#[derive(Event)]
enum KeylessEvent {
    #[event(local)]
    #[expect(dead_code, reason = "nobody posts it")]
    Any(u8),
}

#[hsm(event = KeylessEvent, initial = only)]
impl Keyless {
    #[state]
    fn only(&mut self, _: &KeylessEvent) -> Next<Self> {
        Super
    }
}

impl Actor for Keyless {
    type Args = ();

    fn new(_: (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}
