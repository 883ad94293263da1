//! What the file says of failures: `restart` of an actor, and `[watchdog]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;

use super::WatchdogConfig;
use super::report::{Code, Diagnostic};
use super::section::Section;
use super::value::{duration, integer, one_of};
use crate::actor::RestartPolicy;

const RESTART: &[&str] = &["limit", "within", "backoff", "max_backoff"];
pub(super) const WATCHDOG: &[&str] = &["warn", "error", "unhealthy"];

/// More failures than this are not counted one by one.
const MAX_LIMIT: u64 = 1024;
/// Zero would be forgiven at once.
const WITHIN: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(86_400);
/// Below, an actor could come back more often than the domain admits; above, it is as good as stopped.
const BACKOFF: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(3600);
/// Below, the watchdog itself would be work; above, nobody waits for it.
const STEP: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(3600);

/// `restart = "stop"`, or the numbers of a restart: `restart = { limit = 3, within = "5s" }`.
pub(super) fn restart(actor: &Section<'_>, found: &mut Vec<Diagnostic>) -> Option<RestartPolicy> {
    let value = actor.raw("restart")?;
    if value.get_ref().as_table().is_none() {
        let word = one_of(&[
            ("restart", Word::Restart),
            ("stop", Word::Stop),
            ("escalate", Word::Escalate),
        ]);
        let word = actor.optional(found, "restart", word)?;
        return Some(match word.into_inner() {
            Word::Restart => RestartPolicy::default(),
            Word::Stop => RestartPolicy::Stop,
            Word::Escalate => RestartPolicy::Escalate,
        });
    }
    let section = actor.section(found, "restart", "restart", RESTART)?;
    let limit = integer(
        0..=MAX_LIMIT,
        "how many failures are forgiven within the time",
    );
    let limit = section.optional(found, "limit", limit);
    let within = duration(WITHIN, "the time within which failures are counted");
    let within = section.optional(found, "within", within);
    let backoff = "how long the actor stays down after the first failure; it doubles";
    let backoff = section.optional(found, "backoff", duration(BACKOFF, backoff));
    let max = "the longest that the actor stays down";
    let max = section.optional(found, "max_backoff", duration(BACKOFF, max));
    let mut policy = RestartPolicy::default();
    if let RestartPolicy::Restart {
        limit: into_limit,
        within: into_within,
        backoff: into_backoff,
        max_backoff: into_max,
    } = &mut policy
    {
        if let Some(limit) = limit.and_then(|limit| u32::try_from(limit.into_inner()).ok()) {
            *into_limit = limit;
        }
        set(into_within, within);
        set(into_max, max.clone());
        if let Some(backoff) = backoff {
            if backoff.get_ref() > into_max {
                let default = *into_max;
                let label = format!("expected at most `max_backoff`, which is {default:?}");
                let title = "`backoff` is longer than `max_backoff`";
                let help = "the pause doubles from `backoff` up to `max_backoff`";
                let wrong = Diagnostic::new(Code::Conflict, title, backoff.span(), label, help);
                found.push(match max {
                    Some(max) => wrong.also(max.span(), "the longest pause"),
                    None => wrong,
                });
            }
            *into_backoff = backoff.into_inner();
        }
    }
    Some(policy)
}

#[derive(Clone, Copy)]
enum Word {
    Restart,
    Stop,
    Escalate,
}

fn set(into: &mut Duration, value: Option<Spanned<Duration>>) {
    if let Some(value) = value {
        *into = value.into_inner();
    }
}

/// `[watchdog]`.
pub(super) fn watchdog(root: &Section<'_>, found: &mut Vec<Diagnostic>) -> WatchdogConfig {
    let mut limits = WatchdogConfig::default();
    let Some(section) = root.section(found, "watchdog", "[watchdog]", WATCHDOG) else {
        return limits;
    };
    let help = "how long a step of an actor may take";
    let mut read = |key| section.optional(found, key, duration(STEP, help));
    let (warn, error, unhealthy) = (read("warn"), read("error"), read("unhealthy"));
    set(&mut limits.warn, warn);
    set(&mut limits.error, error);
    set(&mut limits.unhealthy, unhealthy);
    if limits.warn > limits.error || limits.error > limits.unhealthy {
        let WatchdogConfig {
            warn,
            error,
            unhealthy,
        } = limits;
        found.push(Diagnostic::new(
            Code::Conflict,
            format!("the watchdog's limits do not rise: warn {warn:?}, error {error:?}, unhealthy {unhealthy:?}"),
            section.span(),
            "expected `warn` <= `error` <= `unhealthy`",
            "their defaults are 100ms, 1s and 5s",
        ));
    }
    limits
}
