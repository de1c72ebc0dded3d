//! How many people whom nobody invited are served: each makes us ask the vendor, and anybody
//! can come with a code that he made up.

use std::collections::VecDeque;
use std::time::Duration;

use rackrate_core::clock::Wall;

/// So many within the window, far more than hotels that begin and far fewer than what a
/// vendor suspends a client for.
const MOST: usize = 20;
const WINDOW: Duration = Duration::from_secs(600);

/// When the last ones came.
#[derive(Clone, Debug, Default)]
pub struct Pace(VecDeque<Wall>);

impl Pace {
    /// Whether one more is served now; then it counts.
    pub fn allows(&mut self, now: Wall) -> bool {
        self.0.retain(|came| now.since(*came) < WINDOW);
        let allowed = self.0.len() < MOST;
        if allowed {
            self.0.push_back(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_within_ten_minutes_are_served_and_the_next_when_the_first_is_long_ago() {
        let mut pace = Pace::default();
        let served = |pace: &mut Pace, second: i64| pace.allows(Wall(second * 1_000));
        assert!((0..20).all(|second| served(&mut pace, second)));
        assert!(!served(&mut pace, 20) && !served(&mut pace, 599));
        assert!(served(&mut pace, 600));
        assert!(!served(&mut pace, 600));
    }
}
