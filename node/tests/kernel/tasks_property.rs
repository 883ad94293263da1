//! B10, A23, D3 at random: what a task brings is dispatched at most once, in its order, and never after the task has ended.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as Polls, Poll};
use std::time::Duration;

use farc::prelude::*;
use proptest::prelude::*;
use tokio::sync::mpsc;

use super::keeper::{EXITS, Input, bench_with, log, take_log, to_do};

#[derive(Clone, Copy, Debug)]
enum Move {
    /// The actor starts a task; bound to its state, or to the actor.
    Spawn(bool),
    /// The actor cancels one that it has started.
    Cancel(usize),
    /// A task has something to bring, or the last of it.
    Item(usize),
    End(usize),
    /// The runtime takes a turn.
    Turn,
    /// The actor takes a step.
    Step,
    Away,
    Home,
    Note,
    Defers(bool),
    Recall,
    Panic,
    Advance,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => any::<bool>().prop_map(Move::Spawn),
        2 => (0..12usize).prop_map(Move::Cancel),
        10 => (0..12usize).prop_map(Move::Item),
        3 => (0..12usize).prop_map(Move::End),
        12 => Just(Move::Turn),
        12 => Just(Move::Step),
        2 => Just(Move::Away),
        2 => Just(Move::Home),
        4 => Just(Move::Note),
        2 => any::<bool>().prop_map(Move::Defers),
        1 => Just(Move::Recall),
        1 => Just(Move::Panic),
        1 => Just(Move::Advance),
    ];
    proptest::collection::vec(one, 1..100)
}

struct Channel(mpsc::Receiver<u32>);

impl futures_core::Stream for Channel {
    type Item = u32;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Polls<'_>) -> Poll<Option<u32>> {
        self.0.poll_recv(cx)
    }
}

/// What the log says of one task.
#[derive(Default)]
struct Told {
    bound: bool,
    ended: bool,
    last: u32,
}

/// Reads the log; what was dispatched, by task.
fn check(log: &[String], ordered: bool) -> Result<BTreeMap<u32, Vec<u32>>, String> {
    let mut tasks = BTreeMap::<u32, Told>::new();
    let mut done = BTreeMap::<u32, Vec<u32>>::new();
    for line in log {
        let words: Vec<_> = line.split(['@', ' ']).collect();
        match *words.as_slice() {
            ["bound" | "free", id] => {
                let bound = words[0] == "bound";
                let told = Told {
                    bound,
                    ..Told::default()
                };
                tasks.insert(id.parse().unwrap(), told);
            }
            ["cancel", id] => {
                tasks.get_mut(&id.parse().unwrap()).unwrap().ended = true;
            }
            ["exit"] => {
                for task in tasks.values_mut().filter(|task| task.bound) {
                    task.ended = true;
                }
            }
            ["panic"] => {
                for task in tasks.values_mut() {
                    task.ended = true;
                }
            }
            [item, _state] if !item.starts_with("note") => {
                let item: u32 = item.parse().unwrap();
                let id = item / 1000;
                let task = tasks
                    .get_mut(&id)
                    .ok_or_else(|| format!("{item}: from nobody"))?;
                if task.ended {
                    return Err(format!("{item}: after the end of its task"));
                }
                if ordered && item <= task.last {
                    return Err(format!("{item}: after {}", task.last));
                }
                task.last = item;
                let items = done.entry(id).or_default();
                if items.contains(&item) {
                    return Err(format!("{item}: twice"));
                }
                items.push(item);
            }
            _ => {}
        }
    }
    // Of those that are left everything has to be there.
    done.retain(|id, _| !tasks[id].ended);
    for (id, _) in tasks.iter().filter(|(_, task)| !task.ended) {
        done.entry(*id).or_default();
    }
    Ok(done)
}

fn run(moves: &[Move], mailbox: usize) -> Result<(), String> {
    EXITS.set(true);
    take_log();
    let mut bench = bench_with(ActorOptions {
        mailbox,
        ..ActorOptions::default()
    });
    let handles = Arc::new(Mutex::new(BTreeMap::<u32, Task>::new()));
    // What each task still takes, and what it was given.
    let mut channels: Vec<Option<mpsc::Sender<u32>>> = Vec::new();
    let mut given = Vec::<u32>::new();
    for step in moves {
        match *step {
            Move::Spawn(bound) => {
                let id = channels.len() as u32;
                let (sender, receiver) = mpsc::channel(64);
                let handles = handles.clone();
                let act = to_do(move |_, cx| {
                    let items = Channel(receiver);
                    let mut count = 0;
                    let event = move |item: Option<u32>| {
                        count += 1;
                        Input::Done(item.unwrap_or(id * 1000 + count))
                    };
                    let task = if bound {
                        cx.attach(items, event)
                    } else {
                        cx.attach_for_actor(items, event)
                    };
                    handles
                        .lock()
                        .unwrap()
                        .insert(id, task.map_err(drop).unwrap());
                    log(format!("{} {id}", if bound { "bound" } else { "free" }));
                });
                if bench.post(act).is_ok() {
                    channels.push(Some(sender));
                    given.push(0);
                }
            }
            Move::Cancel(i) => {
                let handles = handles.clone();
                drop(bench.post(to_do(move |_, cx| {
                    if let Some(task) = handles.lock().unwrap().get_mut(&(i as u32)) {
                        task.cancel(cx);
                        log(format!("cancel {i}"));
                    }
                })));
            }
            Move::Item(i) => {
                if let Some(Some(channel)) = channels.get(i)
                    && given[i] < 20
                    && channel.try_send(i as u32 * 1000 + given[i] + 1).is_ok()
                {
                    given[i] += 1;
                }
            }
            Move::End(i) => {
                if let Some(channel) = channels.get_mut(i)
                    && channel.take().is_some()
                {
                    // The end is an event too.
                    given[i] += 1;
                }
            }
            Move::Turn => {
                bench.spawner().step();
            }
            Move::Step => {
                bench.step();
            }
            Move::Away => drop(bench.post(Input::Away)),
            Move::Home => drop(bench.post(Input::Home)),
            Move::Note => drop(bench.post(Input::Note(0))),
            Move::Defers(defers) => {
                drop(bench.post(to_do(move |keeper, _| keeper.defers = defers)));
            }
            Move::Recall => drop(bench.post(to_do(|_, cx| while cx.recall() {}))),
            Move::Panic => drop(bench.post(to_do(|_, _| {
                log("panic".to_owned());
                panic!("as asked");
            }))),
            Move::Advance => bench.advance(Duration::from_secs(1)),
        }
        let wrong = bench.domain().books().balance();
        if !wrong.is_empty() {
            return Err(format!("{wrong:?}"));
        }
    }
    bench.advance(Duration::from_secs(20));
    bench.run_tasks();
    bench.dispatch(to_do(|keeper, cx| {
        keeper.defers = false;
        while cx.recall() {}
    }));
    bench.run_tasks();
    let stopped = bench.state().is_empty();
    let wrong = bench.domain().books().balance();
    if !wrong.is_empty() {
        return Err(format!("{wrong:?}"));
    }
    // What is deferred lets others pass.
    let defers = |step: &Move| matches!(step, Move::Defers(true));
    let left = check(&take_log(), !moves.iter().any(defers))?;
    for (id, items) in left {
        let whole = items.len() as u32 == given[id as usize];
        // In the side queue there is room for a hundred.
        if !whole && !stopped {
            return Err(format!("{id}: {items:?} of {}", given[id as usize]));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn b10_what_a_task_brings_is_dispatched_once_in_order_and_never_after_its_end(
        moves in moves(),
        mailbox in 2..16usize,
    ) {
        if let Err(wrong) = run(&moves, mailbox) {
            prop_assert!(false, "{}", wrong);
        }
    }
}
