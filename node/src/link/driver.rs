//! One peer: its session, its connections, its calls, and the bus.
//!
//! A driver is one task with one loop and no logic of its own: what was read goes to the session, what the session says is done, what it has goes to quinn. A wake-up,
//! from wherever it comes, handles all that has queued up meanwhile, on both sides.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use farc_protocol::close::CloseCode;
use farc_protocol::life::{Life, NodeId};
use farc_protocol::limits;
use farc_protocol::session::{self, ConnectionId, DownReason, Event, LinkState, Role, Session};
use quinn::ConnectionError;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, spawn_local};

use super::connection::{Broken, Connection, close};
use super::dial::{Dialer, STABLE, Target};
use super::endpoint::{Parts, verified};
use super::exchange::Exchange;
use super::failure::{Failure, Side, failure, is_refusal};
use super::identity::dns_name;
use super::random::Random;
use super::socket::Network;
use super::tls::Tls;
use super::{LinkError, Peer, PeerState, PeerStatus, Settings};
use crate::Clock;
use crate::bus::Bus;
use crate::observe::Observer;

mod news;
mod timer;

use news::{News, describe};
use timer::Timer;

/// Connections of one peer that may stand at the same time: the session's two, and one that is being replaced.
const MOST_CONNECTIONS: usize = limits::CONNECTIONS + 1;
/// Passes over session and streams in one turn of this task. Each pass moves all there is; the next one only serves what the last one caused.
const PASSES: usize = 4;

/// So many lines about complaints of a peer go into the log in this time: enough to see what is wrong, and the peer cannot fill a disk with it.
const MOST_COMPLAINTS: u32 = 20;
const COMPLAINTS: Duration = Duration::from_secs(10);

/// What others hold of a driver.
pub(super) struct Handle {
    driver: Arc<Mutex<Driver>>,
}

/// Starts the driver of one peer.
pub(super) fn start(
    settings: &Settings,
    peer: &Peer,
    parts: &Parts,
    bus: &Arc<Bus>,
    network: &Arc<dyn Network>,
    clock: &Arc<dyn Clock>,
    changed: &Arc<Notify>,
) -> Result<(Handle, AbortHandle), LinkError> {
    let target = Target {
        peer: peer.name.clone(),
        address: peer.address.clone(),
        dns_name: dns_name(&peer.name, &settings.cluster),
        config: parts.client(&peer.name)?,
        endpoint: parts.endpoint.clone(),
        network: Arc::clone(network),
    };
    let mut random = Random::fork(&settings.seed, peer.name.as_ref());
    let session = Session::new(session::Settings {
        cluster: settings.cluster.clone(),
        name: settings.name.clone(),
        id: settings.identity.node_id()?,
        life: settings.life,
        peer: peer.name.clone(),
        limits: settings.limits.clone(),
        seed: random.u64(),
    });
    let driver = Arc::new(Mutex::new(Driver {
        peer: peer.clone(),
        tls: Arc::clone(&parts.tls),
        clock: Arc::clone(clock),
        session,
        exchange: Exchange::new(Arc::clone(bus), bus.add_peer(&peer.name)),
        connections: Vec::new(),
        next_connection: 0,
        dialer: Dialer::new(target, random),
        timer: Timer::default(),
        waker: Waker::noop().clone(),
        ready: false,
        left: false,
        leaving: false,
        last_failure: None,
        said: None,
        complained: None,
        shown: PeerState::Connecting,
        unsettled: false,
        news: Vec::new(),
    }));
    let task = run(
        Arc::clone(&driver),
        settings.observer.clone(),
        Arc::clone(clock),
        Arc::clone(changed),
    );
    Ok((Handle { driver }, spawn_local(task).abort_handle()))
}

async fn run(
    driver: Arc<Mutex<Driver>>,
    observer: Option<Arc<dyn Observer>>,
    clock: Arc<dyn Clock>,
    changed: Arc<Notify>,
) {
    let mut news = Vec::new();
    std::future::poll_fn(|cx| {
        {
            let mut driver = lock(&driver);
            driver.poll(cx);
            std::mem::swap(&mut news, &mut driver.news);
        }
        // Outside of the lock: whoever hears the news may ask for the status.
        for item in news.drain(..) {
            item.tell(observer.as_deref(), clock.now());
            changed.notify_waiters();
        }
        Poll::<()>::Pending
    })
    .await;
}

fn lock(driver: &Mutex<Driver>) -> MutexGuard<'_, Driver> {
    driver.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Handle {
    /// A connection came in whose certificate names this peer.
    pub(super) fn arrived(&self, connection: quinn::Connection, id: NodeId) {
        let mut driver = lock(&self.driver);
        let now = driver.clock.now();
        driver.connect(now, Role::Acceptor, connection, id);
        driver.waker.wake_by_ref();
    }

    /// Says GOAWAY: the peer brings nothing new from now on.
    pub(super) fn go_away(&self, deadline: Instant) {
        let mut driver = lock(&self.driver);
        let now = driver.clock.now();
        driver.leaving = true;
        driver.session.go_away(now, deadline);
        driver.waker.wake_by_ref();
    }

    /// Nothing more comes: the link ends when the peer has acknowledged everything.
    pub(super) fn leave(&self, deadline: Instant) {
        let mut driver = lock(&self.driver);
        let now = driver.clock.now();
        driver.leaving = true;
        // What the actors have published last is with the bus still; a session that knew nothing of it would be done.
        driver.exchange(now);
        driver.session.leave(now, deadline);
        driver.waker.wake_by_ref();
    }

    /// Wants a new connection in place of the one that carries the link; false if there is none.
    pub(super) fn renew(&self) -> bool {
        let mut driver = lock(&self.driver);
        let renewing = driver.session.renew();
        driver.waker.wake_by_ref();
        renewing
    }

    pub(super) fn is_ready(&self) -> bool {
        lock(&self.driver).ready
    }

    pub(super) fn has_left(&self) -> bool {
        lock(&self.driver).left
    }

    pub(super) fn status(&self) -> PeerStatus {
        lock(&self.driver).status()
    }
}

struct Driver {
    peer: Peer,
    tls: Arc<Tls>,
    clock: Arc<dyn Clock>,
    session: Session,
    exchange: Exchange,
    /// By their numbers, which rise.
    connections: Vec<Standing>,
    next_connection: u64,
    dialer: Dialer,
    timer: Timer,
    waker: Waker,
    ready: bool,
    left: bool,
    /// This node is on its way out: a call that comes to nothing is no news any more.
    leaving: bool,
    /// Why the last connection ended or was not made, for `status`.
    last_failure: Option<Failure>,
    /// What was said of it since the link was last up.
    said: Option<String>,
    /// Since when the peer's complaints are counted, and how many came.
    complained: Option<(Instant, u32)>,
    /// The state that was last told.
    shown: PeerState,
    /// Something happened that may have changed the state since.
    unsettled: bool,
    news: Vec<News>,
}

struct Standing {
    connection: Connection,
    since: Instant,
    /// It stood when both sides knew each other's interest.
    used: bool,
}

impl Driver {
    fn poll(&mut self, cx: &mut Context<'_>) {
        if !self.waker.will_wake(cx.waker()) {
            self.waker = cx.waker().clone();
            self.exchange.set_waker(cx.waker());
        }
        let now = self.clock.now();
        let mut unfinished = self.poll_call(cx, now);
        unfinished |= self.poll_read(cx, now);
        for pass in 1..=PASSES {
            let moved = self.exchange(now) | self.poll_write(cx, now);
            if !moved {
                break;
            }
            unfinished |= pass == PASSES;
        }
        self.call(cx, now);
        unfinished |= self.tell(now);
        unfinished |= self.poll_timer(cx, now);
        if unfinished {
            cx.waker().wake_by_ref();
        }
    }

    /// Takes the outcome of a call; true when there was one.
    fn poll_call(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Poll::Ready(call) = self.dialer.poll(cx) else {
            return false;
        };
        match call {
            Ok(connection) => match verified(&self.tls, &connection, Some(&self.peer.name)) {
                Some(Ok(node)) => self.connect(now, Role::Dialer, connection, node.id),
                // The handshake has checked both already; if it ever did not, the door stays shut.
                Some(Err(_)) | None => {
                    close(
                        &connection,
                        CloseCode::Identity,
                        "the certificate is not of the peer that was called",
                    );
                    self.call_failed(
                        now,
                        Failure::refusal(format!(
                            "{} showed another certificate than in its handshake",
                            connection.remote_address()
                        )),
                    );
                }
            },
            Err(failure) => self.call_failed(now, failure),
        }
        true
    }

    fn call_failed(&mut self, now: Instant, failure: Failure) {
        self.session.dialled(now);
        self.dialer.back_off(now, failure.silent);
        self.failed(failure);
    }

    fn connect(&mut self, now: Instant, role: Role, quinn: quinn::Connection, id: NodeId) {
        if self.connections.len() >= MOST_CONNECTIONS {
            close(
                &quinn,
                CloseCode::Limit,
                "too many connections of one node at a time",
            );
            return;
        }
        let number = ConnectionId(self.next_connection);
        self.next_connection += 1;
        self.connections.push(Standing {
            connection: Connection::new(number, role, quinn),
            since: now,
            used: false,
        });
        self.session.connected(now, number, role, id);
    }

    /// Gives the session what has arrived, and forgets connections that have ended; true when a stream had more than its turn.
    fn poll_read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut unfinished = false;
        let mut last = None;
        while let Some(index) = self.next_after(last) {
            let Self {
                session,
                connections,
                ..
            } = self;
            let standing = &mut connections[index];
            let id = standing.connection.id;
            last = Some(id);
            let quiet_until = session.read_control_after(id);
            let read = standing.connection.poll_read(
                cx,
                quiet_until.is_none_or(|until| until <= now),
                |stream, bytes| {
                    session.handle_bytes(now, id, stream, bytes);
                },
            );
            // What was read counts, even if it was the last that came.
            let end = match read {
                Ok(more) => {
                    unfinished |= more;
                    match standing.connection.poll_closed(cx) {
                        Poll::Ready(error) => Some(Broken::Lost(error)),
                        Poll::Pending => None,
                    }
                }
                Err(broken) => Some(broken),
            };
            // Before the end is reported, and before the next connection may bring as much again.
            self.exchange(now);
            // By now the session may have closed this one, or another.
            if let (Some(broken), Some(index)) = (end, self.position(id)) {
                self.disconnect(now, index, &broken);
            }
        }
        unfinished
    }

    /// The connection after `last`, by their numbers, which rise: what is removed meanwhile moves nothing past the walk.
    fn next_after(&self, last: Option<ConnectionId>) -> Option<usize> {
        self.connections
            .iter()
            .position(|standing| Some(standing.connection.id) > last)
    }

    fn position(&self, id: ConnectionId) -> Option<usize> {
        self.connections
            .iter()
            .position(|standing| standing.connection.id == id)
    }

    /// Lets quinn have what the session gives; true when it gave anything, or lost a connection over it.
    fn poll_write(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut moved = false;
        let mut last = None;
        while let Some(index) = self.next_after(last) {
            let Self {
                session,
                connections,
                ..
            } = self;
            let standing = &mut connections[index];
            let id = standing.connection.id;
            last = Some(id);
            let written = standing.connection.poll_write(cx, |channel| {
                let bytes = session.poll_transmit(now, id, channel);
                moved |= bytes.is_some();
                bytes
            });
            if let Err(broken) = written {
                self.disconnect(now, index, &broken);
                moved = true;
            }
        }
        self.exchange.release(&mut self.session);
        moved
    }

    /// Moves everything between session and bus, and does what the session says; true when there was anything.
    fn exchange(&mut self, now: Instant) -> bool {
        if self.session.poll_timeout().is_some_and(|at| at <= now) {
            self.session.handle_timeout(now);
        }
        let mut moved = self.exchange.take_from_bus(now, &mut self.session);
        while let Some(event) = self.session.poll_event() {
            moved = true;
            self.on_event(now, event);
        }
        self.exchange.release(&mut self.session);
        moved
    }

    fn on_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Close { conn, code, reason } => self.close(now, conn, code, &reason),
            Event::Up { life, resumed } => {
                self.said = None;
                self.exchange.peer_is_up(life, resumed);
                self.change(PeerState::Up, Some(life), resumed, "");
            }
            Event::Down {
                life,
                reason,
                accepted,
            } => {
                self.ready = false;
                self.exchange.peer_is_down(life, reason);
                tracing::debug!(peer = %self.peer.name, %life, ?accepted, "last accepted sequence numbers");
                // The session may be up already with the next life; this is about the one that was.
                let to = match self.state(&self.session.stats()) {
                    PeerState::Refused => PeerState::Refused,
                    PeerState::Draining => PeerState::Draining,
                    PeerState::Connecting | PeerState::Up | PeerState::Down => PeerState::Down,
                };
                let why = match (&self.last_failure, reason) {
                    (Some(failure), DownReason::Unreachable) => failure.text.clone(),
                    (_, reason) => describe(reason).to_owned(),
                };
                self.change(to, Some(life), false, &why);
                self.unsettled = false;
            }
            Event::Ready => {
                self.ready = true;
                for standing in &mut self.connections {
                    standing.used = true;
                }
                self.news.push(News::Detail);
                tracing::debug!(peer = %self.peer.name, "interest exchanged");
            }
            Event::Draining => self.change(PeerState::Draining, None, false, "the peer is leaving"),
            Event::Drained => {
                self.left = true;
                self.news.push(News::Detail);
            }
            Event::Refused { what, code } => {
                if self.is_worth_a_line(now) {
                    tracing::warn!(peer = %self.peer.name, "the peer does not take {what:?} from us: {code:?}");
                }
            }
            Event::PeerError { code, text } => {
                if self.is_worth_a_line(now) {
                    tracing::warn!(peer = %self.peer.name, code, "the peer reports: {text}");
                }
            }
            event @ (Event::Interest { .. }
            | Event::Defined { .. }
            | Event::ActorDefined { .. }
            | Event::Messages { .. }
            | Event::Gap { .. }
            | Event::Loss { .. }) => self.exchange.on_event(now, &mut self.session, event),
        }
    }
}

impl Driver {
    /// Whether what the peer says is logged: a few lines at a time. It decides how often it complains, not what our log holds.
    fn is_worth_a_line(&mut self, now: Instant) -> bool {
        if self
            .complained
            .is_none_or(|(since, _)| now.saturating_duration_since(since) >= COMPLAINTS)
        {
            self.complained = Some((now, 0));
        }
        let Some((_, lines)) = &mut self.complained else {
            return false;
        };
        *lines += 1;
        *lines <= MOST_COMPLAINTS
    }

    /// The session wants a connection closed.
    fn close(&mut self, now: Instant, conn: ConnectionId, code: CloseCode, reason: &str) {
        let Some(index) = self.position(conn) else {
            return;
        };
        let standing = self.connections.remove(index);
        standing.connection.close(code, reason);
        self.session.disconnected(now, conn, None);
        // One of two was chosen, or the leaving is complete.
        let is_in_order = matches!(
            code,
            CloseCode::Duplicate | CloseCode::GoingAway | CloseCode::None
        );
        // What a life that is over has left behind ends with it. One that calls once more never gets as far as being used.
        let is_left_behind = code == CloseCode::Superseded && standing.used;
        if !is_in_order && !is_left_behind {
            let address = standing.connection.address;
            let text = format!(
                "we closed the connection with `{}` at {address} with {code}: {reason}",
                self.peer.name
            );
            self.ended(
                now,
                &standing,
                Failure {
                    text,
                    refused: is_refusal(code),
                    silent: false,
                },
            );
        }
    }

    /// A connection has ended, or was misused.
    fn disconnect(&mut self, now: Instant, index: usize, broken: &Broken) {
        let standing = self.connections.remove(index);
        let Standing { connection, .. } = &standing;
        match broken {
            Broken::Lost(error) => {
                let code = match error {
                    ConnectionError::ApplicationClosed(close) => {
                        Some(close.error_code.into_inner())
                    }
                    ConnectionError::VersionMismatch
                    | ConnectionError::TransportError(_)
                    | ConnectionError::ConnectionClosed(_)
                    | ConnectionError::Reset
                    | ConnectionError::TimedOut
                    | ConnectionError::LocallyClosed
                    | ConnectionError::CidsExhausted => None,
                };
                self.session.disconnected(now, connection.id, code);
                if code == Some(u64::from(CloseCode::Duplicate.code())) {
                    // Another one was chosen. Where there is none, a call without a pause would only meet the same answer again.
                    if self.connections.is_empty() {
                        self.dialer.back_off(now, false);
                    }
                } else {
                    let failure = failure(
                        error,
                        Side::Connected,
                        Some(&self.peer.name),
                        connection.address,
                    );
                    self.ended(now, &standing, failure);
                }
            }
            Broken::Misused(what) => {
                connection.close(CloseCode::Protocol, what);
                self.session.disconnected(now, connection.id, None);
                let text = format!(
                    "we closed the connection with `{}` at {}: it {what}",
                    self.peer.name, connection.address
                );
                self.ended(now, &standing, Failure::refusal(text));
            }
        }
    }

    /// A connection ended for a reason that matters: the next call waits, less so if this one had been good.
    fn ended(&mut self, now: Instant, standing: &Standing, failure: Failure) {
        if standing.used && now.saturating_duration_since(standing.since) >= STABLE {
            self.dialer.forgive();
        }
        self.dialer.back_off(now, failure.silent);
        self.failed(failure);
    }

    /// Remembers why, to say so once for each new reason.
    fn failed(&mut self, failure: Failure) {
        if self.said.as_ref() == Some(&failure.text) {
            return;
        }
        self.said = Some(failure.text.clone());
        self.last_failure = Some(failure);
        self.unsettled = !self.leaving;
    }

    /// Tells of a failure, or of the state that came about by it without an event of the session: a refusal, a quarantine. True when there were
    /// events.
    fn tell(&mut self, now: Instant) -> bool {
        // The session is ahead of its events: a change that they bring is told by them, with its life.
        let mut moved = false;
        while let Some(event) = self.session.poll_event() {
            moved = true;
            self.on_event(now, event);
        }
        if std::mem::take(&mut self.unsettled) {
            let state = self.state(&self.session.stats());
            let reason = self
                .last_failure
                .as_ref()
                .map_or_else(String::new, |failure| failure.text.clone());
            if state == self.shown {
                self.news.push(News::Detail);
                // While the link is up, either another connection carries on or the loss will be told together with this reason.
                if !matches!(state, PeerState::Up | PeerState::Draining) {
                    tracing::warn!(peer = %self.peer.name, "not linked: {reason}");
                }
            } else {
                self.change(state, None, false, &reason);
            }
        }
        moved
    }

    /// The state is `to` now. That a peer which is down was restarted, too, is an event for actors and no change of the link.
    fn change(&mut self, to: PeerState, life: Option<Life>, resumed: bool, reason: &str) {
        let from = std::mem::replace(&mut self.shown, to);
        if from == to {
            tracing::debug!(peer = %self.peer.name, ?life, "still {to}: {reason}");
            self.news.push(News::Detail);
            return;
        }
        self.news.push(News::Change {
            peer: self.peer.name.clone(),
            from,
            to,
            life,
            resumed,
            reason: reason.to_owned(),
        });
    }

    /// Whether the session wants a connection, and none is there but one that is to be renewed.
    fn wants_call(&self) -> bool {
        (self.connections.is_empty() || self.session.is_renewing()) && self.session.should_dial()
    }

    /// Calls the peer when a connection is wanted.
    fn call(&mut self, cx: &mut Context<'_>, now: Instant) {
        if self.wants_call() {
            self.dialer.call_if_due(now);
        }
        // A call that was just started must be polled once to be under way.
        if self.poll_call(cx, now) {
            cx.waker().wake_by_ref();
        }
    }

    /// Ready at the next thing that only time brings; true when it is due already.
    fn poll_timer(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let session = self.session.poll_timeout();
        let call = if self.wants_call() {
            self.dialer.poll_timeout()
        } else {
            None
        };
        let read = self
            .connections
            .iter()
            .filter_map(|standing| self.session.read_control_after(standing.connection.id))
            .filter(|until| *until > now)
            .min();
        let next = [session, call, read].into_iter().flatten().min();
        self.timer.poll(cx, now, next)
    }

    fn state(&self, stats: &session::Stats) -> PeerState {
        match stats.state {
            LinkState::Up => PeerState::Up,
            LinkState::Draining => PeerState::Draining,
            LinkState::Superseded | LinkState::Quarantined => PeerState::Refused,
            LinkState::Connecting | LinkState::Down
                if self
                    .last_failure
                    .as_ref()
                    .is_some_and(|failure| failure.refused) =>
            {
                PeerState::Refused
            }
            LinkState::Connecting => PeerState::Connecting,
            LinkState::Down => PeerState::Down,
        }
    }

    fn status(&self) -> PeerStatus {
        let stats = self.session.stats();
        let best = self
            .connections
            .iter()
            .max_by_key(|standing| (standing.used, standing.connection.id));
        PeerStatus {
            name: self.peer.name.clone(),
            state: self.state(&stats),
            address: best.map_or_else(
                || self.peer.address.clone(),
                |standing| standing.connection.address.to_string(),
            ),
            life: stats.peer_life,
            rtt: best.map(|standing| standing.connection.rtt()),
            ready: self.ready,
            last_failure: self
                .last_failure
                .as_ref()
                .map(|failure| failure.text.clone()),
            stats,
        }
    }
}
