//! What may be sent compiles; what may not is refused, in words that say what to send instead.

#[test]
fn what_is_not_isolated_is_refused_with_advice() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/isolated/pass_*.rs");
    cases.compile_fail("tests/ui/isolated/[!p]*.rs");
}
