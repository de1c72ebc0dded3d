//! `rackrate audit export`.
//!
//! Invariant: a line's text is written as it was hashed, so that others can hash it again.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::audit::{Line, Lines, Trail};
use rackrate_ledger::store::Ledger;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::Shelf;
use crate::cli::AuditExport;
use crate::command::Done;
use crate::exit::Exit;
use crate::files::Draft;
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
    let (trail, lines) = shelf.ledger.audit().await?;
    let mut rows = Rows {
        shelf,
        trail,
        lines,
        since: flags.since.map(start_of),
        begun: false,
        waiting: VecDeque::new(),
    };
    match &flags.out {
        Some(path) => {
            let mut draft = Draft::beside(path)?;
            while let Some(row) = rows.next().await? {
                draft.line(&row)?;
            }
            draft.keep()?;
        }
        None => {
            while !page.is_closed()
                && let Some(row) = rows.next().await?
            {
                page.line(row);
            }
        }
    }
    Ok(Done::with(Exit::Done))
}

/// Lines with their checkpoints behind them, and before the first one the checkpoint that
/// stands for what is left out, where there is one.
struct Rows<'s> {
    shelf: &'s Shelf,
    trail: Trail,
    lines: Lines<'s>,
    /// Lines before that moment are passed over.
    since: Option<Wall>,
    /// Whether a line was given.
    begun: bool,
    /// What comes before the next line.
    waiting: VecDeque<String>,
}

impl Rows<'_> {
    async fn next(&mut self) -> Result<Option<String>> {
        while self.waiting.is_empty()
            && let Some(line) = self.lines.next().await?
        {
            self.take(&line)?;
        }
        Ok(self.waiting.pop_front())
    }

    fn take(&mut self, line: &Line) -> Result<()> {
        if !self.begun {
            if self.since > line.event().map(|event| event.at) {
                return Ok(());
            }
            self.begun = true;
            self.checkpoint(line.seq.saturating_sub(1));
        }
        let row = row(line).map_err(|error| broken(self.shelf, &error))?;
        self.waiting.push_back(row);
        self.checkpoint(line.seq);
        Ok(())
    }

    fn checkpoint(&mut self, line: u64) {
        let row = |one| json!({ "checkpoint": one }).to_string();
        self.waiting.extend(self.trail.checkpoint(line).map(row));
    }
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
