//! What a peer can make the bus hold while the domain is busy.

use std::sync::Arc;

use bytes::Bytes;
use farc_protocol::frame::Class;
use farc_protocol::life::Life;

use super::super::lanes::{DomainLane, MOST_GAPS};
use super::{Bus, BusSettings, Delivery, GapReport, Inbound, SignalKey, lock};

const LIFE: Life = Life {
    start: 1,
    random: 2,
};

fn gap(account: u32, cause: &'static str) -> GapReport {
    GapReport {
        life: LIFE,
        class: Class::Normal,
        cause,
        account,
        signals: vec![("some.signal".into(), 1)],
        count: 1,
    }
}

fn bus() -> Arc<Bus> {
    let node = "node".parse().expect("a good name");
    Bus::new(BusSettings::new(node, LIFE))
}

#[test]
fn gaps_beyond_the_bound_merge_and_none_is_lost() {
    let bus = bus();
    let port = bus.add_peer(&"peer".parse().expect("a good name"));
    for account in 0..10_000 {
        bus.gap(&port, gap(account, "expired"));
    }
    let mut lanes = lock(&bus.inbound);
    let queue = lanes.of(0).expect("there before its domain");
    assert_eq!(queue.items.len(), MOST_GAPS);
    let counts = queue.items.iter().map(|item| match item {
        Inbound::Gap(_, gap) => gap.count,
        Inbound::Message(..)
        | Inbound::Overflow { .. }
        | Inbound::System(_)
        | Inbound::Announce(_) => 0,
    });
    assert_eq!(counts.sum::<u64>(), 10_000);
    let Some(Inbound::Gap(_, last)) = queue.items.back() else {
        panic!("gaps are all there is")
    };
    assert!(last.signals.is_empty() && last.account == 0, "{last:?}");
}

#[test]
fn a_gap_of_a_kind_of_its_own_keeps_its_cause_beyond_the_bound() {
    let bus = bus();
    let port = bus.add_peer(&"peer".parse().expect("a good name"));
    for account in 0..2_000 {
        bus.gap(&port, gap(account, "expired"));
    }
    bus.gap(&port, gap(7, "denied"));
    let mut lanes = lock(&bus.inbound);
    let queue = lanes.of(0).expect("there before its domain");
    let Some(Inbound::Gap(_, last)) = queue.items.back() else {
        panic!("gaps are all there is")
    };
    assert_eq!((last.cause, last.account, last.count), ("denied", 7, 1));
}

#[test]
fn gaps_between_them_do_not_keep_overflows_apart() {
    let mut queue = DomainLane::default();
    let message = Delivery {
        signal: SignalKey(1),
        version: 1,
        targets: Vec::new(),
        source: 0,
        payload: Bytes::new(),
        class: Class::Normal,
        life: LIFE,
    };
    for _ in 0..100 {
        queue.overflow(0, &message);
        if queue.items.len() < 5 {
            queue.items.push_back(Inbound::Gap(0, gap(0, "expired")));
        }
    }
    let overflows = queue.items.iter().filter_map(|item| match item {
        Inbound::Overflow { count, .. } => Some(*count),
        Inbound::Message(..) | Inbound::Gap(..) | Inbound::System(_) | Inbound::Announce(_) => None,
    });
    assert_eq!(overflows.collect::<Vec<_>>(), [100]);
}
