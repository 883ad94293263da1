//! The socket file and the two answers, without a node behind them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{AdminError, AdminSocket, Client, Request, Source, serve};
use crate::daemon::{Health, RenewError};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/admin.sock");
    (folder, path)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn only_the_owner_may_open_the_socket_and_look_into_its_folder() {
    let (_folder, path) = folder();
    let _socket = AdminSocket::bind(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}

#[tokio::test]
async fn the_file_goes_with_the_socket_and_nothing_else_is_left() {
    let (_folder, path) = folder();
    drop(AdminSocket::bind(&path).unwrap());
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_socket_on_which_nobody_answers_is_replaced() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // The file of a process that was killed: bound once, and nobody listens any more.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(AdminSocket::bind(&path).is_ok());
}

#[tokio::test]
async fn the_socket_of_a_living_node_is_left_alone() {
    let (_folder, path) = folder();
    let _first = AdminSocket::bind(&path).unwrap();
    let second = AdminSocket::bind(&path);
    assert!(
        matches!(second, Err(AdminError::InUse { .. })),
        "{second:?}"
    );
    assert!(path.exists());
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "precious").unwrap();
    let bound = AdminSocket::bind(&path);
    assert!(
        matches!(bound, Err(AdminError::NotASocket { .. })),
        "{bound:?}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_node_that_is_gone_is_a_timely_error() {
    let (_folder, path) = folder();
    let answer = Client::new(&path).status().await;
    assert!(
        matches!(answer, Err(AdminError::Unreachable { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_node_that_takes_no_questions_is_an_answer_not_a_hang() {
    let (_folder, path) = folder();
    let (source, requests) = Source::new();
    drop(requests);
    let server = serve(AdminSocket::bind(&path).unwrap(), source);
    let client = Client::new(&path);
    tokio::select! {
        biased;
        answer = client.health() => {
            assert!(matches!(answer, Err(AdminError::Answer { .. })), "{answer:?}");
        }
        _ = server => unreachable!("it serves until it is dropped"),
    }
}

#[tokio::test]
async fn health_asks_the_node_for_its_health_and_not_for_all_that_it_knows() {
    let (_folder, path) = folder();
    let (source, mut requests) = Source::new();
    let server = serve(AdminSocket::bind(&path).unwrap(), source);
    let node = async {
        while let Some(request) = requests.recv().await {
            let Request::Health(answer) = request else {
                unreachable!("it asks for no more than it needs: {request:?}");
            };
            let missing = vec!["something".to_owned()];
            let ready = false;
            answer.send(Health { ready, missing }).unwrap();
        }
    };
    let client = Client::new(&path);
    tokio::select! {
        biased;
        answer = client.health() => {
            let health = answer.unwrap();
            assert_eq!((health.ready, &*health.missing[0]), (false, "something"));
        }
        () = node => unreachable!("it answers until nobody asks"),
        _ = server => unreachable!("it serves until it is dropped"),
    }
}

#[tokio::test]
async fn a_renewal_is_asked_for_by_the_name_of_the_peer() {
    let (_folder, path) = folder();
    let (source, mut requests) = Source::new();
    let server = serve(AdminSocket::bind(&path).unwrap(), source);
    let node = async {
        while let Some(request) = requests.recv().await {
            let Request::Renew { peer, answer } = request else {
                unreachable!("nobody asks for anything else");
            };
            let done = match peer.as_str() {
                "b" => Ok(()),
                "c" => Err(RenewError::NotLinked { peer }),
                _ => Err(RenewError::Unknown { peer }),
            };
            answer.send(done).unwrap();
        }
    };
    let client = Client::new(&path);
    let ask = async {
        let mut answers = Vec::new();
        for peer in ["b", "c", "d"] {
            answers.push(match client.renew(&peer.parse().unwrap()).await {
                Ok(()) => "begun".to_owned(),
                Err(AdminError::Answer { found, .. }) => found,
                Err(other) => other.to_string(),
            });
        }
        answers
    };
    tokio::select! {
        biased;
        answers = ask => assert_eq!(answers, [
            "begun",
            "409 Conflict: there is no link to `c` that could be renewed",
            "404 Not Found: `d` is no peer of this node",
        ]),
        () = node => unreachable!("it answers until nobody asks"),
        _ = server => unreachable!("it serves until it is dropped"),
    }
}
