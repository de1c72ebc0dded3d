//! What a vendor's simulator is: a state machine in virtual time, and an honest witness.
//!
//! A simulator keeps the vendor's rules from its documents, strictly. It may not use its
//! adapter's wire types, so that both cannot share one misunderstanding. Faults of the
//! network are not its business; the host in `rackrate-simulator` makes those.
//!
//! Invariant: the record tells what the vendor really did. Judges read it, never our log.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::clock::{Mono, Wall};
use crate::ids::{Ids, VendorId};
use crate::money::{Basis, Currency, Minor};
use crate::night::Night;
use crate::rules::Rules;

/// One vendor's simulated service.
pub trait Simulator: Send + fmt::Debug {
    /// A request arrives. The result says when its answer is ready.
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono;

    /// The answer of an arrived request; called once, not before it is ready.
    fn answer(&mut self, id: u64, now: Mono) -> http::Response<Bytes>;

    /// When something next happens by itself, such as the end of a job.
    fn next(&self) -> Option<Mono>;

    /// Lets happen what is due by `now`.
    fn advance(&mut self, now: Mono);

    /// What really happened so far.
    fn record(&self) -> &Record;

    /// The prices held now, in order.
    fn held(&self) -> Vec<Held>;

    /// Does something to the vendor from outside.
    fn control(&mut self, command: &Control, now: Mono);

    /// Everything that must survive a restart, as JSON.
    fn save(&self) -> String;
}

/// What a simulator is built from; the same for every vendor.
#[derive(Clone, Debug)]
pub struct SimulatorSetup {
    /// Decides every free choice, such as how long an answer takes.
    pub seed: u64,
    /// Civil time when the virtual clock stands at zero.
    pub epoch: Wall,
    /// The hotels.
    pub hotels: Vec<Hotel>,
    /// The secrets it accepts, by the names of the manifest.
    pub secrets: crate::secret::Secrets,
    /// State from an earlier [`Simulator::save`].
    pub saved: Option<String>,
    /// How its clock-bound choices are set; see each field.
    pub timing: Timing,
}

/// How slow the vendor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// An answer takes at least this long, in microseconds.
    pub latency_min: u64,
    /// An answer takes at most this long, in microseconds.
    pub latency_max: u64,
    /// A job takes this long, in microseconds; `None` for the vendor's own habit.
    pub job: Option<u64>,
    /// Reading shows a change this much later, in microseconds; `None` for the vendor's habit.
    pub settle: Option<u64>,
    /// A token lives this long, in seconds; `None` for the vendor's habit.
    pub token_life: Option<u64>,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            latency_min: 20_000,
            latency_max: 120_000,
            job: None,
            settle: None,
            token_life: None,
        }
    }
}

/// A hotel inside a simulator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hotel {
    /// The vendor's identifier.
    pub id: VendorId,
    /// The name.
    pub name: String,
    /// The IANA time zone.
    pub time_zone: String,
    /// The currency.
    pub currency: Currency,
    /// Whether prices include tax.
    pub basis: Basis,
    /// What it sells.
    pub plans: Vec<HotelPlan>,
    /// The prices at the start.
    pub prices: Vec<Held>,
}

/// Something a hotel sells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HotelPlan {
    /// The identifiers.
    pub ids: Ids,
    /// The room type's name.
    pub room_name: String,
    /// The rate plan's name.
    pub plan_name: String,
    /// The plan it is computed from, and the percentage added.
    pub derived: Option<(Ids, i32)>,
}

/// A price that a vendor holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The property.
    pub property: VendorId,
    /// The room type and rate plan.
    pub ids: Ids,
    /// The night.
    pub night: Night,
    /// For how many adults; 0 where the vendor has no occupancy prices.
    pub adults: u8,
    /// The price; `None` where only a restriction is held.
    pub price: Option<Minor>,
    /// The restrictions that are in force; nothing is said of the others.
    pub rules: Rules,
}

/// Something done to a vendor from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// All tokens die now.
    RevokeTokens,
    /// Somebody changes a price by hand.
    SetPrice(Held),
    /// From now on answers take this long, in microseconds.
    SetTiming(Timing),
    /// Turns one of the vendor's own switches, which its simulator lists; for habits that
    /// its documents leave open. What it does not know changes nothing.
    Switch {
        /// Its name.
        name: String,
        /// Where it stands from now on.
        value: String,
    },
}

/// What really happened at a vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Requests that arrived, token requests included.
    pub calls: u64,
    /// Token requests.
    pub token_requests: u64,
    /// Token requests under way at once, the most ever.
    pub tokens_at_once: u64,
    /// Refresh tokens that were exchanged for the next one.
    #[serde(default)]
    pub rotations: u64,
    /// Codes and refresh tokens that were used a second time.
    #[serde(default)]
    pub reuses: u64,
    /// Write requests that arrived.
    pub pushes: u64,
    /// Writes that took effect.
    pub applied: u64,
    /// Writes answered from the memory of their key.
    pub replays: u64,
    /// Writes equal to an earlier one that took effect, without its key: a double push.
    pub doubled: u64,
    /// Requests beyond an allowance.
    pub breaches: u64,
    /// Requests sent before a `Retry-After` had passed.
    pub early_repeats: u64,
    /// Requests without a good credential.
    pub unauthorised: u64,
    /// Writes that arrived while another write of the same property was at work.
    pub overlaps: u64,
    /// Jobs that nobody asked for until they were finished and gone.
    pub unpolled_jobs: u64,
    /// Rows that were refused.
    pub refused_rows: u64,
    /// Every change of a price, in the order in which it took effect.
    pub changes: Vec<Change>,
}

/// A change of prices at a vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it took effect.
    pub at: Mono,
    /// The write it belongs to, counted from one; 0 for a change from outside.
    pub write: u64,
    /// The key it came under, where the vendor has keys.
    pub key: Option<String>,
    /// The property.
    pub property: VendorId,
    /// The room type and rate plan.
    pub ids: Ids,
    /// For how many adults; 0 where the vendor has no occupancy prices.
    pub adults: u8,
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
    /// The new price.
    pub price: Option<Minor>,
    /// The restrictions that changed.
    pub rules: Rules,
}

/// Counts arrivals in any span of a length, as a vendor's meter does. The engine's limiter
/// is other code on purpose: it has to convince this one.
#[derive(Clone, Debug)]
pub struct Meter {
    limit: usize,
    span: Duration,
    arrivals: VecDeque<Mono>,
}

impl Meter {
    /// A meter that allows `limit` arrivals in any `span`.
    pub fn new(limit: u32, span: Duration) -> Self {
        Self {
            limit: limit as usize,
            span,
            arrivals: VecDeque::new(),
        }
    }

    /// Counts an arrival if it is allowed; otherwise says how long until one will be.
    ///
    /// # Errors
    /// The wait until the oldest counted arrival leaves the span.
    pub fn arrive(&mut self, now: Mono) -> Result<(), Duration> {
        while self
            .arrivals
            .front()
            .is_some_and(|at| now.since(*at) >= self.span)
        {
            self.arrivals.pop_front();
        }
        if self.arrivals.len() < self.limit {
            self.arrivals.push_back(now);
            return Ok(());
        }
        let oldest = self.arrivals.front().copied().unwrap_or(now);
        Err(oldest.after(self.span).since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_allows_its_limit_in_any_span() {
        let mut meter = Meter::new(2, Duration::from_secs(1));
        assert_eq!(meter.arrive(Mono(0)), Ok(()));
        assert_eq!(meter.arrive(Mono(400_000)), Ok(()));
        assert_eq!(meter.arrive(Mono(999_999)), Err(Duration::from_micros(1)));
        assert_eq!(meter.arrive(Mono(1_000_000)), Ok(()));
        assert_eq!(
            meter.arrive(Mono(1_000_001)),
            Err(Duration::from_micros(399_999))
        );
    }
}
