//! What may not be sent, and what is no chart: refused at the place of the mistake, in words that say what to write instead.
//!
//! One run, and nothing in it that may pass (that is in `accepted`): so the dependencies are checked once and never built.
//! A type that is in a message must have no namesake in any dependency, as `String` and `File` have: whether the compiler prints its path depends on that.

#[test]
fn mistakes_are_refused_with_advice() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/isolated/*.rs");
    cases.compile_fail("tests/ui/hsm/*.rs");
}
