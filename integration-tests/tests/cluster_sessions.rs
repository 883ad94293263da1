//! Two sessions and the worst driver there can be: connections that come in pairs, stall, lose what is under way and end at different times for their two
//! sides; lives that end at any moment. No quinn, no actors, no clock: thousands of runs where a whole cluster makes dozens. The oracle is the same.
//!
//! `FARC_SESSION_SEEDS=N` runs that many seeds, `FARC_SESSION_SEED=N` only that one, and prints what happened.
#![expect(clippy::unwrap_used, reason = "a test panics when it cannot go on")]
#![expect(clippy::print_stderr, reason = "a failing seed tells its story")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use farc_integration_tests::sim::{EventId, Journal, Record, Rng, Run, Subscriptions, check};
use farc_protocol::frame::{Class, Delivery, SignalDef, Subscription};
use farc_protocol::life::{Life, NodeId};
use farc_protocol::limits::Limits;
use farc_protocol::schema::Fingerprint;
use farc_protocol::session::{
    Channel, ConnectionId, Delivered, Event, Outbound, Role, Session, Settings, Stream,
};

/// Seeds of a sweep, unless `FARC_SESSION_SEEDS` says otherwise: a few seconds.
const SEEDS: u64 = 50;

/// One step of simulated time.
const STEP: Duration = Duration::from_millis(1);

const CHANNELS: [Channel; 2] = [Channel::Control, Channel::Data(Class::Normal)];

/// One node: a session and what a driver and a bus would keep.
struct Side {
    run: Run,
    session: Session,
    n: u64,
    /// The version of the peer's interest, while it wants the signal.
    wanted: Option<u64>,
    /// When the dial that is in flight ends.
    dial: Option<Instant>,
    /// Not before.
    redial: Instant,
    /// Events handed out that the application has not taken yet: life, class, the next number after them.
    untaken: VecDeque<(Instant, Life, Class, u64)>,
}

/// A connection, seen from both ends.
struct Wire {
    /// Each side's own number for it, while that side holds it open.
    open: [Option<ConnectionId>; 2],
    /// When a side that holds it open notices that it is gone, and with which code.
    ends: [Option<(Instant, Option<u64>)>; 2],
    /// Nothing moves any more.
    dead: bool,
    pipes: [[VecDeque<(Instant, Bytes)>; 2]; 2],
}

struct World {
    rng: Rng,
    start: Instant,
    now: Instant,
    sides: [Side; 2],
    wires: Vec<Wire>,
    connections: u64,
    journal: Journal,
    limits: Limits,
    loud: bool,
    /// Chances in a hundred thousand per step.
    kills: u64,
    restarts: u64,
    latency: u64,
    rate: u16,
    partition: Option<Instant>,
    partitions: u64,
    slow: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    replayed: u64,
    duplicates: u64,
    elections: u64,
    gaps: u64,
    resumes: u64,
}

fn life(run: Run, since: Duration) -> Life {
    Life::new(
        1_000_000 + since.as_micros() as u64,
        u64::from(run.node) << 32 | u64::from(run.life),
    )
}

fn run_of(life: Life) -> Run {
    Run {
        node: (life.random >> 32) as u8,
        life: life.random as u32,
    }
}

fn side(run: Run, now: Instant, start: Instant, limits: &Limits) -> Side {
    let names = ["a", "b"];
    let node = usize::from(run.node);
    let mut session = Session::new(Settings {
        cluster: "sim".parse().unwrap(),
        name: names[node].parse().unwrap(),
        id: id(node),
        life: life(run, now - start),
        peer: names[1 - node].parse().unwrap(),
        limits: limits.clone(),
        seed: u64::from(run.life),
    });
    session.define(Arc::new(SignalDef {
        id: 1,
        name: "sim.tick".into(),
        wire: Fingerprint([7; 16]),
        schema: Fingerprint([8; 16]),
        class: Class::Normal,
        delivery: Delivery::Reliable,
    }));
    session.define_actor(1, "publisher");
    let subscription = Subscription {
        id: 1,
        version: 1,
        pattern: "sim.tick".into(),
        account: 0,
        wire: Fingerprint([7; 16]),
    };
    session.set_interest(1, &[subscription]);
    Side {
        run,
        session,
        n: 0,
        wanted: None,
        dial: None,
        redial: now,
        untaken: VecDeque::new(),
    }
}

fn id(node: usize) -> NodeId {
    NodeId([node as u8 + 1; 16])
}

fn pop_due<T>(queue: &mut VecDeque<T>, due: impl FnOnce(&T) -> bool) -> Option<T> {
    if queue.front().is_some_and(due) {
        queue.pop_front()
    } else {
        None
    }
}

impl World {
    fn new(seed: u64, loud: bool) -> Self {
        let mut rng = Rng::new(seed);
        let start = Instant::now();
        let mut limits = Limits::default();
        if rng.chance(400) {
            limits.ring_age = Duration::from_millis(rng.between(200, 2_000));
        }
        if rng.chance(400) {
            limits.ring_messages = rng.between(32, 200) as usize;
        }
        if rng.chance(400) {
            limits.outbox_messages = rng.between(4, 100) as usize;
        }
        let sides = [0, 1].map(|node| side(Run { node, life: 1 }, start, start, &limits));
        let journal = Journal::default();
        sides
            .iter()
            .for_each(|side| journal.add(Record::Began(side.run)));
        Self {
            kills: *rng.pick(&[0, 50, 200, 1_000]),
            restarts: *rng.pick(&[0, 0, 20, 100]),
            latency: *rng.pick(&[1, 5, 30, 100]),
            rate: *rng.pick(&[20, 100, 300]),
            partitions: *rng.pick(&[0, 0, 50]),
            slow: rng.chance(300),
            partition: None,
            rng,
            start,
            now: start,
            sides,
            wires: Vec::new(),
            connections: 0,
            journal,
            limits,
            loud,
        }
    }

    fn say(&self, what: std::fmt::Arguments<'_>) {
        if self.loud {
            eprintln!("{:>7} {what}", (self.now - self.start).as_millis());
        }
    }

    fn step(&mut self, faults: bool, publish: bool) {
        self.now += STEP;
        if faults {
            self.harm();
        } else {
            self.partition = None;
        }
        for node in 0..2 {
            if publish && self.rng.chance(self.rate) {
                self.publish(node);
            }
            self.dial(node);
            self.timeouts(node);
            self.take(node);
        }
        self.carry();
        for node in 0..2 {
            self.drain(node);
        }
        self.transmit();
        for node in 0..2 {
            self.drain(node);
        }
        self.wires
            .retain(|wire| wire.open.iter().any(Option::is_some));
    }

    fn harm(&mut self) {
        if self.rng.below(100_000) < self.kills && !self.wires.is_empty() {
            let index = self.rng.below(self.wires.len() as u64) as usize;
            self.kill(index);
        }
        if self.rng.below(100_000) < self.restarts {
            let node = self.rng.below(2) as usize;
            self.restart(node);
        }
        if self.partition.is_some_and(|end| self.now >= end) {
            self.partition = None;
        }
        if self.rng.below(100_000) < self.partitions {
            self.partition = Some(self.now + Duration::from_millis(self.rng.between(100, 4_000)));
            self.say(format_args!("partition"));
            (0..self.wires.len()).for_each(|index| self.kill(index));
        }
    }

    fn kill(&mut self, index: usize) {
        self.say(format_args!("kill connection {:?}", self.wires[index].open));
        for node in 0..2 {
            let notices = self.now + Duration::from_millis(self.rng.below(2_000));
            self.wires[index].ends[node].get_or_insert((notices, None));
        }
        self.wires[index].dead = true;
    }

    fn restart(&mut self, node: usize) {
        let old = self.sides[node].run;
        let run = Run {
            node: old.node,
            life: old.life + 1,
        };
        self.say(format_args!("restart {old}"));
        self.journal.add(Record::Ended(old));
        self.journal.add(Record::Began(run));
        self.sides[node] = side(run, self.now, self.start, &self.limits);
        for index in 0..self.wires.len() {
            let notices = self.now + Duration::from_millis(self.rng.below(2_000));
            let wire = &mut self.wires[index];
            wire.open[node] = None;
            wire.ends[1 - node].get_or_insert((notices, None));
            wire.dead = true;
        }
    }

    fn publish(&mut self, node: usize) {
        let now = self.now;
        let side = &mut self.sides[node];
        side.n += 1;
        let event = EventId {
            from: side.run,
            actor: 0,
            n: side.n,
            signal: side.run.node,
        };
        self.journal.add(Record::Published(event));
        if let Some(version) = side.wanted {
            let message = Outbound {
                signal: 1,
                source: 1,
                version,
                targets: Vec::new(),
                account: 0,
                payload: Bytes::copy_from_slice(&side.n.to_be_bytes()),
            };
            side.session.enqueue(now, Class::Normal, message);
        }
    }

    fn dial(&mut self, node: usize) {
        let now = self.now;
        if let Some(end) = self.sides[node].dial {
            if now < end {
                return;
            }
            self.sides[node].dial = None;
            let wait = self.rng.between(1, 200);
            self.sides[node].redial = now + Duration::from_millis(wait);
            if self.partition.is_some() || self.rng.chance(100) {
                self.sides[node].session.dialled(now);
            } else {
                self.connect(node);
            }
        } else if now >= self.sides[node].redial && self.sides[node].session.should_dial() {
            let takes = self.rng.between(1, self.latency * 3);
            self.sides[node].dial = Some(now + Duration::from_millis(takes));
        }
    }

    fn connect(&mut self, dialer: usize) {
        self.connections += 1;
        let conn = ConnectionId(self.connections);
        self.say(format_args!(
            "{} connected by {conn:?}",
            self.sides[dialer].run
        ));
        for (node, role) in [(dialer, Role::Dialer), (1 - dialer, Role::Acceptor)] {
            self.sides[node]
                .session
                .connected(self.now, conn, role, id(1 - node));
        }
        self.wires.push(Wire {
            open: [Some(conn); 2],
            ends: [None; 2],
            dead: false,
            pipes: Default::default(),
        });
    }

    fn timeouts(&mut self, node: usize) {
        let session = &mut self.sides[node].session;
        // A session that always has something due would spin here.
        for _ in 0..100 {
            match session.poll_timeout() {
                Some(due) if due <= self.now => session.handle_timeout(self.now),
                _ => return,
            }
        }
        panic!(
            "{}: a timeout in the past does not go away",
            self.sides[node].run
        );
    }

    fn take(&mut self, node: usize) {
        while let Some((_, life, class, up_to)) =
            pop_due(&mut self.sides[node].untaken, |(when, ..)| {
                *when <= self.now
            })
        {
            self.sides[node]
                .session
                .accepted(self.now, life, class, up_to);
        }
    }

    /// Moves what is due from one end of each connection to the other.
    fn carry(&mut self) {
        for index in 0..self.wires.len() {
            for node in 0..2 {
                let wire = &mut self.wires[index];
                let Some(conn) = wire.open[node] else {
                    continue;
                };
                if let Some((_, code)) = wire.ends[node].filter(|(when, _)| *when <= self.now) {
                    wire.open[node] = None;
                    self.say(format_args!(
                        "{} notices the end of {conn:?}, code {code:?}",
                        self.sides[node].run
                    ));
                    self.sides[node].session.disconnected(self.now, conn, code);
                    self.drain(node);
                    continue;
                }
                for channel in 0..2 {
                    self.carry_channel(index, node, conn, channel);
                }
            }
        }
    }

    fn carry_channel(&mut self, index: usize, node: usize, conn: ConnectionId, channel: usize) {
        let stream = [Stream::Control, Stream::Data(conn.0)][channel];
        while self.wires[index].open[node].is_some() && !self.wires[index].dead {
            let Some((_, bytes)) = pop_due(
                &mut self.wires[index].pipes[1 - node][channel],
                |(when, _)| *when <= self.now,
            ) else {
                return;
            };
            self.sides[node]
                .session
                .handle_bytes(self.now, conn, stream, bytes);
            self.drain(node);
        }
    }

    fn transmit(&mut self) {
        for index in 0..self.wires.len() {
            for node in 0..2 {
                for (number, channel) in CHANNELS.into_iter().enumerate() {
                    // A stream that is full takes nothing for a while.
                    if self.rng.chance(200) {
                        continue;
                    }
                    let Some(conn) = self.wires[index].open[node] else {
                        continue;
                    };
                    while let Some(parts) = self.sides[node]
                        .session
                        .poll_transmit(self.now, conn, channel)
                    {
                        self.write(index, node, number, parts);
                    }
                }
            }
        }
    }

    /// In pieces of any size, each after the one before it.
    fn write(&mut self, index: usize, node: usize, channel: usize, parts: Vec<Bytes>) {
        let mut bytes: Bytes = parts.concat().into();
        assert!(!bytes.is_empty(), "nothing to send is told by None");
        while !bytes.is_empty() {
            let len = self.rng.between(1, bytes.len() as u64) as usize;
            let arrives = self.now + Duration::from_millis(self.rng.between(1, self.latency));
            let pipe = &mut self.wires[index].pipes[node][channel];
            let after = pipe.back().map_or(arrives, |(last, _)| arrives.max(*last));
            pipe.push_back((after, bytes.split_to(len)));
        }
    }

    fn drain(&mut self, node: usize) {
        while let Some(event) = self.sides[node].session.poll_event() {
            if !matches!(
                event,
                Event::Messages { .. } | Event::Defined { .. } | Event::ActorDefined { .. }
            ) {
                self.say(format_args!("{} {event:?}", self.sides[node].run));
            }
            self.handle(node, event);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other events ask for nothing here"
    )]
    fn handle(&mut self, node: usize, event: Event) {
        match event {
            Event::Interest {
                version,
                subscriptions,
            } => {
                self.sides[node].wanted = (!subscriptions.is_empty()).then_some(version);
            }
            Event::Ready => {
                let receiver = self.sides[node].run;
                let publisher = self.sides[node]
                    .session
                    .stats()
                    .peer_life
                    .map(run_of)
                    .unwrap();
                if self.sides[1 - node].run == publisher {
                    self.journal.add(Record::Ready {
                        publisher,
                        receiver,
                    });
                }
            }
            Event::Close { conn, code, .. } => {
                let Some(wire) = self
                    .wires
                    .iter_mut()
                    .find(|wire| wire.open[node] == Some(conn))
                else {
                    return;
                };
                wire.open[node] = None;
                let notices = self.now + Duration::from_millis(self.rng.between(1, self.latency));
                // What is under way still arrives, or does not.
                wire.dead |= self.rng.chance(500);
                if !wire.dead {
                    let code = u64::from(code.code());
                    wire.ends[1 - node].get_or_insert((notices, Some(code)));
                } else {
                    wire.ends[1 - node].get_or_insert((notices + Duration::from_secs(2), None));
                }
                self.sides[node].session.disconnected(self.now, conn, None);
            }
            Event::Messages {
                life,
                class,
                up_to,
                messages,
                ..
            } => {
                for message in &messages {
                    let n = u64::from_be_bytes(message.payload[..].try_into().unwrap());
                    let event = EventId {
                        from: run_of(life),
                        actor: 0,
                        n,
                        signal: run_of(life).node,
                    };
                    let (at, source) = (self.sides[node].run, Some(run_of(life)));
                    self.journal.add(Record::Dispatched {
                        at,
                        receiver: 0,
                        event,
                        source,
                    });
                }
                let delay = if self.slow { self.rng.below(50) } else { 0 };
                let when = self.now + Duration::from_millis(delay);
                let when = self.sides[node]
                    .untaken
                    .back()
                    .map_or(when, |(last, ..)| when.max(*last));
                let count = messages.len() as u64;
                let delivered = Delivered {
                    routed: count,
                    ..Delivered::default()
                };
                self.sides[node].session.count_delivered(class, &delivered);
                self.sides[node]
                    .untaken
                    .push_back((when, life, class, up_to));
            }
            Event::Gap { life, counts, .. } => {
                let counts = counts
                    .iter()
                    .map(|(_, count)| (run_of(life).node, *count))
                    .collect();
                self.journal.add(Record::Gap {
                    at: self.sides[node].run,
                    receiver: 0,
                    peer: run_of(life),
                    counts,
                });
            }
            Event::Loss { life, count, .. } => {
                let counts = vec![(run_of(life).node, count)];
                self.journal.add(Record::Gap {
                    at: self.sides[node].run,
                    receiver: 0,
                    peer: run_of(life),
                    counts,
                });
            }
            _ => {}
        }
    }

    fn quiet(&self) -> bool {
        self.sides.iter().all(|side| {
            let stats = side.session.stats();
            let class = stats.class(Class::Normal);
            class.queued == 0
                && class.unacknowledged == 0
                && class.pending == 0
                && side.wanted.is_some()
        })
    }
}

fn run_seed(seed: u64, loud: bool) -> Result<Counts, String> {
    let mut world = World::new(seed, loud);
    for _ in 0..8_000 {
        world.step(true, true);
    }
    world.say(format_args!("peace"));
    for _ in 0..8_000 {
        world.step(false, true);
    }
    // A slow receiver behind a small ring takes its time for what has piled up.
    for _ in 0..60_000 {
        world.step(false, false);
        if world.quiet() {
            break;
        }
    }
    for _ in 0..200 {
        world.step(false, false);
    }
    let mut wrong = Vec::new();
    if !world.quiet() {
        wrong.push(format!(
            "does not become quiet: {:#?}",
            world.sides.each_ref().map(|side| side.session.stats())
        ));
    }
    let mut counts = Counts::default();
    for side in &world.sides {
        let stats = side.session.stats();
        let class = stats.class(Class::Normal);
        if !class.balances() {
            wrong.push(format!(
                "{}: the books do not balance: {class:#?}",
                side.run
            ));
        }
        counts.replayed += class.replayed;
        counts.duplicates += class.duplicate;
        counts.elections += stats.elections;
        counts.resumes += stats.resumes;
        counts.gaps += stats.gaps_sent;
    }
    // Each wants what the other publishes; nobody delivers locally here.
    let subscriptions: Subscriptions =
        BTreeMap::from([((0, 0), BTreeSet::from([1])), ((1, 0), BTreeSet::from([0]))]);
    let (_, violations) = check(&world.journal.records(), &subscriptions, true);
    wrong.extend(violations.iter().take(5).map(ToString::to_string));
    if wrong.is_empty() {
        Ok(counts)
    } else {
        Err(wrong.join("\n  "))
    }
}

#[test]
fn two_sessions_keep_the_promise_over_the_worst_of_connections() {
    if let Ok(seed) = std::env::var("FARC_SESSION_SEED") {
        let outcome = run_seed(seed.parse().unwrap(), true);
        return eprintln!(
            "{}",
            outcome.map_or_else(|wrong| wrong, |counts| format!("{counts:?}"))
        );
    }
    let seeds = std::env::var("FARC_SESSION_SEEDS").map_or(SEEDS, |seeds| seeds.parse().unwrap());
    let mut total = Counts::default();
    let mut failures = Vec::new();
    for seed in 1..=seeds {
        match std::panic::catch_unwind(|| run_seed(seed, false)) {
            Ok(Ok(counts)) => {
                total.replayed += counts.replayed;
                total.duplicates += counts.duplicates;
                total.elections += counts.elections;
                total.resumes += counts.resumes;
                total.gaps += counts.gaps;
            }
            Ok(Err(wrong)) => failures.push(format!("seed {seed}:\n  {wrong}")),
            Err(_) => failures.push(format!("seed {seed} panicked")),
        }
    }
    let shown = failures
        .iter()
        .take(5)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        failures.is_empty(),
        "{} of {seeds} seeds failed (FARC_SESSION_SEED=N tells more):\n{shown}",
        failures.len()
    );
    let Counts {
        replayed,
        duplicates,
        elections,
        gaps,
        resumes,
    } = total;
    eprintln!("{seeds} seeds: {total:?}");
    assert!(
        replayed > 0 && duplicates > 0 && elections > 0 && gaps > 0 && resumes > 0,
        "{total:?}"
    );
}
