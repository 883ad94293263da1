//! A light switch, and a finger that flicks it after two seconds. Each line of the log says when, which state, and what.
#![expect(clippy::print_stderr, reason = "the log is what it is for")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use farc::Daemon;
use farc::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("switch.flick")]
struct Flick {}

#[derive(Event)]
enum SwitchEvent {
    Flick(Flick),
}

struct OnOffSwitch {
    began: Instant,
}

impl Actor for OnOffSwitch {
    type Args = ();

    fn new((): (), start: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { began: start.now() })
    }
}

#[hsm(event = SwitchEvent, initial = off, subscribe = [Flick])]
impl OnOffSwitch {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        log(self.began, cx.now(), "_initial() - OnOffSwitch _initial");
    }

    #[entry(off)]
    fn enter_off(&mut self, cx: &mut Context<Self>) {
        log(self.began, cx.now(), "off() - <off> enter");
    }

    #[state]
    fn off(&mut self, event: &SwitchEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            SwitchEvent::Flick(_) => {
                log(self.began, cx.now(), "off() - <off> flick");
                To(State::On)
            }
        }
    }

    #[exit(off)]
    fn exit_off(&mut self, cx: &mut Context<Self>) {
        log(self.began, cx.now(), "off() - <off> exit");
    }

    #[entry(on)]
    fn enter_on(&mut self, cx: &mut Context<Self>) {
        log(self.began, cx.now(), "on() - <on> enter - turn light on");
    }

    #[state]
    fn on(&mut self, event: &SwitchEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            SwitchEvent::Flick(_) => {
                log(self.began, cx.now(), "on() - <on> flick");
                To(State::Off)
            }
        }
    }

    #[exit(on)]
    fn exit_on(&mut self, cx: &mut Context<Self>) {
        log(self.began, cx.now(), "on() - <on> exit - turn light off");
    }
}

#[derive(Event)]
enum FingerEvent {
    #[event(own)]
    Now,
}

/// It ends when it has flicked the switch.
struct Finger {
    began: Instant,
}

impl Actor for Finger {
    type Args = ();

    fn new((): (), start: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { began: start.now() })
    }
}

#[hsm(event = FingerEvent, initial = waiting)]
impl Finger {
    #[entry(waiting)]
    fn wait(&mut self, cx: &mut Context<Self>) {
        cx.after(Duration::from_secs(2), FingerEvent::Now)
            .expect("it is the only timer");
    }

    #[state]
    fn waiting(&mut self, event: &FingerEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            FingerEvent::Now => {
                log(self.began, cx.now(), "postFlickEvent() - post FLICK event");
                cx.publish(Flick {});
                Stop
            }
        }
    }
}

fn log(began: Instant, now: Instant, what: &str) {
    eprintln!("[{:7.3}] {what}", (now - began).as_secs_f64());
}

fn main() -> ExitCode {
    let daemon = Daemon::new()
        .actor::<OnOffSwitch>("switch")
        .actor::<Finger>("finger");
    farc_examples::main(daemon, |domain| {
        domain.spawn::<OnOffSwitch>("switch", (), ActorOptions::default())?;
        domain.spawn::<Finger>("finger", (), ActorOptions::default())?;
        Ok(())
    })
}
