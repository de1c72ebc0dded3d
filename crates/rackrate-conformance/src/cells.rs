//! Prices and restrictions as sets that can be compared, from a chunk and from bytes.

use std::collections::BTreeMap;

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Chunk;
use rackrate_core::ids::VendorId;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Set;

use crate::vendor::Written;

/// Room type, rate plan and night, as words.
type Where = (String, String, Night);

/// How often each price occurs, and the restriction of each night.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cells {
    pub(crate) prices: BTreeMap<(Where, u8, Minor), usize>,
    pub(crate) stays: BTreeMap<Where, String>,
}

impl Cells {
    /// What a chunk means. Adults are left out where the vendor has no occupancy prices.
    pub(crate) fn meant(adapter: &dyn Adapter, chunk: &Chunk) -> Self {
        let mut cells = Self::default();
        let fixed = adapter.manifest().adults.is_some();
        for row in &chunk.rows {
            let name =
                |id: &Option<VendorId>| id.as_ref().map(ToString::to_string).unwrap_or_default();
            for night in row.first.through(row.last) {
                let place = (name(&row.ids.room), name(&row.ids.plan), night);
                for (adults, price) in &row.prices {
                    let adults = if fixed { 0 } else { *adults };
                    *cells
                        .prices
                        .entry((place.clone(), adults, *price))
                        .or_default() += 1;
                }
                cells.stay(place, row.rules.min_stay_arrival);
            }
        }
        cells
    }

    /// What the bytes of its push say.
    pub(crate) fn written(chunk: &Chunk, written: Vec<Written>) -> Result<Self, String> {
        let mut cells = Self::default();
        for one in written {
            let ids = chunk.rows.first().map(|row| &row.ids);
            let place = (
                one.room.unwrap_or_default(),
                one.plan.unwrap_or_default(),
                one.night,
            );
            if let (Some(text), Some(ids)) = (&one.price, ids) {
                let price = chunk
                    .target
                    .currency(ids)
                    .parse_vendor(text)
                    .map_err(|error| format!("{text} was written: {error}"))?;
                *cells
                    .prices
                    .entry((place.clone(), one.adults, price))
                    .or_default() += 1;
            }
            cells.stay(place, one.min_stay);
        }
        Ok(cells)
    }

    fn stay(&mut self, place: Where, stay: Set<u16>) {
        if !stay.is_leave() {
            self.stays.insert(place, format!("{stay:?}"));
        }
    }
}
