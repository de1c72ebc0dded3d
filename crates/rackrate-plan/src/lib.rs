//! From desired and known prices to the smallest set of requests.
//!
//! [`calendar`], [`properties`] and [`mapping`] read what people wrote. [`planner`] compares
//! it with what the connections show, asks [`guards`], and writes a [`planner::Plan`];
//! [`intervals`] and [`chunks`] turn differences into requests, [`show`] into a list that a
//! person can judge. Opening files, reading clocks and sending are left to others.
//!
//! Invariant: everything here is pure. The same inputs give the same plan, byte for byte.

pub mod chunks;
pub mod intervals;
