//! What `#[hsm]` refuses, each with a message at the place of the mistake; and that it is quiet about the rest.

#[test]
fn mistakes_in_charts_are_reported_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/hsm/pass/*.rs");
    cases.compile_fail("tests/ui/hsm/*.rs");
}
