//! The protocols by which threads reach a domain, and a domain its tasks, in every interleaving that matters.
//!
//! `bell`, `park`, `inbox`, `lane`, `waiters`, `work` and `asks` of the kernel are compiled here once more, as they are, with loom's locks,
//! atomics and parking in place of the system's (`kernel::sync`). Each model is a few threads with a handful of operations; loom runs it again and again until each
//! order with up to three preemptions was tried, and each value that a load may see.
//!
//! Models are only worth what they find. Each names the bugs that it is there to find.
#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

#[path = "../../src/clock.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "public in the library; the models have clocks of their own"
)]
mod clock;
mod kernel;

/// What the lane writes down of what it loses.
mod observe {
    pub(crate) use farc::observe::Cause;
}

use loom::model::Builder;

/// Runs a model in every order with up to three preemptions: enough for each pair of operations to meet in each order, and no more than a few
/// seconds.
fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}
