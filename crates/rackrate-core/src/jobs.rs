//! Asynchronous jobs: how often to ask, and what the answers mean.

use std::fmt;
use std::time::Duration;

use crate::adapter::{Carry, Step};
use crate::chunk::{Chunk, Receipt};
use crate::error::Result;
use crate::exchange::{Request, Response};
use crate::ids::JobRef;

/// One vendor's asynchronous jobs.
pub trait Jobs: Send + Sync + fmt::Debug {
    /// How often to ask.
    fn pace(&self) -> Pace;

    /// The question.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Bug`] for a job reference this vendor cannot have given.
    fn poll(&self, chunk: &Chunk, job: &JobRef) -> Result<Request>;

    /// Reads the answer. An unknown state is [`JobState::Running`].
    ///
    /// # Errors
    /// What the answer means when it is no state.
    fn parse_poll(
        &self,
        chunk: &Chunk,
        job: &JobRef,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<JobState>>;
}

/// How often to ask for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// After the job was accepted.
    pub first: Duration,
    /// Between the first polls; grows by half each time.
    pub then: Duration,
    /// Between polls at most.
    pub longest: Duration,
    /// After this the job is not asked for any more; its rows are unknown until read.
    pub give_up: Duration,
}

/// The state of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Not finished, or in a state we do not know.
    Running {
        /// The vendor asks to wait that long.
        check_after: Option<Duration>,
    },
    /// Finished; refused rows are in the receipt.
    Finished(Receipt),
    /// Failed as a whole; rows named in the receipt were refused, the others are unknown.
    Failed(Receipt),
    /// The vendor does not know it any more.
    Gone,
}
