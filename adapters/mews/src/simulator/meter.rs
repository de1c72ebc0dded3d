//! The vendor's meter: 200 requests in a window of 30 seconds that the first one opens.

use std::time::Duration;

use rackrate_core::clock::Mono;

const LIMIT: u32 = 200;
const WINDOW: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Burst {
    opened: Option<Mono>,
    count: u32,
    /// Until when a refused caller was told to wait.
    told: Option<Mono>,
}

/// A request beyond the allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beyond {
    /// Until the window ends.
    pub(super) wait: Duration,
    /// Whether it came although an earlier one was told to wait.
    pub(super) early: bool,
}

impl Burst {
    /// Counts a request.
    pub(super) fn arrive(&mut self, now: Mono) -> Result<(), Beyond> {
        let opened = self.opened.filter(|opened| now.since(*opened) < WINDOW);
        let Some(opened) = opened else {
            *self = Self {
                opened: Some(now),
                count: 1,
                told: None,
            };
            return Ok(());
        };
        if self.count < LIMIT {
            self.count += 1;
            return Ok(());
        }
        let end = opened.after(WINDOW);
        let early = self.told.replace(end).is_some();
        Err(Beyond {
            wait: end.since(now),
            early,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_opens_with_the_first_request_of_a_burst() {
        let mut burst = Burst::default();
        let at = |seconds: u64| Mono(seconds * 1_000_000);
        for _ in 0..LIMIT {
            assert_eq!(burst.arrive(at(100)), Ok(()));
        }
        let beyond = |seconds, early| {
            let wait = Duration::from_secs(seconds);
            Err(Beyond { wait, early })
        };
        assert_eq!(burst.arrive(at(110)), beyond(20, false));
        assert_eq!(burst.arrive(at(129)), beyond(1, true));
        assert_eq!(burst.arrive(at(130)), Ok(()));
    }
}
