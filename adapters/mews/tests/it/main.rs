//! The adapter and its simulator, from outside.

#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

mod answers;
mod discovery;
mod edges;
mod golden;
mod payloads;
mod restrictions;
mod robust;
mod round_trip;
mod support;
mod vendor;
