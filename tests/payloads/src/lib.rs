//! The same wishes as requests of every vendor, so that vendors can be compared side by side.
//!
//! A [`batch::Batch`] says in our words what a hotel wishes. A [`stage::Stage`] is one vendor
//! of the catalogue whose simulator has that hotel: what the adapter has to know before it
//! writes, it learns there by its own discovery and reads. [`wire`] shows what was sent;
//! [`structure`] holds bodies against the structure that a vendor published, and [`year`] counts
//! the writes of a large change.
//!
//! Invariant: no vendor is named here, and nothing is told to an adapter that it could not
//! have learned from its vendor.

pub mod batch;
mod layout;
pub mod stage;
pub mod structure;
pub mod wire;
pub mod year;
