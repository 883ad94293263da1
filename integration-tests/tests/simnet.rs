//! The simulated network by itself, and real quinn and real rustls on it.
#![expect(clippy::unwrap_used, reason = "a test panics when it cannot go on")]

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use farc_integration_tests::sim::{Conditions, SimNet, SimSocket, Trace, elapsed, simulate};

fn ip(host: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, host])
}

fn at(host: u8) -> SocketAddr {
    SocketAddr::new(ip(host), 7100)
}

/// Runs `body` on a network with one socket on host 1 and one on host 2, and returns its result and the trace.
fn on_two_hosts<T: Send + 'static, Fut: Future<Output = T>>(
    seed: u64,
    body: impl FnOnce(SimNet, SimSocket, SimSocket) -> Fut + Send + 'static,
) -> (T, String) {
    let run = move || async move {
        let trace = Trace::new(true);
        let net = SimNet::new(seed, trace.clone());
        drop(tokio::task::spawn_local(net.clone().carry()));
        let (one, two) = (net.bind(at(1)).unwrap(), net.bind(at(2)).unwrap());
        let result = body(net, one, two).await;
        (result, trace.text().unwrap())
    };
    simulate("simnet", || {}, run).unwrap()
}

async fn receive(socket: &SimSocket) -> Vec<u8> {
    poll_fn(|cx| socket.poll_receive(cx)).await.bytes.to_vec()
}

async fn nothing_within(socket: &SimSocket, millis: u64) -> bool {
    tokio::time::timeout(Duration::from_millis(millis), receive(socket))
        .await
        .is_err()
}

#[test]
fn a_datagram_arrives_after_its_delay() {
    let (arrived, trace) = on_two_hosts(1, |net, one, two| async move {
        net.change(ip(1), ip(2), |link| link.delay = Duration::from_millis(7));
        one.send(at(2), b"hello", 0);
        (receive(&two).await, elapsed())
    });
    assert_eq!(arrived, (b"hello".to_vec(), Duration::from_millis(7)));
    let expected = "        0 10.0.0.1:7100 > 10.0.0.2:7100 5 due 7\n     7000 10.0.0.1:7100 > 10.0.0.2:7100 5 arrived\n";
    assert_eq!(trace, expected);
}

#[test]
fn jitter_keeps_the_order_and_reordering_does_not() {
    let orders = |reorder| {
        on_two_hosts(3, move |net, one, two| async move {
            let jitter = Duration::from_millis(50);
            net.change(ip(1), ip(2), |link| {
                *link = Conditions {
                    jitter,
                    reorder,
                    ..Conditions::default()
                }
            });
            (0..40).for_each(|n| one.send(at(2), &[n], 0));
            let mut order = Vec::new();
            while order.len() < 40 {
                order.extend(receive(&two).await);
            }
            order
        })
        .0
    };
    assert!(orders(0).is_sorted());
    let reordered = orders(300);
    assert!(!reordered.is_sorted(), "{reordered:?}");
}

#[test]
fn a_cut_in_one_direction_leaves_the_other() {
    on_two_hosts(1, |net, one, two| async move {
        net.change(ip(1), ip(2), |link| link.cut = true);
        one.send(at(2), b"lost", 0);
        two.send(at(1), b"found", 0);
        assert_eq!(receive(&one).await, b"found");
        assert!(nothing_within(&two, 1_000).await);
        net.set(ip(1), ip(2), Conditions::default());
        one.send(at(2), b"again", 0);
        assert_eq!(receive(&two).await, b"again");
    });
}

#[test]
fn loss_and_doubling_keep_to_their_chances() {
    let (count, trace) = on_two_hosts(5, |net, one, two| async move {
        net.change(ip(1), ip(2), |link| {
            (link.loss, link.duplicate) = (200, 100)
        });
        (0..1_000).for_each(|_| one.send(at(2), &[0; 8], 0));
        let mut count = 0;
        while tokio::time::timeout(Duration::from_millis(100), receive(&two))
            .await
            .is_ok()
        {
            count += 1;
        }
        count
    });
    let lost = trace.lines().filter(|line| line.ends_with(" lost")).count();
    assert!((150..250).contains(&lost), "{lost}");
    assert!((830..930).contains(&count), "{count}");
}

#[test]
fn damage_changes_what_arrives_and_the_trace_tells() {
    let (arrived, trace) = on_two_hosts(6, |net, one, two| async move {
        net.change(ip(1), ip(2), |link| link.corrupt = 1_000);
        one.send(at(2), &[0; 64], 0);
        let corrupted = receive(&two).await;
        net.change(ip(1), ip(2), |link| {
            (link.corrupt, link.truncate) = (0, 1_000)
        });
        one.send(at(2), &[0; 64], 0);
        (corrupted, receive(&two).await)
    });
    assert_eq!(arrived.0.len(), 64);
    assert_ne!(arrived.0, [0; 64]);
    assert!(arrived.1.len() < 64);
    assert!(
        trace.contains("bits flipped") && trace.contains("cut to"),
        "{trace}"
    );
}

#[test]
fn a_crashed_host_is_silent_and_its_address_is_free() {
    on_two_hosts(1, |net, one, two| async move {
        one.send(at(2), b"under way", 0);
        net.crash(ip(2));
        two.send(at(1), b"from the dead", 0);
        assert!(nothing_within(&two, 1_000).await);
        let again = net.bind(at(2)).unwrap();
        assert!(nothing_within(&one, 1_000).await);
        one.send(at(2), b"to the living", 0);
        assert_eq!(receive(&again).await, b"to the living");
        drop(two);
        one.send(at(2), b"still there", 0);
        assert_eq!(receive(&again).await, b"still there");
    });
}

#[test]
fn an_address_has_one_socket() {
    on_two_hosts(1, |net, one, _two| async move {
        assert_eq!(
            net.bind(at(1)).unwrap_err().kind(),
            std::io::ErrorKind::AddrInUse
        );
        drop(one);
        assert!(net.bind(at(1)).is_ok());
    });
}

#[test]
fn traffic_on_one_link_does_not_change_the_fate_of_another() {
    let fates = |noise: bool| {
        let (_, trace) = on_two_hosts(9, move |net, one, two| async move {
            net.change(ip(1), ip(2), |link| link.loss = 500);
            for n in 0..50 {
                one.send(at(2), &[n], 0);
                if noise {
                    two.send(at(1), &[n], 0);
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        });
        trace
            .lines()
            .filter(|line| line.contains("10.0.0.1:7100 >"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(fates(false), fates(true));
}

#[test]
fn a_panic_in_a_task_fails_the_run() {
    let outcome = simulate(
        "panicking",
        || {},
        || async {
            drop(tokio::task::spawn_local(async { panic!("in a task") }).await);
        },
    );
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.starts_with("panicked: in a task at "), "{failure}");
}

mod entropy;
mod quinn_on_simnet;

/// Set for the child process; tells it which seed to run.
const SEED: &str = "FARC_SIMNET_SEED";

#[test]
fn quinn_with_client_certificates_does_the_same_in_another_process() {
    for seed in 1..=6 {
        let mine = quinn_on_simnet::digest(seed);
        assert_eq!(
            mine,
            quinn_on_simnet::digest(seed),
            "seed {seed} in this process"
        );
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_runs_quinn", "--nocapture"])
            .env(SEED, seed.to_string())
            .output()
            .unwrap();
        let stdout = String::from_utf8(child.stdout).unwrap();
        assert!(
            stdout.contains(&format!("digest {mine}")),
            "seed {seed}: mine is {mine}, the child says {stdout}"
        );
    }
}

#[test]
fn another_seed_is_another_run() {
    assert_ne!(quinn_on_simnet::digest(1), quinn_on_simnet::digest(2));
}

#[test]
#[expect(clippy::print_stdout, reason = "the parent process reads it")]
fn child_runs_quinn() {
    if let Ok(seed) = std::env::var(SEED) {
        println!("digest {}", quinn_on_simnet::digest(seed.parse().unwrap()));
    }
}

#[test]
fn a_seeded_thread_draws_its_randomness_from_the_seed() {
    let draw = |seed: u64| {
        let body = || async {
            let mut bytes = [0; 16];
            rustls::crypto::ring::default_provider()
                .secure_random
                .fill(&mut bytes)
                .unwrap();
            (
                bytes,
                std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 1),
            )
        };
        simulate("entropy", move || entropy::seed(seed), body).unwrap()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}
