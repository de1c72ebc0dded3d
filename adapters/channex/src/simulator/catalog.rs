//! What a hotel sells, as this vendor sees it: for how many adults a plan has prices, and
//! whose prices it shows.
//!
//! The hotels come from outside without occupancies, so they are taken from the prices: a
//! plan with prices for one number of adults is sold by the room, one with more by person.

use jiff::tz::TimeZone;
use rackrate_core::ids::VendorId;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::simulator::{Hotel, HotelPlan};

use super::state::At;

/// A plan computed from a computed one is followed so far; deeper is a circle.
const DEEPEST: usize = 8;
/// For how many a plan is that has no price yet.
const USUAL: u8 = 2;

/// The hotel of that identifier.
pub(super) fn hotel<'h>(hotels: &'h [Hotel], id: &str) -> Option<&'h Hotel> {
    hotels.iter().find(|hotel| hotel.id.as_str() == id)
}

/// The plan of that identifier.
pub(super) fn plan<'h>(hotel: &'h Hotel, id: &str) -> Option<&'h HotelPlan> {
    let named = |plan: &&HotelPlan| plan.ids.plan.as_ref().is_some_and(|own| own.as_str() == id);
    hotel.plans.iter().find(named)
}

/// The identifier that requests name; plans without one are not sold here.
pub(super) fn id(plan: &HotelPlan) -> Option<&VendorId> {
    plan.ids.plan.as_ref()
}

/// The numbers of adults that a plan has prices for, ascending; the last is the primary.
pub(super) fn occupancies(hotel: &Hotel, plan: &HotelPlan) -> Vec<u8> {
    let source = source(hotel, plan).map_or(plan, |(source, _)| source);
    let own = hotel.prices.iter().filter(|held| held.ids == source.ids);
    let mut adults: Vec<u8> = own
        .map(|held| held.adults)
        .filter(|adults| *adults > 0)
        .collect();
    adults.sort_unstable();
    adults.dedup();
    if adults.is_empty() {
        adults.push(USUAL);
    }
    adults
}

/// The occupancy that reads show and that a plain `rate` sets.
pub(super) fn primary(hotel: &Hotel, plan: &HotelPlan) -> u8 {
    occupancies(hotel, plan).last().copied().unwrap_or(USUAL)
}

/// The plan whose stored nights a plan shows, and the percentages to add on the way.
pub(super) fn source<'h>(
    hotel: &'h Hotel,
    plan: &'h HotelPlan,
) -> Option<(&'h HotelPlan, Vec<i32>)> {
    let (mut current, mut percentages) = (plan, Vec::new());
    while let Some((parent, percentage)) = &current.derived {
        if percentages.len() == DEEPEST {
            return None;
        }
        percentages.insert(0, *percentage);
        current = hotel.plans.iter().find(|one| one.ids == *parent)?;
    }
    Some((current, percentages))
}

/// A price with percentages added one after the other, each rounded half up.
pub(super) fn computed(price: Minor, percentages: &[i32]) -> Minor {
    percentages.iter().fold(price, |Minor(price), percentage| {
        let factor = u128::try_from(100_i64 + i64::from(*percentage)).unwrap_or(0);
        let hundredths = u128::from(price) * factor;
        Minor(u64::try_from((hundredths + 50) / 100).unwrap_or(u64::MAX))
    })
}

/// Today at the hotel.
pub(super) fn today(hotel: &Hotel, at: At) -> Option<Night> {
    let zone = TimeZone::get(&hotel.time_zone).ok()?;
    Night::from_date(at.timestamp().to_zoned(zone).date()).ok()
}
