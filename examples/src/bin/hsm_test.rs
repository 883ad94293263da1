//! The chart that takes every kind of transition (Samek, *Practical UML Statecharts in C/C++*, 2nd edition, figure 2.11), watched from
//! outside: it has no action that prints, and the trace says what happened.
//!
//! Without arguments it handles the events G I A D D C E E G I I T; with `--interactive` those that are typed in. With `--graph FORMAT` it
//! prints the chart. `qhsmtst` is the same chart with actions.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is what it is for"
)]

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};

use farc::prelude::*;
use farc::testing::Bench;

#[derive(Event)]
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
    /// The end.
    #[event(local)]
    T,
    #[event(own)]
    Done,
}

fn letter(word: &str) -> Option<Letter> {
    Some(match word.to_ascii_uppercase().as_str() {
        "A" => Letter::A,
        "B" => Letter::B,
        "C" => Letter::C,
        "D" => Letter::D,
        "E" => Letter::E,
        "F" => Letter::F,
        "G" => Letter::G,
        "H" => Letter::H,
        "I" => Letter::I,
        "T" => Letter::T,
        _ => return None,
    })
}

struct FarcTest {
    foo: bool,
}

impl Actor for FarcTest {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { foo: false })
    }
}

#[hsm(event = Letter, initial = s2)]
impl FarcTest {
    #[state(initial = s11)]
    fn s(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::I if self.foo => {
                self.foo = false;
                Handled
            }
            Letter::E => To(State::S11),
            Letter::T => To(State::Exiting),
            _ => Super,
        }
    }

    #[state(parent = s, initial = s11)]
    fn s1(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::A => To(State::S1),
            Letter::B => To(State::S11),
            Letter::C => To(State::S2),
            Letter::D if !self.foo => {
                self.foo = true;
                To(State::S)
            }
            Letter::F => To(State::S211),
            Letter::I => Handled,
            _ => Super,
        }
    }

    #[state(parent = s1)]
    fn s11(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::D if self.foo => {
                self.foo = false;
                To(State::S1)
            }
            Letter::G => To(State::S211),
            Letter::H => To(State::S),
            _ => Super,
        }
    }

    #[state(parent = s, initial = s211)]
    fn s2(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::C => To(State::S1),
            Letter::F => To(State::S11),
            Letter::I if !self.foo => {
                self.foo = true;
                Handled
            }
            _ => Super,
        }
    }

    #[state(parent = s2, initial = s211)]
    fn s21(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::A => To(State::S21),
            Letter::B => To(State::S211),
            Letter::G => To(State::S1),
            _ => Super,
        }
    }

    #[state(parent = s21)]
    fn s211(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::D => To(State::S21),
            Letter::H => To(State::S),
            _ => Super,
        }
    }

    #[entry(exiting)]
    fn finish(&mut self, cx: &mut Context<Self>) {
        cx.post_front(Letter::Done)
            .expect("the bench posts one event at a time");
    }

    #[state]
    fn exiting(&mut self, event: &Letter) -> Next<Self> {
        match event {
            Letter::Done => Stop,
            _ => Super,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["--graph", format] => print!("{}", FarcTest::chart().export(format.parse()?)),
        ["--interactive"] => interactive()?,
        [] => {
            let mut bench = started()?;
            for event in "G I A D D C E E G I I T".split(' ').filter_map(letter) {
                bench.dispatch(event);
                print!("{}", bench.trace());
            }
        }
        _ => return Err("expected nothing, `--interactive`, or `--graph FORMAT`".into()),
    }
    Ok(())
}

fn started() -> Result<Bench<FarcTest>, Box<dyn Error>> {
    let mut bench = Bench::new(())?;
    bench.start();
    print!("{}", bench.trace());
    Ok(bench)
}

fn interactive() -> Result<(), Box<dyn Error>> {
    let mut bench = started()?;
    let mut lines = io::stdin().lock().lines();
    while !bench.state().is_empty() {
        print!("\tEvent --> ");
        io::stdout().flush()?;
        let Some(line) = lines.next().transpose()? else {
            break;
        };
        if let Some(event) = letter(line.trim()) {
            bench.dispatch(event);
            print!("{}", bench.trace());
        } else {
            eprintln!("Invalid signal name");
        }
    }
    println!("Terminated");
    Ok(())
}
