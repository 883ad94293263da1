//! The documentation that a chart brings with it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not looked for is left out"
)]

use expect_test::expect;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, File, Item, Lit};

fn chart() -> File {
    let expanded = super::expand(
        quote!(event = Event, initial = slow, context = ()),
        quote! {
            impl Philosopher {
                /// Hungry <soon>.
                #[state]
                fn thinking(&mut self, event: &Event) -> Next<Self> {
                    match event {
                        /// Takes both forks.
                        Event::Eat(_) if self.hungry => To(State::Eating),
                        Event::Eat(_) => Defer,
                        Event::Key('`') => History(State::Eating),
                        Event::Word("a\n b ``") => DeepHistory(State::Eating),
                        Event::Word(_) => Handled,
                        _ => Super,
                    }
                }

                #[entry(thinking)]
                fn think(&mut self) {}

                #[state(initial = very_slow, history(deep, default = fast))]
                fn eating(&mut self, event: &Event) -> Next<Self> {
                    if self.full { Stop } else { To(State::Thinking) }
                }

                #[init(eating)]
                fn sit(&mut self) {}

                #[state(parent = eating, initial = very_slow, data = Vec<Fork>)]
                fn slow(&mut self, event: &Event) -> Next<Self> {
                    Reenter(State::Eating)
                }

                #[entry(slow)]
                fn take(&mut self) -> Vec<Fork> {}

                #[exit(slow)]
                fn lay_down(&mut self) {}

                #[state(parent = slow)]
                fn very_slow(&mut self, event: &Event) -> Next<Self> {
                    Super
                }

                #[state(parent = eating, regions = [left, right])]
                fn fast(&mut self, event: &Event) -> Next<Self> {
                    To(State::Thinking)
                }

                #[state(parent = fast)]
                fn left(&mut self, event: &Event) -> Next<Self> {
                    Super
                }

                #[state(parent = fast)]
                fn right(&mut self, event: &Event) -> Next<Self> {
                    Super
                }
            }
        },
    );
    let mistakes = expanded.to_string();
    assert!(!mistakes.contains("compile_error"), "{mistakes}");
    syn::parse2(expanded).unwrap()
}

fn words(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let pair = attribute.meta.require_name_value().ok()?;
        match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) if pair.path.is_ident("doc") => Some(text.value()),
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_chart_is_a_tree_on_the_page_of_the_actor() {
    let file = chart();
    let of_hsm = file.items.iter().find_map(|item| match item {
        Item::Impl(block) => {
            let (path, _) = block.trait_.as_ref()?;
            (path.segments.last()?.ident == "Hsm").then(|| words(&block.attrs))
        }
        _ => None,
    });
    expect![[r#"

        The statechart: `●` is where a state starts, `H` that it remembers its state inside and `H*` its leaf.

        ```text
        ● slow
        ├─ thinking
        │     entry / think
        │     Eat(_) if self.hungry → eating
        │     Eat(_) / defer
        │     Key('`') → eating H
        │     Word("a\n b ``") → eating H*
        │     Word(_) / handled
        └─ eating  ● very_slow  H* (else fast)
           │  init / sit
           │  * if self.full / stop
           │  * if !self.full → thinking
           ├─ slow  Vec<Fork>
           │  │  entry / take
           │  │  exit / lay_down
           │  │  * → eating, entered anew
           │  └─● very_slow
           └─ fast  (in all of its regions)
              │  * → thinking
              ├─● left
              └─● right
        ```"#]].assert_eq(&of_hsm.unwrap());
}

#[test]
fn each_state_lists_its_reactions() {
    let file = chart();
    let mut all = String::new();
    for item in &file.items {
        if let Item::Enum(states) = item {
            for variant in &states.variants {
                all.push_str(&format!(
                    "== {}\n{}\n",
                    variant.ident,
                    words(&variant.attrs)
                ));
            }
        }
    }
    expect![[r#"
        == Thinking
        Hungry <soon>.

        State `thinking`.

        - `Eat(_)` if `self.hungry` → [`eating`](PhilosopherState::Eating): Takes both forks.
        - `Eat(_)` / defer
        - `` Key('`') `` → [`eating`](PhilosopherState::Eating) H
        - ``` Word("a\n b ``") ``` → [`eating`](PhilosopherState::Eating) H*
        - `Word(_)` / handled
        == Eating
        State `eating`, starts in `very_slow`, remembers its leaf.

        - `*` if `self.full` / stop
        - `*` if `!self.full` → [`thinking`](PhilosopherState::Thinking)
        == Slow
        State `slow`, inside `eating`, starts in `very_slow`.

        - `*` → [`eating`](PhilosopherState::Eating), entered anew
        == VerySlow
        State `very_slow`, inside `slow`.
        == Fast
        State `fast`, inside `eating`, active in all of its regions.

        - `*` → [`thinking`](PhilosopherState::Thinking)
        == Left
        State `left`, inside `fast`.
        == Right
        State `right`, inside `fast`.
    "#]]
    .assert_eq(&all);
}
