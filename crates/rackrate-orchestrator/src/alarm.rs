//! What a command finds out about credentials while it runs, and who is told afterwards.
//!
//! Hosts show every report to an [`Alarm`], so that no flow has to remember to. What is told,
//! and to whom, is `rackrate-alerts`'; here is what it needs to know of accounts and hotels,
//! and where its records lie.
//!
//! Invariant: nothing here changes how a command ends.

mod evidence;
mod judge;
mod tell;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rackrate_alerts::group::Proof;
use rackrate_alerts::held::Nights;
use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, PropertyCode};
use rackrate_core::night::Night;
use rackrate_ledger::op::{ChunkRecord, Ending, LaneKey, Outcome};
use rackrate_plan::calendar::Calendar;
use rackrate_plan::plan::Plan;
use rackrate_plan::selection::Selection;
use rackrate_runtime::engine::types::Report;
use rackrate_runtime::transport::Refusals;

use self::evidence::Evidence;
pub(crate) use self::evidence::Names;
pub(crate) use self::tell::{Teller, records, try_out};
use crate::flow::assemble::utc_day;
use crate::portfolio::{Lack, Locked, Portfolio};

/// What was found out so far; cheap to clone, and shared by its clones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alarm(Arc<Mutex<Heard>>);

#[derive(Debug, Default)]
struct Heard {
    evidence: Evidence,
    /// Connections whose secrets could not be fetched.
    lacks: BTreeMap<ConnectionId, Lack>,
    /// What was to be sent and was not, by connection.
    nights: BTreeMap<ConnectionId, Nights>,
    refusals: Option<Refusals>,
}

impl Alarm {
    /// Takes in what an engine reported.
    pub(crate) fn hear(&self, names: &Names, reports: &[Report]) {
        let mut heard = self.heard();
        for report in reports {
            heard.evidence.hear(names, report);
        }
    }

    /// Accounts cannot be used, for want of a secret.
    pub(crate) fn locked(&self, locked: &Locked) {
        self.heard().lacks.extend(locked.lacks.clone());
    }

    /// A credential was used with success, which no report tells.
    pub(crate) fn works(&self, connection: &ConnectionId) {
        self.heard().evidence.works(connection, Proof::Read);
    }

    /// Knows from now on where refused requests are noted.
    pub(crate) fn noting(&self, refusals: Refusals) {
        self.heard().refusals = Some(refusals);
    }

    /// A calendar was to be planned: all of its nights are held at a connection that fails.
    pub(crate) fn wished(
        &self,
        portfolio: &Portfolio,
        calendar: &Calendar,
        selection: &Selection,
        now: Wall,
    ) {
        let mut heard = self.heard();
        for (connection, property, _) in portfolio.mapping.lanes() {
            if !selection.has_property(property) {
                continue;
            }
            let of_property = calendar.series.iter();
            let of_property = of_property.filter(|(key, _)| key.property == *property);
            let today = today(portfolio, property, now);
            for (_, series) in of_property {
                let wished = series.nights().filter(|night| {
                    let priced = series.price(*night).is_some() || !series.rules(*night).is_leave();
                    priced && selection.has_night(*night)
                });
                let nights = heard.nights.entry(connection.clone()).or_default();
                wished.for_each(|night| nights.add(property, today, night, night));
            }
        }
    }

    /// A plan was to be applied and nothing of it was begun: all of its nights are held.
    pub(crate) fn planned(&self, portfolio: &Portfolio, plan: &Plan, now: Wall) {
        let rows = plan.lanes.iter().flat_map(|lane| {
            let rows = lane.rows.iter();
            rows.map(|row| (&lane.connection, &lane.property, row.first, row.last))
        });
        self.holds(portfolio, rows, now);
    }

    /// What an earlier run left was to be finished, and was not begun: its nights are held.
    pub(crate) fn unfinished(&self, portfolio: &Portfolio, left: &[ChunkRecord], now: Wall) {
        let rows = left.iter().flat_map(|record| {
            let LaneKey {
                connection,
                property,
            } = &record.id.lane;
            let rows = record.chunk.rows.iter();
            rows.map(move |row| (connection, property, row.first, row.last))
        });
        self.holds(portfolio, rows, now);
    }

    /// A plan was to be applied: what did not get through is held.
    pub(crate) fn left(&self, portfolio: &Portfolio, open: &[Outcome], now: Wall) {
        let held = open
            .iter()
            .filter(|one| matches!(one.ending, Ending::Held | Ending::Unknown));
        let rows = held.map(|one| {
            let lane = &one.chunk.lane;
            (&lane.connection, &lane.property, one.first, one.last)
        });
        self.holds(portfolio, rows, now);
    }

    fn holds<'r>(
        &self,
        portfolio: &Portfolio,
        rows: impl Iterator<Item = (&'r ConnectionId, &'r PropertyCode, Night, Night)>,
        now: Wall,
    ) {
        let mut heard = self.heard();
        for (connection, property, first, last) in rows {
            let nights = heard.nights.entry(connection.clone()).or_default();
            nights.add(property, today(portfolio, property, now), first, last);
        }
    }

    /// Forgets what it heard: whoever has to know was told.
    pub(crate) fn told(&self) {
        *self.heard() = Heard::default();
    }

    /// Whether anything was found out that somebody has to be told.
    fn is_quiet(&self) -> bool {
        let heard = self.heard();
        heard.evidence.works.is_empty() && !heard.has_failures()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn has_failures(&self) -> bool {
        !self.evidence.failed.is_empty() || !self.lacks.is_empty()
    }

    fn fails(&self, connection: &ConnectionId) -> bool {
        self.evidence.failed.contains_key(connection) || self.lacks.contains_key(connection)
    }
}

fn today(portfolio: &Portfolio, property: &PropertyCode, now: Wall) -> Night {
    let today = portfolio.properties.today(property, now);
    today.unwrap_or_else(|| utc_day(now))
}
