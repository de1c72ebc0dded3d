//! Runs the engine against the simulators over many seeds and judges what happened.
//!
//! [`scenario`] makes a small portfolio, wishes and mishaps out of a seed; [`play`] lets the
//! world run through crashes until all is settled; [`judge`] compares the simulators' record
//! with the ledger's. Our own log is never evidence.

pub mod judge;
pub mod play;
pub mod scenario;
