//! Prices: what is known of them at a vendor, and what was wished.

use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::series::Series;
use serde::{Deserialize, Serialize};

/// Where a known price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The vendor showed it.
    Read,
    /// We pushed it and the vendor accepted.
    Pushed,
}

/// What is known of consecutive nights of one series at a vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenSegment {
    /// The account.
    pub connection: ConnectionId,
    /// The vendor's identifier of the property.
    pub vendor_property: VendorId,
    /// The vendor's room type and rate plan.
    pub ids: Ids,
    /// For how many adults.
    pub adults: u8,
    /// Prices and restrictions; nights without knowledge are unknown in it.
    pub series: Series,
    /// How we know.
    pub origin: Origin,
    /// Since when.
    pub at: Wall,
}

/// The wishes last applied for one series: what `verify` compares with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredSeries {
    /// The account.
    pub connection: ConnectionId,
    /// The property.
    pub property: PropertyCode,
    /// The vendor's room type and rate plan.
    pub ids: Ids,
    /// For how many adults the prices are, or [`Self::ANY`] for the restrictions.
    pub adults: u8,
    /// The wishes; nights left alone are unknown in it.
    pub series: Series,
}

impl DesiredSeries {
    /// Restrictions are for any number of adults: they are kept once, apart from the prices,
    /// so that no older wish for them stays beside the prices of a number of adults.
    pub const ANY: u8 = 0;
}
