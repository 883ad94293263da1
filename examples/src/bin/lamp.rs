//! A lamp that blinks: the first actor of the README, and a whole daemon around it.

use std::process::ExitCode;
use std::time::Duration;

use farc::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("lamp.light")]
struct Light {
    on: bool,
}

#[derive(Event)]
enum LampEvent {
    #[event(local)]
    Timeout,
}

#[derive(Isolated, Serialize, Deserialize, Clone)]
struct Lamp {
    period: Duration,
}

impl Actor for Lamp {
    type Args = Self;

    fn new(lamp: Self, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(lamp)
    }
}

#[hsm(event = LampEvent, initial = off)]
impl Lamp {
    #[state]
    fn off(&mut self, event: &LampEvent) -> Next<Self> {
        match event {
            LampEvent::Timeout => To(State::On),
        }
    }

    #[entry(off)]
    fn darken(&mut self, cx: &mut Context<Self>) {
        self.show(false, cx);
    }

    #[state]
    fn on(&mut self, event: &LampEvent) -> Next<Self> {
        match event {
            LampEvent::Timeout => To(State::Off),
        }
    }

    #[entry(on)]
    fn shine(&mut self, cx: &mut Context<Self>) {
        self.show(true, cx);
    }
}

impl Lamp {
    fn show(&self, on: bool, cx: &mut Context<'_, Self>) {
        tracing::info!(on, "lamp");
        cx.publish(Light { on });
        cx.after(self.period, LampEvent::Timeout)
            .expect("one timer at a time, and it dies with the state");
    }
}

fn main() -> ExitCode {
    farc::Daemon::new().actor::<Lamp>("lamp").main()
}
