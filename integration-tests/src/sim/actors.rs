//! Who lives on the simulated nodes: publishers that number what they publish, and receivers that want some of it.

use std::any::Any;
use std::time::Duration;

use farc::prelude::*;
use farc::sys::Gap;
use farc_protocol::life::Life;
use serde::{Deserialize, Serialize};

use super::check::{EventId, Run, Subscriptions};

/// Number of [`Tick`] in the journal.
pub(super) const TICK: u8 = 0;
/// Number of [`Tock`] in the journal.
pub(super) const TOCK: u8 = 1;

/// Publishers on each node: `publisher-0` and so on. There are two receivers: `receiver-0` wants both signals and is told of gaps,
/// `receiver-1` wants ticks only.
pub(super) const PUBLISHERS: u8 = 2;

/// Where an event comes from, told by the event itself and not by whoever carries it.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) struct Stamp {
    /// The publishing node.
    pub node: u8,
    /// Its how-manieth life.
    pub life: u32,
    /// The publishing actor.
    pub actor: u8,
    /// Counts what that actor published in that life, from 1.
    pub n: u64,
}

/// What every receiver wants.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("sim.tick")]
pub(super) struct Tick {
    /// Where it comes from.
    pub stamp: Stamp,
    /// Makes it longer.
    pub padding: Vec<u8>,
}

/// What only one receiver of a node wants.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("sim.tock")]
pub(super) struct Tock {
    /// Where it comes from.
    pub stamp: Stamp,
    /// Makes it longer.
    pub padding: Vec<u8>,
}

/// The name under which the journal knows an event, when it is one of the simulation's.
pub(super) fn event_id(payload: &dyn Any) -> Option<EventId> {
    let (stamp, signal) = match (
        payload.downcast_ref::<Tick>(),
        payload.downcast_ref::<Tock>(),
    ) {
        (Some(tick), _) => (&tick.stamp, TICK),
        (None, Some(tock)) => (&tock.stamp, TOCK),
        (None, None) => return None,
    };
    let from = Run {
        node: stamp.node,
        life: stamp.life,
    };
    Some(EventId {
        from,
        actor: stamp.actor,
        n: stamp.n,
        signal,
    })
}

/// The number of the signal of this name.
pub(super) fn signal_number(name: &str) -> Option<u8> {
    match name {
        Tick::NAME => Some(TICK),
        Tock::NAME => Some(TOCK),
        _ => None,
    }
}

/// When simulated time begins: some day in 2025, in microseconds since the epoch.
pub(super) const EPOCH: u64 = 1_750_000_000_000_000;

/// The life of a run: its random half spells the run, so that it can be read back.
pub(super) fn life_of(run: Run, since_start: Duration) -> Life {
    let random = u64::from(run.node) << 32 | u64::from(run.life);
    Life::new(EPOCH + since_start.as_micros() as u64, random)
}

/// The run of a life.
pub(super) fn run_of(life: Life) -> Run {
    Run {
        node: (life.random >> 32) as u8,
        life: life.random as u32,
    }
}

/// Who wants what.
pub(super) fn subscriptions(nodes: u8) -> Subscriptions {
    let of_node = |node| [((node, 0), [TICK, TOCK].into()), ((node, 1), [TICK].into())];
    (0..nodes).flat_map(of_node).collect()
}

/// Publishes until it is told to rest.
pub(super) struct Publisher {
    args: PublisherArgs,
    n: u64,
}

/// What a publisher is made of.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
pub(super) struct PublisherArgs {
    /// Its number on its node.
    pub actor: u8,
    /// Between two bursts, in milliseconds.
    pub period: u32,
    /// Events at once.
    pub burst: u8,
    /// Most bytes of padding.
    pub padding: u32,
}

/// What a publisher reacts to.
#[derive(Event)]
pub(super) enum PublisherEvent {
    /// Time for the next burst.
    #[event(local)]
    Due,
    /// No more, please.
    #[event(local)]
    Rest,
}

impl Actor for Publisher {
    type Args = PublisherArgs;

    fn new(args: PublisherArgs, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { args, n: 0 })
    }
}

#[hsm(event = PublisherEvent, initial = working)]
impl Publisher {
    #[state]
    fn working(&mut self, event: &PublisherEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            PublisherEvent::Due => {
                for _ in 0..self.args.burst {
                    self.publish(cx);
                }
                To(State::Working)
            }
            PublisherEvent::Rest => To(State::Resting),
        }
    }

    #[entry(working)]
    fn wait(&mut self, cx: &mut Context<Self>) {
        let period = Duration::from_millis(self.args.period.into());
        cx.after(period, PublisherEvent::Due)
            .expect("one timer fits");
    }

    #[state]
    fn resting(&mut self, _: &PublisherEvent) -> Next<Self> {
        Handled
    }
}

impl Publisher {
    fn publish(&mut self, cx: &mut Context<'_, Self>) {
        self.n += 1;
        let run = run_of(cx.life());
        let stamp = Stamp {
            node: run.node,
            life: run.life,
            actor: self.args.actor,
            n: self.n,
        };
        let random = cx.random();
        let padding = vec![0; (random >> 8) as usize % (self.args.padding as usize + 1)];
        // What became of it is for the journal to tell.
        if random & 0xff < 80 {
            cx.publish(Tock { stamp, padding });
        } else {
            cx.publish(Tick { stamp, padding });
        }
    }
}

/// A receiver has no parameters.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
pub(super) struct ReceiverArgs {}

/// Wants both signals and is told of gaps.
pub(super) struct Omnivore;

/// What it reacts to.
#[derive(Event)]
pub(super) enum OmnivoreEvent {
    /// One of the signals.
    Tick(Tick),
    /// The other.
    Tock(Tock),
    /// Something is missing.
    Gap(Gap),
}

impl Actor for Omnivore {
    type Args = ReceiverArgs;

    fn new(_: ReceiverArgs, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[hsm(event = OmnivoreEvent, initial = eating, subscribe = [Tick, Tock, Gap])]
impl Omnivore {
    #[state]
    fn eating(&mut self, _: &OmnivoreEvent) -> Next<Self> {
        Handled
    }
}

/// Wants ticks only.
pub(super) struct Picky;

/// What it reacts to.
#[derive(Event)]
pub(super) enum PickyEvent {
    /// The one signal.
    Tick(Tick),
}

impl Actor for Picky {
    type Args = ReceiverArgs;

    fn new(_: ReceiverArgs, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[hsm(event = PickyEvent, initial = eating, subscribe = [Tick])]
impl Picky {
    #[state]
    fn eating(&mut self, _: &PickyEvent) -> Next<Self> {
        Handled
    }
}
