//! What a person sees who makes a mistake in a config file: the whole text, for each mistake that we know of.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::time::SystemTime;

use expect_test::{Expect, expect};
use farc::certs::{self, DevRequest, Existing, Validity};
use farc::config::{self, ActorConfig, ActorTypes, DomainConfig, NodeConfig, TraceFormat};
use farc::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Debug)]
#[expect(dead_code, reason = "nothing runs here")]
enum ThermostatEvent {
    #[event(local)]
    Reset,
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
struct Wanted {
    setpoint: f64,
    zone: Option<u8>,
    every: Option<std::time::Duration>,
    mode: Option<Mode>,
}

#[derive(Isolated, Serialize, Deserialize, Clone, Debug)]
enum Mode {
    Eco,
    Boost(u8),
}

struct Thermostat;

impl Actor for Thermostat {
    type Args = Wanted;

    fn new(_: Wanted, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

#[hsm(event = ThermostatEvent, initial = idle)]
impl Thermostat {
    #[state]
    fn idle(&mut self, event: &ThermostatEvent) -> Next<Self> {
        match event {
            ThermostatEvent::Reset => Handled,
        }
    }
}

/// The diagnostics of a file called `node.toml` with this text.
fn complaints(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.toml");
    fs::write(&path, text).unwrap();
    let mut types = ActorTypes::new();
    types.add::<Thermostat>("thermostat");
    types.add::<Thermostat>("valve");
    let found = config::load(&path, &types, SystemTime::now());
    let shown = found.map_or_else(|found| found.to_string(), |config| format!("{config:?}"));
    shown.replace(&format!("{}/", folder.path().display()), "")
}

#[track_caller]
fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&complaints(text));
}

/// An actor with these lines.
fn actor(lines: &str) -> String {
    format!(
        "[node]\nname = \"a\"\n\n[[actor]]\nname = \"kitchen\"\ntype = \"thermostat\"\n{lines}\n"
    )
}

#[test]
fn a_missing_file_is_named() {
    let types = ActorTypes::new();
    let found = config::load("nowhere.toml".as_ref(), &types, SystemTime::now()).unwrap_err();
    expect![[r#"
        error[farc::E0100]: cannot read nowhere.toml: No such file or directory (os error 2)
         |
         = help: give the path of a config file; one with every setting is printed by `config init`

        error: nowhere.toml has 1 error"#]]
    .assert_eq(&found.to_string());
}

#[test]
fn what_is_not_toml_is_shown_wherever_it_is() {
    check(
        "[node\nname = \"a\"\nlisten = [1,\n",
        &expect![[r#"
            error[farc::E0101]: this is not TOML
             --> node.toml:1:6
              |
            1 | [node
              |      ^ unclosed table, expected `]`
              |
              = help: strings need double quotes; sections are `[name]`, lists of sections `[[name]]`

            error[farc::E0101]: this is not TOML
             --> node.toml:3:13
              |
            3 | listen = [1,
              |             ^ unclosed array, expected `]`
              |
              = help: strings need double quotes; sections are `[name]`, lists of sections `[[name]]`

            error: node.toml has 2 errors"#]],
    );
}

#[test]
fn an_unknown_key_gets_a_suggestion() {
    check(
        "[node]\nname = \"a\"\nclustre = \"home\"\n",
        &expect![[r#"
            error[farc::E0102]: unknown key `clustre` in [node]
             --> node.toml:3:1
              |
            3 | clustre = "home"
              | ^^^^^^^ expected `name`, `cluster` or `listen`
              |
              = help: a key with a similar name exists: `cluster`

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_key_that_must_be_there_and_is_misspelt_is_one_mistake() {
    check(
        "[node]\nnam = \"a\"\n",
        &expect![[r#"
            error[farc::E0102]: unknown key `nam` in [node]
             --> node.toml:2:1
              |
            2 | nam = "a"
              | ^^^ expected `name`, `cluster` or `listen`
              |
              = help: a key with a similar name exists: `name`

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn an_unknown_section_is_an_error_too() {
    check(
        "[node]\nname = \"a\"\n[metrics]\nport = 1\n",
        &expect![[r#"
            error[farc::E0102]: unknown key `metrics` in the file
             --> node.toml:3:2
              |
            3 | [metrics]
              |  ^^^^^^^ expected `node`, `tls`, `peer`, `domain`, `actor`, `admin`, `log`, `trace`, `shutdown`, `watchdog` or `limits`
              |
              = help: remove it, or write what was meant

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_file_without_a_node_says_what_to_write() {
    check(
        "[log]\nfilter = \"info\"\n",
        &expect![[r#"
        error[farc::E0103]: the file has no [node] section
         --> node.toml:1:1
          |
        1 | [log]
          | ^^^^^ expected a section `[node]`
          |
          = help: add `[node]` and below it `name = "…"`

        error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_node_without_a_name_says_what_to_write() {
    check(
        "[node]\ncluster = \"home\"\n",
        &expect![[r#"
        error[farc::E0103]: [node] has no `name`
         --> node.toml:1:1
          |
        1 | [node]
          | ^^^^^^ expected a line `name = …` in this section
          |
          = help: for instance `name = "node-a"`

        error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_value_of_another_type_shows_both_types() {
    check(
        "[node]\nname = 5\n",
        &expect![[r#"
        error[farc::E0105]: wrong type for `name`
         --> node.toml:2:8
          |
        2 | name = 5
          |        ^ expected at most 63 lower-case letters, digits and hyphens, found an integer
          |
          = help: put it in double quotes

        error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_section_that_is_no_table_and_a_list_that_is_none() {
    check(
        "log = \"info\"\n[node]\nname = \"a\"\n[peer]\nname = \"b\"\n",
        &expect![[r#"
        error[farc::E0105]: [log] is not a table
         --> node.toml:1:7
          |
        1 | log = "info"
          |       ^^^^^^ expected a table, found a string
          |
          = help: write it as a section of its own, under a line `[log]`

        error[farc::E0105]: `peer` is not a list of tables
         --> node.toml:4:1
          |
        4 | [peer]
          | ^^^^^^ expected a list, found a table
          |
          = help: there can be several, so the header has two brackets: `[[peer]]`

        error: node.toml has 2 errors"#]],
    );
}

#[test]
fn a_name_that_is_no_dns_label_says_which_character() {
    check(
        "[node]\nname = \"Node_A\"\n",
        &expect![[r#"
        error[farc::E0106]: bad value for `name`: 'N' is not allowed in a name: use lower-case letters, digits and '-'
         --> node.toml:2:8
          |
        2 | name = "Node_A"
          |        ^^^^^^^^ expected at most 63 lower-case letters, digits and hyphens
          |
          = help: it is a DNS label: part of the name in the node's certificate

        error: node.toml has 1 error"#]],
    );
}

#[test]
fn values_out_of_range_show_the_range() {
    check(
        &actor("priority = 64\nmailbox = 0"),
        &expect![[r#"
        error[farc::E0109]: params do not fit type `thermostat`: `setpoint` is missing
         --> node.toml:4:1
          |
        4 | [[actor]]
          | ^^^^^^^^^ expected `setpoint` among these
          |
          = help: add `setpoint = …` to the params

        error[farc::E0106]: bad value for `priority`
         --> node.toml:7:12
          |
        7 | priority = 64
          |            ^^ expected an integer from 0 to 63
          |
          = help: 63 runs first, 0 last

        error[farc::E0106]: bad value for `mailbox`
         --> node.toml:8:11
          |
        8 | mailbox = 0
          |           ^ expected an integer from 2 to 1048576
          |
          = help: how many events may wait for the actor; half of them may come from other threads

        error: node.toml has 3 errors"#]],
    );
}

#[test]
fn a_policy_for_a_full_mailbox_is_one_of_five_words() {
    check(
        &actor("params.setpoint = 1.0\noverflow = \"drop-oldest\""),
        &expect![[r#"
            error[farc::E0106]: bad value for `overflow`
             --> node.toml:8:12
              |
            8 | overflow = "drop-oldest"
              |            ^^^^^^^^^^^^^ expected `reject`, `drop_oldest`, `drop_newest`, `conflate` or `fault`
              |
              = help: did you mean `drop_oldest`?

            error: node.toml has 1 error"#]],
    );
    check(
        &actor("params.setpoint = 1.0\noverflow = 64"),
        &expect![[r#"
            error[farc::E0105]: wrong type for `overflow`
             --> node.toml:8:12
              |
            8 | overflow = 64
              |            ^^ expected `reject`, `drop_oldest`, `drop_newest`, `conflate` or `fault`, found an integer
              |
              = help: put it in double quotes

            error: node.toml has 1 error"#]],
    );
    let read = complaints(&actor("params.setpoint = 1.0\noverflow = \"drop_oldest\""));
    assert!(read.contains("overflow: DropOldest"), "{read}");
}

#[test]
fn d02_the_policy_after_a_panic_is_one_of_three_words_or_a_table() {
    let restart = |value: &str| actor(&format!("params.setpoint = 1.0\nrestart = {value}"));
    check(
        &restart("\"escalte\""),
        &expect![[r#"
        error[farc::E0106]: bad value for `restart`
         --> node.toml:8:11
          |
        8 | restart = "escalte"
          |           ^^^^^^^^^ expected `restart`, `stop` or `escalate`
          |
          = help: did you mean `escalate`?

        error: node.toml has 1 error"#]],
    );
    check(
        &restart("5"),
        &expect![[r#"
        error[farc::E0105]: wrong type for `restart`
         --> node.toml:8:11
          |
        8 | restart = 5
          |           ^ expected `restart`, `stop` or `escalate`, found an integer
          |
          = help: put it in double quotes

        error: node.toml has 1 error"#]],
    );
    check(
        &restart("{ limit = 2000, within = \"0s\", backof = \"1s\" }"),
        &expect![[r#"
            error[farc::E0106]: bad value for `limit`
             --> node.toml:8:21
              |
            8 | restart = { limit = 2000, within = "0s", backof = "1s" }
              |                     ^^^^ expected an integer from 0 to 1024
              |
              = help: how many failures are forgiven within the time

            error[farc::E0106]: bad value for `within`
             --> node.toml:8:36
              |
            8 | restart = { limit = 2000, within = "0s", backof = "1s" }
              |                                    ^^^^ expected a time from 1ms to 86400s, such as "8s" or "500ms"
              |
              = help: the time within which failures are counted

            error[farc::E0102]: unknown key `backof` in restart
             --> node.toml:8:42
              |
            8 | restart = { limit = 2000, within = "0s", backof = "1s" }
              |                                          ^^^^^^ expected `limit`, `within`, `backoff` or `max_backoff`
              |
              = help: a key with a similar name exists: `backoff`

            error: node.toml has 3 errors"#]],
    );
    check(
        &restart("{ backoff = \"20s\", max_backoff = \"2s\" }"),
        &expect![[r#"
            error[farc::E0113]: `backoff` is longer than `max_backoff`
             --> node.toml:8:23
              |
            8 | restart = { backoff = "20s", max_backoff = "2s" }
              |                       ^^^^^                ---- the longest pause
              |                       |
              |                       expected at most `max_backoff`, which is 2s
              |
              = help: the pause doubles from `backoff` up to `max_backoff`

            error: node.toml has 1 error"#]],
    );
    for (value, read) in [
        ("\"stop\"", "restart: Stop"),
        ("\"escalate\"", "restart: Escalate"),
        (
            "{ limit = 7, within = \"1m\" }",
            "restart: Restart { limit: 7, within: 60s, backoff: 10ms, max_backoff: 10s }",
        ),
    ] {
        let found = complaints(&restart(value));
        assert!(found.contains(read), "{found}");
    }
}

#[test]
fn d06_the_limits_of_the_watchdog_rise() {
    check(
        "[node]\nname = \"a\"\n[watchdog]\nwarn = \"1ms\"\nerror = 5\n",
        &expect![[r#"
            error[farc::E0106]: bad value for `warn`
             --> node.toml:4:8
              |
            4 | warn = "1ms"
              |        ^^^^^ expected a time from 10ms to 3600s, such as "8s" or "500ms"
              |
              = help: how long a step of an actor may take

            error[farc::E0105]: wrong type for `error`
             --> node.toml:5:9
              |
            5 | error = 5
              |         ^ expected a time from 10ms to 3600s, such as "8s" or "500ms", found an integer
              |
              = help: put it in double quotes

            error: node.toml has 2 errors"#]],
    );
    check(
        "[node]\nname = \"a\"\n[watchdog]\nwarn = \"2s\"\n",
        &expect![[r#"
            error[farc::E0113]: the watchdog's limits do not rise: warn 2s, error 1s, unhealthy 5s
             --> node.toml:3:1
              |
            3 | [watchdog]
              | ^^^^^^^^^^ expected `warn` <= `error` <= `unhealthy`
              |
              = help: their defaults are 100ms, 1s and 5s

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn bad_addresses_show_examples() {
    check(
        "[node]\nname = \"a\"\nlisten = \"localhost\"\n[[peer]]\nname = \"b\"\naddress = \"b:99999\"\n",
        &expect![[r#"
            error[farc::E0106]: bad value for `listen`
             --> node.toml:3:10
              |
            3 | listen = "localhost"
              |          ^^^^^^^^^^^ expected an IP address and a port
              |
              = help: for instance "127.0.0.1:4433", "0.0.0.0:4433" for every interface, or "[::]:4433"

            error[farc::E0113]: peers without [tls]
             --> node.toml:4:1
              |
            4 | [[peer]]
              | ^^^^^^^^ expected a section `[tls]` in this file
              |
              = help: links are always encrypted: `certs dev --out certs --nodes …` makes certificates to begin with

            error[farc::E0106]: bad value for `address`
             --> node.toml:6:11
              |
            6 | address = "b:99999"
              |           ^^^^^^^^^ expected a host and a port
              |
              = help: for instance "10.0.0.2:4433", "[fd00::2]:4433" or "arm-1.local:4433"

            error: node.toml has 3 errors"#]],
    );
}

#[test]
fn two_actors_of_one_name_show_both_places() {
    let second = "[[actor]]\nname = \"kitchen\"\ntype = \"thermostat\"\nparams.setpoint = 1.0";
    check(
        &actor(&format!("params.setpoint = 2.0\n{second}")),
        &expect![[r#"
        error[farc::E0107]: two actors are named `kitchen`
         --> node.toml:9:8
          |
        5 | name = "kitchen"
          |        --------- the first one
        ...
        9 | name = "kitchen"
          |        ^^^^^^^^^ expected a new name
          |
          = help: give one of them another name or remove it: actor names are unique in a file

        error: node.toml has 1 error"#]],
    );
}

#[test]
fn two_peers_of_one_name_show_both_places() {
    let peer = "[[peer]]\nname = \"b\"\naddress = \"b:4433\"\n";
    let text = format!("[node]\nname = \"a\"\nlisten = \"127.0.0.1:1\"\n{peer}{peer}");
    check(
        &text,
        &expect![[r#"
        error[farc::E0113]: peers without [tls]
         --> node.toml:4:1
          |
        4 | [[peer]]
          | ^^^^^^^^ expected a section `[tls]` in this file
          |
          = help: links are always encrypted: `certs dev --out certs --nodes …` makes certificates to begin with

        error[farc::E0107]: two peers are named `b`
         --> node.toml:8:8
          |
        5 | name = "b"
          |        --- the first one
        ...
        8 | name = "b"
          |        ^^^ expected a new name
          |
          = help: give one of them another name or remove it: peer names are unique in a file

        error: node.toml has 2 errors"#]],
    );
}

#[test]
fn a_peer_with_the_own_name_shows_both_places() {
    check(
        "[node]\nname = \"a\"\n[[peer]]\nname = \"a\"\naddress = \"b:4433\"\n",
        &expect![[r#"
            error[farc::E0113]: peers without [tls]
             --> node.toml:3:1
              |
            3 | [[peer]]
              | ^^^^^^^^ expected a section `[tls]` in this file
              |
              = help: links are always encrypted: `certs dev --out certs --nodes …` makes certificates to begin with

            error[farc::E0104]: peer has this node's own name
             --> node.toml:4:8
              |
            2 | name = "a"
              |        --- this node's name
            3 | [[peer]]
            4 | name = "a"
              |        ^^^ expected another node
              |
              = help: a peer is another node: remove this [[peer]] or correct its name

            error: node.toml has 2 errors"#]],
    );
}

#[test]
fn an_unknown_actor_type_gets_a_suggestion() {
    check(
        "[node]\nname = \"a\"\n[[actor]]\nname = \"kitchen\"\ntype = \"termostat\"\n",
        &expect![[r#"
            error[farc::E0108]: unknown actor type `termostat`
             --> node.toml:5:8
              |
            5 | type = "termostat"
              |        ^^^^^^^^^^^ expected `thermostat` or `valve`
              |
              = help: did you mean `thermostat`?

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn an_actor_name_with_other_characters_is_refused() {
    check(
        "[node]\nname = \"a\"\n[[actor]]\nname = \"my kitchen\"\ntype = \"valve\"\nparams.setpoint = 1.0\n",
        &expect![[r#"
            error[farc::E0106]: bad value for `name`
             --> node.toml:4:8
              |
            4 | name = "my kitchen"
              |        ^^^^^^^^^^^^ expected a name of letters, digits and `_.@/-`, at most 255
              |
              = help: for instance "thermostat/kitchen"

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn params_that_are_missing_are_named() {
    check(
        &actor(""),
        &expect![[r#"
        error[farc::E0109]: params do not fit type `thermostat`: `setpoint` is missing
         --> node.toml:4:1
          |
        4 | [[actor]]
          | ^^^^^^^^^ expected `setpoint` among these
          |
          = help: add `setpoint = …` to the params

        error: node.toml has 1 error"#]],
    );
}

#[test]
fn all_unknown_params_are_shown_beside_the_first_wrong_value() {
    check(
        &actor("params = { setpiont = 20, color = \"red\", zone = 300 }"),
        &expect![[r#"
            error[farc::E0109]: params do not fit type `thermostat`: unknown parameter `setpiont`
             --> node.toml:7:12
              |
            7 | params = { setpiont = 20, color = "red", zone = 300 }
              |            ^^^^^^^^ expected `setpoint`, `zone`, `every` or `mode`
              |
              = help: a parameter with a similar name exists: `setpoint`

            error[farc::E0109]: params do not fit type `thermostat`: unknown parameter `color`
             --> node.toml:7:27
              |
            7 | params = { setpiont = 20, color = "red", zone = 300 }
              |                           ^^^^^ expected `setpoint`, `zone`, `every` or `mode`
              |
              = help: remove it

            error[farc::E0109]: params do not fit type `thermostat`: `zone`: found integer `300`, expected an integer from 0 to 255
             --> node.toml:7:49
              |
            7 | params = { setpiont = 20, color = "red", zone = 300 }
              |                                                 ^^^ expected an integer from 0 to 255
              |
              = help: the params are the arguments that type `thermostat` is constructed from

            error: node.toml has 3 errors"#]],
    );
}

#[test]
fn a_param_inside_a_section_of_its_own_is_found_there() {
    check(
        &actor("[actor.params]\nsetpoint = \"warm\"\n"),
        &expect![[r#"
            error[farc::E0109]: params do not fit type `thermostat`: `setpoint`: found string "warm", expected a number
             --> node.toml:8:12
              |
            8 | setpoint = "warm"
              |            ^^^^^^ expected a number
              |
              = help: the params are the arguments that type `thermostat` is constructed from

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn an_unknown_variant_gets_a_suggestion() {
    check(
        &actor("params = { setpoint = 20, mode = \"Ecco\" }"),
        &expect![[r#"
            error[farc::E0109]: params do not fit type `thermostat`: `mode`: unknown variant `Ecco`
             --> node.toml:7:34
              |
            7 | params = { setpoint = 20, mode = "Ecco" }
              |                                  ^^^^^^ expected `Eco` or `Boost`
              |
              = help: did you mean `Eco`?

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_variant_without_its_value_says_how_to_write_it() {
    check(
        &actor("params = { setpoint = 20, mode = \"Boost\" }"),
        &expect![[r#"
            error[farc::E0109]: params do not fit type `thermostat`: `mode`: variant `Boost` needs a value
             --> node.toml:7:34
              |
            7 | params = { setpoint = 20, mode = "Boost" }
              |                                  ^^^^^^^ expected { Boost = … }
              |
              = help: the params are the arguments that type `thermostat` is constructed from

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_duration_without_a_unit_is_refused() {
    check(
        &actor("params = { setpoint = 20, every = \"5\" }"),
        &expect![[r#"
            error[farc::E0109]: params do not fit type `thermostat`: `every`: found a string, expected a time such as "1.5s" or "20ms", in quotes
             --> node.toml:7:35
              |
            7 | params = { setpoint = 20, every = "5" }
              |                                   ^^^ expected a time such as "1.5s" or "20ms", in quotes
              |
              = help: the params are the arguments that type `thermostat` is constructed from

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_duration_a_variant_and_whole_numbers_for_floats_are_read() {
    let text = actor("params = { setpoint = 20, every = \"1.5s\", mode = { Boost = 3 } }");
    assert!(
        complaints(&text).starts_with("NodeConfig"),
        "{}",
        complaints(&text)
    );
}

#[test]
fn log_shutdown_and_admin_are_checked() {
    check(
        "[node]\nname = \"a\"\n[log]\nfilter = \"farc=loud\"\nformat = \"jsn\"\n[shutdown]\ndeadline = 8\n[admin]\nsocket = true\n",
        &expect![[r#"
            error[farc::E0106]: bad value for `filter`: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
             --> node.toml:4:10
              |
            4 | filter = "farc=loud"
              |          ^^^^^^^^^^^ expected a log filter
              |
              = help: for instance "info", "warn,farc=debug" or "farc::link=trace"

            error[farc::E0106]: bad value for `format`
             --> node.toml:5:10
              |
            5 | format = "jsn"
              |          ^^^^^ expected `auto`, `pretty` or `json`
              |
              = help: did you mean `json`?

            error[farc::E0105]: wrong type for `deadline`
             --> node.toml:7:12
              |
            7 | deadline = 8
              |            ^ expected a time from 1ms to 600s, such as "8s" or "500ms", found an integer
              |
              = help: put it in double quotes

            error[farc::E0105]: wrong type for `socket`
             --> node.toml:9:10
              |
            9 | socket = true
              |          ^^^^ expected a path, found a boolean
              |
              = help: put it in double quotes

            error: node.toml has 4 errors"#]],
    );
}

#[test]
fn a_trace_needs_a_file_and_has_one_of_two_formats() {
    check(
        "[node]\nname = \"a\"\n[trace]\nformat = \"vdc\"\n",
        &expect![[r#"
            error[farc::E0103]: [trace] has no `file`
             --> node.toml:3:1
              |
            3 | [trace]
              | ^^^^^^^ expected a line `file = …` in this section
              |
              = help: for instance `file = "node-a.trace"`

            error[farc::E0106]: bad value for `format`
             --> node.toml:4:10
              |
            4 | format = "vdc"
              |          ^^^^^ expected `text` or `vcd`
              |
              = help: did you mean `vcd`?

            error: node.toml has 2 errors"#]],
    );
}

#[test]
fn a_socket_path_that_the_system_cannot_bind_is_refused() {
    let path = "x".repeat(120);
    check(
        &format!("[node]\nname = \"a\"\n[admin]\nsocket = \"/{path}\"\n"),
        &expect![[r#"
            error[farc::E0106]: the path of the status socket is too long
             --> node.toml:4:10
              |
            4 | socket = "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
              |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected at most 107 bytes, this becomes /xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
              |
              = help: the system cannot bind longer ones: use an absolute path such as "/run/farc/node.sock"

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn limits_that_add_up_to_more_than_the_memory_are_refused() {
    let peers: String = (0..40)
        .map(|n| format!("[[peer]]\nname = \"p{n}\"\naddress = \"p{n}:1\"\n"))
        .collect();
    let text = format!(
        "[node]\nname = \"a\"\n[limits]\nring_bytes = \"16MiB\"\nring_age = \"10ms\"\n{peers}"
    );
    let shown = complaints(&text);
    let first = shown.split("\n\n").next().unwrap();
    let second = shown.split("\n\n").nth(1).unwrap();
    expect![[r#"
        error[farc::E0113]: what peers may make this node hold (40 x 25165824 bytes) exceeds its limit
         --> node.toml:3:1
          |
        3 | [limits]
          | ^^^^^^^^ expected at most 536870912 bytes: ring_bytes and outbox_bytes of every peer
          |
          = help: raise `memory` in [limits], or lower `ring_bytes` and `outbox_bytes`"#]].assert_eq(first);
    expect![[r#"
        error[farc::E0106]: bad value for `ring_age`
         --> node.toml:5:12
          |
        5 | ring_age = "10ms"
          |            ^^^^^^ expected a time from 1s to 86400s, such as "8s" or "500ms"
          |
          = help: how long a peer may be away before what waits for it is given up"#]]
    .assert_eq(second);
}

#[test]
fn peers_without_tls_are_refused() {
    check(
        "[node]\nname = \"a\"\nlisten = \"127.0.0.1:4433\"\n[[peer]]\nname = \"b\"\naddress = \"b:4433\"\n",
        &expect![[r#"
            error[farc::E0113]: peers without [tls]
             --> node.toml:4:1
              |
            4 | [[peer]]
              | ^^^^^^^^ expected a section `[tls]` in this file
              |
              = help: links are always encrypted: `certs dev --out certs --nodes …` makes certificates to begin with

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn an_address_without_tls_is_refused() {
    check(
        "[node]\nname = \"a\"\nlisten = \"127.0.0.1:4433\"\n",
        &expect![[r#"
            error[farc::E0113]: an address to listen on without [tls]
             --> node.toml:3:10
              |
            3 | listen = "127.0.0.1:4433"
              |          ^^^^^^^^^^^^^^^^ nothing would listen here
              |
              = help: add [tls] to meet other nodes, or remove `listen` for a local node

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn all_errors_are_shown_at_once_in_the_order_of_the_file() {
    let text = "[node]\nname = \"A\"\nlisten = 5\n[tls]\nca = \"ca.pem\"\n[[actor]]\ntype = \"valv\"\n[log]\nformat = \"\"\n";
    let shown = complaints(text);
    let titles: Vec<_> = shown
        .lines()
        .filter(|line| line.starts_with("error"))
        .collect();
    expect![[r#"
        error[farc::E0106]: bad value for `name`: 'A' is not allowed in a name: use lower-case letters, digits and '-'
        error[farc::E0105]: wrong type for `listen`
        error[farc::E0103]: [tls] has no `cert`
        error[farc::E0103]: [tls] has no `key`
        error[farc::E0103]: [[actor]] has no `name`
        error[farc::E0108]: unknown actor type `valv`
        error[farc::E0106]: bad value for `format`
        error: node.toml has 7 errors"#]].assert_eq(&titles.join("\n"));
}

/// A node with these domains, and an actor with these lines.
fn domains(domains: &str, lines: &str) -> String {
    let node = actor(lines);
    node.replace("[[actor]]", &format!("{domains}\n[[actor]]"))
}

#[test]
fn an_unknown_domain_gets_a_suggestion() {
    check(
        &domains(
            "[[domain]]\nname = \"control\"\n",
            "params.setpoint = 1.0\ndomain = \"contrl\"",
        ),
        &expect![[r#"
            error[farc::E0114]: unknown domain `contrl`
              --> node.toml:11:10
               |
            11 | domain = "contrl"
               |          ^^^^^^^^ expected `main` or `control`
               |
               = help: did you mean `control`?

            error: node.toml has 1 error"#]],
    );
    check(
        &actor("params.setpoint = 1.0\ndomain = \"elsewhere\""),
        &expect![[r#"
            error[farc::E0114]: unknown domain `elsewhere`
             --> node.toml:8:10
              |
            8 | domain = "elsewhere"
              |          ^^^^^^^^^^^ expected `main`
              |
              = help: add a section `[[domain]]` with `name = "elsewhere"`, or remove this line

            error: node.toml has 1 error"#]],
    );
}

#[test]
fn a_priority_that_the_domain_does_not_take_shows_both_places() {
    let control = "[[domain]]\nname = \"control\"\npriorities = [32, 63]\n";
    check(
        &domains(
            control,
            "params.setpoint = 1.0\ndomain = \"control\"\npriority = 31",
        ),
        &expect![[r#"
            error[farc::E0106]: priority 31 is not one of domain `control`
              --> node.toml:13:12
               |
             6 | priorities = [32, 63]
               |              -------- the priorities of the domain
            ...
            13 | priority = 31
               |            ^^ expected `priority` to be from 32 to 63
               |
               = help: change the priority, or have the actor run in another domain

            error: node.toml has 1 error"#]],
    );
    check(
        &domains(control, "params.setpoint = 1.0\ndomain = \"control\""),
        &expect![[r#"
            error[farc::E0106]: the default priority, 0, is not one of domain `control`
              --> node.toml:12:10
               |
             6 | priorities = [32, 63]
               |              -------- the priorities of the domain
            ...
            12 | domain = "control"
               |          ^^^^^^^^^ expected `priority` to be from 32 to 63
               |
               = help: change the priority, or have the actor run in another domain

            error: node.toml has 1 error"#]],
    );
    let main = "[[domain]]\nname = \"main\"\npriorities = [1, 63]\n";
    check(
        &domains(main, "params.setpoint = 1.0"),
        &expect![[r#"
        error[farc::E0106]: the default priority, 0, is not one of domain `main`
         --> node.toml:8:1
          |
        6 | priorities = [1, 63]
          |              ------- the priorities of the domain
        7 |
        8 | [[actor]]
          | ^^^^^^^^^ expected `priority` to be from 1 to 63
          |
          = help: change the priority, or have the actor run in another domain

        error: node.toml has 1 error"#]],
    );
}

#[test]
fn what_a_domain_is_set_to_is_checked() {
    check(
        "[node]\nname = \"a\"\n\n[[domain]]\nname = \"one\"\npriorities = [9, 3]\nthread = \"onw\"\nspin = \"1s\"\n\n\
         [[domain]]\nname = \"one\"\nthread = \"link\"\ncpu = 1\n",
        &expect![[r#"
            error[farc::E0106]: bad value for `priorities`
             --> node.toml:6:14
              |
            6 | priorities = [9, 3]
              |              ^^^^^^ expected two priorities, the lowest and the highest, from 0 to 63
              |
              = help: for instance `priorities = [32, 63]`; 63 runs first, 0 last

            error[farc::E0106]: bad value for `thread`
             --> node.toml:7:10
              |
            7 | thread = "onw"
              |          ^^^^^ expected `own` or `link`
              |
              = help: did you mean `own`?

            error[farc::E0106]: bad value for `spin`
             --> node.toml:8:8
              |
            8 | spin = "1s"
              |        ^^^^ expected a time from 0ns to 1ms, such as "8s" or "500ms"
              |
              = help: "0us" parks the thread at once

            error[farc::E0107]: two domains are named `one`
              --> node.toml:11:8
               |
             5 | name = "one"
               |        ----- the first one
            ...
            11 | name = "one"
               |        ^^^^^ expected a new name
               |
               = help: give one of them another name or remove it: domain names are unique in a file

            error[farc::E0113]: `cpu` is for a domain on a thread of its own
              --> node.toml:13:7
               |
            12 | thread = "link"
               |          ------ it runs on the link's thread
            13 | cpu = 1
               |       ^ the link's thread is not the domain's to set
               |
               = help: remove `cpu`, or write `thread = "own"`

            error: node.toml has 5 errors"#]],
    );
}

#[test]
fn a_domain_and_its_actors_are_read() {
    let control = "[[domain]]\nname = \"control\"\npriorities = [32, 63]\ncpu = 1\nspin = \"20us\"\n\n[[domain]]\nname = \"near\"\nthread = \"link\"\n";
    let read = complaints(&domains(
        control,
        "params.setpoint = 1.0\ndomain = \"control\"\npriority = 40",
    ));
    let from = read.find("domains: ").unwrap();
    let to = read.find(", actors: ").unwrap();
    expect![[r#"domains: [DomainConfig { name: "control", priorities: 32..=63, thread: Own, host: HostOptions { spin: 20µs, cpu: Some(1) }, origin: "node.toml:4" }, DomainConfig { name: "near", priorities: 0..=63, thread: Link, host: HostOptions { spin: 10µs, cpu: None }, origin: "node.toml:10" }]"#]].assert_eq(&read[from..to]);
    assert!(
        read.contains("kind: \"thermostat\", domain: \"control\", priority: 40"),
        "{read}"
    );
}

/// The file that ships, with every setting in force.
fn everything_set() -> String {
    let uncommented = |line: &str| match line.strip_prefix("# ") {
        Some(setting) if setting.starts_with('[') || setting.contains(" = ") => {
            format!("{setting}\n")
        }
        _ => format!("{line}\n"),
    };
    config::DEFAULT.lines().map(uncommented).collect()
}

#[test]
fn the_file_that_ships_is_good_as_it_is() {
    let read = complaints(config::DEFAULT);
    assert!(read.starts_with("NodeConfig"), "{read}");
}

#[test]
fn the_defaults_that_the_file_states_are_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let certs = DevRequest {
        out: folder.path().join("certs"),
        cluster: config::DEFAULT_CLUSTER.parse().unwrap(),
        nodes: vec!["node-a".parse().unwrap()],
        validity: Validity::days(SystemTime::now(), 1),
        owner: None,
        existing: Existing::Refuse,
    };
    certs::write_dev(&certs).unwrap();
    let path = folder.path().join("node.toml");
    fs::write(&path, everything_set()).unwrap();
    let mut types = ActorTypes::new();
    types.add::<Thermostat>("thermostat");

    let stated = config::load(&path, &types, SystemTime::now()).unwrap();

    let default = NodeConfig::new(stated.name.clone(), stated.cluster.clone());
    assert_eq!(stated.cluster.as_ref(), config::DEFAULT_CLUSTER);
    assert_eq!(stated.limits, default.limits);
    assert_eq!(stated.shutdown, default.shutdown);
    assert_eq!(stated.log.format, default.log.format);
    assert_eq!(stated.trace.unwrap().format, TraceFormat::default());
    let (main, unset) = (
        &stated.domains[0],
        DomainConfig::new(farc::actor::MAIN_DOMAIN),
    );
    assert_eq!(
        (&main.name, &main.priorities),
        (&unset.name, &unset.priorities)
    );
    assert_eq!(
        (main.thread, main.host.spin),
        (unset.thread, unset.host.spin)
    );
    let actor = ActorConfig::new("a", "thermostat");
    assert_eq!(stated.actors[0].domain, actor.domain);
    assert_eq!(stated.actors[0].priority, actor.priority);
    assert_eq!(stated.actors[0].mailbox, actor.mailbox);
    assert_eq!(stated.actors[0].overflow, actor.overflow);
    assert_eq!(stated.actors[0].restart, actor.restart);
    assert_eq!(stated.watchdog, default.watchdog);
}
