//! The jobs that writes become: `getRateJobs`.
//!
//! The vendor keeps intervals of its own and may split ours, so what it reports is matched
//! to rows by rate and nights, never by position.

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::chunk::{Chunk, Receipt, Refusal, Row};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::{JobState, Jobs, Pace};
use rackrate_core::night::Night;
use serde::Deserialize;

use crate::answer::Api;
use crate::restrictions::Told;
use crate::wire::{self, Envelope, Raw};

/// More pages than seven days of jobs can fill: a list that never ends is an error.
const MAX_PAGES: u32 = 200;

/// A job as the vendor lists it.
#[derive(Debug, Deserialize)]
pub(crate) struct Job<'a> {
    #[serde(borrow, default, rename = "jobReferenceID")]
    pub(crate) id: Raw<'a>,
    #[serde(borrow, default, rename = "dateCreated")]
    pub(crate) created: Raw<'a>,
    #[serde(borrow, default)]
    status: Raw<'a>,
    #[serde(borrow, default)]
    updates: Raw<'a>,
}

/// What a job did, or is about to do, to some nights of a rate.
#[derive(Debug, Deserialize)]
pub(crate) struct Update<'a> {
    #[serde(borrow, default, rename = "rateID")]
    rate_id: Raw<'a>,
    #[serde(borrow, default)]
    action: Raw<'a>,
    #[serde(borrow, default, rename = "startDate")]
    start: Raw<'a>,
    #[serde(borrow, default, rename = "endDate")]
    end: Raw<'a>,
    #[serde(borrow, default)]
    pub(crate) rate: Raw<'a>,
    #[serde(borrow, default, rename = "minLos")]
    min_los: Raw<'a>,
    #[serde(borrow, default, rename = "maxLos")]
    max_los: Raw<'a>,
    #[serde(borrow, default, rename = "closedToArrival")]
    closed_to_arrival: Raw<'a>,
    #[serde(borrow, default, rename = "closedToDeparture")]
    closed_to_departure: Raw<'a>,
    /// Not in the schema; read in case it comes.
    #[serde(borrow, default)]
    blocked: Raw<'a>,
    #[serde(borrow, default)]
    message: Raw<'a>,
}

impl<'a> Job<'a> {
    /// The updates; `None` where they cannot be read as a list.
    pub(crate) fn updates(&self) -> Option<Vec<Update<'a>>> {
        match self.updates {
            None => Some(Vec::new()),
            Some(_) => wire::list(self.updates)?
                .into_iter()
                .map(wire::object)
                .collect(),
        }
    }
}

impl Update<'_> {
    /// The restrictions that it wrote.
    pub(crate) fn told(&self) -> Told<'_> {
        Told {
            min_los: self.min_los,
            max_los: self.max_los,
            closed_to_arrival: self.closed_to_arrival,
            closed_to_departure: self.closed_to_departure,
            blocked: self.blocked,
        }
    }

    /// Its nights, both ends meant; `None` where they are not told.
    pub(crate) fn span(&self) -> Option<(Night, Night)> {
        let span = (wire::night(self.start)?, wire::night(self.end)?);
        (span.0 <= span.1).then_some(span)
    }

    /// Whether it speaks of that row's rate.
    pub(crate) fn is_of(&self, row: &Row) -> bool {
        let rate = wire::text(self.rate_id);
        rate.is_some() && rate.as_deref() == row.ids.plan.as_ref().map(|plan| plan.as_str())
    }

    fn touches(&self, row: &Row) -> bool {
        self.is_of(row)
            && self
                .span()
                .is_some_and(|(first, last)| first <= row.last && row.first <= last)
    }

    fn action(&self) -> String {
        wire::text(self.action).unwrap_or_default()
    }
}

/// The jobs of one answer, and the link to more.
pub(crate) fn page<'r>(
    api: &Api,
    operation: Operation,
    envelope: &Envelope<'r>,
) -> Result<(Vec<Job<'r>>, Option<String>)> {
    let wrong = |text: &str| api.malformed(operation, text);
    let jobs: Vec<Job<'r>> = wire::list(envelope.data)
        .and_then(|items| items.into_iter().map(wire::object).collect())
        .ok_or_else(|| wrong("the answer is no list of jobs"))?;
    if jobs.iter().any(|job| wire::text(job.id).is_none()) {
        return Err(wrong("a job without a reference"));
    }
    let more = match envelope.has_next_page {
        None => envelope.next_page.is_some(),
        raw => wire::flag(raw).ok_or_else(|| wrong("hasNextPage is neither true nor false"))?,
    };
    match (more, wire::text(envelope.next_page)) {
        (false, _) => Ok((jobs, None)),
        (true, Some(link)) => Ok((jobs, Some(link))),
        (true, None) => Err(wrong("more jobs are announced without a link to them")),
    }
}

/// Goes on to the next page, within reason.
pub(crate) fn turn(
    api: &Api,
    operation: Operation,
    chunk: &Chunk,
    link: &str,
    pages: u32,
) -> Result<Request> {
    if pages >= MAX_PAGES {
        return Err(api.malformed(operation, "the list of jobs does not end"));
    }
    api.follow(operation, link, &chunk.target.vendor_property)
}

/// The jobs of a connection.
#[derive(Debug)]
pub(crate) struct RateJobs {
    api: Api,
}

impl RateJobs {
    pub(crate) fn new(api: Api) -> Self {
        Self { api }
    }
}

impl Jobs for RateJobs {
    fn pace(&self) -> Pace {
        Pace {
            first: Duration::from_secs(2),
            then: Duration::from_secs(2),
            longest: Duration::from_secs(10),
            give_up: Duration::from_secs(300),
        }
    }

    fn poll(&self, chunk: &Chunk, job: &JobRef) -> Result<Request> {
        let property = &chunk.target.vendor_property;
        let request = self
            .api
            .get(Operation::Poll, "/getRateJobs", Some(property));
        Ok(request.with_query("jobReferenceID", job))
    }

    fn parse_poll(
        &self,
        chunk: &Chunk,
        job: &JobRef,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<JobState>> {
        let envelope = self.api.accepted(Operation::Poll, response)?;
        let (jobs, link) = page(&self.api, Operation::Poll, &envelope)?;
        let ours = |one: &&Job<'_>| wire::text(one.id).as_deref() == Some(job.as_str());
        if let Some(found) = jobs.iter().find(ours) {
            return self.state(chunk, job, found).map(Step::Done);
        }
        let Some(link) = link else {
            return Ok(Step::Done(JobState::Gone));
        };
        let wrong = |_| self.api.bug(Operation::Poll, "another parser's carry");
        let pages: u32 = carry.get().map_err(wrong)?;
        Ok(Step::Next {
            request: Box::new(turn(&self.api, Operation::Poll, chunk, &link, pages)?),
            carry: Carry::of(&(pages + 1)).map_err(wrong)?,
        })
    }
}

impl RateJobs {
    fn state(&self, chunk: &Chunk, job: &JobRef, found: &Job<'_>) -> Result<JobState> {
        let wrong = |text: &str| self.api.malformed(Operation::Poll, text);
        let status = wire::text(found.status).ok_or_else(|| wrong("a job without a state"))?;
        if !matches!(status.as_str(), "completed" | "error") {
            return Ok(JobState::Running { check_after: None });
        }
        let updates = found
            .updates()
            .ok_or_else(|| wrong("a job's updates are no list"))?;
        let mut receipt = receipt(chunk, job, &updates);
        if status == "completed" {
            return Ok(JobState::Finished(receipt));
        }
        if let Some(rest) = unexplained(chunk, &receipt, &updates) {
            receipt.unattributed.push(rest);
        }
        Ok(JobState::Failed(receipt))
    }
}

fn receipt(chunk: &Chunk, job: &JobRef, updates: &[Update<'_>]) -> Receipt {
    let mut receipt = Receipt {
        reference: Some(job.as_str().to_owned()),
        ..Receipt::default()
    };
    for update in updates.iter().filter(|update| update.action() == "error") {
        let text = wire::text(update.message).unwrap_or_else(|| "refused without a reason".into());
        let refusal = Refusal::new("error", &text);
        let rows: Vec<u32> = (0..)
            .zip(&chunk.rows)
            .filter(|(_, row)| update.touches(row))
            .map(|(at, _)| at)
            .collect();
        if rows.is_empty() {
            receipt.unattributed.push(refusal.clone());
        }
        for at in rows {
            if !receipt.refused.iter().any(|(known, _)| *known == at) {
                receipt.refused.push((at, refusal.clone()));
            }
        }
    }
    receipt.refused.sort_by_key(|(at, _)| *at);
    receipt
}

/// Says so when a failed job leaves rows of which it tells neither good nor bad.
fn unexplained(chunk: &Chunk, receipt: &Receipt, updates: &[Update<'_>]) -> Option<Refusal> {
    let refused = |at: u32| receipt.refused.iter().any(|(known, _)| *known == at);
    let silent = (0..)
        .zip(&chunk.rows)
        .filter(|(at, row)| !refused(*at) && !is_done(row, updates))
        .count();
    let reasonless = receipt.refused.is_empty() && receipt.unattributed.is_empty();
    match silent {
        0 if reasonless => Some(Refusal::new("error", "the job failed without a reason")),
        0 => None,
        _ => Some(Refusal::new(
            "error",
            &format!("the job failed and says nothing of {silent} of its rows"),
        )),
    }
}

/// Whether finished updates cover every night of the row.
fn is_done(row: &Row, updates: &[Update<'_>]) -> bool {
    let spans: Vec<(Night, Night)> = updates
        .iter()
        .filter(|update| update.is_of(row))
        .filter(|update| matches!(update.action().as_str(), "updated" | "created"))
        .filter_map(Update::span)
        .collect();
    row.first.through(row.last).all(|night| {
        spans
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&night))
    })
}
