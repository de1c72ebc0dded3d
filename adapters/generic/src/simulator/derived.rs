//! Section 3: what a hotel sells, and the prices that it computes.

use rackrate_core::ids::Ids;
use rackrate_core::money::Minor;
use rackrate_core::simulator::{Hotel, HotelPlan};
use serde_json::{Value, json};

/// A plan computed from a computed one is followed so far; deeper is a circle.
const DEEPEST: usize = 8;

/// A hotel as section 3 words it.
pub(super) fn describe(hotel: &Hotel) -> Value {
    let (mut rooms, mut plans) = (Vec::new(), Vec::new());
    for sold in &hotel.plans {
        let room = json!({"id": sold.ids.room, "name": sold.room_name});
        if !rooms.contains(&room) {
            rooms.push(room);
        }
        let parent = sold.derived.as_ref().map(|(parent, _)| &parent.plan);
        let plan = json!({"id": sold.ids.plan, "name": sold.plan_name, "derived_from": parent});
        if !plans.contains(&plan) {
            plans.push(plan);
        }
    }
    json!({
        "id": hotel.id, "name": hotel.name, "time_zone": hotel.time_zone,
        "currency": hotel.currency.code(), "basis": hotel.basis.to_string(),
        "room_types": rooms, "rate_plans": plans,
    })
}

/// Whose stored prices a plan shows, and the percentages to add on the way.
pub(super) fn source<'h>(hotel: &'h Hotel, plan: &'h HotelPlan) -> Option<(&'h Ids, Vec<i32>)> {
    let (mut ids, mut derived) = (&plan.ids, &plan.derived);
    let mut percentages = Vec::new();
    while let Some((parent, percentage)) = derived {
        if percentages.len() == DEEPEST {
            return None;
        }
        percentages.insert(0, *percentage);
        ids = parent;
        derived = &hotel.plans.iter().find(|one| one.ids == *parent)?.derived;
    }
    Some((ids, percentages))
}

/// A price with percentages added one after the other, each rounded half up to the minor
/// unit.
pub(super) fn computed(price: Minor, percentages: &[i32]) -> Minor {
    percentages.iter().fold(price, |Minor(price), percentage| {
        let factor = u128::try_from(100_i64 + i64::from(*percentage)).unwrap_or(0);
        let hundredths = u128::from(price) * factor;
        Minor(u64::try_from((hundredths + 50) / 100).unwrap_or(u64::MAX))
    })
}
