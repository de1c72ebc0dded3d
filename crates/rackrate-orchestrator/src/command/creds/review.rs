//! `rackrate creds review`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::op::Drawer;
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::driver::Clock;
use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use super::list::known;
use crate::cli::{self, Common, Output};
use crate::exit::Exit;
use crate::flow::creds::review::{Quarter, Review, Row, missing, read, rows, taken_in, write};
use crate::host::Host;
use crate::problem::{Problem, Result};
use crate::screen::{Page, Table, count};
use crate::signing;

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: &cli::Review,
    page: &mut Page,
) -> Result<Done> {
    let now = Clock::system().now().wall;
    let quarter = flags.quarter.unwrap_or_else(|| Quarter::last_ended(now));
    if quarter.begin() > now {
        return Err(ahead(quarter).into());
    }
    match (&flags.out, &flags.done, flags.check) {
        (Some(file), ..) => out(inputs, quarter, now, file, page).await,
        (_, Some(file), _) => done(inputs, quarter, file, page).await,
        (.., true) => check(common, inputs, quarter, page).await,
        _ => show(common, inputs, quarter, now, page).await,
    }
}

fn ahead(quarter: Quarter) -> Finding {
    let message = format!("{quarter} has not begun");
    Finding::error("review.future_quarter", Place::default(), message)
        .hint("Name one that has, or none for the last that has ended.")
}

/// Writes the sheet. One that is there already may have decisions in it.
async fn out(
    inputs: &Inputs,
    quarter: Quarter,
    now: Wall,
    file: &Path,
    page: &mut Page,
) -> Result<Done> {
    let rows = rows(&known(inputs).await?, now);
    let mut new = OpenOptions::new();
    let opened = new.write(true).create_new(true).open(file);
    let written = opened.and_then(|mut out| out.write_all(write(&rows, quarter).as_bytes()));
    written.map_err(|error| cannot("write", file, &error))?;
    page.line(format!(
        "{} holds {} credentials. Fill in decision (keep, revoke, rotate) and reviewer, then:",
        file.display(),
        count(rows.len() as u64)
    ));
    page.line(format!(
        "  rackrate creds review --quarter {quarter} --done {}",
        file.display()
    ));
    Ok(Done::with(Exit::Done))
}

/// Takes a filled-in sheet in.
async fn done(inputs: &Inputs, quarter: Quarter, file: &Path, page: &mut Page) -> Result<Done> {
    let bytes = std::fs::read(file).map_err(|error| cannot("read", file, &error))?;
    let mut host = inputs.live().await?;
    let (now, name) = (host.now(), file.display().to_string());
    let rows = rows(&known(inputs).await?, now);
    let sheet = read(&bytes, &name, quarter, &rows).map_err(Problem::input)?;
    let (decided, digest) = (sheet.decisions.len(), sheet.digest.clone());
    host.note(taken_in(quarter, sheet, signing::user(), now))
        .await?;
    page.line(format!(
        "The review of {quarter} is taken in: {} decisions.",
        count(decided as u64)
    ));
    page.line(format!("SHA-256 of {name}: {digest}"));
    page.line("Keep the file: the audit trail has its digest, and nobody's name.");
    Ok(Done::with(Exit::Done))
}

async fn check(
    common: &Common,
    inputs: &Inputs,
    quarter: Quarter,
    page: &mut Page,
) -> Result<Done> {
    let ledger = SqliteLedger::open(&inputs.ledger_file())?;
    let filed = ledger.filed(Drawer::Review).await?;
    let body = filed.get(&quarter.to_string());
    let review = body.map(|body| Review::parse(quarter, body)).transpose();
    let review = review.map_err(Problem::failed)?;
    let findings = missing(quarter, review.as_ref(), &known(inputs).await?);
    let good = findings.is_empty();
    let at = review.map(|review| review.at.to_string());
    match common.output {
        Output::Json => {
            let told =
                json!({ "quarter": quarter.to_string(), "taken_in": at, "findings": findings });
            page.line(told.to_string());
        }
        Output::Table | Output::Junit => match (good, at) {
            (true, Some(at)) => page.line(format!("The review of {quarter} was taken in at {at}.")),
            (true, None) => page.line(format!("No credential is on record from {quarter}.")),
            (false, _) => {}
        },
    }
    Ok(Done {
        exit: if good { Exit::Done } else { Exit::Person },
        findings,
    })
}

async fn show(
    common: &Common,
    inputs: &Inputs,
    quarter: Quarter,
    now: Wall,
    page: &mut Page,
) -> Result<Done> {
    let rows = rows(&known(inputs).await?, now);
    match common.output {
        Output::Json => {
            let told = json!({ "quarter": quarter.to_string(), "credentials": rows });
            page.line(told.to_string());
        }
        Output::Table | Output::Junit => print(&rows, quarter, page),
    }
    Ok(Done::with(Exit::Done))
}

fn print(rows: &[Row], quarter: Quarter, page: &mut Page) {
    let mut table = Table::new([
        "connection",
        "by",
        "owner",
        "scopes",
        "last use",
        "changed",
        "unused 90d",
    ]);
    let or_none = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    for row in rows {
        table.row([
            row.connection.to_string(),
            row.by.to_owned(),
            or_none(&row.owner),
            or_none(&row.scopes),
            or_none(&row.last_use),
            or_none(&row.last_change),
            row.unused_over_90_days.to_owned(),
        ]);
    }
    page.line(table.to_string());
    page.line(format!(
        "Write the sheet with: rackrate creds review --quarter {quarter} --out FILE"
    ));
}

fn cannot(what: &str, file: &Path, error: &std::io::Error) -> Problem {
    let place = Place::file(file.display().to_string());
    let message = format!("cannot {what} it: {error}");
    let hint = match what {
        "write" => "Name a file that is not there yet; decisions are never written over.",
        _ => "Name the sheet that was filled in.",
    };
    Finding::error("review.file", place, message)
        .hint(hint)
        .into()
}
