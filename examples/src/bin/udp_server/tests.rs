//! The relay with a real client, on a clock of its own: nothing waits for five seconds.

use farc::testing::Bench;
use farc_integration_tests::process::wait_for;

use super::*;

#[test]
fn the_client_gets_its_latest_message_back_every_five_seconds() {
    let mut relay = Bench::<UdpRelay>::new(Listen { port: 0 }).unwrap();
    relay.start();
    assert_eq!(relay.state(), "serving.waiting");
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let from = client.local_addr().unwrap();
    let mut buffer = [0; 100];
    let mut receive = || {
        let length = client.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };

    for bytes in [b"hello\n".to_vec(), b"it's".to_vec()] {
        relay.dispatch(RelayEvent::Received(Datagram { from, bytes }));
    }
    assert_eq!(relay.state(), "serving.relaying");
    relay.advance(Duration::from_secs(10));
    assert_eq!(receive(), "Latest: \"it's\"\n");
    assert_eq!(receive(), "Latest: \"it's\"\n");

    relay.dispatch(RelayEvent::Failed);
    assert_eq!(relay.state(), "serving.waiting");
    relay.advance(Duration::from_secs(10));
    client.set_nonblocking(true).unwrap();
    assert!(client.recv(&mut [0; 100]).is_err(), "the timer has ended");
}

#[test]
fn what_the_thread_reads_comes_to_the_relay() {
    let mut relay = Bench::<UdpRelay>::new(Listen { port: 0 }).unwrap();
    relay.start();
    let to = relay.actor().socket.local_addr().unwrap();
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    client.send_to(b"hello", to).unwrap();
    let latest = wait_for("the datagram arrives", Duration::from_secs(40), || {
        relay.run();
        relay.actor().latest.clone()
    });
    assert_eq!(
        (latest.from, latest.text()),
        (client.local_addr().unwrap(), "hello".to_owned())
    );
}
