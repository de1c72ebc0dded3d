//! The durable state of rackrate: what is meant to be sent, what left, what was seen.
//!
//! Invariant: an intent is on disk before its first byte leaves.

pub mod op;
