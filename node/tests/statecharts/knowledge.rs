//! What a chart knows of itself: names, places, words.

use farc::hsm;
use farc::hsm::Next::{self, Super, To};
use farc::hsm::{Hsm, Machine, StateId, StateInfo};

struct Lamp;

#[hsm(event = bool, initial = off, context = ())]
impl Lamp {
    /// No light.
    ///
    /// Where it begins.
    #[state]
    fn off(&mut self, _: &bool) -> Next<Self> {
        To(State::On)
    }

    #[state(initial = dimmed_low)]
    fn on(&mut self, bright: &bool) -> Next<Self> {
        if *bright {
            To(State::Full)
        } else {
            To(State::Off)
        }
    }

    #[entry(on)]
    fn click(&mut self) {}

    #[init(on)]
    fn warm_up(&mut self) {}

    #[state(parent = on)]
    fn full(&mut self, _: &bool) -> Next<Self> {
        Super
    }

    #[exit(full)]
    fn cool_down(&mut self) {}

    #[state(parent = on, initial = dimmed_low)]
    fn dimmed(&mut self, _: &bool) -> Next<Self> {
        Super
    }

    /// Hardly any light.
    #[state(parent = dimmed)]
    fn dimmed_low(&mut self, _: &bool) -> Next<Self> {
        Super
    }
}

#[test]
fn states_are_listed_in_the_order_of_writing() {
    use LampState::{Dimmed, DimmedLow, Full, Off, On};
    assert_eq!(LampState::all(), [Off, On, Full, Dimmed, DimmedLow]);
    assert_eq!(LampState::COUNT, 5);
    for (index, state) in LampState::all().iter().enumerate() {
        assert_eq!(state.index(), index);
        assert_eq!(LampState::from_index(index), Some(*state));
        assert_eq!(Lamp::STATES[index].state, *state);
    }
    assert_eq!(LampState::from_index(5), None);
}

#[test]
fn a_state_is_called_as_its_method() {
    assert_eq!(LampState::DimmedLow.name(), "dimmed_low");
    assert_eq!(format!("{:>12}", LampState::DimmedLow), "  dimmed_low");
    assert_eq!(Lamp::NAME, "Lamp");
}

#[test]
fn a_state_knows_what_encloses_it() {
    use LampState::{Dimmed, DimmedLow, Full, Off, On};
    assert_eq!(DimmedLow.parent(), Some(Dimmed));
    assert_eq!(Off.parent(), None);
    assert_eq!(DimmedLow.path(), [On, Dimmed, DimmedLow]);
    assert_eq!(Off.path(), [Off]);
    assert!(DimmedLow.is_in(On) && DimmedLow.is_in(DimmedLow));
    assert!(!On.is_in(DimmedLow) && !Full.is_in(Dimmed));
}

#[test]
fn the_rows_say_what_is_written() {
    use LampState::{DimmedLow, Off, On};
    let off = StateInfo {
        state: Off,
        name: "off",
        parent: None,
        initial: None,
        entry: false,
        exit: false,
        init: false,
        history: None,
        regions: &[],
        data: None,
        doc: "No light.\n\nWhere it begins.",
    };
    assert_eq!(Lamp::STATES[0], off);
    let on = StateInfo {
        state: On,
        name: "on",
        parent: None,
        initial: Some(DimmedLow),
        entry: true,
        exit: false,
        init: true,
        history: None,
        regions: &[],
        data: None,
        doc: "",
    };
    assert_eq!(Lamp::STATES[1], on);
    assert!(Lamp::STATES[2].exit);
    assert_eq!(Lamp::INITIAL, Off);
}

#[test]
fn a_state_is_one_byte_and_a_machine_one_byte_more_than_its_actor() {
    assert_eq!(size_of::<LampState>(), 1);
    assert_eq!(size_of::<Option<LampState>>(), 1);
    assert_eq!(size_of::<Next<Lamp>>(), 2);
    assert_eq!(size_of::<Machine<Lamp>>(), 1);

    struct Bytes([u8; 7]);
    #[hsm(event = (), initial = only, context = ())]
    impl Bytes {
        #[state]
        fn only(&mut self, _: &()) -> Next<Self> {
            self.0[0] += 1;
            Next::Handled
        }
    }
    assert_eq!(size_of::<Machine<Bytes>>(), size_of::<Bytes>() + 1);
    let mut machine = Machine::new(Bytes([0; 7]));
    machine.start(&mut ());
    machine.dispatch(&(), &mut ());
    assert_eq!(machine.actor().0[0], 1);
}

#[test]
fn a_keyword_may_be_the_name_of_a_state() {
    struct Raw;
    #[hsm(event = (), initial = r#loop, context = ())]
    impl Raw {
        #[state(initial = r#match)]
        fn r#loop(&mut self, _: &()) -> Next<Self> {
            To(State::Loop)
        }

        #[state(parent = r#loop)]
        fn r#match(&mut self, _: &()) -> Next<Self> {
            Super
        }
    }
    let mut machine = Machine::new(Raw);
    machine.start(&mut ());
    assert_eq!(machine.state().map(StateId::name), Some("match"));
    assert_eq!(RawState::Loop.name(), "loop");
}
