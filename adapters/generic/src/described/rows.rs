//! From a chunk's rows to the rows of the vendor's request.
//!
//! Writing and reading of receipts both go by this list, so a refusal's number means the
//! row that was written under it.

use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::ids::Ids;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;

use super::description::{Description, Item, Push};
use super::json::Json;
use super::template::{Node, Slot};

/// One row of the request.
#[derive(Clone, Debug)]
pub(crate) struct WireRow<'c> {
    /// The chunk's row it comes from.
    pub(crate) row: u32,
    pub(crate) ids: &'c Ids,
    pub(crate) first: Night,
    pub(crate) last: Night,
    pub(crate) prices: &'c [(u8, Minor)],
    pub(crate) rules: Rules,
}

impl WireRow<'_> {
    /// What it is about, for people.
    pub(crate) fn words(&self) -> String {
        let (ids, first, last) = (self.ids, self.first, self.last);
        let mut words = match first == last {
            true => format!("{ids}, {first}"),
            false => format!("{ids}, {first} to {last}"),
        };
        if let [(adults, _)] = self.prices {
            words.push_str(&format!(", {adults} adults"));
        }
        words
    }
}

impl Push {
    /// How many rows of a request these rows become.
    pub(crate) fn count(&self, rows: &[Row]) -> u64 {
        let of = |row: &Row| match self.item {
            Item::Range => 1,
            Item::Night => u64::from(row.nights()),
            Item::Price => u64::from(row.nights()).saturating_mul(row.prices.len().max(1) as u64),
        };
        rows.iter().map(of).fold(0, u64::saturating_add)
    }

    /// The rows of the request, in their order. Few enough where [`Push::count`] is.
    pub(crate) fn wire<'c>(&self, chunk: &'c Chunk) -> Vec<WireRow<'c>> {
        let mut wire = Vec::new();
        for (at, row) in (0_u32..).zip(&chunk.rows) {
            let one = |first, last, prices| WireRow {
                row: at,
                ids: &row.ids,
                first,
                last,
                prices,
                rules: row.rules,
            };
            if self.item == Item::Range {
                wire.push(one(row.first, row.last, &row.prices[..]));
                continue;
            }
            for night in row.first.through(row.last) {
                if self.item == Item::Night || row.prices.is_empty() {
                    wire.push(one(night, night, &row.prices[..]));
                } else {
                    let each = row.prices.chunks(1);
                    wire.extend(each.map(|price| one(night, night, price)));
                }
            }
        }
        wire
    }
}

impl Description {
    /// What a placeholder of a row stands for.
    pub(crate) fn said(
        &self,
        chunk: &Chunk,
        row: &WireRow<'_>,
        price: Option<&Node>,
        slot: Slot,
    ) -> Option<Json> {
        let text = |text: &dyn ToString| Some(Json::Text(text.to_string()));
        let only = row.prices.first();
        match slot {
            Slot::Property => text(&chunk.target.vendor_property),
            Slot::Room => row.ids.room.as_ref().and_then(|id| text(id)),
            Slot::Plan => row.ids.plan.as_ref().and_then(|id| text(id)),
            Slot::Night | Slot::First => text(&row.first),
            Slot::Last => text(&row.last),
            Slot::End => text(&row.last.next()),
            Slot::Adults | Slot::Amount | Slot::Currency => self.price(chunk, row.ids, only?, slot),
            Slot::Rule(kind) => self.rules.get(&kind)?.write(row.rules.get(kind)),
            Slot::Prices => {
                let one = |price_of: &(u8, Minor)| {
                    price?.fill(&|slot| self.price(chunk, row.ids, price_of, slot))
                };
                let all: Vec<_> = row.prices.iter().filter_map(one).collect();
                (!all.is_empty()).then_some(Json::List(all))
            }
            _ => None,
        }
    }

    fn price(&self, chunk: &Chunk, ids: &Ids, price: &(u8, Minor), slot: Slot) -> Option<Json> {
        let currency = chunk.target.currency(ids);
        match slot {
            Slot::Adults => Some(Json::Number(price.0.to_string())),
            Slot::Amount => Some(self.money.write(currency, price.1)),
            Slot::Currency => Some(Json::Text(currency.code().to_owned())),
            _ => None,
        }
    }
}
