//! Types of other crates that have a form of their own: what their serde writes is no more than bytes or text to the codec, but means more.

/// A type of another crate, in the form that its own serde gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Foreign {
    /// `uuid::Uuid`: the length 16 and sixteen bytes.
    Uuid,
    /// `farc::Json`, which is a `serde_json::Value`: a length and compact JSON text.
    Json,
    /// `jiff::Timestamp`: a length and text, as in `2026-01-02T03:04:05Z` (RFC 3339).
    Timestamp,
    /// `jiff::civil::Date`: a length and text, as in `2026-01-02`.
    Date,
    /// `jiff::civil::Time`: a length and text, as in `03:04:05`.
    Time,
    /// `jiff::civil::DateTime`: a length and text, as in `2026-01-02T03:04:05`.
    DateTime,
    /// `jiff::Span`: a length and text, as in `P1Y2M3DT4H5M6S` (ISO 8601).
    Span,
    /// `jiff::SignedDuration`: a length and text, as in `PT1H2M3S` (ISO 8601, without calendar units).
    SignedDuration,
}

impl Foreign {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Uuid,
        Self::Json,
        Self::Timestamp,
        Self::Date,
        Self::Time,
        Self::DateTime,
        Self::Span,
        Self::SignedDuration,
    ];

    /// What it is called where people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Span => "span",
            Self::SignedDuration => "signed_duration",
        }
    }

    /// The fewest bytes that such a value takes. Of texts it is the length alone: how short one may be is the business of its crate.
    pub const fn min_wire(self) -> usize {
        match self {
            Self::Uuid => 17,
            Self::Json
            | Self::Timestamp
            | Self::Date
            | Self::Time
            | Self::DateTime
            | Self::Span
            | Self::SignedDuration => 1,
        }
    }

    /// A value that is written as text, as its crate prints it; a `uuid` is not.
    pub(super) fn sample(self) -> Option<&'static str> {
        match self {
            Self::Uuid => None,
            Self::Json => Some(r#"{"ok":[1,null]}"#),
            Self::Timestamp => Some("2026-01-02T03:04:05Z"),
            Self::Date => Some("2026-01-02"),
            Self::Time => Some("03:04:05"),
            Self::DateTime => Some("2026-01-02T03:04:05"),
            Self::Span => Some("P1Y2M3DT4H5M6S"),
            Self::SignedDuration => Some("PT1H2M3S"),
        }
    }
}
