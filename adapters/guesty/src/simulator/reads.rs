//! The calendar: days of one listing or of several, both ends meant.
//!
//! Every night has a price, the listing's base where none was set. Nights are booked by
//! the seed, and have their prices all the same.

use bytes::Bytes;
use rackrate_core::ids::VendorId;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::simulator::{Hotel, HotelPlan};

use super::Service;
use super::catalogue::listing_id;
use super::http_text::{Answer, Fault, query};
use super::json::{array, object, text};
use super::state::{Cell, Cells};

/// How many parents a sub-unit may have above it.
const DEPTH: u8 = 5;

/// A price as JavaScript prints it: without zeros at the end.
pub(super) fn number(currency: Currency, price: Minor) -> String {
    let text = currency.format(price);
    match text.split_once('.') {
        None => text,
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        },
    }
}

/// A listing's price on a night, and whether it is the base price.
#[derive(Clone, Copy)]
struct Priced {
    price: Minor,
    is_base: bool,
    cell: Cell,
}

impl Service {
    /// Answers with the days of the listing in the path, or of those in the query.
    pub(super) fn read(&self, request: &http::Request<Bytes>, one: Option<String>) -> Answer {
        let invalid = |fault: Fault| Answer::invalid(&fault, &self.request_id());
        let listings = match (one, query(request, "listingIds")) {
            (Some(one), _) => vec![one],
            (None, Some(many)) => many.split(',').map(str::to_owned).collect(),
            (None, None) => return invalid(Fault::required("listingIds")),
        };
        let (first, last) = match window(request) {
            Ok(window) => window,
            Err(fault) => return invalid(fault),
        };
        let mut days = Vec::new();
        for listing in &listings {
            let Some((hotel, plan)) = self.find(listing) else {
                return Answer::no_listing(listing, &self.request_id());
            };
            days.extend(self.days(hotel, plan, first, last, &self.state.shown));
        }
        match self.switch("calendar") {
            "list" => Answer::json(200, array(&days)),
            _ => Answer::json(200, wrapped("Days retrieved", &days)),
        }
    }

    /// The days of a listing as `cells` has them.
    pub(super) fn days(
        &self,
        hotel: &Hotel,
        plan: &HotelPlan,
        first: Night,
        last: Night,
        cells: &Cells,
    ) -> Vec<String> {
        let nights = first.through(last);
        nights
            .filter_map(|night| {
                let priced = self.priced(hotel, plan, night, cells, DEPTH)?;
                Some(self.day(hotel, listing_id(&plan.ids)?, night, &priced))
            })
            .collect()
    }

    fn priced(
        &self,
        hotel: &Hotel,
        plan: &HotelPlan,
        night: Night,
        cells: &Cells,
        depth: u8,
    ) -> Option<Priced> {
        let listing = listing_id(&plan.ids)?;
        let nights = cells.get(listing);
        let cell = nights.and_then(|nights| nights.get(&night)).copied();
        let cell = cell.unwrap_or_default();
        let Some((parent, percent)) = &plan.derived else {
            return Some(Priced {
                price: cell.price.unwrap_or_else(|| self.base_price(listing)),
                is_base: cell.price.is_none(),
                cell,
            });
        };
        let parent = hotel.plans.iter().find(|plan| plan.ids == *parent)?;
        let parent = self.priced(hotel, parent, night, cells, depth.checked_sub(1)?)?;
        let factor = u64::try_from(100 + i64::from(*percent)).ok()?;
        Some(Priced {
            price: Minor((parent.price.0 * factor + 50) / 100),
            is_base: parent.is_base,
            cell,
        })
    }

    fn day(&self, hotel: &Hotel, listing: &VendorId, night: Night, priced: &Priced) -> String {
        let cell = &priced.cell;
        let min_nights = cell.min_nights.unwrap_or_else(|| self.base_min_nights());
        let (status, blocks) = self.status(listing, night);
        let fields = [
            ("date", text(&night.to_string())),
            ("listingId", text(listing.as_str())),
            ("currency", text(hotel.currency.code())),
            ("price", number(hotel.currency, priced.price)),
            ("isBasePrice", priced.is_base.to_string()),
            ("minNights", min_nights.to_string()),
            ("isBaseMinNights", cell.min_nights.is_none().to_string()),
            ("status", text(status)),
            ("blocks", blocks),
            ("blockRefs", array(&[])),
            ("cta", cell.cta.to_string()),
            ("ctd", cell.ctd.to_string()),
        ];
        object(&fields)
    }

    /// Some nights are booked and some are blocked, for ever.
    fn status(&self, listing: &VendorId, night: Night) -> (&'static str, String) {
        let mut dice = self.seed.branch(&format!("status {listing} {night}"));
        let (status, letter) = match dice.between(0, 9) {
            0 | 1 => ("booked", "b"),
            2 => ("unavailable", "m"),
            3 => ("reserved", "r"),
            _ => ("available", ""),
        };
        let letters = ["m", "r", "b", "bd", "sr", "abl", "a", "bw", "o", "pt"];
        let blocks = letters.map(|one| (one, (one == letter).to_string()));
        (status, object(&blocks))
    }
}

/// The first and the last night that are asked for.
fn window(request: &http::Request<Bytes>) -> Result<(Night, Night), Fault> {
    let night = |name: &str| {
        let text = query(request, name).ok_or_else(|| Fault::required(name))?;
        let wrong = |_| Fault::new(name, "must be a date with format YYYY-MM-DD", "date.format");
        text.parse::<Night>().map_err(wrong)
    };
    let (first, last) = (night("startDate")?, night("endDate")?);
    if last < first {
        let reason = "must be larger than or equal to \"startDate\"";
        return Err(Fault::new("endDate", reason, "date.min"));
    }
    Ok((first, last))
}

/// The object that integrators see around days.
pub(super) fn wrapped(message: &str, days: &[String]) -> String {
    object(&[
        ("status", "200".to_owned()),
        ("message", text(message)),
        ("data", object(&[("days", array(days))])),
    ])
}
