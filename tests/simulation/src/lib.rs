//! Runs the engine against the simulators over many seeds and judges what happened.
//!
//! [`scenario`] makes a small portfolio, wishes and mishaps out of a seed; [`play`] lets the
//! world run through crashes until all is settled; [`judge`] compares the simulators' record
//! with the ledger's, and [`allowances`] counts arrivals. [`tally`] adds many seeds up.
//!
//! [`limits`] and [`revocation`] are proofs of their own, each with a figure to reach, in a
//! world of [`crowd`].
//!
//! Invariant: our own log is never evidence.

pub mod allowances;
pub mod crowd;
mod errand;
mod hotels;
pub mod judge;
pub mod limits;
pub mod play;
mod reads;
pub mod revocation;
pub mod rotation;
pub mod scenario;
pub mod tally;
