//! The one place that reads clocks and draws randomness for the engine.
//!
//! Invariant: both points of a [`Now`] are of the same moment, and the engine, the driver
//! and the token handle of one run are given the same clock.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rackrate_core::clock::{Mono, Wall};
use rackrate_core::seed::Seed;
use tokio::time::Instant;

use crate::engine::types::Now;

/// Tells the time; clones tell the same.
#[derive(Clone)]
pub struct Clock {
    base: Instant,
    wall: Arc<dyn Fn() -> Wall + Send + Sync>,
    /// Jitter only: nothing secret comes from it.
    seed: Arc<Mutex<Seed>>,
}

impl Clock {
    /// The clocks of this machine; jitter starts from its entropy.
    pub fn system() -> Self {
        let mut bytes = [0; 8];
        #[expect(
            clippy::disallowed_methods,
            reason = "the driver is where randomness enters"
        )]
        let drawn = getrandom::fill(&mut bytes);
        let seed = match drawn {
            Ok(()) => u64::from_le_bytes(bytes),
            // Without entropy the time has to do: jitter need not be unpredictable.
            Err(_) => u64::from_le_bytes(civil().0.to_le_bytes()),
        };
        Self::new(seed, civil)
    }

    /// A clock with its own civil time and reproducible jitter.
    pub fn new(seed: u64, wall: impl Fn() -> Wall + Send + Sync + 'static) -> Self {
        Self {
            base: Instant::now(),
            wall: Arc::new(wall),
            seed: Arc::new(Mutex::new(Seed::new(seed))),
        }
    }

    /// This moment, and a fresh number.
    pub fn now(&self) -> Now {
        let (mono, wall) = self.moment();
        let mut seed = self.seed.lock().unwrap_or_else(PoisonError::into_inner);
        Now {
            mono,
            wall,
            random: seed.draw(),
        }
    }

    /// This moment.
    pub(crate) fn moment(&self) -> (Mono, Wall) {
        (Mono(0).after(self.base.elapsed()), (self.wall)())
    }

    /// When that moment is, for a timer.
    pub(super) fn instant(&self, at: Mono) -> Instant {
        self.base + at.since(Mono(0))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

fn civil() -> Wall {
    #[expect(
        clippy::disallowed_methods,
        reason = "the driver is where civil time enters"
    )]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
