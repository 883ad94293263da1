//! Two sockets and what passes between them.

use super::*;

struct Pair {
    left: UdpSocket,
    right: UdpSocket,
    relay: Relay,
    // Last, so that the relay has told its threads to end before their runtime waits for them.
    _runtime: tokio::runtime::Runtime,
}

fn pair() -> Pair {
    let left = UdpSocket::bind("127.0.0.1:0").unwrap();
    let right = UdpSocket::bind("127.0.0.1:0").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let inside = runtime.enter();
    let relay = Relay::start(left.local_addr().unwrap(), right.local_addr().unwrap()).unwrap();
    drop(inside);
    // Longer than any busy machine needs: reached only when a test fails.
    left.set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    right
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    Pair {
        left,
        right,
        relay,
        _runtime: runtime,
    }
}

fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut bytes = [0; 64];
    let (length, from) = socket.recv_from(&mut bytes).unwrap();
    (bytes[..length].to_vec(), from)
}

#[test]
fn a_call_is_answered_where_it_came_from() {
    let Pair {
        left,
        right,
        relay,
        _runtime,
    } = &pair();
    for (caller, side, called) in [(left, Side::Left, right), (right, Side::Right, left)] {
        caller.send_to(b"call", relay.address_for(side)).unwrap();
        let (call, from) = receive(called);
        assert_eq!(call, b"call");
        called.send_to(b"answer", from).unwrap();
        assert_eq!(
            receive(caller),
            (b"answer".to_vec(), relay.address_for(side))
        );
    }
}

#[test]
fn a_direction_is_cut_alone_whoever_called() {
    let Pair {
        left,
        right,
        relay,
        _runtime,
    } = &pair();
    right
        .send_to(b"call", relay.address_for(Side::Right))
        .unwrap();
    let (_, caller) = receive(left);
    relay.cut_toward(Side::Left);
    right
        .send_to(b"lost", relay.address_for(Side::Right))
        .unwrap();
    left.send_to(b"answer", caller).unwrap();
    left.send_to(b"call", relay.address_for(Side::Left))
        .unwrap();
    let mut arrived = [receive(right).0, receive(right).0];
    arrived.sort();
    assert_eq!(arrived, [b"answer".to_vec(), b"call".to_vec()]);
    // Many times as long as a datagram is under way.
    left.set_read_timeout(Some(LATENCY * 10)).unwrap();
    assert!(left.recv_from(&mut [0; 8]).is_err());
}

#[test]
fn what_is_healed_carries_in_both_directions() {
    let Pair {
        left,
        right,
        relay,
        _runtime,
    } = &pair();
    relay.cut_toward(Side::Left);
    relay.cut_toward(Side::Right);
    relay.heal();
    for (caller, side, called) in [(left, Side::Left, right), (right, Side::Right, left)] {
        caller.send_to(b"call", relay.address_for(side)).unwrap();
        assert_eq!(receive(called).0, b"call");
    }
}

#[test]
fn a_long_way_takes_longer_and_nothing_overtakes_what_is_on_it() {
    let Pair {
        left,
        right,
        relay,
        _runtime,
    } = &pair();
    let to = relay.address_for(Side::Left);
    relay.part(true);
    let sent = Instant::now();
    left.send_to(b"far", to).unwrap();
    left.send_to(b"far too", to).unwrap();
    assert_eq!(receive(right).0, b"far");
    assert!(sent.elapsed() >= FAR);
    relay.part(false);
    left.send_to(b"near", to).unwrap();
    assert_eq!(receive(right).0, b"far too");
    assert_eq!(receive(right).0, b"near");
}

#[test]
fn a_stranger_is_not_relayed() {
    let Pair {
        left,
        right,
        relay,
        _runtime,
    } = &pair();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger
        .send_to(b"hello", relay.address_for(Side::Left))
        .unwrap();
    left.send_to(b"known", relay.address_for(Side::Left))
        .unwrap();
    assert_eq!(receive(right).0, b"known");
}
