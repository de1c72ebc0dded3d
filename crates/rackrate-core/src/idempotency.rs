//! What a vendor promises about a write that is sent twice, and how to find out whether a
//! lost one arrived.

use std::fmt;
use std::time::Duration;

use crate::adapter::{Carry, Step};
use crate::chunk::Chunk;
use crate::clock::Wall;
use crate::error::Result;
use crate::exchange::{Operation, Request, Response};
use crate::ids::JobRef;
use crate::key::Key;

/// One vendor's promise about repeated writes.
pub trait Idempotency: Send + Sync + fmt::Debug {
    /// What protects a repeated write of this operation.
    fn guarantee(&self, operation: Operation) -> Guarantee;

    /// Puts the key where the vendor looks for it; nothing where it looks nowhere.
    fn stamp(&self, key: &Key, request: &mut Request);

    /// The first request that finds out what became of a lost write; `None` unless the
    /// guarantee is [`Guarantee::LookUp`].
    fn look_up(&self, lost: &Lost<'_>) -> Option<Request>;

    /// Reads its answer.
    ///
    /// # Errors
    /// A list that cannot be read is an error, never "absent": else a look-up resends.
    fn parse_look_up(
        &self,
        lost: &Lost<'_>,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<Found>>;
}

/// What protects a write that may have arrived already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// The vendor remembers keys: the same key gives the first answer again.
    Keyed {
        /// For how long.
        retention: Duration,
    },
    /// The write sets absolute values: repeating it does no harm while nothing newer left.
    Absolute {
        /// The vendor refuses an equal request within this time.
        not_again_within: Duration,
    },
    /// One can ask what arrived.
    LookUp {
        /// How long after departure "not there" can be believed at the earliest.
        absent_after: Duration,
    },
    /// Nothing: such a write is unknown until it is read back.
    None,
}

/// A write that left and whose answer never came.
#[derive(Clone, Copy, Debug)]
pub struct Lost<'a> {
    /// What it carried.
    pub chunk: &'a Chunk,
    /// When it left.
    pub departed: Wall,
    /// Jobs that are known to belong to other writes.
    pub known_jobs: &'a [JobRef],
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It arrived and became this job.
    Job(JobRef),
    /// It is not there.
    Absent,
    /// Nothing certain can be said.
    Unsure,
}
