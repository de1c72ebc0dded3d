//! Makes a plan: discover, read what is too old, compare, guard.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rackrate_core::chunk::Target;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place, Severity};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode};
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_ledger::op::SeenSegment;
use rackrate_plan::allow::Allow;
use rackrate_plan::calendar::Calendar;
use rackrate_plan::chunks::Shapes;
use rackrate_plan::planner::{Connection, Inputs, LIFETIME, Outcome, Window, plan, stale};
use rackrate_plan::selection::Selection;
use rackrate_runtime::engine::types::{Event, Failure, Policy, Report};
use rackrate_runtime::observation::Observation;

use super::assemble::Bench;
use super::audit;
use super::discover::{Found, discover};
use super::hold::Held;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::{Link, Portfolio};
use crate::problem::{Result, of_failure};

/// What a person asks for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Which part of the calendar.
    pub selection: Selection,
    /// What is let through the guards.
    pub allows: Vec<Allow>,
    /// Whether unknown before-values pass.
    pub first_push: bool,
    /// Whether what a connection cannot have is left out there.
    pub skip_unsupported: bool,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: String,
    /// What was seen longer ago is read again.
    pub max_age: Duration,
}

/// What planning came to.
#[derive(Debug)]
pub struct Planned {
    /// The plan and its findings.
    pub outcome: Outcome,
    /// What could not be discovered or read.
    pub findings: Vec<Finding>,
    /// The exit code of all of it.
    pub exit: Exit,
    /// What was found at the vendors.
    pub found: Found,
}

/// Makes a plan.
///
/// # Errors
/// When the ledger fails.
pub async fn make(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    calendar: &Calendar,
    wish: &Wish,
    policy: Policy,
) -> Result<Planned> {
    let mut found = discover(host, portfolio, |_| true, policy).await?;
    let mut held = Held::of(portfolio, &found);
    held.leave_out(&mut found);
    let mut connections = planned(portfolio, &found);
    let mut exit = found.exit.unwrap_or(Exit::Done);
    let mut findings = std::mem::take(&mut found.findings);
    let (before, began) = (seen(host, &found).await?, host.now());
    let windows = stale(&inputs(
        portfolio,
        calendar,
        &connections,
        &before,
        wish,
        host,
    ));
    let live = read(host, portfolio, calendar, &windows, policy).await?;
    for (target, why, finding) in live.failed {
        exit = exit.and(why);
        findings.push(finding);
        if !wish.first_push {
            held.add(portfolio, &target);
        }
    }
    held.leave_out(&mut found);
    connections = planned(portfolio, &found);
    // What was read meanwhile is as fresh as it can be, however long that took.
    let since = |began: Wall| Wish {
        max_age: wish.max_age + host.now().since(began),
        ..wish.clone()
    };
    let after = seen(host, &found).await?;
    let mut outcome = plan(&inputs(
        portfolio,
        calendar,
        &connections,
        &after,
        &since(began),
        host,
    ));
    held.explain(&mut outcome);
    audit::held(host, &outcome).await?;
    for lane in &mut outcome.plan.lanes {
        let key = (lane.connection.clone(), lane.property.clone());
        if let Some(notes) = live.notes.get(&key) {
            lane.target = notes.attach(&lane.target, &lane.rows);
        }
    }
    exit = exit.and(exit_of(&findings, &outcome));
    Ok(Planned {
        outcome,
        findings,
        exit,
        found,
    })
}

fn planned(portfolio: &Portfolio, found: &Found) -> Vec<Connection> {
    let links = portfolio.links.iter();
    links.filter_map(|link| connection(link, found)).collect()
}

fn exit_of(findings: &[Finding], outcome: &Outcome) -> Exit {
    let stops = |finding: &Finding| finding.severity == Severity::Error;
    let mut exit = if findings.iter().any(stops) {
        Exit::Failed
    } else {
        Exit::Done
    };
    if outcome.plan.refused.iter().any(|one| !Held::has(one)) {
        exit = exit.and(Exit::Guarded);
    }
    if outcome
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
    {
        exit = exit.and(Exit::BadInput);
    }
    exit
}

fn inputs<'a>(
    portfolio: &'a Portfolio,
    calendar: &'a Calendar,
    connections: &'a [Connection],
    seen: &'a [SeenSegment],
    wish: &'a Wish,
    host: &dyn Host,
) -> Inputs<'a> {
    Inputs {
        calendar,
        properties: &portfolio.properties,
        mapping: &portfolio.mapping,
        connections,
        seen,
        guards: &portfolio.guards,
        allows: &wish.allows,
        first_push: wish.first_push,
        selection: &wish.selection,
        skip_unsupported: wish.skip_unsupported,
        now: host.now(),
        max_age: wish.max_age,
        lifetime: LIFETIME,
        author: &wish.author,
        reason: &wish.reason,
    }
}

fn connection(link: &Link, found: &Found) -> Option<Connection> {
    let targets = found.targets.iter().filter(|((id, _), _)| *id == link.id);
    let targets: BTreeMap<_, _> = targets
        .map(|((_, code), target)| (code.clone(), Arc::clone(target)))
        .collect();
    let manifest = link.adapter.manifest();
    Some(Connection {
        id: link.id.clone(),
        vendor: manifest.vendor.clone(),
        environment: link.environment,
        role: link.role,
        basis: link.basis,
        adults: manifest.adults,
        shapes: Shapes::of(link.adapter.as_ref())?,
        restrictions: manifest.restrictions.clone(),
        reads_before_writing: manifest.reads_before_writing,
        targets,
    })
}

async fn seen(host: &dyn Host, found: &Found) -> Result<Vec<SeenSegment>> {
    let ledger = host.ledger();
    let mut segments = Vec::new();
    for ((connection, _), target) in &found.targets {
        segments.extend(ledger.seen(connection, &target.vendor_property).await?);
    }
    Ok(segments)
}

/// What reading live came to.
#[derive(Default)]
struct Live {
    failed: Vec<(Arc<Target>, Exit, Finding)>,
    /// What the adapters noted down, by account and property.
    notes: BTreeMap<(ConnectionId, PropertyCode), Notes>,
}

async fn read(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    calendar: &Calendar,
    windows: &[Window],
    policy: Policy,
) -> Result<Live> {
    let mut live = Live::default();
    if windows.is_empty() {
        return Ok(live);
    }
    let (ledger, now) = (host.ledger(), host.now());
    let mut bench = Bench::new(&portfolio.links, ledger.as_ref(), policy, now).await?;
    let mut events = Vec::new();
    for window in windows {
        let target = &window.target;
        let expected = expected(portfolio, calendar, &target.connection, &target.property);
        if let Some(lane) = bench.lane(target, expected) {
            let (first, last) = a_night_wider(window, portfolio, now);
            events.push(Event::Read { lane, first, last });
        }
    }
    let targets = bench.lanes().to_vec();
    let job = bench.job(ledger.as_ref(), false, events).await?;
    for report in host.work(job).await? {
        match report {
            Report::Read(lane, seen) => live.take(&targets[lane.0], &seen),
            Report::ReadFailed(lane, failure) => live.without(&targets[lane.0], &failure),
            _ => {}
        }
    }
    Ok(live)
}

impl Live {
    fn take(&mut self, target: &Target, seen: &Observation) {
        if seen.notes().is_empty() {
            return;
        }
        let key = (target.connection.clone(), target.property.clone());
        self.notes
            .entry(key)
            .or_default()
            .extend(seen.notes().clone());
    }

    fn without(&mut self, target: &Arc<Target>, failure: &Failure) {
        let place = Place::property(&target.property, &target.facts.name);
        let (exit, finding) = of_failure(failure, place, &target.connection);
        self.failed.push((Arc::clone(target), exit, finding));
    }
}

/// A night more on either side, so that `apply` can tell when a price spilled over; but no
/// night that is over.
fn a_night_wider(window: &Window, portfolio: &Portfolio, now: Wall) -> (Night, Night) {
    let today = portfolio.properties.today(&window.target.property, now);
    let before = window.first.previous();
    let first = match today {
        Some(today) if before < today => window.first,
        _ => before,
    };
    (first, window.last.next())
}

/// What the calendar speaks of at a property, in the vendor's words.
fn expected(
    portfolio: &Portfolio,
    calendar: &Calendar,
    connection: &ConnectionId,
    property: &PropertyCode,
) -> Vec<(Ids, u8)> {
    let Some(mapped) = portfolio.mapping.property(connection, property) else {
        return Vec::new();
    };
    let series = calendar
        .series
        .keys()
        .filter(|key| key.property == *property);
    series
        .filter_map(|key| {
            Some((
                mapped
                    .sold
                    .get(&(key.room_type.clone(), key.rate_plan.clone()))?
                    .clone(),
                key.adults,
            ))
        })
        .collect()
}
