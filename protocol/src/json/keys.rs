//! Keys of maps that can be the names of a JSON object, and their order.

use std::cmp::Ordering;

use serde_json::Value;

use super::numbers;
use crate::schema::{Fields, Foreign, Int, Structure};

/// What a key is, below any newtypes; none: maps with such keys are arrays of pairs.
#[derive(Clone, Copy)]
pub(super) enum Key {
    Text,
    Char,
    Bool,
    Int(Int),
}

impl Key {
    pub(super) fn of(structure: &Structure) -> Option<Self> {
        match structure {
            Structure::Foreign(Foreign::Json) => None,
            Structure::String | Structure::Foreign(_) => Some(Self::Text),
            Structure::Char => Some(Self::Char),
            Structure::Bool => Some(Self::Bool),
            Structure::Int(int) | Structure::NonZero(int) => Some(Self::Int(*int)),
            Structure::Struct {
                fields: Fields::Newtype(inner),
                ..
            } => Self::of(inner),
            Structure::F32
            | Structure::F64
            | Structure::Blob
            | Structure::Duration
            | Structure::Address(_)
            | Structure::Unit
            | Structure::Option(_)
            | Structure::Seq(_)
            | Structure::Set(_)
            | Structure::Map(..)
            | Structure::Array(..)
            | Structure::Tuple(_)
            | Structure::Struct { .. }
            | Structure::Enum { .. } => None,
        }
    }

    /// The name under which the key stands in an object.
    pub(super) fn name(key: &Value) -> Option<String> {
        match key {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The key that stands under a name; whether it is one is found when it is written.
    pub(super) fn value(self, name: &str) -> Value {
        match (self, name) {
            (Self::Bool, "false") => Value::from(false),
            (Self::Bool, "true") => Value::from(true),
            (Self::Text | Self::Char | Self::Bool | Self::Int(_), _) => Value::from(name),
        }
    }

    /// The order of the keys under two names, which is how an encoder writes them.
    pub(super) fn order(self, left: &str, right: &str) -> Ordering {
        match self {
            Self::Text | Self::Char | Self::Bool => left.cmp(right),
            Self::Int(Int::U8 | Int::U16 | Int::U32 | Int::U64 | Int::U128) => {
                numbers::parse_integer::<u128>(left).cmp(&numbers::parse_integer(right))
            }
            Self::Int(Int::I8 | Int::I16 | Int::I32 | Int::I64 | Int::I128) => {
                numbers::parse_integer::<i128>(left).cmp(&numbers::parse_integer(right))
            }
        }
    }
}
