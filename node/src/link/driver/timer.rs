//! The one timer of a driver.

use std::pin::Pin;
use std::task::Context;
use std::time::Instant;

use tokio::time::{Sleep, sleep};

/// Wakes the task at the earliest deadline that it was shown. It measures spans on tokio's clock, so that the node's own clock may be any.
#[derive(Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: Option<Instant>,
}

impl Timer {
    /// Arms for `next`; true when that is already over and the task should go on at once.
    ///
    /// A deadline that moves away, as most do with each message, costs nothing: the timer rings once too early and is then set right.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        next: Option<Instant>,
    ) -> bool {
        let Some(next) = next else {
            self.armed = None;
            return false;
        };
        let Some(span) = next
            .checked_duration_since(now)
            .filter(|span| !span.is_zero())
        else {
            self.armed = None;
            return true;
        };
        if let Some(sleep) = &mut self.sleep
            && self.armed.is_some_and(|armed| armed <= next)
            && sleep.as_mut().poll(cx).is_pending()
        {
            return false;
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(span)));
        sleep.as_mut().reset(tokio::time::Instant::now() + span);
        self.armed = Some(next);
        sleep.as_mut().poll(cx).is_ready()
    }
}
