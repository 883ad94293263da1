//! What becomes of an actor whose code panicked, and of the event that it panicked on (D2 to D4).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Cell, Failed, construct};
use crate::actor::random::Random;
use crate::actor::{Actor, RestartPolicy};
use crate::bus::Local;
use crate::hsm::{Machine, Outcome};
use crate::kernel::{AskError, Core, Deadline, Ends, Origin, Phase, guard, variant};
use crate::observe::{Cause, Restarted};
use crate::sys::ActorFailed;

/// How many failures are remembered: a policy that forgives more than these within its time forgives all.
const REMEMBERED: usize = 1024;

/// The policy, and what happened so far: absent while an actor has the default policy and has not failed.
pub(super) struct Supervision(Option<Box<Past>>);

#[derive(Default)]
struct Past {
    policy: RestartPolicy,
    /// Apart from the actor's own numbers, so that failures do not shift them.
    jitter: Option<Random>,
    /// When it failed, within the time of the policy.
    recent: VecDeque<Instant>,
    /// How often it failed without a healthy time between: so often the back-off has doubled.
    in_a_row: u32,
    /// Since when it has been there again.
    since: Option<Instant>,
    restarts: u64,
    last: Option<String>,
    /// The restart that is to come.
    next: Option<Deadline>,
}

/// What an actor was doing when it failed, for logs.
struct Doing {
    event: &'static str,
    state: &'static str,
}

/// What follows from a failure.
#[derive(Clone, Copy)]
enum Verdict {
    /// It is constructed anew after this time.
    Restart(Duration),
    Stop,
    /// It stops, and so does the node.
    Escalate,
}

impl Supervision {
    pub(super) fn new(policy: RestartPolicy) -> Self {
        let other = policy != RestartPolicy::default();
        Self(other.then(|| {
            Box::new(Past {
                policy,
                ..Past::default()
            })
        }))
    }

    /// How often the actor was constructed anew, and why the last time.
    pub(super) fn failures(&self) -> (u64, Option<&str>) {
        let past = self.0.as_deref();
        past.map_or((0, None), |past| (past.restarts, past.last.as_deref()))
    }

    /// The restart that was to come, for whoever calls it off.
    pub(super) fn take_next(&mut self) -> Option<Deadline> {
        self.0.as_mut()?.next.take()
    }

    /// A panic that changes nothing any more.
    pub(super) fn note(&mut self, panic: String) {
        self.past().last = Some(panic);
    }

    fn past(&mut self) -> &mut Past {
        self.0.get_or_insert_default()
    }

    fn judge(&mut self, core: &Core, local: &Local, slot: u32) -> Verdict {
        let now = core.now();
        let past = self.past();
        let (limit, within, backoff, max_backoff) = match past.policy {
            RestartPolicy::Restart {
                limit,
                within,
                backoff,
                max_backoff,
            } => (limit, within, backoff, max_backoff),
            RestartPolicy::Stop => return Verdict::Stop,
            RestartPolicy::Escalate => return Verdict::Escalate,
        };
        let is_over = |&at: &Instant| now.saturating_duration_since(at) >= within;
        while past.recent.front().is_some_and(is_over) {
            past.recent.pop_front();
        }
        if past.recent.len() >= limit as usize {
            return Verdict::Stop;
        }
        // A healthy time is as long as failures count: an actor that fails again before is where it was.
        if past.since.is_some_and(|since| is_over(&since)) {
            past.in_a_row = 0;
        }
        let doublings = past.in_a_row.min(31);
        past.in_a_row = past.in_a_row.saturating_add(1);
        if past.recent.len() == REMEMBERED {
            past.recent.pop_front();
        }
        past.recent.push_back(now);
        let longest = backoff.saturating_mul(1 << doublings).min(max_backoff);
        // Between one half and all of it.
        let jitter = past
            .jitter
            .get_or_insert_with(|| Random::new(local.seed(), "restart", core.name(slot)));
        let part = (jitter.next() >> 33) as u32;
        let down = longest / 2 + (longest / 2).mul_f64(f64::from(part) / f64::from(u32::MAX >> 1));
        Verdict::Restart(down)
    }
}

impl<A: Actor> Cell<A> {
    /// The step that had this event failed.
    #[cold]
    pub(super) fn fail_on(
        &mut self,
        core: &mut Core,
        local: &mut Local,
        (event, origin): (A::Event, Origin),
        panic: String,
    ) {
        if core.take_stopping() {
            return self.end_on(core, local, (event, origin), &panic);
        }
        let verdict = self.supervision.judge(core, local, self.slot);
        let doing = Doing {
            event: variant(&event),
            state: self.state_before(core),
        };
        let comes_back = matches!(verdict, Verdict::Restart(_));
        let again = A::RETRY && comes_back && !core.is_redelivered::<A::Event>(self.slot);
        core.set_phase(self.slot, Phase::Waiting);
        core.not_delivered(self.slot);
        if again {
            core.put_again(self.slot, event, origin);
        } else {
            core.lost(self.slot, doing.event, Cause::Poison, 1);
            core.end_request(origin, AskError::NoAnswer);
            let _ = guard(|| drop(event));
        }
        self.go_down(core, local, (verdict, doing), panic);
    }

    /// The step that had this event answered `Stop`, and an exit action panicked. The actor wanted to go, and goes (A27); its event was not dispatched
    /// to the end (D4).
    fn end_on(
        &mut self,
        core: &mut Core,
        local: &mut Local,
        (event, origin): (A::Event, Origin),
        panic: &str,
    ) {
        let slot = self.slot;
        core.abandon_exits(slot, panic);
        core.not_delivered(slot);
        core.lost(slot, variant(&event), Cause::Poison, 1);
        core.end_request(origin, AskError::NoAnswer);
        let _ = guard(|| drop(event));
        self.end(core, local);
    }

    /// The step was complete, and the drop of its event panicked.
    #[cold]
    pub(super) fn fail_after(
        &mut self,
        core: &mut Core,
        local: &mut Local,
        outcome: Outcome<A>,
        panic: String,
    ) {
        if matches!(outcome, Outcome::Stopped) {
            tracing::error!(actor = %core.name(self.slot), panic, "an event panicked while it was dropped");
            self.end(core, local);
        } else {
            self.fail(core, local, panic);
        }
    }

    /// The actor failed between two events, or after one.
    #[cold]
    pub(super) fn fail(&mut self, core: &mut Core, local: &mut Local, panic: String) {
        let verdict = self.supervision.judge(core, local, self.slot);
        let doing = Doing {
            event: "",
            state: self.state_before(core),
        };
        core.set_phase(self.slot, Phase::Waiting);
        self.go_down(core, local, (verdict, doing), panic);
    }

    /// The active leaf when the step began: the machine of a step that panicked has none.
    fn state_before(&self, core: &Core) -> &'static str {
        core.told_state().map_or("", Self::NAMES.state)
    }

    /// The state is discarded, and the actor comes back after a while or stays stopped.
    fn go_down(
        &mut self,
        core: &mut Core,
        local: &mut Local,
        (verdict, doing): (Verdict, Doing),
        panic: String,
    ) {
        let slot = self.slot;
        // Drops run user code; what it does now changes nothing any more.
        let machine = self.machine.take();
        let _ = guard(|| drop(machine));
        core.disarm::<A::Event>(slot, Ends::All);
        // What it had asked was a matter of its state.
        core.withdraw_all::<A::Event>(slot);
        // The actor that comes back has none of the states that wanted to wait (D3).
        self.recall(core);
        let after = match verdict {
            Verdict::Restart(after) => Some(after),
            Verdict::Stop | Verdict::Escalate => None,
        };
        core.observe(|observer| {
            observer.restarted(&Restarted {
                actor: core.name(slot),
                cause: &panic,
                after,
                now: core.now(),
            });
        });
        let actor = core.name(slot).clone();
        let Doing { event, state } = doing;
        if let Some(after) = after {
            tracing::error!(%actor, state, event, panic, ?after, "an actor failed and will be constructed anew");
            let turn = core.restart_after(slot, after);
            let past = self.supervision.past();
            past.next = Some(turn);
            past.last = Some(panic);
            return;
        }
        tracing::error!(%actor, state, event, panic, "an actor failed and stays stopped");
        self.finish(core, local);
        if let Some(oldest) = core.stay_down(slot) {
            local.remove_actor(core, oldest);
        }
        local.announce(
            core,
            ActorFailed {
                actor: actor.to_string(),
                cause: panic.clone(),
            },
        );
        if matches!(verdict, Verdict::Escalate) {
            core.escalate(&actor, &panic);
        }
        self.supervision.note(panic);
    }

    /// Constructs the actor anew and starts it.
    pub(super) fn come_back(&mut self, core: &mut Core, local: &mut Local) {
        let name = core.name(self.slot).clone();
        core.tell_no_event(self.slot);
        let past = self.supervision.past();
        past.restarts += 1;
        past.next = None;
        past.since = Some(core.now());
        match construct::<A>(core, local, &name, &self.args, &mut self.random) {
            Ok(actor) => {
                self.machine = Some(Machine::new(actor));
                self.run_start(core, local);
            }
            Err(Failed::Said(error)) => self.fail(core, local, error.to_string()),
            Err(Failed::Panicked(panic)) => self.fail(core, local, panic),
        }
    }
}
