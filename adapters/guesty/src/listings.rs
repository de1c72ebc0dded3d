//! Listings and complexes as the vendor lists them, and which listings make a property.
//!
//! Discovery asks for all of them. Reading asks for those of one property, where nothing
//! but its identifier is known.

use std::collections::BTreeMap;

use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::ids::VendorId;
use rackrate_core::money::Currency;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::answer::Api;
use crate::config::GroupBy;
use crate::wire::{self, Raw};

/// The largest page there is.
const PAGE: u64 = 100;
const FIELDS: &str = "_id title nickname type tags timezone prices";
pub(crate) const COMPLEXES: &str = "/properties-api/complexes";

/// A listing, as far as prices are concerned.
pub(crate) struct Listing {
    pub(crate) id: VendorId,
    pub(crate) name: String,
    pub(crate) currency: Option<Currency>,
    pub(crate) time_zone: Option<String>,
    /// Whether it is a room of a multi-unit, whose prices it follows.
    pub(crate) sub_unit: bool,
    tags: Vec<String>,
}

/// A page of listings, and whether there is another one.
pub(crate) struct Page {
    pub(crate) listings: Vec<Listing>,
    pub(crate) more: bool,
    /// How many were skipped up to the end of this page.
    pub(crate) skip: u64,
}

/// A complex: the vendor's notion of a hotel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Complex {
    pub(crate) id: VendorId,
    pub(crate) name: String,
    pub(crate) listings: Vec<VendorId>,
}

#[derive(Deserialize)]
struct WirePage<'a> {
    #[serde(borrow, default)]
    results: Raw<'a>,
    #[serde(borrow, default)]
    count: Raw<'a>,
}

#[derive(Deserialize)]
struct WireListing<'a> {
    #[serde(borrow, default, rename = "_id")]
    id: Raw<'a>,
    #[serde(borrow, default)]
    title: Raw<'a>,
    #[serde(borrow, default)]
    nickname: Raw<'a>,
    #[serde(borrow, default, rename = "type")]
    kind: Raw<'a>,
    #[serde(borrow, default)]
    tags: Raw<'a>,
    #[serde(borrow, default)]
    timezone: Raw<'a>,
    #[serde(borrow, default)]
    prices: Raw<'a>,
}

#[derive(Deserialize)]
struct WirePrices<'a> {
    #[serde(borrow, default)]
    currency: Raw<'a>,
}

#[derive(Deserialize)]
struct WireComplex<'a> {
    #[serde(borrow, default)]
    id: Raw<'a>,
    #[serde(borrow, default)]
    title: Raw<'a>,
    #[serde(borrow, default)]
    nickname: Raw<'a>,
    #[serde(borrow, default, rename = "propertyIds")]
    listings: Raw<'a>,
}

/// A page of the account's listings, or of those with a tag.
pub(crate) fn request(api: &Api, operation: Operation, tag: Option<&str>, skip: u64) -> Request {
    let page = api
        .get(operation, "/listings")
        .with_query("limit", PAGE)
        .with_query("skip", skip)
        .with_query("fields", FIELDS);
    match tag {
        None => page,
        Some(tag) => page.with_query("tags", tag),
    }
}

/// Reads a page: documented as an array, and seen as an object with a count.
pub(crate) fn page(api: &Api, operation: Operation, raw: &RawValue, skip: u64) -> Result<Page> {
    let wrong = |text: &str| api.malformed(operation, text);
    let whole = wire::object::<WirePage<'_>>(Some(raw));
    let (results, count) = match &whole {
        Some(page) => (page.results, page.count),
        None => (Some(raw), None),
    };
    let items = wire::items(results).ok_or_else(|| wrong("no list of listings"))?;
    let listings = items
        .into_iter()
        .map(|raw| listing(raw).ok_or_else(|| wrong("a listing without identifier")))
        .collect::<Result<Vec<_>>>()?;
    let (here, skip) = (listings.len() as u64, skip + listings.len() as u64);
    // A count is of all pages or of this one; a full page is never taken for the last.
    let counted = wire::number(count).and_then(|text| text.parse::<u64>().ok());
    let more = here > 0 && (here >= PAGE || counted.is_some_and(|count| count > skip));
    Ok(Page {
        listings,
        more,
        skip,
    })
}

fn listing(raw: &RawValue) -> Option<Listing> {
    let said: WireListing<'_> = wire::object(Some(raw))?;
    let id = VendorId::new(&wire::text(said.id)?).ok()?;
    let prices = wire::object::<WirePrices<'_>>(said.prices);
    let currency = prices.and_then(|prices| wire::text(prices.currency));
    let tags = wire::items(said.tags).unwrap_or_default();
    let name = wire::text(said.nickname).or_else(|| wire::text(said.title));
    Some(Listing {
        name: name.unwrap_or_else(|| id.to_string()),
        currency: currency.and_then(|code| Currency::new(&code).ok()),
        time_zone: wire::text(said.timezone),
        sub_unit: wire::text(said.kind).as_deref() == Some("MTL_CHILD"),
        tags: tags
            .into_iter()
            .filter_map(|tag| wire::text(Some(tag)))
            .collect(),
        id,
    })
}

/// Reads the list of all complexes.
pub(crate) fn complexes(api: &Api, operation: Operation, raw: &RawValue) -> Result<Vec<Complex>> {
    let wrong = |text: &str| api.malformed(operation, text);
    let items = wire::items(Some(raw)).ok_or_else(|| wrong("no list of complexes"))?;
    let read = |raw| complex(raw).ok_or_else(|| wrong("a complex without identifiers"));
    items.into_iter().map(read).collect()
}

/// Reads one complex.
pub(crate) fn complex(raw: &RawValue) -> Option<Complex> {
    let said: WireComplex<'_> = wire::object(Some(raw))?;
    let id = VendorId::new(&wire::text(said.id)?).ok()?;
    let listing = |raw| VendorId::new(&wire::text(Some(raw))?).ok();
    let listings = wire::items(said.listings)?.into_iter().map(listing);
    let name = wire::text(said.nickname).or_else(|| wire::text(said.title));
    Some(Complex {
        name: name.unwrap_or_else(|| id.to_string()),
        listings: listings.collect::<Option<_>>()?,
        id,
    })
}

/// What makes a property of listings.
#[derive(Debug)]
pub(crate) struct Groups {
    pub(crate) by: GroupBy,
    prefix: String,
}

/// The complexes of each listing.
pub(crate) type Members = BTreeMap<VendorId, Vec<VendorId>>;

impl Groups {
    pub(crate) fn new(by: GroupBy, prefix: Option<&str>) -> Self {
        Self {
            by,
            prefix: prefix.unwrap_or_default().trim().to_owned(),
        }
    }

    /// The property that a listing is of: its one group, else the listing itself.
    pub(crate) fn property(&self, listing: &Listing, members: &Members) -> VendorId {
        let groups = match self.by {
            GroupBy::Listing => Vec::new(),
            GroupBy::Complex => members.get(&listing.id).cloned().unwrap_or_default(),
            GroupBy::Tag => self.named(listing),
        };
        match groups.as_slice() {
            [one] => one.clone(),
            _ => listing.id.clone(),
        }
    }

    /// The properties that a listing's tags name.
    fn named(&self, listing: &Listing) -> Vec<VendorId> {
        let names = listing.tags.iter();
        let names = names.filter_map(|tag| tag.strip_prefix(self.prefix.as_str()));
        names.filter_map(|name| VendorId::new(name).ok()).collect()
    }

    /// The tag that names a property.
    pub(crate) fn tag(&self, property: &VendorId) -> String {
        format!("{}{property}", self.prefix)
    }
}
