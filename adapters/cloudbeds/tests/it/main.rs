//! The adapter and its simulator, from outside.

mod answers;
mod conversation;
mod golden;
mod look_up;
mod payloads;
mod robust;
mod support;
