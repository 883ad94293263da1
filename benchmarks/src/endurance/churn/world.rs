//! The domain, and what happens in it round by round.

mod checks;

use std::sync::Arc;
use std::time::Duration;

use farc::prelude::*;
use farc::{Clock as _, DomainSettings, ManualClock};

use super::births::Birth;
use super::errands::{self, Errand};
use super::heap;
use super::options::Options;
use super::posters::{Outcome, Poster};
use super::random::Random;
use super::report::Sample;
use super::resident::resident;
use super::seats::{self, Seat};
use super::tasks::Tokio;
use super::worker::{Alarm, Worker, WorkerEventPosted, done};

/// How much of the actors' time a round takes.
const ROUND: Duration = Duration::from_millis(1);
/// So many births and deaths there are in a round.
const MOVES: u32 = 256;
/// So many workers are told something.
const TOLD: u32 = 384;
/// So many threads post from outside...
const POSTERS: usize = 2;
/// ...to so many each.
const FOREIGN: u32 = 96;
/// After so many rounds the population drifts to another size.
const DRIFT: u64 = 512;
/// One post in so many is for somebody who has just stopped.
const GHOSTS: u32 = 16;
/// Once in so many rounds an alarm goes to those who listen.
const ALARMS: u32 = 32;
/// After so many looks the population must have its size. A few are needed: who is drawn to be stopped may have failed, or may bear somebody.
const ATTEMPTS: u32 = 100;

/// The population is never larger.
pub(crate) fn most(actors: u64) -> u64 {
    actors + actors / 8
}

pub(crate) struct World {
    domain: Domain,
    clock: Arc<ManualClock>,
    random: Random,
    posters: Vec<Poster>,
    /// The size around which the population wanders.
    actors: u64,
    /// The size to which it is drawn just now.
    aim: u64,
    rounds: u64,
    /// Births that were decided.
    numbers: u64,
    /// Workers that came from outside.
    arrived: u64,
    /// Posts that were taken, from this thread and from others.
    posts: u64,
    refused: u64,
    foreign: Outcome,
    /// Somebody who has stopped, or is about to.
    ghost: Option<Address<Worker>>,
}

impl World {
    pub(crate) fn new(options: &Options) -> Self {
        let seats = most(options.actors) + options.actors / 4;
        seats::set_up(seats as u32, options.leak);
        let clock = Arc::new(ManualClock::new());
        let node = "endurance".parse().expect("a valid name");
        let mut domain = Domain::new(DomainSettings::alone(node, clock.clone(), [0; 32]));
        domain.set_spawner(Arc::new(Tokio::new()));
        domain.start();
        Self {
            domain,
            clock,
            random: Random::new(options.seed),
            posters: (0..POSTERS).map(|_| Poster::new()).collect(),
            actors: options.actors,
            aim: options.actors,
            rounds: 0,
            numbers: 0,
            arrived: 0,
            posts: 0,
            refused: 0,
            foreign: Outcome::default(),
            ghost: None,
        }
    }

    /// How many workers there have been.
    pub(crate) fn spawned(&self) -> u64 {
        self.arrived + done().born
    }

    /// How many of them are not there any more.
    pub(crate) fn stopped(&self) -> u64 {
        self.spawned() - seats::occupied()
    }

    /// A millisecond of the actors' time, with a population that wanders.
    pub(crate) fn round(&mut self) {
        if self.rounds.is_multiple_of(DRIFT) {
            let size = self.actors as u32;
            self.aim = u64::from(size - size / 10 + self.random.below(size / 5));
        }
        self.pass();
    }

    /// The same, on the way home: a sample of a population that has grown or shrunk just now would be one of its age.
    pub(crate) fn round_homewards(&mut self) {
        self.aim = self.actors;
        self.pass();
    }

    fn pass(&mut self) {
        self.rounds += 1;
        self.send_posters();
        for _ in 0..MOVES {
            if self.wants_birth() {
                self.have_one_born();
            } else {
                self.have_one_stop();
            }
        }
        for _ in 0..TOLD {
            self.tell_one();
        }
        if self.random.one_in(ALARMS) {
            let text = "x".repeat(self.random.below(64) as usize);
            self.domain.publish(Alarm { text });
        }
        self.clock.advance(ROUND);
        self.run();
        self.await_posters();
        self.run();
    }

    fn run(&mut self) {
        self.domain.run_until_idle(self.clock.now());
    }

    fn send_posters(&mut self) {
        for poster in &mut self.posters {
            let random = &mut self.random;
            let errands = (0..FOREIGN).filter_map(|_| {
                let to = draw(random)?;
                let what = errands::foreign(random);
                Some(Errand { to, what })
            });
            poster.send(errands);
        }
    }

    fn await_posters(&mut self) {
        for poster in &mut self.posters {
            let outcome = poster.wait();
            self.foreign.taken += outcome.taken;
            self.foreign.full += outcome.full;
            self.foreign.stopped += outcome.stopped;
        }
    }

    /// The farther the population is from its aim, the more often it is drawn there.
    fn wants_birth(&mut self) -> bool {
        let lacking = self.aim as i64 - seats::occupied() as i64;
        let inclination = lacking * 512 / (self.actors as i64 / 16);
        let chance = (512 + inclination).clamp(64, 960) as u32;
        self.random.below(1024) < chance
    }

    /// From outside, or of somebody: then it is born if that one lives long enough.
    fn have_one_born(&mut self) {
        let Some(birth) = self.birth() else { return };
        match draw(&mut self.random) {
            Some(parent) if self.random.one_in(4) => {
                self.post(&parent, WorkerEventPosted::Bear(birth));
            }
            _ => self.bear(birth),
        }
    }

    fn birth(&mut self) -> Option<Birth> {
        let seat = Seat::take()?;
        self.numbers += 1;
        Some(Birth::new(seat, self.numbers, &mut self.random))
    }

    fn bear(&mut self, birth: Birth) {
        birth.outside(&mut self.domain);
        self.arrived += 1;
    }

    /// In one of the ways there are.
    fn have_one_stop(&mut self) {
        let Some(who) = draw(&mut self.random) else {
            return;
        };
        match self.random.below(4) {
            0 => {
                self.post(&who, WorkerEventPosted::Leave);
            }
            1 => {
                self.domain.stop_actor_named(who.name());
            }
            2 => who.stop(),
            _ => {
                if let Some(other) = draw(&mut self.random) {
                    self.post(&other, WorkerEventPosted::End(who.clone()));
                }
            }
        }
        self.ghost = Some(who);
    }

    /// Now and then somebody who is not there any more.
    fn tell_one(&mut self) {
        let who = if self.random.one_in(GHOSTS) {
            self.ghost.clone()
        } else {
            draw(&mut self.random)
        };
        if let (Some(who), Some(other)) = (who, draw(&mut self.random)) {
            let what = errands::local(&mut self.random, other);
            self.post(&who, what);
        }
    }

    fn post(&mut self, to: &Address<Worker>, what: WorkerEventPosted) {
        match self.domain.post(to, what) {
            Ok(()) => self.posts += 1,
            Err(_) => self.refused += 1,
        }
    }

    /// Brings the population to exactly this size.
    pub(crate) fn populate(&mut self, size: u64) -> Result<(), String> {
        for _ in 0..ATTEMPTS {
            if seats::occupied() == size {
                return Ok(());
            }
            while seats::occupied() < size
                && let Some(birth) = self.birth()
            {
                self.bear(birth);
            }
            self.run();
            for _ in size..seats::occupied() {
                if let Some(who) = draw(&mut self.random) {
                    self.domain.stop_actor_named(who.name());
                }
            }
        }
        let occupied = seats::occupied();
        Err(format!("{occupied} workers are there instead of {size}"))
    }

    pub(crate) fn sample(&self, at: Duration) -> Sample {
        Sample {
            resident: resident(),
            heap: heap::live(),
            at,
            actors: seats::occupied(),
            rounds: self.rounds,
            spawned: self.spawned(),
            stopped: self.stopped(),
            posts: self.posts,
            foreign: self.foreign.taken,
            refused: self.refused + self.foreign.full + self.foreign.stopped,
            handled: done().handled,
            armed: self.domain.timers().armed,
        }
    }
}

/// Somebody, at random. `None` if hardly anybody is there.
fn draw(random: &mut Random) -> Option<Address<Worker>> {
    let count = seats::count();
    (0..count).find_map(|_| seats::address(random.below(count)))
}
