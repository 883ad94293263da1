//! Counts milliseconds, and says every second how many they were: how much of a processor does a period of a millisecond cost?
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::process::ExitCode;
use std::time::Duration;

use farc::Daemon;
use farc::prelude::*;

#[derive(Event, Clone)]
enum MississippiEvent {
    #[event(own)]
    Count,
    #[event(own)]
    Print,
}

#[derive(Default)]
struct Mississippi {
    count: u64,
    counts: Timer,
    prints: Timer,
}

impl Actor for Mississippi {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[hsm(event = MississippiEvent, initial = counting)]
impl Mississippi {
    #[start]
    fn begin(&mut self) {
        println!("_initial");
    }

    #[entry(counting)]
    fn enter_counting(&mut self, cx: &mut Context<Self>) {
        println!("_counting enter");
        let millisecond = Duration::from_millis(1);
        self.counts
            .arm_every(cx, millisecond, MississippiEvent::Count)
            .expect("there are two timers");
        self.prints
            .arm_every(cx, 1000 * millisecond, MississippiEvent::Print)
            .expect("there are two timers");
    }

    #[state]
    fn counting(&mut self, event: &MississippiEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            MississippiEvent::Count => {
                self.count += 1;
                Handled
            }
            MississippiEvent::Print => {
                // A busy machine may wake us late: the periods without an event of their own count too.
                println!("{} millis", self.count + self.counts.periods_missed(cx));
                Handled
            }
        }
    }
}

fn main() -> ExitCode {
    let daemon = Daemon::new().actor::<Mississippi>("mississippi");
    farc_examples::main(daemon, |domain| {
        println!("Check to see how much CPU% a simple 1ms periodic function uses.");
        domain.spawn::<Mississippi>("mississippi", (), ActorOptions::default())?;
        Ok(())
    })
}
