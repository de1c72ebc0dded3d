//! `rackrate apply`.

use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::op::{Ending, Outcome};
use rackrate_plan::plan::Plan;
use rackrate_plan::planner::Environment;
use rackrate_runtime::engine::types::Policy;
use serde_json::json;

use super::Done;
use super::inputs::Inputs;
use crate::cli::{Apply, Common, Output};
use crate::files;
use crate::flow::apply::{Applied, apply, resume};
use crate::problem::{Problem, Result};
use crate::screen::{Page, Table, count, nights};

/// As many nights that did not end as confirmed as a screen takes.
const MOST: usize = 20;

pub(super) async fn run(common: &Common, flags: &Apply, page: &mut Page) -> Result<Done> {
    let inputs = Inputs::open(common)?;
    careful(&inputs, flags)?;
    let plan = flags.plan.as_deref().map(files::read).transpose()?;
    let plan = plan
        .map(|(bytes, name)| Plan::parse(&bytes, &name))
        .transpose()?;
    let mut host = inputs.live().await?;
    let wait = flags.wait.map_or(inputs.policy().wait, |wait| wait.0);
    let policy = Policy {
        wait,
        ..inputs.policy()
    };
    let applied = match &plan {
        Some(plan) => apply(&mut host, &inputs.portfolio, plan, policy).await?,
        None => resume(&mut host, &inputs.portfolio, policy).await?,
    };
    print(common, &applied, page);
    let exit = host
        .interrupted
        .map_or(applied.exit(), |signal| signal.and(applied.exit()));
    Ok(Done {
        exit,
        findings: applied.findings,
    })
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

fn print(common: &Common, applied: &Applied, page: &mut Page) {
    if common.output == Output::Json {
        let nights: serde_json::Map<_, _> = Ending::ALL
            .iter()
            .map(|ending| (ending.word().to_owned(), json!(applied.of(*ending))))
            .collect();
        page.line(json!({"nights": nights, "requests": applied.requests, "open": applied.open, "findings": applied.findings}).to_string());
        return;
    }
    print_endings(applied, page);
    if !applied.open.is_empty() {
        page.line("");
        page.line(open(&applied.open).to_string());
        if applied.open.len() > MOST {
            page.line(format!(
                "… and {} more; all of them with -o json.",
                count((applied.open.len() - MOST) as u64)
            ));
        }
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

fn open(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new(["ending", "at", "property", "sold", "nights", "why"]);
    for one in outcomes.iter().take(MOST) {
        let lane = &one.chunk.lane;
        table.row([
            one.ending.to_string(),
            lane.connection.to_string(),
            lane.property.to_string(),
            one.ids.to_string(),
            nights(one.first, one.last),
            one.reason.clone(),
        ]);
    }
    table
}
