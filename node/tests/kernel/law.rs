//! B1 to B9 held against a second reading of them: random programs of posts and publications, run by a domain and by the rules alone.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;
use farc::prelude::*;
use farc::{Clock as _, DomainSettings, ManualClock};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// One of three signals.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("law.red")]
struct Red {
    n: u8,
}

#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("law.green")]
struct Green {
    n: u8,
}

#[derive(Event, Clone)]
enum Input {
    Red(Red),
    Green(Green),
    #[event(local)]
    Go(u8),
    #[event(local)]
    Meet(Vec<Address<Player>>),
}

/// What an actor does about an event. The number says how deep it is nested: a program names only deeper ones, so it ends.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Op {
    Red(u8),
    Green(u8),
    /// To itself.
    Mine(u8),
    /// To the actor with this number.
    Post(u8, u8),
    /// The clock moves on while the step runs, as a real one does.
    Take(u64),
}

/// By the event: `red3`, `go0`.
type Program = BTreeMap<String, Vec<Op>>;

struct Player {
    number: u8,
    program: Program,
    others: Vec<Address<Self>>,
}

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static CLOCK: RefCell<Option<Arc<ManualClock>>> = const { RefCell::new(None) };
}

fn log(line: String) {
    LOG.with_borrow_mut(|log| log.push(line));
}

#[hsm(event = Input, initial = playing, subscribe = [Red, Green])]
impl Player {
    #[state]
    fn playing(&mut self, event: &Input, cx: &mut Context<Self>) -> Next<Self> {
        match event {
            Input::Meet(others) => {
                self.others = others.clone();
                Handled
            }
            Input::Red(_) | Input::Green(_) | Input::Go(_) => {
                self.play(event, cx);
                Handled
            }
        }
    }
}

impl Player {
    fn play(&self, event: &Input, cx: &mut Context<Self>) {
        let event = match event {
            Input::Red(Red { n }) => format!("red{n}"),
            Input::Green(Green { n }) => format!("green{n}"),
            Input::Go(n) => format!("go{n}"),
            Input::Meet(_) => String::new(),
        };
        log(format!("{}:{event}", self.number));
        for op in self.program.get(&event).into_iter().flatten() {
            match *op {
                Op::Red(n) => said(cx.publish(Red { n })),
                Op::Green(n) => said(cx.publish(Green { n })),
                Op::Mine(n) => told(cx.post_self(Input::Go(n)).is_ok()),
                Op::Post(to, n) => {
                    let to = self.others[usize::from(to) % self.others.len()].clone();
                    told(cx.post(&to, Input::Go(n)).is_ok());
                }
                Op::Take(milliseconds) => CLOCK.with_borrow(|clock| {
                    if let Some(clock) = clock {
                        clock.advance(Duration::from_millis(milliseconds));
                    }
                }),
            }
        }
        log(";".to_owned());
    }
}

fn said(published: Published) {
    log(format!(
        "+{}-{}",
        published.delivered, published.dropped.mailbox_full
    ));
}

fn told(taken: bool) {
    log(if taken { "+" } else { "-" }.to_owned());
}

impl Actor for Player {
    type Args = (u8, Program);

    fn new((number, program): Self::Args, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self {
            number,
            program,
            others: Vec::new(),
        })
    }
}

/// A domain of players who know each other.
struct Game {
    domain: Domain,
    clock: Arc<ManualClock>,
    players: Vec<Address<Player>>,
}

/// The priority of a player, the room of its mailbox for the domain, and its program.
type Seat = (u8, usize, Program);

impl Game {
    fn new(seats: &[Seat]) -> Self {
        let clock = Arc::new(ManualClock::new());
        CLOCK.set(Some(clock.clone()));
        let settings = DomainSettings::alone("law".parse().unwrap(), clock.clone(), [0; 32]);
        let mut domain = Domain::new(settings);
        let mut players = Vec::new();
        for (number, (priority, room, program)) in seats.iter().enumerate() {
            let options = ActorOptions {
                priority: *priority,
                // Half of it is for other threads.
                mailbox: 2 * room,
                ..ActorOptions::default()
            };
            let args = (number as u8, program.clone());
            let player = domain.spawn::<Player>(&number.to_string(), args, options);
            players.push(player.unwrap());
        }
        domain.start();
        for player in &players {
            let meet = Input::Meet(players.clone());
            domain.post(player, meet).unwrap();
        }
        domain.run_until_idle(clock.now());
        LOG.take();
        Self {
            domain,
            clock,
            players,
        }
    }

    /// What happens when the player with this number is told to begin.
    fn play(&mut self, first: u8) -> String {
        let first = &self.players[usize::from(first) % self.players.len()];
        self.domain.post(first, Input::Go(0)).unwrap();
        self.domain.run_until_idle(self.clock.now());
        let wrong = self.domain.books().balance();
        assert!(wrong.is_empty(), "{wrong:#?}");
        LOG.take().join(" ")
    }

    fn longest_waits(&self) -> Vec<u64> {
        let status = self.domain.status();
        status
            .iter()
            .map(|actor| actor.longest_wait_steps)
            .collect()
    }
}

fn program<const N: usize>(rules: [(&str, Vec<Op>); N]) -> Program {
    rules
        .into_iter()
        .map(|(event, ops)| (event.to_owned(), ops))
        .collect()
}

/// The scheduler as B1 to B4 and B6 (`reject`) describe it, and not as it is built: 64 queues of actors, searched from the top.
struct Rules {
    seats: Vec<(Seat, VecDeque<String>)>,
    levels: Vec<VecDeque<usize>>,
    /// The number of the step before which each actor became ready.
    since: Vec<u64>,
    longest: Vec<u64>,
    steps: u64,
    running: Option<usize>,
    log: Vec<String>,
}

impl Rules {
    fn new(seats: &[Seat]) -> Self {
        let count = seats.len();
        Self {
            seats: seats
                .iter()
                .map(|seat| (seat.clone(), VecDeque::new()))
                .collect(),
            levels: vec![VecDeque::new(); 64],
            since: vec![0; count],
            longest: vec![0; count],
            steps: 0,
            running: None,
            log: Vec::new(),
        }
    }

    fn put(&mut self, to: usize, event: String) -> bool {
        let ((priority, room, _), mailbox) = &mut self.seats[to];
        if mailbox.len() >= *room {
            return false;
        }
        mailbox.push_back(event);
        let level = &mut self.levels[usize::from(*priority)];
        if self.running != Some(to) && !level.contains(&to) {
            level.push_back(to);
            self.since[to] = self.steps;
        }
        true
    }

    fn publish(&mut self, event: &str) -> String {
        let mut receivers: Vec<usize> = (0..self.seats.len()).collect();
        receivers.sort_by_key(|&to| std::cmp::Reverse(self.seats[to].0.0));
        let taken = receivers
            .iter()
            .filter(|&&to| self.put(to, event.to_owned()));
        let taken = taken.count();
        format!("+{taken}-{}", receivers.len() - taken)
    }

    fn play(&mut self, first: u8) -> String {
        let count = self.seats.len();
        self.put(usize::from(first) % count, "go0".to_owned());
        while let Some(level) = (0..64).rev().find(|level| !self.levels[*level].is_empty()) {
            let actor = self.levels[level].pop_front().unwrap();
            self.longest[actor] = self.longest[actor].max(self.steps - self.since[actor]);
            self.running = Some(actor);
            self.steps += 1;
            let (seat, mailbox) = &mut self.seats[actor];
            let event = mailbox.pop_front().unwrap();
            let ops = seat.2.get(&event).cloned().unwrap_or_default();
            self.log.push(format!("{actor}:{event}"));
            for op in ops {
                let line = match op {
                    Op::Red(n) => self.publish(&format!("red{n}")),
                    Op::Green(n) => self.publish(&format!("green{n}")),
                    Op::Mine(n) => sign(self.put(actor, format!("go{n}"))),
                    Op::Post(to, n) => sign(self.put(usize::from(to) % count, format!("go{n}"))),
                    Op::Take(_) => continue,
                };
                self.log.push(line);
            }
            self.log.push(";".to_owned());
            self.running = None;
            if !self.seats[actor].1.is_empty() {
                self.levels[level].push_back(actor);
                self.since[actor] = self.steps;
            }
        }
        std::mem::take(&mut self.log).join(" ")
    }
}

fn sign(taken: bool) -> String {
    if taken { "+" } else { "-" }.to_owned()
}

fn ops(level: u8) -> impl Strategy<Value = Vec<Op>> {
    let op = (0..5u8, 0..8u8, 1..3u8).prop_map(move |(kind, to, deeper)| {
        let n = level + deeper;
        match kind {
            0 => Op::Red(n),
            1 => Op::Green(n),
            2 => Op::Mine(n),
            _ => Op::Post(to, n),
        }
    });
    prop::collection::vec(op, 0..4)
}

fn any_program() -> impl Strategy<Value = Program> {
    let rule = (0..4u8, prop_oneof!["red", "green", "go"]);
    let rule = rule.prop_flat_map(|(level, kind)| {
        ops(level).prop_map(move |ops| (format!("{kind}{level}"), ops))
    });
    prop::collection::vec(rule, 1..8).prop_map(|rules| rules.into_iter().collect())
}

fn seats() -> impl Strategy<Value = Vec<Seat>> {
    let priority = prop_oneof![Just(0), Just(1), Just(31), Just(62), Just(63)];
    prop::collection::vec((priority, 1..6usize, any_program()), 1..7)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn b02_any_program_runs_step_by_step_as_the_rules_say(seats in seats(), firsts in prop::collection::vec(any::<u8>(), 1..3)) {
        let mut game = Game::new(&seats);
        let mut rules = Rules::new(&seats);
        for first in firsts {
            prop_assert_eq!(game.play(first), rules.play(first));
        }
    }

    #[test]
    fn b08_the_longest_wait_in_steps_is_exact(seats in seats(), first in any::<u8>()) {
        let mut game = Game::new(&seats);
        // They have met, one after the other, and waited for that.
        let mut rules = Rules::new(&seats);
        for to in 0..seats.len() {
            rules.put(to, "meet".to_owned());
        }
        let before = rules.longest_of_meeting();
        game.play(first);
        rules.play(first);
        let longest: Vec<u64> = rules.longest.iter().zip(before).map(|(a, b)| *a.max(&b)).collect();
        prop_assert_eq!(game.longest_waits(), longest);
    }

    #[test]
    fn b09_the_same_inputs_give_the_same_steps(seats in seats(), first in any::<u8>()) {
        let run = || {
            let mut game = Game::new(&seats);
            (game.play(first), game.longest_waits(), game.domain.steps())
        };
        prop_assert_eq!(run(), run());
    }
}

impl Rules {
    /// Runs the events by which the players meet, and begins anew; how long they waited.
    fn longest_of_meeting(&mut self) -> Vec<u64> {
        while let Some(level) = (0..64).rev().find(|level| !self.levels[*level].is_empty()) {
            let actor = self.levels[level].pop_front().unwrap();
            self.longest[actor] = self.longest[actor].max(self.steps - self.since[actor]);
            self.steps += 1;
            self.seats[actor].1.clear();
        }
        self.longest.clone()
    }
}

#[test]
fn b01_a_step_is_over_before_the_next_one_begins() {
    let calls = program([
        ("go0", vec![Op::Post(1, 1), Op::Red(2), Op::Mine(3)]),
        ("red2", vec![Op::Post(1, 4)]),
    ]);
    let urgent = program([("go1", vec![Op::Mine(5)])]);
    let mut game = Game::new(&[(1, 8, calls), (63, 8, urgent)]);
    // Player 1 is the more urgent one, and yet waits for the semicolon.
    expect!["0:go0 + +2-0 + ; 1:go1 + ; 1:red2 ; 1:go5 ; 0:red2 + ; 1:go4 ; 0:go3 ;"]
        .assert_eq(&game.play(0));
}

#[test]
fn b02_equals_take_turns_and_the_more_urgent_go_between() {
    let begins = program([(
        "go0",
        vec![
            Op::Post(1, 1),
            Op::Post(1, 2),
            Op::Post(2, 1),
            Op::Post(2, 2),
        ],
    )]);
    let asks = program([("go1", vec![Op::Post(3, 7)])]);
    let mut game = Game::new(&[
        (5, 8, begins),
        (5, 8, asks.clone()),
        (5, 8, asks),
        (6, 8, program([])),
    ]);
    expect!["0:go0 + + + + ; 1:go1 + ; 3:go7 ; 2:go1 + ; 3:go7 ; 1:go2 ; 2:go2 ;"]
        .assert_eq(&game.play(0));
}

#[test]
fn b03_what_one_actor_sends_another_arrives_in_its_order_whichever_way_it_goes() {
    let mixed = vec![
        Op::Post(1, 1),
        Op::Red(2),
        Op::Post(1, 3),
        Op::Green(4),
        Op::Post(1, 5),
    ];
    let mut game = Game::new(&[(0, 8, program([("go0", mixed)])), (9, 8, program([]))]);
    expect![
        "0:go0 + +2-0 + +2-0 + ; 1:go1 ; 1:red2 ; 1:go3 ; 1:green4 ; 1:go5 ; 0:red2 ; 0:green4 ;"
    ]
    .assert_eq(&game.play(0));
}

#[test]
fn b04_what_is_sent_takes_its_place_before_the_handler_goes_on() {
    // Room for two: the third is refused within the same step, by post and by publication alike.
    let fills = vec![
        Op::Post(1, 1),
        Op::Post(1, 2),
        Op::Post(1, 3),
        Op::Red(4),
        Op::Mine(5),
    ];
    let mut game = Game::new(&[(0, 2, program([("go0", fills)])), (9, 2, program([]))]);
    expect!["0:go0 + + - +1-1 + ; 1:go1 ; 1:go2 ; 0:red4 ; 0:go5 ;"].assert_eq(&game.play(0));
}

/// A chain of so many steps, each of which takes a millisecond.
fn chain(steps: u8) -> Program {
    let step = |n: u8| (format!("go{n}"), vec![Op::Take(1), Op::Mine(n + 1)]);
    (0..steps).map(step).collect()
}

#[test]
fn b08_the_longest_wait_in_time_is_told_at_the_resolution_of_the_clocks_readings() {
    // Player 0 tells player 1, and is busy for 200 steps of a millisecond each before that one gets its turn.
    let mut busy = chain(200);
    busy.get_mut("go0").unwrap().push(Op::Post(1, 99));
    let mut game = Game::new(&[(9, 8, busy), (1, 8, program([]))]);
    game.play(0);
    let status = game.domain.status();
    assert_eq!(status[1].longest_wait_steps, 200);
    let waited = status[1].longest_wait.as_millis();
    assert!((200 - 32..=200 + 32).contains(&waited), "{waited} ms");
    // Whoever runs next waits for nobody, which the readings tell as well as they can.
    assert!(status[0].longest_wait <= Duration::from_millis(32));
}

#[test]
fn b09_on_a_virtual_clock_time_moves_only_when_the_domain_is_idle() {
    let mut busy = chain(0);
    for n in 0..200 {
        busy.insert(format!("go{n}"), vec![Op::Mine(n + 1)]);
    }
    let mut game = Game::new(&[(9, 8, busy), (1, 8, program([]))]);
    let before = game.domain.now();
    game.play(0);
    assert_eq!(game.domain.now(), before);
    let longest = game
        .domain
        .status()
        .into_iter()
        .map(|actor| actor.longest_wait);
    assert!(longest.eq([Duration::ZERO; 2]));
}
