//! What a handler can answer, read from its body.
//!
//! Every value that a handler can return is written as a variant of `Next` with a literal target. So the list of its transitions is complete
//! without running it. The walk follows values: the tail of the body and each `return`, through blocks, `if` and `match`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syntax is an open set: what is not named is what is not meant"
)]

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprBreak, ExprClosure, ExprReturn, ExprTry, Item, Label, Macro, Path, Stmt,
};

use super::Errors;

/// The one sentence for a value that is not written out.
const NOT_LITERAL: &str = "answer with To(State::…) here; let the helper return a bool or an enum";

/// Macros that never have a value.
const DIVERGING: [&str; 4] = ["panic", "unreachable", "todo", "unimplemented"];

/// An answer that is written in a handler, anything but `Super`.
pub(super) struct Answer {
    pub(super) kind: Kind,
    /// `X` of `To(State::X)`.
    pub(super) target: Option<Ident>,
}

/// The kind of an answer, `farc::hsm::TransitionKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    To,
    Reenter,
    History,
    DeepHistory,
    Internal,
    Defer,
    Stop,
}

impl Kind {
    /// The kind of an answer that names a target.
    fn with_target(name: &str) -> Option<Self> {
        match name {
            "To" => Some(Self::To),
            "Reenter" => Some(Self::Reenter),
            "History" => Some(Self::History),
            "DeepHistory" => Some(Self::DeepHistory),
            _ => None,
        }
    }

    /// The variant of `farc::hsm::Next` that it is.
    pub(super) fn variant(self) -> Ident {
        let name = match self {
            Self::To => "To",
            Self::Reenter => "Reenter",
            Self::History => "History",
            Self::DeepHistory => "DeepHistory",
            Self::Internal => "Handled",
            Self::Defer => "Defer",
            Self::Stop => "Stop",
        };
        Ident::new(name, Span::call_site())
    }

    /// The kind of an answer that is one word.
    fn bare(name: &str) -> Option<Self> {
        match name {
            "Handled" => Some(Self::Internal),
            "Defer" => Some(Self::Defer),
            "Stop" => Some(Self::Stop),
            _ => None,
        }
    }
}

/// All answers of a handler.
pub(super) fn answers(body: &Block, states: &Ident, errors: &mut Errors) -> Vec<Answer> {
    let mut walk = Walk {
        states,
        errors,
        answers: Vec::new(),
    };
    walk.visit_block(body);
    walk.tail_of(body);
    walk.answers
}

struct Walk<'w> {
    states: &'w Ident,
    errors: &'w mut Errors,
    answers: Vec<Answer>,
}

impl Walk<'_> {
    /// The value of a block is the value of its last expression.
    fn tail_of(&mut self, block: &Block) {
        match block.stmts.last() {
            Some(Stmt::Expr(value, None)) => self.value(value),
            Some(Stmt::Macro(statement)) if statement.semi_token.is_none() => {
                self.macro_value(&statement.mac)
            }
            // Without a value the block diverges, or the compiler says that it has the wrong type.
            Some(Stmt::Expr(_, Some(_)) | Stmt::Macro(_) | Stmt::Local(_) | Stmt::Item(_))
            | None => {}
        }
    }

    /// An expression whose value the handler returns.
    fn value(&mut self, value: &Expr) {
        match value {
            Expr::Block(inner) => {
                if let Some(label) = &inner.label {
                    self.no_breaks(&inner.block, Some(label), false);
                }
                self.tail_of(&inner.block);
            }
            Expr::Unsafe(inner) => self.tail_of(&inner.block),
            Expr::Paren(inner) => self.value(&inner.expr),
            Expr::Group(inner) => self.value(&inner.expr),
            Expr::If(choice) => {
                self.tail_of(&choice.then_branch);
                if let Some((_, otherwise)) = &choice.else_branch {
                    self.value(otherwise);
                }
            }
            Expr::Match(choice) => choice.arms.iter().for_each(|arm| self.value(&arm.body)),
            Expr::Loop(inner) => self.no_breaks(&inner.body, inner.label.as_ref(), true),
            Expr::Macro(inner) => self.macro_value(&inner.mac),
            Expr::Path(path) if path.qself.is_none() => match answer(&path.path).as_deref() {
                Some("Super") => {}
                name => match name.and_then(Kind::bare) {
                    Some(kind) => self.answers.push(Answer { kind, target: None }),
                    None => self.errors.at(value, NOT_LITERAL),
                },
            },
            Expr::Call(call) => {
                let name = match &*call.func {
                    Expr::Path(path) => answer(&path.path),
                    _ => None,
                };
                let kind = name.as_deref().and_then(Kind::with_target);
                match (kind, call.args.len(), call.args.first()) {
                    (Some(kind), 1, Some(target)) => self.target(target, kind),
                    _ => self.errors.at(value, NOT_LITERAL),
                }
            }
            // These have no value here: `return` has been visited, the others leave for a place that is looked at on its own.
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => {}
            // Said once, where `?` is visited.
            Expr::Try(_) => {}
            _ => self.errors.at(value, NOT_LITERAL),
        }
    }

    /// The argument of `To` and its like: literally `State::X`.
    fn target(&mut self, target: &Expr, kind: Kind) {
        if let Expr::Path(path) = target
            && path.qself.is_none()
            && let [first, last] = path.path.segments.iter().collect::<Vec<_>>().as_slice()
            && (first.ident == "State" || first.ident == *self.states)
            && first.arguments.is_none()
            && last.arguments.is_none()
        {
            self.answers.push(Answer {
                kind,
                target: Some(last.ident.clone()),
            });
        } else {
            self.errors.at(target, NOT_LITERAL);
        }
    }

    /// A macro may stand where a value is expected only if it never has one.
    fn macro_value(&mut self, call: &Macro) {
        let diverges = call
            .path
            .segments
            .last()
            .is_some_and(|name| DIVERGING.iter().any(|macro_name| name.ident == macro_name));
        if !diverges {
            self.errors.at(call, NOT_LITERAL);
        }
    }

    /// The block's or loop's value must not come from a `break`.
    fn no_breaks(&mut self, body: &Block, label: Option<&Label>, is_loop: bool) {
        let mut breaks = Breaks {
            label,
            reachable: is_loop,
            found: Vec::new(),
        };
        breaks.visit_block(body);
        for value in breaks.found {
            self.errors.at(value, NOT_LITERAL);
        }
    }
}

/// Which answer a path names: bare, or after `Next::`.
fn answer(path: &Path) -> Option<String> {
    let mut names = path.segments.iter().rev();
    let name = names.next().filter(|name| name.arguments.is_none())?;
    match names.next() {
        Some(before) if before.ident != "Next" => None,
        Some(_) | None => Some(name.ident.to_string()),
    }
}

/// Finds every `return` and `?` of the handler itself: closures, async blocks and inner items have their own.
impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_expr_return(&mut self, node: &'ast ExprReturn) {
        if let Some(value) = &node.expr {
            self.value(value);
        }
        visit::visit_expr_return(self, node);
    }

    fn visit_expr_try(&mut self, node: &'ast ExprTry) {
        self.errors.at(node.question_token, "`?` would return a value that is not written out; match on the result and answer with To(State::…) here");
        visit::visit_expr_try(self, node);
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        if let Some(place) = find_return(node.tokens.clone()) {
            self.errors.push(syn::Error::new(
                place,
                "`return` inside a macro cannot be read; answer with To(State::…) outside of it",
            ));
        }
    }

    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}

    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    fn visit_item(&mut self, _: &'ast Item) {}
}

fn find_return(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "return" => Some(word.span()),
        TokenTree::Group(group) => find_return(group.stream()),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// Finds the values that leave one block or loop by `break`.
struct Breaks<'a> {
    label: Option<&'a Label>,
    /// Whether a `break` without a label leaves it.
    reachable: bool,
    found: Vec<&'a Expr>,
}

impl<'ast> Breaks<'ast> {
    fn inside_loop(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.reachable, false);
        visit(self);
        self.reachable = before;
    }
}

impl<'ast> Visit<'ast> for Breaks<'ast> {
    fn visit_expr_break(&mut self, node: &'ast ExprBreak) {
        let leaves = match &node.label {
            Some(label) => self
                .label
                .is_some_and(|ours| ours.name.ident == label.ident),
            None => self.reachable,
        };
        if leaves && let Some(value) = &node.expr {
            self.found.push(value);
        }
        visit::visit_expr_break(self, node);
    }

    fn visit_expr_loop(&mut self, node: &'ast syn::ExprLoop) {
        self.inside_loop(|walk| visit::visit_expr_loop(walk, node));
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.inside_loop(|walk| visit::visit_expr_while(walk, node));
    }

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.inside_loop(|walk| visit::visit_expr_for_loop(walk, node));
    }

    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}

    fn visit_item(&mut self, _: &'ast Item) {}
}
