//! The containers of docker-compose.yml: healthy, around one table, healing after a cut network and a killed node.
//!
//! Needs a container engine and Compose; without them the test says so and passes, unless `FARC_REQUIRE_DOCKER=1`.
#![expect(
    clippy::print_stderr,
    reason = "a skipped test says so, a failed one shows the logs"
)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use farc_integration_tests::process::{output_of, wait_for, workspace};
use serde_json::Value;

/// What the README promises between `up` and three healthy nodes.
const HEALTHY_WITHIN: Duration = Duration::from_secs(15);
/// More than detection, redial back-off and a lease together, on a busy machine.
const HEALED_WITHIN: Duration = Duration::from_secs(30);
const IMAGE_LIMIT: u64 = 20_000_000;
/// As docker-compose.yml and the README name it.
const NETWORK: &str = "farc-mesh";
const SOCKET: &str = "/run/farc/admin.sock";

struct Cluster {
    compose: Vec<String>,
    project: String,
}

impl Cluster {
    /// `None` when there is no engine to run it on.
    fn available() -> Option<Self> {
        let works = |command: &[&str]| {
            Command::new(command[0])
                .args(&command[1..])
                .output()
                .is_ok_and(|output| output.status.success())
        };
        let compose = [vec!["docker-compose"], vec!["docker", "compose"]]
            .into_iter()
            .find(|compose| works(&[compose.as_slice(), &["version"]].concat()));
        match compose {
            Some(compose) if works(&["docker", "info"]) => Some(Self {
                compose: compose.into_iter().map(str::to_owned).collect(),
                project: format!("farc-test-{}", std::process::id()),
            }),
            _ => None,
        }
    }

    fn compose(&self, args: &[&str]) -> String {
        let mut command = Command::new(&self.compose[0]);
        command
            .args(&self.compose[1..])
            .args(["-p", &self.project])
            .args(args);
        output_of(
            command
                .current_dir(workspace())
                .env("FARC_STAGE", "prebuilt")
                .env("DOCKER_BUILDKIT", "0"),
        )
    }

    fn container(&self, service: &str) -> String {
        self.compose(&["ps", "-q", service]).trim().to_owned()
    }

    fn inspect(&self, service: &str, format: &str) -> String {
        docker(&["inspect", "--format", format, &self.container(service)])
            .trim()
            .to_owned()
    }

    fn wait_until_healthy(&self, services: &[&str], within: Duration) {
        for service in services {
            wait_for(&format!("{service} is healthy"), within, || {
                (self.inspect(service, "{{.State.Health.Status}}") == "healthy").then_some(())
            });
        }
    }

    fn status(&self, service: &str) -> Option<Value> {
        let container = self.container(service);
        let output = Command::new("docker")
            .args([
                "exec",
                &container,
                "/farc-node",
                "status",
                "--json",
                "--socket",
                SOCKET,
            ])
            .output()
            .expect("docker runs");
        serde_json::from_slice(&output.stdout).ok()
    }

    /// The state of `from`'s link to `to`.
    fn link(&self, from: &str, to: &str) -> Option<String> {
        let status = self.status(from)?;
        let link = status["links"]
            .as_array()?
            .iter()
            .find(|link| link["name"] == to)?;
        Some(link["state"].as_str()?.to_owned())
    }

    fn wait_for_link(&self, from: &str, to: &str, up: bool) {
        wait_for(
            &format!("{from} sees {to} {}", if up { "up" } else { "gone" }),
            HEALED_WITHIN,
            || self.link(from, to).filter(|state| (state == "up") == up),
        );
    }

    fn handled(&self, service: &str, actor: &str) -> Option<u64> {
        let status = self.status(service)?;
        status["actors"]
            .as_array()?
            .iter()
            .find(|each| each["name"] == actor)?["handled"]
            .as_u64()
    }

    /// Two more events of a philosopher that come only with forks: it is handled a grant and the end of its meal.
    fn wait_for_meal(&self, service: &str, philosopher: &str) {
        let before = wait_for("a status", HEALED_WITHIN, || {
            self.handled(service, philosopher)
        });
        wait_for(&format!("{philosopher} eats"), HEALED_WITHIN, || {
            self.handled(service, philosopher)
                .filter(|now| *now >= before + 4)
        });
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.compose(&["logs", "--no-color", "--tail", "40"]));
        }
        self.compose(&["down", "-v", "-t", "2"]);
    }
}

fn docker(args: &[&str]) -> String {
    output_of(Command::new("docker").args(args))
}

/// The binary that the first stage of the Dockerfile packages.
fn build_static_binary() {
    let root = workspace();
    output_of(Command::new(env!("CARGO")).current_dir(&root).args([
        "rustc",
        "--release",
        "--locked",
        "-p",
        "farc",
        "--bin",
        "farc-node",
        "--",
        "-C",
        "target-feature=+crt-static",
    ]));
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |dir| root.join(Path::new(&dir)));
    let docker = root.join("target/docker");
    std::fs::create_dir_all(&docker).expect("target/ can be written");
    std::fs::copy(target.join("release/farc-node"), docker.join("farc-node"))
        .expect("cargo made the binary");
}

#[test]
fn three_containers_dine_and_heal() {
    let Some(cluster) = Cluster::available() else {
        assert!(
            std::env::var_os("FARC_REQUIRE_DOCKER").is_none(),
            "FARC_REQUIRE_DOCKER is set, but no container engine answers"
        );
        eprintln!("skipped: no container engine with Compose answers");
        return;
    };
    build_static_binary();
    let nodes = ["node-a", "node-b", "node-c"];

    let started = Instant::now();
    cluster.compose(&["up", "-d", "--build"]);
    cluster.wait_until_healthy(
        &nodes,
        HEALTHY_WITHIN
            .saturating_sub(started.elapsed())
            .max(Duration::from_secs(1)),
    );
    cluster.wait_for_meal("node-b", "philosopher/0");
    cluster.wait_for_meal("node-c", "philosopher/3");

    let size: u64 = docker(&[
        "image",
        "inspect",
        "--format",
        "{{.Size}}",
        "farc-node:local",
    ])
    .trim()
    .parse()
    .unwrap();
    assert!(size < IMAGE_LIMIT, "the image has {size} bytes");
    assert_eq!(
        cluster.inspect(
            "node-a",
            "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}"
        ),
        "65532:65532 true [ALL]"
    );

    let node_b = cluster.container("node-b");
    docker(&["network", "disconnect", NETWORK, &node_b]);
    cluster.wait_for_link("node-a", "node-b", false);
    docker(&[
        "network",
        "connect",
        "--ip",
        "10.77.0.12",
        "--alias",
        "node-b",
        NETWORK,
        &node_b,
    ]);
    cluster.wait_for_link("node-a", "node-b", true);
    cluster.wait_for_link("node-c", "node-b", true);
    cluster.wait_for_meal("node-b", "philosopher/0");

    let node_c = cluster.container("node-c");
    docker(&["kill", "-s", "KILL", &node_c]);
    cluster.wait_for_link("node-a", "node-c", false);
    docker(&["start", &node_c]);
    cluster.wait_until_healthy(&["node-c"], HEALED_WITHIN);
    cluster.wait_for_link("node-a", "node-c", true);
    cluster.wait_for_meal("node-c", "philosopher/3");
}
