//! The example `udp_relay`, on loopback: an echo, and a relay between a client and a server.
#![expect(clippy::unwrap_used, reason = "a test panics when it cannot go on")]

use std::fs;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use farc_integration_tests::process::{wait_for, workspace};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The start of a process on a busy machine.
const SOON: Duration = Duration::from_secs(40);

/// How long a datagram on loopback may take before it is sent again.
const AGAIN: Duration = Duration::from_millis(200);

struct Relay {
    process: Child,
    address: SocketAddr,
    _home: TempDir,
}

impl Relay {
    /// The config of the examples, on a port that is free now, with this server.
    fn start(to: Option<SocketAddr>) -> Self {
        let home = TempDir::new().unwrap();
        let address = socket().local_addr().unwrap();
        let config =
            fs::read_to_string(workspace().join("examples/config/udp_relay.toml")).unwrap();
        let mut listen = format!("listen = \"{address}\"");
        if let Some(to) = to {
            listen += &format!(", to = \"{to}\"");
        }
        let file = home.path().join("udp_relay.toml");
        fs::write(
            &file,
            config.replace("listen = \"127.0.0.1:4000\"", &listen),
        )
        .unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_udp_relay"))
            .arg("run")
            .arg("--config")
            .arg(&file)
            .env("XDG_RUNTIME_DIR", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            process,
            address,
            _home: home,
        }
    }

    fn leaves(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // Fails only if the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(AGAIN)).unwrap();
    socket
}

fn receive(socket: &UdpSocket) -> io::Result<(Vec<u8>, SocketAddr)> {
    let mut buffer = vec![0; 70_000];
    let (len, from) = socket.recv_from(&mut buffer)?;
    buffer.truncate(len);
    Ok((buffer, from))
}

#[test]
fn without_a_server_it_sends_each_datagram_back() {
    let relay = Relay::start(None);
    let client = socket();
    let long = vec![7; 60_000];
    for text in [b"one".as_slice(), b"", &long] {
        let (back, from) = wait_for("the echo", SOON, || {
            client.send_to(text, relay.address).unwrap();
            receive(&client).ok().filter(|(back, _)| back == text)
        });
        assert_eq!((back.len(), from), (text.len(), relay.address));
    }
    relay.leaves();
}

#[test]
fn with_a_server_it_stands_between_it_and_the_client() {
    let (client, server) = (socket(), socket());
    let relay = Relay::start(Some(server.local_addr().unwrap()));
    let (question, from) = wait_for("the question at the server", SOON, || {
        client.send_to(b"question", relay.address).unwrap();
        receive(&server).ok()
    });
    assert_eq!(
        (question.as_slice(), from),
        (b"question".as_slice(), relay.address)
    );
    let (answer, from) = wait_for("the answer at the client", SOON, || {
        server.send_to(b"answer", relay.address).unwrap();
        receive(&client).ok()
    });
    assert_eq!(
        (answer.as_slice(), from),
        (b"answer".as_slice(), relay.address)
    );
    relay.leaves();
}
