//! A28: the end of a node reaches those who want to know before they are stopped.

use farc::hsm;
use farc::prelude::*;
use farc::sys::Shutdown;

use crate::world::{World, say};

#[derive(Event)]
enum Notice {
    Shutdown(Shutdown),
}

struct Keeper;

#[hsm(event = Notice, initial = open, subscribe = [Shutdown])]
impl Keeper {
    #[state]
    fn open(&mut self, event: &Notice) -> Next<Self> {
        match event {
            Notice::Shutdown(_) => {
                say("closing time");
                Handled
            }
        }
    }

    #[exit(open)]
    fn close(&mut self) {
        say("closed");
    }
}

impl Actor for Keeper {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[test]
fn a28_shutdown_is_an_ordinary_event_before_the_exit_path_runs() {
    let mut keeper = World::<Keeper>::new();
    keeper.domain.publish(Shutdown {
        reason: "test".to_owned(),
    });
    assert_eq!(keeper.run(), "closing time");
    assert_eq!(keeper.state(), "open");
    keeper.domain.stop();
    assert_eq!(keeper.run(), "closed");
}
