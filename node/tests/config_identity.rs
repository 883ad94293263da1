//! Certificates and keys that cannot serve a node: each is named, with what is wrong and what to do, before anything is bound.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use expect_test::{Expect, expect};
use farc::certs::{Authority, Key, Validity};
use farc::config::{self, ActorTypes};

const CONFIG: &str = r#"[node]
name = "node-a"
cluster = "home"
listen = "127.0.0.1:4433"

[tls]
ca = "ca.pem"
cert = "node.pem"
key = "node.key"
"#;

/// 2027-01-15: what the tests take for now.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn authority(cluster: &str, seed: u8) -> Authority {
    let validity = Validity::days(now(), 30);
    Authority::new(
        cluster.parse().unwrap(),
        Key::from_seed([seed; 32]),
        validity,
    )
    .unwrap()
}

/// The files of a node: everything in order.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let files = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        files.write("node.toml", CONFIG);
        let authority = authority("home", 1);
        files.write("ca.pem", authority.pem());
        files.issue(&authority, "node-a", Validity::days(now(), 30));
        files
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn issue(&self, authority: &Authority, name: &str, validity: Validity) {
        let issued = authority
            .issue(&name.parse().unwrap(), Key::from_seed([9; 32]), validity)
            .unwrap();
        self.write("node.pem", issued.pem());
        self.write("node.key", &issued.key.pem());
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn check(&self, expected: &Expect) {
        let path = self.path("node.toml");
        let found = config::load(&path, &ActorTypes::new(), now());
        let shown = found.map_or_else(|found| found.to_string(), |_| "no error".to_owned());
        let folder: &Path = self.folder.path();
        expected.assert_eq(&shown.replace(&format!("{}/", folder.display()), ""));
    }
}

#[test]
fn a_good_identity_is_accepted() {
    Files::new().check(&expect!["no error"]);
}

#[test]
fn missing_files_are_all_named() {
    let files = Files::new();
    fs::remove_file(files.path("ca.pem")).unwrap();
    fs::remove_file(files.path("node.key")).unwrap();
    files.check(&expect![[r#"
        error[farc::E0110]: cannot read ca.pem: No such file or directory (os error 2)
         --> node.toml:7:6
          |
        7 | ca = "ca.pem"
          |      ^^^^^^^^ expected a file that this user can read
          |
          = help: paths are relative to the config file; `certs dev` makes certificates to begin with

        error[farc::E0110]: cannot read node.key: No such file or directory (os error 2)
         --> node.toml:9:7
          |
        9 | key = "node.key"
          |       ^^^^^^^^^^ expected a file that this user can read
          |
          = help: paths are relative to the config file; `certs dev` makes certificates to begin with

        error: node.toml has 2 errors"#]]);
}

#[test]
fn a_file_that_is_no_certificate_and_one_that_is_no_key() {
    let files = Files::new();
    files.write("ca.pem", "hello\n");
    files.write("node.key", "hello\n");
    files.check(&expect![[r#"
        error[farc::E0110]: cannot use ca.pem: no certificate is in it
         --> node.toml:7:6
          |
        7 | ca = "ca.pem"
          |      ^^^^^^^^ expected PEM with -----BEGIN CERTIFICATE-----
          |
          = help: `certs dev` writes files of this form

        error[farc::E0110]: cannot use node.key: no items found
         --> node.toml:9:7
          |
        9 | key = "node.key"
          |       ^^^^^^^^^^ expected PEM with -----BEGIN PRIVATE KEY-----
          |
          = help: `certs dev` writes files of this form

        error: node.toml has 2 errors"#]]);
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let files = Files::new();
    fs::set_permissions(files.path("node.key"), fs::Permissions::from_mode(0o640)).unwrap();
    files.check(&expect![[r#"
        error[farc::E0111]: other users may use the key node.key (mode 0640)
         --> node.toml:9:7
          |
        9 | key = "node.key"
          |       ^^^^^^^^^^ expected mode 0600
          |
          = help: run `chmod 600 node.key`; if others could read it, make a new key

        error: node.toml has 1 error"#]]);
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let files = Files::new();
    files.issue(&authority("home", 2), "node-a", Validity::days(now(), 30));
    files.check(&expect![[r#"
        error[farc::E0112]: the certificate of `node-a.home.farc` (issued by `CN=farc development authority 47dea58e of home`, valid from Jan 15 07:00:00 2027 +00:00 to Feb 14 08:00:00 2027 +00:00) cannot serve this node
         --> node.toml:8:8
          |
        7 | ca = "ca.pem"
          |      -------- this node's authority
        8 | cert = "node.pem"
          |        ^^^^^^^^^^ it is not of our authority `CN=farc development authority fd110d30 of home`
          |
          = help: issue it with the authority that all nodes of the cluster share, or give all nodes the same `ca`

        error: node.toml has 1 error"#]]);
}

#[test]
fn a_certificate_of_another_node_is_refused() {
    let files = Files::new();
    files.issue(&authority("home", 1), "node-b", Validity::days(now(), 30));
    files.check(&expect![[r#"
        error[farc::E0112]: the certificate of `node-b.home.farc` (issued by `CN=farc development authority fd110d30 of home`, valid from Jan 15 07:00:00 2027 +00:00 to Feb 14 08:00:00 2027 +00:00) cannot serve this node
         --> node.toml:8:8
          |
        2 | name = "node-a"
          |        -------- this node's name
        ...
        8 | cert = "node.pem"
          |        ^^^^^^^^^^ it is of the node `node-b`, expected `node-a`
          |
          = help: give this node its own certificate, or correct the node's name

        error: node.toml has 1 error"#]]);
}

#[test]
fn a_certificate_of_another_cluster_is_refused() {
    let files = Files::new();
    let other = authority("office", 1);
    files.write("ca.pem", other.pem());
    files.issue(&other, "node-a", Validity::days(now(), 30));
    files.check(&expect![[r#"
        error[farc::E0112]: the certificate of `node-a.office.farc` (issued by `CN=farc development authority fd110d30 of office`, valid from Jan 15 07:00:00 2027 +00:00 to Feb 14 08:00:00 2027 +00:00) cannot serve this node
         --> node.toml:8:8
          |
        8 | cert = "node.pem"
          |        ^^^^^^^^^^ it is of the cluster `office`, ours is `home`
          |
          = help: give both nodes the same `cluster`, or issue a certificate for this one

        error: node.toml has 1 error"#]]);
}

#[test]
fn an_expired_certificate_is_refused() {
    let files = Files::new();
    let past = Validity {
        from: now() - Duration::from_secs(7200),
        until: now() - Duration::from_secs(3600),
    };
    files.issue(&authority("home", 1), "node-a", past);
    files.check(&expect![[r#"
        error[farc::E0112]: the certificate of `node-a.home.farc` (issued by `CN=farc development authority fd110d30 of home`, valid from Jan 15 06:00:00 2027 +00:00 to Jan 15 07:00:00 2027 +00:00) cannot serve this node
         --> node.toml:8:8
          |
        8 | cert = "node.pem"
          |        ^^^^^^^^^^ it expired, and now it is Jan 15 08:00:00 2027 +00:00
          |
          = help: issue a new certificate, or correct the clock

        error: node.toml has 1 error"#]]);
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_refused() {
    let files = Files::new();
    let future = Validity {
        from: now() + Duration::from_secs(3600),
        until: now() + Duration::from_secs(7200),
    };
    files.issue(&authority("home", 1), "node-a", future);
    files.check(&expect![[r#"
        error[farc::E0112]: the certificate of `node-a.home.farc` (issued by `CN=farc development authority fd110d30 of home`, valid from Jan 15 09:00:00 2027 +00:00 to Jan 15 10:00:00 2027 +00:00) cannot serve this node
         --> node.toml:8:8
          |
        8 | cert = "node.pem"
          |        ^^^^^^^^^^ it is not valid yet, now it is Jan 15 08:00:00 2027 +00:00
          |
          = help: correct the clock of the node that looks, or of the machine that issued it

        error: node.toml has 1 error"#]]);
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let files = Files::new();
    files.write("node.key", &Key::from_seed([3; 32]).pem());
    files.check(&expect![[r#"
        error[farc::E0112]: the key and the certificate do not belong together
         --> node.toml:9:7
          |
        8 | cert = "node.pem"
          |        ---------- this certificate
        9 | key = "node.key"
          |       ^^^^^^^^^^ expected the key of the certificate of `node-a.home.farc` (issued by `CN=farc development authority fd110d30 of home`, valid from Jan 15 07:00:00 2027 +00:00 to Feb 14 08:00:00 2027 +00:00)
          |
          = help: give the key that was made with the certificate, or issue a new certificate for this key

        error: node.toml has 1 error"#]]);
}
