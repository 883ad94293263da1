//! The ways in which an answer may be written.
#![expect(
    unused_qualifications,
    unused_braces,
    clippy::needless_return,
    clippy::never_loop,
    reason = "the long ways are what is tested"
)]

use farc::hsm;
use farc::hsm::Machine;
use farc::hsm::Next::{self, Handled, Reenter, Stop, Super, To};

/// Which way to take.
struct Way(&'static str);

struct Writer;

#[hsm(event = Way, initial = here, context = ())]
impl Writer {
    #[state]
    fn here(&mut self, way: &Way) -> Next<Self> {
        let ("match" | "let else" | "arm" | "return in an arm" | "block" | "loop") = way.0 else {
            return self::Next::Super;
        };
        // What closures and inner functions return is theirs.
        let parse = |text: &str| -> Result<u8, std::num::ParseIntError> {
            if text.is_empty() {
                return Ok(0);
            }
            Ok(text.parse::<u8>()? + 1)
        };
        fn inner(there: bool) -> bool {
            return !there;
        }
        let number = match parse("1") {
            Ok(number) if inner(false) => number,
            Ok(_) | Err(_) => return Stop,
        };
        if number != 2 {
            return hsm::Next::Handled;
        }
        match way.0 {
            "match" => To(State::There),
            "arm" => {
                let again = number > 200;
                if again {
                    Reenter(State::Here)
                } else if number == 2 {
                    Next::To(State::There)
                } else {
                    Next::Handled
                }
            }
            "return in an arm" => return Next::<Self>::To(State::There),
            "block" => {
                let _ = number;
                { To(WriterState::There) }
            }
            "loop" => loop {
                for turn in 0.. {
                    if turn > 3 {
                        return To(State::There);
                    }
                }
                let _ = loop {
                    break Some(3);
                };
            },
            other => unreachable!("{other} is not one of the ways"),
        }
    }

    #[state]
    fn there(&mut self, way: &Way, _: &mut ()) -> Next<Self> {
        if way.0 == "back" {
            return To(State::Here);
        }
        if way.0 == "up" { Super } else { Handled }
    }
}

#[test]
fn an_answer_is_found_wherever_it_is_written() {
    for way in ["match", "arm", "return in an arm", "block", "loop"] {
        let mut machine = Machine::new(Writer);
        machine.start(&mut ());
        machine.dispatch(&Way(way), &mut ());
        assert_eq!(machine.state(), Some(WriterState::There), "{way}");
    }
}
