//! What can happen to a request between us and a vendor.
//!
//! Faults are drawn per request from a seed, by weight. They belong to the way, not to the
//! vendor: a vendor's own refusals are its simulator's business.

use std::time::Duration;

use rackrate_core::exchange::Operation;
use rackrate_core::seed::Seed;
use serde::{Deserialize, Serialize};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It arrives and is answered.
    Fine,
    /// No connection: it never leaves.
    NoConnection,
    /// It leaves and never arrives; we wait until the deadline.
    RequestLost,
    /// It arrives, and the answer is lost; we wait until the deadline.
    AnswerLost,
    /// It arrives after we stopped waiting, within the flight horizon.
    Late,
    /// The connection breaks before it arrives.
    ResetBefore,
    /// The connection breaks after it arrived.
    ResetAfter,
    /// A gateway answers 503 and does not pass it on.
    ErrorBefore,
    /// It is passed on, and a gateway answers 502.
    ErrorAfter,
    /// A gateway answers 429 with a short wait.
    Throttled,
    /// The answer's body is cut in the middle.
    Truncated,
    /// The answer's body is a page of HTML.
    Html,
}

impl Fate {
    /// All fates but [`Fate::Fine`].
    pub const FAULTS: [Self; 11] = [
        Self::NoConnection,
        Self::RequestLost,
        Self::AnswerLost,
        Self::Late,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::Throttled,
        Self::Truncated,
        Self::Html,
    ];

    /// Whether the vendor gets the request.
    pub fn arrives(self) -> bool {
        matches!(
            self,
            Self::Fine
                | Self::AnswerLost
                | Self::Late
                | Self::ResetAfter
                | Self::ErrorAfter
                | Self::Truncated
                | Self::Html
        )
    }
}

/// How often what happens.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Of a thousand requests, so many meet a fault.
    pub per_mille: u64,
    /// The faults to draw from.
    pub kinds: Vec<Fate>,
    /// Only requests of these operations; all when empty.
    pub operations: Vec<Operation>,
    /// How long we wait for an answer.
    pub deadline: Duration,
    /// How long a request may arrive after it left.
    pub horizon: Duration,
}

impl Faults {
    /// No faults, with the transport's usual deadline.
    pub fn none() -> Self {
        Self {
            per_mille: 0,
            kinds: Vec::new(),
            operations: Vec::new(),
            deadline: Duration::from_secs(30),
            horizon: Duration::from_secs(60),
        }
    }

    /// What happens to the next request.
    pub fn draw(&self, operation: Operation, seed: &mut Seed) -> Fate {
        let meant = self.operations.is_empty() || self.operations.contains(&operation);
        if !meant || self.kinds.is_empty() || !seed.chance(self.per_mille) {
            return Fate::Fine;
        }
        let at = seed.between(0, self.kinds.len() as u64 - 1);
        self.kinds[at as usize]
    }
}
