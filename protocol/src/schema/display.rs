//! A structure as people read it: close to the Rust that declares it.

use std::fmt;

use super::{Fields, Structure};

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int(int) => f.write_str(int.name()),
            Self::NonZero(int) => write!(f, "nonzero<{int}>"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::Char => f.write_str("char"),
            Self::String => f.write_str("string"),
            Self::Blob => f.write_str("blob"),
            Self::Duration => f.write_str("duration"),
            Self::Address(address) => f.write_str(address.name()),
            Self::Foreign(foreign) => f.write_str(foreign.name()),
            Self::Unit => f.write_str("()"),
            Self::Option(inner) => write!(f, "option<{inner}>"),
            Self::Seq(inner) => write!(f, "seq<{inner}>"),
            Self::Set(inner) => write!(f, "set<{inner}>"),
            Self::Map(key, value) => write!(f, "map<{key}, {value}>"),
            Self::Array(inner, count) => write!(f, "[{inner}; {count}]"),
            Self::Tuple(elements) => parenthesised(f, elements),
            Self::Struct { name, fields } => write!(f, "struct {name}{fields}"),
            Self::Enum { name, variants } => {
                write!(f, "enum {name} {{ ")?;
                for (index, variant) in variants.iter().enumerate() {
                    let bar = if index == 0 { "" } else { " | " };
                    write!(f, "{bar}{}{}", variant.name, variant.fields)?;
                }
                f.write_str(" }")
            }
        }
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => Ok(()),
            Self::Newtype(inner) => write!(f, "({inner})"),
            Self::Tuple(elements) => parenthesised(f, elements),
            Self::Named(fields) if fields.is_empty() => f.write_str(" {}"),
            Self::Named(fields) => {
                f.write_str(" { ")?;
                for (index, field) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}: {}", field.name, field.structure)?;
                }
                f.write_str(" }")
            }
        }
    }
}

/// A trailing comma tells a tuple of one from a newtype.
fn parenthesised(f: &mut fmt::Formatter<'_>, elements: &[Structure]) -> fmt::Result {
    f.write_str("(")?;
    for (index, element) in elements.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{element}")?;
    }
    f.write_str(if elements.len() == 1 { ",)" } else { ")" })
}
