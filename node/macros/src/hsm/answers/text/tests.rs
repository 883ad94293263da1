//! Expressions and patterns, as rustfmt would print them.

use proc_macro2::TokenStream;

use super::text;

/// Without any space it may do without, and as it shall be printed.
const EXPRESSIONS: [(&str, &str); 24] = [
    ("self.foo", "self.foo"),
    ("!self.foo", "!self.foo"),
    ("a&&b||!c", "a && b || !c"),
    ("self.n>3", "self.n > 3"),
    ("a==-1&&b!=*c", "a == -1 && b != *c"),
    ("-x-1", "-x - 1"),
    ("&mut self.x", "&mut self.x"),
    ("f(a,&b,g())", "f(a, &b, g())"),
    ("f(a,b,)", "f(a, b)"),
    ("a[i+1][2]", "a[i + 1][2]"),
    ("Mode::Night", "Mode::Night"),
    ("x as u8+1", "x as u8 + 1"),
    (
        "v.iter().collect::<Vec<Option<u8>>>().len()<3",
        "v.iter().collect::<Vec<Option<u8>>>().len() < 3",
    ),
    ("v.iter().any(|x|*x>3)", "v.iter().any(|x| *x > 3)"),
    (
        "v.iter().any(|&(a,b)|a|b==1)",
        "v.iter().any(|&(a, b)| a | b == 1)",
    ),
    ("f(move||1)", "f(move || 1)"),
    (
        "matches!(self.x,Some(1..=3))",
        "matches!(self.x, Some(1..=3))",
    ),
    ("(0..n).contains(&x)", "(0..n).contains(&x)"),
    ("self.next()?.ok", "self.next()?.ok"),
    ("Point{x:1,..p}.x>1", "Point { x: 1, ..p }.x > 1"),
    ("x<<1>>2>=3", "x << 1 >> 2 >= 3"),
    ("if a{b}else{c}", "if a { b } else { c }"),
    ("t.0.1", "t.0.1"),
    ("!(a&&b)", "!(a && b)"),
];

/// The same for patterns.
const PATTERNS: [(&str, &str); 7] = [
    ("Some(x)", "Some(x)"),
    ("Some(A|B)", "Some(A | B)"),
    ("[first,..,last]", "[first, .., last]"),
    ("[1,rest@..]", "[1, rest @ ..]"),
    ("P{x,y:1..=2,..}", "P { x, y: 1..=2, .. }"),
    ("&Some(-1)", "&Some(-1)"),
    ("n@1..", "n @ 1.."),
];

#[test]
fn tokens_are_spaced_as_rustfmt_spaces_them() {
    for (written, printed) in EXPRESSIONS.into_iter().chain(PATTERNS) {
        let tokens: TokenStream = written.parse().unwrap();
        assert_eq!(text(tokens), printed, "{written}");
    }
}
