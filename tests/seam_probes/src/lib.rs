//! Probes of the seam: five vendors, by request and parse only, as they were tried before they had
//! adapters.
//!
//! Each module implements the traits of `rackrate-core` as far as one hard point of its
//! vendor needs them, and the tests feed it the vendor's published examples. They are no
//! adapters: nothing here is in the catalogue, and what a probe does not try is refused as
//! [`rackrate_core::error::ErrorKind::Bug`]. What they taught is in `docs/adr/`.
//!
//! Invariant: no probe needs a special case outside the seam.

#[macro_use]
mod common;

pub mod apaleo;
pub mod channex;
pub mod guesty;
pub mod mews;
pub mod ohip;
