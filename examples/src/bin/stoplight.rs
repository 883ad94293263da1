//! A traffic light: red for two seconds, green for two seconds.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::process::ExitCode;
use std::time::Duration;

use farc::Daemon;
use farc::prelude::*;

#[derive(Event, Clone)]
enum StoplightEvent {
    #[event(own)]
    Tick,
}

#[derive(Default)]
struct Stoplight {
    ticks: Timer,
}

impl Actor for Stoplight {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[hsm(event = StoplightEvent, initial = red)]
impl Stoplight {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        println!("Stoplight _initial");
        self.ticks
            .arm_every(cx, Duration::from_secs(2), StoplightEvent::Tick)
            .expect("it is the only timer");
    }

    #[entry(red)]
    fn enter_red(&mut self) {
        println!("_red enter");
    }

    #[state]
    fn red(&mut self, event: &StoplightEvent) -> Next<Self> {
        match event {
            StoplightEvent::Tick => {
                println!("_red next");
                To(State::Green)
            }
        }
    }

    #[exit(red)]
    fn exit_red(&mut self) {
        println!("_red exit");
    }

    #[entry(green)]
    fn enter_green(&mut self) {
        println!("_green enter");
    }

    #[state]
    fn green(&mut self, event: &StoplightEvent) -> Next<Self> {
        match event {
            StoplightEvent::Tick => {
                println!("_green next");
                To(State::Red)
            }
        }
    }

    #[exit(green)]
    fn exit_green(&mut self) {
        println!("_green exit");
    }
}

fn main() -> ExitCode {
    let daemon = Daemon::new().actor::<Stoplight>("stoplight");
    farc_examples::main(daemon, |domain| {
        domain.spawn::<Stoplight>("stoplight", (), ActorOptions::default())?;
        Ok(())
    })
}
