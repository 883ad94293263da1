//! Relays datagrams: what comes in on port 4242 is printed, and its sender gets the latest message back every five seconds.
//!
//! Try it with `nc -u localhost 4242`.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use farc::Daemon;
use farc::prelude::*;
use serde::Deserialize;

#[cfg(test)]
#[path = "udp_server/tests.rs"]
mod tests;

/// The largest datagram of IPv4.
const LARGEST: usize = 65_507;

#[derive(Event, Clone)]
enum RelayEvent {
    #[event(local)]
    Received(Datagram),
    /// The network says that a client is gone.
    #[event(local)]
    Failed,
    #[event(own)]
    FiveCount,
}

#[derive(Isolated, Clone)]
struct Datagram {
    from: SocketAddr,
    bytes: Vec<u8>,
}

impl Datagram {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

#[derive(Isolated, Deserialize, Clone)]
struct Listen {
    port: u16,
}

struct UdpRelay {
    socket: UdpSocket,
    latest: Option<Datagram>,
    timer: Timer,
}

impl Actor for UdpRelay {
    type Args = Listen;

    fn new(args: Listen, _: &mut Start<'_, Self>) -> Result<Self, BuildError> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, args.port));
        Ok(Self {
            socket: socket.map_err(|error| BuildError::argument("port", error))?,
            latest: None,
            timer: Timer::new(),
        })
    }
}

#[hsm(event = RelayEvent, initial = serving)]
impl UdpRelay {
    /// A handler never waits, so another thread does, and posts what comes in.
    #[start]
    fn listen(&mut self, cx: &mut Context<Self>) {
        let relay = cx.address();
        let socket = self.socket.try_clone();
        thread::spawn(move || read(&socket?, &relay));
    }

    #[state(initial = waiting)]
    fn serving(&mut self, event: &RelayEvent) -> Next<Self> {
        match event {
            RelayEvent::Received(datagram) => {
                self.keep(datagram);
                To(State::Relaying)
            }
            _ => Super,
        }
    }

    #[exit(serving)]
    fn close(&mut self) {
        println!("exiting");
    }

    #[entry(waiting)]
    fn wait(&mut self) {
        let port = self.socket.local_addr().map_or(0, |local| local.port());
        println!("Awaiting a UDP datagram on port {port}.  Try: $ nc -u localhost {port}");
    }

    #[state(parent = serving)]
    fn waiting(&mut self, _: &RelayEvent) -> Next<Self> {
        Super
    }

    #[entry(relaying)]
    fn begin(&mut self, cx: &mut Context<Self>) {
        self.timer
            .arm_every(cx, Duration::from_secs(5), RelayEvent::FiveCount)
            .expect("it is the only timer");
    }

    #[state(parent = serving)]
    fn relaying(&mut self, event: &RelayEvent) -> Next<Self> {
        match event {
            RelayEvent::Received(datagram) => {
                self.keep(datagram);
                Handled
            }
            RelayEvent::FiveCount => {
                if self.answer() {
                    Handled
                } else {
                    To(State::Waiting)
                }
            }
            RelayEvent::Failed => To(State::Waiting),
        }
    }

    #[exit(relaying)]
    fn end(&mut self, cx: &mut Context<Self>) {
        self.timer.disarm(cx);
    }
}

impl UdpRelay {
    fn keep(&mut self, datagram: &Datagram) {
        println!("RelayFrom({}): {:?}", datagram.from, datagram.text());
        self.latest = Some(datagram.clone());
    }

    /// Sends the latest message back. False if the network refuses it.
    fn answer(&self) -> bool {
        self.latest.as_ref().is_none_or(|latest| {
            let answer = format!("Latest: {:?}\n", latest.text());
            self.socket.send_to(answer.as_bytes(), latest.from).is_ok()
        })
    }
}

/// Reads the socket until the relay has ended. A datagram that finds its mailbox full is lost, as on any network.
fn read(socket: &UdpSocket, relay: &Address<UdpRelay>) -> std::io::Result<()> {
    let mut buffer = vec![0; LARGEST];
    loop {
        let event = match socket.recv_from(&mut buffer) {
            Ok((length, from)) => RelayEventPosted::Received(Datagram {
                from,
                bytes: buffer[..length].to_vec(),
            }),
            Err(_) => RelayEventPosted::Failed,
        };
        if let Err(PostError::Stopped(_)) = relay.post(event) {
            return Ok(());
        }
    }
}

fn main() -> ExitCode {
    let daemon = Daemon::new().actor::<UdpRelay>("udp_relay");
    farc_examples::main(daemon, |domain| {
        domain.spawn::<UdpRelay>("relay", Listen { port: 4242 }, ActorOptions::default())?;
        Ok(())
    })
}
