//! Jobs: one question each, and the words for their ends.

use std::sync::Arc;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::{JobState, Jobs, Pace};
use url::Url;

use super::description::{Description, Job};
use super::failures::document;
use super::json::Json;
use super::push::is_job;
use super::template::Slot;

#[derive(Debug)]
pub(crate) struct DescribedJobs {
    pub(crate) description: Arc<Description>,
    pub(crate) job: Job,
    pub(crate) base: Url,
}

impl DescribedJobs {
    /// What the answer says. A state that nobody described is running, and so is an end
    /// that speaks of a failure at the same time.
    fn state(&self, chunk: &Chunk, response: &Response, body: &Json) -> Result<JobState> {
        let description = &self.description;
        let state = self.job.state.find(body);
        let is = |words: &[Json]| state.is_some_and(|state| words.contains(state));
        let mut failure = description.push.failure.iter();
        let fails = failure.any(|at| at.find_some(body).is_some());
        if is(&self.job.failed) {
            return Ok(JobState::Failed(description.failed_receipt(chunk, body)));
        }
        if is(&self.job.done) && !fails {
            let (count, refused) = (self.job.count.as_ref(), description.refused_in_jobs());
            let receipt = description.whole_receipt(chunk, count, refused, body);
            let unclear =
                |text: String| Error::malformed(&description.vendor.id, Operation::Poll, text);
            return receipt.map(JobState::Finished).map_err(unclear);
        }
        if state.is_none() {
            let text = "the answer does not say the job's state";
            return Err(Error::malformed(
                &description.vendor.id,
                Operation::Poll,
                text,
            ));
        }
        Ok(JobState::Running {
            check_after: response.retry_after(),
        })
    }
}

impl Jobs for DescribedJobs {
    fn pace(&self) -> Pace {
        self.job.pace
    }

    fn poll(&self, chunk: &Chunk, job: &JobRef) -> Result<Request> {
        let vendor = &self.description.vendor.id;
        if !is_job(job.as_str()) {
            let text = "a job's name is 1 to 128 letters, digits, - or _";
            return Err(Error::bug(vendor, Operation::Poll, text));
        }
        let values = |slot| match slot {
            Slot::Job => Some(Json::Text(job.to_string())),
            Slot::Property => Some(Json::Text(chunk.target.vendor_property.to_string())),
            _ => None,
        };
        self.job
            .ask
            .request(vendor, Operation::Poll, &self.base, &values)
    }

    fn parse_poll(
        &self,
        chunk: &Chunk,
        job: &JobRef,
        _carry: &Carry,
        response: &Response,
    ) -> Result<Step<JobState>> {
        let vendor = &self.description.vendor.id;
        let status = response.status.as_u16();
        if let Some(gone) = &self.job.gone
            && let Ok(body) = Json::parse(&response.body)
            && gone.is(status, &body)
        {
            return Ok(Step::Done(JobState::Gone));
        }
        if status != 200 {
            let errors = &self.description.errors;
            return Err(errors.refusal(vendor, Operation::Poll, response));
        }
        let body = document(vendor, Operation::Poll, response)?;
        if let Some(id) = &self.job.id
            && id.find(&body).and_then(Json::word) != Some(job.as_str())
        {
            let text = "the answer is about another job";
            return Err(Error::malformed(vendor, Operation::Poll, text));
        }
        let state = self.state(chunk, response, &body)?;
        Ok(Step::Done(referenced(state, job)))
    }
}

fn referenced(state: JobState, job: &JobRef) -> JobState {
    let with = |receipt: Receipt| Receipt {
        reference: Some(job.to_string()),
        ..receipt
    };
    match state {
        JobState::Finished(receipt) => JobState::Finished(with(receipt)),
        JobState::Failed(receipt) => JobState::Failed(with(receipt)),
        other => other,
    }
}
