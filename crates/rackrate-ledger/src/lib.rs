//! The durable state of rackrate: what is meant to be sent, what left, what was seen.
//!
//! [`op`] says what can be written down, [`transition`] what may follow what, [`store`]
//! what a ledger promises. Two ledgers keep the promise: [`model`] in memory.
//!
//! Invariant: an intent is on disk before its first byte leaves.

pub mod error;
mod merge;
pub mod model;
pub mod op;
pub mod store;
pub mod transition;
