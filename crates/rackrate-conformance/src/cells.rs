//! Prices and restrictions as sets that can be compared, from a chunk and from bytes.

use std::collections::BTreeMap;

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Chunk;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;

use crate::vendor::Written;

/// Room type, rate plan and night, as words.
type Where = (String, String, Night);

/// How often each price occurs, and the restriction of each night.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cells {
    pub(crate) prices: BTreeMap<(Where, u8, Minor), usize>,
    pub(crate) rules: BTreeMap<Where, Rules>,
}

impl Cells {
    /// What a chunk means. Adults are left out where the vendor has no occupancy prices.
    pub(crate) fn meant(adapter: &dyn Adapter, chunk: &Chunk) -> Self {
        let mut cells = Self::default();
        let fixed = adapter.manifest().adults.is_some();
        for row in &chunk.rows {
            for night in row.first.through(row.last) {
                let place = (word(&row.ids.room), word(&row.ids.plan), night);
                for (adults, price) in &row.prices {
                    let adults = if fixed { 0 } else { *adults };
                    *cells
                        .prices
                        .entry((place.clone(), adults, *price))
                        .or_default() += 1;
                }
                cells.rule(place, row.rules);
            }
        }
        cells
    }

    /// What the bytes of its push say.
    pub(crate) fn written(chunk: &Chunk, written: Vec<Written>) -> Result<Self, String> {
        let mut cells = Self::default();
        for one in written {
            let ids = named(chunk, &one).ok_or_else(|| format!("{one:?} is of no row"))?;
            let place = (word(&ids.room), word(&ids.plan), one.night);
            if let Some(text) = &one.price {
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
            cells.rule(place, one.rules);
        }
        Ok(cells)
    }

    /// Each kind by itself: several entries of a request may speak of one night.
    fn rule(&mut self, place: Where, rules: Rules) {
        let night = self.rules.entry(place).or_default();
        *night = rules.or(night);
    }
}

fn word(id: &Option<VendorId>) -> String {
    id.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// What the request names. Some vendors know a rate by one of both identifiers, so what is
/// left out is taken from the one row that has the other.
fn named<'c>(chunk: &'c Chunk, one: &Written) -> Option<&'c Ids> {
    let fits = |named: &Option<String>, id: &Option<VendorId>| {
        named.as_ref().is_none_or(|named| *named == word(id))
    };
    let mut rows = chunk
        .rows
        .iter()
        .map(|row| &row.ids)
        .filter(|ids| fits(&one.room, &ids.room) && fits(&one.plan, &ids.plan));
    let ids = rows.next()?;
    rows.all(|other| other == ids).then_some(ids)
}
