//! The process that a write becomes: asked for by HEAD, and its result fetched by one GET.
//!
//! The state is in the status and in headers: 200 means that it is not done, 201 that it
//! is, and the `Location` of the 201 leads to the result. A result can be fetched once, so
//! what is lost with it is only known by reading the prices.
//!
//! Invariant: no warning is matched to a row. What `recordId` says is not published, and a
//! wrong guess would call a changed price refused.

use std::time::Duration;

use http::Method;
use http::header::LOCATION;
use rackrate_core::adapter::{Carry, Step};
use rackrate_core::chunk::{Chunk, Receipt, Refusal};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::{JobState, Jobs, Pace};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::wire::{self, Raw};

const OPERATION: Operation = Operation::Poll;
/// A job is asked for at least this long, however short the pauses are set.
const PATIENCE: Duration = Duration::from_secs(900);

/// The processes of a connection.
#[derive(Debug)]
pub(crate) struct Processes {
    api: Api,
    pause: Duration,
}

/// Which of the two questions is being answered.
#[derive(Debug, Default, Serialize, Deserialize)]
enum Stage {
    /// HEAD: is it done?
    #[default]
    Status,
    /// GET: what became of the rows?
    Result,
}

impl Processes {
    pub(crate) fn new(api: Api, pause: Duration) -> Self {
        Self { api, pause }
    }
}

impl Jobs for Processes {
    fn pace(&self) -> Pace {
        Pace {
            first: self.pause,
            then: self.pause,
            longest: self.pause.saturating_mul(3),
            // No duration is promised, and jobs of other applications may stand before ours.
            give_up: self.pause.saturating_mul(60).max(PATIENCE),
        }
    }

    fn poll(&self, chunk: &Chunk, job: &JobRef) -> Result<Request> {
        let hotel = &chunk.target.vendor_property;
        let request = self.api.follow(Some(job.as_str()), hotel);
        let request = request.map_err(|error| {
            let text = "the job is no address on the gateway";
            self.api.bug(OPERATION, text).with_source(error)
        })?;
        Ok(Request {
            method: Method::HEAD,
            ..request
        })
    }

    fn parse_poll(
        &self,
        chunk: &Chunk,
        job: &JobRef,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<JobState>> {
        let wrong = |_| self.api.bug(OPERATION, "another parser's carry");
        match carry.get().map_err(wrong)? {
            Stage::Status => self.status(chunk, job, response),
            Stage::Result => self.result(job, response).map(Step::Done),
        }
    }
}

impl Processes {
    fn status(&self, chunk: &Chunk, job: &JobRef, response: &Response) -> Result<Step<JobState>> {
        let said = response.header("status").unwrap_or_default();
        Ok(match (response.status.as_u16(), said) {
            (201, "Completed" | "") => {
                let hotel = &chunk.target.vendor_property;
                let request = self.api.follow(response.header(LOCATION.as_str()), hotel)?;
                let wrong = |_| self.api.bug(OPERATION, "the stage cannot be kept");
                Step::Next {
                    request: Box::new(request),
                    carry: Carry::of(&Stage::Result).map_err(wrong)?,
                }
            }
            (200, "Invalid") => {
                let why = Refusal::new("Invalid", "the vendor says that the job will not finish");
                Step::Done(JobState::Failed(receipt(job, vec![why])))
            }
            (200 | 201, _) => Step::Done(JobState::Running {
                check_after: max_age(response).max(response.retry_after()),
            }),
            (404, _) => Step::Done(JobState::Gone),
            _ => return Err(self.api.refused(OPERATION, response)),
        })
    }

    fn result(&self, job: &JobRef, response: &Response) -> Result<JobState> {
        match response.status.as_u16() {
            200 => {}
            // It was fetched before, or there never was one: only reading tells now.
            204 | 404 => return Ok(JobState::Gone),
            _ => return Err(self.api.refused(OPERATION, response)),
        }
        let wrong = |text: &str| self.api.malformed(OPERATION, text);
        let said: Outcome<'_> =
            wire::body(&response.body).ok_or_else(|| wrong("the answer is no result"))?;
        if said.error.is_some() || (said.warnings.is_none() && said.links.is_none()) {
            return Err(wrong("the answer is no result"));
        }
        let warnings = match said.warnings {
            None => Vec::new(),
            raw => wire::items(raw).ok_or_else(|| wrong("the warnings are no list"))?,
        };
        let refusals = warnings
            .into_iter()
            .map(|raw| wire::object(raw).map(|warning: Warning<'_>| warning.refusal()))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| wrong("a warning is no object"))?;
        Ok(JobState::Finished(receipt(job, refusals)))
    }
}

fn receipt(job: &JobRef, unattributed: Vec<Refusal>) -> Receipt {
    Receipt {
        reference: job.as_str().rsplit('/').next().map(str::to_owned),
        refused: Vec::new(),
        unattributed,
    }
}

/// `Cache-Control: max-age`, in which the vendor says how long a status holds.
fn max_age(response: &Response) -> Option<Duration> {
    let control = response.header("cache-control")?;
    let age = |part: &str| part.trim().strip_prefix("max-age=")?.parse().ok();
    control.split(',').find_map(age).map(Duration::from_secs)
}

#[derive(Deserialize)]
struct Outcome<'a> {
    #[serde(borrow, default)]
    warnings: Raw<'a>,
    #[serde(borrow, default)]
    links: Raw<'a>,
    #[serde(borrow, default, rename = "o:errorCode")]
    error: Raw<'a>,
}

#[derive(Deserialize)]
struct Warning<'a> {
    #[serde(borrow, default)]
    code: Raw<'a>,
    #[serde(borrow, default, rename = "shortText")]
    short_text: Raw<'a>,
    #[serde(borrow, default, rename = "recordId")]
    record: Raw<'a>,
    #[serde(borrow, default)]
    value: Raw<'a>,
}

impl Warning<'_> {
    /// The vendor's words; what it names is only shown to people.
    fn refusal(&self) -> Refusal {
        let text = wire::text(self.short_text).or_else(|| wire::text(self.value));
        let text = text.unwrap_or_else(|| "a warning without a text".to_owned());
        let text = match wire::text(self.record) {
            Some(record) => format!("{text} ({record})"),
            None => text,
        };
        Refusal::new(&wire::text(self.code).unwrap_or_default(), &text)
    }
}
