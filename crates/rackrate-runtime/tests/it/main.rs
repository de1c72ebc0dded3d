//! The host over real sockets on this machine: attempts, tokens, and whole runs.

mod attempts;
mod runs;
mod support;
mod tokens;
