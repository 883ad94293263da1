//! Types of other crates, when their features are on.

use std::collections::BTreeSet;

use farc::Isolated;
use indexmap::{IndexMap, IndexSet};
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use uuid::Uuid;

use super::content::{parts, text};
use super::part::{Part, at, plain};

parts! {
    /// A value of each type of another crate.
    foreign -> Foreign {
        uuid: Uuid = any::<u128>().prop_map(Uuid::from_u128),
        timestamp: Timestamp = timestamp(),
        civil: (Date, Time, DateTime) = timestamp().prop_map(|at| {
            let civil = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            (civil.date(), civil.time(), civil)
        }),
        span: Fieldwise = (0..100i64, 0..100i64).prop_map(|(days, ms)| Fieldwise(Span::new().days(days).milliseconds(ms))),
        duration: SignedDuration = any::<i64>().prop_map(SignedDuration::from_nanos),
        inside: SmallVec<[u32; 4]> = vec(any::<u32>(), 1..4).prop_map(SmallVec::from),
        spilled: SmallVec<[String; 1]> = vec(text(), 2..5).prop_map(SmallVec::from),
        map: IndexMap<String, Vec<u8>> = vec((text(), vec(any::<u8>(), 1..4)), 1..4).prop_map(IndexMap::from_iter),
        set: IndexSet<String> = vec(text(), 1..4).prop_map(IndexSet::from_iter),
    }
}

/// A span, equal to one of the same fields: two that differ in them can be the same time.
#[derive(Isolated, Serialize, Deserialize, Clone, Copy, Debug)]
pub(crate) struct Fieldwise(Span);

impl PartialEq for Fieldwise {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    (-1_000_000_000_000i64..4_000_000_000_000)
        .prop_map(|ms| Timestamp::from_millisecond(ms).unwrap())
}

plain! {
    Uuid: value => Uuid::from_u128(!value.as_u128());
    Timestamp: value => if value == Timestamp::UNIX_EPOCH { Timestamp::MAX } else { Timestamp::UNIX_EPOCH };
    Date: value => if value == Date::MIN { Date::MAX } else { Date::MIN };
    Time: value => if value == Time::MIN { Time::MAX } else { Time::MIN };
    DateTime: value => if value == DateTime::MIN { DateTime::MAX } else { DateTime::MIN };
    SignedDuration: value => if value.is_zero() { SignedDuration::MAX } else { SignedDuration::ZERO };
    Fieldwise: value => Fieldwise(value.0.hours(77));
}

impl<T: Part + Clone, const N: usize> Part for SmallVec<[T; N]> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        for value in self {
            if self.spilled() {
                at(value, seen);
            }
            value.heap(seen);
        }
    }

    fn ruin(&mut self) {
        self.iter_mut().for_each(T::ruin);
        self.extend(self.clone());
    }
}

impl<V: Part> Part for IndexMap<String, V> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        for (key, value) in self {
            at(key, seen);
            key.heap(seen);
            at(value, seen);
            value.heap(seen);
        }
    }

    fn ruin(&mut self) {
        self.values_mut().for_each(V::ruin);
        self.reverse();
    }
}

impl Part for IndexSet<String> {
    fn heap(&self, seen: &mut BTreeSet<usize>) {
        for value in self {
            at(value, seen);
            value.heap(seen);
        }
    }

    fn ruin(&mut self) {
        self.insert("ruined".to_owned());
        self.reverse();
    }
}
