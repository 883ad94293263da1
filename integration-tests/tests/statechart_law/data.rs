//! A26: data that live as long as their state is active.

use farc::hsm;
use farc::hsm::Next::{self, Handled, Reenter, Super, To};

use crate::support::{Bench, Key, Log};

/// What is known of a call, and of the hold inside it. Neither can be copied.
struct Call {
    number: u32,
    said: Vec<&'static str>,
}

struct Hold {
    times: u32,
}

#[derive(Default)]
struct Phone {
    calls: u32,
}

#[hsm(event = Key, initial = idle, context = Log)]
impl Phone {
    #[state]
    fn idle(&mut self, event: &Key) -> Next<Self> {
        match event {
            Key::A => To(State::Call),
            _ => Super,
        }
    }

    #[state(initial = talking, data = Call)]
    fn call(&mut self, event: &Key, call: &mut Call, log: &mut Log) -> Next<Self> {
        match event {
            Key::A => To(State::Idle),
            Key::B => {
                call.said.push("call");
                log.say(&call.said.join(" "));
                Handled
            }
            Key::C => Reenter(State::Call),
            _ => Super,
        }
    }

    #[entry(call)]
    fn dial(&mut self) -> Call {
        self.calls += 1;
        Call {
            number: self.calls,
            said: Vec::new(),
        }
    }

    #[init(call)]
    fn greet(&mut self, call: &mut Call) {
        call.said.push("hello");
    }

    #[exit(call)]
    fn hang_up(&mut self, call: Call, log: &mut Log) {
        log.say(&format!("call {}: {}", call.number, call.said.join(" ")));
    }

    #[state(parent = call)]
    fn talking(&mut self, event: &Key, log: &mut Log, call: &mut Call) -> Next<Self> {
        match event {
            Key::D => {
                call.said.push("wait");
                log.say("hold on");
                To(State::Held)
            }
            _ => Super,
        }
    }

    #[state(parent = call, data = Hold)]
    fn held(&mut self, event: &Key, hold: &mut Hold, call: &mut Call) -> Next<Self> {
        match event {
            Key::D => {
                hold.times += 1;
                call.said.push("music");
                Handled
            }
            Key::E => To(State::Talking),
            _ => Super,
        }
    }

    #[entry(held)]
    fn play(&mut self, call: &mut Call) -> Hold {
        call.said.push("music");
        Hold { times: 1 }
    }

    #[exit(held)]
    fn end_music(&mut self, hold: &mut Hold, log: &mut Log) {
        log.say(&format!("music: {}", hold.times));
    }
}

#[test]
fn a26_the_entry_constructs_the_data_handlers_of_the_state_and_inside_change_them_and_the_exit_gets_them()
 {
    let (mut phone, _) = Bench::<Phone>::start();
    assert_eq!(
        phone.on(Key::A),
        "idle-EXIT;call-ENTRY;call-INIT;talking-ENTRY;"
    );
    assert_eq!(phone.on(Key::B), "hello call;");
    assert_eq!(phone.on(Key::D), "hold on;talking-EXIT;held-ENTRY;");
    assert_eq!(phone.on(Key::D), "");
    assert_eq!(phone.on(Key::E), "held-EXIT;music: 2;talking-ENTRY;");
    assert_eq!(
        phone.on(Key::A),
        "talking-EXIT;call-EXIT;call 1: hello call wait music music;idle-ENTRY;"
    );
}

#[test]
fn a26_each_entry_constructs_data_of_its_own() {
    let (mut phone, _) = Bench::<Phone>::start();
    phone.on(Key::A);
    assert_eq!(
        phone.on(Key::C),
        "talking-EXIT;call-EXIT;call 1: hello;call-ENTRY;call-INIT;talking-ENTRY;"
    );
    assert_eq!(
        phone.on(Key::A),
        "talking-EXIT;call-EXIT;call 2: hello;idle-ENTRY;"
    );
}
