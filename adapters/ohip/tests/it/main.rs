//! The adapter and its simulator, from outside.

#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

mod answers;
mod conversation;
mod door;
mod golden;
mod habits;
mod payloads;
mod processes;
mod reading;
mod restricting;
mod round_trip;
mod structure;
mod support;
