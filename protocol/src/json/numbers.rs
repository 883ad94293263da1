//! Numbers without loss: JSON's are read as 64-bit floats by many, and JSON has no NaN.

use serde_json::{Number, Value};

/// The largest integer up to which every reader of JSON is exact.
const MAX_EXACT: u64 = (1 << 53) - 1;

pub(super) fn from_unsigned(number: u128) -> Value {
    match u64::try_from(number) {
        Ok(small) if small <= MAX_EXACT => Value::from(small),
        _beyond => Value::from(number.to_string()),
    }
}

pub(super) fn from_signed(number: i128) -> Value {
    match i64::try_from(number) {
        Ok(small) if small.unsigned_abs() <= MAX_EXACT => Value::from(small),
        _beyond => Value::from(number.to_string()),
    }
}

/// An integer, written as a number or as digits.
pub(super) fn integer<T>(json: &Value) -> Option<T>
where
    T: TryFrom<u64> + TryFrom<i64> + std::str::FromStr + ToString,
{
    match json {
        Value::Number(number) => {
            let unsigned = number.as_u64().and_then(|number| T::try_from(number).ok());
            unsigned.or_else(|| T::try_from(number.as_i64()?).ok())
        }
        Value::String(digits) => parse_integer(digits),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Digits in the one way that we write them: no `+`, no leading zeros, no `-0`.
pub(super) fn parse_integer<T: std::str::FromStr + ToString>(digits: &str) -> Option<T> {
    digits
        .parse()
        .ok()
        .filter(|number: &T| number.to_string() == digits)
}

const F64_NAN: u64 = 0x7ff8_0000_0000_0000;
const F32_NAN: u32 = 0x7fc0_0000;

pub(super) fn from_f64(number: f64) -> Value {
    if number.is_nan() {
        return nan(
            number.to_bits() == F64_NAN,
            format!("NaN:{:016x}", number.to_bits()),
        );
    }
    finite(number)
}

/// The shortest decimal that is this number, as `serde_json` would print an `f32`, if it leads back to it.
pub(super) fn from_f32(number: f32) -> Value {
    if number.is_nan() {
        return nan(
            number.to_bits() == F32_NAN,
            format!("NaN:{:08x}", number.to_bits()),
        );
    }
    let short = number
        .to_string()
        .parse()
        .unwrap_or_else(|_| f64::from(number));
    finite(if narrow(short).to_bits() == number.to_bits() {
        short
    } else {
        f64::from(number)
    })
}

fn nan(usual: bool, bits: String) -> Value {
    Value::from(if usual { "NaN".to_owned() } else { bits })
}

fn finite(number: f64) -> Value {
    Number::from_f64(number).map_or_else(
        || Value::from(if number > 0.0 { "inf" } else { "-inf" }),
        Value::Number,
    )
}

pub(super) fn f64(json: &Value) -> Option<f64> {
    if let Value::String(text) = json {
        return special(text).or_else(|| {
            let bits = u64::from_str_radix(hex(text, 16)?, 16).ok()?;
            Some(f64::from_bits(bits)).filter(|number| number.is_nan())
        });
    }
    json.as_f64()
}

pub(super) fn f32(json: &Value) -> Option<f32> {
    if let Value::String(text) = json {
        if text == "NaN" {
            return Some(f32::from_bits(F32_NAN));
        }
        return special(text).map(narrow).or_else(|| {
            let bits = u32::from_str_radix(hex(text, 8)?, 16).ok()?;
            Some(f32::from_bits(bits)).filter(|number| number.is_nan())
        });
    }
    json.as_f64()
        .map(narrow)
        .filter(|number| number.is_finite())
}

fn special(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::from_bits(F64_NAN)),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn hex(text: &str, digits: usize) -> Option<&str> {
    let hex = text.strip_prefix("NaN:")?;
    (hex.len() == digits && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hex)
}

/// The nearest `f32`.
fn narrow(number: f64) -> f32 {
    number as f32
}
