//! The `params` of an actor: a table of the file that becomes the actor's `Args`.
//!
//! The deserializer is our own because `toml`'s drops keys that the type does not have. Here each of them is an error with its place
//! and a suggestion, and so is every value that does not fit. A `Duration` may be written as `"1.5s"`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer as _, Visitor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::section::article;
use super::suggest::{listed, nearest};
use super::value::parse_duration;

/// The construction parameters of one actor, not yet typed.
///
/// They come from the file, or, for a node that is built in code, from TOML text:
/// `"seats = 5".parse::<Params>()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// TOML that parses. Text, because it is the one form that holds every number exactly as it was written.
    text: String,
}

impl Params {
    /// The parameters as the arguments of an actor.
    ///
    /// # Errors
    /// All keys that `Args` does not have, and the first value that does not fit.
    pub fn read<Args: DeserializeOwned>(&self) -> Result<Args, ParamsError> {
        let table =
            DeTable::parse(&self.text).map_err(|error| ParamsError::new(error.message()))?;
        let root = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
        read(&root).map_err(|faults| {
            let each: Vec<_> = faults.iter().map(ToString::to_string).collect();
            ParamsError::new(each.join("; "))
        })
    }

    pub(super) fn of(value: &Spanned<DeValue<'_>>) -> Self {
        let mut text = String::new();
        for (key, value) in value.get_ref().as_table().into_iter().flatten() {
            write_key(&mut text, key.get_ref());
            write_value(&mut text, value.get_ref());
            text.push('\n');
        }
        Self { text }
    }
}

fn write_key(text: &mut String, key: &str) {
    text.push_str(&toml::Value::from(key).to_string());
    text.push_str(" = ");
}

/// Writes a value as it could have stood in the file.
fn write_value(text: &mut String, value: &DeValue<'_>) {
    match value {
        DeValue::String(value) => text.push_str(&toml::Value::from(value.as_ref()).to_string()),
        DeValue::Integer(value) => text.push_str(&value.to_string()),
        DeValue::Float(value) => text.push_str(value.as_str()),
        DeValue::Boolean(value) => text.push_str(&value.to_string()),
        DeValue::Datetime(value) => text.push_str(&value.to_string()),
        DeValue::Array(items) => {
            text.push('[');
            for item in items {
                write_value(text, item.get_ref());
                text.push_str(", ");
            }
            text.push(']');
        }
        DeValue::Table(table) => {
            text.push('{');
            for (index, (key, value)) in table.iter().enumerate() {
                text.push_str(if index == 0 { " " } else { ", " });
                write_key(text, key.get_ref());
                write_value(text, value.get_ref());
            }
            text.push_str(" }");
        }
    }
}

impl FromStr for Params {
    type Err = ParamsError;

    fn from_str(text: &str) -> Result<Self, ParamsError> {
        match DeTable::parse(text) {
            Ok(_) => Ok(Self {
                text: text.to_owned(),
            }),
            Err(error) => Err(ParamsError::new(error.message())),
        }
    }
}

impl From<toml::Table> for Params {
    fn from(table: toml::Table) -> Self {
        Self {
            text: table.to_string(),
        }
    }
}

/// Why parameters are not the arguments of an actor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ParamsError {
    text: String,
}

impl ParamsError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

/// One thing that is wrong with the parameters, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParamFault {
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) at: Option<Range<usize>>,
    /// The keys on the way to the value, outermost first.
    keys: Vec<String>,
}

impl ParamFault {
    fn new(message: String, label: String, help: String, at: Range<usize>) -> Self {
        Self {
            message,
            label,
            help,
            at: Some(at),
            keys: Vec::new(),
        }
    }

    /// `tables.seats`: where the value is, inside the parameters.
    pub(crate) fn path(&self) -> String {
        self.keys.join(".")
    }

    fn or_at(mut self, at: &Range<usize>) -> Self {
        self.at.get_or_insert_with(|| at.clone());
        self
    }

    fn below(mut self, key: &str) -> Self {
        self.keys.insert(0, key.to_owned());
        self
    }
}

impl fmt::Display for ParamFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.keys.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.path(), self.message)
        }
    }
}

impl std::error::Error for ParamFault {}

impl de::Error for ParamFault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            label: "this does not fit".to_owned(),
            help: String::new(),
            at: None,
            keys: Vec::new(),
        }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = in_words(expected);
        Self {
            label: format!("expected {expected}"),
            ..Self::custom(format_args!("found {found}, expected {expected}"))
        }
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = in_words(expected);
        Self {
            label: format!("expected {expected}"),
            ..Self::custom(format_args!("found {found}, expected {expected}"))
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            label: format!("expected `{field}` among these"),
            help: format!("add `{field} = …` to the params"),
            ..Self::custom(format_args!("`{field}` is missing"))
        }
    }
}

/// What serde calls by the name of a Rust type, for a reader who knows only the file.
fn in_words(expected: &dyn de::Expected) -> String {
    let name = expected.to_string();
    match name.as_str() {
        "u8" => format!("an integer from 0 to {}", u8::MAX),
        "u16" => format!("an integer from 0 to {}", u16::MAX),
        "u32" => format!("an integer from 0 to {}", u32::MAX),
        "u64" | "u128" | "usize" => "an integer from 0 up".to_owned(),
        "i8" => format!("an integer from {} to {}", i8::MIN, i8::MAX),
        "i16" => format!("an integer from {} to {}", i16::MIN, i16::MAX),
        "i32" => format!("an integer from {} to {}", i32::MIN, i32::MAX),
        "i64" | "i128" | "isize" => "an integer".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        _ => name,
    }
}

/// The arguments that `value` describes, or everything that is wrong with it.
pub(crate) fn read<Args: DeserializeOwned>(
    value: &Spanned<DeValue<'_>>,
) -> Result<Args, Vec<ParamFault>> {
    let unknown = std::cell::RefCell::new(Vec::new());
    let result = Args::deserialize(Reader {
        value: value.get_ref(),
        at: value.span(),
        unknown: &unknown,
    });
    let mut faults = unknown.into_inner();
    match result {
        Ok(args) if faults.is_empty() => Ok(args),
        Ok(_) => Err(faults),
        Err(fault) => {
            faults.push(fault.or_at(&value.span()));
            Err(faults)
        }
    }
}

/// One value, its place, and where to note keys that nobody reads.
#[derive(Clone)]
struct Reader<'r, 't> {
    value: &'r DeValue<'t>,
    at: Range<usize>,
    unknown: &'r std::cell::RefCell<Vec<ParamFault>>,
}

impl<'r, 't> Reader<'r, 't> {
    fn of(&self, value: &'r Spanned<DeValue<'t>>) -> Self {
        Self {
            value: value.get_ref(),
            at: value.span(),
            unknown: self.unknown,
        }
    }

    /// Notes the keys of a table that `fields` lacks.
    fn only(&self, table: &DeTable<'_>, fields: &[&str]) {
        for key in table.keys() {
            let word = key.get_ref().as_ref();
            if fields.contains(&word) {
                continue;
            }
            let near = nearest(word, fields.iter().copied());
            let (label, help) = match (near, fields) {
                (Some(near), _) => (
                    format!("expected {}", listed(fields.iter().copied())),
                    format!("a parameter with a similar name exists: `{near}`"),
                ),
                (None, []) => (
                    "expected no parameter here".to_owned(),
                    "remove it".to_owned(),
                ),
                (None, _) => (
                    format!("expected {}", listed(fields.iter().copied())),
                    "remove it".to_owned(),
                ),
            };
            let message = format!("unknown parameter `{word}`");
            self.unknown
                .borrow_mut()
                .push(ParamFault::new(message, label, help, key.span()));
        }
    }

    /// Shows the visitor those entries that it can know; the others were noted.
    fn entries<'de, V: Visitor<'de>>(
        self,
        table: &'r DeTable<'t>,
        fields: Option<&[&str]>,
        visitor: V,
    ) -> Result<V::Value, ParamFault> {
        let known = table.iter().filter(|(key, _)| {
            fields.is_none_or(|fields| fields.contains(&key.get_ref().as_ref()))
        });
        let mut access = Entries {
            rest: known.collect::<Vec<_>>().into_iter(),
            reader: self,
            value: None,
        };
        visitor.visit_map(&mut access)
    }

    fn mismatch(&self, expected: &str) -> ParamFault {
        let found = article(self.value);
        ParamFault::new(
            format!("found {found}, expected {expected}"),
            format!("expected {expected}"),
            String::new(),
            self.at.clone(),
        )
    }
}

impl<'de> de::Deserializer<'de> for Reader<'_, '_> {
    type Error = ParamFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamFault> {
        let at = self.at.clone();
        let read = match self.value {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Integer(number) => {
                let (digits, radix) = (number.as_str(), number.radix());
                if let Ok(number) = u64::from_str_radix(digits, radix) {
                    visitor.visit_u64(number)
                } else if let Ok(number) = i64::from_str_radix(digits, radix) {
                    visitor.visit_i64(number)
                } else if let Ok(number) = i128::from_str_radix(digits, radix) {
                    visitor.visit_i128(number)
                } else {
                    Err(self.mismatch("an integer of at most 128 bits"))
                }
            }
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(self.mismatch("a number that fits into 64 bits")),
            },
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            DeValue::Datetime(value) => visitor.visit_string(value.to_string()),
            DeValue::Array(items) => visitor.visit_seq(Items {
                rest: items.iter(),
                reader: &self,
            }),
            DeValue::Table(table) => self.clone().entries(table, None, visitor),
        };
        read.map_err(|fault| fault.or_at(&at))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamFault> {
        // TOML has no null: a key that is there has a value.
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ParamFault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ParamFault> {
        if let Some(table) = self.value.as_table() {
            self.only(table, fields);
            let at = self.at.clone();
            return self
                .entries(table, Some(fields), visitor)
                .map_err(|fault| fault.or_at(&at));
        }
        if name != "Duration" {
            return Err(self.mismatch("a table"));
        }
        let Some(duration) = self.value.as_str().and_then(parse_duration) else {
            return Err(self.mismatch("a time such as \"1.5s\" or \"20ms\", in quotes"));
        };
        let nanoseconds = u64::from(duration.subsec_nanos());
        let parts = [("secs", duration.as_secs()), ("nanos", nanoseconds)];
        visitor.visit_map(MapDeserializer::new(parts.into_iter()))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParamFault> {
        let Some(table) = self.value.as_table() else {
            return Err(self.mismatch("no parameters"));
        };
        self.only(table, &[]);
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ParamFault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ParamFault> {
        let only_entry = self.value.as_table().filter(|table| table.len() == 1);
        let (word, at, data) = if let Some(word) = self.value.as_str() {
            (word, self.at.clone(), None)
        } else if let Some((key, value)) = only_entry.and_then(|table| table.iter().next()) {
            (key.get_ref().as_ref(), key.span(), Some(self.of(value)))
        } else {
            let expected = listed(variants.iter().copied());
            return Err(self.mismatch(&format!("one of {expected}")));
        };
        if !variants.contains(&word) {
            let expected = listed(variants.iter().copied());
            let help = nearest(word, variants.iter().copied())
                .map(|near| format!("did you mean `{near}`?"))
                .unwrap_or_default();
            let message = format!("unknown variant `{word}`");
            return Err(ParamFault::new(
                message,
                format!("expected {expected}"),
                help,
                at,
            ));
        }
        visitor
            .visit_enum(Variant {
                word,
                at: at.clone(),
                data,
            })
            .map_err(|fault| fault.or_at(&at))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple tuple_struct map identifier
        ignored_any
    }
}

struct Items<'a, 'r, 't> {
    rest: std::slice::Iter<'r, Spanned<DeValue<'t>>>,
    reader: &'a Reader<'r, 't>,
}

impl<'de> de::SeqAccess<'de> for Items<'_, '_, '_> {
    type Error = ParamFault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ParamFault> {
        self.rest
            .next()
            .map(|value| seed.deserialize(self.reader.of(value)))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

type Entry<'r, 't> = (&'r Spanned<Cow<'t, str>>, &'r Spanned<DeValue<'t>>);

struct Entries<'r, 't> {
    reader: Reader<'r, 't>,
    rest: std::vec::IntoIter<Entry<'r, 't>>,
    value: Option<Entry<'r, 't>>,
}

impl<'de> de::MapAccess<'de> for &mut Entries<'_, '_> {
    type Error = ParamFault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ParamFault> {
        self.value = self.rest.next();
        self.value
            .map(|(key, _)| {
                let word: StrDeserializer<'_, ParamFault> =
                    key.get_ref().as_ref().into_deserializer();
                seed.deserialize(word)
                    .map_err(|fault| fault.or_at(&key.span()))
            })
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ParamFault> {
        let (key, value) = self
            .value
            .take()
            .ok_or_else(|| de::Error::custom("a value was asked for before its key"))?;
        seed.deserialize(self.reader.of(value))
            .map_err(|fault: ParamFault| fault.or_at(&value.span()).below(key.get_ref()))
    }
}

/// The chosen variant of an enum: a word alone, or the only key of a table with the variant's data.
struct Variant<'w, 'r, 't> {
    word: &'w str,
    at: Range<usize>,
    data: Option<Reader<'r, 't>>,
}

impl<'w, 'de, 'r, 't> de::EnumAccess<'de> for Variant<'w, 'r, 't> {
    type Error = ParamFault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), ParamFault> {
        let word: StrDeserializer<'_, ParamFault> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'r, 't> Variant<'_, 'r, 't> {
    fn data(self, expected: &str) -> Result<Reader<'r, 't>, ParamFault> {
        let word = self.word;
        self.data.ok_or_else(|| {
            ParamFault::new(
                format!("variant `{word}` needs {expected}"),
                format!("expected {{ {word} = … }}"),
                String::new(),
                self.at,
            )
        })
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, '_, '_> {
    type Error = ParamFault;

    fn unit_variant(self) -> Result<(), ParamFault> {
        match self.data {
            None => Ok(()),
            Some(data) => Err(data.mismatch(&format!("only the word \"{}\"", self.word))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, ParamFault> {
        seed.deserialize(self.data("a value")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ParamFault> {
        de::Deserializer::deserialize_seq(self.data("a list")?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ParamFault> {
        de::Deserializer::deserialize_struct(self.data("a table")?, "", fields, visitor)
    }
}
