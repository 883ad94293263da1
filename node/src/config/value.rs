//! Single values of the file: each parser takes what stands there and answers with the typed value, or with what it expected and how
//! to write it.

use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use toml::de::DeValue;

use super::report::{Code, Diagnostic};
use super::section::article;
use super::suggest::{listed, nearest};

/// What is wrong with one value.
pub(super) struct Fault {
    code: Code,
    /// What exactly is wrong, when there is more to say than what was expected.
    detail: Option<String>,
    expected: String,
    help: String,
}

impl Fault {
    pub(super) fn bad(expected: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code: Code::BadValue,
            detail: None,
            expected: expected.into(),
            help: help.into(),
        }
    }

    pub(super) fn wrong_type(expected: &str, value: &DeValue<'_>, help: impl Into<String>) -> Self {
        Self {
            code: Code::WrongType,
            detail: None,
            expected: format!("expected {expected}, found {}", article(value)),
            help: help.into(),
        }
    }

    pub(super) fn at(self, key: &str, span: Range<usize>) -> Diagnostic {
        let title = match (self.code, self.detail) {
            (Code::WrongType, _) => format!("wrong type for `{key}`"),
            (_, Some(detail)) => format!("bad value for `{key}`: {detail}"),
            (_, None) => format!("bad value for `{key}`"),
        };
        Diagnostic::new(self.code, title, span, self.expected, self.help)
    }
}

/// Any string.
pub(super) fn string(value: &DeValue<'_>) -> Result<String, Fault> {
    text(value, "a string").map(str::to_owned)
}

fn text<'v>(value: &'v DeValue<'_>, expected: &str) -> Result<&'v str, Fault> {
    value
        .as_str()
        .ok_or_else(|| Fault::wrong_type(expected, value, "put it in double quotes"))
}

/// A string that parses as `T`.
pub(super) fn parsed<T>(
    expected: &'static str,
    help: &'static str,
) -> impl Fn(&DeValue<'_>) -> Result<T, Fault>
where
    T: FromStr<Err: std::fmt::Display>,
{
    move |value| {
        let parsed = text(value, expected)?.parse();
        parsed.map_err(|error: T::Err| Fault {
            detail: Some(error.to_string()),
            ..Fault::bad(format!("expected {expected}"), help)
        })
    }
}

/// One of a few words.
pub(super) fn one_of<T: Copy>(
    words: &'static [(&'static str, T)],
) -> impl Fn(&DeValue<'_>) -> Result<T, Fault> {
    move |value| {
        let names = || words.iter().map(|(name, _)| *name);
        let expected = listed(names());
        let word = text(value, &expected)?;
        let known = words.iter().find(|(name, _)| *name == word);
        known.map(|(_, meant)| *meant).ok_or_else(|| {
            let help = nearest(word, names()).map_or_else(
                || "use one of these words".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            Fault::bad(format!("expected {expected}"), help)
        })
    }
}

/// An integer in a range.
pub(super) fn integer(
    range: RangeInclusive<u64>,
    help: &'static str,
) -> impl Fn(&DeValue<'_>) -> Result<u64, Fault> {
    move |value| {
        let expected = format!("an integer from {} to {}", range.start(), range.end());
        let Some(found) = value.as_integer() else {
            return Err(Fault::wrong_type(&expected, value, help));
        };
        u64::from_str_radix(found.as_str(), found.radix())
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| Fault::bad(format!("expected {expected}"), help))
    }
}

/// A path, as it stands in the file.
pub(super) fn path(value: &DeValue<'_>) -> Result<PathBuf, Fault> {
    let text = text(value, "a path")?;
    if text.is_empty() {
        return Err(Fault::bad(
            "expected a path, found nothing",
            "paths are relative to the config file",
        ));
    }
    Ok(PathBuf::from(text))
}

/// Address and port to listen on.
pub(super) fn listen(value: &DeValue<'_>) -> Result<SocketAddr, Fault> {
    const EXPECTED: &str = "an IP address and a port";
    const HELP: &str =
        "for instance \"127.0.0.1:4433\", \"0.0.0.0:4433\" for every interface, or \"[::]:4433\"";
    text(value, EXPECTED)?
        .parse()
        .map_err(|_| Fault::bad(format!("expected {EXPECTED}"), HELP))
}

/// Host and port of a peer. The host is resolved anew at each dial, so only its form is checked.
pub(super) fn host_and_port(value: &DeValue<'_>) -> Result<String, Fault> {
    const EXPECTED: &str = "a host and a port";
    const HELP: &str = "for instance \"10.0.0.2:4433\", \"[fd00::2]:4433\" or \"arm-1.local:4433\"";
    let text = text(value, EXPECTED)?;
    let well_formed = text.rsplit_once(':').is_some_and(|(host, port)| {
        let bracketed = host.starts_with('[') && host.ends_with(']');
        let plain = !host.is_empty() && !host.contains([':', '/', ' ', '[', ']']);
        (plain || bracketed && text.parse::<SocketAddr>().is_ok())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if well_formed {
        Ok(text.to_owned())
    } else {
        Err(Fault::bad(format!("expected {EXPECTED}"), HELP))
    }
}

/// A number of bytes in a range: an integer, or a number with a unit.
pub(super) fn size(
    range: RangeInclusive<u64>,
    help: &'static str,
) -> impl Fn(&DeValue<'_>) -> Result<u64, Fault> {
    move |value| {
        let expected = format!(
            "a size from {} to {} bytes, such as \"8MiB\"",
            range.start(),
            range.end()
        );
        if value.is_integer() {
            return integer(range.clone(), help)(value);
        }
        parse_size(text(value, &expected)?)
            .filter(|size| range.contains(size))
            .ok_or_else(|| Fault::bad(format!("expected {expected}"), help))
    }
}

/// `512`, `64 KiB`, `8MiB`: a whole number and a unit.
fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit_at = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let factor: u64 = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// A length of time in a range.
pub(super) fn duration(
    range: RangeInclusive<Duration>,
    help: &'static str,
) -> impl Fn(&DeValue<'_>) -> Result<Duration, Fault> {
    move |value| {
        let expected = format!(
            "a time from {:?} to {:?}, such as \"8s\" or \"500ms\"",
            range.start(),
            range.end()
        );
        let text = text(value, &expected)?;
        parse_duration(text)
            .filter(|duration| range.contains(duration))
            .ok_or_else(|| Fault::bad(format!("expected {expected}"), help))
    }
}

/// `8s`, `500ms`, `1.5 h`: one number and one unit.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic() || c == 'µ')?;
    let (number, unit) = text.split_at(unit_at);
    let seconds = match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let number: f64 = number.trim().parse().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok()
}
