//! What connections show, put together from what was seen of them.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, Ids, VendorId};
use rackrate_core::series::Series;
use rackrate_ledger::op::SeenSegment;

/// The series of one property at one connection, by thing and adults.
pub(crate) type Shown = BTreeMap<(Ids, u8), Series>;

/// Everything seen, the newest word on each night on top.
#[derive(Debug, Default)]
pub(crate) struct Known {
    lanes: BTreeMap<(ConnectionId, VendorId), Shown>,
}

impl Known {
    /// Puts together what was seen at `since` or later.
    pub(crate) fn of(seen: &[SeenSegment], since: Wall) -> Self {
        let mut fresh: Vec<&SeenSegment> =
            seen.iter().filter(|segment| segment.at >= since).collect();
        fresh.sort_by_key(|segment| segment.at);
        let mut known = Self::default();
        for segment in fresh {
            let lane = (segment.connection.clone(), segment.vendor_property.clone());
            let shown = known.lanes.entry(lane).or_default();
            shown
                .entry((segment.ids.clone(), segment.adults))
                .and_modify(|series| series.overlay(&segment.series))
                .or_insert_with(|| segment.series.clone());
        }
        known
    }

    /// What one property at one connection shows.
    pub(crate) fn lane(&self, connection: &ConnectionId, property: &VendorId) -> Option<&Shown> {
        self.lanes.get(&(connection.clone(), property.clone()))
    }
}
