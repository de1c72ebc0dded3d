//! Applies a plan: what an earlier process left is settled first, then the plan's requests
//! go out, and every row gets its ending.

mod applied;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rackrate_core::chunk::{Chunk, Row, Target};
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, Ids};
use rackrate_core::series::{Seen, Series};
use rackrate_ledger::op::{
    ChunkRecord, ChunkState, DesiredSeries, Ending, LaneKey, LedgerOp, Outcome, RunId, RunRecord,
};
use rackrate_plan::chunks::{Shapes, chunks};
use rackrate_plan::plan::{Lane, Plan};
use rackrate_runtime::engine::types::{Event, LaneIx, Policy, Report};

pub use self::applied::Applied;
use super::assemble::Bench;
use super::audit;
use super::rotating::Rotating;
use super::spill::Watch;
use super::standing::Holders;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::Portfolio;
use crate::problem::{Problem, Result};

/// Applies a plan.
///
/// # Errors
/// `plan.expired`, `plan.applied`, `plan.moved`, `plan.unknown_connection`; or when the
/// ledger fails. Nothing has been sent then.
pub async fn apply(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    plan: &Plan,
    policy: Policy,
) -> Result<Applied> {
    let ledger = host.ledger();
    check(host, plan).await?;
    audit::waived(host, plan).await?;
    let mut bench = Bench::new(&portfolio.links, ledger.as_ref(), policy, host.now()).await?;
    let watch = Watch::begin(ledger.as_ref(), host.now(), rows_of_plan(plan)).await?;
    let run = Arc::new(RunRecord {
        id: RunId(bench.left().last_run.0 + 1),
        started: host.now(),
        plan: plan.fingerprint(),
        plan_expires: plan.expires,
        author: plan.author.clone(),
        reason: plan.reason.clone(),
        ended: None,
    });
    let mut lanes = Vec::new();
    let mut desired = Vec::new();
    for lane in &plan.lanes {
        let at = add_lane(&mut bench, lane)?;
        desired.extend(wishes(lane));
        if !lane.rows.is_empty() {
            lanes.push((at, requests(portfolio, lane)?));
        }
    }
    let event = Event::NewDesired {
        run: Arc::clone(&run),
        lanes,
        desired,
    };
    let targets = bench.lanes().to_vec();
    let mut job = bench.job(ledger.as_ref(), true, vec![event]).await?;
    let mut rotating = Rotating::of(ledger.as_ref(), &portfolio.links).await?;
    rotating.hold(&mut job);
    let holders = Holders::of(&job.setup);
    let reports = host.work(job).await?;
    let mut applied = finish(host, reports, &holders, &targets, &[run.id], &rotating).await?;
    applied.spilled(watch.end(host.ledger().as_ref(), portfolio).await?);
    Ok(applied)
}

/// Goes on with what earlier processes left, in all lanes: settles what may have left, then
/// sends the rest where its plan still lives.
///
/// # Errors
/// When the ledger fails.
pub async fn resume(host: &mut dyn Host, portfolio: &Portfolio, policy: Policy) -> Result<Applied> {
    let skipped = skip_old(host).await?;
    let ledger = host.ledger();
    let mut bench = Bench::new(&portfolio.links, ledger.as_ref(), policy, host.now()).await?;
    let unfinished = bench.left().unfinished.clone();
    let mut expected: BTreeMap<LaneKey, (Arc<Target>, SeriesSet)> = BTreeMap::new();
    for record in &unfinished {
        let target = Arc::clone(&record.chunk.target);
        let (_, list) = expected
            .entry(record.id.lane.clone())
            .or_insert_with(|| (target, SeriesSet::new()));
        list.extend(series_of(&record.chunk.rows));
    }
    for (target, series) in expected.into_values() {
        bench
            .lane(&target, series.into_iter().collect())
            .ok_or_else(|| unknown(&target.connection))?;
    }
    let watch = Watch::begin(ledger.as_ref(), host.now(), rows_of(&unfinished)).await?;
    let runs: Vec<_> = bench.left().runs.iter().map(|run| run.id).collect();
    let targets = bench.lanes().to_vec();
    let mut job = bench.job(ledger.as_ref(), true, Vec::new()).await?;
    let mut rotating = Rotating::of(ledger.as_ref(), &portfolio.links).await?;
    rotating.hold(&mut job);
    let holders = Holders::of(&job.setup);
    let reports = host.work(job).await?;
    let mut applied = finish(host, reports, &holders, &targets, &runs, &rotating).await?;
    for outcome in skipped {
        applied.count(outcome);
    }
    applied.spilled(watch.end(host.ledger().as_ref(), portfolio).await?);
    Ok(applied)
}

fn rows_of_plan(plan: &Plan) -> impl Iterator<Item = (Arc<Target>, Vec<&Row>)> {
    plan.lanes.iter().map(|lane| {
        let target = Arc::new(lane.target.clone());
        (target, lane.rows.iter().collect())
    })
}

/// The rows of requests, by queue.
fn rows_of(records: &[ChunkRecord]) -> Vec<(Arc<Target>, Vec<&Row>)> {
    let mut lanes: BTreeMap<&LaneKey, (Arc<Target>, Vec<&Row>)> = BTreeMap::new();
    for record in records {
        let target = || (Arc::clone(&record.chunk.target), Vec::new());
        let (_, rows) = lanes.entry(&record.id.lane).or_insert_with(target);
        rows.extend(&record.chunk.rows);
    }
    lanes.into_values().collect()
}

async fn check(host: &dyn Host, plan: &Plan) -> Result<()> {
    let ledger = host.ledger();
    let refuse = |code, message: String| {
        Problem::input([Finding::error(code, Place::default(), message)
            .hint("Make a new plan with `rackrate plan`.")])
    };
    if let Some(run) = ledger.run_of_plan(&plan.fingerprint()).await? {
        return Err(refuse(
            "plan.applied",
            format!(
                "this plan was applied at {}, as run {}; a plan applies once",
                run.started, run.id.0
            ),
        ));
    }
    if plan.expired(host.now()) {
        return Err(refuse(
            "plan.expired",
            format!("the plan's life ended at {}", plan.expires),
        ));
    }
    let mut seen = Vec::new();
    for lane in &plan.lanes {
        seen.extend(
            ledger
                .seen(&lane.connection, &lane.target.vendor_property)
                .await?,
        );
    }
    let moved = plan.moved(&seen);
    if moved.is_empty() {
        Ok(())
    } else {
        Err(Problem::input(moved))
    }
}

fn add_lane(bench: &mut Bench, lane: &Lane) -> Result<LaneIx> {
    let expected = series_of(&lane.desired).into_iter().collect();
    bench
        .lane(&Arc::new(lane.target.clone()), expected)
        .ok_or_else(|| unknown(&lane.connection))
}

fn unknown(connection: &ConnectionId) -> Problem {
    let message = format!("the connection {connection} is not in the configuration");
    Problem::input([
        Finding::error("plan.unknown_connection", Place::default(), message)
            .hint("Apply with the configuration that the plan was made with."),
    ])
}

fn requests(portfolio: &Portfolio, lane: &Lane) -> Result<Vec<Arc<Chunk>>> {
    let shapes = portfolio
        .link(&lane.connection)
        .and_then(|link| Shapes::of(link.adapter.as_ref()));
    let shapes = shapes.ok_or_else(|| unknown(&lane.connection))?;
    let cut = chunks(&Arc::new(lane.target.clone()), &shapes, lane.rows.clone());
    Ok(cut.into_iter().map(Arc::new).collect())
}

/// What is sold, for how many adults.
type SeriesSet = BTreeSet<(Ids, u8)>;

fn series_of(rows: &[Row]) -> SeriesSet {
    let each = |row: &Row| {
        row.prices
            .iter()
            .map(|(adults, _)| (row.ids.clone(), *adults))
            .collect::<Vec<_>>()
    };
    rows.iter().flat_map(each).collect()
}

/// All wishes of a lane as columns, for `verify`: prices by number of adults, restrictions
/// apart from them.
fn wishes(lane: &Lane) -> Vec<DesiredSeries> {
    let mut series: BTreeMap<(Ids, u8), Series> = BTreeMap::new();
    for row in &lane.desired {
        let prices = row.prices.iter();
        let prices = prices.map(|(adults, price)| (*adults, Some(Seen::Price(*price))));
        let ruled = (!row.rules.is_leave()).then_some((DesiredSeries::ANY, None));
        for (adults, price) in prices.chain(ruled) {
            let column = series
                .entry((row.ids.clone(), adults))
                .or_insert_with(|| Series::unknown(row.first, row.last));
            for night in row.first.through(row.last) {
                match price {
                    Some(_) => column.set_price(night, price),
                    None => column.set_rules(night, row.rules),
                }
            }
        }
    }
    let wish = |((ids, adults), series)| DesiredSeries {
        connection: lane.connection.clone(),
        property: lane.property.clone(),
        ids,
        adults,
        series,
    };
    series.into_iter().map(wish).collect()
}

/// Requests that are still planned while their plan is too old are not sent any more.
async fn skip_old(host: &mut dyn Host) -> Result<Vec<Outcome>> {
    let left = host.ledger().recover().await?;
    let now = host.now();
    let dead: Vec<_> = left
        .runs
        .iter()
        .filter(|run| now >= run.plan_expires)
        .map(|run| run.id)
        .collect();
    let old = left
        .unfinished
        .iter()
        .filter(|record| record.state == ChunkState::Planned && dead.contains(&record.run));
    let (mut ops, mut outcomes) = (Vec::new(), Vec::new());
    for record in old {
        ops.push(LedgerOp::Skipped {
            chunk: record.id.clone(),
        });
        for row in &record.chunk.rows {
            let adults = row.prices.iter().map(|(adults, _)| Some(*adults));
            let adults: Vec<_> = if row.prices.is_empty() {
                vec![None]
            } else {
                adults.collect()
            };
            outcomes.extend(adults.into_iter().map(|adults| Outcome {
                chunk: record.id.clone(),
                ids: row.ids.clone(),
                adults,
                first: row.first,
                last: row.last,
                ending: Ending::Skipped,
                reason: "its plan had become too old".to_owned(),
            }));
        }
    }
    if !ops.is_empty() {
        ops.extend(outcomes.iter().cloned().map(LedgerOp::Outcome));
        host.note(ops).await?;
    }
    Ok(outcomes)
}

async fn finish(
    host: &mut dyn Host,
    reports: Vec<Report>,
    holders: &Holders,
    targets: &[Arc<Target>],
    runs: &[RunId],
    rotating: &Rotating,
) -> Result<Applied> {
    let mut applied = Applied::default();
    for report in reports {
        if let Some((exit, finding)) = holders.told(&report) {
            applied.stopped = Some(applied.stopped.unwrap_or(Exit::Done).and(exit));
            applied.findings.push(finding);
        }
        match report {
            Report::Ended(outcome) | Report::Waiting(outcome) => applied.count(outcome),
            Report::Held(lane, failure) => applied.held(targets, lane, &failure, rotating),
            Report::Accepted(_) => applied.requests += 1,
            _ => {}
        }
    }
    if applied.is_final() {
        let at = host.now();
        host.note(
            runs.iter()
                .map(|run| LedgerOp::RunEnded { run: *run, at })
                .collect(),
        )
        .await?;
    }
    Ok(applied)
}
