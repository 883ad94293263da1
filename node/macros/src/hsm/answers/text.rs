//! Tokens as a reader expects to see them: small expressions and patterns in one line, spaced as rustfmt spaces them.

#[cfg(test)]
mod tests;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;

/// Operators of more than one character, the longest first.
const OPERATORS: [&str; 25] = [
    "..=", "...", "<<=", ">>=", "::", "..", "==", "!=", "<=", ">=", "&&", "||", "->", "=>", "<<",
    ">>", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "<-",
];

/// Words after which an expression or a pattern begins.
const KEYWORDS: [&str; 15] = [
    "as", "break", "else", "if", "in", "is", "let", "loop", "match", "move", "mut", "ref",
    "return", "unsafe", "while",
];

/// The tokens in one line.
pub(super) fn text(tokens: impl ToTokens) -> String {
    let mut printer = Printer::default();
    printer.print(tokens.to_token_stream());
    printer.out
}

/// What was printed last, as far as the next space depends on it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    /// Nothing, an opening bracket, or an operator that clings to what follows it.
    #[default]
    Open,
    /// Something that has a value: a word, a literal, a closing bracket.
    Value,
    /// A keyword.
    Keyword,
    /// An operator between two values, or a comma.
    Binary,
    /// The name of a macro and its `!`.
    Bang,
}

#[derive(Default)]
struct Printer {
    out: String,
    last: Last,
    /// How many `<` of generic arguments are open.
    generic: usize,
    /// Whether the parameters of a closure are open.
    closure: bool,
}

impl Printer {
    fn print(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut pending = String::new();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) => {
                    pending.push(punct.as_char());
                    let goes_on = punct.spacing() == proc_macro2::Spacing::Joint
                        && matches!(tokens.peek(), Some(TokenTree::Punct(_)));
                    if !goes_on {
                        let group = matches!(tokens.peek(), Some(TokenTree::Group(_)));
                        self.operators(&std::mem::take(&mut pending), group);
                    }
                }
                TokenTree::Ident(word) => self.word(&word.to_string()),
                TokenTree::Literal(literal) => self.value(&literal.to_string()),
                TokenTree::Group(group) => self.group(&group),
            }
        }
    }

    fn word(&mut self, word: &str) {
        self.value(word);
        if KEYWORDS.contains(&word) {
            self.last = Last::Keyword;
        }
    }

    fn value(&mut self, value: &str) {
        if matches!(self.last, Last::Value | Last::Keyword | Last::Binary) {
            self.out.push(' ');
        }
        self.out.push_str(value);
        self.last = Last::Value;
    }

    /// Several operators may be written without a space between them, as in `==-1`.
    fn operators(&mut self, mut run: &str, group_follows: bool) {
        while !run.is_empty() {
            // What closes generic arguments is no shift.
            let closes = self.generic > 0 && run.starts_with('>');
            let length = OPERATORS
                .iter()
                .find(|operator| !closes && run.starts_with(**operator))
                .map_or_else(
                    || run.chars().next().map_or(1, char::len_utf8),
                    |operator| operator.len(),
                );
            let (operator, rest) = run.split_at(length);
            run = rest;
            self.operator(operator, group_follows && run.is_empty());
        }
    }

    fn operator(&mut self, operator: &str, group_follows: bool) {
        let after_value = self.last == Last::Value;
        match operator {
            ".." | "..=" if matches!(self.last, Last::Binary | Last::Keyword) => {
                self.spaced(operator, Last::Open);
            }
            "." | "::" | ".." | "..=" | "..." => self.put(operator, Last::Open),
            "?" => self.put(operator, Last::Value),
            "," | ";" | ":" => self.put(operator, Last::Binary),
            "'" => self.spaced(operator, Last::Open),
            "!" if after_value && group_follows => self.put(operator, Last::Bang),
            "<" if self.generic > 0 || self.out.ends_with("::") => {
                self.generic += 1;
                self.put(operator, Last::Open);
            }
            ">" if self.generic > 0 => {
                self.generic -= 1;
                self.put(operator, Last::Value);
            }
            "|" if self.closure => {
                self.closure = false;
                self.put(operator, Last::Binary);
            }
            "|" if !after_value => {
                self.closure = true;
                self.spaced(operator, Last::Open);
            }
            "||" if !after_value => self.spaced(operator, Last::Binary),
            "!" | "-" | "*" | "&" | "&&" | "#" | "<" if !after_value => {
                self.spaced(operator, Last::Open);
            }
            _ => {
                self.out.push(' ');
                self.put(operator, Last::Binary);
            }
        }
    }

    /// Clings to what stands before it.
    fn put(&mut self, operator: &str, last: Last) {
        self.out.push_str(operator);
        self.last = last;
    }

    /// Stands before its operand, at some distance from what comes before.
    fn spaced(&mut self, operator: &str, last: Last) {
        if matches!(self.last, Last::Value | Last::Keyword | Last::Binary) {
            self.out.push(' ');
        }
        self.put(operator, last);
    }

    fn group(&mut self, group: &Group) {
        let inner = text(group.stream());
        match group.delimiter() {
            Delimiter::None => {
                self.value(&inner);
                return;
            }
            Delimiter::Parenthesis => self.enclosed("(", &inner, ")"),
            Delimiter::Bracket => self.enclosed("[", &inner, "]"),
            Delimiter::Brace => {
                if self.last != Last::Open {
                    self.out.push(' ');
                }
                let empty = inner.is_empty();
                self.out.push_str(&if empty {
                    "{}".to_owned()
                } else {
                    format!("{{ {inner} }}")
                });
            }
        }
        self.last = Last::Value;
    }

    fn enclosed(&mut self, open: &str, inner: &str, close: &str) {
        if matches!(self.last, Last::Keyword | Last::Binary) {
            self.out.push(' ');
        }
        let inner = inner.strip_suffix(',').unwrap_or(inner);
        self.out.push_str(open);
        self.out.push_str(inner);
        self.out.push_str(close);
    }
}
