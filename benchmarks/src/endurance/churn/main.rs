//! Actors that come and go for minutes: does a node's memory stay as it is?
//!
//! `benchmarks/run endurance` starts this program; it has a process to itself because its allocator counts ([`heap`]). In each round, a millisecond
//! of the actors' own time, a [`World`] has some of them born, stopped, posted to from here and from other threads, subscribed, published to, armed
//! with timers and given tasks, all by a sequence of random numbers that follows from a seed. Every so often it comes to rest, the population is
//! brought to the same number, and memory is [sampled](report). In the end nobody is left, and nothing of anybody.

mod births;
mod errands;
mod heap;
mod options;
mod posters;
mod random;
mod report;
#[path = "../../resident.rs"]
mod resident;
mod seats;
mod tasks;
mod worker;
mod world;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use options::Options;
use report::{Sample, Table, Verdict};
use world::World;

/// So many samples are taken, evenly spread: the first and the last tenth of them are compared.
const SAMPLES: u32 = 100;
/// At least so far apart, so that a short run is not all samples.
const APART: Duration = Duration::from_secs(1);
/// A population is mixed when so many times its number have stopped: of the first ones hardly one in twenty is left.
const TURNOVERS: u64 = 3;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("farc-endurance: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The whole life of a domain.
fn run(options: &Options) -> Result<(), String> {
    let mut samples = Vec::with_capacity(SAMPLES as usize + 1);
    let before = heap::live();
    let mut world = World::new(options);
    let empty = warm_up(&mut world, options)?;
    churn(&mut world, options, &mut samples)?;
    let left = world.empty()?;
    let ever = world.spawned();
    drop(world);
    seats::take_down();
    let verdict = Verdict {
        samples: &samples,
        empty,
        left,
        behind: heap::live() - before,
        ever,
    };
    println!("{verdict}");
    verdict.judge()
}

/// Has everybody leave once, when the population was as large as it will ever be and all tables have their size; then lets another one become as
/// mixed as it will ever be. Returns what is allocated when nobody is there.
fn warm_up(world: &mut World, options: &Options) -> Result<i64, String> {
    world.populate(world::most(options.actors))?;
    turn_over(world, options.actors);
    let empty = world.empty()?;
    world.populate(options.actors)?;
    turn_over(world, options.actors);
    Ok(empty)
}

fn turn_over(world: &mut World, actors: u64) {
    let before = world.stopped();
    while world.stopped() < before + TURNOVERS * actors {
        world.round();
    }
}

fn churn(world: &mut World, options: &Options, samples: &mut Vec<Sample>) -> Result<(), String> {
    let count = (options.time.as_secs_f64() / APART.as_secs_f64()) as u32;
    let count = count.clamp(2, SAMPLES);
    let mut table = Table::new(count);
    let begin = Instant::now();
    for number in 0..=count {
        if number > 0 {
            let due = begin + options.time * number / count;
            let homewards = due - options.time / count / 2;
            while Instant::now() < homewards {
                world.round();
            }
            while Instant::now() < due {
                world.round_homewards();
            }
        }
        world.rest(options.actors)?;
        let sample = world.sample(begin.elapsed());
        if table.show(&sample) {
            // After the sample, since telling the books takes memory for a moment.
            world.check_books()?;
        }
        samples.push(sample);
    }
    Ok(())
}
