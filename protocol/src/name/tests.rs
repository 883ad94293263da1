//! Which names are names.

use super::{ClusterName, NameError, NodeName, check_signal_name};

#[test]
fn a_node_name_is_one_lower_case_dns_label() {
    assert_eq!(
        "node-7".parse::<NodeName>().map(|name| name.to_string()),
        Ok("node-7".to_owned())
    );
    assert_eq!("".parse::<NodeName>(), Err(NameError::Empty));
    assert!(matches!(
        "a.b".parse::<NodeName>(),
        Err(NameError::Character { found: '.', .. })
    ));
    assert!(matches!(
        "Node".parse::<NodeName>(),
        Err(NameError::Character { found: 'N', .. })
    ));
    assert!("x".repeat(63).parse::<ClusterName>().is_ok());
    assert_eq!(
        "x".repeat(64).parse::<ClusterName>(),
        Err(NameError::TooLong { len: 64, max: 63 })
    );
}

#[test]
fn a_name_comes_through_serde_only_when_it_is_well_formed() {
    assert_eq!(
        serde_json::from_str::<NodeName>("\"alpha\"")
            .unwrap()
            .as_ref(),
        "alpha"
    );
    assert!(serde_json::from_str::<NodeName>("\"al pha\"").is_err());
}

#[test]
fn a_signal_name_is_made_of_words() {
    assert_eq!(check_signal_name("dining.hungry"), Ok(()));
    assert_eq!(check_signal_name("a/b@c-d_e.F9"), Ok(()));
    assert_eq!(check_signal_name(""), Err(NameError::Empty));
    assert!(matches!(
        check_signal_name("a b"),
        Err(NameError::Character { found: ' ', .. })
    ));
    assert!(matches!(
        check_signal_name("a.*"),
        Err(NameError::Character { found: '*', .. })
    ));
    assert!(matches!(
        check_signal_name("\u{1b}[2J"),
        Err(NameError::Character { .. })
    ));
}

#[test]
fn a_signal_name_has_bounds() {
    assert_eq!(check_signal_name(&"x".repeat(255)), Ok(()));
    assert_eq!(
        check_signal_name(&"x".repeat(256)),
        Err(NameError::TooLong { len: 256, max: 255 })
    );
    assert_eq!(check_signal_name(&["x"; 16].join(".")), Ok(()));
    assert_eq!(
        check_signal_name(&["x"; 17].join(".")),
        Err(NameError::TooDeep { count: 17, max: 16 })
    );
}

#[test]
fn names_that_start_with_a_dollar_are_refused() {
    assert_eq!(check_signal_name("$sys.gap"), Err(NameError::Reserved));
}
