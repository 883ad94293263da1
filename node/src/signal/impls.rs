//! The closed world: which types of the standard library own all that they hold.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::NonZero,
    time::Duration,
};

use farc_protocol::{
    frame::Class,
    life::Life,
    schema::{Address, Field, Fields, Int, Structure, Variant},
};

use super::{
    Blob, Isolated,
    shape::{Choice, Figures, Row, shape},
};

macro_rules! leaves {
    ($($type:ty: $min_wire:expr, $structure:expr;)*) => {$(
        // SAFETY: a plain value, or storage that only this value reaches and nobody can change (`Blob`).
        unsafe impl Isolated for $type {
            const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = Figures::leaf($min_wire);

            fn structure() -> Structure {
                $structure
            }
        }
    )*};
}

leaves! {
    bool: 1, Structure::Bool;
    f32: 4, Structure::F32;
    f64: 8, Structure::F64;
    char: 1, Structure::Char;
    String: 1, Structure::String;
    Blob: 1, Structure::Blob;
    (): 0, Structure::Unit;
    Duration: 2, Structure::Duration;
    IpAddr: Address::Ip.min_wire(), Structure::Address(Address::Ip);
    Ipv4Addr: Address::Ipv4.min_wire(), Structure::Address(Address::Ipv4);
    Ipv6Addr: Address::Ipv6.min_wire(), Structure::Address(Address::Ipv6);
    SocketAddr: Address::Socket.min_wire(), Structure::Address(Address::Socket);
    SocketAddrV4: Address::SocketV4.min_wire(), Structure::Address(Address::SocketV4);
    SocketAddrV6: Address::SocketV6.min_wire(), Structure::Address(Address::SocketV6);
}

pub(super) use leaves;

macro_rules! integers {
    ($($type:ty: $int:ident;)*) => {
        leaves! {
            $($type: 1, Structure::Int(Int::$int);
            NonZero<$type>: 1, Structure::NonZero(Int::$int);)*
        }
    };
}

integers! {
    u8: U8; u16: U16; u32: U32; u64: U64; u128: U128;
    i8: I8; i16: I16; i32: I32; i64: I64; i128: I128;
}

// SAFETY: two numbers.
unsafe impl Isolated for Life {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures =
        Row::EMPTY.and(shape::<u64>()).and(shape::<u64>()).figures();

    fn structure() -> Structure {
        let field = |name: &'static str| Field {
            name: name.into(),
            structure: u64::structure(),
        };
        Structure::Struct {
            name: "Life".into(),
            fields: Fields::Named(vec![field("start"), field("random")]),
        }
    }
}

// SAFETY: a number.
unsafe impl Isolated for Class {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = Choice::of(Row::EMPTY).figures();

    fn structure() -> Structure {
        let variant = |name: &'static str| Variant {
            name: name.into(),
            fields: Fields::Unit,
        };
        let names = ["realtime", "high", "normal", "bulk"];
        Structure::Enum {
            name: "Class".into(),
            variants: names.map(variant).into(),
        }
    }
}

// SAFETY: it holds nothing.
unsafe impl<T: Send + 'static> Isolated for PhantomData<T> {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = Figures::leaf(0);

    fn structure() -> Structure {
        Structure::Unit
    }
}

// SAFETY: a box owns its value, which is isolated.
unsafe impl<T: Isolated> Isolated for Box<T> {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = shape::<T>().figures();

    fn structure() -> Structure {
        T::structure()
    }
}

macro_rules! containers {
    ($($type:ident<$($part:ident),+>: $row:expr => $figures:ident, $structure:expr;)*) => {$(
        // SAFETY: it owns its elements, which are isolated.
        unsafe impl<$($part: Isolated),+> Isolated for $type<$($part),+> {
            const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = $row.$figures();

            fn structure() -> Structure {
                $structure
            }
        }
    )*};
}

containers! {
    Option<T>: one::<T>() => flagged, Structure::Option(boxed::<T>());
    Vec<T>: one::<T>() => counted, Structure::Seq(boxed::<T>());
    VecDeque<T>: one::<T>() => counted, Structure::Seq(boxed::<T>());
    BTreeSet<T>: one::<T>() => counted, Structure::Set(boxed::<T>());
    BTreeMap<K, V>: one::<K>().and(shape::<V>()) => counted, Structure::Map(boxed::<K>(), boxed::<V>());
    Result<T, E>: Choice::of(one::<T>()).or(one::<E>()) => figures, Structure::Enum {
        name: "Result".into(),
        variants: vec![
            Variant { name: "Ok".into(), fields: Fields::Newtype(boxed::<T>()) },
            Variant { name: "Err".into(), fields: Fields::Newtype(boxed::<E>()) },
        ],
    };
}

// SAFETY: it owns its elements, which are isolated.
unsafe impl<T: Isolated, const N: usize> Isolated for [T; N] {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = one::<T>().times(N).figures();

    fn structure() -> Structure {
        Structure::Array(boxed::<T>(), N)
    }
}

macro_rules! tuples {
    ($($($part:ident)+;)*) => {$(
        // SAFETY: it owns its elements, which are isolated.
        unsafe impl<$($part: Isolated),+> Isolated for ($($part,)+) {
            const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures =
                Row::EMPTY$(.and(shape::<$part>()))+.figures();

            fn structure() -> Structure {
                Structure::Tuple(vec![$($part::structure()),+])
            }
        }
    )*};
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

pub(super) const fn one<T: Isolated>() -> Row {
    Row::EMPTY.and(shape::<T>())
}

pub(super) fn boxed<T: Isolated>() -> Box<Structure> {
    Box::new(T::structure())
}
