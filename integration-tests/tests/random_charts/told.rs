//! What generated charts are written against: their event, their fields, and the context that writes down what they do.

use std::cell::RefCell;

use farc::hsm::{Host, Record, StateId};
use farc::{Actor, Context};

use crate::description::{COUNTS, FLAGS, Letter, NUMBER};
use crate::queues::Queues;

/// What the charts react to. The letters are the variants in the order of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, farc::Event)]
pub(crate) enum Event {
    #[event(local)]
    A,
    #[event(local)]
    B,
    #[event(local)]
    C,
    #[event(local)]
    D,
    #[event(local)]
    E,
    #[event(local)]
    F,
    #[event(local)]
    G,
    #[event(local)]
    H,
    #[event(local)]
    N(u8),
}

impl Event {
    /// The event of a letter; `number` counts only where the letter carries one.
    pub(crate) fn of(letter: Letter, number: u8) -> Self {
        let plain = [
            Self::A,
            Self::B,
            Self::C,
            Self::D,
            Self::E,
            Self::F,
            Self::G,
            Self::H,
        ];
        plain.get(letter).copied().unwrap_or(Self::N(number))
    }

    /// Which letter it is.
    pub(crate) fn letter(self) -> Letter {
        (0..NUMBER)
            .find(|&letter| Self::of(letter, 0) == self)
            .unwrap_or(NUMBER)
    }

    /// The number it carries.
    pub(crate) fn number(self) -> Option<u8> {
        match self {
            Self::N(number) => Some(number),
            Self::A | Self::B | Self::C | Self::D | Self::E | Self::F | Self::G | Self::H => None,
        }
    }
}

/// What an actor knows beside its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) flags: [bool; FLAGS],
    pub(crate) counts: [u8; COUNTS],
}

impl Fields {
    /// What state data are constructed from.
    pub(crate) fn sum(&self) -> u32 {
        self.counts.iter().map(|&count| u32::from(count)).sum()
    }
}

/// A generated actor shows its fields.
pub(crate) trait Fielded {
    fn fields(&self) -> Fields;
}

/// State data, a type for each level: those of states on one path differ.
macro_rules! data {
    ($($level:ident)*) => {
        $(
            #[derive(Debug)]
            pub(crate) struct $level(pub(crate) u32);
        )*
    };
}

data! { D0 D1 D2 D3 D4 D5 D6 D7 }

/// One thing that happened: said by an action, or by the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The start action ran.
    Starts,
    /// An arm of a state's handler was taken.
    Reacts(usize, usize),
    EntryAction(usize),
    ExitAction(usize),
    InitAction(usize),
    /// The data of a state have this value.
    Data(usize, u32),
    /// An event was posted, at the end or before everything.
    Posts(Event),
    PostsFront(Event),
    Recalls(bool),
    DropsDeferred(bool),
    /// How many events are deferred, and how many may be.
    Deferred(usize, usize),
    /// The engine says that these happen.
    Entry(usize),
    Exit(usize),
    Exited(usize),
    Init(usize),
    History(usize, usize),
    /// What the event came to.
    Answer(usize),
    Transition(usize),
    Internal(usize),
    Defers(usize),
    Ignored,
    Stopped(usize),
    /// An action ran in the name of another state than its own.
    WrongScope(Option<usize>),
}

/// How many events an actor may post between two events from outside: what posts itself would never come to rest.
pub(crate) const POSTS: u32 = 6;

/// How many events wait in the mailbox before the outside sends no more.
const WAITING: usize = 24;

/// What is written down, and what actions can touch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) notes: Vec<Note>,
    pub(crate) queues: Queues,
    pub(crate) may_post: u32,
    scope: Option<usize>,
}

impl Note {
    /// Whether an action said it, and not the engine.
    pub(crate) fn is_of_an_action(&self) -> bool {
        matches!(
            self,
            Self::Starts
                | Self::Reacts(..)
                | Self::EntryAction(_)
                | Self::ExitAction(_)
                | Self::InitAction(_)
                | Self::Data(..)
                | Self::Posts(_)
                | Self::PostsFront(_)
                | Self::Recalls(_)
                | Self::DropsDeferred(_)
                | Self::Deferred(..)
        )
    }
}

impl Told {
    /// Nothing happened, nothing waits, and so many events may be kept aside.
    pub(crate) fn with_room_for(deferred: usize) -> Self {
        Self {
            queues: Queues::of(deferred),
            may_post: POSTS,
            ..Self::default()
        }
    }

    /// An event from outside. What does not fit is not sent, and false: bounds of mailboxes are not the matter here.
    pub(crate) fn receives(&mut self, event: Event) -> bool {
        let room = self.queues.mailbox.len() < WAITING && self.queues.has_room();
        if room {
            self.queues.mailbox.push_back(event);
        }
        room
    }

    /// Uses up one of the posts that are allowed.
    fn may_post(&mut self) -> bool {
        let may = self.may_post > 0;
        self.may_post -= u32::from(may);
        may
    }

    pub(crate) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    fn note_in(&mut self, scope: Option<usize>, note: Note) {
        if self.scope != scope {
            self.notes.push(Note::WrongScope(self.scope));
        }
        self.notes.push(note);
    }

    pub(crate) fn starts(&mut self) {
        self.note_in(None, Note::Starts);
    }

    pub(crate) fn reacts(&mut self, state: usize, arm: usize) {
        self.note_in(Some(state), Note::Reacts(state, arm));
    }

    pub(crate) fn enters(&mut self, state: usize) {
        self.note_in(Some(state), Note::EntryAction(state));
    }

    pub(crate) fn exits(&mut self, state: usize) {
        self.note_in(Some(state), Note::ExitAction(state));
    }

    pub(crate) fn inits(&mut self, state: usize) {
        self.note_in(Some(state), Note::InitAction(state));
    }

    pub(crate) fn says(&mut self, state: usize, value: u32) {
        self.note(Note::Data(state, value));
    }

    pub(crate) fn posts(&mut self, event: Event) {
        if self.may_post() && self.queues.has_room() {
            self.queues.mailbox.push_back(event);
            self.note(Note::Posts(event));
        }
    }

    pub(crate) fn posts_front(&mut self, event: Event) {
        if self.may_post() && self.queues.has_room() {
            self.queues.front.push(event);
            self.note(Note::PostsFront(event));
        }
    }

    pub(crate) fn recalls(&mut self) {
        let recalled = self.queues.recall();
        self.note(Note::Recalls(recalled));
    }

    pub(crate) fn drops_deferred(&mut self) {
        let dropped = self.queues.drop_deferred();
        self.note(Note::DropsDeferred(dropped));
    }

    pub(crate) fn asks_deferred(&mut self) {
        let queues = &self.queues;
        self.note(Note::Deferred(queues.deferred.len(), queues.capacity));
    }
}

impl<S: StateId> Host<S> for Told {
    fn scope(&mut self, state: Option<S>) {
        self.scope = state.map(StateId::index);
    }

    fn exited(&mut self, state: S) {
        self.note(Note::Exited(state.index()));
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the set of records is open")]
    fn record(&mut self, record: Record<S>) {
        self.note(match record {
            Record::Entry(state) => Note::Entry(state.index()),
            Record::Exit(state) => Note::Exit(state.index()),
            Record::Init(state) => Note::Init(state.index()),
            Record::Answer(state) => Note::Answer(state.index()),
            Record::History { composite, to } => Note::History(composite.index(), to.index()),
            Record::Deferred(state) => Note::Defers(state.index()),
            Record::Transition { source, .. } => Note::Transition(source.index()),
            Record::Internal(state) => Note::Internal(state.index()),
            Record::Ignored => Note::Ignored,
            Record::Stopped(state) => Note::Stopped(state.index()),
            _ => return,
        });
    }
}

thread_local! {
    /// What the actor of this thread's domain writes down.
    static SAID: RefCell<Told> = RefCell::default();
}

/// What the actor has said since the last call; it may post anew.
pub(crate) fn take_said() -> Vec<Note> {
    SAID.with_borrow_mut(|said| {
        said.may_post = POSTS;
        std::mem::take(&mut said.notes)
    })
}

/// What generated actors call on their context, as generated machines call it on [`Told`].
pub(crate) trait Acting {
    fn starts(&mut self) {
        say(Note::Starts);
    }

    fn reacts(&mut self, state: usize, arm: usize) {
        say(Note::Reacts(state, arm));
    }

    fn enters(&mut self, state: usize) {
        say(Note::EntryAction(state));
    }

    fn exits(&mut self, state: usize) {
        say(Note::ExitAction(state));
    }

    fn inits(&mut self, state: usize) {
        say(Note::InitAction(state));
    }

    fn says(&mut self, state: usize, value: u32) {
        say(Note::Data(state, value));
    }

    fn posts(&mut self, event: Event);
    fn posts_front(&mut self, event: Event);
    fn recalls(&mut self);
    fn drops_deferred(&mut self);
    fn asks_deferred(&mut self);
}

fn say(note: Note) {
    SAID.with_borrow_mut(|said| said.note(note));
}

fn may_post() -> bool {
    SAID.with_borrow_mut(Told::may_post)
}

impl<A: Actor<Event = Event>> Acting for Context<'_, A> {
    fn posts(&mut self, event: Event) {
        if may_post() && self.post_self(event).is_ok() {
            say(Note::Posts(event));
        }
    }

    fn posts_front(&mut self, event: Event) {
        if may_post() && self.post_front(event).is_ok() {
            say(Note::PostsFront(event));
        }
    }

    fn recalls(&mut self) {
        say(Note::Recalls(self.recall()));
    }

    fn drops_deferred(&mut self) {
        say(Note::DropsDeferred(self.drop_deferred()));
    }

    fn asks_deferred(&mut self) {
        let (deferred, capacity) = self.deferred();
        say(Note::Deferred(deferred, capacity));
    }
}
