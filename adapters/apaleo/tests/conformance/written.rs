//! What a PUT says, read from its bytes by code that shares nothing with the adapter.

use bytes::Bytes;
use rackrate_conformance::Written;
use rackrate_core::rules::{Rules, Set};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    rates: Vec<Slice<'a>>,
}

#[derive(Deserialize)]
struct Slice<'a> {
    from: String,
    #[serde(borrow)]
    price: Price<'a>,
    #[serde(default)]
    restrictions: Value,
}

#[derive(Deserialize)]
struct Price<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
}

/// Every slice; what a slice does not repeat is taken away.
pub(crate) fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let path = request.uri().path();
    let plan = path.strip_prefix("/rateplan/v1/rate-plans/").unwrap();
    let plan = plan.strip_suffix("/rates").unwrap().replace('+', "%2B");
    let decoded = form_urlencoded::parse(plan.as_bytes()).next().unwrap();
    let plan = decoded.0.into_owned();
    let body: Body<'_> = serde_json::from_slice(request.body()).unwrap();
    let one = |slice: &Slice<'_>| Written {
        room: None,
        plan: Some(plan.clone()),
        night: slice.from[..10].parse().unwrap(),
        adults: 0,
        price: Some(slice.price.amount.get().to_owned()),
        rules: rules(&slice.restrictions),
    };
    body.rates.iter().map(one).collect()
}

fn rules(said: &Value) -> Rules {
    let nights = |name: &str| match said[name].as_u64() {
        None => Set::Clear,
        Some(nights) => Set::To(u16::try_from(nights).unwrap()),
    };
    let flag = |name: &str| match said[name] == true {
        false => Set::Clear,
        true => Set::To(true),
    };
    Rules {
        min_stay_arrival: nights("minLengthOfStay"),
        max_stay_arrival: nights("maxLengthOfStay"),
        stop_sell: flag("closed"),
        closed_to_arrival: flag("closedOnArrival"),
        closed_to_departure: flag("closedOnDeparture"),
        ..Rules::LEAVE
    }
}
