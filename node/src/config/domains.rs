//! `[[domain]]`, and what must hold between a domain and its actors.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::load::{MAX_PRIORITY, Reader};
use super::report::{Code, Diagnostic};
use super::section::{Section, article};
use super::suggest::{listed, nearest};
use super::value::{Fault, duration, integer, one_of, parsed};
use super::{DomainConfig, DomainHost};
use crate::actor::MAIN_DOMAIN;

const DOMAIN: &[&str] = &["name", "priorities", "thread", "cpu", "spin"];

/// One bit of a word each in the sets of domains that an event goes to; and a machine has no use for more threads than cores.
const MAX_DOMAINS: usize = 64;
/// `cpu_set_t` has so many bits.
const MAX_CPU: u64 = 1023;
/// Waking a thread takes some 30 us: whoever looks on for longer than this burns a core and gains nothing.
const SPIN_RANGE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_millis(1);

/// The domains of the file, with the places that actors are held against.
pub(super) struct KnownDomains {
    list: Vec<KnownDomain>,
}

struct KnownDomain {
    config: DomainConfig,
    /// Where its priorities are set.
    priorities: Option<Range<usize>>,
}

impl Reader<'_> {
    pub(super) fn domains(&mut self, root: &Section<'_>) -> KnownDomains {
        let sections = root.list(&mut self.found, "domain", "[[domain]]", DOMAIN);
        if let Some(first_beyond) = sections.get(MAX_DOMAINS) {
            self.found.push(Diagnostic::new(
                Code::BadValue,
                format!("{} domains are too many", sections.len()),
                first_beyond.span(),
                format!("expected at most {MAX_DOMAINS}"),
                "each domain is a thread: have about as many as the machine has cores",
            ));
        }
        let mut names = BTreeMap::new();
        let mut list = Vec::new();
        for section in sections {
            if let Some(known) = self.domain(&section, &mut names) {
                list.push(known);
            }
        }
        KnownDomains { list }
    }

    fn domain(
        &mut self,
        section: &Section<'_>,
        names: &mut BTreeMap<String, Range<usize>>,
    ) -> Option<KnownDomain> {
        let found = &mut self.found;
        let label = parsed::<farc_protocol::name::NodeName>(
            "at most 63 lower-case letters, digits and hyphens",
            "it names the domain's thread, and stands in `status`",
        );
        let name = section.required(found, "name", "\"control\"", label);
        let priorities = section.optional(found, "priorities", priorities);
        let thread = section.optional(
            found,
            "thread",
            one_of(&[("own", DomainHost::Own), ("link", DomainHost::Link)]),
        );
        let cpu = integer(0..=MAX_CPU, "as `lscpu --extended` numbers them");
        let cpu = section.optional(found, "cpu", cpu);
        let spin = section.optional(
            found,
            "spin",
            duration(SPIN_RANGE, "\"0us\" parks the thread at once"),
        );
        if let Some(thread) = thread
            .as_ref()
            .filter(|at| *at.get_ref() == DomainHost::Link)
        {
            let of_a_thread = [
                ("cpu", cpu.as_ref().map(Spanned::span)),
                ("spin", spin.as_ref().map(Spanned::span)),
            ];
            for (key, at) in of_a_thread {
                let Some(at) = at else { continue };
                found.push(
                    Diagnostic::new(
                        Code::Conflict,
                        format!("`{key}` is for a domain on a thread of its own"),
                        at,
                        "the link's thread is not the domain's to set",
                        format!("remove `{key}`, or write `thread = \"own\"`"),
                    )
                    .also(thread.span(), "it runs on the link's thread"),
                );
            }
        }
        let name = name?;
        let text = name.get_ref().to_string();
        self.unique(names, "domain", &text, name.span());
        let mut config = DomainConfig::new(&text);
        config.origin = self.place(section.span().start);
        let at = priorities.as_ref().map(Spanned::span);
        if let Some(priorities) = priorities {
            config.priorities = priorities.into_inner();
        }
        config.thread = thread.map(Spanned::into_inner).unwrap_or_default();
        config.host.cpu = cpu.and_then(|cpu| usize::try_from(cpu.into_inner()).ok());
        if let Some(spin) = spin {
            config.host.spin = spin.into_inner();
        }
        Some(KnownDomain {
            config,
            priorities: at,
        })
    }
}

impl KnownDomains {
    /// As the node wants them.
    pub(super) fn configs(self) -> Vec<DomainConfig> {
        self.list.into_iter().map(|known| known.config).collect()
    }

    /// The domain of an actor, held against its priority. `None` for the default, and for what was reported.
    pub(super) fn of(
        &self,
        found: &mut Vec<Diagnostic>,
        actor: &Section<'_>,
        domain: Option<&Spanned<String>>,
        priority: Option<&Spanned<u64>>,
    ) -> Option<String> {
        let name = domain.map_or(MAIN_DOMAIN, |domain| domain.get_ref().as_str());
        let known = self.list.iter().find(|known| known.config.name == name);
        if let Some(known) = known {
            known.check(found, actor, domain, priority);
        } else if let Some(domain) = domain.filter(|_| name != MAIN_DOMAIN) {
            found.push(self.unknown(domain));
            return None;
        }
        domain.map(|domain| domain.get_ref().clone())
    }

    fn unknown(&self, domain: &Spanned<String>) -> Diagnostic {
        let own = self.list.iter().map(|known| known.config.name.as_str());
        let mut names: Vec<_> = own.collect();
        if !names.contains(&MAIN_DOMAIN) {
            names.insert(0, MAIN_DOMAIN);
        }
        let name = domain.get_ref();
        let help = nearest(name, names.iter().copied()).map_or_else(
            || format!("add a section `[[domain]]` with `name = \"{name}\"`, or remove this line"),
            |near| format!("did you mean `{near}`?"),
        );
        Diagnostic::new(
            Code::UnknownDomain,
            format!("unknown domain `{name}`"),
            domain.span(),
            format!("expected {}", listed(names)),
            help,
        )
    }
}

impl KnownDomain {
    fn check(
        &self,
        found: &mut Vec<Diagnostic>,
        actor: &Section<'_>,
        domain: Option<&Spanned<String>>,
        priority: Option<&Spanned<u64>>,
    ) {
        let DomainConfig {
            name, priorities, ..
        } = &self.config;
        let value = priority.map_or(0, |priority| *priority.get_ref());
        let fits = u8::try_from(value).is_ok_and(|value| priorities.contains(&value));
        let (Some(set), false) = (&self.priorities, fits) else {
            return;
        };
        let (low, high) = (priorities.start(), priorities.end());
        let at = priority
            .map(Spanned::span)
            .or_else(|| domain.map(Spanned::span));
        let title = match priority {
            Some(_) => format!("priority {value} is not one of domain `{name}`"),
            None => format!("the default priority, 0, is not one of domain `{name}`"),
        };
        found.push(
            Diagnostic::new(
                Code::BadValue,
                title,
                at.unwrap_or_else(|| actor.span()),
                format!("expected `priority` to be from {low} to {high}"),
                "change the priority, or have the actor run in another domain",
            )
            .also(set.clone(), "the priorities of the domain"),
        );
    }
}

/// The lowest and the highest of a range of priorities.
fn priorities(value: &DeValue<'_>) -> Result<RangeInclusive<u8>, Fault> {
    const EXPECTED: &str = "two priorities, the lowest and the highest";
    const HELP: &str = "for instance `priorities = [32, 63]`; 63 runs first, 0 last";
    let Some(list) = value.as_array() else {
        return Err(Fault::wrong_type(EXPECTED, value, HELP));
    };
    let read = |at: usize| {
        let value = list.get(at)?.get_ref();
        let number = integer(0..=MAX_PRIORITY, HELP)(value).ok()?;
        u8::try_from(number).ok()
    };
    match (read(0), read(1), list.len()) {
        (Some(low), Some(high), 2) if low <= high => Ok(low..=high),
        _ => {
            let wrong = list.iter().find(|value| !value.get_ref().is_integer());
            let what = wrong.map_or("", |value| article(value.get_ref()));
            let expected = match what {
                "" => format!("expected {EXPECTED}, from 0 to {MAX_PRIORITY}"),
                what => format!("expected {EXPECTED}, found {what}"),
            };
            Err(Fault::bad(expected, HELP))
        }
    }
}
