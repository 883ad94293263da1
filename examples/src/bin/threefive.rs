//! Two actors with a clock each: one ticks every three seconds, the other every five. When both are due, the more urgent one comes first.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::process::ExitCode;
use std::time::Duration;

use farc::Daemon;
use farc::prelude::*;

#[derive(Event, Clone)]
enum Beat {
    #[event(own)]
    Tick,
}

#[derive(Default)]
struct Three {
    ticks: Timer,
}

impl Actor for Three {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[hsm(event = Beat, initial = running)]
impl Three {
    #[start]
    fn begin(&mut self) {
        println!("Three _initial");
    }

    #[entry(running)]
    fn wind_up(&mut self, cx: &mut Context<Self>) {
        println!("three enter");
        self.ticks
            .arm_every(cx, Duration::from_secs(3), Beat::Tick)
            .expect("it is the only timer");
    }

    #[state]
    fn running(&mut self, event: &Beat) -> Next<Self> {
        match event {
            Beat::Tick => {
                println!("three tick");
                Handled
            }
        }
    }

    #[exit(running)]
    fn run_down(&mut self, cx: &mut Context<Self>) {
        println!("three exit");
        self.ticks.disarm(cx);
    }
}

#[derive(Default)]
struct Five {
    ticks: Timer,
}

impl Actor for Five {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[hsm(event = Beat, initial = running)]
impl Five {
    #[start]
    fn begin(&mut self) {
        println!("Five _initial");
    }

    #[entry(running)]
    fn wind_up(&mut self, cx: &mut Context<Self>) {
        println!("five enter");
        self.ticks
            .arm_every(cx, Duration::from_secs(5), Beat::Tick)
            .expect("it is the only timer");
    }

    #[state]
    fn running(&mut self, event: &Beat) -> Next<Self> {
        match event {
            Beat::Tick => {
                println!("five tick");
                Handled
            }
        }
    }

    #[exit(running)]
    fn run_down(&mut self, cx: &mut Context<Self>) {
        println!("five exit");
        self.ticks.disarm(cx);
    }
}

fn main() -> ExitCode {
    let daemon = Daemon::new().actor::<Three>("three").actor::<Five>("five");
    farc_examples::main(daemon, |domain| {
        let options = |priority| ActorOptions {
            priority,
            ..ActorOptions::default()
        };
        domain.spawn::<Three>("three", (), options(60))?;
        domain.spawn::<Five>("five", (), options(58))?;
        Ok(())
    })
}
