//! Allowances as the vendor counts them: arrivals by client, and PUTs by rate plan, live or
//! trial. Calls that are refused here are not counted.
//!
//! Of the average for a second the vendor does not say what it is taken over; ten seconds
//! are a choice of this simulator.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::state::At;
use super::switches::Kind;

const SECOND: u64 = 1_000_000;
/// Arrivals in so many seconds.
type Figures = &'static [(usize, u64)];

fn of_a_client(kind: Kind) -> Figures {
    match kind {
        Kind::Live => &[(3_500, 60), (200, 1), (1_000, 10)],
        Kind::Trial => &[(200, 60), (5, 1)],
    }
}

fn of_a_plan(kind: Kind) -> Figures {
    match kind {
        Kind::Live => &[(50, 1_200), (150, 3_600)],
        Kind::Trial => &[(10, 1_200), (30, 3_600)],
    }
}

/// Arrivals that still count, and until when a caller was asked to wait.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct PlanMeter {
    arrivals: VecDeque<At>,
    closed_until: Option<At>,
}

/// What a meter says to an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Excess {
    /// Whole seconds to wait.
    pub(super) seconds: u64,
    /// It came before an earlier wait was over.
    pub(super) early: bool,
}

impl PlanMeter {
    /// Whether an arrival is beyond the figures; nothing is counted yet.
    fn excess(&mut self, figures: Figures, at: At) -> Option<Excess> {
        let longest = figures.iter().map(|(_, seconds)| *seconds).max();
        let longest = longest.unwrap_or(0) * SECOND;
        while self
            .arrivals
            .front()
            .is_some_and(|one| at.since(*one) >= longest)
        {
            self.arrivals.pop_front();
        }
        let wait = figures.iter().filter_map(|(limit, seconds)| {
            let nth = self.arrivals.len().checked_sub(*limit)?;
            let oldest = self.arrivals.get(nth)?;
            (seconds * SECOND).checked_sub(at.since(*oldest))
        });
        let wait = wait.max().filter(|wait| *wait > 0)?;
        let early = self.closed_until.is_some_and(|until| at < until);
        let seconds = wait.div_ceil(SECOND);
        let until = at.plus_micros(seconds * SECOND);
        self.closed_until = self.closed_until.max(Some(until));
        Some(Excess { seconds, early })
    }

    fn count(&mut self, at: At) {
        self.arrivals.push_back(at);
    }
}

/// The meters of clients.
#[derive(Debug, Default)]
pub(super) struct Meters(BTreeMap<String, PlanMeter>);

impl Meters {
    /// Counts a call of a client, and of a PUT to `plan` too; of both or of none.
    pub(super) fn arrive(
        &mut self,
        client: &str,
        plan: Option<&mut PlanMeter>,
        kind: Kind,
        at: At,
    ) -> Result<(), Excess> {
        let own = self.0.entry(client.to_owned()).or_default();
        let mut excess = own.excess(of_a_client(kind), at);
        let plan = match plan {
            None => None,
            Some(plan) => {
                excess = excess.or_else(|| plan.excess(of_a_plan(kind), at));
                Some(plan)
            }
        };
        match excess {
            Some(excess) => Err(excess),
            None => {
                own.count(at);
                if let Some(plan) = plan {
                    plan.count(at);
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_put_of_a_trial_plan_waits_and_is_not_counted() {
        let (mut clients, mut plan) = (Meters::default(), PlanMeter::default());
        let mut put = |seconds: u64| {
            let at = At::default().plus_micros(seconds * SECOND);
            clients.arrive("A", Some(&mut plan), Kind::Trial, at)
        };
        assert!((0..10).all(|at| put(at * 10).is_ok()));
        let wait = |seconds, early| Err(Excess { seconds, early });
        assert_eq!(put(100), wait(1_100, false));
        assert_eq!(put(150), wait(1_050, true));
        assert_eq!(put(1_200), Ok(()));
        assert_eq!(put(1_201), wait(9, false));
    }

    #[test]
    fn a_client_is_counted_in_each_span_and_apart_from_others() {
        let mut clients = Meters::default();
        let mut call = |client, at| clients.arrive(client, None, Kind::Trial, at);
        let now = At::default();
        assert!((0..5).all(|_| call("A", now).is_ok()));
        assert!(call("A", now).is_err());
        assert!(call("B", now).is_ok());
        assert!(call("A", now.plus_micros(SECOND)).is_ok());
    }
}
