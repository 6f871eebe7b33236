//! The log of one test, where others run beside it.

use std::sync::LazyLock;

use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

/// Wants nothing, and is there.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Has what this thread logs go to this subscriber until the guard is dropped.
///
/// As long as a program has a single subscriber, `tracing` asks the first thread that comes to a line of the log whether that line is
/// wanted, and keeps the answer for all: of a thread without a log it is no. Where there are two, all are asked
/// (`Rebuilder::JustOne` in `callsite.rs` of tracing-core 0.1).
pub fn log_to(subscriber: impl Into<Dispatch>) -> DefaultGuard {
    LazyLock::force(&ANOTHER);
    tracing::dispatcher::set_default(&subscriber.into())
}
