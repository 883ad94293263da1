//! Takes a long piece of work in steps: an event to itself gives each step a turn of its own, and other actors run between two of them.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::process::ExitCode;

use farc::Daemon;
use farc::prelude::*;

#[derive(Event)]
enum IterateEvent {
    #[event(own)]
    Iterate,
    #[event(own)]
    Done,
}

struct Iterate {
    count: u32,
}

impl Actor for Iterate {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { count: 10 })
    }
}

#[hsm(event = IterateEvent, initial = iterating)]
impl Iterate {
    #[start]
    fn begin(&mut self) {
        println!("_initial");
    }

    #[entry(iterating)]
    fn first(&mut self, cx: &mut Context<Self>) {
        println!("_iterating");
        next(cx, IterateEvent::Iterate);
    }

    #[state]
    fn iterating(&mut self, event: &IterateEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            IterateEvent::Iterate => {
                println!("{}", self.count);
                if self.count == 0 {
                    To(State::Exiting)
                } else {
                    self.count -= 1;
                    next(cx, IterateEvent::Iterate);
                    Handled
                }
            }
            IterateEvent::Done => Super,
        }
    }

    #[entry(exiting)]
    fn last(&mut self, cx: &mut Context<Self>) {
        println!("_exiting");
        next(cx, IterateEvent::Done);
    }

    #[state]
    fn exiting(&mut self, event: &IterateEvent) -> Next<Self> {
        match event {
            IterateEvent::Done => Stop,
            IterateEvent::Iterate => Super,
        }
    }
}

fn next(cx: &mut Context<'_, Iterate>, event: IterateEvent) {
    cx.post_self(event).expect("nothing else is in the mailbox");
}

fn main() -> ExitCode {
    let daemon = Daemon::new().actor::<Iterate>("iterate");
    farc_examples::main(daemon, |domain| {
        domain.spawn::<Iterate>("iterate", (), ActorOptions::default())?;
        Ok(())
    })
}
