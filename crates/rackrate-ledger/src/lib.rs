//! The durable state of rackrate: what is meant to be sent, what left, what was seen.
//!
//! [`op`] says what can be written down, [`transition`] what may follow what, [`store`]
//! what a ledger promises. Two ledgers keep the promise, and one suite checks both:
//! [`sqlite`] in a file, [`model`] in memory. [`lease`] keeps a second process from
//! sending. [`audit`] derives from all this who used which credential when, and [`dates`]
//! keeps when that last was.
//!
//! Invariant: an intent is on disk before its first byte leaves.

#[cfg(test)]
mod agreement;
pub mod audit;
mod codec;
pub mod dates;
pub mod error;
pub mod lease;
mod merge;
pub mod model;
pub mod op;
pub mod sqlite;
pub mod store;
#[cfg(any(test, feature = "suite"))]
pub mod suite;
pub mod suspension;
pub mod transition;
