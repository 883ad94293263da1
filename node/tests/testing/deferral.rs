//! What is deferred, recalled and posted to the front, in the words of a trace.

use expect_test::expect;
use farc::prelude::*;
use farc::testing::{Bench, Output};

#[derive(Event)]
pub(crate) enum JobEvent {
    #[event(local)]
    Job(u32),
    #[event(local)]
    Done,
    #[event(local)]
    Urgent,
}

#[derive(Default)]
pub(crate) struct Printer {
    printed: Vec<u32>,
}

#[hsm(event = JobEvent, initial = idle, defer = 2)]
impl Printer {
    #[state]
    fn idle(&mut self, event: &JobEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            JobEvent::Job(n) => {
                self.printed.push(*n);
                To(State::Printing)
            }
            JobEvent::Urgent => {
                let _ = cx.post_self(JobEvent::Job(8));
                let _ = cx.post_front(JobEvent::Job(9));
                Handled
            }
            JobEvent::Done => Super,
        }
    }

    #[state]
    fn printing(&mut self, event: &JobEvent) -> Next<Self> {
        match event {
            JobEvent::Done => To(State::Idle),
            JobEvent::Job(_) => Defer,
            JobEvent::Urgent => Super,
        }
    }
}

impl Actor for Printer {
    type Args = ();

    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self::default())
    }
}

#[test]
fn deferred_events_come_back_after_the_transition_and_the_trace_says_so() {
    let mut bench = Bench::<Printer>::new(()).unwrap();
    bench.start();
    for n in 1..=4 {
        bench.dispatch(JobEvent::Job(n));
    }
    bench.dispatch(JobEvent::Done);
    bench.dispatch(JobEvent::Done);
    assert_eq!(bench.actor().printed, [1, 2, 3]);
    expect![[r#"
        start: top-INIT;idle-ENTRY;
        Job: idle-Job;idle-EXIT;printing-ENTRY;
        Job: printing-Job;printing-DEFER;
        Job: printing-Job;printing-DEFER;
        Job: printing-Job;printing-DEFER;
        drop Job deferred_full;
        Done: printing-Done;printing-EXIT;idle-ENTRY;recall Job;recall Job;
        Job: idle-Job;idle-EXIT;printing-ENTRY;
        Job: printing-Job;printing-DEFER;
        Done: printing-Done;printing-EXIT;idle-ENTRY;recall Job;
        Job: idle-Job;idle-EXIT;printing-ENTRY;
    "#]]
    .assert_eq(&bench.trace());
}

#[test]
fn posts_to_the_front_are_told_apart() {
    let mut bench = Bench::<Printer>::new(()).unwrap();
    bench.start();
    bench.dispatch(JobEvent::Urgent);
    assert_eq!(bench.actor().printed, [9]);
    let outputs: Vec<_> = bench.outputs().iter().map(Output::to_string).collect();
    assert_eq!(outputs, ["post self Job", "post front Job"]);
    expect![[r#"
        start: top-INIT;idle-ENTRY;
        Urgent: idle-Urgent;post self Job;post front Job;
        Job: idle-Job;idle-EXIT;printing-ENTRY;
        Job: printing-Job;printing-DEFER;
    "#]]
    .assert_eq(&bench.trace());
}
