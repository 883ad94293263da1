//! QHsmTst: the chart that takes every kind of transition (Samek, *Practical UML Statecharts in C/C++*, 2nd edition, figure 2.11).
//!
//! `cargo run -p farc-examples --bin qhsmtst -- A B D E` prints one line for the start and one for each event: which state
//! answered, and which states were exited, entered and started. With `--graph FORMAT` it prints the chart itself, as `mermaid`, `dot`,
//! `plantuml`, `scxml` or `svg`.
//!
//! ```text
//! s   { init -> s11
//!       s1 { init -> s11   s11 }
//!       s2 { init -> s211  s21 { init -> s211  s211 } } }
//! ```
#![expect(clippy::print_stdout, reason = "the trace is what this program is for")]

use std::error::Error;
use std::io::{IsTerminal, stdout};
use std::str::FromStr;
use std::sync::Arc;

use farc::hsm::Hsm as _;
use farc::prelude::*;
use farc::{Clock, DomainSettings, SystemClock};

/// The events have no meaning but their letter.
#[derive(Event, Debug)]
enum Letter {
    #[event(local)]
    A,
    #[event(local)]
    B,
    #[event(local)]
    C,
    #[event(local)]
    D,
    #[event(local)]
    E,
    #[event(local)]
    F,
    #[event(local)]
    G,
    #[event(local)]
    H,
    #[event(local)]
    I,
}

impl FromStr for Letter {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Ok(match word {
            "A" => Self::A,
            "B" => Self::B,
            "C" => Self::C,
            "D" => Self::D,
            "E" => Self::E,
            "F" => Self::F,
            "G" => Self::G,
            "H" => Self::H,
            "I" => Self::I,
            other => {
                return Err(format!(
                    "unknown event `{other}`; the events are the letters A to I"
                ));
            }
        })
    }
}

/// The chart's one variable decides who answers `D` and `I`.
struct QHsmTst {
    foo: bool,
}

impl Actor for QHsmTst {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { foo: true })
    }
}

/// Every action says its name.
fn say(name: &str) {
    print!("{name};");
}

#[hsm(event = Letter, initial = s2)]
impl QHsmTst {
    #[start]
    fn top(&mut self) {
        say("top-INIT");
        self.foo = false;
    }

    #[state(initial = s11)]
    fn s(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::E => {
                say("s-E");
                To(State::S11)
            }
            Letter::I if self.foo => {
                say("s-I");
                self.foo = false;
                Handled
            }
            _ => Super,
        }
    }

    #[entry(s)]
    fn enter_s(&mut self) {
        say("s-ENTRY");
    }

    #[exit(s)]
    fn exit_s(&mut self) {
        say("s-EXIT");
    }

    #[init(s)]
    fn init_s(&mut self) {
        say("s-INIT");
    }

    #[state(parent = s, initial = s11)]
    fn s1(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::I => {
                say("s1-I");
                Handled
            }
            Letter::D if !self.foo => {
                say("s1-D");
                self.foo = true;
                To(State::S)
            }
            Letter::A => {
                say("s1-A");
                To(State::S1)
            }
            Letter::B => {
                say("s1-B");
                To(State::S11)
            }
            Letter::F => {
                say("s1-F");
                To(State::S211)
            }
            Letter::C => {
                say("s1-C");
                To(State::S2)
            }
            _ => Super,
        }
    }

    #[entry(s1)]
    fn enter_s1(&mut self) {
        say("s1-ENTRY");
    }

    #[exit(s1)]
    fn exit_s1(&mut self) {
        say("s1-EXIT");
    }

    #[init(s1)]
    fn init_s1(&mut self) {
        say("s1-INIT");
    }

    #[state(parent = s1)]
    fn s11(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::H => {
                say("s11-H");
                To(State::S)
            }
            Letter::D if self.foo => {
                say("s11-D");
                self.foo = false;
                To(State::S1)
            }
            Letter::G => {
                say("s11-G");
                To(State::S211)
            }
            _ => Super,
        }
    }

    #[entry(s11)]
    fn enter_s11(&mut self) {
        say("s11-ENTRY");
    }

    #[exit(s11)]
    fn exit_s11(&mut self) {
        say("s11-EXIT");
    }

    #[state(parent = s, initial = s211)]
    fn s2(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::I if !self.foo => {
                say("s2-I");
                self.foo = true;
                Handled
            }
            Letter::F => {
                say("s2-F");
                To(State::S11)
            }
            Letter::C => {
                say("s2-C");
                To(State::S1)
            }
            _ => Super,
        }
    }

    #[entry(s2)]
    fn enter_s2(&mut self) {
        say("s2-ENTRY");
    }

    #[exit(s2)]
    fn exit_s2(&mut self) {
        say("s2-EXIT");
    }

    #[init(s2)]
    fn init_s2(&mut self) {
        say("s2-INIT");
    }

    #[state(parent = s2, initial = s211)]
    fn s21(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::G => {
                say("s21-G");
                To(State::S1)
            }
            Letter::A => {
                say("s21-A");
                To(State::S21)
            }
            Letter::B => {
                say("s21-B");
                To(State::S211)
            }
            _ => Super,
        }
    }

    #[entry(s21)]
    fn enter_s21(&mut self) {
        say("s21-ENTRY");
    }

    #[exit(s21)]
    fn exit_s21(&mut self) {
        say("s21-EXIT");
    }

    #[init(s21)]
    fn init_s21(&mut self) {
        say("s21-INIT");
    }

    #[state(parent = s21)]
    fn s211(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::H => {
                say("s211-H");
                To(State::S)
            }
            Letter::D => {
                say("s211-D");
                To(State::S21)
            }
            _ => Super,
        }
    }

    #[entry(s211)]
    fn enter_s211(&mut self) {
        say("s211-ENTRY");
    }

    #[exit(s211)]
    fn exit_s211(&mut self) {
        say("s211-EXIT");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    if let [option, format] = words.as_slice()
        && option == "--graph"
    {
        print!("{}", QHsmTst::chart().export(format.parse()?));
        return Ok(());
    }
    let events: Vec<Letter> = words
        .iter()
        .map(|word| word.parse())
        .collect::<Result<_, _>>()?;
    let clock = Arc::new(SystemClock);
    let mut domain = Domain::new(DomainSettings::alone(
        "bench".parse()?,
        clock.clone(),
        [0; 32],
    ));
    let chart = domain.spawn::<QHsmTst>("qhsmtst", (), ActorOptions::default())?;
    domain.start();
    domain.run_until_idle(clock.now());
    for event in events {
        print!("\n{event:?}:");
        domain.post(&chart, event)?;
        domain.run_until_idle(clock.now());
    }
    if stdout().is_terminal() {
        println!();
    }
    Ok(())
}
