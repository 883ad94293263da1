//! JSON to bytes.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    str::FromStr,
};

use bytes::BytesMut;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{JsonError, Path, keys::Key, nullable, numbers, quote};
use crate::{
    codec::{self, MAX_MESSAGE},
    schema::{Address, Field, Fields, Int, Structure, Variant},
};

type Result<T> = std::result::Result<T, JsonError>;

/// The longest text of a structure in an error.
const MAX_EXPECTED: usize = 200;

#[derive(Default)]
pub(super) struct Writer {
    out: BytesMut,
}

impl Writer {
    pub(super) fn finish(self) -> Vec<u8> {
        self.out.into()
    }

    pub(super) fn put<T: Serialize + ?Sized>(&mut self, value: &T, at: Path<'_>) -> Result<()> {
        codec::encode(value, &mut self.out).map_err(|error| at.error(error.to_string()))?;
        if self.out.len() > MAX_MESSAGE {
            return Err(at.error(format!("the value is longer than {MAX_MESSAGE} bytes")));
        }
        Ok(())
    }

    pub(super) fn value(
        &mut self,
        structure: &Structure,
        json: &Value,
        at: Path<'_>,
    ) -> Result<()> {
        match structure {
            Structure::Bool => self.found(json.as_bool(), structure, json, at),
            Structure::Int(int) => self.int(*int, structure, json, at),
            Structure::NonZero(_) if is_zero(json) => Err(at.error("zero, where it cannot be")),
            Structure::NonZero(int) => self.int(*int, structure, json, at),
            Structure::F32 => self.found(numbers::f32(json), structure, json, at),
            Structure::F64 => self.found(numbers::f64(json), structure, json, at),
            Structure::Char => self.found(json.as_str().and_then(single_char), structure, json, at),
            Structure::String => self.found(json.as_str(), structure, json, at),
            Structure::Blob => self.found(json.as_str().and_then(unhex), structure, json, at),
            Structure::Duration => self.duration(structure, json, at),
            Structure::Address(address) => self.address(*address, structure, json, at),
            Structure::Foreign(foreign) => self.foreign(*foreign, structure, json, at),
            Structure::Unit => null(structure, json, at),
            Structure::Option(inner) => self.option(inner, structure, json, at),
            Structure::Seq(inner) | Structure::Set(inner) => {
                let elements = json
                    .as_array()
                    .ok_or_else(|| mismatch(structure, json, at))?;
                self.put(&elements.len(), at)?;
                self.elements(std::iter::repeat(&**inner), elements, at)
            }
            Structure::Map(key, value) => self.map(key, value, structure, json, at),
            Structure::Array(inner, count) => {
                let elements = exactly(*count, structure, json, at)?;
                self.elements(std::iter::repeat(&**inner), elements, at)
            }
            Structure::Tuple(structures) => {
                let elements = exactly(structures.len(), structure, json, at)?;
                self.elements(structures.iter(), elements, at)
            }
            Structure::Struct { fields, .. } => self.fields(fields, structure, json, at),
            Structure::Enum { variants, .. } => self.variant(variants, structure, json, at),
        }
    }

    /// Writes what was found in the JSON, if something was.
    pub(super) fn found<T: Serialize>(
        &mut self,
        value: Option<T>,
        of: &Structure,
        json: &Value,
        at: Path<'_>,
    ) -> Result<()> {
        let value = value.ok_or_else(|| mismatch(of, json, at))?;
        self.put(&value, at)
    }

    fn int(&mut self, int: Int, of: &Structure, json: &Value, at: Path<'_>) -> Result<()> {
        match int {
            Int::U8 => self.found(numbers::integer::<u8>(json), of, json, at),
            Int::U16 => self.found(numbers::integer::<u16>(json), of, json, at),
            Int::U32 => self.found(numbers::integer::<u32>(json), of, json, at),
            Int::U64 => self.found(numbers::integer::<u64>(json), of, json, at),
            Int::U128 => self.found(numbers::integer::<u128>(json), of, json, at),
            Int::I8 => self.found(numbers::integer::<i8>(json), of, json, at),
            Int::I16 => self.found(numbers::integer::<i16>(json), of, json, at),
            Int::I32 => self.found(numbers::integer::<i32>(json), of, json, at),
            Int::I64 => self.found(numbers::integer::<i64>(json), of, json, at),
            Int::I128 => self.found(numbers::integer::<i128>(json), of, json, at),
        }
    }

    fn duration(&mut self, of: &Structure, json: &Value, at: Path<'_>) -> Result<()> {
        let object = json.as_object().ok_or_else(|| mismatch(of, json, at))?;
        known(object, ["secs", "nanos"].into_iter(), at)?;
        let (secs, nanos) = (
            object.get("secs").unwrap_or(&Value::Null),
            object.get("nanos").unwrap_or(&Value::Null),
        );
        self.value(&Structure::Int(Int::U64), secs, at.field("secs"))?;
        self.value(&Structure::Int(Int::U32), nanos, at.field("nanos"))
    }

    fn address(
        &mut self,
        address: Address,
        of: &Structure,
        json: &Value,
        at: Path<'_>,
    ) -> Result<()> {
        fn parsed<T: FromStr>(json: &Value) -> Option<T> {
            json.as_str()?.parse().ok()
        }
        match address {
            Address::Ip => self.found(parsed::<IpAddr>(json), of, json, at),
            Address::Ipv4 => self.found(parsed::<Ipv4Addr>(json), of, json, at),
            Address::Ipv6 => self.found(parsed::<Ipv6Addr>(json), of, json, at),
            Address::Socket => self.found(parsed::<SocketAddr>(json).filter(global), of, json, at),
            Address::SocketV4 => self.found(parsed::<SocketAddrV4>(json), of, json, at),
            Address::SocketV6 => {
                let address = parsed::<SocketAddrV6>(json)
                    .filter(|address| global(&SocketAddr::V6(*address)));
                self.found(address, of, json, at)
            }
        }
    }

    fn option(
        &mut self,
        inner: &Structure,
        of: &Structure,
        json: &Value,
        at: Path<'_>,
    ) -> Result<()> {
        if json.is_null() {
            return self.put(&0u8, at);
        }
        self.put(&1u8, at)?;
        if !nullable(inner) {
            return self.value(inner, json, at);
        }
        match json
            .as_object()
            .map(|object| (object.len(), object.get("Some")))
        {
            Some((1, Some(value))) => self.value(inner, value, at),
            _other => Err(mismatch(of, json, at)),
        }
    }

    fn elements<'a>(
        &mut self,
        structures: impl Iterator<Item = &'a Structure>,
        elements: &[Value],
        at: Path<'_>,
    ) -> Result<()> {
        for (index, (structure, element)) in structures.zip(elements).enumerate() {
            self.value(structure, element, at.element(index))?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        key: &Structure,
        value: &Structure,
        of: &Structure,
        json: &Value,
        at: Path<'_>,
    ) -> Result<()> {
        if let (Some(object), Some(kind)) = (json.as_object(), Key::of(key)) {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by(|(left, _), (right, _)| kind.order(left, right));
            self.put(&entries.len(), at)?;
            for (name, entry) in entries {
                let at = at.field(name);
                self.value(key, &kind.value(name), at)?;
                self.value(value, entry, at)?;
            }
            return Ok(());
        }
        let pairs = json.as_array().ok_or_else(|| mismatch(of, json, at))?;
        self.put(&pairs.len(), at)?;
        for (index, pair) in pairs.iter().enumerate() {
            let at = at.element(index);
            let Some([first, second]) = pair.as_array().map(Vec::as_slice) else {
                return Err(at.error("expected a pair of key and value"));
            };
            self.value(key, first, at)?;
            self.value(value, second, at)?;
        }
        Ok(())
    }

    fn fields(
        &mut self,
        fields: &Fields,
        of: &Structure,
        json: &Value,
        at: Path<'_>,
    ) -> Result<()> {
        match fields {
            Fields::Unit => null(of, json, at),
            Fields::Newtype(inner) => self.value(inner, json, at),
            Fields::Tuple(structures) => {
                let elements = exactly(structures.len(), of, json, at)?;
                self.elements(structures.iter(), elements, at)
            }
            Fields::Named(fields) => {
                let object = json.as_object().ok_or_else(|| mismatch(of, json, at))?;
                self.named(fields, object, at)
            }
        }
    }

    fn named(&mut self, fields: &[Field], object: &Map<String, Value>, at: Path<'_>) -> Result<()> {
        known(object, fields.iter().map(|field| &*field.name), at)?;
        for field in fields {
            let at = at.field(&field.name);
            match (object.get(&*field.name), &field.structure) {
                (Some(json), structure) => self.value(structure, json, at)?,
                (None, structure @ Structure::Option(_)) => {
                    self.value(structure, &Value::Null, at)?
                }
                (None, structure) => return Err(at.error(format!("missing; expected {structure}"))),
            }
        }
        Ok(())
    }

    fn variant(
        &mut self,
        variants: &[Variant],
        of: &Structure,
        json: &Value,
        at: Path<'_>,
    ) -> Result<()> {
        let (name, inside) = chosen(json).ok_or_else(|| mismatch(of, json, at))?;
        let Some(index) = variants.iter().position(|variant| variant.name == name) else {
            let names: Vec<_> = variants.iter().map(|variant| &*variant.name).collect();
            return Err(at.error(format!(
                "no variant {}; there are {}",
                quote(name),
                names.join(", ")
            )));
        };
        self.put(&u32::try_from(index).unwrap_or(u32::MAX), at)?;
        match (&variants[index].fields, inside) {
            (Fields::Unit, None) => Ok(()),
            (fields @ (Fields::Newtype(_) | Fields::Tuple(_) | Fields::Named(_)), Some(inside)) => {
                self.fields(fields, of, inside, at.field(name))
            }
            (Fields::Unit | Fields::Newtype(_) | Fields::Tuple(_) | Fields::Named(_), _) => {
                Err(mismatch(of, json, at))
            }
        }
    }
}

/// The name of a variant, and what stands under it.
fn chosen(json: &Value) -> Option<(&str, Option<&Value>)> {
    match json {
        Value::String(name) => Some((name, None)),
        Value::Object(object) if object.len() == 1 => object
            .iter()
            .next()
            .map(|(name, inside)| (name.as_str(), Some(inside))),
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            None
        }
    }
}

fn mismatch(structure: &Structure, json: &Value, at: Path<'_>) -> JsonError {
    let found = match json {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quote(text),
        Value::Array(elements) => format!("an array of {}", elements.len()),
        Value::Object(object) => format!("an object of {}", object.len()),
    };
    let expected: String = structure.to_string().chars().take(MAX_EXPECTED).collect();
    at.error(format!("expected {expected}, found {found}"))
}

fn null(structure: &Structure, json: &Value, at: Path<'_>) -> Result<()> {
    if json.is_null() {
        Ok(())
    } else {
        Err(mismatch(structure, json, at))
    }
}

fn exactly<'a>(count: usize, of: &Structure, json: &'a Value, at: Path<'_>) -> Result<&'a [Value]> {
    let elements = json.as_array().filter(|elements| elements.len() == count);
    elements
        .map(Vec::as_slice)
        .ok_or_else(|| mismatch(of, json, at))
}

fn known<'a>(
    object: &Map<String, Value>,
    mut names: impl Iterator<Item = &'a str> + Clone,
    at: Path<'_>,
) -> Result<()> {
    match object
        .keys()
        .find(|key| !names.clone().any(|name| name == key.as_str()))
    {
        None => Ok(()),
        Some(key) => {
            let first = names.next().unwrap_or_default();
            let others = names.fold(first.to_owned(), |list, name| list + ", " + name);
            Err(at.error(format!("no field {}; there are: {others}", quote(key))))
        }
    }
}

fn is_zero(json: &Value) -> bool {
    json.as_u64() == Some(0) || json.as_str() == Some("0")
}

/// The bytes of an address have no room for a flow label or a scope.
fn global(address: &SocketAddr) -> bool {
    match address {
        SocketAddr::V4(_) => true,
        SocketAddr::V6(address) => address.flowinfo() == 0 && address.scope_id() == 0,
    }
}

fn single_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// The bytes of hex digits, as the codec writes bytes.
pub(super) struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

pub(super) fn unhex(digits: &str) -> Option<Bytes> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(half(*high)? << 4 | half(*low)?),
            _odd => None,
        })
        .collect::<Option<_>>()
        .map(Bytes)
}

fn half(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
