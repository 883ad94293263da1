//! B10: what runs beside an actor, and what it brings back.

use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context as Polls, Poll};
use std::time::Duration;

use farc::prelude::*;
use farc::testing::Bench;
use farc::{DomainSettings, ManualClock, TaskStatus};
use tokio::sync::oneshot;

use super::keeper::{Input, Keeper, act, answer, bench, bench_with, seen, spawn, to_do};

fn tasks(bench: &mut Bench<Keeper>) -> TaskStatus {
    bench.domain().status()[0].tasks
}

fn small() -> ActorOptions {
    ActorOptions {
        mailbox: 4,
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    }
}

fn restarting() -> ActorOptions {
    ActorOptions::default()
}

#[test]
fn b10_the_output_of_a_future_comes_back_as_an_event_of_its_actor() {
    let mut bench = bench();
    let (done, future) = answer();
    spawn(&mut bench, future);
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "");
    assert_eq!(tasks(&mut bench).running, 1);
    done.send(7).unwrap();
    // The one who wakes it does not run it.
    assert_eq!(seen(&mut bench), "");
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "7@home");
    assert_eq!(tasks(&mut bench).running, 0);
    assert_eq!(bench.spawner().pending(), 0);
}

#[test]
fn b10_results_come_in_the_order_in_which_the_tasks_end() {
    let mut bench = bench();
    let mut answers = Vec::new();
    for _ in 0..4 {
        let (done, future) = answer();
        spawn(&mut bench, future);
        answers.push(done);
    }
    bench.run_tasks();
    let [a, b, c, d] = <[_; 4]>::try_from(answers).unwrap();
    d.send(4).unwrap();
    b.send(2).unwrap();
    a.send(1).unwrap();
    c.send(3).unwrap();
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "4@home 2@home 1@home 3@home");
}

#[test]
fn b10_a_result_that_finds_no_room_waits_and_enters_first_and_the_delay_is_a_figure() {
    let mut bench = bench_with(small());
    let (done, future) = answer();
    spawn(&mut bench, future);
    done.send(7).unwrap();
    // Two of its four places are for other threads.
    bench.post(Input::Note(1)).unwrap();
    bench.post(Input::Note(2)).unwrap();
    bench.spawner().step();
    let now = bench.domain().now();
    bench.domain().run(now, 0);
    assert_eq!(bench.domain().status()[0].mailbox.depth, 3);
    let later = now + Duration::from_millis(5);
    bench.domain().run(later, 1);
    // The place of the first is taken.
    assert!(bench.post(Input::Note(3)).is_err());
    bench.domain().run(later, 9);
    assert_eq!(seen(&mut bench), "note1@home note2@home 7@home");
    let status = tasks(&mut bench);
    assert_eq!(status.longest_delay, Duration::from_millis(5));
}

#[test]
fn b10_a_task_ends_with_the_state_that_started_it() {
    let mut bench = bench();
    let (done, future) = answer();
    spawn(&mut bench, future);
    bench.run_tasks();
    assert!(!done.is_closed());
    bench.dispatch(Input::Away);
    // Dropped before the next state is entered.
    assert!(done.is_closed());
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "");
    assert_eq!(tasks(&mut bench).cancelled, 1);
    assert_eq!(bench.spawner().pending(), 0);
}

#[test]
fn b10_a_task_of_the_actor_outlives_its_states_and_ends_with_the_actor() {
    let mut bench = bench();
    let ((first, one), (second, two)) = (answer(), answer());
    act(&mut bench, |_, cx| {
        cx.spawn_for_actor(one).unwrap();
        cx.spawn_for_actor(two).unwrap();
    });
    bench.dispatch(Input::Away);
    first.send(1).unwrap();
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "1@away");
    bench.dispatch(Input::Stop);
    assert!(second.is_closed());
    assert!(bench.domain().status().is_empty());
}

#[test]
fn a23_a_result_that_waits_in_the_mailbox_is_not_dispatched_after_the_exit_of_its_state() {
    let mut bench = bench();
    spawn(&mut bench, async { Input::Done(1) });
    act(&mut bench, |_, cx| {
        cx.spawn_for_actor(async { Input::Done(2) }).unwrap();
    });
    bench.post(Input::Away).unwrap();
    bench.spawner().run();
    bench.run();
    assert_eq!(seen(&mut bench), "2@away");
    let books = bench.domain().books();
    assert_eq!(books.actors["actor"].dropped_total(), 1);
}

#[test]
fn a23_nor_beside_a_full_mailbox() {
    let mut bench = bench_with(small());
    for n in 1..4 {
        spawn(&mut bench, async move { Input::Done(n) });
    }
    bench.post(Input::Note(1)).unwrap();
    bench.post(Input::Away).unwrap();
    bench.spawner().run();
    bench.run();
    assert_eq!(seen(&mut bench), "note1@home");
    assert_eq!(tasks(&mut bench).running, 0);
}

#[test]
fn a23_nor_when_it_is_deferred_or_recalled() {
    let mut bench = bench();
    for n in 1..3 {
        spawn(&mut bench, async move { Input::Done(n) });
    }
    act(&mut bench, |keeper, _| keeper.defers = true);
    bench.run_tasks();
    assert_eq!(bench.domain().status()[0].mailbox.deferred, 2);
    act(&mut bench, |keeper, cx| {
        keeper.defers = false;
        assert!(cx.recall());
        cx.post_front(Input::Away).unwrap();
    });
    assert_eq!(seen(&mut bench), "");
    assert_eq!(bench.domain().status()[0].mailbox.deferred, 0);
    assert_eq!(bench.domain().books().actors["actor"].dropped_total(), 2);
}

#[test]
fn a16_a_deferred_result_of_a_task_of_the_actor_is_recalled_by_a_transition() {
    let mut bench = bench();
    act(&mut bench, |keeper, cx| {
        keeper.defers = true;
        cx.spawn_for_actor(async { Input::Done(1) }).unwrap();
    });
    bench.run_tasks();
    // It is no task any more, only an event.
    assert_eq!(tasks(&mut bench).running, 0);
    act(&mut bench, |keeper, _| keeper.defers = false);
    bench.dispatch(Input::Away);
    assert_eq!(seen(&mut bench), "1@away");
}

#[test]
fn b10_cancel_drops_the_future_and_tells_whether_there_was_anything_to_end() {
    let mut bench = bench();
    let (done, future) = answer();
    spawn(&mut bench, future);
    act(&mut bench, |keeper, cx| {
        assert!(keeper.task.is_running(cx));
        let mut copy = keeper.task;
        assert!(keeper.task.cancel(cx));
        assert!(!keeper.task.cancel(cx));
        assert!(!copy.cancel(cx));
        assert!(!Task::none().cancel(cx));
    });
    assert!(done.is_closed());
    spawn(&mut bench, async { Input::Done(1) });
    // Its result waits behind the event that cancels it.
    bench
        .post(to_do(|keeper, cx| assert!(keeper.task.cancel(cx))))
        .unwrap();
    bench.spawner().run();
    bench.run();
    spawn(&mut bench, async { Input::Done(2) });
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "2@home");
    act(&mut bench, |keeper, cx| assert!(!keeper.task.cancel(cx)));
    assert_eq!(bench.domain().books().actors["actor"].dropped_total(), 1);
}

#[test]
fn b10_cancel_ends_a_result_that_is_deferred() {
    let mut bench = bench();
    spawn(&mut bench, async { Input::Done(1) });
    act(&mut bench, |keeper, _| keeper.defers = true);
    bench.run_tasks();
    act(&mut bench, |keeper, cx| {
        keeper.defers = false;
        assert!(keeper.task.cancel(cx));
    });
    bench.dispatch(Input::Home);
    assert_eq!(seen(&mut bench), "");
}

#[test]
fn b10_a_future_that_is_polled_when_its_state_is_exited_is_dropped_when_that_poll_returns() {
    let mut bench = bench();
    let (polled, is_polled) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let (guard, dropped) = oneshot::channel::<()>();
    let wait = std::sync::Mutex::new(may_go_on);
    spawn(
        &mut bench,
        poll_fn(move |_| {
            let _lives = &guard;
            polled.send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
            Poll::Ready(Input::Done(1))
        }),
    );
    let spawner = bench.spawner().clone();
    let runtime = std::thread::spawn(move || spawner.step());
    is_polled.recv().unwrap();
    bench.dispatch(Input::Away);
    let mut dropped = dropped;
    assert!(dropped.try_recv() == Err(oneshot::error::TryRecvError::Empty));
    go_on.send(()).unwrap();
    runtime.join().unwrap();
    assert!(dropped.try_recv() == Err(oneshot::error::TryRecvError::Closed));
    bench.run_tasks();
    bench.run();
    assert_eq!(seen(&mut bench), "");
    assert_eq!(tasks(&mut bench).late, 1);
}

#[test]
fn d02_a_future_that_panics_fails_its_actor_and_nothing_else() {
    let mut bench = bench();
    let (done, future) = answer();
    spawn(&mut bench, future);
    spawn(&mut bench, async { panic!("no device") });
    bench.run_tasks();
    assert_eq!(
        bench.failed().as_deref(),
        Some("a task panicked: no device")
    );
    assert!(done.is_closed());
    assert_eq!(tasks(&mut bench).panicked, 1);
    assert_eq!(bench.domain().status()[0].phase, "stopped");
}

#[test]
fn d03_a_restart_ends_the_tasks_of_the_former_life() {
    let mut bench = bench_with(restarting());
    let (done, future) = answer();
    spawn(&mut bench, future);
    spawn(&mut bench, async { Input::Done(1) });
    act(&mut bench, |_, cx| {
        cx.spawn_for_actor(async { Input::Done(2) }).unwrap();
    });
    // The first two have ended, and nobody has looked.
    bench.spawner().run();
    bench.post(to_do(|_, _| panic!("as asked"))).unwrap();
    // In front of their results, which come in before the step.
    bench.run();
    assert!(done.is_closed());
    bench.advance(Duration::from_secs(1));
    bench.run_tasks();
    assert_eq!(bench.state(), "home");
    assert_eq!(seen(&mut bench), "");
    spawn(&mut bench, async { Input::Done(3) });
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "3@home");
}

#[test]
fn d03_what_a_task_of_a_former_life_brings_is_dropped_and_counted() {
    let mut bench = bench_with(restarting());
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    act(&mut bench, move |_, cx| {
        cx.spawn_blocking_for_actor(move || {
            begun.send(()).unwrap();
            may_go_on.recv().unwrap();
            Input::Done(1)
        })
        .map_err(drop)
        .unwrap();
    });
    let spawner = bench.spawner().clone();
    let runtime = std::thread::spawn(move || spawner.step());
    has_begun.recv().unwrap();
    bench.dispatch(to_do(|_, _| panic!("as asked")));
    bench.advance(Duration::from_secs(1));
    assert_eq!(bench.state(), "home");
    go_on.send(()).unwrap();
    runtime.join().unwrap();
    bench.run();
    assert_eq!(seen(&mut bench), "");
    assert_eq!(tasks(&mut bench).late, 1);
    assert_eq!(tasks(&mut bench).running, 0);
}

#[test]
fn d01_a_future_whose_drop_panics_harms_nobody() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("in the drop");
        }
    }
    let mut bench = bench();
    let bad = Bad;
    spawn(&mut bench, async move {
        let _bad = bad;
        pending().await
    });
    bench.run_tasks();
    bench.dispatch(Input::Away);
    assert_eq!(bench.failed(), None);
    assert_eq!(bench.state(), "away");
}

#[test]
fn b10_an_actor_has_at_most_64_tasks_and_the_future_comes_back() {
    let mut bench = bench();
    let (done, future) = answer();
    act(&mut bench, |_, cx| {
        for _ in 0..64 {
            cx.spawn(pending::<Input>()).unwrap();
        }
        let error = cx.spawn(future).unwrap_err();
        assert_eq!(error.to_string(), "the actor has 64 tasks already");
        assert!(matches!(error, TaskError::Limit(_)));
        drop(error.into_inner());
    });
    assert!(done.is_closed());
    bench.dispatch(Input::Away);
    // The runtime holds those still; it may hold as many again.
    act(&mut bench, |_, cx| {
        for _ in 0..64 {
            cx.spawn(pending::<Input>()).unwrap();
        }
    });
    bench.dispatch(Input::Home);
    act(&mut bench, |_, cx| {
        assert!(cx.spawn(pending::<Input>()).is_err());
    });
    bench.run_tasks();
    act(&mut bench, |_, cx| {
        assert!(cx.spawn(pending::<Input>()).is_ok());
    });
}

#[test]
fn b10_a_result_counts_as_a_task_until_it_is_dispatched() {
    let mut bench = bench_with(small());
    act(&mut bench, |_, cx| {
        for n in 0..64 {
            cx.spawn(async move { Input::Done(n) }).unwrap();
        }
    });
    bench.spawner().run();
    bench
        .post(to_do(|_, cx| {
            assert!(cx.spawn(pending::<Input>()).is_err());
        }))
        .unwrap();
    bench.run();
    assert_eq!(seen(&mut bench).split(' ').count(), 64);
    act(&mut bench, |_, cx| {
        assert!(cx.spawn(pending::<Input>()).is_ok());
    });
}

#[test]
fn b10_code_that_blocks_runs_elsewhere_and_its_result_comes_back() {
    let mut bench = bench();
    act(&mut bench, |_, cx| {
        cx.spawn_blocking(|| Input::Done(1)).map_err(drop).unwrap();
    });
    assert_eq!(seen(&mut bench), "");
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "1@home");
    // Not begun when the state is exited: it is never called.
    act(&mut bench, |_, cx| {
        cx.spawn_blocking(|| -> Input { panic!("it is called") })
            .map_err(drop)
            .unwrap();
    });
    bench.dispatch(Input::Away);
    bench.run_tasks();
    assert_eq!(bench.failed(), None);
}

#[test]
fn b10_a_runtime_that_ends_leaves_no_task_behind() {
    /// Takes what it is given and drops it.
    #[derive(Debug)]
    struct Ended;
    impl farc::Spawner for Ended {
        fn spawn(&self, _: Pin<Box<dyn Future<Output = ()> + Send>>) {}
        fn spawn_blocking(&self, _: Box<dyn FnOnce() + Send>) {}
    }
    let mut bench = bench();
    bench.domain().set_spawner(Arc::new(Ended));
    let (done, future) = answer();
    spawn(&mut bench, future);
    bench.run();
    assert!(done.is_closed());
    assert_eq!(tasks(&mut bench).running, 0);
    assert_eq!(bench.failed(), None);
}

#[test]
fn b10_a_domain_without_a_runtime_gives_the_future_back() {
    struct Lone;
    #[derive(Event)]
    enum LoneEvent {
        #[event(local)]
        Never,
    }
    #[hsm(event = LoneEvent, initial = idle)]
    impl Lone {
        #[state]
        fn idle(&mut self, event: &LoneEvent) -> Next<Self> {
            match event {
                LoneEvent::Never => Handled,
            }
        }
        #[entry(idle)]
        fn enter(&mut self, cx: &mut Context<Self>) {
            let error = cx.spawn(async { LoneEvent::Never }).unwrap_err();
            assert!(matches!(error, TaskError::NoRuntime(_)));
        }
    }
    impl Actor for Lone {
        type Args = ();
        fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
            Ok(Self)
        }
    }
    let clock = Arc::new(ManualClock::new());
    let settings = DomainSettings::alone("bench".parse().unwrap(), clock, [0; 32]);
    let mut domain = Domain::new(settings);
    domain
        .spawn::<Lone>("lone", (), ActorOptions::default())
        .unwrap();
    domain.start();
    assert_eq!(domain.status()[0].state.as_deref(), Some("idle"));
}

#[test]
fn b10_the_futures_of_a_domain_that_is_dropped_are_dropped() {
    let (done, future) = answer();
    let mut bench = bench();
    spawn(&mut bench, future);
    let spawner = bench.spawner().clone();
    drop(bench);
    assert!(done.is_closed());
    spawner.run();
    assert_eq!(spawner.pending(), 0);
}

/// Numbers from 1 on, as fast as one asks; tells how often it was.
struct Fast {
    asked: Arc<AtomicU32>,
    last: u32,
}

impl futures_core::Stream for Fast {
    type Item = u32;

    fn poll_next(self: Pin<&mut Self>, _: &mut Polls<'_>) -> Poll<Option<u32>> {
        let n = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        Poll::Ready((n <= self.last).then_some(n))
    }
}

fn attach_fast(bench: &mut Bench<Keeper>, last: u32) -> Arc<AtomicU32> {
    let asked = Arc::new(AtomicU32::new(0));
    let stream = Fast {
        asked: asked.clone(),
        last,
    };
    act(bench, move |keeper, cx| {
        keeper.task = cx
            .attach(stream, |item| item.map_or(Input::End, Input::Done))
            .map_err(drop)
            .unwrap();
    });
    asked
}

#[test]
fn b10_the_items_of_a_stream_come_as_events_and_so_does_its_end() {
    let mut bench = bench();
    attach_fast(&mut bench, 3);
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "1@home 2@home 3@home end@home");
    assert_eq!(tasks(&mut bench).running, 0);
    assert_eq!(bench.spawner().pending(), 0);
}

#[test]
fn b10_at_most_8_items_of_a_stream_are_on_their_way() {
    let mut bench = bench();
    let asked = attach_fast(&mut bench, 1000);
    bench.spawner().run();
    assert_eq!(asked.load(Ordering::Relaxed), 8);
    bench.step();
    assert_eq!(seen(&mut bench), "1@home");
    bench.spawner().run();
    assert_eq!(asked.load(Ordering::Relaxed), 9);
    bench.run_tasks();
    assert_eq!(seen(&mut bench).split(' ').count(), 1000);
}

#[test]
fn b10_a_fast_stream_leaves_room_for_others_in_the_mailbox_and_in_the_runtime() {
    let mut bench = bench_with(ActorOptions {
        mailbox: 40,
        ..restarting()
    });
    let asked = attach_fast(&mut bench, 1000);
    spawn(&mut bench, async { Input::Done(0) });
    // One turn each: the stream gives way after eight items.
    bench.spawner().step();
    bench.spawner().step();
    assert_eq!(asked.load(Ordering::Relaxed), 8);
    for n in 0..10 {
        bench.post(Input::Note(n)).unwrap();
    }
    bench.run();
    let seen = seen(&mut bench);
    assert!(seen.contains("0@home"), "{seen}");
    assert!(seen.contains("note9@home"), "{seen}");
}

#[test]
fn a23_the_exit_of_the_state_drops_a_stream_and_what_it_has_brought() {
    let mut bench = bench();
    attach_fast(&mut bench, 1000);
    bench.post(Input::Away).unwrap();
    bench.spawner().run();
    bench.run();
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "");
    assert_eq!(bench.domain().books().actors["actor"].dropped_total(), 8);
    assert_eq!(bench.spawner().pending(), 0);
    // Not one that belongs to the actor.
    act(&mut bench, |_, cx| {
        let stream = Fast {
            asked: Arc::default(),
            last: 2,
        };
        cx.attach_for_actor(stream, |item| item.map_or(Input::End, Input::Done))
            .map_err(drop)
            .unwrap();
    });
    bench.dispatch(Input::Home);
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "1@home 2@home end@home");
}

#[test]
fn b10_a_deferred_item_makes_place_for_the_next() {
    let mut bench = bench();
    act(&mut bench, |keeper, _| keeper.defers = true);
    attach_fast(&mut bench, 20);
    bench.run_tasks();
    assert_eq!(seen(&mut bench), "end@home");
    assert_eq!(bench.domain().status()[0].mailbox.deferred, 20);
    // The stream is over; its events are bound to the state still.
    bench.dispatch(Input::Away);
    assert_eq!(seen(&mut bench), "");
    assert_eq!(bench.domain().status()[0].mailbox.deferred, 0);
}
