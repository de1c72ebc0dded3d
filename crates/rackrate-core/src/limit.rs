//! Published allowances: declared by adapters, enforced by the runtime.
//!
//! An adapter states what a vendor allows and what an answer reveals. It never sleeps
//! or counts, because one allowance is often shared by many properties.
//!
//! Invariant: all quotas of a vendor hold at once, so the strictest one decides.

use std::fmt;
use std::time::Duration;

use crate::chunk::Target;
use crate::exchange::{Operation, Request, Response};

/// Declares one vendor's allowances; the runtime enforces them.
pub trait RateLimit: Send + Sync + fmt::Debug {
    /// Every published allowance, each with the scope it is counted in.
    fn quotas(&self) -> &[Quota];

    /// Which quotas a request of this operation uses up, by their index in [`Self::quotas`].
    fn charges(&self, operation: Operation, target: &Target) -> Vec<Charge>;

    /// What a response reveals about the allowance; the vendor's wait wins over ours.
    fn feedback(&self, request: &Request, response: &Response) -> Feedback;
}

/// One allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// A name unique within the vendor; together with the scope it says who shares it.
    pub name: &'static str,
    /// What it is counted by.
    pub scope: Scope,
    /// How it is counted.
    pub window: Window,
    /// What the vendor allows in one window, before our headroom.
    pub limit: u32,
    /// What happens to those who exceed it.
    pub penalty: Penalty,
    /// Where the figure is from, with its date.
    pub source: &'static str,
}

/// What an allowance is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The network address we come from.
    Address,
    /// The client id, over all connections that use it.
    Client,
    /// One connection.
    Connection,
    /// One property of a connection.
    Property,
    /// One rate plan of a property, by the vendor's identifier of the plan.
    Plan,
}

/// How an allowance is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// In any span of this length.
    Rolling(Duration),
    /// At once.
    Concurrency,
}

/// What a vendor does to those who exceed an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// It refuses for a while.
    Wait,
    /// It may suspend the account.
    Suspend,
}

impl Quota {
    /// What we use of it: 10 % less, or 20 % less where suspension threatens; one at least.
    pub fn usable(&self) -> u32 {
        let spared = match self.penalty {
            Penalty::Wait => self.limit.div_ceil(10),
            Penalty::Suspend => self.limit.div_ceil(5),
        };
        match self.window {
            Window::Rolling(_) => self.limit.saturating_sub(spared).max(1),
            Window::Concurrency => self.limit.max(1),
        }
    }
}

/// A use of an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Index in [`RateLimit::quotas`].
    pub quota: usize,
    /// How much of it.
    pub cost: u32,
}

/// What a response reveals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// Wait that long before the next request under the same quotas.
    pub wait: Option<Duration>,
}
