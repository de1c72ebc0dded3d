//! Guesses which of a vendor's names are ours, so that a person corrects instead of typing.
//!
//! A property is ours when it has an equal name; a room type and a rate plan get codes that
//! are in use already where one fits, else new ones made of the vendor's words. Writing the
//! guesses down is left to [`super::extend`], deciding about them to a person.
//!
//! Invariant: with the rows that are there already, guesses are one to one; what could be
//! two things is not guessed.

mod codes;
mod names;
mod partners;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::adapter::{DiscoveredProperty, Discovery};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, RatePlanCode, RoomTypeCode, VendorId};

use self::codes::Coder;
use self::partners::partners;
use super::{Mapping, Names};
use crate::properties::Properties;

/// A row that a person has to confirm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The account.
    pub connection: ConnectionId,
    /// Our property.
    pub property: PropertyCode,
    /// Our room type.
    pub room_type: RoomTypeCode,
    /// Our rate plan.
    pub rate_plan: RatePlanCode,
    /// The vendor's property.
    pub vendor_property: VendorId,
    /// The vendor's room type and rate plan.
    pub ids: Ids,
    /// What the vendor calls the property.
    pub vendor_property_name: String,
    /// What the vendor calls that which is sold.
    pub vendor_name: String,
}

/// What could be guessed, and what could not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guesses {
    /// The rows, in the vendor's order.
    pub rows: Vec<Guess>,
    /// So many unmapped things are left out, because the vendor computes their prices.
    pub derived: usize,
    /// The vendor's properties that are none of ours, or could be several.
    pub strangers: Vec<Stranger>,
}

/// A property of the vendor without a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// As the vendor describes it.
    pub property: DiscoveredProperty,
    /// Ours that it could be; empty where none has its name.
    pub rivals: Vec<PropertyCode>,
}

/// Codes in use, which a guess prefers to new ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes(BTreeMap<PropertyCode, BTreeSet<Names>>);

impl Codes {
    /// Those of a mapping, at any connection.
    pub fn of(mapping: &Mapping) -> Self {
        let mut codes = Self::default();
        codes.extend(mapping);
        codes
    }

    /// Adds those of a mapping, at any connection.
    pub fn extend(&mut self, mapping: &Mapping) {
        for (_, property, mapped) in mapping.lanes() {
            for (room_type, rate_plan) in mapped.sold.keys() {
                self.add(property, room_type, rate_plan);
            }
        }
    }

    /// Adds a pair of codes of a property, such as those of a calendar.
    pub fn add(
        &mut self,
        property: &PropertyCode,
        room_type: &RoomTypeCode,
        rate_plan: &RatePlanCode,
    ) {
        let pairs = self.0.entry(property.clone()).or_default();
        pairs.insert((room_type.clone(), rate_plan.clone()));
    }

    fn pairs(&self, property: &PropertyCode) -> impl Iterator<Item = &Names> {
        self.0.get(property).into_iter().flatten()
    }

    fn all(&self) -> impl Iterator<Item = &Names> {
        self.0.values().flatten()
    }
}

/// Guesses rows for what a connection lists and the mapping does not have.
pub fn guess(
    connection: &ConnectionId,
    discovery: &Discovery,
    properties: &Properties,
    mapping: &Mapping,
    codes: &Codes,
) -> Guesses {
    let found = partners(connection, discovery, properties, mapping);
    let mut guesses = Guesses {
        strangers: found.strangers,
        ..Guesses::default()
    };
    for there in &discovery.properties {
        let Some(property) = found.ours.get(&there.id) else {
            continue;
        };
        let mapped = mapping.property(connection, property);
        let mut coder = Coder::new(property, there, mapped, codes);
        let known: BTreeSet<&Ids> = mapped.iter().flat_map(|one| one.sold.values()).collect();
        for (at, sellable) in there.sellables.iter().enumerate() {
            if known.contains(&sellable.ids) {
                continue;
            }
            if sellable.derived {
                guesses.derived += 1;
                continue;
            }
            let (room_type, rate_plan) = coder.names(at);
            guesses.rows.push(Guess {
                connection: connection.clone(),
                property: property.clone(),
                room_type,
                rate_plan,
                vendor_property: there.id.clone(),
                ids: sellable.ids.clone(),
                vendor_property_name: there.name.clone(),
                vendor_name: sellable.name.clone(),
            });
        }
    }
    guesses
}

#[cfg(test)]
mod tests;
