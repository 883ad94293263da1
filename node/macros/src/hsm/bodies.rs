//! What changes in the bodies of the user's methods.

use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Block, Expr, ExprAsync, ExprClosure, ImplItemFn, Item, ItemImpl, ReturnType, Type,
    parse_quote,
};

/// Takes the doc comments of arms away: the list has them, and the compiler would say that nobody reads them.
pub(super) fn remove_docs(body: &mut Block) {
    struct Remove;
    impl VisitMut for Remove {
        fn visit_arm_mut(&mut self, arm: &mut Arm) {
            arm.attrs
                .retain(|attribute| !attribute.path().is_ident("doc"));
            visit_mut::visit_arm_mut(self, arm);
        }

        fn visit_item_mut(&mut self, _: &mut Item) {}
    }
    Remove.visit_block_mut(body);
}

/// Makes other expressions of `?`.
///
/// It is an error to have one in a state, and a method that answers with `Next` cannot have one either: without this, the compiler would say
/// so a second time.
pub(super) fn replace_question_marks(block: &mut ItemImpl) {
    struct Replace;
    impl VisitMut for Replace {
        fn visit_expr_mut(&mut self, expression: &mut Expr) {
            visit_mut::visit_expr_mut(self, expression);
            if let Expr::Try(asked) = expression {
                let inner = &asked.expr;
                *expression =
                    parse_quote!(::core::iter::IntoIterator::into_iter(#inner).next().unwrap());
            }
        }

        fn visit_impl_item_fn_mut(&mut self, method: &mut ImplItemFn) {
            if answers_with_next(&method.sig.output) {
                visit_mut::visit_impl_item_fn_mut(self, method);
            }
        }

        fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}

        fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}

        fn visit_item_mut(&mut self, _: &mut Item) {}
    }
    Replace.visit_item_impl_mut(block);
}

fn answers_with_next(output: &ReturnType) -> bool {
    match output {
        ReturnType::Type(_, ty) => {
            let Type::Path(path) = &**ty else {
                return false;
            };
            let name = path.path.segments.last();
            name.is_some_and(|name| name.ident == "Next")
        }
        ReturnType::Default => false,
    }
}
