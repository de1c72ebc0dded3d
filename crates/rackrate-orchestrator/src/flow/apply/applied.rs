//! What became of a plan: nights by ending, what is open and why, and the exit code of that.

use std::collections::BTreeMap;
use std::sync::Arc;

use rackrate_core::chunk::Target;
use rackrate_core::error::ErrorKind;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::op::{Ending, Outcome};
use rackrate_runtime::engine::types::{Failure, LaneIx};

use crate::exit::Exit;
use crate::flow::rotating::Rotating;
use crate::problem::of_failure;

/// How a run of `apply` ended.
#[derive(Debug, Default)]
pub struct Applied {
    /// Nights by ending, over all prices.
    pub nights: BTreeMap<Ending, u64>,
    /// Nights with a price by ending, for each connection.
    pub by_connection: BTreeMap<ConnectionId, BTreeMap<Ending, u64>>,
    /// Nights with restrictions that travelled by themselves, likewise.
    pub rules_by_connection: BTreeMap<ConnectionId, BTreeMap<Ending, u64>>,
    /// What did not end as confirmed, with why.
    pub open: Vec<Outcome>,
    /// Lanes that were stopped, with why, and nights that changed beside those written.
    pub findings: Vec<Finding>,
    /// The strongest reason of those.
    pub stopped: Option<Exit>,
    /// Requests the vendors took.
    pub requests: u64,
}

impl Applied {
    pub(super) fn count(&mut self, outcome: Outcome) {
        let nights = u64::from(outcome.first.span(outcome.last));
        *self.nights.entry(outcome.ending).or_default() += nights;
        let connection = outcome.chunk.lane.connection.clone();
        let endings = match outcome.adults {
            Some(_) => &mut self.by_connection,
            None => &mut self.rules_by_connection,
        };
        let endings = endings.entry(connection).or_default();
        *endings.entry(outcome.ending).or_default() += nights;
        if outcome.ending != Ending::Confirmed {
            self.open.push(outcome);
        }
    }

    pub(super) fn held(
        &mut self,
        targets: &[Arc<Target>],
        lane: LaneIx,
        failure: &Failure,
        rotating: &Rotating,
    ) {
        let Some(target) = targets.get(lane.0) else {
            return;
        };
        let place = Place::property(&target.property, &target.facts.name);
        let (exit, finding) = match rotating.why(target, failure) {
            Some(finding) => (Exit::Person, finding),
            None => of_failure(failure, place, &target.connection),
        };
        self.stopped = Some(self.stopped.unwrap_or(Exit::Done).and(exit));
        // That is told once for all properties of a client.
        if failure.kind != ErrorKind::Suspended {
            self.findings.push(finding);
        }
    }

    pub(super) fn spilled(&mut self, findings: Vec<Finding>) {
        if !findings.is_empty() {
            self.stopped = Some(self.stopped.unwrap_or(Exit::Done).and(Exit::Partly));
            self.findings.extend(findings);
        }
    }

    /// How many nights ended so.
    pub fn of(&self, ending: Ending) -> u64 {
        self.nights.get(&ending).copied().unwrap_or_default()
    }

    pub(super) fn is_final(&self) -> bool {
        [Ending::Held, Ending::NotSettled, Ending::Unknown]
            .iter()
            .all(|ending| self.of(*ending) == 0)
    }

    /// The exit code of it.
    pub fn exit(&self) -> Exit {
        let bad = [
            Ending::Drift,
            Ending::Refused,
            Ending::Unknown,
            Ending::Held,
            Ending::Skipped,
        ];
        let mut exit = self.stopped.unwrap_or(Exit::Done);
        if bad.iter().any(|ending| self.of(*ending) > 0) {
            exit = exit.and(Exit::Partly);
        }
        if self.of(Ending::NotSettled) > 0 {
            exit = exit.and(Exit::Unconfirmed);
        }
        exit
    }
}
