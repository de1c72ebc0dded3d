//! What one write carries: rows of one property at one connection.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::exchange::Operation;
use crate::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use crate::money::{Basis, Currency, Minor};
use crate::night::Night;
use crate::rules::Rules;

/// A property at a connection, with the facts an adapter needs to speak of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The account.
    pub connection: ConnectionId,
    /// Our code of the property.
    pub property: PropertyCode,
    /// The vendor's identifier of the property.
    pub vendor_property: VendorId,
    /// What discovery said.
    pub facts: Facts,
}

/// Facts of a property, from configuration and discovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The hotel's name, for people.
    pub name: String,
    /// The currency its prices are in.
    pub currency: Currency,
    /// Whether its prices include tax, where the vendor says.
    #[serde(default)]
    pub basis: Option<Basis>,
    /// The IANA time zone, where the vendor says.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// What can be sold, by the vendor's identifiers.
    #[serde(default, with = "sellable_list")]
    pub sellables: BTreeMap<Ids, Sellable>,
}

/// One thing with a calendar of its own: a rate plan, often of one room type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sellable {
    /// The vendor's identifiers.
    pub ids: Ids,
    /// The vendor's name, for people: the room type's, a comma and a blank, the rate plan's;
    /// where prices belong to only one of the two, its name alone.
    pub name: String,
    /// Its currency, where it differs from the property's or the vendor keeps it per plan.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Whether the vendor computes it from another; such prices cannot be written.
    #[serde(default)]
    pub derived: bool,
    /// The numbers of adults that it has prices for; empty where the vendor does not say.
    #[serde(default)]
    pub adults: Vec<u8>,
    /// What this vendor's requests need beyond that; private to its adapter.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
}

impl Target {
    /// The currency of one series: the plan's own, else the property's.
    pub fn currency(&self, ids: &Ids) -> Currency {
        self.facts
            .sellables
            .get(ids)
            .and_then(|sellable| sellable.currency)
            .unwrap_or(self.facts.currency)
    }
}

/// Nights with equal wishes, of one thing the vendor sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The vendor's identifiers.
    pub ids: Ids,
    /// The first night.
    pub first: Night,
    /// The last night, meant too; the adapter turns it into the vendor's exclusive end.
    pub last: Night,
    /// Price by number of adults, in ascending order; empty when only rules change.
    pub prices: Vec<(u8, Minor)>,
    /// Restrictions.
    #[serde(default, skip_serializing_if = "Rules::is_leave")]
    pub rules: Rules,
}

impl Row {
    /// Nights in the row.
    pub fn nights(&self) -> u32 {
        self.first.span(self.last)
    }

    /// Whether both rows speak of a common cell: a price for the same number of adults, or
    /// the same kind of restriction, on a common night of the same thing.
    pub fn overlaps(&self, other: &Self) -> bool {
        let nights = self.first <= other.last && other.first <= self.last;
        let prices = || {
            let mut adults = self.prices.iter().map(|(adults, _)| *adults);
            adults.any(|adults| other.has_price(adults))
        };
        let rules = || self.rules.shares_a_kind(&other.rules);
        self.ids == other.ids && nights && (prices() || rules())
    }

    /// The price for a vendor that has one a night, which the connection says is meant for so
    /// many adults; `None` where only restrictions change.
    ///
    /// # Errors
    /// Why such a vendor cannot be told the row's prices.
    pub fn one_price(&self, adults: u8) -> Result<Option<Minor>, &'static str> {
        match self.prices.as_slice() {
            [] => Ok(None),
            [(_, Minor(0))] => Err("a price of zero is never pushed"),
            [(own, price)] if *own == adults => Ok(Some(*price)),
            [_] => Err("the price is for another number of adults than the connection's"),
            _ => Err("the vendor has one price a night"),
        }
    }

    /// Whether it has a price for that number of adults.
    pub fn has_price(&self, adults: u8) -> bool {
        self.prices.iter().any(|(own, _)| *own == adults)
    }
}

/// What one write request carries. Within the adapter's [`crate::shape::Shape`] always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Where it goes.
    pub target: Arc<Target>,
    /// The write.
    pub operation: Operation,
    /// The rows, in the order in which they apply.
    pub rows: Vec<Row>,
}

impl Chunk {
    /// Whether a night of one thing is in two rows, for vendors that promise no order.
    pub fn has_a_night_twice(&self) -> bool {
        let mut sorted: Vec<&Row> = self.rows.iter().collect();
        sorted.sort_by(|a, b| (&a.ids, a.first).cmp(&(&b.ids, b.first)));
        let pairs = sorted.iter().zip(sorted.iter().skip(1));
        let again = |(one, next): (&&Row, &&Row)| one.ids == next.ids && next.first <= one.last;
        pairs.into_iter().any(again)
    }
}

/// What the vendor said of a write that it finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The vendor's reference of the request or job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Rows that were refused, by their index in the chunk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<(u32, Refusal)>,
    /// Refusals that name no row: every row not named is unknown until it is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unattributed: Vec<Refusal>,
}

impl Receipt {
    /// Cleans what the vendor wrote, as [`crate::words`] has it; for the one place where
    /// receipts enter. Refusals are cleaned when they are made, and again do not change.
    pub fn clean(&mut self) {
        let reference = self.reference.take();
        self.reference = reference.map(|text| crate::words::clean_name(&text));
        let refused = self.refused.iter_mut().map(|(_, refusal)| refusal);
        for refusal in refused.chain(&mut self.unattributed) {
            *refusal = Refusal::new(&refusal.code, &refusal.text);
        }
    }
}

/// The vendor's words on why it refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The vendor's code; empty where it has none.
    pub code: String,
    /// The vendor's text, cleaned and cut.
    pub text: String,
}

impl Refusal {
    /// A refusal in the vendor's words, cleaned and cut.
    pub fn new(code: &str, text: &str) -> Self {
        Self {
            code: crate::error::clean(code),
            text: crate::error::clean(text),
        }
    }
}

/// JSON has no keys but text, so sellables travel as a list.
mod sellable_list {
    use super::{BTreeMap, Ids, Sellable};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<Ids, Sellable>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        map.values().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Ids, Sellable>, D::Error> {
        let list = Vec::<Sellable>::deserialize(deserializer)?;
        Ok(list.into_iter().map(|one| (one.ids.clone(), one)).collect())
    }
}
