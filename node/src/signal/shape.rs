//! What the derives call: the figures of an [`Isolated`] type, put together at compile time.

use std::any::Any;

use farc_protocol::codec;
use farc_protocol::schema::Structure;

use super::accepted::Decode;
use super::{Accepted, AnySignal, Isolated, MAX_DEPTH, Signal};

/// What the decoder has to know of a type beforehand.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// The fewest bytes that an encoding takes.
    min_wire: usize,
    /// One more than the deepest part.
    depth: usize,
    /// Somewhere inside, a container's elements can take no bytes.
    counts_nothing: bool,
}

impl Figures {
    /// A type without parts.
    pub const fn leaf(min_wire: usize) -> Self {
        Self {
            min_wire,
            depth: 1,
            counts_nothing: false,
        }
    }

    #[cfg(test)]
    pub(super) fn summary(self) -> (usize, usize) {
        (self.min_wire, self.depth)
    }
}

/// The figures of a type, and where its structure comes from.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    figures: Figures,
    structure: fn() -> Structure,
}

impl Shape {
    /// What the codec writes.
    pub fn structure(&self) -> Structure {
        (self.structure)()
    }

    pub(super) const fn figures(self) -> Figures {
        self.figures
    }
}

/// The proof and the figures of `T`. Generated code asks in this form only, so that a bad field gives one message.
pub const fn shape<T: Isolated>() -> Shape {
    Shape {
        figures: T::SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF,
        structure: T::structure,
    }
}

/// Values one after another: the fields of a struct, a tuple or a variant.
#[derive(Clone, Copy, Debug)]
pub struct Row(Figures);

impl Row {
    /// No values.
    pub const EMPTY: Self = Self(Figures {
        min_wire: 0,
        depth: 0,
        counts_nothing: false,
    });

    /// One more.
    pub const fn and(self, part: Shape) -> Self {
        let (row, part) = (self.0, part.figures);
        Self(Figures {
            min_wire: row.min_wire.saturating_add(part.min_wire),
            depth: max(row.depth, part.depth),
            counts_nothing: row.counts_nothing || part.counts_nothing,
        })
    }

    /// A type of such values.
    pub const fn figures(self) -> Figures {
        Figures {
            depth: self.0.depth.saturating_add(1),
            ..self.0
        }
    }

    /// A type of as many such values as the bytes say.
    pub(super) const fn counted(self) -> Figures {
        Figures {
            counts_nothing: self.0.counts_nothing || self.0.min_wire == 0,
            ..self.flagged()
        }
    }

    /// A type of a byte and, perhaps, such values.
    pub(super) const fn flagged(self) -> Figures {
        Figures {
            min_wire: 1,
            ..self.figures()
        }
    }

    /// As often as the type says.
    pub(super) const fn times(self, count: usize) -> Self {
        Self(Figures {
            min_wire: self.0.min_wire.saturating_mul(count),
            ..self.0
        })
    }
}

/// The variants of an enum.
#[derive(Clone, Copy, Debug)]
pub struct Choice(Figures);

impl Choice {
    /// An enum of one variant.
    pub const fn of(variant: Row) -> Self {
        Self(variant.0)
    }

    /// One more variant.
    pub const fn or(self, variant: Row) -> Self {
        let (choice, variant) = (self.0, variant.0);
        Self(Figures {
            min_wire: min(choice.min_wire, variant.min_wire),
            depth: max(choice.depth, variant.depth),
            counts_nothing: choice.counts_nothing || variant.counts_nothing,
        })
    }

    /// A type of such values: the index takes at least a byte.
    pub const fn figures(self) -> Figures {
        Figures {
            min_wire: self.0.min_wire.saturating_add(1),
            depth: self.0.depth.saturating_add(1),
            ..self.0
        }
    }
}

/// Refuses containers of nothing. Called where a field is declared, so that the compiler points there.
pub const fn countable(shape: Shape) {
    assert!(
        !shape.figures.counts_nothing,
        "the elements of a container here can take no bytes, so that five bytes of a peer could ask for 10^12 of them: \
         send their number as a `u32` or `u64` instead, or give the element a field that takes a byte"
    );
}

/// Refuses types that nest too deeply. Called where a type is declared, so that the compiler points there.
pub const fn shallow(shape: Shape) {
    assert!(
        shape.figures.depth <= MAX_DEPTH,
        "this nests more than 32 levels of types, which is deeper than the decoder follows: flatten it"
    );
}

/// Refuses what the traits cannot state.
pub const fn check(shape: Shape) {
    countable(shape);
    shallow(shape);
}

/// What generated code needs to know of a signal. It asks for the proof in this form only, so that a type that is none is told once.
#[derive(Debug)]
pub struct Known<S> {
    name: &'static str,
    any: fn(&S) -> &dyn AnySignal,
    decode: Decode,
}

impl<S> Known<S> {
    /// The signal as one that the event `E` has a variant for.
    pub const fn accepted<E: From<S>>(self, give_back: fn(E, &mut dyn Any)) -> Accepted<E>
    where
        S: 'static,
    {
        Accepted::new::<S>(self.name, give_back, self.decode)
    }

    /// A signal with its name, for who does not know its type.
    #[inline]
    pub fn payload(self, signal: &S) -> (&'static str, &dyn AnySignal) {
        (self.name, (self.any)(signal))
    }
}

/// The proof that a type is a signal.
pub const fn signal<S: Signal>() -> Known<S> {
    check(shape::<S>());
    Known {
        name: S::NAME,
        any: |signal| signal,
        decode: |bytes| Ok(Box::new(Some(codec::decode::<S>(bytes)?))),
    }
}

const fn max(left: usize, right: usize) -> usize {
    if left > right { left } else { right }
}

const fn min(left: usize, right: usize) -> usize {
    if left < right { left } else { right }
}
