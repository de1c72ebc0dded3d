//! Makes the plan: which wishes differ from what is shown, and which of them may leave.
//!
//! The unit of refusing is a property at a connection: one guard stops all of it there, and
//! the rest goes on. Cutting to requests is left to [`crate::chunks`], at `apply`.
//!
//! Invariant: nothing is in a plan's rows that a guard refused, and nothing is left out of
//! them silently.

mod able;
mod checks;
mod guesses;
mod lane;
mod limits;
mod stale;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, PropertyCode, Vendor};
use rackrate_core::money::Basis;
use rackrate_core::rules::Restriction;
use rackrate_ledger::op::SeenSegment;
use serde::{Deserialize, Serialize};

use crate::allow::Allow;
use crate::calendar::Calendar;
use crate::chunks::Shapes;
use crate::guards::Guards;
use crate::known::Known;
use crate::mapping::Mapping;
use crate::plan::{FORMAT, Fingerprints, Lane, Plan, Refused, Totals};
use crate::properties::Properties;
use crate::selection::Selection;

pub use able::{Able, Lacks};
pub use stale::{Window, stale};

/// How long a plan lives, where nothing else is asked for.
pub const LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

/// Everything a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The prices that should hold.
    pub calendar: &'a Calendar,
    /// The hotels.
    pub properties: &'a Properties,
    /// Our names against the vendors'.
    pub mapping: &'a Mapping,
    /// The selected connections.
    pub connections: &'a [Connection],
    /// What was seen, in any order.
    pub seen: &'a [SeenSegment],
    /// The limits.
    pub guards: &'a Guards,
    /// What is let through them.
    pub allows: &'a [Allow],
    /// Whether unknown before-values pass.
    pub first_push: bool,
    /// Which part of the calendar is meant.
    pub selection: &'a Selection,
    /// Whether what a connection cannot have is left out there, instead of stopping the
    /// property.
    pub skip_unsupported: bool,
    /// Now.
    pub now: Wall,
    /// What was seen longer ago is not known any more.
    pub max_age: Duration,
    /// How long the plan may be applied; [`LIFETIME`] by default.
    pub lifetime: Duration,
    /// Who makes it.
    pub author: &'a str,
    /// Why, in the author's words.
    pub reason: &'a str,
}

/// A connection, as the planner has to know it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its name.
    pub id: ConnectionId,
    /// Its vendor.
    pub vendor: Vendor,
    /// Whether real guests see its prices.
    pub environment: Environment,
    /// Whether we write to it.
    pub role: Role,
    /// Whether its prices include tax, as its configuration states.
    pub basis: Basis,
    /// The one number of adults it has prices for; `None` where each price says.
    pub adults: Option<u8>,
    /// The forms of its writes.
    pub shapes: Shapes,
    /// The restrictions it has.
    pub restrictions: Vec<Restriction>,
    /// Whether every plan needs a live read of what it may write.
    pub reads_before_writing: bool,
    /// What discovery knows, by property.
    pub targets: BTreeMap<PropertyCode, Arc<Target>>,
}

/// Whether real guests see the prices of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// A sandbox.
    Test,
    /// The real thing.
    Live,
}

/// What we do at a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Write and read.
    Write,
    /// Only read: another system writes there.
    Observe,
}

/// What planning came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The plan; what was refused is in it, with its findings.
    pub plan: Plan,
    /// What concerns no single queue: properties mapped nowhere, allowances not used.
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// All findings, those of refused properties too.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let refused = self.plan.refused.iter().flat_map(|one| &one.findings);
        self.findings.iter().chain(refused)
    }
}

/// Makes a plan.
pub fn plan(inputs: &Inputs<'_>) -> Outcome {
    let known = Known::of(inputs.seen, oldest(inputs));
    let (mut lanes, mut refused) = (Vec::new(), Vec::new());
    let mut used = BTreeSet::new();
    let mut findings: Vec<Finding> = careless_allows(inputs).into_iter().collect();
    findings.extend(unknown_selection(inputs));
    for (property, series) in inputs.calendar.by_property() {
        if !inputs.selection.has_property(property) {
            continue;
        }
        let writing = writing(inputs, property);
        if writing.is_empty() {
            findings.extend(unmapped(inputs, property));
        }
        for connection in writing {
            match lane::lane(inputs, connection, property, &series, &known, &mut used) {
                Ok((lane, warnings)) => {
                    lanes.push(lane);
                    findings.extend(warnings);
                }
                Err(stopped) => refused.push(stopped),
            }
        }
    }
    findings.extend(unused(inputs, &used));
    let plan = assembled(inputs, lanes, refused);
    Outcome { plan, findings }
}

/// The earliest sight that still counts as knowledge.
fn oldest(inputs: &Inputs<'_>) -> Wall {
    let age = i64::try_from(inputs.max_age.as_millis()).unwrap_or(i64::MAX);
    Wall(inputs.now.0.saturating_sub(age))
}

/// The connections that we write to and that know the property.
fn writing<'a>(inputs: &Inputs<'a>, property: &PropertyCode) -> Vec<&'a Connection> {
    let connections = inputs.connections.iter();
    connections
        .filter(|one| one.role == Role::Write)
        .filter(|one| inputs.mapping.property(&one.id, property).is_some())
        .collect()
}

fn place(inputs: &Inputs<'_>, property: &PropertyCode) -> Place {
    let name = inputs.properties.get(property).map(|one| one.name.as_str());
    Place::property(property, name.unwrap_or_default())
}

/// A property that only connections know to which we do not write needs nothing.
fn unmapped(inputs: &Inputs<'_>, property: &PropertyCode) -> Option<Finding> {
    let mapped = |one: &Connection| inputs.mapping.property(&one.id, property).is_some();
    if inputs.connections.iter().any(mapped) {
        let message = "all its connections are only observed; nothing is written";
        let finding = Finding::warning("plan.only_observed", place(inputs, property), message);
        return Some(
            finding.hint("Set role = \"write\" at the connection that should be written."),
        );
    }
    let message = "it is in the calendar, and mapped at none of the selected connections";
    let finding = Finding::error(
        "mapping.unmapped_property",
        place(inputs, property),
        message,
    );
    Some(finding.hint("Add its rows to mapping.csv, or leave it out with --only."))
}

fn careless_allows(inputs: &Inputs<'_>) -> Option<Finding> {
    let silent = !inputs.allows.is_empty() && inputs.reason.trim().is_empty();
    let message = "something is allowed without a reason";
    let finding = Finding::error("allow.no_reason", Place::default(), message);
    silent.then(|| finding.hint("Say why with --reason; it stays in the plan and in the history."))
}

fn unknown_selection(inputs: &Inputs<'_>) -> Vec<Finding> {
    let known: BTreeSet<_> = inputs
        .calendar
        .series
        .keys()
        .map(|key| &key.property)
        .collect();
    let selected = inputs.selection.properties.iter();
    let missing = selected.filter(|property| !known.contains(property));
    let finding = |property| {
        let message = "it is selected, and has no prices in the calendar";
        Finding::error(
            "selection.unknown_property",
            place(inputs, property),
            message,
        )
        .hint("Correct the code in the selection.")
    };
    missing.map(finding).collect()
}

fn unused(inputs: &Inputs<'_>, used: &BTreeSet<usize>) -> Vec<Finding> {
    let allows = inputs.allows.iter().enumerate();
    let idle = allows.filter(|(at, _)| !used.contains(at));
    let finding = |(_, allow): (usize, &Allow)| {
        let message = format!("{allow} let nothing through");
        Finding::warning("allow.unused", place(inputs, &allow.property), message)
            .hint("Remove it, so that it does not let through something later.")
    };
    idle.map(finding).collect()
}

fn assembled(inputs: &Inputs<'_>, lanes: Vec<Lane>, refused: Vec<Refused>) -> Plan {
    Plan {
        format: FORMAT,
        created: inputs.now,
        expires: inputs.now.after(inputs.lifetime),
        author: inputs.author.to_owned(),
        reason: inputs.reason.to_owned(),
        fingerprints: Fingerprints {
            desired: inputs.calendar.fingerprint.clone(),
            mapping: inputs.mapping.fingerprint().to_owned(),
            guards: inputs.guards.fingerprint(),
        },
        allows: inputs.allows.to_vec(),
        first_push: inputs.first_push,
        past: inputs.calendar.past,
        totals: totals(&lanes, &refused),
        lanes,
        refused,
    }
}

fn totals(lanes: &[Lane], refused: &[Refused]) -> Totals {
    let mut totals = Totals {
        refused: refused.len() as u64,
        ..Totals::default()
    };
    for lane in lanes {
        totals.lanes += u64::from(!lane.rows.is_empty());
        totals.rows += lane.rows.len() as u64;
        for row in &lane.rows {
            let nights = u64::from(row.nights());
            totals.prices += nights * row.prices.len() as u64;
            totals.restrictions += nights * u64::from(!row.rules.is_leave());
        }
    }
    totals
}

#[cfg(test)]
mod tests;
