//! Journals as they are written, read, and torn.

use super::*;

fn read(pieces: &[&[u8]]) -> (Words, Result<Vec<(u64, Record)>, Corrupt>) {
    let (mut words, mut records, mut reader) = (Words::default(), Vec::new(), Reader::default());
    let outcome = pieces
        .iter()
        .try_for_each(|piece| reader.feed(piece, &mut words, &mut records));
    (words, outcome.map(|()| records))
}

#[test]
fn what_is_written_is_read_back() {
    let entries = [
        Entry::Start {
            node: "node-a",
            life: &"17-4",
        },
        Entry::Publish {
            actor: "ticker",
            signal: "demo.tick",
            n: 1,
            receivers: 3,
        },
        Entry::Dispatch {
            actor: "ticker",
            signal: "demo.tick",
            node: "node-b",
            publisher: "ticker",
            life: &"18-5",
            n: 9,
        },
        Entry::Gap {
            actor: "ticker",
            peer: "node-b",
            life: &"18-5",
            cause: "age",
            count: 3,
            signals: &[("demo.tick".into(), 2), ("dining.grant".into(), 1)],
        },
        Entry::Eat {
            actor: "philosopher-2",
            philosopher: 2,
            lease: 77,
            ends: 1_000,
        },
        Entry::Done {
            actor: "philosopher-2",
            philosopher: 2,
            lease: 77,
        },
        Entry::Link {
            peer: "node-b",
            change: "down:unreachable",
        },
    ];
    let text: String = entries
        .iter()
        .zip(1..)
        .map(|(entry, time)| entry.line(time))
        .collect();
    let (mut words, records) = read(&[text.as_bytes()]);
    let mut word = |text: &str| words.number(text);
    let (a, b, ticker, tick) = (
        word("node-a"),
        word("node-b"),
        word("ticker"),
        word("demo.tick"),
    );
    assert_eq!(
        records.unwrap(),
        [
            (
                1,
                Record::Start {
                    node: a,
                    life: word("17-4")
                }
            ),
            (
                2,
                Record::Publish {
                    actor: ticker,
                    signal: tick,
                    n: 1,
                    receivers: 3
                }
            ),
            (
                3,
                Record::Dispatch {
                    actor: ticker,
                    signal: tick,
                    from: Publisher {
                        node: b,
                        actor: ticker,
                        life: word("18-5")
                    },
                    n: 9
                }
            ),
            (
                4,
                Record::Gap {
                    actor: ticker,
                    peer: b,
                    life: word("18-5"),
                    cause: word("age"),
                    count: 3,
                    signals: vec![(tick, 2), (word("dining.grant"), 1)]
                }
            ),
            (
                5,
                Record::Eat {
                    philosopher: 2,
                    lease: 77,
                    ends: 1_000
                }
            ),
            (
                6,
                Record::Done {
                    philosopher: 2,
                    lease: 77
                }
            ),
            (
                7,
                Record::Link {
                    peer: b,
                    change: word("down:unreachable")
                }
            ),
        ]
    );
}

#[test]
fn a_record_may_arrive_in_pieces() {
    let (_, records) = read(&[b"\nS 1 a 1", b"-2\nF 2 ", b"p 3", b" 4\n"]);
    assert_eq!(records.unwrap().len(), 2);
}

#[test]
fn a_torn_last_line_is_tolerated() {
    let (_, records) = read(&[b"S 1 a 1-2\nF 2 p 3 4\nD 3 ticker dem"]);
    assert_eq!(records.unwrap().len(), 2);
}

#[test]
fn a_torn_line_before_the_next_life_is_tolerated() {
    let (_, records) = read(&[
        b"S 1 a 1-2\nF 2 p 3 4\nD 3 ticker dem",
        b"\nS 9 a 2-7\nF 10 p 3 5\n",
    ]);
    assert_eq!(records.unwrap().len(), 4);
}

#[test]
fn a_torn_line_in_the_middle_of_a_life_is_not() {
    let (_, records) = read(&[b"S 1 a 1-2\nD 3 ticker F 2 p 3 4 5\nF 3 p 3 5\n"]);
    assert_eq!(
        records,
        Err(Corrupt {
            line: "D 3 ticker F 2 p 3 4 5".into()
        })
    );
}

#[test]
fn a_number_that_is_too_large_is_no_record() {
    let (_, records) = read(&[b"S 1 a 1-2\nF 3 p 99999999999 4\nF 3 p 3 5\n"]);
    assert!(records.is_err());
}
