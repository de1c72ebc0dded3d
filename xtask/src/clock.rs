//! The one clock of these commands: it tells people how long a step took.

use std::time::{Duration, Instant};

/// Runs `work` and says how long it took.
#[expect(
    clippy::disallowed_methods,
    reason = "only a table for people shows the time; nothing is decided by it"
)]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = work();
    (value, start.elapsed())
}
