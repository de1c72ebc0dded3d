//! Jobs: one address each, asked every second (README, section 5).

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::chunk::{Chunk, Receipt, Refusal};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{JobRef, Vendor};
use rackrate_core::jobs::{JobState, Jobs, Pace};
use url::Url;

use crate::errors::refusal;
use crate::{push, wire};

#[derive(Debug)]
pub(crate) struct JobEndpoint {
    vendor: Vendor,
    base: Url,
}

/// Whether a text can be a job's name: it becomes a segment of a path, so nothing that
/// would lead elsewhere.
pub(crate) fn is_job_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(plain)
}

impl JobEndpoint {
    pub(crate) fn new(vendor: &Vendor, base: &Url) -> Self {
        Self {
            vendor: vendor.clone(),
            base: base.clone(),
        }
    }

    fn state(&self, chunk: &Chunk, said: wire::Outcome, response: &Response) -> Result<JobState> {
        match said.status.as_str() {
            "completed" if said.error.is_none() => push::whole_receipt(chunk, &said)
                .map(|receipt| JobState::Finished(referenced(receipt, said.job_id)))
                .map_err(|text| Error::malformed(&self.vendor, Operation::Poll, text)),
            "failed" => Ok(JobState::Failed(referenced(
                failure(chunk, &said),
                said.job_id,
            ))),
            _ => Ok(JobState::Running {
                check_after: response.retry_after(),
            }),
        }
    }
}

impl Jobs for JobEndpoint {
    fn pace(&self) -> Pace {
        Pace {
            first: Duration::from_millis(500),
            then: Duration::from_secs(1),
            longest: Duration::from_secs(1),
            give_up: Duration::from_secs(600),
        }
    }

    fn poll(&self, _chunk: &Chunk, job: &JobRef) -> Result<Request> {
        if !is_job_id(job.as_str()) {
            let text = "a job's name is 1 to 128 letters, digits, - or _";
            return Err(Error::bug(&self.vendor, Operation::Poll, text));
        }
        let path = format!("/v2/jobs/{job}");
        Ok(Request::get(Operation::Poll, &self.base, path))
    }

    fn parse_poll(
        &self,
        chunk: &Chunk,
        job: &JobRef,
        _carry: &Carry,
        response: &Response,
    ) -> Result<Step<JobState>> {
        if response.status.as_u16() != 200 {
            let error = refusal(&self.vendor, Operation::Poll, response);
            let gone = response.status.as_u16() == 404 && error.code() == Some("no_such_job");
            return if gone {
                Ok(Step::Done(JobState::Gone))
            } else {
                Err(error)
            };
        }
        let unclear = |text| Error::malformed(&self.vendor, Operation::Poll, text);
        let said: wire::Outcome = serde_json::from_slice(&response.body)
            .map_err(|error| unclear("the answer is no job").with_source(error))?;
        if said.job_id.as_deref() != Some(job.as_str()) {
            return Err(unclear("the answer is about another job"));
        }
        self.state(chunk, said, response).map(Step::Done)
    }
}

fn referenced(mut receipt: Receipt, job: Option<String>) -> Receipt {
    receipt.reference = job;
    receipt
}

/// What a failed job tells. Rows that it does not name stay unknown, and a list that makes
/// no sense is no worse than none.
fn failure(chunk: &Chunk, said: &wire::Outcome) -> Receipt {
    let refused = said.refused.as_deref().unwrap_or_default();
    let mut receipt = push::receipt(chunk, refused).unwrap_or_default();
    if receipt.refused.is_empty() && receipt.unattributed.is_empty() {
        let code = said.error.as_deref().unwrap_or("failed");
        let text = said.message.as_deref().unwrap_or("the job failed");
        receipt.unattributed.push(Refusal::new(code, text));
    }
    receipt
}
