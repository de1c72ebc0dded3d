//! The hotel of a batch as a vendor has it, before anything is written.
//!
//! Identifiers are our names, so that they are known again in every vendor's request.

use anyhow::Result;
use rackrate_catalog::{Entry, Naming};
use rackrate_core::adapter::Adapter;
use rackrate_core::clock::Wall;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Basis;
use rackrate_core::night::Night;
use rackrate_core::secret::Secrets;
use rackrate_core::simulator::{Held, Hotel, HotelPlan, SimulatorSetup, Timing};

use crate::batch::{Batch, House, Wish};

/// Adults that the hotel has prices for, where the vendor has prices by their number.
const ADULTS: [u8; 2] = [1, 2];
/// A vendor shows a change this much later, in microseconds.
const SETTLE: u64 = 1_000_000;

/// The identifiers of what a wish is about; `None` where this vendor has only a calendar of
/// the room type, which is that of the hotel's first rate plan.
pub(super) fn ids(entry: &Entry, house: &House, wish: &Wish) -> Option<Ids> {
    named(entry, house, &wish.room_type, &wish.rate_plan)
}

fn named(entry: &Entry, house: &House, room: &str, plan: &str) -> Option<Ids> {
    let first = house.rate_plans.first().is_some_and(|one| one == plan);
    if entry.naming == Naming::RoomOnly && !first {
        return None;
    }
    let id = |text: &str| VendorId::new(text).ok();
    let own = format!("{room}-{plan}");
    Some(entry.naming.ids(id(room)?, id(&own)?, id(plan)?))
}

/// The hotel with every price it holds before.
pub(super) fn of(entry: &Entry, adapter: &dyn Adapter, batch: &Batch) -> Result<Hotel> {
    let id = VendorId::new("LISBON")?;
    let (mut plans, mut prices) = (Vec::new(), Vec::new());
    for room in &batch.hotel.room_types {
        for plan in &batch.hotel.rate_plans {
            let Some(ids) = named(entry, &batch.hotel, room, plan) else {
                continue;
            };
            prices.extend(held(adapter, batch, &id, (room, plan), &ids));
            plans.push(HotelPlan {
                ids,
                room_name: room.clone(),
                plan_name: plan.clone(),
                derived: None,
            });
        }
    }
    Ok(Hotel {
        id,
        name: batch.hotel.name.clone(),
        time_zone: batch.hotel.time_zone.clone(),
        currency: batch.currency,
        basis: Basis::Gross,
        plans,
        prices,
    })
}

fn held(
    adapter: &dyn Adapter,
    batch: &Batch,
    property: &VendorId,
    (room, plan): (&str, &str),
    ids: &Ids,
) -> Vec<Held> {
    let fixed = adapter.manifest().adults;
    let adults = ADULTS.into_iter();
    let adults: Vec<u8> = adults
        .filter(|one| fixed.is_none_or(|fixed| fixed == *one))
        .collect();
    let about = |wish: &&Wish| wish.room_type == room && wish.rate_plan == plan;
    let mut all = Vec::new();
    let (first, last) = batch
        .span()
        .unwrap_or((batch.hotel.today, Night::from_days(0)));
    for night in first.through(last) {
        let before = batch.before.iter().filter(about);
        let mut before = before.filter(|wish| (wish.first..=wish.last).contains(&night));
        let known = &adapter.manifest().restrictions;
        let rules = before
            .next()
            .map(|wish| wish.rules.only(|kind, _| known.contains(&kind)));
        all.extend(adults.iter().map(|adults| Held {
            property: property.clone(),
            ids: ids.clone(),
            night,
            adults: *adults,
            price: Some(batch.held),
            rules: rules.unwrap_or_default(),
        }));
    }
    all
}

/// A simulator of that hotel at noon of its day.
pub(super) fn setup(hotel: Hotel, today: Night, secrets: Secrets) -> SimulatorSetup {
    let noon = i64::from(today.days()) * 86_400_000 + 43_200_000;
    SimulatorSetup {
        seed: 7,
        epoch: Wall(noon),
        hotels: vec![hotel],
        secrets,
        saved: None,
        timing: Timing {
            settle: Some(SETTLE),
            ..Timing::default()
        },
    }
}
