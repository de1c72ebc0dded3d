//! The sample's hotels as a vendor has them.

use std::collections::BTreeMap;

use rackrate_catalog::Entry;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::rules::Rules;
use rackrate_core::seed::Seed;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Held, Hotel, HotelPlan};
use rackrate_plan::calendar::Calendar;

use super::{Rooms, SampleHotel, ids};

pub(super) fn hotel(
    entry: &Entry,
    (place, SampleHotel { code, id, name, .. }): (usize, &SampleHotel),
    prices: &Calendar,
    rooms: &Rooms,
) -> Hotel {
    let property =
        VendorId::new(id).unwrap_or_else(|_| unreachable!("the identifiers above are not empty"));
    let mut plans = Vec::new();
    let mut held = Vec::new();
    for (key, series) in prices
        .series
        .iter()
        .filter(|(key, _)| key.property.as_str() == *code)
    {
        let Some(ids) = rooms
            .get(&(key.property.to_string(), key.room_type.to_string()))
            .map(|number| ids(entry, place, *number))
        else {
            continue;
        };
        plans.push(plan(&ids, key.room_type.as_str()));
        for night in series.nights() {
            let Some(Seen::Price(price)) = series.price(night) else {
                continue;
            };
            held.push(Held {
                property: property.clone(),
                ids: ids.clone(),
                night,
                adults: key.adults,
                price: Some(price),
                rules: Rules::LEAVE,
            });
        }
    }
    Hotel {
        id: property,
        name: (*name).to_owned(),
        time_zone: "Europe/Lisbon".to_owned(),
        currency: Currency::new("EUR").unwrap_or_else(|_| unreachable!("the euro is a currency")),
        basis: Basis::Gross,
        plans,
        prices: held,
    }
}

fn plan(ids: &Ids, room: &str) -> HotelPlan {
    HotelPlan {
        ids: ids.clone(),
        room_name: room.to_owned(),
        plan_name: "Best available rate".to_owned(),
        derived: None,
    }
}

/// Prices that are off by 5 to 20 percent, the same for a week of a room, in whole euro.
pub(super) fn other_prices(hotel: &Hotel, dice: &mut Seed) -> Hotel {
    let mut off: BTreeMap<(Ids, i32), u64> = BTreeMap::new();
    let prices = hotel.prices.iter().map(|held| {
        let week = (held.ids.clone(), held.night.days() / 7);
        let percent = *off.entry(week).or_insert_with(|| match dice.chance(500) {
            true => dice.between(80, 95),
            false => dice.between(105, 120),
        });
        let price = held
            .price
            .map(|price| Minor(price.0 * percent / 10_000 * 100));
        Held {
            price,
            ..held.clone()
        }
    });
    Hotel {
        prices: prices.collect(),
        ..hotel.clone()
    }
}
