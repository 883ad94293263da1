//! What leaves a block or a macro otherwise than at its end.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprAsync, ExprBreak, ExprClosure, ExprForLoop, ExprLoop, ExprWhile, Item, Label,
};

/// The first `return` among the tokens of a macro.
pub(super) fn return_in(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "return" => Some(word.span()),
        TokenTree::Group(group) => return_in(group.stream()),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// The values that leave a block or a loop by `break`.
pub(super) fn breaks<'a>(
    body: &'a Block,
    label: Option<&'a Label>,
    is_loop: bool,
) -> Vec<&'a Expr> {
    let mut breaks = Breaks {
        label,
        reachable: is_loop,
        found: Vec::new(),
    };
    breaks.visit_block(body);
    breaks.found
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

    fn visit_expr_loop(&mut self, node: &'ast ExprLoop) {
        self.inside_loop(|walk| visit::visit_expr_loop(walk, node));
    }

    fn visit_expr_while(&mut self, node: &'ast ExprWhile) {
        self.inside_loop(|walk| visit::visit_expr_while(walk, node));
    }

    fn visit_expr_for_loop(&mut self, node: &'ast ExprForLoop) {
        self.inside_loop(|walk| visit::visit_expr_for_loop(walk, node));
    }

    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}

    fn visit_item(&mut self, _: &'ast Item) {}
}
