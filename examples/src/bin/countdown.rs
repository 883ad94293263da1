//! Counts down from ten, once a second, and ends.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::process::ExitCode;
use std::time::Duration;

use farc::Daemon;
use farc::prelude::*;
use serde::Deserialize;

#[derive(Event)]
enum CountdownEvent {
    #[event(own)]
    Tick,
    #[event(own)]
    Done,
}

#[derive(Isolated, Deserialize, Clone)]
struct Countdown {
    count: u32,
}

impl Actor for Countdown {
    type Args = Self;

    fn new(countdown: Self, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(countdown)
    }
}

#[hsm(event = CountdownEvent, initial = counting)]
impl Countdown {
    #[start]
    fn begin(&mut self) {
        println!("_initial");
    }

    #[entry(counting)]
    fn first(&mut self, cx: &mut Context<Self>) {
        println!("_counting");
        tick(cx);
    }

    #[state]
    fn counting(&mut self, event: &CountdownEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            CountdownEvent::Tick => {
                println!("{}", self.count);
                if self.count == 0 {
                    To(State::Exiting)
                } else {
                    self.count -= 1;
                    tick(cx);
                    Handled
                }
            }
            CountdownEvent::Done => Super,
        }
    }

    #[entry(exiting)]
    fn last(&mut self, cx: &mut Context<Self>) {
        println!("_exiting");
        cx.post_self(CountdownEvent::Done)
            .expect("nothing else is in the mailbox");
    }

    #[state]
    fn exiting(&mut self, event: &CountdownEvent) -> Next<Self> {
        match event {
            CountdownEvent::Done => Stop,
            CountdownEvent::Tick => Super,
        }
    }
}

fn tick(cx: &mut Context<'_, Countdown>) {
    cx.after(Duration::from_secs(1), CountdownEvent::Tick)
        .expect("one timer at a time, and it dies with the state");
}

fn main() -> ExitCode {
    let daemon = Daemon::new().actor::<Countdown>("countdown");
    farc_examples::main(daemon, |domain| {
        let ten = Countdown { count: 10 };
        domain.spawn::<Countdown>("countdown", ten, ActorOptions::default())?;
        Ok(())
    })
}
