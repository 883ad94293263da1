//! Where in a handler the walk is: for which events, and under which conditions, this place is reached.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syntax is an open set: what is not named is what is not meant"
)]

use syn::parse::{ParseStream, Parser};
use syn::{BinOp, Expr, FnArg, ImplItemFn, Lit, Local, Macro, Pat, Token, UnOp};

use super::pattern::{self, Trigger};
use super::text::text;

/// A place in a handler.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// The pattern that the event has matched; `None` while it can be any.
    pub(super) trigger: Option<Trigger>,
    /// What holds here beside that.
    clauses: Vec<Clause>,
    /// The words of the innermost arm that has some.
    pub(super) doc: Vec<String>,
    /// The names of the event.
    event: Vec<String>,
}

/// A condition.
#[derive(Clone)]
struct Clause {
    text: String,
    /// Whether it needs parentheses beside `&&`.
    loose: bool,
}

impl Place {
    /// The begin of a handler's body.
    pub(super) fn begin_of(handler: &ImplItemFn) -> Self {
        let mut place = Self::default();
        if let Some(FnArg::Typed(parameter)) = handler.sig.inputs.iter().nth(1) {
            place.event.extend(whole_name(&parameter.pat));
        }
        place
    }

    /// The conditions as one text.
    pub(super) fn guard(&self) -> String {
        match self.clauses.as_slice() {
            [only] => only.text.clone(),
            clauses => {
                let each = clauses.iter().map(|clause| match clause.loose {
                    true => format!("({})", clause.text),
                    false => clause.text.clone(),
                });
                each.collect::<Vec<_>>().join(" && ")
            }
        }
    }

    /// Whether the value is the event itself, by whatever reference.
    pub(super) fn is_event(&self, value: &Expr) -> bool {
        match value {
            Expr::Path(path) => path
                .path
                .get_ident()
                .is_some_and(|name| self.event.contains(&name.to_string())),
            Expr::Paren(inner) => self.is_event(&inner.expr),
            Expr::Group(inner) => self.is_event(&inner.expr),
            Expr::Reference(inner) => self.is_event(&inner.expr),
            Expr::Unary(inner) => matches!(inner.op, UnOp::Deref(_)) && self.is_event(&inner.expr),
            Expr::MethodCall(call) => {
                call.args.is_empty() && call.method == "clone" && self.is_event(&call.receiver)
            }
            _ => false,
        }
    }

    /// A condition is known to hold, or not to.
    pub(super) fn assume(&mut self, condition: &Expr, holds: bool) {
        match condition {
            Expr::Paren(inner) => self.assume(&inner.expr, holds),
            Expr::Group(inner) => self.assume(&inner.expr, holds),
            Expr::Unary(inner) if matches!(inner.op, UnOp::Not(_)) => {
                self.assume(&inner.expr, !holds);
            }
            Expr::Binary(both) if holds && matches!(both.op, BinOp::And(_)) => {
                self.assume(&both.left, true);
                self.assume(&both.right, true);
            }
            Expr::Let(binding) if holds => self.assume_match(&binding.expr, &binding.pat),
            Expr::Macro(call) if holds => match matches_macro(&call.mac) {
                Some((value, pattern)) if self.is_event(&value) => {
                    // What the pattern binds ends with the macro, its guard included.
                    let (pattern, guard) = split_guard(&pattern);
                    let event = self.event.clone();
                    self.assume_match(&value, pattern);
                    self.event = event;
                    if let Some(guard) = guard {
                        self.assume(guard, true);
                    }
                }
                _ => self.add(self.phrase(condition), true),
            },
            _ => self.add(self.phrase(condition), holds),
        }
    }

    /// A value has matched a pattern.
    pub(super) fn assume_match(&mut self, value: &Expr, pattern: &Pat) {
        if self.is_event(value) {
            self.trigger = Trigger::of(pattern).or_else(|| self.trigger.take());
            let alias = whole_name(pattern);
            self.shadow(pattern);
            self.event.extend(alias);
            return;
        }
        match bool_literal(pattern) {
            Some(literal) => self.assume(value, literal),
            None if pattern::is_irrefutable(pattern) => {}
            None => self.add(self.phrase_match(value, pattern), true),
        }
        self.shadow(pattern);
    }

    /// A tuple with the event in it has matched a pattern.
    pub(super) fn assume_tuple(&mut self, tuple: &Expr, values: &[&Expr], pattern: &Pat) {
        match pattern {
            Pat::Paren(inner) => self.assume_tuple(tuple, values, &inner.pat),
            Pat::Tuple(patterns) => {
                let front = patterns.elems.iter();
                let front = front.take_while(|inner| !matches!(inner, Pat::Rest(_)));
                let pairs: Vec<(&Expr, &Pat)> = values.iter().copied().zip(front).collect();
                for (value, inner) in &pairs {
                    self.assume_match(value, inner);
                }
                let back = values
                    .iter()
                    .copied()
                    .rev()
                    .zip(patterns.elems.iter().rev());
                let back = back.take_while(|(_, inner)| !matches!(inner, Pat::Rest(_)));
                let behind: Vec<_> = back.take(values.len() - pairs.len()).collect();
                for (value, inner) in behind.into_iter().rev() {
                    self.assume_match(value, inner);
                }
            }
            _ => {
                if !pattern::is_irrefutable(pattern) {
                    self.add(self.phrase_match(tuple, pattern), true);
                }
                self.shadow(pattern);
            }
        }
    }

    /// Takes over what another place knows of the event and the conditions.
    pub(super) fn learn(&mut self, known: Self) {
        self.trigger = known.trigger;
        self.clauses = known.clauses;
    }

    /// The value has matched none of these patterns.
    pub(super) fn assume_none(&mut self, value: &Expr, patterns: &[&Pat]) {
        match patterns {
            [] => {}
            [only] if bool_literal(only).is_some() => {
                self.assume(value, !bool_literal(only).unwrap_or_default());
            }
            [only] => self.add(self.phrase_match(value, only), false),
            several => {
                let texts: Vec<String> = several.iter().map(text).collect();
                let text = format!("{} is {}", subject(value), texts.join(" | "));
                self.add(Clause { text, loose: true }, false);
            }
        }
    }

    /// What the value's pattern says beside the trigger.
    pub(super) fn assume_phrase(&mut self, value: &Expr, pattern: &Pat) {
        self.add(self.phrase_match(value, pattern), true);
    }

    /// Names that a pattern binds no longer mean the event.
    pub(super) fn shadow(&mut self, pattern: &Pat) {
        let bound = pattern::bindings(pattern);
        self.event.retain(|name| !bound.contains(name));
    }

    /// After a `let`: its name may be one more for the event, or one less.
    pub(super) fn after_let(&mut self, local: &Local) {
        let value = local.init.as_ref().map(|init| &init.expr);
        let alias = value
            .filter(|value| self.is_event(value))
            .and_then(|_| whole_name(&local.pat));
        self.shadow(&local.pat);
        self.event.extend(alias);
    }

    fn add(&mut self, clause: Clause, holds: bool) {
        let clause = match (holds, clause.loose || is_compound(&clause.text)) {
            (true, _) => clause,
            (false, true) => Clause {
                text: format!("!({})", clause.text),
                loose: false,
            },
            (false, false) => Clause {
                text: format!("!{}", clause.text),
                loose: false,
            },
        };
        self.clauses.push(clause);
    }

    /// A condition in words.
    fn phrase(&self, condition: &Expr) -> Clause {
        match condition {
            Expr::Let(binding) => self.phrase_match(&binding.expr, &binding.pat),
            Expr::Binary(both) if matches!(both.op, BinOp::And(_)) => {
                let side = |side: &Expr| {
                    let clause = self.phrase(side);
                    match clause.loose {
                        true => format!("({})", clause.text),
                        false => clause.text,
                    }
                };
                Clause {
                    text: format!("{} && {}", side(&both.left), side(&both.right)),
                    loose: false,
                }
            }
            Expr::Macro(call) => match matches_macro(&call.mac) {
                Some((value, pattern)) if self.is_event(&value) => {
                    self.phrase_match(&value, &pattern)
                }
                _ => Clause {
                    text: text(condition),
                    loose: false,
                },
            },
            Expr::Group(inner) => self.phrase(&inner.expr),
            _ => Clause {
                text: text(condition),
                loose: match condition {
                    Expr::Binary(both) => matches!(both.op, BinOp::Or(_)),
                    Expr::Assign(_)
                    | Expr::Closure(_)
                    | Expr::Range(_)
                    | Expr::Return(_)
                    | Expr::Break(_) => true,
                    _ => false,
                },
            },
        }
    }

    /// `value is pattern`.
    fn phrase_match(&self, value: &Expr, pattern: &Pat) -> Clause {
        let several = pattern::alternatives(pattern).len() > 1;
        let shown = match Trigger::of(pattern) {
            Some(trigger) if self.is_event(value) => trigger.text,
            _ => text(pattern),
        };
        Clause {
            text: format!("{} is {shown}", subject(value)),
            loose: several,
        }
    }
}

/// What is matched, by whatever reference.
fn subject(value: &Expr) -> String {
    match value {
        Expr::Reference(inner) => subject(&inner.expr),
        _ => text(value),
    }
}

/// The name that a pattern gives to the whole value.
fn whole_name(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(name) if pattern::is_irrefutable(pattern) || name.subpat.is_some() => {
            Some(name.ident.to_string())
        }
        Pat::Paren(inner) => whole_name(&inner.pat),
        Pat::Reference(inner) => whole_name(&inner.pat),
        Pat::Type(inner) => whole_name(&inner.pat),
        _ => None,
    }
}

/// The pattern and the condition of an arm.
pub(super) fn split_guard(pattern: &Pat) -> (&Pat, Option<&Expr>) {
    match pattern {
        Pat::Guard(guarded) => (&guarded.pat, Some(&guarded.guard)),
        _ => (pattern, None),
    }
}

fn bool_literal(pattern: &Pat) -> Option<bool> {
    match pattern {
        Pat::Lit(literal) => match &literal.lit {
            Lit::Bool(value) => Some(value.value),
            _ => None,
        },
        Pat::Paren(inner) => bool_literal(&inner.pat),
        _ => None,
    }
}

/// Whether `!` before the text would cling to its first operand only.
fn is_compound(text: &str) -> bool {
    let mut depth = 0_usize;
    text.chars().any(|letter| {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && letter == ' '
    })
}

/// The value and the pattern of `matches!`.
fn matches_macro(call: &Macro) -> Option<(Expr, Pat)> {
    if !call.path.segments.last()?.ident.eq("matches") {
        return None;
    }
    let parser = |input: ParseStream<'_>| {
        let value: Expr = input.parse()?;
        input.parse::<Token![,]>()?;
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        let pattern = match input.parse::<Option<Token![if]>>()? {
            None => pattern,
            Some(if_token) => Pat::Guard(syn::PatGuard {
                attrs: Vec::new(),
                pat: Box::new(pattern),
                if_token,
                guard: input.parse()?,
            }),
        };
        input.parse::<Option<Token![,]>>()?;
        Ok((value, pattern))
    };
    parser.parse2(call.tokens.clone()).ok()
}
