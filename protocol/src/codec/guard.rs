//! A deserializer around bincode's that refuses what would cost more than the bytes are worth.
//!
//! bincode allocates a string's declared length before it reads, calls a container's elements as often as the input says
//! even if they take no bytes, and recurses as deep as the input asks. Here strings and bytes are borrowed from the
//! input first, a count may not exceed the number of bytes, the elements of all containers together may not take more
//! than [`MAX_DECODED`], and nesting ends at [`MAX_NESTING`].

use std::{cell::Cell, fmt, marker::PhantomData};

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

/// How deep values may nest. Signals nest to `MAX_DEPTH`, a quarter of it; this also stops types that nobody checked.
const MAX_NESTING: usize = 4 * crate::schema::MAX_DEPTH;

/// The most memory that the elements of a message's containers may take, in bytes.
///
/// A `None` is one byte on the wire, however large the type that it is none of; without this, sixteen megabytes of them
/// could ask for gigabytes.
pub(super) const MAX_DECODED: usize = 8 * super::MAX_MESSAGE;

/// The most elements that a type is told of beforehand.
///
/// A count is believed only as far as there are bytes, but an element may take a thousand times the memory of its byte, and some types make
/// room for all that they are told of before the first element is charged for. Longer containers grow as they fill.
const MAX_HINT: usize = 4096;

#[derive(Clone, Copy)]
struct Bounds<'b> {
    /// How many levels are left.
    levels: usize,
    /// The length of the whole input: no count can be higher, since every element takes a byte.
    longest: usize,
    /// How much memory is left.
    memory: &'b Cell<usize>,
}

impl Bounds<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let levels = self
            .levels
            .checked_sub(1)
            .ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { levels, ..self })
    }

    /// Takes the memory of `count` elements of `size` bytes.
    fn take<E: Error>(self, count: usize, size: usize) -> Result<(), E> {
        let left = count
            .checked_mul(size)
            .and_then(|needed| self.memory.get().checked_sub(needed));
        self.memory
            .set(left.ok_or_else(|| E::custom("takes too much memory"))?);
        Ok(())
    }
}

/// Decodes a `T` under the guard.
pub(super) struct Root<T> {
    longest: usize,
    of: PhantomData<T>,
}

impl<T> Root<T> {
    /// For an input of so many bytes.
    pub(super) fn new(longest: usize) -> Self {
        Self {
            longest,
            of: PhantomData,
        }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Root<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
        let memory = Cell::new(MAX_DECODED);
        let bounds = Bounds {
            levels: MAX_NESTING,
            longest: self.longest,
            memory: &memory,
        };
        T::deserialize(Guard { inner, bounds })
    }
}

struct Guard<'b, D> {
    inner: D,
    bounds: Bounds<'b>,
}

macro_rules! forward {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $kind,)* visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method($($argument,)* visitor)
        }
    )*};
}

macro_rules! nest {
    ($counted:literal: $($method:ident($($argument:ident: $kind:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $kind,)* visitor: V) -> Result<V::Value, D::Error> {
            let bounds = self.bounds.deeper()?;
            self.inner.$method($($argument,)* Nested { visitor, bounds, counted: $counted })
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guard<'_, D> {
    type Error = D::Error;

    forward! {
        deserialize_any(); deserialize_bool(); deserialize_char(); deserialize_str(); deserialize_bytes();
        deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64(); deserialize_i128();
        deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_f32(); deserialize_f64(); deserialize_unit(); deserialize_unit_struct(name: &'static str);
        deserialize_identifier(); deserialize_ignored_any();
    }

    nest! {
        false: deserialize_option();
        deserialize_newtype_struct(name: &'static str);
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    }

    nest! {
        true: deserialize_seq();
        deserialize_map();
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_str(Copied(visitor))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_bytes(Copied(visitor))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Copies what was borrowed, after its length has proved true.
struct Copied<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Copied<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.0.visit_string(text.to_owned())
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<V::Value, E> {
        self.0.visit_byte_buf(bytes.to_vec())
    }
}

/// Hands the bounds down to what a value contains.
struct Nested<'b, V> {
    visitor: V,
    bounds: Bounds<'b>,
    /// The input says how many elements there are, not the type.
    counted: bool,
}

impl<'b, V> Nested<'b, V> {
    fn access<A, E: Error>(&self, inner: A, count: Option<usize>) -> Result<Access<'b, A>, E> {
        let count = if self.counted { count } else { None };
        if count.is_some_and(|count| count > self.bounds.longest) {
            return Err(E::custom("more elements than bytes"));
        }
        Ok(Access {
            inner,
            bounds: self.bounds,
            uncharged: count.unwrap_or(0),
        })
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Nested<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Guard {
            inner,
            bounds: self.bounds,
        })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Guard {
            inner,
            bounds: self.bounds,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let count = inner.size_hint();
        let access = self.access(inner, count)?;
        self.visitor.visit_seq(access)
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let count = inner.size_hint();
        let access = self.access(inner, count)?;
        self.visitor.visit_map(access)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Access {
            inner,
            bounds: self.bounds,
            uncharged: 0,
        })
    }
}

struct Access<'b, A> {
    inner: A,
    bounds: Bounds<'b>,
    /// How many elements there are whose memory was not yet taken: their size is known when the first is asked for.
    uncharged: usize,
}

impl<'b, A> Access<'b, A> {
    fn seed<S>(&self, inner: S) -> Seed<'b, S> {
        Seed {
            inner,
            bounds: self.bounds,
        }
    }

    fn visitor<V>(&self, visitor: V) -> Nested<'b, V> {
        Nested {
            visitor,
            bounds: self.bounds,
            counted: false,
        }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Access<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let count = std::mem::take(&mut self.uncharged);
        self.bounds.take(count, size_of::<S::Value>())?;
        let seed = self.seed(seed);
        self.inner.next_element_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint().map(|count| count.min(MAX_HINT))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Access<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        // Of the keys; the values are charged one by one.
        let count = std::mem::take(&mut self.uncharged);
        self.bounds.take(count, size_of::<S::Value>())?;
        let seed = self.seed(seed);
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.bounds.take(1, size_of::<S::Value>())?;
        let seed = self.seed(seed);
        self.inner.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint().map(|count| count.min(MAX_HINT))
    }
}

impl<'de, 'b, A: EnumAccess<'de>> EnumAccess<'de> for Access<'b, A> {
    type Error = A::Error;
    type Variant = Access<'b, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let seed = self.seed(seed);
        let (value, inner) = self.inner.variant_seed(seed)?;
        Ok((
            value,
            Access {
                inner,
                bounds: self.bounds,
                uncharged: 0,
            },
        ))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Access<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        let seed = self.seed(seed);
        self.inner.newtype_variant_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = self.visitor(visitor);
        self.inner.tuple_variant(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = self.visitor(visitor);
        self.inner.struct_variant(fields, visitor)
    }
}

struct Seed<'b, S> {
    inner: S,
    bounds: Bounds<'b>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Seed<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Guard {
            inner,
            bounds: self.bounds,
        })
    }
}
