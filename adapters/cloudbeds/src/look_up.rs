//! What became of a lost write: the list of jobs, compared with what the write carried.
//!
//! The vendor has no idempotency keys, and a repeated write makes another job that may
//! overwrite what came between. So a job is ours only if it wrote exactly our nights with
//! exactly our values; anything near that is uncertain.
//!
//! Invariant: a list that cannot be read, or read to its end, is never "absent".

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::chunk::Row;
use rackrate_core::clock::Wall;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::ids::JobRef;
use rackrate_core::key::Key;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Set};
use rackrate_core::series::Seen;
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::jobs::{self, Job, Update};
use crate::restrictions::LengthOfStay;
use crate::wire;

/// How soon after its arrival a job is listed is not known; a minute is our guess.
const ABSENT_AFTER: Duration = Duration::from_secs(60);

/// Look-ups in the list of jobs.
#[derive(Debug)]
pub(crate) struct JobList {
    api: Api,
    stays: LengthOfStay,
}

impl JobList {
    pub(crate) fn new(api: Api, stays: LengthOfStay) -> Self {
        Self { api, stays }
    }
}

/// What earlier pages held.
#[derive(Default, Serialize, Deserialize)]
struct Progress {
    pages: u32,
    ours: Vec<JobRef>,
    doubtful: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Ours,
    Doubtful,
    Others,
}

impl Idempotency for JobList {
    fn guarantee(&self, _: Operation) -> Guarantee {
        Guarantee::LookUp {
            absent_after: ABSENT_AFTER,
        }
    }

    fn stamp(&self, _: &Key, _: &mut Request) {}

    fn look_up(&self, lost: &Lost<'_>) -> Option<Request> {
        let property = &lost.chunk.target.vendor_property;
        Some(
            self.api
                .get(Operation::LookUp, "/getRateJobs", Some(property)),
        )
    }

    fn parse_look_up(
        &self,
        lost: &Lost<'_>,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<Found>> {
        let wrong = |_| self.api.bug(Operation::LookUp, "another parser's carry");
        let mut progress: Progress = carry.get().map_err(wrong)?;
        let envelope = self.api.accepted(Operation::LookUp, response)?;
        let (jobs, link) = jobs::page(&self.api, Operation::LookUp, &envelope)?;
        for job in &jobs {
            progress.weigh(self.stays, lost, job);
        }
        let Some(link) = link else {
            return Ok(Step::Done(progress.verdict()));
        };
        let request = jobs::turn(
            &self.api,
            Operation::LookUp,
            lost.chunk,
            &link,
            progress.pages,
        )?;
        progress.pages += 1;
        Ok(Step::Next {
            request: Box::new(request),
            carry: Carry::of(&progress).map_err(wrong)?,
        })
    }
}

impl Progress {
    fn weigh(&mut self, stays: LengthOfStay, lost: &Lost<'_>, job: &Job<'_>) {
        let Some(id) = wire::text(job.id).and_then(|id| JobRef::new(&id).ok()) else {
            self.doubtful = true;
            return;
        };
        if lost.known_jobs.contains(&id) || is_older(job, lost.departed) {
            return;
        }
        match compare(stays, job, lost) {
            // A page that shifts while we turn it shows a job twice.
            Match::Ours if self.ours.contains(&id) => {}
            Match::Ours => self.ours.push(id),
            Match::Doubtful => self.doubtful = true,
            Match::Others => {}
        }
    }

    fn verdict(self) -> Found {
        match (self.doubtful, self.ours.as_slice()) {
            (false, []) => Found::Absent,
            (false, [job]) => Found::Job(job.clone()),
            _ => Found::Unsure,
        }
    }
}

/// Whether it was surely made before the write left. The zone of the vendor's clock is not
/// known and its time may be a mere date, so a whole day is granted.
fn is_older(job: &Job<'_>, departed: Wall) -> bool {
    let day = departed
        .timestamp()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let earliest = Night::from_date(day).map(Night::previous);
    match (wire::night(job.created), earliest) {
        (Some(created), Ok(earliest)) => created < earliest,
        _ => false,
    }
}

fn compare(stays: LengthOfStay, job: &Job<'_>, lost: &Lost<'_>) -> Match {
    let rows = &lost.chunk.rows;
    let Some(updates) = job.updates() else {
        return Match::Doubtful;
    };
    if updates.is_empty() || updates.iter().any(|update| update.span().is_none()) {
        return Match::Doubtful;
    }
    let overlaps = |update: &Update<'_>, row: &Row| {
        update.is_of(row)
            && update
                .span()
                .is_some_and(|(first, last)| first <= row.last && row.first <= last)
    };
    let (mut equal, mut foreign) = (0_usize, 0_usize);
    for update in &updates {
        let touched: Vec<&Row> = rows.iter().filter(|row| overlaps(update, row)).collect();
        match touched.as_slice() {
            [] => foreign += 1,
            rows => match agreement(stays, update, rows, lost) {
                Some(Agreement::Equal) => equal += 1,
                Some(Agreement::Silent) => return Match::Doubtful,
                _ => foreign += 1,
            },
        }
    }
    let covered = rows.iter().all(|row| is_covered(row, &updates));
    match (equal, foreign) {
        (0, _) => Match::Others,
        (_, 0) if covered && within(rows, &updates) => Match::Ours,
        _ => Match::Doubtful,
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    Differs,
    Silent,
    Equal,
}

fn agreement(
    stays: LengthOfStay,
    update: &Update<'_>,
    rows: &[&Row],
    lost: &Lost<'_>,
) -> Option<Agreement> {
    let each = rows.iter().map(|row| {
        let price = price_agrees(update, row, lost);
        price.min(restrictions_agree(stays, update, row))
    });
    each.min()
}

/// Whether an update wrote the price that the row wants.
fn price_agrees(update: &Update<'_>, row: &Row, lost: &Lost<'_>) -> Agreement {
    let currency = lost.chunk.target.currency(&row.ids);
    match row.prices.first() {
        None => Agreement::Equal,
        Some((_, wish)) => match wire::price(update.rate, currency) {
            Seen::Price(price) if price == *wish => Agreement::Equal,
            Seen::Price(_) => Agreement::Differs,
            Seen::Absent | Seen::Unreadable => Agreement::Silent,
        },
    }
}

/// Whether an update wrote the restrictions that the row wants. Jobs do not tell whether a
/// night was blocked, so that is taken on trust where anything else speaks for the job.
fn restrictions_agree(stays: LengthOfStay, update: &Update<'_>, row: &Row) -> Agreement {
    let told = update.told().rules(stays);
    let more = !row.prices.is_empty() || row.rules.said().count() > 1;
    let each = row.rules.said().map(|(kind, wish)| match told.get(kind) {
        Set::Leave if kind == Restriction::StopSell && more => Agreement::Equal,
        Set::Leave => Agreement::Silent,
        told if kind.plain(told) == kind.plain(wish) => Agreement::Equal,
        _ => Agreement::Differs,
    });
    each.min().unwrap_or(Agreement::Equal)
}

fn is_covered(row: &Row, updates: &[Update<'_>]) -> bool {
    row.first.through(row.last).all(|night| {
        updates
            .iter()
            .filter(|update| update.is_of(row))
            .filter_map(Update::span)
            .any(|(first, last)| (first..=last).contains(&night))
    })
}

/// Whether no update reaches beyond our nights.
fn within(rows: &[Row], updates: &[Update<'_>]) -> bool {
    updates.iter().all(|update| {
        let Some((first, last)) = update.span() else {
            return false;
        };
        // A split or joined interval is ours as long as each of its nights is.
        first.through(last.min(first.plus(800))).all(|night| {
            rows.iter()
                .any(|row| update.is_of(row) && (row.first..=row.last).contains(&night))
        }) && first.span(last) <= 800
    })
}
