//! The host over real sockets on this machine: attempts, tokens, and whole runs.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod attempts;
mod cache_keys;
mod commits;
mod hostile;
mod metadata;
mod rereads;
mod runs;
mod support;
mod tokens;
