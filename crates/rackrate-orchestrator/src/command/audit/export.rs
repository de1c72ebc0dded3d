//! `rackrate audit export`.
//!
//! Invariant: a line's text is written as it was hashed, so that others can hash it again.

use jiff::tz::TimeZone;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::audit::{Line, Trail};
use rackrate_ledger::store::Ledger;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::Shelf;
use crate::cli::AuditExport;
use crate::command::Done;
use crate::exit::Exit;
use crate::files;
use crate::problem::{Problem, Result};
use crate::screen::Page;

#[derive(Serialize)]
struct Row<'a> {
    seq: u64,
    time: String,
    previous: &'a str,
    digest: &'a str,
    line: &'a RawValue,
}

pub(super) async fn run(shelf: &Shelf, flags: &AuditExport, page: &mut Page) -> Result<Done> {
    let trail = shelf.ledger.audit().await?;
    let rows = rows(&trail, flags.since).map_err(|error| broken(shelf, &error))?;
    match &flags.out {
        Some(path) => {
            let text: String = rows.into_iter().map(|row| row + "\n").collect();
            files::write(path, text.as_bytes())?;
        }
        None => rows.iter().for_each(|row| page.line(row)),
    }
    Ok(Done::with(Exit::Done))
}

/// Lines with their checkpoints behind them.
fn rows(trail: &Trail, since: Option<jiff::civil::Date>) -> serde_json::Result<Vec<String>> {
    let since = since.map(start_of);
    let is_earlier = |line: &&Line| {
        let at = line.event().map(|event| event.at);
        since > at
    };
    let mut rows = Vec::new();
    for line in trail.lines.iter().skip_while(is_earlier) {
        rows.push(row(line)?);
        let theirs = trail.checkpoints.iter().filter(|one| one.line == line.seq);
        rows.extend(theirs.map(|one| json!({ "checkpoint": one }).to_string()));
    }
    Ok(rows)
}

fn row(line: &Line) -> serde_json::Result<String> {
    let body: &RawValue = serde_json::from_str(&line.body)?;
    let time = line.event().map(|event| event.at.timestamp().to_string());
    serde_json::to_string(&Row {
        seq: line.seq,
        time: time.unwrap_or_default(),
        previous: line.previous.as_str(),
        digest: line.digest.as_str(),
        line: body,
    })
}

/// The first moment of a day in Greenwich.
pub(super) fn start_of(day: jiff::civil::Date) -> Wall {
    let start = day.to_zoned(TimeZone::UTC);
    start.map_or(Wall(i64::MAX), |start| {
        Wall(start.timestamp().as_millisecond())
    })
}

fn broken(shelf: &Shelf, error: &serde_json::Error) -> Problem {
    let message = format!("a line is no JSON any more: {error}");
    let place = Place::file(shelf.path.display().to_string());
    Problem::failed(
        Finding::error("audit.unreadable", place, message)
            .hint("`rackrate audit verify` says which lines were changed."),
    )
}
