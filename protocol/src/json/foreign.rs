//! Types of other crates: a uuid as people write it, JSON as itself, times as their text.

use serde_json::Value;

use super::{
    JsonError, Path, embedded,
    reading::{self, Reader},
    writing::{self, Bytes, Writer},
};
use crate::schema::{Foreign, Structure};

type Result<T> = std::result::Result<T, JsonError>;

/// Where a uuid has its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl Reader<'_> {
    pub(super) fn foreign(&mut self, foreign: Foreign, at: Path<'_>) -> Result<Value> {
        match foreign {
            Foreign::Uuid => {
                let bytes = self.take::<&[u8]>(at)?;
                if bytes.len() != 16 {
                    return Err(at.error(format!("{} bytes, where a uuid has 16", bytes.len())));
                }
                Ok(Value::from(hyphenated(bytes)))
            }
            Foreign::Json => {
                let text = self.take::<&str>(at)?;
                let values =
                    embedded::measure(text).map_err(|error| at.error(error.to_string()))?;
                // The first of them is counted already.
                self.spend(values - 1, at)?;
                embedded::parse(text).map_err(|error| at.error(error.to_string()))
            }
            Foreign::Timestamp
            | Foreign::Date
            | Foreign::Time
            | Foreign::DateTime
            | Foreign::Span
            | Foreign::SignedDuration => self.take::<&str>(at).map(Value::from),
        }
    }
}

impl Writer {
    /// A text is written as it is: whether it is a time is for its crate to say, where the type is known.
    pub(super) fn foreign(
        &mut self,
        foreign: Foreign,
        of: &Structure,
        json: &Value,
        at: Path<'_>,
    ) -> Result<()> {
        match foreign {
            Foreign::Uuid => self.found(json.as_str().and_then(uuid), of, json, at),
            Foreign::Json => {
                let text = embedded::print(json).map_err(|error| at.error(error.to_string()))?;
                self.put(&text, at)
            }
            Foreign::Timestamp
            | Foreign::Date
            | Foreign::Time
            | Foreign::DateTime
            | Foreign::Span
            | Foreign::SignedDuration => self.found(json.as_str(), of, json, at),
        }
    }
}

fn hyphenated(bytes: &[u8]) -> String {
    let mut text = reading::hex(bytes);
    for at in HYPHENS {
        text.insert(at, '-');
    }
    text
}

/// Thirty-two hex digits in five groups.
fn uuid(text: &str) -> Option<Bytes> {
    let hyphens = text.match_indices('-').map(|(at, _)| at);
    if text.len() != 36 || !hyphens.eq(HYPHENS) {
        return None;
    }
    writing::unhex(&text.replace('-', ""))
}
