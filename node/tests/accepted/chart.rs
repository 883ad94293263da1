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

/// Every role and key at once, in the order that nobody expects.
pub mod everything {
    use farc::hsm;
    use farc::hsm::Next::{self, DeepHistory, Defer, Handled, History, Stop, Super};
    use serde::{Deserialize, Serialize};

    /// What happens to a player.
    #[derive(Debug, Serialize, Deserialize)]
    pub enum Event {
        /// To where it was.
        Back,
        /// To the song that it played.
        DeepBack,
        /// Later.
        Later,
        /// No more.
        End,
    }

    /// The data of a composite.
    #[derive(Debug, Serialize, Deserialize)]
    pub struct Disc(pub Vec<u8>);

    /// The data of a leaf, which nobody asks for.
    #[derive(Debug, Serialize, Deserialize)]
    pub struct Unused;

    /// A public actor.
    #[derive(Debug, Default, Serialize, Deserialize)]
    pub struct Player {
        played: u32,
    }

    #[hsm(event = Event, initial = off, context = (), defer = 0, recall = manual, snapshot)]
    impl Player {
        #[invariant]
        fn sane(&self) -> bool {
            self.played < 100
        }

        #[invariant(on)]
        const fn has_a_disc(&self, disc: &Disc) -> bool {
            disc.0.capacity() >= disc.0.len()
        }

        #[restored]
        fn again(&mut self) {}

        #[exit(on)]
        fn eject(&mut self, Disc(_): Disc, (): &mut ()) {}

        #[entry(on)]
        fn insert(&mut self) -> Disc {
            self.played += 1;
            Disc(Vec::new())
        }

        #[init(on)]
        fn warm_up(&mut self, _: &mut Disc) {}

        #[state]
        fn off(&mut self, event: &Event) -> Next<Self> {
            match event {
                Event::Back => History(State::On),
                Event::DeepBack => DeepHistory(State::On),
                Event::Later => Defer,
                Event::End => Stop,
            }
        }

        #[state(data = Disc, history(deep, default = silent), initial = playing)]
        fn on(&mut self, event: &Event, cx: &mut (), disc: &Disc) -> Next<Self> {
            *cx = ();
            match event {
                Event::Back if disc.0.is_empty() => Handled,
                _ => Super,
            }
        }

        #[entry(playing)]
        fn begin(&mut self, _: &mut Disc) -> Unused {
            Unused
        }

        #[state(data = Unused, parent = on, unreachable_ok)]
        fn playing(&mut self, _: &Event, disc: &mut Disc, (): &mut ()) -> Next<Self> {
            disc.0.push(0);
            Super
        }

        #[state(parent = on)]
        fn silent(&mut self, _: &Event) -> Next<Self> {
            Super
        }
    }
}

#[test]
fn a_chart_with_everything_runs() {
    use everything::{Event, Player, PlayerState};
    use farc::hsm::Machine;

    let mut machine = Machine::new(Player::default());
    machine.start(&mut ());
    machine.dispatch(&Event::DeepBack, &mut ());
    assert_eq!(machine.state(), Some(PlayerState::Silent));
    assert!(machine.snapshot().is_ok());
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
