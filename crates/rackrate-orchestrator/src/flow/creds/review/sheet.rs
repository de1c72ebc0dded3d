//! The sheet of a review: CSV, a row per credential, to be opened in any spreadsheet. What a
//! person fills in are the last two columns.
//!
//! Invariant: the same facts give the same bytes; a row that is taken back says of its
//! credential what is still so.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, StringRecord, Writer};
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::super::Way;
use super::super::standing::Standing;
use super::{Decision, Quarter};

/// The columns, in order.
const COLUMNS: [&str; 12] = [
    "quarter",
    "connection",
    "vendor",
    "by",
    "owner",
    "scopes",
    "last_change",
    "known_since",
    "last_use",
    "unused_over_90_days",
    "decision",
    "reviewer",
];
/// Those that say what the credential is: they have to be so still.
const FIXED: [usize; 6] = [0, 1, 2, 3, 5, 6];
const LAST_USE: usize = 8;
const DECISION: usize = 10;
const REVIEWER: usize = 11;

const DAYS_90: i64 = 90 * 24 * 3600 * 1000;

/// What a sheet says of one credential; days are of UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The account.
    pub connection: ConnectionId,
    /// Its vendor.
    pub vendor: &'static str,
    /// How it proves who we are.
    pub by: &'static str,
    /// The owner of its client, or whom to ask at its hotels; empty where nobody is named.
    pub owner: String,
    /// The scopes granted, or those asked for where the vendor does not say.
    pub scopes: String,
    /// The day of its last rotation; empty where none is on record.
    pub last_change: String,
    /// The first day on record.
    pub known_since: String,
    /// The day of its last use; empty where none is on record.
    pub last_use: String,
    /// `yes`, `no`, or `unknown` where it is on no record.
    pub unused_over_90_days: &'static str,
}

/// A sheet that a person has filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What was decided, by account.
    pub decisions: BTreeMap<ConnectionId, Decision>,
    /// Who decided.
    pub reviewers: BTreeSet<String>,
    /// The SHA-256 digest of its bytes.
    pub digest: String,
}

/// The rows of a sheet, by account.
pub fn rows(all: &[Standing], now: Wall) -> Vec<Row> {
    let mut rows: Vec<_> = all.iter().map(|one| row(one, now)).collect();
    rows.sort_by(|one, other| one.connection.cmp(&other.connection));
    rows
}

fn row(one: &Standing, now: Wall) -> Row {
    let long_ago = |at: Wall| now.0.saturating_sub(at.0) > DAYS_90;
    Row {
        connection: one.connection.clone(),
        vendor: one.vendor,
        by: match one.way {
            Way::Key => "key",
            Way::Client => "client",
            Way::Consent => "consent",
        },
        owner: owner(one),
        scopes: one.granted.clone().unwrap_or_else(|| one.asked.join(" ")),
        last_change: day(one.last_change()),
        known_since: day(one.known_since()),
        last_use: day(one.dates.used),
        unused_over_90_days: match one.dates.used.or(one.known_since()) {
            None => "unknown",
            Some(at) if long_ago(at) => "yes",
            Some(_) => "no",
        },
    }
}

/// The owner of its client, or else whom to ask at its hotels.
fn owner(one: &Standing) -> String {
    if let Some(owner) = &one.owner {
        return owner.clone();
    }
    let contacts: BTreeSet<_> = one.hotels.iter().map(|hotel| &hotel.contact[..]).collect();
    let contacts: Vec<_> = contacts.into_iter().filter(|one| !one.is_empty()).collect();
    contacts.join("; ")
}

fn day(at: Option<Wall>) -> String {
    at.map_or_else(String::new, |at| at.to_string()[..10].to_owned())
}

impl Row {
    fn cells(&self, quarter: Quarter) -> [String; COLUMNS.len()] {
        [
            quarter.to_string(),
            self.connection.to_string(),
            self.vendor.to_owned(),
            self.by.to_owned(),
            self.owner.clone(),
            self.scopes.clone(),
            self.last_change.clone(),
            self.known_since.clone(),
            self.last_use.clone(),
            self.unused_over_90_days.to_owned(),
            String::new(),
            String::new(),
        ]
        .map(inert)
    }
}

/// A text as a cell that no spreadsheet takes for a formula: vendors and hotels wrote some.
fn inert(text: String) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text,
    }
}

/// The sheet, with its last two columns empty.
pub fn write(rows: &[Row], quarter: Quarter) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let head = COLUMNS.map(str::to_owned);
    for cells in std::iter::once(head).chain(rows.iter().map(|row| row.cells(quarter))) {
        // Writing into memory cannot fail, and all records have the same width.
        let _ = writer.write_record(cells);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a sheet that a person has filled in; `known` is what would stand in it now.
///
/// # Errors
/// Everything that is wrong with it, by line and column.
pub fn read(
    bytes: &[u8],
    file: &str,
    quarter: Quarter,
    known: &[Row],
) -> Result<Sheet, Vec<Finding>> {
    let mut reading = Reading {
        file,
        quarter,
        known: known
            .iter()
            .map(|row| (row.connection.as_str(), row))
            .collect(),
        decisions: BTreeMap::new(),
        reviewers: BTreeSet::new(),
        findings: Vec::new(),
    };
    reading.table(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    for row in known {
        if reading.told(row) {
            continue;
        }
        let message = format!("the credential of {} has no row", row.connection);
        reading.fault(0, "", "missing_row", &message);
    }
    reading.end(digest(bytes))
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A sheet being read.
struct Reading<'a> {
    file: &'a str,
    quarter: Quarter,
    known: BTreeMap<&'a str, &'a Row>,
    /// By account; nothing where the row was wrong.
    decisions: BTreeMap<ConnectionId, Option<Decision>>,
    reviewers: BTreeSet<String>,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    /// The sheet, unless something was wrong with it.
    fn end(self, digest: String) -> Result<Sheet, Vec<Finding>> {
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        let decisions = self.decisions.into_iter();
        Ok(Sheet {
            decisions: decisions.filter_map(|(id, one)| Some((id, one?))).collect(),
            reviewers: self.reviewers,
            digest,
        })
    }

    fn table(&mut self, bytes: &[u8]) {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        for (at, record) in reader.into_records().enumerate() {
            let record = match record {
                Ok(record) => record,
                Err(error) => return self.fault(0, "", "unreadable", &error.to_string()),
            };
            let line = record.position().map_or(0, csv::Position::line);
            if at == 0 {
                if record.iter().map(str::trim).ne(COLUMNS) {
                    let message = format!("the columns have to be {}", COLUMNS.join(","));
                    return self.fault(line, "", "bad_header", &message);
                }
            } else {
                self.row(line, &record);
            }
        }
    }

    fn row(&mut self, line: u64, record: &StringRecord) {
        let cell = |column: usize| record.get(column).unwrap_or_default().trim();
        if record.len() != COLUMNS.len() {
            let message = format!(
                "this row has {} fields, not {}",
                record.len(),
                COLUMNS.len()
            );
            return self.fault(line, "", "ragged_row", &message);
        }
        let Some(known) = self.known.get(cell(1)).copied() else {
            let message = format!("there is no connection {:?} any more", cell(1));
            return self.fault(line, COLUMNS[1], "unknown_credential", &message);
        };
        if self.told(known) {
            let message = format!("there is a row for {} already", known.connection);
            return self.fault(line, COLUMNS[1], "duplicate_row", &message);
        }
        self.compare(line, &cell, known);
        let decision = self.decision(line, cell(DECISION));
        if cell(REVIEWER).is_empty() {
            let message = "nobody is named who decided";
            self.fault(line, COLUMNS[REVIEWER], "no_reviewer", message);
        }
        self.reviewers.insert(cell(REVIEWER).to_owned());
        self.decisions.insert(known.connection.clone(), decision);
    }

    /// What says which credential it is has to be so still; it may have been used since.
    fn compare<'r>(&mut self, line: u64, cell: &dyn Fn(usize) -> &'r str, known: &Row) {
        let now = known.cells(self.quarter);
        for column in FIXED {
            if cell(column) != now[column].trim() {
                let message = format!(
                    "it says {:?}, and the credential has {:?} now",
                    cell(column),
                    now[column]
                );
                self.fault(line, COLUMNS[column], "changed", &message);
            }
        }
        if *cell(LAST_USE) > *known.last_use {
            let message = format!("{:?} is later than any use on record", cell(LAST_USE));
            self.fault(line, COLUMNS[LAST_USE], "changed", &message);
        }
    }

    fn decision(&mut self, line: u64, word: &str) -> Option<Decision> {
        let known = Decision::ALL.iter().find(|(name, _)| *name == word);
        match (known, word) {
            (Some((_, decision)), _) => return Some(*decision),
            (None, "") => self.fault(line, COLUMNS[DECISION], "no_decision", "nothing is decided"),
            (None, word) => {
                let message = format!("{word:?} is no decision");
                self.fault(line, COLUMNS[DECISION], "bad_decision", &message);
            }
        }
        None
    }

    fn told(&self, row: &Row) -> bool {
        self.decisions.contains_key(&row.connection)
    }

    fn fault(&mut self, line: u64, column: &str, what: &str, message: &str) {
        let place = Place::file(self.file);
        let place = match line {
            0 => place,
            line => place.at(line, column),
        };
        let hint = match what {
            "no_decision" | "bad_decision" => "Write keep, revoke or rotate.",
            "no_reviewer" => "Write who decided.",
            "unreadable" | "bad_header" | "ragged_row" => {
                "Save it as CSV with commas, UTF-8, and leave its columns as they are."
            }
            "changed" => {
                "Write the sheet anew and copy the decisions that still hold; spreadsheets must \
                 leave its days as they are."
            }
            _ => "Write the sheet anew, and copy the decisions that still hold.",
        };
        let finding = Finding::error(&format!("review.{what}"), place, message).hint(hint);
        self.findings.push(finding);
    }
}

#[cfg(test)]
mod tests;
