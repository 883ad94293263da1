//! One value of every type that can be sent, and strategies for them. No container is empty, so that there is always something to reach.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZero;
use std::time::Duration;

use farc::signal::Class;
use farc::{ActorRef, Blob, Encoded, Isolated, Json, Life, Signal};
use proptest::collection::{btree_map, btree_set, vec, vec_deque};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::part::Part;

/// What a value of [`Everything`] reaches at least: an address for each container and each string in it.
pub(crate) const LEAST_ADDRESSES: usize = 24;

/// Declares a struct, how its values are made, and that a test can look at each field.
macro_rules! parts {
    ($($(#[$meta:meta])* $strategy:ident -> $name:ident { $($field:ident: $type:ty = $values:expr,)+ })*) => {$(
        $(#[$meta])*
        #[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
        pub(crate) struct $name {
            $($field: $type,)+
        }

        pub(crate) fn $strategy() -> impl Strategy<Value = $name> {
            ($($values,)+).prop_map(|($($field,)+)| $name { $($field),+ })
        }

        impl Part for $name {
            fn heap(&self, seen: &mut BTreeSet<usize>) {
                $(self.$field.heap(seen);)+
            }

            fn ruin(&mut self) {
                $(self.$field.ruin();)+
            }
        }
    )*};
}
#[cfg(all(
    feature = "indexmap",
    feature = "jiff",
    feature = "smallvec",
    feature = "uuid"
))]
pub(crate) use parts;

parts! {
    /// Numbers and other scalars.
    scalars -> Scalars {
        unsigned: (u8, u16, u32, u64, u128) = any::<(u8, u16, u32, u64, u128)>(),
        signed: (i8, i16, i32, i64, i128) = any::<(i8, i16, i32, i64, i128)>(),
        nonzero: Unsigned = nonzero_unsigned(),
        nonzero_signed: Signed = nonzero_signed(),
        floats: (f32, f64) = (-1e30f32..1e30, -1e300..1e300),
        others: (bool, char, ()) = any::<(bool, char, ())>(),
        pause: Duration = (any::<u64>(), 0..1_000_000_000u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
        life: Life = any::<(u64, u64)>().prop_map(|(start, random)| Life { start, random }),
        class: Class = proptest::sample::select(Class::ALL.to_vec()),
    }

    /// The family of `IpAddr`.
    addresses -> Addresses {
        ip: IpAddr = any::<IpAddr>(),
        v4: Ipv4Addr = any::<Ipv4Addr>(),
        v6: Ipv6Addr = any::<Ipv6Addr>(),
        socket: SocketAddr = any::<SocketAddr>(),
        socket_v4: SocketAddrV4 = any::<SocketAddrV4>(),
        socket_v6: SocketAddrV6 = any::<(u128, u16)>().prop_map(|(ip, port)| SocketAddrV6::new(ip.into(), port, 0, 0)),
    }

    /// What owns memory.
    owners -> Owners {
        text: String = text(),
        blob: Blob = vec(any::<u8>(), 1..9).prop_map(Blob::from),
        boxed: Box<u64> = any::<Box<u64>>(),
        boxes: Box<Option<Box<String>>> = text().prop_map(|text| Box::new(Some(Box::new(text)))),
        outcome: Result<String, Vec<u8>> = prop_oneof![text().prop_map(Ok), vec(any::<u8>(), 1..4).prop_map(Err)],
        json: Json = json().prop_map(Json),
        actor: ActorRef = "[a-z]{1,6}/[a-z]{1,6}".prop_map(|name| name.parse().unwrap()),
        encoded: Encoded<Vec<String>> = vec(text(), 1..4).prop_map(|texts| Encoded::new(&texts).unwrap()),
        array: [String; 2] = [text(), text()],
    }

    /// What holds a number of things.
    containers -> Containers {
        bytes: Vec<u8> = vec(any::<u8>(), 1..9),
        lists: Vec<Vec<String>> = vec(vec(text(), 1..3), 1..3),
        deque: VecDeque<(u16, String)> = vec_deque((any::<u16>(), text()), 1..4),
        numbers: BTreeSet<u32> = btree_set(any::<u32>(), 1..5),
        names: BTreeSet<String> = btree_set(text(), 1..4),
        map: BTreeMap<String, Choice> = btree_map(text(), choice(), 1..4),
        nested: BTreeMap<u8, BTreeMap<String, Vec<f64>>> =
            btree_map(any::<u8>(), btree_map(text(), vec(-1e9..1e9, 1..3), 1..3), 1..3),
    }
}

/// A variant of each form.
#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    Nothing,
    One(String),
    Two(i8, Meters),
    Named { r#type: Box<Meters>, level: u8 },
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Meters(f64);

#[derive(Isolated, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Reading<T, const N: usize> {
    values: Vec<T>,
    latest: Option<T>,
    kind: PhantomData<[T; N]>,
}

/// The most elements of a tuple.
type Twelve = (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, String);

parts! {
    derived -> Derived {
        choice: Choice = choice(),
        reading: Reading<String, 3> = reading(),
        twelve: Twelve = text().prop_map(|text| (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, text)),
        one: (String,) = (text(),),
    }

    /// Every type that can be sent.
    everything -> Everything {
        scalars: Scalars = scalars(),
        addresses: Addresses = addresses(),
        owners: Owners = owners(),
        containers: Containers = containers(),
        derived: Derived = derived(),
        foreign: Foreign = foreign(),
    }
}

#[cfg(all(
    feature = "indexmap",
    feature = "jiff",
    feature = "smallvec",
    feature = "uuid"
))]
pub(crate) use super::foreign::{Foreign, foreign};

#[cfg(not(all(
    feature = "indexmap",
    feature = "jiff",
    feature = "smallvec",
    feature = "uuid"
)))]
parts! {
    /// Types of other crates need features.
    foreign -> Foreign {
        none: () = Just(()),
    }
}

/// All of it as a signal by itself.
#[derive(Signal, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[signal("test.whole")]
pub(crate) struct Whole {
    plain: (Scalars, Addresses, Derived, Foreign),
    text: String,
    json: Json,
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    "[a-zäöü]{1,6}"
}

type Unsigned = (
    NonZero<u8>,
    NonZero<u16>,
    NonZero<u32>,
    NonZero<u64>,
    NonZero<u128>,
);

type Signed = (
    NonZero<i8>,
    NonZero<i16>,
    NonZero<i32>,
    NonZero<i64>,
    NonZero<i128>,
);

fn nonzero_unsigned() -> impl Strategy<Value = Unsigned> {
    any::<(u8, u16, u32, u64, u128)>().prop_map(|(a, b, c, d, e)| {
        (
            NonZero::new(a | 1).unwrap(),
            NonZero::new(b | 1).unwrap(),
            NonZero::new(c | 1).unwrap(),
            NonZero::new(d | 1).unwrap(),
            NonZero::new(e | 1).unwrap(),
        )
    })
}

fn nonzero_signed() -> impl Strategy<Value = Signed> {
    any::<(i8, i16, i32, i64, i128)>().prop_map(|(a, b, c, d, e)| {
        (
            NonZero::new(a | 1).unwrap(),
            NonZero::new(b | 1).unwrap(),
            NonZero::new(c | 1).unwrap(),
            NonZero::new(d | 1).unwrap(),
            NonZero::new(e | 1).unwrap(),
        )
    })
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Nothing),
        text().prop_map(Choice::One),
        (any::<i8>(), -1e9..1e9).prop_map(|(sign, meters)| Choice::Two(sign, Meters(meters))),
        (-1e9..1e9, any::<u8>()).prop_map(|(meters, level)| Choice::Named {
            r#type: Box::new(Meters(meters)),
            level
        }),
    ]
}

fn reading() -> impl Strategy<Value = Reading<String, 3>> {
    (vec(text(), 1..4), text()).prop_map(|(values, latest)| Reading {
        values,
        latest: Some(latest),
        kind: PhantomData,
    })
}

fn json() -> impl Strategy<Value = Value> {
    (text(), any::<Option<i64>>(), vec(any::<bool>(), 0..3))
        .prop_map(|(text, number, flags)| json!({"text": text, "list": [number, flags]}))
}

impl Part for Meters {
    fn heap(&self, _: &mut BTreeSet<usize>) {}

    fn ruin(&mut self) {
        self.0.ruin();
    }
}

impl Part for Choice {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        match self {
            Self::Nothing | Self::Two(..) => {}
            Self::One(text) => text.heap(seen),
            Self::Named { r#type, .. } => r#type.heap(seen),
        }
    }

    fn ruin(&mut self) {
        match self {
            Self::Nothing => *self = Self::One("something".to_owned()),
            Self::One(text) => text.ruin(),
            Self::Two(sign, meters) => {
                sign.ruin();
                meters.ruin();
            }
            Self::Named { r#type, level } => {
                r#type.ruin();
                level.ruin();
            }
        }
    }
}

impl<T: Part + Clone, const N: usize> Part for Reading<T, N> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        self.values.heap(seen);
        self.latest.heap(seen);
    }

    fn ruin(&mut self) {
        self.values.ruin();
        std::mem::swap(&mut self.values[0], self.latest.as_mut().unwrap());
        self.latest.ruin();
    }
}
