//! All that may be sent.
#![allow(
    missing_docs,
    missing_debug_implementations,
    reason = "of the types, only what they may hold is of interest"
)]

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{NonZero, NonZeroI128, NonZeroU8},
    time::Duration,
};

use farc::{Accepts, Blob, Event, Isolated, Signal};
use serde::{Deserialize, Serialize};

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("test.everything", class = "normal", delivery = "reliable")]
pub struct Everything {
    pub unsigned: (u8, u16, u32, u64, u128),
    pub signed: (i8, i16, i32, i64, i128),
    pub floats: [f64; 2],
    pub more: (f32, bool, char, ()),
    pub text: String,
    pub blob: Blob,
    pub boxed: Box<Option<Result<u8, String>>>,
    pub lists: (Vec<u8>, VecDeque<Vec<String>>),
    pub sets: BTreeSet<u8>,
    pub maps: BTreeMap<String, BTreeMap<u8, ()>>,
    pub pause: Duration,
    pub nonzero: (NonZeroU8, NonZeroI128, NonZero<u64>),
    pub addresses: (
        IpAddr,
        Ipv4Addr,
        Ipv6Addr,
        SocketAddr,
        SocketAddrV4,
        SocketAddrV6,
    ),
    pub phantom: PhantomData<Tick>,
    pub generic: Generic<Meters, 3>,
    pub choice: Choice<u8>,
    pub twelve: (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8),
}

#[derive(Isolated, Serialize, Deserialize, Clone)]
pub struct Generic<T, const N: usize>
where
    T: PartialOrd,
{
    pub values: Vec<T>,
    pub pair: (T, Option<T>),
}

#[derive(Isolated, Serialize, Deserialize, Clone, PartialEq, PartialOrd)]
pub struct Meters(pub f64);

#[derive(Isolated, Serialize, Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub enum Choice<T> {
    Nothing,
    Empty(),
    EmptyToo {},
    One(T),
    Two(u8, T),
    Named { r#type: T },
}

#[derive(Signal, Serialize, Deserialize, Clone)]
#[signal("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p_@/-9")]
pub struct Tick;

/// Not of use as a signal, but as an actor's arguments.
#[derive(Isolated, Clone)]
pub struct Arguments {
    pub name: String,
}

#[derive(Event)]
#[expect(
    clippy::large_enum_variant,
    reason = "one signal of every type is large"
)]
pub enum LampEvent {
    Everything(Everything),
    Tick(Tick),
    #[event(local)]
    Timeout,
    #[event(local)]
    Configured(Arguments, u8),
    #[event(local)]
    Set {
        level: u8,
        r#type: Arguments,
    },
    #[event(own)]
    Connected(std::net::TcpStream),
    #[event(own)]
    Done {
        result: Box<dyn std::any::Any + Send>,
    },
}

#[derive(Event)]
enum NothingEvent {}

#[derive(Event)]
enum OwnEvent {
    #[event(own)]
    Done,
}

fn accepts<E: Accepts<Tick>>() {}
fn post(event: impl Into<<LampEvent as Event>::Posted>) -> usize {
    let event: LampEvent = event.into().into();
    event.index()
}

#[test]
fn all_that_may_be_sent_has_its_place_in_an_event() {
    accepts::<LampEvent>();
    assert_eq!(post(Tick), 1);
    assert_eq!(post(LampEventPosted::Timeout), 2);
    assert_eq!(
        post(LampEventPosted::Set {
            level: 1,
            r#type: Arguments {
                name: String::new()
            }
        }),
        4
    );
    let done = LampEvent::Done {
        result: Box::new(1),
    };
    assert_eq!((done.index(), LampEvent::NAMES[6]), (6, "Done"));
    assert!(done.payload().is_none());
    let tick = LampEvent::from(Tick);
    let (name, payload) = tick.payload().expect("a signal");
    assert!(name == Tick::NAME && payload.is::<Tick>());
    assert_eq!(NothingEvent::NAMES.len(), 0);
    assert_eq!(OwnEvent::Done.index(), 0);
    let _: Option<OwnEventPosted> = None;
    let _ = |event: NothingEvent| event.index();
}
