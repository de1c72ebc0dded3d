//! The values and the seam of rackrate.
//!
//! Money, nights, series, keys, secrets and errors; requests and responses as values; and
//! the traits by which a vendor is described: [`adapter::Adapter`] with [`auth`], [`limit`],
//! [`idempotency`] and [`jobs`], and [`simulator::Simulator`] for its stand-in.
//!
//! Invariant: nothing here is async, does I/O, or reads a clock.

pub mod adapter;
pub mod address;
pub mod api_key;
pub mod auth;
mod body;
pub mod chunk;
pub mod client_auth;
pub mod clock;
pub mod code_flow;
pub mod error;
pub mod exchange;
pub mod finding;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod json;
pub mod key;
pub mod lifetime;
pub mod limit;
pub mod metadata;
pub mod money;
pub mod night;
pub mod notes;
pub mod oauth;
pub mod rules;
pub mod scope;
pub mod sealed;
pub mod secret;
pub mod seed;
pub mod series;
pub mod shape;
pub mod simulator;
pub mod words;
