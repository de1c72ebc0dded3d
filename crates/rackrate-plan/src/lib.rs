//! From desired and known prices to the smallest set of requests.
//!
//! [`calendar`], [`properties`] and [`mapping`] read what people wrote. [`planner`] compares
//! it with what the connections show, asks [`guards`], and writes a [`plan::Plan`];
//! [`intervals`] and [`chunks`] turn differences into requests, [`show`] into a list that a
//! person can judge. Opening files, reading clocks and sending are left to others.
//!
//! Invariant: everything here is pure. The same inputs give the same plan, byte for byte.

#![expect(
    clippy::result_large_err,
    reason = "a finding is moved once, into the list that is told; it never travels far"
)]

pub mod allow;
pub mod calendar;
pub mod chunks;
pub mod guards;
pub mod intervals;
mod known;
pub mod mapping;
pub mod plan;
pub mod planner;
pub mod properties;
pub mod selection;
pub mod show;
mod table;
