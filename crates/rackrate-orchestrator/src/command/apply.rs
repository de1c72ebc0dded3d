//! `rackrate apply`.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::op::{Ending, Outcome};
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_ledger::store::Ledger;
use rackrate_plan::plan::Plan;
use rackrate_plan::planner::Environment;
use rackrate_runtime::engine::types::Policy;
use serde_json::json;

use super::Done;
use super::inputs::Inputs;
use crate::cli::{Apply, Common, Output};
use crate::files;
use crate::flow::apply::{Applied, apply, resume};
use crate::flow::verify::sold;
use crate::host::Host;
use crate::portfolio::Portfolio;
use crate::problem::{Problem, Result};
use crate::screen::{Page, Table, count, nights};

/// As many nights that did not end as confirmed as a screen takes.
const MOST: usize = 15;

pub(super) async fn run(
    common: &Common,
    inputs: &mut Inputs,
    flags: &Apply,
    page: &mut Page,
) -> Result<Done> {
    careful(inputs, flags)?;
    let plan = flags.plan.as_deref().map(files::read).transpose()?;
    let plan = plan
        .map(|(bytes, name)| Plan::parse(&bytes, &name))
        .transpose()?;
    if let Err(locked) = inputs.unlock().await {
        holds(inputs, plan.as_ref()).await?;
        return Err(locked);
    }
    let mut host = inputs.live().await?;
    host.shows_progress = common.output == Output::Table && std::io::stderr().is_terminal();
    let wait = flags.wait.map_or(inputs.policy().wait, |wait| wait.0);
    let policy = Policy {
        wait,
        ..inputs.policy()
    };
    let applied = match &plan {
        Some(plan) => apply(&mut host, &inputs.portfolio, plan, policy).await?,
        None => resume(&mut host, &inputs.portfolio, policy).await?,
    };
    inputs
        .alarm
        .left(&inputs.portfolio, &applied.open, host.now());
    print(common, &inputs.portfolio, &applied, page);
    let exit = host
        .interrupted
        .map_or(applied.exit(), |signal| signal.and(applied.exit()));
    Ok(Done {
        exit,
        findings: applied.findings,
    })
}

/// Whoever is told why nothing begins is told what it holds.
async fn holds(inputs: &Inputs, plan: Option<&Plan>) -> Result<()> {
    let (alarm, portfolio, now) = (&inputs.alarm, &inputs.portfolio, inputs.now());
    let ledger = inputs.ledger_file();
    match plan {
        Some(plan) => alarm.planned(portfolio, plan, now),
        // Where there is no ledger nothing was left.
        None if !ledger.exists() => {}
        None => {
            let left = SqliteLedger::open(&ledger)?.recover().await?;
            alarm.unfinished(portfolio, &left.unfinished, now);
        }
    }
    Ok(())
}

/// No adapter of this version was run against its vendor: a person has to say that it may.
fn careful(inputs: &Inputs, flags: &Apply) -> Result<()> {
    let live = inputs
        .portfolio
        .links
        .iter()
        .find(|link| link.environment == Environment::Live);
    match live {
        Some(link) if !flags.untested_live => {
            let message = format!(
                "the adapter of {} was never run against the vendor itself",
                link.entry.title
            );
            Err(Problem::input([Finding::error(
                "config.untested_live",
                Place::default().on(&link.id),
                message,
            )
            .hint(
                "Try it on a test account; or take the risk with --untested-live.",
            )]))
        }
        _ => Ok(()),
    }
}

fn print(common: &Common, portfolio: &Portfolio, applied: &Applied, page: &mut Page) {
    if common.output == Output::Json {
        let nights: serde_json::Map<_, _> = Ending::ALL
            .iter()
            .map(|ending| (ending.word().to_owned(), json!(applied.of(*ending))))
            .collect();
        page.line(json!({"nights": nights, "requests": applied.requests, "open": applied.open, "findings": applied.findings}).to_string());
        return;
    }
    print_endings(applied, page);
    print_open(portfolio, &applied.open, page);
}

/// What did not end as confirmed: nights of one thing with one reason together.
fn print_open(portfolio: &Portfolio, open: &[Outcome], page: &mut Page) {
    let mut groups: BTreeMap<_, (&Outcome, u64)> = BTreeMap::new();
    for one in open {
        let of = (one.ending, &one.chunk.lane, &one.ids, &one.reason);
        let (_, count) = groups.entry(of).or_insert((one, 0));
        *count += u64::from(one.first.span(one.last));
    }
    for (one, nights) in groups.values().take(MOST) {
        let lane = &one.chunk.lane;
        let sold = sold(portfolio, &lane.connection, &lane.property, &one.ids);
        let span = if *nights > u64::from(one.first.span(one.last)) {
            format!("{nights} nights from {}", one.first)
        } else {
            self::nights(one.first, one.last)
        };
        page.line("");
        page.line(format!(
            "{}: {} {} at {}, {span}",
            one.ending, lane.property, sold, lane.connection
        ));
        page.line(format!("  {}", one.reason));
    }
    if groups.len() > MOST {
        page.line(format!(
            "\n… and {} more; all of them with -o json.",
            count((groups.len() - MOST) as u64)
        ));
    }
}

/// How many nights ended how.
pub(super) fn print_endings(applied: &Applied, page: &mut Page) {
    let mut table = Table::new(["ending", ">nights"]);
    for ending in Ending::ALL {
        if applied.of(ending) > 0 || ending == Ending::Confirmed {
            table.row([ending.to_string(), count(applied.of(ending))]);
        }
    }
    page.line(table.to_string());
    page.line(format!("{} requests accepted.", count(applied.requests)));
}
