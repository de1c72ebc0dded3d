//! `rackrate verify`.

use std::collections::BTreeSet;

use serde_json::json;

use super::Done;
use super::inputs::{Inputs, selection};
use crate::cli::{Common, Output, Verify};
use crate::flow::verify::{Difference, Verified, verify};
use crate::problem::Result;
use crate::screen::{Page, Table, count, junit, nights};

/// As many differences as a screen takes.
const MOST: usize = 50;

pub(super) async fn run(
    common: &Common,
    inputs: &mut Inputs,
    flags: &Verify,
    page: &mut Page,
) -> Result<Done> {
    inputs.unlock().await?;
    let mut host = inputs.live().await?;
    let verified = verify(
        &mut host,
        &inputs.portfolio,
        &selection(&flags.select),
        inputs.policy(),
    )
    .await?;
    match common.output {
        Output::Junit => page.line(junit(&verified)),
        Output::Json => page.line(json!({"cells": verified.cells.values().sum::<u64>(), "differences": verified.differences, "findings": verified.findings}).to_string()),
        Output::Table => print(&verified, MOST, page),
    }
    let exit = host
        .interrupted
        .map_or(verified.exit(), |signal| signal.and(verified.exit()));
    Ok(Done {
        exit,
        findings: verified.findings,
    })
}

/// What differs, as a table of so many lines at most.
pub(super) fn print(verified: &Verified, most: usize, page: &mut Page) {
    let cells: u64 = verified.cells.values().sum();
    if verified.differences.is_empty() {
        page.line(format!("{} cells compared, no difference.", count(cells)));
        return;
    }
    let adults: BTreeSet<_> = verified.differences.iter().map(|one| one.adults).collect();
    let several = adults.iter().flatten().count() > 1;
    let mut table = Table::new(["at", "property", "sold", "nights", ">should be", ">is"]);
    for one in verified.differences.iter().take(most) {
        table.row([
            one.connection.to_string(),
            one.property.to_string(),
            sold(one, several),
            nights(one.first, one.last),
            one.wish.clone(),
            one.shown.clone(),
        ]);
    }
    page.line(table.to_string());
    page.line(format!(
        "{} cells compared, {} differ.",
        count(cells),
        count(verified.nights())
    ));
}

/// What differs; for whom only where that tells two prices apart, because columns are few.
fn sold(one: &Difference, several: bool) -> String {
    match one.adults {
        Some(adults) if several => format!("{} for {adults}", one.sold),
        _ => one.sold.clone(),
    }
}
