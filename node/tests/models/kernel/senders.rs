//! Those who wait for a permit of a lane: against its release, those who want no more, and the end of the actor.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use loom::thread::{self, JoinHandle, Thread};

use super::Admit;
use super::bell::Bell;
use super::mailbox::{Lane, Receiver, Turn, lane};
use super::waking::run_until;
use crate::check;

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future until it is ready, as a runtime does.
pub(super) fn wait_for<F: Future + Unpin>(mut future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match Pin::new(&mut future).poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// A sender, as `Sending` is one.
struct Sender {
    lane: Arc<Lane<u32>>,
    turn: Turn,
    value: Option<u32>,
}

impl Future for Sender {
    type Output = Result<(), u32>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), u32>> {
        let Self { lane, turn, value } = &mut *self;
        lane.poll_send(turn, value, cx)
    }
}

impl Sender {
    fn new(lane: &Arc<Lane<u32>>, value: u32) -> Self {
        Self {
            lane: lane.clone(),
            turn: Turn::New,
            value: Some(value),
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.lane.give_up(self.turn);
    }
}

/// Sends, however long it takes.
fn patient(lane: &Arc<Lane<u32>>, value: u32) -> JoinHandle<bool> {
    let sender = Sender::new(lane, value);
    thread::spawn(move || wait_for(sender).is_ok())
}

/// Asks so often, and wants no more then. True if it has sent.
fn impatient(lane: &Arc<Lane<u32>>, value: u32, polls: usize) -> JoinHandle<bool> {
    let mut sender = Sender::new(lane, value);
    thread::spawn(move || {
        let mut cx = Context::from_waker(Waker::noop());
        (0..polls).any(|_| matches!(Pin::new(&mut sender).poll(&mut cx), Poll::Ready(Ok(()))))
    })
}

/// All permits of a lane of one are back, and nobody is said to wait.
fn has_room_for_one(receiver: &mut Receiver) {
    receiver.drain(8);
    assert!(
        receiver.lane.post::<u32>(8).is_ok(),
        "a permit is lost, or nobody waits in front of it"
    );
    let full = receiver.lane.post::<u32>(9);
    assert!(
        full.is_err_and(|back| back.why == Admit::Full),
        "a permit too many"
    );
}

/// Fails, since a sender sleeps for ever, if `ask` says that it waits without the lock or without a second look at the permits, if `release`
/// does not look whether somebody waits, and if `hand_out` wakes nobody.
#[test]
fn a_sender_that_waits_is_woken_by_the_release_of_a_permit() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let lane = lane(&bell, 1);
        let senders = [1, 2].map(|n| patient(&lane, n));
        let mut receiver = Receiver::new(&lane);
        run_until(&mut receiver, &bell, 2, 8, Duration::ZERO);
        assert!(senders.into_iter().all(|sender| sender.join().unwrap()));
        receiver.seen.sort_unstable();
        assert_eq!(receiver.seen, [1, 2]);
        has_room_for_one(&mut receiver);
    });
}

/// Fails, since the other one sleeps for ever, if `give_up` keeps a permit that was handed to it, and if `hand_out` wakes nobody.
#[test]
fn the_turn_of_a_sender_that_gives_up_is_the_next_ones() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let lane = lane(&bell, 1);
        lane.post::<u32>(0).ok().unwrap();
        let first = impatient(&lane, 1, 1);
        let second = patient(&lane, 2);
        // Not this thread, which waits for the others: a model may not wake whoever joins.
        let domain = thread::spawn(move || {
            let mut receiver = Receiver::new(&lane);
            // The first one's too, if it came before the second.
            while !receiver.seen.contains(&2) {
                let more = receiver.seen.len() + 1;
                run_until(&mut receiver, &bell, more, 8, Duration::ZERO);
            }
            receiver
        });
        let sent = first.join().unwrap();
        assert!(second.join().unwrap());
        let mut receiver = domain.join().unwrap();
        receiver.drain(8);
        assert_eq!(receiver.seen.contains(&1), sent);
        has_room_for_one(&mut receiver);
    });
}

/// Fails if `ask` sets the mark that somebody waits on a closed lane, and if `ask_again` takes one who is unknown for one who has a permit.
#[test]
fn the_end_of_an_actor_sends_those_who_wait_away_and_its_return_has_all_permits() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let lane = lane(&bell, 1);
        lane.post::<u32>(0).ok().unwrap();
        let sender = patient(&lane, 1);
        let mut receiver = Receiver::new(&lane);
        receiver.close();
        receiver.reopen();
        let sent = sender.join().unwrap();
        receiver.drain(8);
        assert_eq!(receiver.seen.contains(&1), sent);
        has_room_for_one(&mut receiver);
    });
}

/// Fails if `give_up` releases a permit that `shut` has taken back, if `shut` forgets one that was handed out, and if it leaves the mark that
/// somebody waits.
#[test]
fn whoever_gives_up_while_an_actor_ends_and_comes_back_takes_no_permit_along() {
    check(|| {
        let bell = Arc::new(Bell::default());
        let lane = lane(&bell, 1);
        lane.post::<u32>(0).ok().unwrap();
        let senders = [impatient(&lane, 1, 2), impatient(&lane, 2, 1)];
        let mut receiver = Receiver::new(&lane);
        // The permit of this one may be handed to who waits.
        receiver.drain(8);
        receiver.close();
        receiver.reopen();
        let [first, second] = senders.map(|sender| sender.join().unwrap());
        receiver.drain(8);
        for (value, sent) in [(1, first), (2, second)] {
            assert_eq!(receiver.seen.contains(&value), sent);
        }
        has_room_for_one(&mut receiver);
    });
}
