//! What is wrong with a config file, drawn as rustc draws it: code, place, the offending text, what was expected, and how to fix it.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// The kind of a config error; its number is stable, so that it can be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// The config file itself cannot be read.
    Unreadable,
    /// The file is not TOML.
    Syntax,
    /// A key or section that nobody reads.
    UnknownKey,
    /// A key or section that must be there is not.
    MissingKey,
    /// A peer has the name of the node itself.
    OwnName,
    /// A value of another type.
    WrongType,
    /// A value of the right type that is out of range or malformed.
    BadValue,
    /// Two actors, two peers or two domains have one name.
    Duplicate,
    /// An actor type that this binary does not have.
    UnknownType,
    /// The `params` of an actor do not fit its type.
    Params,
    /// A file that the config names is missing or cannot be read.
    File,
    /// A private key that others may read.
    OpenKey,
    /// A certificate or key that cannot serve this node.
    Identity,
    /// Two parts of the file that cannot both be meant.
    Conflict,
    /// A domain that the file does not have.
    UnknownDomain,
}

impl Code {
    fn number(self) -> &'static str {
        match self {
            Self::Unreadable => "farc::E0100",
            Self::Syntax => "farc::E0101",
            Self::UnknownKey => "farc::E0102",
            Self::MissingKey => "farc::E0103",
            Self::OwnName => "farc::E0104",
            Self::WrongType => "farc::E0105",
            Self::BadValue => "farc::E0106",
            Self::Duplicate => "farc::E0107",
            Self::UnknownType => "farc::E0108",
            Self::Params => "farc::E0109",
            Self::File => "farc::E0110",
            Self::OpenKey => "farc::E0111",
            Self::Identity => "farc::E0112",
            Self::Conflict => "farc::E0113",
            Self::UnknownDomain => "farc::E0114",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    code: Code,
    title: String,
    /// Byte range in the file, and what was expected there.
    place: Option<(Range<usize>, String)>,
    /// Another place that belongs to it, such as the first of two equal names.
    also: Option<(Range<usize>, String)>,
    help: String,
}

impl Diagnostic {
    pub(crate) fn new(
        code: Code,
        title: impl Into<String>,
        at: Range<usize>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            title: title.into(),
            place: Some((at, label.into())),
            also: None,
            help: help.into(),
        }
    }

    pub(crate) fn without_place(
        code: Code,
        title: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            title: title.into(),
            place: None,
            also: None,
            help: help.into(),
        }
    }

    pub(crate) fn also(mut self, at: Range<usize>, label: impl Into<String>) -> Self {
        self.also = Some((at, label.into()));
        self
    }

    /// The kind of the error.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }
}

/// Everything that is wrong with one config file; never empty.
///
/// `Display` draws it plainly; [`render`](Self::render) can do it in colour.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    path: String,
    source: String,
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(path: String, source: String, mut found: Vec<Diagnostic>) -> Self {
        // In the order of the file, whatever the order of the checks.
        found.sort_by_key(|one| one.place.as_ref().map_or(0, |(at, _)| at.start));
        Self {
            path,
            source,
            found,
        }
    }

    /// What is wrong, in the order of the file.
    #[must_use]
    pub fn found(&self) -> &[Diagnostic] {
        &self.found
    }

    /// The text for a person, with colours when `styled`. It ends without a line break.
    #[must_use]
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut text = String::new();
        for one in &self.found {
            text.push_str(&renderer.render(&[self.group(one)]));
            text.push_str("\n\n");
        }
        let count = self.found.len();
        let errors = if count == 1 { "error" } else { "errors" };
        let summary = format!("{} has {count} {errors}", self.path);
        text.push_str(&renderer.render(&[Group::with_title(Level::ERROR.primary_title(summary))]));
        text
    }

    fn group<'d>(&'d self, one: &'d Diagnostic) -> Group<'d> {
        let title = Level::ERROR.primary_title(one.title.as_str());
        let mut group = Group::with_title(title.id(one.code.number()));
        if let Some((at, label)) = &one.place {
            let mut snippet = Snippet::source(self.source.as_str())
                .path(self.path.as_str())
                .annotation(
                    AnnotationKind::Primary
                        .span(self.inside(at))
                        .label(label.as_str()),
                );
            if let Some((at, label)) = &one.also {
                snippet = snippet.annotation(
                    AnnotationKind::Context
                        .span(self.inside(at))
                        .label(label.as_str()),
                );
            }
            group = group.element(snippet);
        }
        if one.help.is_empty() {
            group
        } else {
            group.element(Level::HELP.message(one.help.as_str()))
        }
    }

    /// The first line of the range only: a whole table underlined says less than its header.
    fn inside(&self, at: &Range<usize>) -> Range<usize> {
        let start = at.start.min(self.source.len());
        let end = at.end.clamp(start, self.source.len());
        let line = self.source.get(start..end).unwrap_or_default();
        start..start + line.lines().next().unwrap_or_default().len()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
