//! `rackrate plan`.

use rackrate_core::finding::{Finding, Place};
use rackrate_plan::plan::Plan as PlanFile;
use serde_json::json;

use super::Done;
use super::inputs::{Inputs, selection};
use crate::cli::{Common, Output, Plan};
use crate::exit::Exit;
use crate::files;
use crate::flow::plan::{Planned, Wish, make};
use crate::host::Host;
use crate::problem::{Problem, Result};
use crate::screen::{Page, Table, count};

pub(super) async fn run(
    common: &Common,
    inputs: &mut Inputs,
    flags: &Plan,
    page: &mut Page,
) -> Result<Done> {
    if let Err(locked) = inputs.unlock().await {
        wished(inputs, flags);
        return Err(locked);
    }
    let mut host = inputs.live().await?;
    let calendar = inputs.calendar(&flags.calendar, host.now())?;
    if calendar.cells == 0 && calendar.past > 0 {
        return Err(all_past(flags, calendar.past));
    }
    let wish = Wish {
        selection: selection(&flags.select),
        allows: flags.allow.clone(),
        first_push: flags.first_push,
        skip_unsupported: flags.skip_unsupported,
        author: flags.author.clone(),
        reason: flags.reason.clone(),
        max_age: flags.max_age.unwrap_or(inputs.config.plan.max_age).0,
    };
    let portfolio = &inputs.portfolio;
    inputs
        .alarm
        .wished(portfolio, &calendar, &wish.selection, host.now());
    let planned = make(
        &mut host,
        &inputs.portfolio,
        &calendar,
        &wish,
        inputs.policy(),
    )
    .await?;
    if let Some(exit) = host.interrupted {
        return Ok(Done::with(exit));
    }
    let mut exit = planned.exit;
    let plan = &planned.outcome.plan;
    if flags.check {
        let changes = plan.lanes.iter().any(|lane| !lane.rows.is_empty());
        exit = exit.and(if changes { Exit::Different } else { Exit::Done });
    } else if exit != Exit::BadInput {
        write(flags, plan)?;
    }
    print(common, flags, &planned, page);
    let mut findings = planned.findings.clone();
    findings.extend(planned.outcome.all_findings().cloned());
    Ok(Done { exit, findings })
}

/// Shows the alarm what stays unplanned, as far as the calendar can be read.
fn wished(inputs: &Inputs, flags: &Plan) {
    let now = inputs.now();
    if let Ok(calendar) = inputs.calendar(&flags.calendar, now) {
        let select = selection(&flags.select);
        inputs
            .alarm
            .wished(&inputs.portfolio, &calendar, &select, now);
    }
}

fn all_past(flags: &Plan, past: u64) -> Problem {
    let file = flags.calendar.display().to_string();
    Problem::input([Finding::error(
        "calendar.all_past",
        Place::file(file),
        format!("all of its {past} nights are over"),
    )
    .hint("Give a calendar with nights to come.")])
}

fn write(flags: &Plan, plan: &PlanFile) -> Result<()> {
    let bytes = plan.to_json().map_err(|error| {
        Problem::failed(
            Finding::error("program.fault", Place::default(), error.to_string())
                .hint("Please report it."),
        )
    })?;
    Ok(files::write(&flags.out, &bytes)?)
}

fn print(common: &Common, flags: &Plan, planned: &Planned, page: &mut Page) {
    let plan = &planned.outcome.plan;
    if common.output == Output::Json {
        let findings: Vec<_> = planned
            .findings
            .iter()
            .chain(planned.outcome.all_findings())
            .collect();
        let lanes: Vec<_> = plan.lanes.iter().map(|lane| json!({"connection": lane.connection, "property": lane.property, "rows": lane.rows.len()})).collect();
        page.line(json!({"plan": flags.out, "totals": plan.totals, "lanes": lanes, "past": plan.past, "expires": plan.expires.to_string(), "findings": findings}).to_string());
        return;
    }
    let mut table = Table::new(["connection", "property", ">rows to send", ">refused"]);
    for lane in &plan.lanes {
        table.row([
            lane.connection.to_string(),
            lane.name.clone(),
            count(lane.rows.len() as u64),
            String::new(),
        ]);
    }
    for refused in &plan.refused {
        table.row([
            refused.connection.to_string(),
            refused.name.clone(),
            String::new(),
            "whole property".to_owned(),
        ]);
    }
    page.line(table.to_string());
    let totals = &plan.totals;
    page.line(format!(
        "{} prices in {} rows of {} queues; {} properties refused; {} past nights skipped.",
        count(totals.prices),
        count(totals.rows),
        totals.lanes,
        totals.refused,
        count(plan.past)
    ));
    if !flags.check && planned.exit != Exit::BadInput {
        page.line(format!(
            "Written to {}; apply it before {}.",
            flags.out.display(),
            plan.expires
        ));
    }
}
