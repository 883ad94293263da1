//! Types of other crates that own all that they hold, each behind the feature of the crate's name.
//!
//! Absent on purpose: `jiff::Zoned` shares its time zone by a counted reference and means what the zone database of its machine says, so a time
//! and the zone's name are sent; maps with a hasher of the user's choice, whose state nobody knows; and `chrono`, whose `DateTime<Local>` means
//! another time on every machine, and whose types say less about what they are than those of `jiff`.

use farc_protocol::schema::{Foreign, Structure};

#[cfg(any(feature = "indexmap", feature = "smallvec"))]
use super::impls::{boxed, one};
#[cfg(feature = "indexmap")]
use super::shape::shape;
use super::{Isolated, Json, impls::leaves, shape::Figures};

leaves! {
    Json: Foreign::Json.min_wire(), Structure::Foreign(Foreign::Json);
}

#[cfg(feature = "uuid")]
leaves! {
    uuid::Uuid: Foreign::Uuid.min_wire(), Structure::Foreign(Foreign::Uuid);
}

#[cfg(feature = "jiff")]
leaves! {
    jiff::Timestamp: Foreign::Timestamp.min_wire(), Structure::Foreign(Foreign::Timestamp);
    jiff::civil::Date: Foreign::Date.min_wire(), Structure::Foreign(Foreign::Date);
    jiff::civil::Time: Foreign::Time.min_wire(), Structure::Foreign(Foreign::Time);
    jiff::civil::DateTime: Foreign::DateTime.min_wire(), Structure::Foreign(Foreign::DateTime);
    jiff::Span: Foreign::Span.min_wire(), Structure::Foreign(Foreign::Span);
    jiff::SignedDuration: Foreign::SignedDuration.min_wire(), Structure::Foreign(Foreign::SignedDuration);
}

// SAFETY: it owns its elements, which are isolated, in itself or in an allocation of its own.
#[cfg(feature = "smallvec")]
unsafe impl<T: Isolated, const N: usize> Isolated for smallvec::SmallVec<[T; N]> {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = one::<T>().counted();

    fn structure() -> Structure {
        Structure::Seq(boxed::<T>())
    }
}

// SAFETY: it owns its keys and values, which are isolated. The standard hasher is two numbers.
#[cfg(feature = "indexmap")]
unsafe impl<K: Isolated, V: Isolated> Isolated for indexmap::IndexMap<K, V> {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures =
        one::<K>().and(shape::<V>()).counted();

    fn structure() -> Structure {
        Structure::Map(boxed::<K>(), boxed::<V>())
    }
}

// SAFETY: as for the map.
#[cfg(feature = "indexmap")]
unsafe impl<T: Isolated> Isolated for indexmap::IndexSet<T> {
    const SHAPE_OF_A_TYPE_THAT_MUST_NOT_CONTAIN_ITSELF: Figures = one::<T>().counted();

    fn structure() -> Structure {
        Structure::Set(boxed::<T>())
    }
}
