//! The adapter and its simulator, from outside.

#![expect(clippy::unwrap_used, reason = "a failed setup is a failed test")]

mod answers;
mod conversation;
mod golden;
mod look_up;
mod oauth;
mod payloads;
mod restrictions;
mod robust;
mod support;
