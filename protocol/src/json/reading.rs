//! Bytes to JSON.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{JsonError, MAX_VALUES, Path, keys::Key, nullable, numbers};
use crate::{
    codec,
    schema::{Address, Fields, Int, Structure, Variant},
};

type Result<T> = std::result::Result<T, JsonError>;

pub(super) struct Reader<'de> {
    input: &'de [u8],
    /// How many more values may be made.
    values: usize,
}

impl<'de> Reader<'de> {
    pub(super) fn new(input: &'de [u8]) -> Self {
        Self {
            input,
            values: MAX_VALUES,
        }
    }

    pub(super) fn left(&self) -> usize {
        self.input.len()
    }

    pub(super) fn take<T: Deserialize<'de>>(&mut self, at: Path<'_>) -> Result<T> {
        codec::take(&mut self.input).map_err(|error| at.error(error.to_string()))
    }

    /// Makes so many of the values that may be made.
    pub(super) fn spend(&mut self, values: usize, at: Path<'_>) -> Result<()> {
        self.values = self
            .values
            .checked_sub(values)
            .ok_or_else(|| at.error(format!("more than {MAX_VALUES} values")))?;
        Ok(())
    }

    pub(super) fn value(&mut self, structure: &Structure, at: Path<'_>) -> Result<Value> {
        self.spend(1, at)?;
        match structure {
            Structure::Bool => self.take::<bool>(at).map(Value::from),
            Structure::Int(int) => self.int(*int, at),
            Structure::NonZero(int) => match self.int(*int, at)? {
                zero if zero == 0 => Err(at.error("zero, where it cannot be")),
                number => Ok(number),
            },
            Structure::F32 => self.take(at).map(numbers::from_f32),
            Structure::F64 => self.take(at).map(numbers::from_f64),
            Structure::Char => self.take::<char>(at).map(|c| Value::from(c.to_string())),
            Structure::String => self.take::<&str>(at).map(Value::from),
            Structure::Blob => self.take::<&[u8]>(at).map(|bytes| Value::from(hex(bytes))),
            Structure::Duration => self.duration(at),
            Structure::Address(address) => self.address(*address, at).map(Value::from),
            Structure::Foreign(foreign) => self.foreign(*foreign, at),
            Structure::Unit => Ok(Value::Null),
            Structure::Option(inner) => self.option(inner, at),
            Structure::Seq(inner) | Structure::Set(inner) => {
                let count = self.count(inner.min_wire(), at)?;
                self.elements(std::iter::repeat_n(&**inner, count), at)
            }
            Structure::Map(key, value) => self.map(key, value, at),
            Structure::Array(inner, count) => {
                self.elements(std::iter::repeat_n(&**inner, *count), at)
            }
            Structure::Tuple(elements) => self.elements(elements.iter(), at),
            Structure::Struct { fields, .. } => self.fields(fields, at),
            Structure::Enum { variants, .. } => self.variant(variants, at),
        }
    }

    fn int(&mut self, int: Int, at: Path<'_>) -> Result<Value> {
        Ok(match int {
            Int::U8 => Value::from(self.take::<u8>(at)?),
            Int::U16 => Value::from(self.take::<u16>(at)?),
            Int::U32 => Value::from(self.take::<u32>(at)?),
            Int::U64 => numbers::from_unsigned(self.take::<u64>(at)?.into()),
            Int::U128 => numbers::from_unsigned(self.take(at)?),
            Int::I8 => Value::from(self.take::<i8>(at)?),
            Int::I16 => Value::from(self.take::<i16>(at)?),
            Int::I32 => Value::from(self.take::<i32>(at)?),
            Int::I64 => numbers::from_signed(self.take::<i64>(at)?.into()),
            Int::I128 => numbers::from_signed(self.take(at)?),
        })
    }

    fn duration(&mut self, at: Path<'_>) -> Result<Value> {
        let secs = numbers::from_unsigned(self.take::<u64>(at)?.into());
        let nanos = Value::from(self.take::<u32>(at)?);
        Ok(Value::Object(Map::from_iter([
            ("secs".to_owned(), secs),
            ("nanos".to_owned(), nanos),
        ])))
    }

    fn address(&mut self, address: Address, at: Path<'_>) -> Result<String> {
        Ok(match address {
            Address::Ip => self.take::<IpAddr>(at)?.to_string(),
            Address::Ipv4 => self.take::<Ipv4Addr>(at)?.to_string(),
            Address::Ipv6 => self.take::<Ipv6Addr>(at)?.to_string(),
            Address::Socket => self.take::<SocketAddr>(at)?.to_string(),
            Address::SocketV4 => self.take::<SocketAddrV4>(at)?.to_string(),
            Address::SocketV6 => self.take::<SocketAddrV6>(at)?.to_string(),
        })
    }

    fn option(&mut self, inner: &Structure, at: Path<'_>) -> Result<Value> {
        match self.take::<u8>(at)? {
            0 => Ok(Value::Null),
            1 if nullable(inner) => Ok(single("Some", self.value(inner, at)?)),
            1 => self.value(inner, at),
            other => Err(at.error(format!("{other} is neither none (0) nor some (1)"))),
        }
    }

    /// A count of elements that take at least `each` bytes, believed only as far as bytes are there.
    fn count(&mut self, each: usize, at: Path<'_>) -> Result<usize> {
        let count = self.take::<u64>(at)?;
        let most = self.input.len() / each.max(1);
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= most)
            .ok_or_else(|| at.error(format!("{count} elements, in {} bytes", self.input.len())))
    }

    fn elements<'a>(
        &mut self,
        structures: impl Iterator<Item = &'a Structure>,
        at: Path<'_>,
    ) -> Result<Value> {
        let mut array = Vec::new();
        for (index, structure) in structures.enumerate() {
            array.push(self.value(structure, at.element(index))?);
        }
        Ok(Value::Array(array))
    }

    fn map(&mut self, key: &Structure, value: &Structure, at: Path<'_>) -> Result<Value> {
        let count = self.count(key.min_wire().saturating_add(value.min_wire()), at)?;
        let mut pairs = Vec::new();
        for index in 0..count {
            let at = at.element(index);
            pairs.push((self.value(key, at)?, self.value(value, at)?));
        }
        Ok(match names(key, &pairs) {
            Some(names) => Value::Object(
                names
                    .into_iter()
                    .zip(pairs.into_iter().map(|(_, value)| value))
                    .collect(),
            ),
            None => Value::Array(
                pairs
                    .into_iter()
                    .map(|(key, value)| Value::Array(vec![key, value]))
                    .collect(),
            ),
        })
    }

    fn fields(&mut self, fields: &Fields, at: Path<'_>) -> Result<Value> {
        match fields {
            Fields::Unit => Ok(Value::Null),
            Fields::Newtype(inner) => self.value(inner, at),
            Fields::Tuple(elements) => self.elements(elements.iter(), at),
            Fields::Named(fields) => {
                let mut object = Map::new();
                for field in fields {
                    object.insert(
                        field.name.to_string(),
                        self.value(&field.structure, at.field(&field.name))?,
                    );
                }
                Ok(Value::Object(object))
            }
        }
    }

    fn variant(&mut self, variants: &[Variant], at: Path<'_>) -> Result<Value> {
        let index = self.take::<u32>(at)?;
        let variant = usize::try_from(index)
            .ok()
            .and_then(|index| variants.get(index));
        let Some(Variant { name, fields }) = variant else {
            return Err(at.error(format!("variant {index} of {}", variants.len())));
        };
        match fields {
            Fields::Unit => Ok(Value::from(&**name)),
            Fields::Newtype(_) | Fields::Tuple(_) | Fields::Named(_) => {
                Ok(single(name, self.fields(fields, at.field(name))?))
            }
        }
    }
}

/// The keys as names of an object, if they can be and their order can be found again.
fn names(key: &Structure, pairs: &[(Value, Value)]) -> Option<Vec<String>> {
    let key = Key::of(key)?;
    let names: Vec<_> = pairs
        .iter()
        .map(|(name, _)| Key::name(name))
        .collect::<Option<_>>()?;
    names
        .is_sorted_by(|left, right| key.order(left, right).is_lt())
        .then_some(names)
}

fn single(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    halves.map(|half| DIGITS[usize::from(half)]).collect()
}
