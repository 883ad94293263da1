//! The shape of a value, apart from any Rust type: what the codec puts on the wire, and under which names.
//!
//! Two nodes compare shapes before the first message of a signal, and a tool that has never seen the type prints and
//! builds values from the shape alone. So a [`Structure`] says exactly what [`codec`](crate::codec) writes, has one
//! canonical byte form, and two fingerprints over it: one of the layout, one of the names as well.
//!
//! It describes a subset of serde's data model. Recursion is not in it: a structure is a finite tree.

use std::{borrow::Cow, fmt};

mod canonical;
mod display;
mod foreign;
mod sample;

pub use canonical::Fingerprint;
pub use foreign::Foreign;

/// How deep the values of a signal may nest: scalars count as one, every enclosing type as one more.
///
/// Decoding recurses as deep as the type does, so this bounds its stack; thirty-two is far beyond what people write.
pub const MAX_DEPTH: usize = 32;

/// A name of a type, field or variant: borrowed from the program, or owned when it came from elsewhere.
pub type Name = Cow<'static, str>;

/// The shape of a value, as the codec writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Structure {
    /// `bool`: one byte, 0 or 1.
    Bool,
    /// An integer: `u8` and `i8` take one byte, the wider ones are variable-length, signed ones zigzag first.
    Int(Int),
    /// An integer that is never zero; written as the integer.
    NonZero(Int),
    /// `f32`: four bytes, little endian.
    F32,
    /// `f64`: eight bytes, little endian.
    F64,
    /// `char`: its UTF-8 form, one to four bytes.
    Char,
    /// `String`: a length and UTF-8.
    String,
    /// `farc::Blob`: a length and bytes.
    Blob,
    /// `Duration`: whole seconds as `u64`, then nanoseconds as `u32`.
    Duration,
    /// An address of the `IpAddr` family.
    Address(Address),
    /// A type of another crate that has a form of its own.
    Foreign(Foreign),
    /// Nothing: `()` and `PhantomData`.
    Unit,
    /// `Option`: a byte 0, or a byte 1 and the value.
    Option(Box<Structure>),
    /// A sequence: a count and the elements.
    Seq(Box<Structure>),
    /// A set: a count and the elements, in the order of the type: ascending, or that of insertion.
    Set(Box<Structure>),
    /// A map: a count and alternating keys and values, in the order of the type: ascending by key, or that of insertion.
    Map(Box<Structure>, Box<Structure>),
    /// An array: that many elements, without a count.
    Array(Box<Structure>, usize),
    /// A tuple: the elements one after another.
    Tuple(Vec<Structure>),
    /// A struct: its fields one after another.
    Struct {
        /// The type's own name, without its path.
        name: Name,
        /// What it holds.
        fields: Fields,
    },
    /// An enum: the index of the variant as `u32`, then its fields.
    Enum {
        /// The type's own name, without its path.
        name: Name,
        /// The variants, in the order of their indices.
        variants: Vec<Variant>,
    },
}

/// The integer types that have the same width everywhere: all but `usize` and `isize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the Rust type of that name")]
pub enum Int {
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
}

/// The address types of `std::net`, each in serde's compact form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `IpAddr`: 0 and four octets, or 1 and sixteen.
    Ip,
    /// `Ipv4Addr`: four octets.
    Ipv4,
    /// `Ipv6Addr`: sixteen octets.
    Ipv6,
    /// `SocketAddr`: 0 and a [`SocketV4`](Self::SocketV4), or 1 and a [`SocketV6`](Self::SocketV6).
    Socket,
    /// `SocketAddrV4`: four octets and the port.
    SocketV4,
    /// `SocketAddrV6`: sixteen octets and the port; flow label and scope are not sent.
    SocketV6,
}

/// What a struct or a variant holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fields {
    /// Nothing: `struct Tick;`
    Unit,
    /// One unnamed value: `struct Meters(f64);`
    Newtype(Box<Structure>),
    /// Several unnamed values, or none: `struct Point(i32, i32);`
    Tuple(Vec<Structure>),
    /// Named values: `struct Hungry { philosopher: u8 }`
    Named(Vec<Field>),
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its shape.
    pub structure: Structure,
}

/// One alternative of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Its name.
    pub name: Name,
    /// What it holds.
    pub fields: Fields,
}

impl Structure {
    /// The fewest bytes that a value of this shape takes.
    pub fn min_wire(&self) -> usize {
        match self {
            Self::Unit => 0,
            Self::Bool
            | Self::Int(_)
            | Self::NonZero(_)
            | Self::Char
            | Self::String
            | Self::Blob
            | Self::Option(_)
            | Self::Seq(_)
            | Self::Set(_)
            | Self::Map(..) => 1,
            Self::Duration => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Address(address) => address.min_wire(),
            Self::Foreign(foreign) => foreign.min_wire(),
            Self::Array(element, count) => element.min_wire().saturating_mul(*count),
            Self::Tuple(elements) => sum(elements.iter()),
            Self::Struct { fields, .. } => fields.min_wire(),
            Self::Enum { variants, .. } => {
                let least = variants
                    .iter()
                    .map(|variant| variant.fields.min_wire())
                    .min();
                least.unwrap_or(0).saturating_add(1)
            }
        }
    }

    /// How deep values of this shape nest; a scalar is 1.
    pub fn depth(&self) -> usize {
        let inside = match self {
            Self::Bool
            | Self::Int(_)
            | Self::NonZero(_)
            | Self::F32
            | Self::F64
            | Self::Char
            | Self::String
            | Self::Blob
            | Self::Duration
            | Self::Address(_)
            | Self::Foreign(_)
            | Self::Unit => 0,
            Self::Option(inner) | Self::Seq(inner) | Self::Set(inner) | Self::Array(inner, _) => {
                inner.depth()
            }
            Self::Map(key, value) => key.depth().max(value.depth()),
            Self::Tuple(elements) => deepest(elements.iter()),
            Self::Struct { fields, .. } => fields.depth(),
            Self::Enum { variants, .. } => variants
                .iter()
                .map(|variant| variant.fields.depth())
                .max()
                .unwrap_or(0),
        };
        inside + 1
    }
}

impl Fields {
    fn min_wire(&self) -> usize {
        match self {
            Self::Unit => 0,
            Self::Newtype(inner) => inner.min_wire(),
            Self::Tuple(elements) => sum(elements.iter()),
            Self::Named(fields) => sum(fields.iter().map(|field| &field.structure)),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Unit => 0,
            Self::Newtype(inner) => inner.depth(),
            Self::Tuple(elements) => deepest(elements.iter()),
            Self::Named(fields) => deepest(fields.iter().map(|field| &field.structure)),
        }
    }
}

impl Int {
    /// The name of the Rust type.
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
        }
    }
}

impl Address {
    /// The name of the Rust type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ip => "IpAddr",
            Self::Ipv4 => "Ipv4Addr",
            Self::Ipv6 => "Ipv6Addr",
            Self::Socket => "SocketAddr",
            Self::SocketV4 => "SocketAddrV4",
            Self::SocketV6 => "SocketAddrV6",
        }
    }

    /// The fewest bytes that such an address takes: a port takes at least one, the family of a mixed one exactly one.
    pub const fn min_wire(self) -> usize {
        match self {
            Self::Ipv4 => 4,
            Self::Ip | Self::SocketV4 => 5,
            Self::Socket => 6,
            Self::Ipv6 => 16,
            Self::SocketV6 => 17,
        }
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn sum<'a>(parts: impl Iterator<Item = &'a Structure>) -> usize {
    parts.fold(0, |total, part| total.saturating_add(part.min_wire()))
}

fn deepest<'a>(parts: impl Iterator<Item = &'a Structure>) -> usize {
    parts.map(Structure::depth).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
