//! What a handler can answer, read from its body.
//!
//! Every value that a handler can return is written as a variant of `Next` with a literal target. So the list of its answers is complete
//! without running it. The walk follows values: the tail of the body and each `return`, through blocks, `if` and `match`; on its way it
//! collects what is known of the event and of the conditions at each place.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syntax is an open set: what is not named is what is not meant"
)]

mod answer;
mod leaves;
mod order;
mod pattern;
mod place;
mod text;

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Block, Expr, ExprClosure, ExprForLoop, ExprIf, ExprLit, ExprMatch, ExprReturn,
    ExprTry, ExprWhile, ImplItemFn, Item, Label, Lit, Local, Macro, Meta, Pat, Path, Stmt,
};

pub(super) use self::answer::{Answer, Kind};
pub(super) use self::pattern::Trigger;
use self::place::{Place, split_guard};
use super::Errors;

/// The one sentence for a value that is not written out.
const NOT_LITERAL: &str = "answer with To(State::…) here; let the helper return a bool or an enum";

/// Macros that never have a value.
const DIVERGING: [&str; 4] = ["panic", "unreachable", "todo", "unimplemented"];

/// All answers of a handler, in the order of writing.
pub(super) fn answers(handler: &ImplItemFn, states: &Ident, errors: &mut Errors) -> Vec<Answer> {
    let mut walk = Walk {
        states,
        errors,
        answers: Vec::new(),
        place: Place::begin_of(handler),
    };
    walk.block(&handler.block, true);
    walk.answers
}

/// The lines of a doc comment.
pub(super) fn doc_lines(attributes: &[Attribute]) -> Vec<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) = &pair.value
        {
            lines.extend(
                text.value()
                    .split('\n')
                    .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()),
            );
        }
    }
    lines
}

struct Walk<'w> {
    states: &'w Ident,
    errors: &'w mut Errors,
    answers: Vec<Answer>,
    place: Place,
}

impl Walk<'_> {
    /// A block; its value, if the handler returns it, is that of its last expression.
    fn block(&mut self, block: &Block, returned: bool) {
        let outside = self.place.clone();
        for (index, statement) in block.stmts.iter().enumerate() {
            let last = index + 1 == block.stmts.len();
            match statement {
                Stmt::Expr(value, None) if last && returned => self.value(value),
                Stmt::Macro(call) if last && returned && call.semi_token.is_none() => {
                    self.macro_value(&call.mac);
                    self.visit_macro(&call.mac);
                }
                // Without a value the block diverges, or the compiler says that it has the wrong type.
                _ => self.visit_stmt(statement),
            }
            if let Stmt::Expr(Expr::If(choice), _) = statement {
                self.after_if(choice);
            }
        }
        self.place = outside;
    }

    /// An expression whose value the handler returns.
    fn value(&mut self, value: &Expr) {
        match value {
            Expr::Block(inner) => {
                if let Some(label) = &inner.label {
                    self.no_breaks(&inner.block, Some(label), false);
                }
                self.block(&inner.block, true);
            }
            Expr::Unsafe(inner) => self.block(&inner.block, true),
            Expr::Paren(inner) => self.value(&inner.expr),
            Expr::Group(inner) => self.value(&inner.expr),
            Expr::If(choice) => self.choice(choice, true),
            Expr::Match(choice) => self.arms(choice, true),
            Expr::Loop(inner) => {
                self.no_breaks(&inner.body, inner.label.as_ref(), true);
                self.block(&inner.body, false);
            }
            Expr::Macro(inner) => {
                self.macro_value(&inner.mac);
                self.visit_macro(&inner.mac);
            }
            Expr::Path(path) if path.qself.is_none() => match answer(&path.path).as_deref() {
                Some("Super") => {}
                name => match name.and_then(Kind::bare) {
                    Some(kind) => self.answer(kind, None),
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
                    _ => self.not_literal(value),
                }
            }
            // These have no value here: `return` has one of its own, the others leave for a place that is looked at on its own.
            Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => self.visit_expr(value),
            // Said once, where `?` is visited.
            Expr::Try(_) => self.visit_expr(value),
            _ => self.not_literal(value),
        }
    }

    fn not_literal(&mut self, value: &Expr) {
        self.errors.at(value, NOT_LITERAL);
        self.visit_expr(value);
    }

    fn answer(&mut self, kind: Kind, target: Option<Ident>) {
        self.answers.push(Answer {
            kind,
            target,
            trigger: self.place.trigger.clone(),
            guard: self.place.guard(),
            doc: self.place.doc.clone(),
        });
    }

    /// Walks on with what is known inside, and comes back to what is known here.
    fn inside(&mut self, walk: impl FnOnce(&mut Self)) {
        let outside = self.place.clone();
        walk(self);
        self.place = outside;
    }

    fn choice(&mut self, choice: &ExprIf, returned: bool) {
        self.condition(&choice.cond);
        self.inside(|walk| {
            walk.place.assume(&choice.cond, true);
            walk.block(&choice.then_branch, returned);
        });
        if let Some((_, otherwise)) = &choice.else_branch {
            self.inside(|walk| {
                walk.place.assume(&choice.cond, false);
                walk.value_if(otherwise, returned);
            });
        }
    }

    /// Looks for `return` in a condition.
    fn condition(&mut self, condition: &Expr) {
        self.inside(|walk| walk.visit_expr(condition));
    }

    fn value_if(&mut self, value: &Expr, returned: bool) {
        if returned {
            self.value(value);
        } else {
            self.visit_expr(value);
        }
    }

    /// What is known after an `if` whose branches do not all come here.
    fn after_if(&mut self, choice: &ExprIf) {
        let otherwise = choice.else_branch.as_ref().map(|(_, branch)| &**branch);
        if ends(&choice.then_branch) {
            self.place.assume(&choice.cond, false);
            if let Some(Expr::If(choice)) = otherwise {
                self.after_if(choice);
            }
        } else if otherwise.is_some_and(expression_ends) {
            // What the condition bound is gone.
            let mut known = self.place.clone();
            known.assume(&choice.cond, true);
            self.place.learn(known);
        }
    }

    fn arms(&mut self, choice: &ExprMatch, returned: bool) {
        self.visit_expr(&choice.expr);
        if self.place.is_event(&choice.expr) {
            order::check(&choice.arms, self.errors);
        }
        let mut before: Vec<&Pat> = Vec::new();
        for arm in &choice.arms {
            let (pattern, guard) = split_guard(&arm.pat);
            self.inside(|walk| walk.arm(arm, &choice.expr, &before, returned));
            if guard.is_none() && !is_conditional(arm) {
                before.push(pattern);
            }
        }
    }

    /// One arm; `before` are the patterns that would have taken the value already.
    fn arm(&mut self, arm: &Arm, value: &Expr, before: &[&Pat], returned: bool) {
        let (pattern, guard) = split_guard(&arm.pat);
        let doc = doc_lines(&arm.attrs);
        if !doc.is_empty() {
            self.place.doc = doc;
        }
        match value {
            Expr::Tuple(tuple) if tuple.elems.iter().any(|value| self.place.is_event(value)) => {
                let values: Vec<&Expr> = tuple.elems.iter().collect();
                self.place.assume_tuple(value, &values, pattern);
            }
            _ if self.place.is_event(value) => self.place.assume_match(value, pattern),
            _ => {
                if pattern::is_irrefutable(pattern) {
                    self.place.assume_none(value, before);
                    // A condition that reads the value by another name would say nothing without it.
                    if guard.is_some() && !pattern::bindings(pattern).is_empty() {
                        self.place.assume_phrase(value, pattern);
                    }
                }
                self.place.assume_match(value, pattern);
            }
        }
        if let Some(guard) = guard {
            self.condition(guard);
            self.place.assume(guard, true);
        }
        self.value_if(&arm.body, returned);
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
            self.answer(kind, Some(last.ident.clone()));
        } else {
            self.not_literal(target);
        }
    }

    /// A macro may stand where a value is expected only if it never has one.
    fn macro_value(&mut self, call: &Macro) {
        if !diverges(call) {
            self.errors.at(call, NOT_LITERAL);
        }
    }

    /// The block's or loop's value must not come from a `break`.
    fn no_breaks(&mut self, body: &Block, label: Option<&Label>, is_loop: bool) {
        for value in leaves::breaks(body, label, is_loop) {
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

/// Whether control never comes out at the end of a block.
fn ends(block: &Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(last, _)) => expression_ends(last),
        Some(Stmt::Macro(last)) => diverges(&last.mac),
        Some(Stmt::Local(_) | Stmt::Item(_)) | None => false,
    }
}

fn expression_ends(last: &Expr) -> bool {
    match last {
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        Expr::Macro(last) => diverges(&last.mac),
        Expr::Block(inner) => inner.label.is_none() && ends(&inner.block),
        Expr::Unsafe(inner) => ends(&inner.block),
        Expr::If(choice) => {
            let otherwise = choice.else_branch.as_ref();
            ends(&choice.then_branch) && otherwise.is_some_and(|(_, last)| expression_ends(last))
        }
        Expr::Match(choice) => choice.arms.iter().all(|arm| expression_ends(&arm.body)),
        _ => false,
    }
}

fn diverges(call: &Macro) -> bool {
    let name = call.path.segments.last();
    name.is_some_and(|name| DIVERGING.iter().any(|diverging| name.ident == diverging))
}

/// Whether an arm is compiled only sometimes.
fn is_conditional(arm: &Arm) -> bool {
    arm.attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg"))
}

/// Everything that is not a value of the handler, for the `return` and `?` inside: closures, async blocks and inner items have their own.
impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_block(&mut self, node: &'ast Block) {
        self.block(node, false);
    }

    fn visit_expr_if(&mut self, node: &'ast ExprIf) {
        self.choice(node, false);
    }

    fn visit_expr_match(&mut self, node: &'ast ExprMatch) {
        self.arms(node, false);
    }

    fn visit_expr_while(&mut self, node: &'ast ExprWhile) {
        self.condition(&node.cond);
        self.inside(|walk| {
            walk.place.assume(&node.cond, true);
            walk.block(&node.body, false);
        });
    }

    fn visit_expr_for_loop(&mut self, node: &'ast ExprForLoop) {
        self.visit_expr(&node.expr);
        self.inside(|walk| {
            walk.place.shadow(&node.pat);
            walk.block(&node.body, false);
        });
    }

    fn visit_local(&mut self, node: &'ast Local) {
        let Some(init) = &node.init else {
            self.place.after_let(node);
            return;
        };
        self.visit_expr(&init.expr);
        match &init.diverge {
            None => self.place.after_let(node),
            Some((_, otherwise)) => {
                self.inside(|walk| {
                    walk.place.assume_none(&init.expr, &[&node.pat]);
                    walk.visit_expr(otherwise);
                });
                self.place.assume_match(&init.expr, &node.pat);
            }
        }
    }

    fn visit_expr_return(&mut self, node: &'ast ExprReturn) {
        if let Some(value) = &node.expr {
            self.value(value);
        }
    }

    fn visit_expr_try(&mut self, node: &'ast ExprTry) {
        self.errors.at(node.question_token, "`?` would return a value that is not written out; match on the result and answer with To(State::…) here");
        visit::visit_expr_try(self, node);
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        if let Some(place) = leaves::return_in(node.tokens.clone()) {
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
