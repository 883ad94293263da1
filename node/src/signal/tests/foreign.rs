//! Types of other crates: structure, figures, bytes and JSON agree, and stay.

use super::*;

fn figures<T: Isolated>() {
    let structure = T::structure();
    let expected = (structure.min_wire(), structure.depth());
    let found = shape::shape::<T>().figures().summary();
    assert_eq!(found, expected, "{structure}");
}

fn json_of<T: Isolated + Serialize>(value: &T) -> String {
    let json = to_json(&T::structure(), &bytes(value)).unwrap();
    json.to_string()
}

#[cfg(feature = "uuid")]
mod of_uuid {
    use uuid::Uuid;

    use super::*;

    #[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
    #[signal("test.uuid")]
    struct Order {
        id: Uuid,
        parts: BTreeMap<Uuid, u8>,
    }

    const ID: Uuid = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);

    #[test]
    fn a_uuid_is_sixteen_bytes_and_the_text_that_people_know() {
        figures::<Order>();
        assert_eq!(bytes(&ID)[..], [&[16], &ID.as_bytes()[..]].concat());
        assert_eq!(json_of(&ID), r#""67e55044-10b1-426f-9247-bb680e5fe0c8""#);
        let order = Order {
            id: ID,
            parts: BTreeMap::from([(Uuid::nil(), 1), (ID, 2), (Uuid::max(), 3)]),
        };
        agrees(&order);
        let shown = to_json(&Order::structure(), &bytes(&order)).unwrap();
        assert_eq!(shown, serde_json::to_value(&order).unwrap());
        assert!(codec::decode::<Uuid>(&[2, 1, 2]).is_err());
        assert_eq!(self_check::<Order>(), Ok(()));
    }

    #[test]
    fn its_fingerprints_stay_as_they_are() {
        let structure = Order::structure();
        expect!["struct Order { id: uuid, parts: map<uuid, u8> }"]
            .assert_eq(&structure.to_string());
        expect!["d3509391facf0a83dff2e8f6e3aaa35d"]
            .assert_eq(&structure.wire_fingerprint().to_string());
        expect!["ce74b99d26a3c13f4b3ec371db3c3e59"]
            .assert_eq(&structure.schema_fingerprint(Order::NAME).to_string());
    }

    proptest! {
        #[test]
        fn every_uuid_comes_back(number in any::<u128>()) {
            agrees(&Uuid::from_u128(number));
        }
    }
}

#[cfg(feature = "jiff")]
mod of_jiff {
    use jiff::{
        SignedDuration, Span, Timestamp,
        civil::{Date, DateTime, Time},
    };

    use super::*;

    #[derive(Signal, Serialize, Deserialize, Clone, Debug)]
    #[signal("test.jiff")]
    struct Meeting {
        at: Timestamp,
        local: (Date, Time, DateTime),
        every: Span,
        lasts: SignedDuration,
        log: BTreeMap<Timestamp, String>,
    }

    #[test]
    fn a_time_is_its_text_by_iso_8601() {
        figures::<Meeting>();
        let at: Timestamp = "2026-11-22T21:48:05.5Z".parse().unwrap();
        assert_eq!(bytes(&at)[..], *b"\x162026-11-22T21:48:05.5Z");
        let civil = jiff::civil::date(2026, 11, 22).at(21, 48, 5, 0);
        let meeting = Meeting {
            at,
            local: (civil.date(), civil.time(), civil),
            every: Span::new().weeks(2).minutes(-0),
            lasts: SignedDuration::from_mins(90),
            log: BTreeMap::from([(Timestamp::MIN, "first".to_owned()), (at, "now".to_owned())]),
        };
        expect![[r#"{"at":"2026-11-22T21:48:05.5Z","every":"P2W","lasts":"PT1H30M","local":["2026-11-22","21:48:05","2026-11-22T21:48:05"],"log":{"-009999-01-02T01:59:59Z":"first","2026-11-22T21:48:05.5Z":"now"}}"#]].assert_eq(&json_of(&meeting));
        let shown = to_json(&Meeting::structure(), &bytes(&meeting)).unwrap();
        let again = from_json(&Meeting::structure(), &shown).unwrap();
        assert_eq!(again, bytes(&meeting));
        let decoded: Meeting = codec::decode(&again).unwrap();
        assert_eq!(decoded.every.fieldwise(), meeting.every.fieldwise());
        assert_eq!(self_check::<Meeting>(), Ok(()));
    }

    #[test]
    fn its_fingerprints_stay_as_they_are() {
        let structure = Meeting::structure();
        expect!["struct Meeting { at: timestamp, local: (date, time, datetime), every: span, lasts: signed_duration, log: map<timestamp, string> }"].assert_eq(&structure.to_string());
        expect!["8aa7dba53f6be3e7cb1e2cb6248a87e7"]
            .assert_eq(&structure.wire_fingerprint().to_string());
        expect!["ee63d8a83e0b7053f138c1b96bcf9497"]
            .assert_eq(&structure.schema_fingerprint(Meeting::NAME).to_string());
    }

    #[test]
    fn the_edges_of_time_come_back_and_what_is_no_time_does_not() {
        agrees(&[Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX]);
        agrees(&[Date::MIN, Date::MAX]);
        agrees(&[Time::MIN, Time::MAX]);
        agrees(&[DateTime::MIN, DateTime::MAX]);
        agrees(&[
            SignedDuration::MIN,
            SignedDuration::ZERO,
            SignedDuration::MAX,
        ]);
        for text in [
            "",
            "tomorrow",
            "2026-13-01T00:00:00Z",
            "2026-01-02T03:04:05",
        ] {
            assert!(codec::decode::<Timestamp>(&bytes(&text)).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_time_comes_back(ns in any::<i64>()) {
            let at = Timestamp::from_nanosecond(ns.into()).unwrap();
            let civil = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            agrees(&(at, civil, civil.date(), civil.time(), SignedDuration::from_nanos(ns)));
        }
    }
}

#[cfg(feature = "smallvec")]
mod of_smallvec {
    use smallvec::{SmallVec, smallvec};

    use super::*;

    #[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
    #[signal("test.smallvec")]
    struct Route {
        stops: SmallVec<[Meters; 4]>,
        names: SmallVec<[String; 1]>,
    }

    #[test]
    fn a_small_vector_is_a_vector() {
        figures::<Route>();
        figures::<SmallVec<[u8; 0]>>();
        assert_eq!(SmallVec::<[u8; 4]>::structure(), Vec::<u8>::structure());
        let route = Route {
            stops: smallvec![Meters(1.0), Meters(-1.0)],
            names: smallvec!["a".to_owned(), "b".to_owned()],
        };
        agrees(&route);
        assert_eq!(
            json_of(&route),
            serde_json::to_value(&route).unwrap().to_string()
        );
        assert_eq!(bytes(&route.stops), bytes(&route.stops.to_vec()));
        assert_eq!(self_check::<Route>(), Ok(()));
    }

    #[test]
    fn a_declared_length_is_not_believed() {
        type Large = [u64; 32];
        for length in [1u64 << 20, 1 << 40, u64::MAX] {
            let declared = bytes(&length);
            assert!(codec::decode::<SmallVec<[Large; 1]>>(&declared).is_err());
        }
    }

    #[test]
    fn its_fingerprints_stay_as_they_are() {
        let structure = Route::structure();
        expect!["struct Route { stops: seq<struct Meters(f64)>, names: seq<string> }"]
            .assert_eq(&structure.to_string());
        expect!["e28f15bc4ac76f2e821a8b1d748a118d"]
            .assert_eq(&structure.wire_fingerprint().to_string());
        expect!["8aa01485011b2de43186e4d51accafdf"]
            .assert_eq(&structure.schema_fingerprint(Route::NAME).to_string());
    }
}

#[cfg(feature = "indexmap")]
mod of_indexmap {
    use indexmap::{IndexMap, IndexSet};

    use super::*;

    #[derive(Signal, Serialize, Deserialize, Clone, PartialEq, Debug)]
    #[signal("test.indexmap")]
    struct Menu {
        prices: IndexMap<String, u32>,
        tags: IndexSet<u8>,
    }

    fn menu() -> Menu {
        Menu {
            prices: IndexMap::from([("soup".to_owned(), 4), ("bread".to_owned(), 1)]),
            tags: IndexSet::from([9, 3, 5]),
        }
    }

    #[test]
    fn an_index_map_keeps_the_order_of_insertion_through_bytes_and_json() {
        figures::<Menu>();
        agrees(&menu());
        assert_eq!(
            bytes(&menu())[..],
            *b"\x02\x04soup\x04\x05bread\x01\x03\x09\x03\x05"
        );
        let decoded: Menu = codec::decode(&bytes(&menu())).unwrap();
        assert!(decoded.prices.keys().eq(["soup", "bread"]));
        assert!(decoded.tags.iter().eq(&[9, 3, 5]));
        // An object has no order that JSON's readers keep, so that one out of order is a list of pairs.
        assert_eq!(
            json_of(&menu()),
            r#"{"prices":[["soup",4],["bread",1]],"tags":[9,3,5]}"#
        );
        assert_eq!(self_check::<Menu>(), Ok(()));
    }

    #[test]
    fn an_index_map_and_a_btree_map_read_each_other() {
        assert_eq!(
            IndexMap::<String, u32>::structure(),
            BTreeMap::<String, u32>::structure()
        );
        let sorted: BTreeMap<String, u32> = codec::decode(&bytes(&menu().prices)).unwrap();
        assert!(sorted.keys().eq(["bread", "soup"]));
    }

    #[test]
    fn its_fingerprints_stay_as_they_are() {
        let structure = Menu::structure();
        expect!["struct Menu { prices: map<string, u32>, tags: set<u8> }"]
            .assert_eq(&structure.to_string());
        expect!["dc08ced460323984f4441814959e810a"]
            .assert_eq(&structure.wire_fingerprint().to_string());
        expect!["470541cc1db4ca2fd377f00774b76860"]
            .assert_eq(&structure.schema_fingerprint(Menu::NAME).to_string());
    }
}
