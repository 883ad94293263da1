//! A thermostat: the first actor of the README, and a whole daemon around it.
//!
//! Run two of them by hand, as `examples/config/a.toml` says.

use std::process::ExitCode;
use std::time::Duration;

use farc::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("home.temperature")]
struct Temperature {
    celsius: f32,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("home.heater")]
struct Heater {
    on: bool,
}

#[derive(Event, Debug)]
enum ThermostatEvent {
    Temperature(Temperature),
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
struct Wanted {
    celsius: f32,
}

struct Thermostat {
    wanted: f32,
}

impl Actor for Thermostat {
    type Args = Wanted;

    fn new(args: Wanted, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            wanted: args.celsius,
        })
    }
}

#[hsm(event = ThermostatEvent, initial = idle, subscribe = [Temperature])]
impl Thermostat {
    #[entry(idle)]
    fn switch_off(&mut self, cx: &mut Context<Self>) {
        cx.publish(Heater { on: false });
    }

    #[state]
    fn idle(&mut self, event: &ThermostatEvent) -> Next<Self> {
        match event {
            ThermostatEvent::Temperature(now) if now.celsius < self.wanted - 0.5 => {
                To(State::Heating)
            }
            _ => Super,
        }
    }

    #[entry(heating)]
    fn switch_on(&mut self, cx: &mut Context<Self>) {
        cx.publish(Heater { on: true });
    }

    #[state]
    fn heating(&mut self, event: &ThermostatEvent) -> Next<Self> {
        match event {
            ThermostatEvent::Temperature(now) if now.celsius > self.wanted => To(State::Idle),
            _ => Super,
        }
    }
}

/// The room: it cools down, unless the heater is on, and says how warm it is.
struct Room {
    celsius: f32,
    heated: bool,
    every: Duration,
}

#[derive(Event, Debug)]
enum RoomEvent {
    Heater(Heater),
    #[event(local)]
    Tick,
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
struct RoomArgs {
    celsius: f32,
    every: Duration,
}

impl Actor for Room {
    type Args = RoomArgs;

    fn new(args: RoomArgs, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            celsius: args.celsius,
            heated: false,
            every: args.every,
        })
    }
}

#[hsm(event = RoomEvent, initial = measuring, subscribe = [Heater])]
impl Room {
    #[entry(measuring)]
    fn measure(&mut self, cx: &mut Context<Self>) {
        self.celsius += if self.heated { 0.3 } else { -0.2 };
        tracing::info!(celsius = self.celsius, heated = self.heated, "measured");
        cx.publish(Temperature {
            celsius: self.celsius,
        });
        cx.after(self.every, RoomEvent::Tick)
            .expect("one timer at a time, and it dies with the state");
    }

    #[state]
    fn measuring(&mut self, event: &RoomEvent) -> Next<Self> {
        match event {
            RoomEvent::Tick => Reenter(State::Measuring),
            RoomEvent::Heater(heater) => {
                self.heated = heater.on;
                Handled
            }
        }
    }
}

fn main() -> ExitCode {
    farc::Daemon::new()
        .actor::<Thermostat>("thermostat")
        .actor::<Room>("room")
        .main()
}
