//! A status as text, for people: aligned columns, and nothing that is zero.

use std::fmt::Write as _;

use super::status::{ActorStatus, DeadLettersStatus, LinkStatus, NodeStatus, Status, TimersStatus};

/// The head of the column with the fewest places that were ever free for the actor's own domain.
const LOW_WATER: &str = "least free";

/// The whole status; it ends without a line break.
pub(super) fn status(status: &Status) -> String {
    let mut text = node(&status.node);
    if !status.links.is_empty() {
        let head = ["link", "state", "rtt", "address", "last failure"];
        text += &table(head, status.links.iter().map(link));
    }
    let several = status
        .actors
        .windows(2)
        .any(|two| two[0].domain != two[1].domain);
    if several {
        let rows = status.actors.iter().map(|one| {
            let [name, rest @ ..] = actor(one);
            let [kind, state, mailbox, low_water, handled, restarts] = rest;
            [
                name,
                one.domain.clone(),
                kind,
                state,
                mailbox,
                low_water,
                handled,
                restarts,
            ]
        });
        let head = [
            "actor", "domain", "type", "state", "mailbox", LOW_WATER, "handled", "restarts",
        ];
        text += &table(head, rows);
    } else if !status.actors.is_empty() {
        let head = [
            "actor", "type", "state", "mailbox", LOW_WATER, "handled", "restarts",
        ];
        text += &table(head, status.actors.iter().map(actor));
    }
    text += &timers(&status.timers);
    let counted = status.counters.iter().filter(|(_, count)| **count > 0);
    let counted: Vec<_> = counted
        .map(|(name, count)| [name.clone(), count.to_string()])
        .collect();
    if !counted.is_empty() {
        text += &table(["counter", "count"], counted.into_iter());
    }
    text.truncate(text.trim_end().len());
    text
}

/// The actors, one a line; it ends without a line break.
pub(super) fn actors(actors: &[&ActorStatus]) -> String {
    let head = ["actor", "type", "domain", "state", "mailbox", "restarts"];
    let rows = actors.iter().map(|actor| {
        let [name, kind, state, mailbox, _, _, restarts] = self::actor(actor);
        [name, kind, actor.domain.clone(), state, mailbox, restarts]
    });
    table(head, rows).trim().to_owned()
}

/// Dead letters, one a line, the newest last; it ends without a line break.
pub(super) fn dead_letters(found: &DeadLettersStatus) -> String {
    let mut text = match found.letters.as_slice() {
        [] => "no dead letters\n".to_owned(),
        letters => {
            let head = ["ago", "domain", "actor", "event", "cause"];
            let rows = letters.iter().map(|letter| {
                [
                    format!("{:.1} s", letter.ago_s),
                    letter.domain.clone(),
                    letter.actor.clone(),
                    letter.event.clone(),
                    letter.cause.clone(),
                ]
            });
            table(head, rows)
        }
    };
    for domain in &found.missing {
        let _ = write!(text, "\ndomain {domain} did not answer within a second");
    }
    text.trim().to_owned()
}

fn node(node: &NodeStatus) -> String {
    let NodeStatus {
        name,
        cluster,
        life,
        uptime_s,
        version,
        ..
    } = node;
    let state = match (node.leaving, node.ready) {
        (true, _) => "leaving".to_owned(),
        (false, true) => "ready".to_owned(),
        (false, false) if node.missing.is_empty() => "not ready: it is starting".to_owned(),
        (false, false) => format!("not ready: {}", node.missing.join(", ")),
    };
    let listen = node.listen.map_or_else(
        || "local".to_owned(),
        |listen| format!("listens on {listen}"),
    );
    let up = uptime(*uptime_s);
    format!(
        "node {name} of cluster {cluster}: {state}\n{listen}, up {up}, life {life}, farc {version}\n"
    )
}

/// Nothing when no timer was ever used.
fn timers(timers: &TimersStatus) -> String {
    let TimersStatus {
        armed,
        fired,
        late,
        max_late_us,
        p50_late_us,
        p99_late_us,
    } = *timers;
    if (armed, fired) == (0, 0) {
        return String::new();
    }
    let ms = |us: u64| us as f64 / 1e3;
    format!(
        "\ntimers: {armed} armed, {fired} fired, {late} late; lateness p50 {:.2} ms, p99 {:.2} ms, at most {:.2} ms\n",
        ms(p50_late_us),
        ms(p99_late_us),
        ms(max_late_us)
    )
}

fn uptime(seconds: f64) -> String {
    // Whole seconds are all that a reader wants; a clock cannot have run for less than none or more than u64 seconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped by the cast itself"
    )]
    let seconds = seconds as u64;
    match (
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ) {
        (0, 0, 0, s) => format!("{s}s"),
        (0, 0, m, s) => format!("{m}m {s}s"),
        (0, h, m, _) => format!("{h}h {m}m"),
        (d, h, _, _) => format!("{d}d {h}h"),
    }
}

fn link(link: &LinkStatus) -> [String; 5] {
    [
        link.name.clone(),
        link.state.clone(),
        link.rtt_ms
            .map_or_else(|| "-".to_owned(), |rtt| format!("{rtt:.2} ms")),
        link.address.clone(),
        link.last_failure.clone().unwrap_or_default(),
    ]
}

fn actor(actor: &ActorStatus) -> [String; 7] {
    let mailbox = actor.mailbox;
    let deferred = match mailbox.deferred {
        0 => String::new(),
        deferred => format!(" +{deferred} deferred"),
    };
    [
        actor.name.clone(),
        actor.kind.clone(),
        if actor.state.is_empty() {
            format!("({})", actor.phase)
        } else {
            actor.state.clone()
        },
        format!("{}/{}{deferred}", mailbox.depth, mailbox.capacity),
        mailbox.low_water.to_string(),
        actor.handled.to_string(),
        actor.restarts.to_string(),
    ]
}

/// Columns as wide as their widest cell, after an empty line.
fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows);
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    let mut text = String::new();
    for line in lines {
        let mut row = String::new();
        for (cell, width) in line.iter().zip(widths) {
            // Writing to a string cannot fail.
            let _ = write!(row, "{cell:width$}  ");
        }
        let _ = write!(text, "\n{}", row.trim_end());
    }
    text + "\n"
}
