//! A part of a signal as a test sees it: which heap addresses it reaches, and how it is changed as much as safe Rust allows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZero;
use std::time::Duration;

use bytes::BytesMut;
use farc::signal::Class;
use farc::{ActorRef, Blob, Encoded, Json, Life};
use farc_protocol::codec;
use serde::Serialize;
use serde_json::Value;

pub(crate) fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = BytesMut::new();
    codec::encode(value, &mut out).unwrap();
    out.to_vec()
}

/// A value of a type that can be sent.
pub(crate) trait Part {
    /// Adds the address of each thing outside of the value that it reaches.
    fn heap(&self, seen: &mut BTreeSet<usize>);
    /// Makes it another value, in place wherever that is possible.
    fn ruin(&mut self);
}

/// The address of something that takes memory.
pub(crate) fn at<T>(thing: &T, seen: &mut BTreeSet<usize>) {
    if size_of::<T>() > 0 {
        seen.insert(std::ptr::from_ref(thing).addr());
    }
}

/// Plain values, which reach nothing.
macro_rules! plain {
    ($($type:ty: $value:ident => $other:expr;)*) => {$(
        impl Part for $type {
            fn heap(&self, _: &mut BTreeSet<usize>) {}

            fn ruin(&mut self) {
                let $value = *self;
                *self = $other;
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
pub(crate) use plain;

macro_rules! integers {
    ($($type:ty)*) => {
        plain! {$(
            $type: value => !value;
            NonZero<$type>: value => if value == NonZero::<$type>::MAX { NonZero::<$type>::MIN } else { NonZero::<$type>::MAX };
        )*}
    };
}

integers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }

plain! {
    bool: value => !value;
    char: value => if value == 'x' { 'y' } else { 'x' };
    f32: value => if value == 1.0 { 2.0 } else { 1.0 };
    f64: value => if value == 1.0 { 2.0 } else { 1.0 };
    Duration: value => if value.is_zero() { Duration::MAX } else { Duration::ZERO };
    Ipv4Addr: value => Ipv4Addr::from(!value.to_bits());
    Ipv6Addr: value => Ipv6Addr::from(!value.to_bits());
    IpAddr: value => if value.is_ipv4() { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
    SocketAddr: value => SocketAddr::new(value.ip(), !value.port());
    SocketAddrV4: value => SocketAddrV4::new(*value.ip(), !value.port());
    SocketAddrV6: value => SocketAddrV6::new(*value.ip(), !value.port(), 0, 0);
    Life: value => Life { start: !value.start, random: !value.random };
    Class: value => if value == Class::Normal { Class::Bulk } else { Class::Normal };
}

impl Part for () {
    fn heap(&self, _: &mut BTreeSet<usize>) {}

    fn ruin(&mut self) {}
}

impl<T> Part for PhantomData<T> {
    fn heap(&self, _: &mut BTreeSet<usize>) {}

    fn ruin(&mut self) {}
}

impl Part for String {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        self.as_bytes().iter().for_each(|byte| at(byte, seen));
    }

    fn ruin(&mut self) {
        // In place, in what is allocated already.
        self.make_ascii_uppercase();
        self.push('x');
    }
}

impl<T: Part> Part for Box<T> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        at(&**self, seen);
        (**self).heap(seen);
    }

    fn ruin(&mut self) {
        (**self).ruin();
    }
}

impl<T: Part> Part for Option<T> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        self.iter().for_each(|value| value.heap(seen));
    }

    fn ruin(&mut self) {
        if let Some(value) = self {
            value.ruin();
        }
    }
}

impl<T: Part, E: Part> Part for Result<T, E> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        match self {
            Ok(value) => value.heap(seen),
            Err(error) => error.heap(seen),
        }
    }

    fn ruin(&mut self) {
        match self {
            Ok(value) => value.ruin(),
            Err(error) => error.ruin(),
        }
    }
}

impl<T: Part, const N: usize> Part for [T; N] {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        self.iter().for_each(|value| value.heap(seen));
    }

    fn ruin(&mut self) {
        self.iter_mut().for_each(T::ruin);
        self.reverse();
    }
}

impl<T: Part + Clone> Part for Vec<T> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        for value in self {
            at(value, seen);
            value.heap(seen);
        }
    }

    fn ruin(&mut self) {
        self.iter_mut().for_each(T::ruin);
        self.extend_from_within(..);
        self.shrink_to_fit();
    }
}

impl<T: Part + Clone> Part for VecDeque<T> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        for value in self {
            at(value, seen);
            value.heap(seen);
        }
    }

    fn ruin(&mut self) {
        self.iter_mut().for_each(T::ruin);
        self.extend(self.front().cloned());
        self.make_contiguous();
    }
}

impl<T: Part + Ord> Part for BTreeSet<T> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        for value in self {
            at(value, seen);
            value.heap(seen);
        }
    }

    fn ruin(&mut self) {
        if let Some(mut first) = self.pop_first() {
            first.ruin();
            self.clear();
            self.insert(first);
        }
    }
}

impl<K: Part + Ord, V: Part> Part for BTreeMap<K, V> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        for (key, value) in self {
            at(key, seen);
            at(value, seen);
            key.heap(seen);
            value.heap(seen);
        }
    }

    fn ruin(&mut self) {
        self.values_mut().for_each(V::ruin);
        if let Some((mut key, value)) = self.pop_first() {
            key.ruin();
            self.insert(key, value);
        }
    }
}

/// An exception: its text is shared, and there is no way to change it.
impl Part for ActorRef {
    fn heap(&self, _: &mut BTreeSet<usize>) {}

    fn ruin(&mut self) {
        *self = format!("{self}x").parse().unwrap();
    }
}

/// An exception: its storage is shared, and nothing that a test could write leads there.
impl Part for Blob {
    fn heap(&self, _: &mut BTreeSet<usize>) {}

    fn ruin(&mut self) {
        let mut bytes = Vec::from(self.clone());
        bytes.iter_mut().for_each(|byte| *byte = !*byte);
        bytes.push(7);
        *self = bytes.into();
    }
}

/// It holds a blob.
impl<T: Serialize + serde::de::DeserializeOwned + Part> Part for Encoded<T> {
    fn heap(&self, _: &mut BTreeSet<usize>) {}

    fn ruin(&mut self) {
        let mut value = self.decode().unwrap();
        value.ruin();
        *self = Self::new(&value).unwrap();
    }
}

impl Part for Json {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        self.0.heap(seen);
    }

    fn ruin(&mut self) {
        self.0.ruin();
    }
}

impl Part for Value {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
            Self::String(text) => text.heap(seen),
            Self::Array(values) => values.heap(seen),
            Self::Object(fields) => fields.iter().for_each(|(name, value)| {
                name.heap(seen);
                at(value, seen);
                value.heap(seen);
            }),
        }
    }

    fn ruin(&mut self) {
        match self {
            Self::Null => *self = Self::Bool(true),
            Self::Bool(value) => value.ruin(),
            Self::Number(_) => *self = Self::Null,
            Self::String(text) => text.ruin(),
            Self::Array(values) => values.push(Self::Null),
            Self::Object(fields) => {
                fields.values_mut().for_each(Self::ruin);
                fields.insert("ruined".to_owned(), Self::Null);
            }
        }
    }
}

macro_rules! tuples {
    ($($($part:ident)+;)*) => {$(
        #[expect(non_snake_case, reason = "each is named as its type")]
        impl<$($part: Part),+> Part for ($($part,)+) {
            fn heap(&self, seen: &mut BTreeSet<usize>) {
                let ($($part,)+) = self;
                $($part.heap(seen);)+
            }

            fn ruin(&mut self) {
                let ($($part,)+) = self;
                $($part.ruin();)+
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
    A B C D E F G H I J K L;
}
