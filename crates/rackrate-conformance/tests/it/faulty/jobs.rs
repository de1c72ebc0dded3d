//! Jobs that are told in pages without end.

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::{JobState, Jobs, Pace};

use super::{Fault, Faulty};

/// Every answer is a page that has a next one; a good adapter loses patience.
impl Jobs for Faulty {
    fn pace(&self) -> Pace {
        let second = Duration::from_secs(1);
        Pace {
            first: second,
            then: second,
            longest: second,
            give_up: second,
        }
    }

    fn poll(&self, _chunk: &Chunk, job: &JobRef) -> Result<Request> {
        let base = &self.manifest.bases[0];
        Ok(Request::get(Operation::Poll, base, format!("/jobs/{job}")))
    }

    fn parse_poll(
        &self,
        chunk: &Chunk,
        job: &JobRef,
        carry: &Carry,
        _response: &Response,
    ) -> Result<Step<JobState>> {
        let pages: u32 = carry.get().unwrap();
        if pages > 100 && !self.is(Fault::PollsForEver) {
            return Err(self.wrong(chunk, "the pages of a job do not end"));
        }
        Ok(Step::Next {
            request: Box::new(self.poll(chunk, job)?),
            carry: Carry::of(&(pages + 1)).unwrap(),
        })
    }
}
