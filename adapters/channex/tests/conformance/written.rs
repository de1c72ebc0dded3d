//! What a push says, read from its JSON by code that shares nothing with the adapter.

use bytes::Bytes;
use rackrate_conformance::Written;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use serde_json::Value;

use crate::sample::{BAR, BAR_ADULTS};

/// Every night of every entry; both ends are meant. An entry names no room type.
pub(crate) fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let values = body["values"].as_array().unwrap();
    values.iter().flat_map(entry).collect()
}

fn entry(entry: &Value) -> Vec<Written> {
    let night = |name: &str| -> Night { entry[name].as_str().unwrap().parse().unwrap() };
    let plan = entry["rate_plan_id"].as_str().unwrap();
    let mut prices: Vec<(u8, Option<String>)> = Vec::new();
    if let Some(rate) = entry.get("rate") {
        // A price by the room names nobody; the sample's only such plan is for two.
        assert_eq!(plan, BAR);
        prices.push((BAR_ADULTS, Some(rate.as_str().unwrap().to_owned())));
    }
    for one in entry
        .get("rates")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let adults = u8::try_from(one["occupancy"].as_u64().unwrap()).unwrap();
        prices.push((adults, Some(one["rate"].as_str().unwrap().to_owned())));
    }
    if prices.is_empty() {
        prices.push((0, None));
    }
    let rules = rules(entry);
    let nights = night("date_from").through(night("date_to"));
    nights
        .flat_map(|night| prices.iter().map(move |price| (night, price)))
        .map(|(night, (adults, price))| Written {
            room: None,
            plan: Some(plan.to_owned()),
            night,
            adults: *adults,
            price: price.clone(),
            rules,
        })
        .collect()
}

/// One night is how this vendor writes that there is no minimum, zero no maximum.
fn rules(entry: &Value) -> Rules {
    let mut rules = Rules::LEAVE;
    for (name, kind, none) in [
        ("min_stay_arrival", Restriction::MinStayArrival, 1),
        ("min_stay_through", Restriction::MinStayThrough, 1),
        ("max_stay", Restriction::MaxStayArrival, 0),
        ("closed_to_arrival", Restriction::ClosedToArrival, 0),
        ("closed_to_departure", Restriction::ClosedToDeparture, 0),
        ("stop_sell", Restriction::StopSell, 0),
    ] {
        let said = match entry.get(name) {
            None => continue,
            Some(Value::Bool(on)) => u64::from(*on),
            Some(number) => number.as_u64().unwrap(),
        };
        let wish = match said == none {
            true => Set::Clear,
            false => Set::To(u16::try_from(said).unwrap()),
        };
        rules.set(kind, wish);
    }
    rules
}
