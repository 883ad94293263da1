//! E2, A27, D3: actors that are spawned, stopped and restarted while a domain runs.

use std::sync::Arc;
use std::time::Duration;

use farc::prelude::*;
use farc::{RestartError, SpawnError};
use serde::{Deserialize, Serialize};

use super::support::{Lab, Log};

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.tell")]
pub(crate) struct Tell {
    pub(crate) n: u32,
}

#[derive(Event)]
pub(crate) enum ChildEvent {
    Tell(Tell),
    #[event(local)]
    Note(u32),
    #[event(local)]
    Spawn(String, How),
    #[event(local)]
    StopHim(Address<Child>),
    #[event(local)]
    StopByName(ActorRef),
    #[event(local)]
    Later(u32),
    #[event(local)]
    Fail,
    #[event(local)]
    End,
    #[event(local)]
    Keep(u32),
}

/// How a child is.
#[derive(Isolated, Clone, Copy, Debug, PartialEq)]
pub(crate) enum How {
    Good,
    Refuses,
    PanicsInNew,
    PanicsInStart,
    SpawnsInExit,
}

pub(crate) struct Child {
    log: Arc<Log>,
    how: How,
    heard: u32,
}

#[hsm(event = ChildEvent, initial = living, subscribe = [Tell], defer = 4)]
impl Child {
    #[start]
    fn begin(&mut self, cx: &mut Context<Self>) {
        assert!(self.how != How::PanicsInStart, "in the start");
        self.log.push(format!("start:{}", cx.name()));
    }

    #[state]
    fn living(&mut self, event: &ChildEvent, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            ChildEvent::Tell(Tell { n }) => {
                self.heard += 1;
                self.log
                    .push(format!("{}:tell{n}/{}", cx.name(), self.heard));
                Handled
            }
            ChildEvent::Note(n) => {
                self.log.push(format!("{}:note{n}", cx.name()));
                Handled
            }
            ChildEvent::Spawn(name, how) => {
                let spawned = cx.spawn_actor::<Child>(name, *how, ActorOptions::default());
                match spawned {
                    Ok(child) => {
                        // It takes posts before it has started.
                        cx.post(&child, ChildEvent::Note(1)).unwrap();
                        self.log.push(format!("spawned:{}", child.name()));
                    }
                    Err(error) => self.log.push(format!("[{error}]")),
                }
                Handled
            }
            ChildEvent::StopHim(child) => {
                cx.stop_actor(child);
                self.log.push("asked to stop".to_owned());
                Handled
            }
            ChildEvent::StopByName(child) => {
                let known = cx.stop_actor_by(child);
                self.log.push(format!("known:{known}"));
                Handled
            }
            ChildEvent::Later(n) => {
                cx.after(Duration::from_millis(5), ChildEvent::Note(*n))
                    .unwrap();
                Handled
            }
            ChildEvent::Fail => panic!("as asked for"),
            ChildEvent::End => Stop,
            ChildEvent::Keep(n) if *n > 0 => Defer,
            ChildEvent::Keep(_) => Handled,
        }
    }

    #[exit(living)]
    fn leave(&mut self, cx: &mut Context<Self>) {
        self.log.push(format!("exit:{}", cx.name()));
        if self.how == How::SpawnsInExit {
            let spawned = cx.spawn_actor::<Child>("heir", How::Good, ActorOptions::default());
            self.log.push(format!("heir:{}", spawned.is_ok()));
        }
    }
}

impl Actor for Child {
    type Args = How;

    fn new(how: How, cx: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        match how {
            How::Refuses => return Err(BuildError::argument("how", "it says so")),
            How::PanicsInNew => panic!("in the constructor"),
            How::Good | How::PanicsInStart | How::SpawnsInExit => {}
        }
        Ok(Self {
            log: Log::of(cx.node()),
            how,
            heard: 0,
        })
    }
}

fn child(lab: &mut Lab, name: &str, how: How) -> Address<Child> {
    let child = lab
        .domain
        .spawn::<Child>(name, how, ActorOptions::default())
        .unwrap();
    lab.run();
    child
}

fn post(lab: &mut Lab, to: &Address<Child>, event: ChildEvent) -> String {
    lab.domain.post(to, event).unwrap();
    lab.run()
}

#[test]
fn e02_an_actor_spawned_by_a_handler_starts_as_the_next_step() {
    let mut lab = Lab::new();
    let mother = child(&mut lab, "mother", How::Good);
    lab.domain
        .post(&mother, ChildEvent::Spawn("a".into(), How::Good))
        .unwrap();
    lab.domain.post(&mother, ChildEvent::Note(2)).unwrap();
    assert_eq!(lab.run(), "spawned:a start:a +a mother:note2 a:note1");
    // It subscribes at once, behind the others.
    lab.domain.publish(Tell { n: 1 });
    assert_eq!(lab.run(), "mother:tell1/1 a:tell1/1");
    lab.balanced();
}

#[test]
fn e02_a_child_that_cannot_be_constructed_is_an_error_of_the_call_alone() {
    let mut lab = Lab::new();
    let mother = child(&mut lab, "mother", How::Good);
    let spawn = |name: &str, how| ChildEvent::Spawn(name.into(), how);
    assert_eq!(
        post(&mut lab, &mother, spawn("a", How::Refuses)),
        "[failed to construct actor `a` (Child): argument `how`: it says so]"
    );
    assert_eq!(
        post(&mut lab, &mother, spawn("a", How::PanicsInNew)),
        "[the constructor of actor `a` (Child) panicked: in the constructor]"
    );
    assert_eq!(
        post(&mut lab, &mother, spawn("mother", How::Good)),
        "[there is an actor `mother` already]"
    );
    assert_eq!(
        post(&mut lab, &mother, spawn("a b", How::Good)),
        "[actor `a b`: ' ' is not allowed in a name: use letters, digits and any of '_.@/-']"
    );
    assert_eq!(lab.domain.status().len(), 1);
    assert_eq!(lab.domain.status()[0].restarts, 0);
    // A start that fails is a failure of the child.
    let said = post(&mut lab, &mother, spawn("a", How::PanicsInStart));
    assert_eq!(said, "spawned:a");
    assert_eq!(lab.domain.status()[1].phase, "failed");
    lab.balanced();
}

#[test]
fn a27_an_actor_stopped_by_another_leaves_as_the_next_step_and_its_name_is_free() {
    let mut lab = Lab::new();
    let mother = child(&mut lab, "mother", How::Good);
    let first = child(&mut lab, "a", How::Good);
    lab.domain
        .post(&mother, ChildEvent::StopHim(first.clone()))
        .unwrap();
    lab.domain.post(&mother, ChildEvent::Note(2)).unwrap();
    lab.domain.post(&first, ChildEvent::Note(3)).unwrap();
    assert_eq!(
        lab.run(),
        "asked to stop exit:a -a a!stopped:Note mother:note2"
    );
    let second = child(&mut lab, "a", How::Good);
    assert!(matches!(
        lab.domain.post(&first, ChildEvent::Note(4)),
        Err(PostError::Stopped(_))
    ));
    assert!(matches!(
        first.post(ChildEvent::Note(4)),
        Err(PostError::Stopped(_))
    ));
    // The address of the first does not stop the second, though it has its slot and its name.
    assert_eq!(
        post(&mut lab, &mother, ChildEvent::StopHim(first)),
        "asked to stop"
    );
    let name = second.actor_ref();
    assert_eq!(
        post(&mut lab, &mother, ChildEvent::StopByName(name.clone())),
        "known:true exit:a -a"
    );
    assert_eq!(
        post(&mut lab, &mother, ChildEvent::StopByName(name)),
        "known:false"
    );
    assert_eq!(lab.domain.books().gone.intended, 1);
    lab.balanced();
}

#[test]
fn a27_an_actor_is_stopped_from_another_thread() {
    let mut lab = Lab::new();
    let a = child(&mut lab, "a", How::Good);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            a.post(ChildEvent::Note(1)).unwrap();
            a.stop();
            a.stop();
        });
    });
    assert_eq!(lab.run(), "exit:a -a a!stopped:Note");
    assert!(lab.domain.status().is_empty());
    lab.balanced();
}

#[test]
fn a27_who_stops_itself_is_gone_after_its_step() {
    let mut lab = Lab::new();
    let a = child(&mut lab, "a", How::Good);
    lab.domain.post(&a, ChildEvent::End).unwrap();
    assert_eq!(
        post(&mut lab, &a, ChildEvent::Note(1)),
        "exit:a -a a!stopped:Note"
    );
    assert!(lab.domain.status().is_empty());
    assert!(lab.bus.interest().subscriptions.is_empty());
    let gone = lab.domain.books().gone;
    assert_eq!(
        (gone.intended, gone.delivered, gone.dropped_total()),
        (2, 1, 1)
    );
    lab.balanced();
}

#[test]
fn a27_an_exit_action_may_spawn_but_not_in_a_domain_that_ends() {
    let mut lab = Lab::new();
    child(&mut lab, "a", How::SpawnsInExit);
    lab.domain.stop_actor_named("a");
    assert_eq!(lab.run(), "exit:a heir:true -a start:heir +heir");
    child(&mut lab, "b", How::SpawnsInExit);
    lab.domain.stop_actor_named("heir");
    lab.run();
    lab.domain.stop();
    assert_eq!(lab.log.take(), "exit:b heir:false -b");
    // Who was there at the end can still be looked at.
    assert_eq!(lab.domain.status()[0].phase, "stopped");
    lab.balanced();
}

#[test]
fn d03_a_restart_by_hand_is_a_new_actor_with_the_old_arguments_subscriptions_and_events() {
    let mut lab = Lab::new();
    let a = child(&mut lab, "a", How::Good);
    lab.domain.publish(Tell { n: 1 });
    assert_eq!(lab.run(), "a:tell1/1");
    for event in [ChildEvent::Later(9), ChildEvent::Keep(1)] {
        lab.domain.post(&a, event).unwrap();
    }
    lab.run();
    assert_eq!(lab.domain.status()[0].mailbox.deferred, 1);
    lab.domain.publish(Tell { n: 2 });
    lab.domain.restart_actor_named("a").unwrap();
    // Its exit path ran; what waited is there; the timer is not; what was deferred comes first, and is deferred again.
    assert_eq!(lab.run(), "exit:a start:a +a a:tell2/1");
    assert_eq!(lab.domain.status()[0].mailbox.deferred, 1);
    assert_eq!(lab.pass(Duration::from_millis(10)), "");
    let status = lab.domain.status().remove(0);
    assert_eq!((status.phase, status.restarts), ("running", 1));
    assert_eq!(status.last_failure, None);
    lab.domain.publish(Tell { n: 3 });
    assert_eq!(lab.run(), "a:tell3/2");
    lab.balanced();
}

#[test]
fn d03_restarts_by_hand_count_as_no_failures() {
    let mut lab = Lab::new();
    let a = child(&mut lab, "a", How::Good);
    for _ in 0..10 {
        lab.domain.restart_actor_named("a").unwrap();
    }
    lab.run();
    // Three failures are forgiven still.
    for _ in 0..3 {
        post(&mut lab, &a, ChildEvent::Fail);
        lab.pass(Duration::from_millis(100));
    }
    assert_eq!(lab.domain.status()[0].phase, "running");
}

#[test]
fn d03_an_actor_that_failed_for_good_comes_back_by_hand() {
    let mut lab = Lab::new();
    let options = ActorOptions {
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    };
    let a = lab
        .domain
        .spawn::<Child>("a", How::Good, options.clone())
        .unwrap();
    lab.run();
    assert_eq!(post(&mut lab, &a, ChildEvent::Fail), "a!poison:Fail -a");
    assert_eq!(lab.domain.status()[0].phase, "stopped");
    assert!(matches!(
        lab.domain.spawn::<Child>("a", How::Good, options),
        Err(SpawnError::NameTaken { .. })
    ));
    lab.domain.restart_actor_named("a").unwrap();
    assert_eq!(lab.run(), "start:a +a");
    lab.domain.publish(Tell { n: 1 });
    a.post(ChildEvent::Note(2)).unwrap();
    assert_eq!(lab.run(), "a:tell1/1 a:note2");
    // It fails again, and is stopped by hand.
    post(&mut lab, &a, ChildEvent::Fail);
    assert!(lab.domain.stop_actor_named("a"));
    assert!(lab.domain.status().is_empty());
    assert!(!lab.bus.has_actor("a"));
    assert!(matches!(
        lab.domain.restart_actor_named("a"),
        Err(RestartError::NoActor { .. })
    ));
    lab.balanced();
}

#[test]
fn d03_of_those_that_failed_for_good_the_last_64_can_be_looked_at() {
    let mut lab = Lab::new();
    let options = ActorOptions {
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    };
    for n in 0..70 {
        let name = format!("a{n}");
        let a = lab
            .domain
            .spawn::<Child>(&name, How::Good, options.clone())
            .unwrap();
        lab.run();
        post(&mut lab, &a, ChildEvent::Fail);
    }
    let names: Vec<_> = lab.domain.status().into_iter().map(|a| a.name).collect();
    assert_eq!(names.len(), 64);
    assert!(!names.contains(&"a5".to_owned()) && names.contains(&"a6".to_owned()));
    lab.balanced();
}
