//! An actor is as quiet as a chart of its own: in a library, and in the body of a function.

/// Actors of a library.
pub mod library {
    use farc::prelude::*;
    use serde::{Deserialize, Serialize};

    /// Somebody rings.
    #[derive(Signal, Serialize, Deserialize, Clone, Debug)]
    #[signal("door.ring")]
    pub struct Ring {
        /// How often.
        pub times: u8,
    }

    /// What a door reacts to.
    #[derive(Event, Debug)]
    pub enum DoorEvent {
        /// Somebody rings.
        Ring(Ring),
        /// It has been open for long enough.
        #[event(local)]
        Timeout,
    }

    /// A door.
    #[derive(Debug)]
    pub struct Door {
        open_ms: u64,
    }

    impl Actor for Door {
        type Args = u64;

        fn new(open_ms: u64, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self { open_ms })
        }
    }

    #[hsm(event = DoorEvent, initial = closed, subscribe = [Ring])]
    impl Door {
        #[state]
        fn closed(&mut self, event: &DoorEvent) -> Next<Self> {
            match event {
                DoorEvent::Ring(ring) if ring.times > 1 => To(State::Open),
                _ => Super,
            }
        }

        /// Wide open, for a while.
        #[state]
        fn open(&mut self, event: &DoorEvent, _: &mut Context<Self>) -> Next<Self> {
            match event {
                DoorEvent::Timeout => To(State::Closed),
                DoorEvent::Ring(_) => Handled,
            }
        }

        #[entry(open)]
        fn wait(&mut self, cx: &mut Context<Self>) {
            let time = std::time::Duration::from_millis(self.open_ms);
            if cx.after(time, DoorEvent::Timeout).is_err() {
                self.open_ms = 0;
            }
        }
    }
}

#[test]
fn an_actor_in_the_body_of_a_function() {
    use farc::prelude::*;

    #[derive(Event)]
    enum Nothing {
        #[event(local)]
        Ever,
    }

    struct Idle;

    impl Actor for Idle {
        type Args = ();

        fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self)
        }
    }

    #[hsm(event = Nothing, initial = idle)]
    impl Idle {
        #[state]
        fn idle(&mut self, event: &Nothing) -> Next<Self> {
            match event {
                Nothing::Ever => Stop,
            }
        }
    }

    assert_eq!(IdleState::Idle.name(), "idle");
    assert_eq!(<Idle as Hsm>::NAME, "Idle");
    let _ = Nothing::Ever;
}
