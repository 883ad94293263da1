//! What each role asks of a method's signature, and where its parameters stand.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{FnArg, ImplItemFn, ReceiverKind, ReturnType, Safety, Signature, Type};

use super::super::Errors;
use super::{Argument, By, Method, Options, Parameter, Role, written};

/// Checks the signature against the role; `data` are the types of the data of states.
pub(super) fn check_method(
    method: &ImplItemFn,
    role: Role,
    item: usize,
    options: &Options,
    data: &[String],
    errors: &mut Errors,
) -> Method {
    let signature = &method.sig;
    check_qualifiers(signature, &role, errors);
    let mut rest =
        signature
            .inputs
            .iter()
            .enumerate()
            .filter_map(|(position, input)| match input {
                FnArg::Typed(parameter) => Some((position, parameter)),
                FnArg::Receiver(_) => None,
            });
    let state = matches!(role, Role::State(_));
    if state {
        match rest.next() {
            None => errors.at(
                &signature.ident,
                format!(
                    "a state receives the event; add the parameter `event: &{}`",
                    event_name(options)
                ),
            ),
            Some((_, event)) => check_event(&event.ty, options, errors),
        }
    }
    let mut parameters: Vec<Parameter> = Vec::new();
    for (position, parameter) in rest {
        let what = data_parameter(&parameter.ty, data).unwrap_or(Argument::Context);
        let twice = parameters.iter().any(|before| same(&before.what, &what));
        if twice {
            let noun = role.noun();
            let receives = receives(state);
            errors.at(
                parameter,
                format!("{noun} receives {receives}; remove this parameter"),
            );
            continue;
        }
        if what == Argument::Context && matches!(role, Role::Invariant(_)) {
            errors.at(parameter, "an invariant receives nothing but the data of its state, as `&T`; remove this parameter");
        } else if what == Argument::Context {
            check_context(&parameter.ty, &role, errors);
        }
        parameters.push(Parameter { what, position });
    }
    check_answer(signature, state, &role, errors);
    Method {
        role,
        ident: signature.ident.clone(),
        item,
        parameters,
    }
}

/// The data that a parameter asks for, `&mut T`, `&T` or `T` as it is written at the state.
fn data_parameter(ty: &Type, data: &[String]) -> Option<Argument> {
    let (ty, by) = match ty {
        Type::Reference(reference) => (&*reference.elem, By::Reference),
        value => (value, By::Value),
    };
    let ty = written(ty);
    data.contains(&ty).then_some(Argument::Data { ty, by })
}

/// Whether two parameters ask for the same.
fn same(a: &Argument, b: &Argument) -> bool {
    match (a, b) {
        (Argument::Context, Argument::Context) => true,
        (Argument::Data { ty: a, .. }, Argument::Data { ty: b, .. }) => a == b,
        _ => false,
    }
}

fn receives(state: bool) -> &'static str {
    if state {
        "the event and the context, no more"
    } else {
        "the context, no more"
    }
}

fn check_qualifiers(signature: &Signature, role: &Role, errors: &mut Errors) {
    let noun = role.noun();
    if let Some(token) = &signature.asyncness {
        errors.at(token, format!("{noun} runs to completion and cannot be async; start the work elsewhere and let its result come back as an event"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(
            token,
            format!(
                "{noun} is called by the engine and cannot be unsafe; put the unsafe block inside"
            ),
        );
    }
    if signature.generics.type_params().next().is_some()
        || signature.generics.const_params().next().is_some()
    {
        errors.at(
            &signature.generics,
            format!("{noun} cannot be generic; name the types"),
        );
    }
    match signature.receiver() {
        None => errors.at(
            &signature.ident,
            format!("{noun} acts on the actor; make its first parameter `&mut self`"),
        ),
        Some(receiver) if matches!(role, Role::Invariant(_)) => {
            if receiver.mutability.is_some()
                || !matches!(receiver.kind, ReceiverKind::Reference(..))
            {
                errors.at(
                    receiver,
                    "an invariant looks and changes nothing; take `&self`",
                );
            }
        }
        Some(receiver) if matches!(receiver.kind, ReceiverKind::Reference(..)) => {}
        Some(receiver) => errors.at(
            receiver,
            format!("{noun} borrows the actor; take `&mut self`"),
        ),
    }
}

/// The last name of a path type.
fn last_name(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

fn event_name(options: &Options) -> String {
    options
        .event
        .as_ref()
        .and_then(last_name)
        .map_or_else(|| "Event".to_owned(), Ident::to_string)
}

fn is_context(ty: &Type, options: &Options) -> bool {
    last_name(ty).is_some_and(|name| {
        name == "Context" || options.context.as_ref().and_then(last_name) == Some(name)
    })
}

fn check_event(ty: &Type, options: &Options, errors: &mut Errors) {
    let event = event_name(options);
    match ty {
        Type::Reference(reference) if is_context(&reference.elem, options) => {
            errors.at(
                ty,
                format!(
                    "the event comes before the context; make the first parameter `event: &{event}`"
                ),
            );
        }
        Type::Reference(reference) if reference.mutability.is_none() => {}
        _ => errors.at(
            ty,
            format!("a state reads the event by reference; take `&{event}`"),
        ),
    }
}

fn check_context(ty: &Type, role: &Role, errors: &mut Errors) {
    if let Type::Reference(reference) = ty
        && reference.mutability.is_some()
    {
        return;
    }
    let noun = role.noun();
    errors.at(ty, match role {
        Role::State(_) => "a state takes the context by mutable reference after the event; write `&mut Context<Self>`".to_owned(),
        _ => format!("{noun} receives nothing but the context; write `&mut Context<Self>`"),
    });
}

fn check_answer(signature: &Signature, state: bool, role: &Role, errors: &mut Errors) {
    let noun = role.noun();
    if let Role::Invariant(_) = role {
        if !matches!(&signature.output, ReturnType::Type(_, ty) if last_name(ty).is_some_and(|name| name == "bool"))
        {
            errors.at(
                &signature.ident,
                "an invariant tells whether all is well; let it return `bool`",
            );
        }
        return;
    }
    match (&signature.output, state) {
        (ReturnType::Type(_, ty), true) => {
            if last_name(ty).is_none_or(|name| name != "Next") {
                errors.at(ty, "a state answers with `Next<Self>`; let it return that");
            }
        }
        (ReturnType::Default, true) => errors.at(
            &signature.ident,
            "a state answers with `Next<Self>`; let it return that",
        ),
        // What the entry action of a state with data returns is looked at when it is known whose it is.
        (ReturnType::Type(_, ty), false) if !matches!(role, Role::Entry(_)) => {
            if !matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()) {
                errors.at(
                    ty,
                    format!("{noun} answers nothing; remove the return type"),
                );
            }
        }
        (ReturnType::Default | ReturnType::Type(..), false) => {}
    }
}

/// The name of a parameter, if it is a plain name.
pub(in super::super) fn parameter_name(method: &ImplItemFn, position: usize) -> Option<&Ident> {
    match method.sig.inputs.iter().nth(position)? {
        FnArg::Typed(parameter) => match &*parameter.pat {
            syn::Pat::Ident(name) => Some(&name.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}

/// The type of a state's event parameter, for the place of a type error.
pub(in super::super) fn event_span(method: &ImplItemFn) -> Span {
    parameter_span(method, 1)
}

/// Where the type that a parameter refers to stands: a span that covers several tokens can only be made by a nightly compiler.
pub(in super::super) fn parameter_span(method: &ImplItemFn, position: usize) -> Span {
    match method.sig.inputs.iter().nth(position) {
        Some(FnArg::Typed(parameter)) => match &*parameter.ty {
            Type::Reference(reference) => reference.elem.span(),
            other => other.span(),
        },
        Some(FnArg::Receiver(_)) | None => method.sig.ident.span(),
    }
}
