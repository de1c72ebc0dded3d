//! What a vendor promises about a write that is sent twice, and how to find out whether a
//! lost one arrived.

use std::fmt;
use std::time::Duration;

use crate::adapter::{Carry, Step};
use crate::chunk::Chunk;
use crate::clock::Wall;
use crate::error::{Error, Result};
use crate::exchange::{Operation, Request, Response};
use crate::ids::{JobRef, Vendor};
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

/// The promise of a vendor without keys and without a look-up, whose writes set absolute
/// values: the same one again does no harm while nothing newer left.
#[derive(Clone, Debug)]
pub struct SetsState {
    vendor: Vendor,
    not_again_within: Duration,
}

impl SetsState {
    /// The promise of that vendor.
    pub fn new(vendor: &Vendor) -> Self {
        Self {
            vendor: vendor.clone(),
            not_again_within: Duration::ZERO,
        }
    }

    /// How long the vendor refuses an equal write. Default: not at all.
    #[must_use]
    pub fn with_not_again_within(mut self, time: Duration) -> Self {
        self.not_again_within = time;
        self
    }
}

impl Idempotency for SetsState {
    fn guarantee(&self, operation: Operation) -> Guarantee {
        match operation.writes() {
            true => Guarantee::Absolute {
                not_again_within: self.not_again_within,
            },
            false => Guarantee::None,
        }
    }

    fn stamp(&self, _: &Key, _: &mut Request) {}

    fn look_up(&self, _: &Lost<'_>) -> Option<Request> {
        None
    }

    fn parse_look_up(&self, _: &Lost<'_>, _: &Carry, _: &Response) -> Result<Step<Found>> {
        let text = "the vendor lists no writes, so there is no look-up to read";
        Err(Error::bug(&self.vendor, Operation::LookUp, text))
    }
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
        /// The vendor refuses an equal request within this time of an arrival.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_writes_are_promised_to_set_the_same_again() {
        let not_again_within = Duration::from_secs(1_800);
        let vendor = Vendor::new("acme").unwrap();
        let promise = SetsState::new(&vendor).with_not_again_within(not_again_within);
        for operation in Operation::ALL {
            let want = match operation.writes() {
                true => Guarantee::Absolute { not_again_within },
                false => Guarantee::None,
            };
            assert_eq!(promise.guarantee(operation), want, "{operation}");
        }
    }
}
