//! The dining philosophers (Samek, *Practical UML Statecharts in C/C++*, 2nd edition, chapter 9.2): the table hands out forks two at a time,
//! so nobody ever holds one and waits for the other.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::process::ExitCode;
use std::time::Duration;

use farc::Daemon;
use farc::prelude::*;
use serde::{Deserialize, Serialize};

const PHILOSOPHERS: u8 = 10;

fn left(seat: u8) -> u8 {
    (seat + 1) % PHILOSOPHERS
}

fn right(seat: u8) -> u8 {
    (seat + PHILOSOPHERS - 1) % PHILOSOPHERS
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("dpp.hungry")]
struct Hungry {
    seat: u8,
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("dpp.eat")]
struct Eat {
    seat: u8,
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("dpp.done")]
struct Done {
    seat: u8,
}

#[derive(Event)]
enum TableEvent {
    Hungry(Hungry),
    Done(Done),
}

/// Between two philosophers lies one fork: seat `n` takes forks `n` and `left(n)`.
#[derive(Default)]
struct Table {
    holders: [Option<u8>; PHILOSOPHERS as usize],
    hungry: [bool; PHILOSOPHERS as usize],
}

impl Actor for Table {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[hsm(event = TableEvent, initial = serving, subscribe = [Hungry, Done])]
impl Table {
    #[state]
    fn serving(&mut self, event: &TableEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            TableEvent::Hungry(Hungry { seat }) => {
                println!("{seat} hungry");
                self.hungry[usize::from(*seat)] = true;
                self.serve(*seat, cx);
                Handled
            }
            TableEvent::Done(Done { seat }) => {
                println!("{seat} thinking");
                self.holder(*seat).take();
                self.holder(left(*seat)).take();
                self.serve(right(*seat), cx);
                self.serve(left(*seat), cx);
                Handled
            }
        }
    }

    #[invariant]
    fn who_holds_one_fork_holds_both(&self) -> bool {
        let holds = |seat: u8, fork: u8| self.holders[usize::from(fork)] == Some(seat);
        (0..PHILOSOPHERS).all(|seat| holds(seat, seat) == holds(seat, left(seat)))
    }
}

impl Table {
    fn holder(&mut self, fork: u8) -> &mut Option<u8> {
        &mut self.holders[usize::from(fork)]
    }

    /// Lets a philosopher eat who wants to and can.
    fn serve(&mut self, seat: u8, cx: &mut Context<'_, Self>) {
        let free = self.holder(seat).is_none() && self.holder(left(seat)).is_none();
        if free && self.hungry[usize::from(seat)] {
            self.hungry[usize::from(seat)] = false;
            *self.holder(seat) = Some(seat);
            *self.holder(left(seat)) = Some(seat);
            cx.publish(Eat { seat });
            println!("{seat} eating");
        }
    }
}

#[derive(Event)]
enum PhilosopherEvent {
    Eat(Eat),
    #[event(own)]
    Timeout,
}

#[derive(Isolated, Deserialize, Clone)]
struct Philosopher {
    seat: u8,
}

impl Actor for Philosopher {
    type Args = Self;

    fn new(philosopher: Self, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(philosopher)
    }
}

#[hsm(event = PhilosopherEvent, initial = thinking, subscribe = [Eat])]
impl Philosopher {
    #[entry(thinking)]
    fn think(&mut self, cx: &mut Context<Self>) {
        a_while(cx);
    }

    #[state]
    fn thinking(&mut self, event: &PhilosopherEvent) -> Next<Self> {
        match event {
            PhilosopherEvent::Timeout => To(State::Hungry),
            PhilosopherEvent::Eat(_) => Super,
        }
    }

    #[entry(hungry)]
    fn ask(&mut self, cx: &mut Context<Self>) {
        cx.publish(Hungry { seat: self.seat });
    }

    #[state]
    fn hungry(&mut self, event: &PhilosopherEvent) -> Next<Self> {
        match event {
            PhilosopherEvent::Eat(eat) if eat.seat == self.seat => To(State::Eating),
            _ => Super,
        }
    }

    #[entry(eating)]
    fn eat(&mut self, cx: &mut Context<Self>) {
        a_while(cx);
    }

    #[state]
    fn eating(&mut self, event: &PhilosopherEvent) -> Next<Self> {
        match event {
            PhilosopherEvent::Timeout => To(State::Thinking),
            PhilosopherEvent::Eat(_) => Super,
        }
    }

    #[exit(eating)]
    fn leave(&mut self, cx: &mut Context<Self>) {
        cx.publish(Done { seat: self.seat });
    }
}

/// One to eight seconds.
fn a_while(cx: &mut Context<'_, Philosopher>) {
    let seconds = 1 + cx.random() % 8;
    cx.after(Duration::from_secs(seconds), PhilosopherEvent::Timeout)
        .expect("one timer at a time, and it dies with the state");
}

fn main() -> ExitCode {
    let daemon = Daemon::new()
        .actor::<Table>("table")
        .actor::<Philosopher>("philosopher");
    farc_examples::main(daemon, |domain| {
        let options = |priority| ActorOptions {
            priority,
            ..ActorOptions::default()
        };
        domain.spawn::<Table>("table", (), options(63))?;
        for seat in 0..PHILOSOPHERS {
            let name = format!("philosopher-{seat}");
            domain.spawn::<Philosopher>(&name, Philosopher { seat }, options(62 - seat))?;
        }
        Ok(())
    })
}
