//! Where in a value something is wrong; costs nothing until it is.

use super::{JsonError, MAX_QUOTE};

/// A place in a value: a list of steps on the stack, from the innermost outwards.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    outer: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Element(usize),
}

impl<'a> Path<'a> {
    pub(super) fn root() -> Self {
        Self {
            outer: None,
            step: Step::Root,
        }
    }

    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self {
            outer: Some(self),
            step: Step::Field(name),
        }
    }

    pub(super) fn element(&'a self, index: usize) -> Self {
        Self {
            outer: Some(self),
            step: Step::Element(index),
        }
    }

    pub(super) fn error(&self, why: impl Into<String>) -> JsonError {
        let mut at = String::new();
        self.write(&mut at);
        if at.is_empty() {
            at.push_str("value");
        }
        JsonError {
            at,
            why: why.into(),
        }
    }

    fn write(&self, out: &mut String) {
        if let Some(outer) = self.outer {
            outer.write(out);
        }
        match self.step {
            Step::Root => {}
            Step::Field(name) => {
                out.push('.');
                out.extend(name.chars().take(MAX_QUOTE).flat_map(char::escape_debug));
            }
            Step::Element(index) => out.push_str(&format!("[{index}]")),
        }
    }
}
