//! `GET /listings` and the complexes: what the account has.
//!
//! A hotel is a complex, and each thing that it sells is a listing: the one named as its
//! room type. A derived one is a sub-unit of its parent.

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::simulator::{Hotel, HotelPlan};

use super::Service;
use super::http_text::{Answer, Fault, query};
use super::json::{array, object, text};
use super::reads::number;

const PAGE: usize = 25;
const LARGEST_PAGE: usize = 100;
/// The base price of a listing that never had one, in major units.
const BASE_PRICE: u64 = 100;

/// The identifier of the listing that a hotel's plan is.
pub(super) fn listing_id(ids: &Ids) -> Option<&VendorId> {
    ids.room.as_ref().or(ids.plan.as_ref())
}

/// Where a listing is in the setup, and its base price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    hotel: usize,
    plan: usize,
    base: Minor,
}

/// Listings by identifier.
pub(super) type Shelf = BTreeMap<VendorId, Place>;

/// All listings of the hotels. The lowest price at the start is a listing's base price.
///
/// # Errors
/// A listing without identifier, or one that is there twice.
pub(super) fn shelf(hotels: &[Hotel]) -> Result<Shelf, String> {
    let mut shelf = Shelf::new();
    for (hotel, one) in hotels.iter().enumerate() {
        let mut lowest: BTreeMap<&Ids, Minor> = BTreeMap::new();
        for (ids, price) in one
            .prices
            .iter()
            .filter_map(|held| Some((&held.ids, held.price?)))
        {
            let known = lowest.entry(ids).or_insert(price);
            *known = price.min(*known);
        }
        let habit = Minor(BASE_PRICE * 10_u64.pow(one.currency.exponent()));
        for (plan, sold) in one.plans.iter().enumerate() {
            let base = lowest.get(&sold.ids).copied().unwrap_or(habit);
            let id = listing_id(&sold.ids)
                .ok_or_else(|| format!("hotel {}: a listing without identifier", one.id))?;
            let place = Place { hotel, plan, base };
            if shelf.insert(id.clone(), place).is_some() {
                return Err(format!("hotel {}: the listing {id} is there twice", one.id));
            }
        }
    }
    Ok(shelf)
}

impl Service {
    /// All listings with their hotels, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Hotel, &HotelPlan, &VendorId)> {
        self.setup.hotels.iter().flat_map(|hotel| {
            let plans = hotel.plans.iter();
            plans.filter_map(move |plan| Some((hotel, plan, listing_id(&plan.ids)?)))
        })
    }

    /// The listing of that identifier.
    pub(super) fn find(&self, listing: &str) -> Option<(&Hotel, &HotelPlan)> {
        let place = self.shelf.get(&VendorId::new(listing).ok()?)?;
        let hotel = self.setup.hotels.get(place.hotel)?;
        Some((hotel, hotel.plans.get(place.plan)?))
    }

    /// The price of a listing's nights that have none of their own.
    pub(super) fn base_price(&self, listing: &VendorId) -> Minor {
        self.shelf
            .get(listing)
            .map_or(Minor(BASE_PRICE), |place| place.base)
    }

    pub(super) fn listings(&self, request: &http::Request<Bytes>) -> Answer {
        let (limit, skip) = match page(request) {
            Ok(page) => page,
            Err(fault) => return Answer::invalid(&fault, &self.request_id()),
        };
        let (tag, ids) = (query(request, "tags"), query(request, "ids"));
        let asked = |hotel: &Hotel, id: &VendorId| {
            let named = |ids: &str| ids.split(',').any(|one| one == id.as_str());
            let tagged = tag.as_ref().is_none_or(|asked| *asked == tag_of(hotel));
            tagged && ids.as_deref().is_none_or(named)
        };
        let all = self.all().filter(|(hotel, _, id)| asked(hotel, id));
        let all: Vec<_> = all.collect();
        let fields = query(request, "fields");
        let shown: Vec<String> = all
            .iter()
            .skip(skip)
            .take(limit)
            .map(|(hotel, plan, id)| self.describe(hotel, plan, id, fields.as_deref()))
            .collect();
        if self.switch("listings") == "list" {
            return Answer::json(200, array(&shown));
        }
        let body = [
            ("results", array(&shown)),
            ("count", all.len().to_string()),
            ("limit", limit.to_string()),
            ("skip", skip.to_string()),
        ];
        Answer::json(200, object(&body))
    }

    fn describe(
        &self,
        hotel: &Hotel,
        plan: &HotelPlan,
        id: &VendorId,
        fields: Option<&str>,
    ) -> String {
        let parent = plan.derived.as_ref();
        let parent = parent.and_then(|(parent, _)| listing_id(parent));
        let kind = parent.map_or("MTL", |_| "MTL_CHILD");
        let title = format!("{}, {}", hotel.name, plan.room_name);
        let base = number(hotel.currency, self.base_price(id));
        let currency = text(hotel.currency.code());
        let prices = [("currency", currency), ("basePrice", base)];
        let terms = [("minNights", self.base_min_nights().to_string())];
        let mut all = vec![
            ("_id", text(id.as_str())),
            ("accountId", text("59ac245d27cb310f0017afe3")),
            ("title", text(&title)),
            ("nickname", text(&plan.room_name)),
            ("type", text(kind)),
            ("tags", array(&[text("sample"), text(&tag_of(hotel))])),
            ("timezone", text(&hotel.time_zone)),
            ("prices", object(&prices)),
            ("terms", object(&terms)),
            ("active", "true".to_owned()),
            ("isListed", "true".to_owned()),
        ];
        if let Some(parent) = parent {
            all.push(("mtl", object(&[("p", text(parent.as_str()))])));
        }
        if let Some(fields) = fields {
            all.retain(|(name, _)| *name == "_id" || fields.split(' ').any(|one| one == *name));
        }
        object(&all)
    }

    pub(super) fn complexes(&self) -> Answer {
        let all: Vec<String> = self.setup.hotels.iter().map(complex).collect();
        Answer::json(200, array(&all))
    }

    pub(super) fn complex(&self, id: &str) -> Answer {
        let hotels = &self.setup.hotels;
        match hotels.iter().find(|hotel| hotel.id.as_str() == id) {
            Some(hotel) => Answer::json(200, complex(hotel)),
            None => Answer::no_complex(),
        }
    }
}

/// How many listings a page has, and how many are before it.
fn page(request: &http::Request<Bytes>) -> Result<(usize, usize), Fault> {
    let number = |name: &str, habit: usize| match query(request, name) {
        None => Ok(habit),
        Some(text) => {
            let wrong = |_| Fault::new(name, "must be a number", "number.base");
            text.parse::<usize>().map_err(wrong)
        }
    };
    let (limit, skip) = (number("limit", PAGE)?, number("skip", 0)?);
    Ok((limit.min(LARGEST_PAGE), skip))
}

/// The tag that all listings of a hotel carry.
fn tag_of(hotel: &Hotel) -> String {
    format!("hotel:{}", hotel.id)
}

fn complex(hotel: &Hotel) -> String {
    let plans = hotel.plans.iter();
    let listings: Vec<String> = plans
        .filter_map(|plan| listing_id(&plan.ids))
        .map(|id| text(id.as_str()))
        .collect();
    object(&[
        ("id", text(hotel.id.as_str())),
        ("title", text(&hotel.name)),
        ("nickname", text(&hotel.name)),
        ("propertyIds", array(&listings)),
        ("tags", array(&[text("sample")])),
    ])
}
