//! What comes in from the links and waits for a domain: one queue in front of each.
//!
//! An event of a peer goes to every domain with a receiver, and is settled there alone: a domain that does not come to an end fills its own
//! queue and no other.

use std::collections::VecDeque;

use super::inbound::Inbound;
use super::port::InboundState;
use super::{BusSettings, Delivery, GapReport, Local};
use crate::kernel::Inbox;

/// How many gaps of one peer wait for a domain one by one. A peer decides how many it reports; beyond, they merge and tell less.
pub(super) const MOST_GAPS: usize = 1024;

/// The queues, by the domains' numbers. The first one is there before its domain.
pub(super) struct Lanes {
    list: Vec<DomainLane>,
}

#[derive(Default)]
pub(super) struct DomainLane {
    domain: Option<Inbox<Local>>,
    pub(super) items: VecDeque<Inbound>,
    /// Whether the domain has been asked to look.
    called: bool,
    /// The domain is no more.
    gone: bool,
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            list: vec![DomainLane::default()],
        }
    }
}

impl Lanes {
    /// The number of a domain that is new, if the bus serves so many.
    pub(super) fn attach(&mut self, domain: Inbox<Local>, most: u16) -> Option<u16> {
        let free = |lane: &DomainLane| lane.domain.is_none() && !lane.gone;
        let number = match self.list.iter().position(free) {
            Some(number) => number,
            None if self.list.len() < usize::from(most) => {
                self.list.push(DomainLane::default());
                self.list.len() - 1
            }
            None => return None,
        };
        self.list[number].domain = Some(domain);
        Some(number as u16)
    }

    /// Nothing more waits for this domain. What did is for the caller to settle.
    pub(super) fn detach(&mut self, domain: u16) -> VecDeque<Inbound> {
        let Some(lane) = self.list.get_mut(usize::from(domain)) else {
            return VecDeque::new();
        };
        lane.domain = None;
        lane.gone = true;
        std::mem::take(&mut lane.items)
    }

    /// How many domains there are, or will be.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The queue of a domain that is not gone.
    pub(super) fn of(&mut self, domain: u16) -> Option<&mut DomainLane> {
        self.list
            .get_mut(usize::from(domain))
            .filter(|lane| !lane.gone)
    }

    /// Queues something for each domain but one.
    pub(super) fn push_all(&mut self, but: Option<u16>, item: impl Fn() -> Inbound) {
        for (number, lane) in self.list.iter_mut().enumerate() {
            if !lane.gone && but.is_none_or(|but| usize::from(but) != number) {
                lane.items.push_back(item());
            }
        }
    }

    /// Queues a gap of a peer for each domain.
    pub(super) fn push_gap(&mut self, port: &mut InboundState<'_>, peer: u16, report: &GapReport) {
        for (number, lane) in self.list.iter_mut().enumerate() {
            if lane.gone {
                continue;
            }
            let waiting = port.lane(number as u16);
            if waiting.gaps < MOST_GAPS || !lane.merge(peer, report) {
                waiting.gaps += 1;
                lane.items.push_back(Inbound::Gap(peer, report.clone()));
            }
        }
    }

    /// The domains that are to be asked to look, once for all that comes before they do.
    pub(super) fn take_calls(&mut self) -> Vec<Inbox<Local>> {
        self.list
            .iter_mut()
            .filter_map(DomainLane::take_call)
            .collect()
    }
}

impl DomainLane {
    fn take_call(&mut self) -> Option<Inbox<Local>> {
        if self.called || self.items.is_empty() {
            return None;
        }
        let domain = self.domain.clone()?;
        self.called = true;
        Some(domain)
    }

    /// Takes what waits, at most so many items, the oldest first. Usually that is an exchange, which brings the allocation along. If more
    /// is left, the domain that is returned is to be asked again.
    pub(super) fn take(
        &mut self,
        empty: &mut VecDeque<Inbound>,
        most: usize,
    ) -> Option<Inbox<Local>> {
        self.called = false;
        if self.items.len() <= most {
            std::mem::swap(&mut self.items, empty);
            return None;
        }
        empty.extend(self.items.drain(..most));
        self.take_call()
    }

    /// Queues an event of a peer, or counts it at its place in the order.
    pub(super) fn offer(
        &mut self,
        port: &mut InboundState<'_>,
        (domain, peer): (u16, u16),
        message: Delivery,
        bounds: &BusSettings,
    ) {
        let waiting = port.lane(domain);
        let bytes = waiting.bytes + message.payload.len();
        if waiting.messages < bounds.inbound_messages && bytes <= bounds.inbound_bytes {
            waiting.messages += 1;
            waiting.bytes = bytes;
            self.items.push_back(Inbound::Message(peer, message));
        } else {
            port.books().lane_full += 1;
            self.overflow(peer, &message);
        }
    }

    /// Adds a gap to the last one of its kind, which then names neither signals nor a receiver and so concerns all. False: there is none.
    fn merge(&mut self, peer: u16, report: &GapReport) -> bool {
        let alike = self.items.iter_mut().rev().find_map(|item| match item {
            Inbound::Gap(from, gap) => {
                let is_alike = *from == peer
                    && gap.life == report.life
                    && gap.class == report.class
                    && gap.cause == report.cause;
                is_alike.then_some(gap)
            }
            Inbound::Message(..)
            | Inbound::Overflow { .. }
            | Inbound::System(_)
            | Inbound::Announce(_) => None,
        });
        let Some(gap) = alike else { return false };
        gap.count = gap.count.saturating_add(report.count);
        gap.signals.clear();
        gap.account = 0;
        true
    }

    /// Counts a message without room at its place in the order, together with those before it.
    pub(super) fn overflow(&mut self, peer: u16, message: &Delivery) {
        for item in self.items.iter_mut().rev() {
            match item {
                Inbound::Overflow {
                    peer: from,
                    signal,
                    life,
                    class,
                    version,
                    count,
                } => {
                    if *from == peer
                        && *signal == message.signal
                        && *life == message.life
                        && *class == message.class
                    {
                        *version = message.version.max(*version);
                        *count += 1;
                        return;
                    }
                }
                // Two losses without an event between them have no order.
                Inbound::Gap(..) => {}
                Inbound::Message(..) | Inbound::System(_) | Inbound::Announce(_) => break,
            }
        }
        self.items.push_back(Inbound::Overflow {
            peer,
            signal: message.signal,
            life: message.life,
            class: message.class,
            version: message.version,
            count: 1,
        });
    }
}
