//! Charts written once and read twice: as an actor by `#[hsm]`, and as data by the interpreter.

use farc::hsm::{Host, Hsm, Record};

use crate::reference;

/// What the charts here react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    I,
}

impl Letter {
    pub(crate) const ALL: [Self; 9] = [
        Self::A,
        Self::B,
        Self::C,
        Self::D,
        Self::E,
        Self::F,
        Self::G,
        Self::H,
        Self::I,
    ];
}

/// A context that writes what the engine tells, in the format of the interpreter.
#[derive(Default)]
pub(crate) struct Told(String);

impl Told {
    pub(crate) fn reaction(&mut self, state: &str, event: Letter) {
        self.0.push_str(&format!("{state}-{event:?};"));
    }

    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

impl<S: std::fmt::Display> Host<S> for Told {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the set of records is open, and the interpreter knows three of them"
    )]
    fn record(&mut self, record: Record<S>) {
        match record {
            Record::Entry(state) => self.0.push_str(&format!("{state}-ENTRY;")),
            Record::Exit(state) => self.0.push_str(&format!("{state}-EXIT;")),
            Record::Init(state) => self.0.push_str(&format!("{state}-INIT;")),
            _ => {}
        }
    }
}

/// A chart that exists as data too.
pub(crate) trait Described: Hsm<Event = Letter> + Default
where
    Self: for<'c> Hsm<Context<'c> = Told>,
{
    fn chart() -> reference::Chart;
    fn foo(&self) -> bool;
}

/// What an answer is as data.
pub(crate) fn answer(kind: &str, target: Option<&str>) -> reference::Answer {
    let target = target.map(str::to_lowercase);
    match (kind, target) {
        ("Handled", None) => reference::Answer::Handled,
        ("Stop", None) => reference::Answer::Stop,
        ("To", Some(target)) => reference::Answer::To(target),
        ("Reenter", Some(target)) => reference::Answer::Reenter(target),
        other => panic!("no answer is written {other:?}"),
    }
}

/// What was written, if anything was.
pub(crate) fn optional<T: Copy>(written: &[T]) -> Option<T> {
    written.first().copied()
}

/// Writes a chart: each state with its place in the tree, then its reactions, `EVENT if [guard] set [value] => answer`.
///
/// The guard is a value that `foo` must have. The variant of a state is its name in capitals.
macro_rules! chart {
    ($chart:ident, initial = $first:ident;
     $($state:ident $(in $parent:ident)? $(-> $initial:ident)?
        { $($event:ident $(if $guard:literal)? $(set $set:literal)? => $answer:ident $(($target:ident))?,)* })*
    ) => {
        #[derive(Default)]
        pub(crate) struct $chart {
            foo: bool,
        }

        #[farc::hsm(event = $crate::chart::Letter, initial = $first, context = $crate::chart::Told)]
        impl $chart {
            $(
                #[state($(parent = $parent,)? $(initial = $initial)?)]
                fn $state(&mut self, event: &$crate::chart::Letter, cx: &mut $crate::chart::Told) -> farc::hsm::Next<Self> {
                    #[allow(unused_imports, reason = "not every state has every answer")]
                    use farc::hsm::Next::{Handled, Reenter, Stop, Super, To};
                    let told = |cx: &mut $crate::chart::Told| cx.reaction(stringify!($state), *event);
                    match event {
                        $($crate::chart::Letter::$event $(if self.foo == $guard)? => {
                            told(cx);
                            $(self.foo = $set;)?
                            $answer $((State::$target))?
                        })*
                        _ => Super,
                    }
                }
            )*
        }

        impl $crate::chart::Described for $chart {
            fn chart() -> $crate::reference::Chart {
                use $crate::chart::optional;
                $crate::reference::Chart {
                    initial: stringify!($first).to_owned(),
                    states: vec![$($crate::reference::State {
                        name: stringify!($state).to_owned(),
                        parent: optional::<&str>(&[$(stringify!($parent))?]).map(str::to_owned),
                        initial: optional::<&str>(&[$(stringify!($initial))?]).map(str::to_owned),
                        reactions: vec![$($crate::reference::Reaction {
                            event: stringify!($event).to_owned(),
                            guard: optional::<bool>(&[$($guard)?]),
                            set: optional::<bool>(&[$($set)?]),
                            answer: $crate::chart::answer(
                                stringify!($answer),
                                optional::<&str>(&[$(stringify!($target))?]),
                            ),
                        }),*],
                    }),*],
                }
            }

            fn foo(&self) -> bool {
                self.foo
            }
        }
    };
}

pub(crate) use chart;
