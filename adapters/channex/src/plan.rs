//! A rate plan as the vendor describes it, and which of its prices can be written.
//!
//! A read shows one price of a plan and a night; by all that is documented it is the
//! primary occupancy's. So only that price is written: what cannot be read back could
//! never be confirmed.
//!
//! Invariant: a plan whose price comes from another one is derived, and so is a plan whose
//! way to its price we do not know.

use std::collections::BTreeMap;

use rackrate_core::chunk::{Sellable, Target};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Currency;
use rackrate_core::rules::Restriction;
use serde::Deserialize;

/// The fact that says how a plan is sold; [`PER_PERSON`] plans have several prices.
const SELL_MODE: &str = "sell_mode";
const PER_PERSON: &str = "per_person";
/// The fact that names the restrictions a plan takes from its parent.
const INHERITED: &str = "inherited";

/// A rate plan of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Listed {
    id: VendorId,
    attributes: Attributes,
    #[serde(default)]
    relationships: Relationships,
}

#[derive(Debug, Deserialize)]
struct Attributes {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    sell_mode: Option<String>,
    #[serde(default)]
    rate_mode: Option<String>,
    #[serde(default)]
    parent_rate_plan_id: Option<VendorId>,
    #[serde(default)]
    options: Vec<Occupancy>,
    #[serde(default)]
    inherit_rate: Option<bool>,
    #[serde(default)]
    inherit_min_stay_arrival: Option<bool>,
    #[serde(default)]
    inherit_min_stay_through: Option<bool>,
    #[serde(default)]
    inherit_max_stay: Option<bool>,
    #[serde(default)]
    inherit_closed_to_arrival: Option<bool>,
    #[serde(default)]
    inherit_closed_to_departure: Option<bool>,
    #[serde(default)]
    inherit_stop_sell: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Occupancy {
    occupancy: u8,
    #[serde(default)]
    is_primary: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Relationships {
    #[serde(default)]
    property: Link,
    #[serde(default)]
    room_type: Link,
    #[serde(default)]
    parent_rate_plan: Link,
}

#[derive(Debug, Default, Deserialize)]
struct Link {
    #[serde(default)]
    data: Option<Linked>,
}

#[derive(Debug, Deserialize)]
struct Linked {
    id: VendorId,
}

impl Link {
    fn id(&self) -> Option<&VendorId> {
        self.data.as_ref().map(|linked| &linked.id)
    }
}

impl Listed {
    /// The property it belongs to.
    pub(crate) fn property(&self) -> Option<&VendorId> {
        self.relationships.property.id()
    }

    /// What can be sold of it, with prices by the room for `adults` where those are given.
    pub(crate) fn sellable(self, adults: Option<u8>) -> Result<Sellable, &'static str> {
        let room = self.relationships.room_type.id();
        let ids = Ids {
            room: Some(room.ok_or("a rate plan without a room type")?.clone()),
            plan: Some(self.id.clone()),
        };
        let currency = self.attributes.currency.as_deref().map(Currency::new);
        let title = self.attributes.title.clone();
        Ok(Sellable {
            name: title.unwrap_or_else(|| self.id.to_string()),
            ids,
            currency: currency
                .transpose()
                .map_err(|_| "a rate plan in an unknown currency")?,
            derived: self.is_derived(),
            adults: self.adults(adults).into_iter().collect(),
            extra: self.extra(),
        })
    }

    fn parent(&self) -> Option<&VendorId> {
        let own = self.attributes.parent_rate_plan_id.as_ref();
        own.or_else(|| self.relationships.parent_rate_plan.id())
    }

    /// Whether its primary price is computed. A child inherits unless it says otherwise;
    /// `derived` without a parent computes the other occupancies only, and so does `auto`.
    fn is_derived(&self) -> bool {
        let has_parent = self.parent().is_some();
        let by_mode = match self.attributes.rate_mode.as_deref() {
            None | Some("manual" | "auto") => false,
            Some("derived") => has_parent,
            Some(_) => true,
        };
        by_mode || self.attributes.inherit_rate.unwrap_or(has_parent)
    }

    /// The one number of adults whose price can be written and read.
    fn adults(&self, by_room: Option<u8>) -> Option<u8> {
        let primary = self.primary();
        match by_room {
            Some(adults) if !self.is_per_person() => {
                Some(primary.map_or(adults, |most| most.min(adults)))
            }
            _ => primary,
        }
    }

    fn primary(&self) -> Option<u8> {
        let options = &self.attributes.options;
        let marked = options.iter().find(|option| option.is_primary);
        let only = || options.first().filter(|_| options.len() == 1);
        let occupancy = marked.or_else(only)?.occupancy;
        Some(occupancy).filter(|occupancy| *occupancy > 0)
    }

    fn is_per_person(&self) -> bool {
        self.attributes.sell_mode.as_deref() == Some(PER_PERSON)
    }

    fn extra(&self) -> BTreeMap<String, String> {
        let inherited: Vec<_> = self.inherited().map(Restriction::name).collect();
        let facts = [
            (SELL_MODE, self.attributes.sell_mode.clone()),
            ("parent", self.parent().map(ToString::to_string)),
            (
                INHERITED,
                Some(inherited.join(",")).filter(|all| !all.is_empty()),
            ),
        ];
        let known = facts.into_iter();
        known
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }

    /// The restrictions that its parent decides: where it has one, all it does not deny.
    fn inherited(&self) -> impl Iterator<Item = Restriction> {
        let has_parent = self.parent().is_some();
        let said = &self.attributes;
        [
            (Restriction::MinStayArrival, said.inherit_min_stay_arrival),
            (Restriction::MinStayThrough, said.inherit_min_stay_through),
            (Restriction::MaxStayArrival, said.inherit_max_stay),
            (Restriction::ClosedToArrival, said.inherit_closed_to_arrival),
            (
                Restriction::ClosedToDeparture,
                said.inherit_closed_to_departure,
            ),
            (Restriction::StopSell, said.inherit_stop_sell),
        ]
        .into_iter()
        .filter(move |(_, said)| said.unwrap_or(has_parent))
        .map(|(kind, _)| kind)
    }
}

/// What is known of a plan, when it is written or read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'t> {
    sellable: Option<&'t Sellable>,
    by_room: Option<u8>,
}

impl<'t> Known<'t> {
    pub(crate) fn of(target: &'t Target, ids: &Ids, by_room: Option<u8>) -> Self {
        Self {
            sellable: target.facts.sellables.get(ids),
            by_room,
        }
    }

    /// For how many adults its one price is; `None` where nobody said it.
    pub(crate) fn adults(&self) -> Option<u8> {
        let said = self.sellable.and_then(|own| own.adults.first().copied());
        said.or(self.by_room)
    }

    pub(crate) fn is_derived(&self) -> bool {
        self.sellable.is_some_and(|own| own.derived)
    }

    /// Whether its prices name the number of adults.
    pub(crate) fn is_per_person(&self) -> bool {
        self.fact(SELL_MODE) == Some(PER_PERSON)
    }

    /// Whether its parent decides that restriction.
    pub(crate) fn inherits(&self, kind: Restriction) -> bool {
        let names = self.fact(INHERITED).unwrap_or_default();
        names.split(',').any(|name| name == kind.name())
    }

    fn fact(&self, name: &str) -> Option<&'t str> {
        let fact = self.sellable?.extra.get(name)?;
        Some(fact.as_str())
    }
}
