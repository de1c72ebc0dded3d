//! Hotels for simulated worlds, and how the engine knows them.
//!
//! Invariant: a price at the start has version zero, so that every later version shows.

use std::collections::BTreeMap;

use rackrate_catalog::Naming;
use rackrate_core::chunk::{Facts, Sellable, Target};
use rackrate_core::ids::{ConnectionId, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Held, Hotel, HotelPlan};

use crate::scenario::VERSIONS;

/// A hotel with one or two plans and a price for each of some nights.
pub(crate) fn hotel(naming: Naming, account: u64, at: u64, dice: &mut Seed) -> Hotel {
    let id = format!("{}", 10_000_000_000_000_000 + account * 100 + at);
    let property = vendor_id(&id);
    let plans: Vec<_> = (0..dice.between(1, 2))
        .map(|room| plan(naming, account * 100 + at * 10 + room))
        .collect();
    let nights = dice.between(3, 40) as i32;
    let block = dice.between(1, 6) as i32;
    let first = Night::from_days(20_800 + dice.between(0, 90) as i32);
    let mut prices = Vec::new();
    for (room, plan) in plans.iter().enumerate() {
        for day in 0..nights {
            let base = 10_000 + (room as u64 * 1000 + (day / block) as u64) * VERSIONS;
            let price = Some(Minor(base - base % VERSIONS));
            prices.push(Held {
                property: property.clone(),
                ids: plan.ids.clone(),
                night: first.plus(day),
                adults: 2,
                price,
                rules: Rules::LEAVE,
            });
        }
    }
    Hotel {
        id: property,
        name: format!("Hotel {account}.{at}"),
        time_zone: "Europe/Lisbon".to_owned(),
        currency: eur(),
        basis: Basis::Gross,
        plans,
        prices,
    }
}

/// A hotel with four plans and no price yet, for [`crate::crowd`].
pub(crate) fn plain_hotel(account: u64, at: u64) -> Hotel {
    let number = account * 1_000 + at;
    Hotel {
        id: vendor_id(&format!("{}", 20_000_000_000_000_000 + number)),
        name: format!("Hotel {account}.{at}"),
        time_zone: "Europe/Lisbon".to_owned(),
        currency: eur(),
        basis: Basis::Gross,
        plans: (0..4)
            .map(|room| plan(Naming::PlanForAll, number * 10 + room))
            .collect(),
        prices: Vec::new(),
    }
}

fn plan(naming: Naming, number: u64) -> HotelPlan {
    let room = vendor_id(&format!("{}", 500_000 + number));
    let plan = vendor_id(&format!("{}", 800_000 + number));
    HotelPlan {
        ids: naming.ids(room, plan.clone(), plan),
        room_name: "Double".to_owned(),
        plan_name: "Best available rate".to_owned(),
        derived: None,
    }
}

/// The hotel as the engine knows it.
pub(crate) fn target(connection: &ConnectionId, hotel: &Hotel) -> Target {
    let sellables = hotel.plans.iter().map(|plan| {
        let sellable = Sellable {
            ids: plan.ids.clone(),
            name: plan.plan_name.clone(),
            currency: None,
            derived: false,
            adults: Vec::new(),
            extra: BTreeMap::new(),
        };
        (plan.ids.clone(), sellable)
    });
    Target {
        connection: connection.clone(),
        property: PropertyCode::new(hotel.id.as_str())
            .unwrap_or_else(|_| unreachable!("identifiers are names")),
        vendor_property: hotel.id.clone(),
        facts: Facts {
            name: hotel.name.clone(),
            currency: hotel.currency,
            basis: Some(hotel.basis),
            time_zone: Some(hotel.time_zone.clone()),
            sellables: sellables.collect(),
        },
    }
}

fn vendor_id(text: &str) -> VendorId {
    VendorId::new(text).unwrap_or_else(|_| unreachable!("numbers are identifiers"))
}

fn eur() -> Currency {
    Currency::new("EUR").unwrap_or_else(|_| unreachable!("the euro is a currency"))
}
