//! Allowances: what of them is used up or set aside beyond a process.

use rackrate_core::clock::Wall;
use serde::{Deserialize, Serialize};

/// How much of an allowance was used up when a process ended cleanly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Names the allowance and its scope.
    pub quota: String,
    /// How many requests still count.
    pub used: u32,
    /// Until when they may.
    pub until: Wall,
}

impl Usage {
    /// Stands for every allowance that is not named: after an unclean end nobody knows
    /// which were used. [`Usage::until`] is when the last unknown request may have arrived.
    pub const ANY: &'static str = "*";
}

/// A part of an allowance with a long window, set aside before it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Names the allowance and its scope.
    pub quota: String,
    /// How many requests it covers.
    pub count: u32,
    /// Milliseconds for which a request counts.
    pub window: u64,
    /// When it was set aside.
    pub at: Wall,
}
