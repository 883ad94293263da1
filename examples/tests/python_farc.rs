//! What goes wrong in Python farc and cannot here: `docs/from-python-farc.md` says what was seen there, and points to these tests.

use std::time::Duration;

use farc::PostError;
use farc::prelude::*;
use farc::testing::{Bench, BenchSettings};
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("desk.note")]
struct Note {
    words: Vec<String>,
}

fn note(words: &[&str]) -> Note {
    let words = words.iter().map(|&word| word.to_owned());
    Note {
        words: words.collect(),
    }
}

/// What a test wants of the actor.
#[derive(Isolated, Clone, Copy)]
enum Order {
    /// To arm one timer for 2 s, and then another one for 200 ms.
    ArmLongThenShort,
    /// To arm a timer for a second ago.
    ArmInThePast,
    SubscribeAgain,
    /// To post to itself and to end.
    PostAndStop,
    Fail,
}

#[derive(Event, Clone)]
enum DeskEvent {
    Note(Note),
    #[event(local)]
    Order(Order),
    #[event(own)]
    Long,
    #[event(own)]
    Short,
}

#[derive(Default)]
struct Desk {
    notes: Vec<Note>,
    long: Timer,
    short: Timer,
}

impl Actor for Desk {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[hsm(event = DeskEvent, initial = inner, subscribe = [Note])]
impl Desk {
    #[state(initial = inner)]
    fn outer(&mut self, event: &DeskEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            DeskEvent::Note(note) => {
                let mut mine = note.clone();
                mine.words.push("four".to_owned());
                self.notes.push(mine);
                Handled
            }
            DeskEvent::Order(Order::PostAndStop) => {
                let _ = cx.post_self(DeskEvent::Short);
                Stop
            }
            DeskEvent::Order(order) => {
                self.carry_out(*order, cx);
                Handled
            }
            DeskEvent::Long | DeskEvent::Short => Handled,
        }
    }

    #[state(parent = outer)]
    fn inner(&mut self, _: &DeskEvent) -> Next<Self> {
        Super
    }
}

impl Desk {
    fn carry_out(&mut self, order: Order, cx: &mut Context<'_, Self>) {
        let tenths = |count: u64| Duration::from_millis(100 * count);
        match order {
            Order::ArmLongThenShort => {
                let _ = self.long.arm_after(cx, tenths(20), DeskEvent::Long);
                let _ = self.short.arm_after(cx, tenths(2), DeskEvent::Short);
            }
            Order::ArmInThePast => {
                let now = cx.now();
                let past = now.checked_sub(tenths(10)).unwrap_or(now);
                let _ = self.long.arm_at(cx, past, DeskEvent::Long);
            }
            Order::SubscribeAgain => cx.subscribe::<Note>(),
            Order::PostAndStop => {}
            Order::Fail => panic!("boom"),
        }
    }
}

/// A desk that has started; its trace begins after that.
fn desk() -> Bench<Desk> {
    let mut desk = Bench::with((), BenchSettings::default()).expect("it can be constructed");
    desk.start();
    desk.trace();
    desk
}

/// The test of serialisation of the original: a receiver changes the list that it was sent.
#[test]
fn c02_what_a_receiver_makes_of_its_copy_the_sender_does_not_see() {
    let mut desk = desk();
    let sent = note(&["one", "two", "three"]);
    desk.publish(sent.clone());
    assert_eq!(sent, note(&["one", "two", "three"]));
    assert_eq!(desk.actor().notes, [note(&["one", "two", "three", "four"])]);
}

#[test]
fn a24_a_shorter_timer_that_is_armed_later_fires_first() {
    let mut desk = desk();
    desk.dispatch(DeskEvent::Order(Order::ArmLongThenShort));
    desk.advance(Duration::from_secs(5));
    assert_eq!(
        desk.trace(),
        "\
Order: outer-Order;
+200ms
Short: outer-Short;
+1.8s
Long: outer-Long;
"
    );
}

#[test]
fn a24_a_deadline_in_the_past_fires_once() {
    let mut desk = desk();
    desk.dispatch(DeskEvent::Order(Order::ArmInThePast));
    desk.advance(Duration::from_secs(5));
    assert_eq!(desk.trace(), "Order: outer-Order;\nLong: outer-Long;\n");
}

#[test]
fn c01_a_double_subscription_has_no_effect() {
    let mut desk = desk();
    desk.dispatch(DeskEvent::Order(Order::SubscribeAgain));
    assert_eq!(desk.publish(note(&["one"])).delivered, 1);
    assert_eq!(desk.actor().notes.len(), 1);
}

#[test]
fn b06_a_mailbox_is_bounded_and_gives_back_what_does_not_fit() {
    let mut desk = desk();
    let short = || DeskEvent::Short;
    let taken = (0..1_000_000).take_while(|_| desk.post(short()).is_ok());
    // The other half of its 64 places is kept for other threads.
    assert_eq!(taken.count(), 32);
    assert!(matches!(
        desk.post(short()),
        Err(PostError::Full(DeskEvent::Short))
    ));
}

#[test]
fn a27_a_stop_leaves_all_states_from_the_inside_out() {
    let mut desk = desk();
    desk.stop();
    assert_eq!(desk.trace(), "stop: inner-EXIT;outer-EXIT;\n");
}

#[test]
fn b01_an_actor_that_ends_itself_ends_after_its_step() {
    let mut desk = desk();
    desk.dispatch(DeskEvent::Order(Order::PostAndStop));
    assert_eq!(
        desk.trace(),
        "\
Order: outer-Order;post self Short;inner-EXIT;outer-EXIT;outer-STOP;
drop Short stopped;
"
    );
}

#[test]
fn d01_a_panic_ends_the_actors_step_and_a_restart_begins_anew() {
    let mut settings = BenchSettings::default();
    settings.options.restart = RestartPolicy::default();
    let mut desk = Bench::<Desk>::with((), settings).expect("it can be constructed");
    desk.start();
    desk.publish(note(&["one"]));
    desk.trace();
    assert!(desk.post(DeskEvent::Order(Order::Fail)).is_ok());
    assert!(desk.post(note(&["two"])).is_ok());
    desk.advance(Duration::from_secs(1));
    let trace = desk.trace();
    // How long it stays down is drawn.
    let steps: Vec<_> = trace
        .lines()
        .filter(|line| !line.starts_with('+'))
        .collect();
    assert_eq!(
        steps,
        [
            "Order: panic \"boom\";",
            "restart: top-INIT;outer-ENTRY;inner-ENTRY;",
            "Note: outer-Note;",
        ]
    );
    assert_eq!(desk.actor().notes, [note(&["two", "four"])]);
}
