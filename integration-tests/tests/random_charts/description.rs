//! A chart as plain data: what the generator makes, what is written out as Rust source, and what the interpreter runs.
//!
//! States are numbered in the order in which they are written. Nothing is derived: what is not said here is found by walking the tree.

/// What a chart reacts to, by position in [`LETTERS`]; the last one carries a number.
pub(crate) type Letter = usize;

/// The variants of the event type.
pub(crate) const LETTERS: [&str; 9] = ["A", "B", "C", "D", "E", "F", "G", "H", "N"];

/// The letter that carries a number.
pub(crate) const NUMBER: Letter = 8;

/// How many boolean and how many counting fields an actor has.
pub(crate) const FLAGS: usize = 4;
pub(crate) const COUNTS: usize = 3;

/// A chart as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) seed: u64,
    /// Whether it is an actor in a domain; otherwise a machine with a context of its own.
    pub(crate) actor: bool,
    pub(crate) initial: usize,
    /// What the start action does; `None` if there is none.
    pub(crate) start: Option<Vec<Effect>>,
    pub(crate) states: Vec<State>,
    /// How many events may be kept aside.
    pub(crate) defer: usize,
    /// Whether only the charts' own `recall` brings deferred events back.
    pub(crate) recall_by_hand: bool,
}

/// A state as it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) parent: Option<usize>,
    pub(crate) initial: Option<usize>,
    pub(crate) history: Option<History>,
    /// The children that are active together, in their order; empty if only one child is active at a time.
    pub(crate) regions: Vec<usize>,
    /// Whether the entry action constructs data for the state, and what is done with it at the exit.
    pub(crate) data: Option<Data>,
    pub(crate) entry: Option<Vec<Effect>>,
    pub(crate) exit: Option<Vec<Effect>>,
    pub(crate) init: Option<Vec<Effect>>,
    pub(crate) arms: Vec<Arm>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct History {
    pub(crate) deep: bool,
    pub(crate) default: Option<usize>,
}

/// What becomes of a state's data when it is exited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// The exit action, if there is one, does not look at it.
    Dropped,
    /// The exit action borrows it.
    Borrowed,
    /// The exit action gets it as its own.
    Consumed,
}

/// One arm of the handler's `match`.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    /// The letters of the pattern; empty for a catch-all.
    pub(crate) letters: Vec<Letter>,
    pub(crate) guard: Option<Guard>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) body: Body,
}

/// What an arm ends with.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Answer(Answer),
    /// `if guard { effects; then } else { otherwise }`.
    If {
        guard: Guard,
        effects: Vec<Effect>,
        then: Box<Body>,
        otherwise: Box<Body>,
        /// Written as `if guard { …; return then; } otherwise`.
        early: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Handled,
    Super,
    To(usize),
    Reenter(usize),
    History(usize),
    DeepHistory(usize),
    Defer,
    Stop,
}

impl Answer {
    /// The state it names.
    pub(crate) fn target(self) -> Option<usize> {
        match self {
            Self::To(target)
            | Self::Reenter(target)
            | Self::History(target)
            | Self::DeepHistory(target) => Some(target),
            Self::Handled | Self::Super | Self::Defer | Self::Stop => None,
        }
    }
}

/// A condition over the fields, and in an arm of the number over the number.
#[derive(Clone, Debug)]
pub(crate) enum Guard {
    Flag(usize, bool),
    /// The count leaves this remainder.
    Count {
        count: usize,
        divisor: u8,
        remainder: u8,
    },
    /// The event's number leaves this remainder.
    Number {
        divisor: u8,
        remainder: u8,
    },
    Both(Box<Guard>, Box<Guard>),
}

/// What an action does beside saying that it ran.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    Set(usize, bool),
    Toggle(usize),
    Add(usize, u8),
    /// Puts the event's number into a count.
    Keep(usize),
    /// Adds to the data of a state and says the sum.
    AddToData(usize, u8),
    PostSelf(Letter),
    PostFront(Letter),
    /// Recalls one event and says whether there was one.
    Recall,
    /// Drops the oldest deferred event and says whether there was one.
    DropDeferred,
    /// Says how many events are deferred and how many may be.
    AskDeferred,
}

impl Body {
    /// Every answer that is written in it.
    pub(crate) fn answers(&self) -> Vec<Answer> {
        match self {
            Self::Answer(answer) => vec![*answer],
            Self::If {
                then, otherwise, ..
            } => [then.answers(), otherwise.answers()].concat(),
        }
    }
}

impl Chart {
    /// The states that enclose a state, from the innermost.
    pub(crate) fn enclosing(&self, state: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut up = self.states[state].parent;
        while let Some(outer) = up {
            found.push(outer);
            up = self.states[outer].parent;
        }
        found
    }

    /// Whether `inner` lies properly inside `outer`.
    pub(crate) fn encloses(&self, outer: usize, inner: usize) -> bool {
        self.enclosing(inner).contains(&outer)
    }

    /// The states directly inside, in the order of activity where they are regions, and in that of writing otherwise.
    pub(crate) fn children(&self, state: usize) -> Vec<usize> {
        if !self.states[state].regions.is_empty() {
            return self.states[state].regions.clone();
        }
        (0..self.states.len())
            .filter(|&inner| self.states[inner].parent == Some(state))
            .collect()
    }

    pub(crate) fn is_leaf(&self, state: usize) -> bool {
        self.children(state).is_empty()
    }

    /// Whether a transition to the state leads on to leaves.
    pub(crate) fn is_enterable(&self, state: usize) -> bool {
        let written = &self.states[state];
        self.is_leaf(state) || written.initial.is_some() || !written.regions.is_empty()
    }

    /// Whether the two lie in different regions of a composite, so that they are active together.
    pub(crate) fn are_active_together(&self, a: usize, b: usize) -> bool {
        let (of_a, of_b) = (self.with_enclosing(a), self.with_enclosing(b));
        self.states.iter().any(|composite| {
            let region_of = |path: &[usize]| {
                composite
                    .regions
                    .iter()
                    .position(|region| path.contains(region))
            };
            matches!((region_of(&of_a), region_of(&of_b)), (Some(x), Some(y)) if x != y)
        })
    }

    /// The state and those that enclose it, from the inside out.
    pub(crate) fn with_enclosing(&self, state: usize) -> Vec<usize> {
        [vec![state], self.enclosing(state)].concat()
    }
}
