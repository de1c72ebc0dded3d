//! The host's clock: simulated time is real time since the host was bound.

use std::time::{Duration, Instant};

use rackrate_core::clock::Mono;

#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(Instant);

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a host behind real sockets answers real clients, so it owns a clock"
    )]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn now(self) -> Mono {
        Mono(0).after(self.0.elapsed())
    }

    /// Waits until that point, and not less; for ever when no clock reaches it.
    pub(super) async fn until(self, at: Mono) {
        if at <= self.now() {
            // A timer would round up to its next tick.
            return;
        }
        match self.0.checked_add(Duration::from_micros(at.0)) {
            Some(at) => tokio::time::sleep_until(at.into()).await,
            None => std::future::pending().await,
        }
    }
}
