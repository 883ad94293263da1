//! What may not be sent, and what is no chart: refused at the place of the mistake, in words that say what to write instead.
//!
//! One run, and nothing in it that may pass (that is in `accepted`): so the dependencies are checked once and never built.
//! A type that is in a message must have no namesake in any dependency, as `String` and `File` have: whether the compiler prints its path depends on that.

#[test]
fn mistakes_are_refused_with_advice() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/isolated/*.rs");
    cases.compile_fail("tests/ui/hsm/*.rs");
    // Types of other crates are known where all features are on, as in the one check.
    #[cfg(all(
        feature = "indexmap",
        feature = "jiff",
        feature = "smallvec",
        feature = "uuid"
    ))]
    cases.compile_fail("tests/ui/foreign/*.rs");
}

/// A type, the case that refuses it, and words of what its message says to write instead.
const ADVICE: [(&str, &str, &str); 22] = [
    (
        "`Arc<u32>`",
        "arc",
        "instead of `Arc`, `Rc`, `&'static T` and `Cow` send the owned value",
    ),
    (
        "`Arc<std::sync::Mutex<u32>>`",
        "arc_of_mutex",
        "instead of `Arc`",
    ),
    ("`Rc<u32>`", "rc", "`Rc`"),
    (
        "`&'static u8`",
        "static_reference",
        "`&'static T` and `Cow` send the owned value, as in `String`",
    ),
    (
        "`Cow<'static, str>`",
        "other_shared_and_borrowed",
        "`Cow` send the owned value",
    ),
    (
        "`bytes::Bytes`",
        "other_shared_and_borrowed",
        "instead of `bytes::Bytes` use `farc::Blob`",
    ),
    (
        "`Cell<u32>`",
        "cell_in_a_vec",
        "instead of `Cell`, `RefCell`, `Mutex`, `RwLock` and atomics send the value inside",
    ),
    ("`RefCell<Vec<u32>>`", "ref_cell", "`RefCell`"),
    (
        "`std::sync::Mutex<u32>`",
        "mutex",
        "state that several actors need is kept by one",
    ),
    ("`std::sync::RwLock<u8>`", "other_mutables", "`RwLock`"),
    ("`AtomicU32`", "atomic", "atomics send the value inside"),
    (
        "`*mut u8`",
        "raw_pointer",
        "instead of pointers send the value",
    ),
    (
        "`fn(u8) -> u8`",
        "fn_pointer",
        "instead of functions, closures and `dyn Trait` an enum of the choices",
    ),
    (
        "`dyn Fn(u8) -> u8 + Send`",
        "box_dyn_fn",
        "`dyn Trait` an enum",
    ),
    (
        "`std::sync::mpsc::Sender<u32>`",
        "channel_sender",
        "instead of channels publish a signal or post to an address",
    ),
    (
        "`HashMap<u8, u8>`",
        "hash_map",
        "instead of `HashMap` and `HashSet` use `BTreeMap` and `BTreeSet`",
    ),
    (
        "`usize`",
        "usize",
        "instead of `usize` and `isize` use `u32` or `u64`",
    ),
    (
        "`Instant`",
        "other_machines",
        "instead of `Instant` a `Duration`",
    ),
    (
        "`SystemTime`",
        "other_machines",
        "instead of `SystemTime` one since 1970",
    ),
    (
        "`PathBuf`",
        "other_machines",
        "instead of `PathBuf` and `OsString` a `String`",
    ),
    ("`OsString`", "other_machines", "`OsString` a `String`"),
    (
        "`serde_json::Value`",
        "json_value",
        "instead of `serde_json::Value` `farc::Json`",
    ),
];

#[test]
fn the_message_about_each_refused_type_names_its_replacement() {
    for (refused, case, advice) in ADVICE {
        let path = format!(
            "{}/tests/ui/isolated/{case}.stderr",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).expect("each case has its message");
        let start = format!("{refused} cannot be part of a signal");
        let about = text
            .split("error[E0277]: ")
            .find(|part| part.starts_with(&start))
            .unwrap_or_else(|| panic!("{case} does not refuse {refused}"));
        assert!(about.contains(advice), "{case}: {about}");
    }
}
