//! What a link costs, from actor to actor over loopback: messages a second, and round trips.
//!
//! Two nodes, each on one thread with its domain beside its links, real certificates and encryption. Every message carries its number, which the receiver checks.
//! Run it with `cargo bench -p farc --bench link`; without `--bench` (as `cargo test --benches` does) it only shows that it works.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a program for people at a terminal"
)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use farc::bus::{Bus, BusSettings};
use farc::link::{Identity, Link, Peer, Settings, Udp};
use farc::prelude::*;
use farc::{Clock, DomainSettings, SystemClock, run_in_task};
use farc_protocol::life::Life;
use farc_protocol::limits::Limits;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ED25519,
};
use rustls::pki_types::PrivateKeyDer;
use serde::{Deserialize, Serialize};
use tokio::task::LocalSet;

/// What may be under way before the sender waits: below the bound of the receiver's lane (4,096), so that nothing is dropped.
const WINDOW: u64 = 4000;
/// The receiver reports after so many.
const REPORT: u64 = 500;

macro_rules! load {
    ($($signal:ident $name:literal [$($pad:ident: $type:ty),*])*) => {$(
        #[derive(Signal, Serialize, Deserialize, Clone)]
        #[signal($name)]
        pub struct $signal { n: [u8; 8], $($pad: $type),* }

        impl Load for $signal {
            fn make(n: u64) -> Self {
                Self { n: n.to_le_bytes(), $($pad: <$type>::default()),* }
            }

            fn number(&self) -> u64 {
                u64::from_le_bytes(self.n)
            }
        }
    )*};
}

trait Load: Signal {
    fn make(n: u64) -> Self;
    fn number(&self) -> u64;
}

load! {
    Load8 "bench.load8" []
    Load16 "bench.load16" [a: [u8; 8]]
    Load64 "bench.load64" [a: [u8; 32], b: [u8; 24]]
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("bench.begin")]
pub struct Begin {
    bytes: u8,
    count: u64,
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("bench.report")]
pub struct Report {
    n: u64,
}

/// 64 bytes there and back.
#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("bench.ping")]
pub struct Ping {
    n: u64,
    a: [u8; 32],
    b: [u8; 24],
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("bench.pong")]
pub struct Pong {
    n: u64,
    a: [u8; 32],
    b: [u8; 24],
}

#[derive(Event)]
pub enum SenderEvent {
    Begin(Begin),
    Report(Report),
    Pong(Pong),
}

/// Publishes as fast as the receiver reports, or one ping after the other.
pub struct Sender {
    bytes: u8,
    count: u64,
    sent: u64,
    reported: u64,
    started: Option<Instant>,
    trips: Vec<Duration>,
}

/// Figures of the sender: how long a run took, and each round trip of it.
type Figures = (Duration, Vec<Duration>);
static RESULTS: Mutex<Option<mpsc::Sender<Figures>>> = Mutex::new(None);

#[hsm(event = SenderEvent, initial = idle, subscribe = [Begin, Report, Pong])]
impl Sender {
    #[state]
    fn idle(&mut self, event: &SenderEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            SenderEvent::Begin(begin) => {
                (self.bytes, self.count, self.sent, self.reported) =
                    (begin.bytes, begin.count, 0, 0);
                self.started = Some(Instant::now());
                if self.bytes == 0 {
                    self.ping(cx)
                } else {
                    self.fill(cx)
                }
                To(State::Busy)
            }
            _ => Handled,
        }
    }

    #[state]
    fn busy(&mut self, event: &SenderEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            SenderEvent::Report(report) if report.n < self.count => {
                self.reported = report.n;
                self.fill(cx);
                Handled
            }
            SenderEvent::Pong(pong) if pong.n + 1 < self.count => {
                self.trips.push(self.started.unwrap().elapsed());
                self.started = Some(Instant::now());
                self.ping(cx);
                Handled
            }
            SenderEvent::Report(_) | SenderEvent::Pong(_) => {
                let trips = std::mem::take(&mut self.trips);
                let results = RESULTS.lock().unwrap();
                results
                    .as_ref()
                    .unwrap()
                    .send((self.started.unwrap().elapsed(), trips))
                    .unwrap();
                To(State::Idle)
            }
            _ => Super,
        }
    }
}

impl Sender {
    fn fill(&mut self, cx: &mut Context<'_, Self>) {
        while self.sent < self.count && self.sent < self.reported + WINDOW {
            let published = match self.bytes {
                8 => cx.publish(Load8::make(self.sent)),
                16 => cx.publish(Load16::make(self.sent)),
                _ => cx.publish(Load64::make(self.sent)),
            };
            assert_eq!(published.peers, 1, "nothing may be lost");
            self.sent += 1;
        }
    }

    fn ping(&mut self, cx: &mut Context<'_, Self>) {
        cx.publish(Ping {
            n: self.sent,
            a: [0; 32],
            b: [0; 24],
        });
        self.sent += 1;
    }
}

impl Actor for Sender {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            bytes: 0,
            count: 0,
            sent: 0,
            reported: 0,
            started: None,
            trips: Vec::new(),
        })
    }
}

#[derive(Event)]
pub enum ReceiverEvent {
    Load8(Load8),
    Load16(Load16),
    Load64(Load64),
    Ping(Ping),
    Begin(Begin),
}

/// Checks the numbers, and reports.
pub struct Receiver {
    next: u64,
    count: u64,
}

#[hsm(event = ReceiverEvent, initial = listening, subscribe = [Load8, Load16, Load64, Ping, Begin])]
impl Receiver {
    #[state]
    fn listening(&mut self, event: &ReceiverEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            ReceiverEvent::Begin(begin) => (self.next, self.count) = (0, begin.count),
            ReceiverEvent::Ping(Ping { n, a, b }) => {
                cx.publish(Pong {
                    n: *n,
                    a: *a,
                    b: *b,
                });
            }
            ReceiverEvent::Load8(load) => self.check(load.number(), cx),
            ReceiverEvent::Load16(load) => self.check(load.number(), cx),
            ReceiverEvent::Load64(load) => self.check(load.number(), cx),
        }
        Handled
    }
}

impl Receiver {
    fn check(&mut self, n: u64, cx: &mut Context<'_, Self>) {
        assert_eq!(n, self.next, "once and in order");
        self.next += 1;
        if self.next.is_multiple_of(REPORT) || self.next == self.count {
            cx.publish(Report { n: self.next });
        }
    }
}

impl Actor for Receiver {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { next: 0, count: 0 })
    }
}

fn identities() -> [Identity; 2] {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&key).unwrap().der().clone();
    let issuer = Issuer::new(params, key);
    ["sender", "receiver"].map(|name| {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let mut params = CertificateParams::new(vec![format!("{name}.bench.farc")]).unwrap();
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let chain = vec![params.signed_by(&key, &issuer).unwrap().der().clone()];
        Identity {
            ca: vec![ca.clone()],
            chain,
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    })
}

/// Runs a node on this thread until `stop` says so.
fn node<A: Actor<Args = ()>>(
    name: &str,
    identity: Identity,
    peer: Peer,
    seed: u8,
    ready: &mpsc::Sender<(SocketAddr, farc::Inbox)>,
    stop: tokio::sync::oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let name: farc::NodeName = name.parse().unwrap();
        let life = Life {
            start: 1,
            random: 1,
        };
        let bus = Bus::new(BusSettings::new(name.clone(), life));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut domain = Domain::new(DomainSettings {
            bus: Arc::clone(&bus),
            clock: Arc::clone(&clock),
            seed: [seed; 32],
        });
        domain
            .spawn::<A>(
                "actor",
                (),
                ActorOptions {
                    mailbox: 1 << 15,
                    ..ActorOptions::default()
                },
            )
            .unwrap();
        let inbox = domain.inbox();
        let settings = Settings {
            name,
            cluster: "bench".try_into().unwrap(),
            life,
            listen: "127.0.0.1:0".parse().unwrap(),
            identity,
            peers: vec![peer],
            limits: Limits::default(),
            seed: [seed; 32],
            wall: Arc::new(SystemTime::now),
            observer: None,
        };
        let link = Link::start(settings, bus, Arc::new(Udp), Arc::clone(&clock)).unwrap();
        tokio::task::spawn_local(run_in_task(domain, clock, |at| {
            tokio::time::sleep_until(at.into())
        }));
        ready.send((link.local_addr(), inbox.clone())).unwrap();
        link.ready(Duration::from_secs(20)).await.unwrap();
        ready.send((link.local_addr(), inbox)).unwrap();
        let _ = stop.await;
    });
}

fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let [sender, receiver] = identities();
    let (results_to, results) = mpsc::channel();
    *RESULTS.lock().unwrap() = Some(results_to);

    // The receiver calls the sender; the other way nobody answers.
    let peer = |name: &str, address: String| Peer {
        name: name.parse().unwrap(),
        address,
    };
    let (ready_to, ready) = mpsc::channel();
    let (stop_sender, stopped) = tokio::sync::oneshot::channel();
    let first = thread::spawn(move || {
        node::<Sender>(
            "sender",
            sender,
            peer("receiver", "127.0.0.1:9".to_owned()),
            1,
            &ready_to,
            stopped,
        )
    });
    let (address, inbox) = ready.recv().unwrap();
    let (other_to, other) = mpsc::channel();
    let (stop_receiver, stopped) = tokio::sync::oneshot::channel();
    let second = thread::spawn(move || {
        node::<Receiver>(
            "receiver",
            receiver,
            peer("sender", address.to_string()),
            2,
            &other_to,
            stopped,
        )
    });
    ready.recv().unwrap();
    other.recv().unwrap();
    other.recv().unwrap();

    let begin = |bytes: u8, count: u64| {
        let publish = move |domain: &mut Domain| {
            domain.publish(Begin { bytes, count });
        };
        inbox.run(publish).unwrap();
        results
            .recv_timeout(Duration::from_secs(60))
            .expect("a run ends")
    };
    let (load, trips, rounds) = if measured {
        (1_000_000, 5_000, 3)
    } else {
        (10_000, 100, 1)
    };
    for bytes in [8, 16, 64] {
        for _ in 0..rounds {
            let (time, _) = begin(bytes, load);
            println!(
                "publish {bytes:2} B: {:6.2} M msg/s",
                load as f64 / time.as_secs_f64() / 1e6
            );
        }
    }
    for _ in 0..rounds {
        let (_, mut trips) = begin(0, trips);
        trips.sort_unstable();
        let at =
            |share: f64| trips[((trips.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
        println!(
            "round trip 64 B: p50 {:5.1} us, p99 {:5.1} us",
            at(0.5),
            at(0.99)
        );
    }
    let _ = (stop_sender.send(()), stop_receiver.send(()));
    first.join().unwrap();
    second.join().unwrap();
}
