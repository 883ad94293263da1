//! A table of the file, read key by key: every key that nobody knows, every value that does not fit is reported and reading goes on,
//! so that one run shows all errors.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::report::{Code, Diagnostic};
use super::suggest::{listed, nearest};
use super::value::Fault;

/// A table whose keys are known.
#[derive(Clone, Copy)]
pub(super) struct Section<'t> {
    /// As it stands in the file: `[node]`, `[[actor]]`.
    title: &'static str,
    table: &'t DeTable<'t>,
    known: &'static [&'static str],
    start: usize,
    end: usize,
}

impl<'t> Section<'t> {
    /// The root of the file. Every key that is not one of `known` is reported.
    pub(super) fn root(
        found: &mut Vec<Diagnostic>,
        table: &'t Spanned<DeTable<'t>>,
        known: &'static [&'static str],
    ) -> Self {
        let section = Self {
            title: "the file",
            table: table.get_ref(),
            known,
            start: table.span().start,
            end: table.span().start,
        };
        section.report_unknown(found);
        section
    }

    /// The table at `value`; something else there is reported, and so is every key that is not one of `known`.
    fn at(
        found: &mut Vec<Diagnostic>,
        title: &'static str,
        value: &'t Spanned<DeValue<'t>>,
        known: &'static [&'static str],
    ) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            let label = format!("expected a table, found {}", article(value.get_ref()));
            let help = format!("write it as a section of its own, under a line `{title}`");
            let wrong = format!("{title} is not a table");
            found.push(Diagnostic::new(
                Code::WrongType,
                wrong,
                value.span(),
                label,
                help,
            ));
            return None;
        };
        let Range { start, end } = value.span();
        let section = Self {
            title,
            table,
            known,
            start,
            end,
        };
        section.report_unknown(found);
        Some(section)
    }

    /// Where the section starts: its header.
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    fn report_unknown(&self, found: &mut Vec<Diagnostic>) {
        for key in self.table.keys() {
            if !self.known.contains(&key.get_ref().as_ref()) {
                found.push(unknown_key(key, self.title, self.known));
            }
        }
    }

    /// Whether a key that nobody knows was reported with `key` as its suggestion: that `key` is missing is the same mistake then.
    pub(super) fn is_misspelt(&self, key: &str) -> bool {
        self.table.keys().any(|word| {
            let word = word.get_ref().as_ref();
            !self.known.contains(&word) && nearest(word, self.known.iter().copied()) == Some(key)
        })
    }

    /// The section called `name`, if it is there.
    pub(super) fn section(
        &self,
        found: &mut Vec<Diagnostic>,
        name: &str,
        title: &'static str,
        known: &'static [&'static str],
    ) -> Option<Self> {
        Self::at(found, title, self.table.get(name)?, known)
    }

    /// All sections of the list called `name`.
    pub(super) fn list(
        &self,
        found: &mut Vec<Diagnostic>,
        name: &str,
        title: &'static str,
        known: &'static [&'static str],
    ) -> Vec<Self> {
        let Some(value) = self.table.get(name) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            let label = format!("expected a list, found {}", article(value.get_ref()));
            let help = format!("there can be several, so the header has two brackets: `{title}`");
            let wrong = format!("`{name}` is not a list of tables");
            found.push(Diagnostic::new(
                Code::WrongType,
                wrong,
                value.span(),
                label,
                help,
            ));
            return Vec::new();
        };
        array
            .iter()
            .filter_map(|value| Self::at(found, title, value, known))
            .collect()
    }

    /// The raw value of a key.
    pub(super) fn raw(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    /// The value of a key that may be missing. One that does not fit is reported, and is `None` too.
    pub(super) fn optional<T>(
        &self,
        found: &mut Vec<Diagnostic>,
        key: &str,
        parse: impl FnOnce(&DeValue<'t>) -> Result<T, Fault>,
    ) -> Option<Spanned<T>> {
        let value = self.table.get(key)?;
        match parse(value.get_ref()) {
            Ok(parsed) => Some(Spanned::new(value.span(), parsed)),
            Err(fault) => {
                found.push(fault.at(key, value.span()));
                None
            }
        }
    }

    /// The value of a key that must be there.
    pub(super) fn required<T>(
        &self,
        found: &mut Vec<Diagnostic>,
        key: &str,
        example: &str,
        parse: impl FnOnce(&DeValue<'t>) -> Result<T, Fault>,
    ) -> Option<Spanned<T>> {
        if !self.table.contains_key(key) && !self.is_misspelt(key) {
            found.push(Diagnostic::new(
                Code::MissingKey,
                format!("{} has no `{key}`", self.title),
                self.span(),
                format!("expected a line `{key} = …` in this section"),
                format!("for instance `{key} = {example}`"),
            ));
        }
        self.optional(found, key, parse)
    }
}

pub(super) fn unknown_key(
    key: &Spanned<std::borrow::Cow<'_, str>>,
    of: &str,
    known: &[&str],
) -> Diagnostic {
    let word = key.get_ref().as_ref();
    let near = nearest(word, known.iter().copied());
    let help = near.map_or_else(
        || "remove it, or write what was meant".to_owned(),
        |near| format!("a key with a similar name exists: `{near}`"),
    );
    Diagnostic::new(
        Code::UnknownKey,
        format!("unknown key `{word}` in {of}"),
        key.span(),
        match known {
            [] => "expected no key here".to_owned(),
            _ => format!("expected {}", listed(known.iter().copied())),
        },
        help,
    )
}

/// The type of a value with its article.
pub(super) fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
