//! B7: asynchronous code that waits for room.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Polls, Poll, Wake, Waker};
use std::thread::{self, Thread};

use farc::prelude::*;
use farc::testing::Bench;
use farc::{DomainSettings, SendError, Sending, SystemClock};
use proptest::prelude::*;

use super::keeper::{InputPosted, Keeper, Woken, bench_with, poll, seen, to_do};

/// A mailbox whose half for other threads has room for this many.
fn room(permits: usize) -> Bench<Keeper> {
    bench_with(ActorOptions {
        mailbox: permits * 2,
        restart: RestartPolicy::Stop,
        ..ActorOptions::default()
    })
}

fn send(bench: &Bench<Keeper>, n: u32) -> Sending<Keeper> {
    bench.address().send(InputPosted::Note(n))
}

fn is_sent(polled: &Poll<Result<(), SendError<InputPosted>>>) -> bool {
    matches!(polled, Poll::Ready(Ok(())))
}

#[test]
fn b07_send_posts_at_once_when_there_is_room() {
    let mut bench = room(2);
    let woken = Arc::new(Woken::default());
    let mut sending = send(&bench, 1);
    assert!(is_sent(&poll(&mut sending, &woken)));
    bench.run();
    assert_eq!(seen(&mut bench), "note1@home");
}

#[test]
fn b07_send_waits_for_room_and_those_who_wait_are_served_in_their_order() {
    let mut bench = room(2);
    let woken = [(); 3].map(|()| Arc::new(Woken::default()));
    for n in 0..2 {
        bench.address().post(InputPosted::Note(n)).unwrap();
    }
    let mut waiting: Vec<_> = (2..5).map(|n| send(&bench, n)).collect();
    for (sending, woken) in waiting.iter_mut().zip(&woken) {
        assert!(poll(sending, woken).is_pending());
    }
    bench.step();
    // One place is free: it is the first one's, and nobody else's.
    assert_eq!(woken.each_ref().map(|woken| woken.count()), [1, 0, 0]);
    assert!(bench.address().post(InputPosted::Note(9)).is_err());
    let late = Arc::new(Woken::default());
    let mut latest = send(&bench, 5);
    assert!(poll(&mut latest, &late).is_pending());
    assert!(poll(&mut waiting[1], &woken[1]).is_pending());
    assert!(is_sent(&poll(&mut waiting[0], &woken[0])));
    bench.run();
    assert_eq!(woken.each_ref().map(|woken| woken.count()), [1, 1, 1]);
    assert_eq!(late.count(), 0);
    assert!(is_sent(&poll(&mut waiting[2], &woken[2])));
    assert!(is_sent(&poll(&mut waiting[1], &woken[1])));
    bench.run();
    assert!(is_sent(&poll(&mut latest, &late)));
    bench.run();
    assert_eq!(
        seen(&mut bench),
        "note0@home note1@home note2@home note4@home note3@home note5@home"
    );
}

#[test]
fn b07_a_send_that_is_dropped_was_not_sent_and_its_turn_is_the_next_ones() {
    // Dropped before it is polled, while it waits, and with a permit that it has not used.
    for polls in 0..3 {
        let mut bench = room(1);
        let woken = [(); 2].map(|()| Arc::new(Woken::default()));
        bench.address().post(InputPosted::Note(0)).unwrap();
        let mut first = send(&bench, 1);
        if polls > 0 {
            assert!(poll(&mut first, &woken[0]).is_pending());
        }
        let mut second = send(&bench, 2);
        assert!(poll(&mut second, &woken[1]).is_pending());
        if polls > 1 {
            bench.run();
            assert_eq!(woken[0].count(), 1, "the permit is its own");
        }
        drop(first);
        bench.run();
        assert_eq!(woken[1].count(), 1);
        assert!(is_sent(&poll(&mut second, &woken[1])));
        bench.run();
        assert_eq!(seen(&mut bench), "note0@home note2@home", "{polls} polls");
        // Nothing leaked: there is room for one again, and for no more.
        bench.address().post(InputPosted::Note(3)).unwrap();
        assert!(bench.address().post(InputPosted::Note(4)).is_err());
    }
}

#[test]
fn b07_a_send_that_was_ready_has_sent_and_dropping_it_changes_nothing() {
    let mut bench = room(1);
    let woken = Arc::new(Woken::default());
    let mut sending = send(&bench, 1);
    assert!(is_sent(&poll(&mut sending, &woken)));
    drop(sending);
    assert!(bench.address().post(InputPosted::Note(4)).is_err());
    bench.run();
    assert_eq!(seen(&mut bench), "note1@home");
}

#[test]
fn b07_a_stop_gives_the_events_back_to_all_who_wait() {
    let mut bench = room(1);
    let woken = Arc::new(Woken::default());
    bench.address().post(InputPosted::Note(0)).unwrap();
    let mut waiting: Vec<_> = (1..4).map(|n| send(&bench, n)).collect();
    for sending in &mut waiting {
        assert!(poll(sending, &woken).is_pending());
    }
    bench.stop();
    assert_eq!(woken.count(), 3);
    for (sending, n) in waiting.iter_mut().zip(1..) {
        match poll(sending, &woken) {
            Poll::Ready(Err(SendError(InputPosted::Note(back)))) => assert_eq!(back, n),
            Poll::Ready(_) | Poll::Pending => panic!("{n} did not come back"),
        }
    }
    let mut late = send(&bench, 9);
    assert!(matches!(poll(&mut late, &woken), Poll::Ready(Err(_))));
    assert_eq!(seen(&mut bench), "");
}

#[test]
fn b07_so_does_the_end_of_the_domain() {
    let bench = room(1);
    let woken = Arc::new(Woken::default());
    bench.address().post(InputPosted::Note(0)).unwrap();
    let mut waiting = send(&bench, 1);
    assert!(poll(&mut waiting, &woken).is_pending());
    drop(bench);
    assert_eq!(woken.count(), 1);
    assert!(matches!(poll(&mut waiting, &woken), Poll::Ready(Err(_))));
}

#[test]
fn b07_an_actor_that_is_restarted_by_hand_serves_senders_again_and_not_those_of_before() {
    let mut bench = room(1);
    let woken = Arc::new(Woken::default());
    bench.address().post(InputPosted::Note(0)).unwrap();
    let [mut handed, mut unpolled, mut waiting] = [1, 2, 3].map(|n| send(&bench, n));
    assert!(poll(&mut handed, &woken).is_pending());
    bench.run();
    assert!(poll(&mut waiting, &woken).is_pending());
    bench.dispatch(to_do(|_, _| panic!("as the test says")));
    assert_eq!(bench.state(), "");
    // Who asks a closed door does not wait in front of it.
    assert!(matches!(
        poll(&mut send(&bench, 4), &woken),
        Poll::Ready(Err(_))
    ));
    bench.domain().restart_actor_named("actor").unwrap();
    for from_before in [&mut handed, &mut waiting] {
        assert!(matches!(poll(from_before, &woken), Poll::Ready(Err(_))));
    }
    assert!(is_sent(&poll(&mut unpolled, &woken)));
    assert!(bench.address().post(InputPosted::Note(9)).is_err());
    // One that waits now is not taken for one of before.
    let mut next = send(&bench, 5);
    assert!(poll(&mut next, &woken).is_pending());
    drop((handed, waiting));
    assert!(poll(&mut next, &woken).is_pending());
    bench.run();
    assert!(is_sent(&poll(&mut next, &woken)));
    bench.run();
    assert_eq!(seen(&mut bench), "note0@home note2@home note5@home");
}

/// An executor for one future.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Polls::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn b07_senders_of_other_threads_and_executors_lose_nothing_and_keep_their_order() {
    const EACH: u32 = 2_000;
    let clock = Arc::new(SystemClock);
    let settings = DomainSettings::alone("bench".parse().unwrap(), clock.clone(), [0; 32]);
    let (give, given) = std::sync::mpsc::channel();
    let domain = farc::run_on_thread("test", clock, move || {
        let mut domain = Domain::new(settings);
        let options = ActorOptions {
            mailbox: 6,
            ..ActorOptions::default()
        };
        let address = domain.spawn::<Ordered>("ordered", (), options)?;
        give.send(address).unwrap();
        Ok::<_, farc::SpawnError>(domain)
    })
    .unwrap();
    let address = given.recv().unwrap();
    thread::scope(|scope| {
        for from in 0..4u8 {
            let address = address.clone();
            scope.spawn(move || {
                for n in 0..EACH {
                    // Some give up, and ask again.
                    if n % 7 == 0 {
                        let waker = Waker::from(Arc::new(Woken::default()));
                        let mut impatient = pin!(address.send(Number { from, n }));
                        if impatient
                            .as_mut()
                            .poll(&mut Polls::from_waker(&waker))
                            .is_ready()
                        {
                            continue;
                        }
                    }
                    block_on(address.send(Number { from, n })).unwrap();
                }
            });
        }
    });
    // A command runs between two steps, so it is asked again until all is dispatched.
    let books = loop {
        let (tell, told) = std::sync::mpsc::channel();
        let ask = move |domain: &mut Domain| tell.send(domain.books()).unwrap();
        domain.inbox().run(ask).unwrap();
        let books = told.recv().unwrap();
        assert_eq!(books.balance(), Vec::<String>::new());
        if books.actors["ordered"].queued == 0 {
            break books;
        }
        thread::yield_now();
    };
    assert_eq!(books.actors["ordered"].delivered, u64::from(EACH) * 4);
    domain.inbox().run(Domain::stop).unwrap();
    assert!(domain.join());
}

#[derive(Signal, serde::Serialize, serde::Deserialize, Clone)]
#[signal("sending.number")]
struct Number {
    from: u8,
    n: u32,
}

#[derive(Event)]
enum OrderedEvent {
    Number(Number),
}

struct Ordered {
    next: [u32; 4],
}

#[hsm(event = OrderedEvent, initial = taking)]
impl Ordered {
    #[state]
    fn taking(&mut self, event: &OrderedEvent) -> Next<Self> {
        match event {
            OrderedEvent::Number(Number { from, n }) => {
                let next = &mut self.next[usize::from(*from)];
                assert_eq!(next, n);
                *next += 1;
                Handled
            }
        }
    }
}

impl Actor for Ordered {
    type Args = ();
    fn new((): (), _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self { next: [0; 4] })
    }
}

/// What happens to the senders of the property.
#[derive(Clone, Copy, Debug)]
enum Move {
    Begin,
    Poll(usize),
    Drop(usize),
    Post,
    Step,
    /// The actor fails for good.
    Fail,
    /// It is restarted by hand, whether it runs or has failed.
    Restart,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => Just(Move::Begin),
        8 => (0..8usize).prop_map(Move::Poll),
        3 => (0..8usize).prop_map(Move::Drop),
        2 => Just(Move::Post),
        6 => Just(Move::Step),
        1 => Just(Move::Fail),
        2 => Just(Move::Restart),
    ];
    proptest::collection::vec(one, 1..80)
}

proptest! {
    #[test]
    fn b07_what_was_sent_said_so_whatever_is_polled_or_dropped_when(moves in moves(), permits in 1..4usize) {
        let mut bench = room(permits);
        let woken = Arc::new(Woken::default());
        let mut senders: Vec<(u32, Sending<Keeper>)> = Vec::new();
        // Those that have been polled and have not ended, in the order of their first poll.
        let mut line: Vec<u32> = Vec::new();
        let mut sent: Vec<String> = Vec::new();
        // Those that were in the line when the actor failed: their events come back, whatever it does since.
        let mut sent_away: Vec<u32> = Vec::new();
        let mut stopped = false;
        let mut n = 0;
        for step in moves {
            match step {
                Move::Begin => {
                    n += 1;
                    senders.push((n, send(&bench, n)));
                }
                Move::Poll(i) if i < senders.len() => {
                    let (n, sending) = &mut senders[i];
                    match poll(sending, &woken) {
                        Poll::Pending => {
                            prop_assert!(!stopped && !sent_away.contains(n));
                            if !line.contains(n) {
                                line.push(*n);
                            }
                        }
                        Poll::Ready(result) => {
                            prop_assert_eq!(result.is_err(), stopped || sent_away.contains(n));
                            if result.is_ok() {
                                // No more of those before it wait than have permits that they have not used.
                                let before = line.iter().take_while(|other| *other != n).count();
                                prop_assert!(before < permits);
                                sent.push(format!("note{n}@home"));
                            }
                            line.retain(|other| other != n);
                            drop(senders.remove(i));
                        }
                    }
                }
                Move::Drop(i) if i < senders.len() => {
                    let (n, sending) = senders.remove(i);
                    drop(sending);
                    line.retain(|other| *other != n);
                }
                Move::Post => {
                    n += 1;
                    if bench.address().post(InputPosted::Note(n)).is_ok() {
                        sent.push(format!("note{n}@home"));
                    }
                }
                Move::Step => {
                    bench.step();
                }
                Move::Fail if !stopped => {
                    bench.run();
                    bench.dispatch(to_do(|_, _| panic!("as the test says")));
                    stopped = true;
                    sent_away.append(&mut line);
                }
                Move::Restart => {
                    bench.domain().restart_actor_named("actor").unwrap();
                    stopped = false;
                }
                Move::Fail => {}
                Move::Poll(_) | Move::Drop(_) => {}
            }
        }
        // Those that wait still give up, with permits that they have not used.
        drop(senders);
        bench.run();
        prop_assert_eq!(seen(&mut bench), sent.join(" "));
        // All permits are there, also those that were taken or handed out when it failed.
        if stopped {
            bench.domain().restart_actor_named("actor").unwrap();
        }
        for n in 0..permits {
            prop_assert!(bench.address().post(InputPosted::Note(n as u32)).is_ok());
        }
        prop_assert!(bench.address().post(InputPosted::Note(99)).is_err());
        bench.run();
        drop(seen(&mut bench));
    }
}
