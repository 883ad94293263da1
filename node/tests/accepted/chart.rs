//! What the attribute emits raises no lint in the crates of users.

/// Charts of a library.
pub mod library {
    use farc::hsm;
    use farc::hsm::Next::{self, Handled, Super, To};

    /// What happens to a door.
    #[derive(Debug)]
    pub enum Event {
        /// Somebody pushes.
        Push,
        /// A variant with the name of the alias.
        State,
    }

    /// A public actor.
    #[derive(Debug, Default)]
    pub struct Door {
        pushes: u32,
    }

    #[hsm(event = Event, initial = open, context = ())]
    impl Door {
        #[state(initial = wide)]
        fn open(&mut self, event: &Event) -> Next<Self> {
            match event {
                Event::Push => To(State::Closed),
                _ => Super,
            }
        }

        #[state(parent = open)]
        fn wide(&mut self, _: &Event) -> Next<Self> {
            Super
        }

        #[state]
        fn closed(&mut self, event: &Event, _: &mut ()) -> Next<Self> {
            if matches!(event, Event::State) {
                self.count();
                return Handled;
            }
            To(State::Open)
        }

        /// A helper that has no part in the chart.
        fn count(&mut self) {
            self.pushes += 1;
        }
    }

    /// A second actor in the same file, seen only here.
    #[derive(Debug)]
    struct Window;

    #[hsm(event = Event, initial = shut, context = (), vis = pub(self))]
    impl Window {
        #[state]
        fn shut(&mut self, _: &Event) -> Next<Self> {
            panic!("stuck")
        }
    }

    /// Uses what is private.
    #[must_use]
    pub fn shut() -> bool {
        let machine = hsm::Machine::new(Window);
        machine.state() == Some(WindowState::Shut)
    }
}

#[test]
fn a_chart_in_the_body_of_a_function() {
    use farc::hsm;
    use farc::hsm::Next;

    struct Local;

    #[hsm(event = u8, initial = only, context = ())]
    impl Local {
        #[state]
        fn only(&mut self, _: &u8) -> Next<Self> {
            match hsm::StateId::name(State::Only) {
                "only" => Next::Handled,
                _ => unreachable!("it has one state"),
            }
        }
    }

    let mut machine = hsm::Machine::new(Local);
    machine.start(&mut ());
    assert_eq!(machine.state(), Some(LocalState::Only));
}
