use std::rc::Rc;

use farc::Event;

#[derive(Event)]
enum LampEvent {
    #[event(own)]
    Done(Rc<u8>),
}

fn main() {}
