//! A31: an actor as a value, and back.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use expect_test::{Expect, expect};
use farc::prelude::*;
use farc::{Clock as _, DomainSettings, ManualClock, SaveError, Snapshot};
use serde::{Deserialize, Serialize};

#[derive(Event, Clone, Serialize, Deserialize)]
enum Order {
    /// Deferred while the shop is open, taken when it is closed.
    #[event(local)]
    Letter(u32),
    #[event(local)]
    Open,
    #[event(local)]
    Close,
    #[event(local)]
    Nap,
    #[event(local)]
    Back,
    #[event(local)]
    Alarms,
    #[event(local)]
    CallOff,
    #[event(local)]
    Fail,
    /// Of timers.
    #[event(local)]
    Due(String),
}

#[derive(Serialize, Deserialize)]
struct Shop {
    sold: u32,
    end: Timer,
    remainder: Timer,
    anew: Timer,
    every: Timer,
    /// Rebuilt.
    #[serde(skip)]
    window: String,
}

#[derive(Serialize, Deserialize)]
struct Till {
    coins: u32,
}

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn log(line: impl Into<String>) {
    LOG.with_borrow_mut(|log| log.push(line.into()));
}

const fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

#[hsm(event = Order, initial = shut, snapshot, defer = 3)]
impl Shop {
    #[start]
    fn begin(&mut self) {
        log("start");
    }

    #[restored]
    fn rebuild(&mut self, cx: &mut Context<Self>) {
        self.window = cx.name().to_owned();
        log(format!("restored {:?}", cx.deferred()));
    }

    #[state]
    fn shut(&mut self, event: &Order) -> Next<Self> {
        match event {
            Order::Letter(n) => {
                log(format!("letter {n}"));
                Handled
            }
            Order::Open => To(State::Open),
            Order::Back => DeepHistory(State::Open),
            Order::Due(name) => {
                log(format!("{name}@shut"));
                Handled
            }
            _ => Super,
        }
    }

    #[entry(shut)]
    fn lock(&mut self) {
        log("lock");
    }

    #[state(initial = quiet, history = deep)]
    fn open(&mut self, event: &Order, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Order::Letter(_) => Defer,
            Order::Close => To(State::Shut),
            Order::Nap => To(State::Busy),
            Order::Alarms => {
                let due = |name: &str| Order::Due(name.to_owned());
                let _ = self.remainder.arm_after(cx, ms(100), due("remainder"));
                let _ = self.end.arm_after(cx, ms(100), due("end"));
                let _ = self.anew.arm_after(cx, ms(100), due("anew"));
                let _ = self.every.arm_every(cx, ms(40), due("every"));
                Handled
            }
            Order::CallOff => {
                log(format!("{}", self.end.disarm(cx)));
                log(format!("{}", self.every.disarm(cx)));
                Handled
            }
            Order::Due(name) => {
                log(name.as_str());
                Handled
            }
            Order::Fail => panic!("as the test says"),
            _ => Super,
        }
    }

    #[state(parent = open)]
    fn quiet(&mut self, _: &Order) -> Next<Self> {
        Super
    }

    #[state(parent = open, data = Till)]
    fn busy(&mut self, event: &Order, till: &mut Till) -> Next<Self> {
        match event {
            Order::Open => {
                till.coins += 1;
                self.sold += 1;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(busy)]
    fn begin_work(&mut self, cx: &mut Context<Self>) -> Till {
        log("busy");
        let _ = cx.after(ms(60), Order::Due("state".to_owned()));
        Till { coins: 0 }
    }

    #[exit(busy)]
    fn end_work(&mut self, till: Till) {
        log(format!(
            "till {} of {} at {}",
            till.coins, self.sold, self.window
        ));
    }
}

impl Actor for Shop {
    type Args = ();

    fn new((): (), cx: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        log("new");
        Ok(Self {
            sold: 0,
            end: Timer::new().on_restore(OnRestore::KeepEnd),
            remainder: Timer::new(),
            anew: Timer::new().on_restore(OnRestore::Restart),
            every: Timer::new().on_restore(OnRestore::KeepEnd),
            window: cx.name().to_owned(),
        })
    }
}

struct Street {
    domain: Domain,
    clock: Arc<ManualClock>,
    shop: Address<Shop>,
}

impl Street {
    fn empty() -> (Domain, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new());
        clock.advance(ms(1_000_000));
        let settings = DomainSettings::alone("bench".parse().unwrap(), clock.clone(), [3; 32]);
        LOG.take();
        (Domain::new(settings), clock)
    }

    fn new() -> Self {
        let (mut domain, clock) = Self::empty();
        let shop = domain
            .spawn::<Shop>("shop", (), ActorOptions::default())
            .unwrap();
        domain.start();
        Self {
            domain,
            clock,
            shop,
        }
    }

    /// A shop with two letters, a half-served queue and four timers that were armed 30 ms ago.
    fn at_work() -> Self {
        let mut street = Self::new();
        street.post([Order::Open, Order::Alarms, Order::Nap, Order::Open]);
        street.post([Order::Letter(1), Order::Letter(2)]);
        street.pass(30);
        street
    }

    fn restored(snapshot: &Snapshot, away: u64) -> Self {
        let (mut domain, clock) = Self::empty();
        let options = ActorOptions::default();
        let shop = domain
            .spawn_restored::<Shop>("shop", (), options, snapshot, ms(away))
            .unwrap();
        domain.start();
        Self {
            domain,
            clock,
            shop,
        }
    }

    fn post(&mut self, orders: impl IntoIterator<Item = Order>) -> String {
        for order in orders {
            self.domain.post(&self.shop, order).unwrap();
        }
        self.pass(0)
    }

    fn pass(&mut self, time: u64) -> String {
        self.clock.advance(ms(time));
        self.domain.run_until_idle(self.clock.now());
        let wrong = self.domain.books().balance();
        assert!(wrong.is_empty(), "{wrong:#?}");
        LOG.take().join(", ")
    }

    fn snapshot(&self) -> Snapshot {
        let snapshot = self.domain.snapshot("shop").unwrap();
        let text = serde_json::to_string(&snapshot).unwrap();
        let read: Snapshot = serde_json::from_str(&text).unwrap();
        assert_eq!(read, snapshot);
        read
    }
}

#[test]
fn a31_a_snapshot_names_what_it_holds() {
    let snapshot = Street::at_work().snapshot();
    assert_eq!((snapshot.waiting(), snapshot.timers()), ((2, 0), 5));
    let mut value = serde_json::to_value(&snapshot).unwrap();
    // One of each; the others have the same form.
    value["timers"].as_array_mut().unwrap().drain(1..3);
    expect![[r#"
        {
          "armings": 5,
          "deferred": [
            {
              "event": {
                "Letter": 1
              }
            },
            {
              "event": {
                "Letter": 2
              }
            }
          ],
          "machine": {
            "active": [
              "busy"
            ],
            "actor": {
              "anew": {
                "arming": 3,
                "missed": "skip",
                "on_restore": "restart"
              },
              "end": {
                "arming": 2,
                "missed": "skip",
                "on_restore": "keep_end"
              },
              "every": {
                "arming": 4,
                "missed": "skip",
                "on_restore": "keep_end"
              },
              "remainder": {
                "arming": 1,
                "missed": "skip",
                "on_restore": "keep_remainder"
              },
              "sold": 1
            },
            "chart": "Shop",
            "data": {
              "busy": {
                "coins": 1
              }
            },
            "history": {
              "open": "quiet"
            }
          },
          "recalled": [],
          "timers": [
            {
              "arming": 1,
              "bound": "value",
              "event": {
                "Due": "remainder"
              },
              "left": {
                "nanos": 70000000,
                "secs": 0
              },
              "on_restore": "keep_remainder",
              "time": {
                "nanos": 100000000,
                "secs": 0
              }
            },
            {
              "arming": 4,
              "bound": "periodic",
              "event": {
                "Due": "every"
              },
              "every": {
                "missed": "skip",
                "passed": 0,
                "period": {
                  "nanos": 40000000,
                  "secs": 0
                }
              },
              "left": {
                "nanos": 10000000,
                "secs": 0
              },
              "on_restore": "keep_end",
              "time": {
                "nanos": 40000000,
                "secs": 0
              }
            },
            {
              "arming": 5,
              "bound": {
                "state": "busy"
              },
              "event": {
                "Due": "state"
              },
              "left": {
                "nanos": 30000000,
                "secs": 0
              },
              "on_restore": "keep_remainder",
              "time": {
                "nanos": 60000000,
                "secs": 0
              }
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn a31_an_actor_goes_on_where_it_was_and_only_restored_runs() {
    let mut street = Street::restored(&Street::at_work().snapshot(), 0);
    assert_eq!(street.pass(0), "restored (2, 3)");
    assert_eq!(
        street.domain.status()[0].state.as_deref(),
        Some("open.busy")
    );
    // One more coin in the till that it had; the letters are recalled in their order.
    assert_eq!(
        street.post([Order::Open, Order::Close]),
        "till 2 of 2 at shop, lock, letter 1, letter 2"
    );
    // And so is its history.
    assert_eq!(street.post([Order::Back]), "busy");
}

#[test]
fn a31_timers_come_back_by_their_policy() {
    let snapshot = Street::at_work().snapshot();
    let mut street = Street::restored(&snapshot, 50);
    // Armed 30 ms ago, away for 50: `end` has 20 ms left, `remainder` 70, `anew` 100; `every` keeps its phase, so it is due now.
    let mut told = Vec::new();
    for time in (0..=120).step_by(10) {
        let happened = street.pass(if time == 0 { 0 } else { 10 });
        if !happened.is_empty() {
            told.push(format!("{time}: {happened}"));
        }
    }
    expect![[r#"
        0: restored (2, 3), every
        20: end
        30: state
        40: every
        70: remainder
        80: every
        100: anew
        120: every"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn a31_overdue_timers_fire_in_the_order_of_their_deadlines() {
    let snapshot = Street::at_work().snapshot();
    let mut street = Street::restored(&snapshot, 1000);
    // `every` was due first; the periods that it missed follow its own policy.
    assert_eq!(street.pass(0), "restored (2, 3), every, end");
}

#[test]
fn a31_a_timer_of_the_actors_fields_finds_its_arming_again() {
    let mut street = Street::restored(&Street::at_work().snapshot(), 0);
    assert_eq!(street.post([Order::CallOff]), "restored (2, 3), true, true");
    assert_eq!(street.pass(1000), "state, remainder, anew");
    // A new arming is none of the old ones.
    street.post([Order::Alarms]);
    assert_eq!(street.post([Order::CallOff]), "true, true");
}

#[test]
fn a31_a_state_scoped_timer_still_dies_with_its_state() {
    let mut street = Street::restored(&Street::at_work().snapshot(), 0);
    street.post([Order::CallOff, Order::Close]);
    assert_eq!(street.pass(1000), "remainder@shut, anew@shut");
}

#[test]
fn a31_a_deferred_event_of_a_timer_is_still_ended_by_its_timer() {
    let mut street = Street::new();
    street.post([Order::Open]);
    let mut snapshot = serde_json::to_value(street.snapshot()).unwrap();
    snapshot["deferred"] = serde_json::json!([
        { "event": { "Letter": 7 }, "timer": [{ "state": "quiet" }, 5] },
        { "event": { "Letter": 8 } },
    ]);
    let mut street = Street::restored(&serde_json::from_value(snapshot).unwrap(), 0);
    assert_eq!(
        street.post([Order::Close]),
        "restored (2, 3), lock, letter 8"
    );
}

#[test]
fn a31_the_snapshot_of_a_restored_actor_is_the_same() {
    let snapshot = Street::at_work().snapshot();
    let mut street = Street::restored(&snapshot, 0);
    street.pass(0);
    // Except for the timer that begins anew.
    let [before, after] = [snapshot, street.snapshot()].map(|snapshot| {
        let mut value = serde_json::to_value(&snapshot).unwrap();
        value["timers"][2]["left"].take();
        value
    });
    assert_eq!(after, before);
}

#[test]
fn a31_an_actor_that_fails_after_its_restoration_is_constructed_anew() {
    std::panic::set_hook(Box::new(|_| ()));
    let mut street = Street::restored(&Street::at_work().snapshot(), 0);
    street.post([Order::Fail]);
    assert_eq!(street.pass(10), "new, start, lock, letter 1, letter 2");
    assert_eq!(street.pass(1000), "");
}

fn refused(change: impl FnOnce(&mut serde_json::Value), expected: Expect) {
    let mut value = serde_json::to_value(Street::at_work().snapshot()).unwrap();
    change(&mut value);
    let snapshot: Snapshot = serde_json::from_value(value).unwrap();
    let (mut domain, _) = Street::empty();
    let options = ActorOptions::default();
    let error = domain
        .spawn_restored::<Shop>("shop", (), options.clone(), &snapshot, ms(0))
        .unwrap_err();
    expected.assert_eq(&error.to_string());
    // Nothing of it is left.
    assert!(domain.spawn::<Shop>("shop", (), options).is_ok());
}

#[test]
fn a31_what_does_not_fit_is_said() {
    let state = "cupboard";
    refused(
        |value| value["machine"]["active"][0] = state.into(),
        expect![
            "failed to restore actor `shop` (Shop): `cupboard` cannot be an active leaf beside the others: the chart has changed, or the snapshot is damaged"
        ],
    );
    refused(
        |value| value["machine"]["chart"] = "Bakery".into(),
        expect![
            "failed to restore actor `shop` (Shop): this is a snapshot of `Bakery` and not of `Shop`"
        ],
    );
    refused(
        |value| value["machine"]["actor"]["sold"] = "many".into(),
        expect![[
            r#"failed to restore actor `shop` (Shop): failed to restore the actor: invalid type: string "many", expected u32"#
        ]],
    );
    refused(
        |value| value["machine"]["active"] = serde_json::json!([]),
        expect![
            "failed to restore actor `shop` (Shop): `busy` cannot be a state with data, because it is not active: the chart has changed, or the snapshot is damaged"
        ],
    );
    refused(
        |value| value["deferred"][1]["event"] = "Lettuce".into(),
        expect![
            "failed to restore actor `shop` (Shop): failed to restore the deferred event 2: unknown variant `Lettuce`, expected one of `Letter`, `Open`, `Close`, `Nap`, `Back`, `Alarms`, `CallOff`, `Fail`, `Due`"
        ],
    );
    refused(
        |value| value["timers"][2]["event"] = 7.into(),
        expect![
            "failed to restore actor `shop` (Shop): failed to restore the event of timer 3: invalid type: integer `7`, expected string or map"
        ],
    );
    refused(
        |value| value["timers"][0]["bound"] = serde_json::json!({ "state": state }),
        expect![
            "failed to restore actor `shop` (Shop): `cupboard` cannot be what a timer is bound to: the chart has changed, or the snapshot is damaged"
        ],
    );
    refused(
        |value| {
            let letter = value["deferred"][0].clone();
            value["recalled"] = vec![letter; 2].into();
        },
        expect![
            "failed to restore actor `shop` (Shop): 4 events are deferred or recalled, and the actor keeps at most 3"
        ],
    );
    refused(
        |value| {
            let timer = value["timers"][0].clone();
            value["timers"] = vec![timer; 65].into();
        },
        expect![
            "failed to restore actor `shop` (Shop): 65 timers are armed, and an actor has at most 64"
        ],
    );
}

#[test]
fn a31_only_an_actor_that_runs_and_may_be_saved_has_a_snapshot() {
    let mut street = Street::new();
    assert!(matches!(
        street.domain.snapshot("nobody"),
        Err(SaveError::NoActor { .. })
    ));
    street.domain.stop_actor_named("shop");
    assert!(matches!(
        street.domain.snapshot("shop"),
        Err(SaveError::NoActor { .. })
    ));
    let mut lab = super::worker::Lab::new([]);
    lab.run();
    lab.domain.stop();
    assert!(matches!(
        lab.domain.snapshot("worker"),
        Err(SaveError::NotRunning { .. })
    ));
    let mut lab = super::worker::Lab::new([]);
    lab.run();
    let error = lab.domain.snapshot("worker").unwrap_err();
    expect!["failed to save actor `worker`: `Worker` has no snapshots: its #[hsm] lacks the key `snapshot`"].assert_eq(&error.to_string());
}
