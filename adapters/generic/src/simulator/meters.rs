//! Section 7: calls per property in any rolling minute.

use std::collections::BTreeMap;
use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::simulator::Meter;

use super::PmsV2;
use super::http_text::Answer;

const LIMIT: u32 = 300;
const SPAN: Duration = Duration::from_secs(60);

/// A meter for each property, and until when it asked to be left alone.
#[derive(Debug, Default)]
pub(super) struct Meters {
    meters: BTreeMap<VendorId, Meter>,
    closed_until: BTreeMap<VendorId, Mono>,
}

impl PmsV2 {
    /// Counts a batch or read of a property that the server knows.
    pub(super) fn meter(&mut self, property: &VendorId, now: Mono) -> Result<(), Answer> {
        let meters = &mut self.meters;
        if meters
            .closed_until
            .get(property)
            .is_some_and(|until| now < *until)
        {
            self.state.record.early_repeats += 1;
        }
        let meter = meters
            .meters
            .entry(property.clone())
            .or_insert_with(|| Meter::new(LIMIT, SPAN));
        let Err(wait) = meter.arrive(now) else {
            return Ok(());
        };
        self.state.record.breaches += 1;
        let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let until = now.after(Duration::from_secs(whole));
        let closed = meters.closed_until.entry(property.clone()).or_insert(until);
        *closed = (*closed).max(until);
        Err(Answer::error(429, "rate_limited").with("Retry-After", whole.to_string()))
    }
}
