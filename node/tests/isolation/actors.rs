//! A sender that keeps what it publishes, and two receivers that ruin what they get.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use farc::prelude::*;
use farc::{Clock as _, DomainSettings, ManualClock};
use serde::{Deserialize, Serialize};

use super::content::Everything;
use super::forged::Leak;
use super::part::{Part, bytes};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.parcel")]
pub(crate) struct Parcel {
    pub(crate) content: Content,
}

#[derive(Isolated, Serialize, Deserialize, Clone)]
pub(crate) enum Content {
    Everything(Box<Everything>),
    Leak(Leak),
}

impl Part for Parcel {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        match &self.content {
            Content::Everything(everything) => everything.heap(seen),
            Content::Leak(leak) => leak.heap(seen),
        }
    }

    fn ruin(&mut self) {
        match &mut self.content {
            Content::Everything(everything) => everything.ruin(),
            Content::Leak(leak) => leak.ruin(),
        }
    }
}

/// What a receiver found.
pub(crate) struct Seen {
    pub(crate) who: String,
    /// What it reached in what it got, while the others had theirs.
    pub(crate) addresses: BTreeSet<usize>,
    pub(crate) received: Vec<u8>,
    /// What it got, after its copy was ruined.
    pub(crate) left: Vec<u8>,
    /// Its copy.
    pub(crate) ruined: Vec<u8>,
}

thread_local! {
    /// How actors tell the test what they saw. Types cannot exclude that, as the guide says.
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
    static KEPT: RefCell<Option<(Vec<u8>, BTreeSet<usize>)>> = const { RefCell::new(None) };
}

#[derive(Event)]
pub(crate) enum SenderEvent {
    #[event(local)]
    Publish,
    #[event(local)]
    Look,
}

pub(crate) struct Sender {
    kept: Parcel,
}

impl Actor for Sender {
    type Args = Parcel;

    fn new(kept: Parcel, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { kept })
    }
}

#[hsm(event = SenderEvent, initial = ready)]
impl Sender {
    #[state]
    fn ready(&mut self, event: &SenderEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            SenderEvent::Publish => {
                assert_eq!(cx.publish(self.kept.clone()).delivered, 2);
                Handled
            }
            SenderEvent::Look => {
                let mut addresses = BTreeSet::new();
                self.kept.heap(&mut addresses);
                KEPT.set(Some((bytes(&self.kept), addresses)));
                Handled
            }
        }
    }
}

#[derive(Event)]
pub(crate) enum ReceiverEvent {
    Parcel(Parcel),
}

/// It keeps all that it ever got, so that no address is used a second time.
pub(crate) struct Receiver {
    kept: Vec<Parcel>,
}

impl Actor for Receiver {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { kept: Vec::new() })
    }
}

#[hsm(event = ReceiverEvent, initial = ready, subscribe = [Parcel])]
impl Receiver {
    #[state]
    fn ready(&mut self, event: &ReceiverEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            ReceiverEvent::Parcel(parcel) => {
                let mut addresses = BTreeSet::new();
                parcel.heap(&mut addresses);
                let received = bytes(parcel);
                let mut copy = parcel.clone();
                copy.ruin();
                let seen = Seen {
                    who: cx.address().name().to_owned(),
                    addresses,
                    received,
                    left: bytes(parcel),
                    ruined: bytes(&copy),
                };
                self.kept.push(copy);
                SEEN.with_borrow_mut(|all| all.push(seen));
                Handled
            }
        }
    }
}

pub(crate) struct World {
    domain: Domain,
    sender: Address<Sender>,
    clock: Arc<ManualClock>,
}

impl World {
    pub(crate) fn new(parcel: Parcel) -> Self {
        let clock = Arc::new(ManualClock::new());
        let settings = DomainSettings::alone("bench".parse().unwrap(), clock.clone(), [0; 32]);
        let mut domain = Domain::new(settings);
        let options = ActorOptions::default;
        let sender = domain.spawn::<Sender>("sender", parcel, options()).unwrap();
        for name in ["one", "two"] {
            domain.spawn::<Receiver>(name, (), options()).unwrap();
        }
        domain.start();
        Self {
            domain,
            sender,
            clock,
        }
    }

    /// What the receivers saw of a publication.
    pub(crate) fn publish(&mut self) -> Vec<Seen> {
        self.run(SenderEvent::Publish);
        SEEN.take()
    }

    /// What the sender still has, and what it reaches.
    pub(crate) fn kept(&mut self) -> (Vec<u8>, BTreeSet<usize>) {
        self.run(SenderEvent::Look);
        KEPT.take().expect("the sender looked")
    }

    fn run(&mut self, event: SenderEvent) {
        assert!(self.domain.post(&self.sender, event).is_ok());
        self.domain.run_until_idle(self.clock.now());
    }
}
