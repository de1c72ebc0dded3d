//! What a push says, read from its array by code that shares nothing with the adapter.

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_conformance::Written;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use serde_json::value::RawValue;

type Fields = BTreeMap<String, Box<RawValue>>;

/// Every night of every range; both ends are meant.
pub(crate) fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let ranges: Vec<Fields> = serde_json::from_slice(request.body()).unwrap();
    ranges.iter().flat_map(nights).collect()
}

fn nights(range: &Fields) -> Vec<Written> {
    let raw = |name: &str| range.get(name).map(|raw| raw.get().to_owned());
    let text = |name: &str| raw(name).map(|raw| raw.trim_matches('"').to_owned());
    let night = |name: &str| -> Night { text(name).unwrap().parse().unwrap() };
    let flag = |name: &str| match raw(name).as_deref() {
        None => Set::Leave,
        Some("true") => Set::To(true),
        Some("false") => Set::Clear,
        Some(other) => panic!("{name} is {other}"),
    };
    // One night is how "none" is written here.
    let min_stay_arrival = match raw("minNights").map(|text| text.parse().unwrap()) {
        None => Set::Leave,
        Some(0 | 1) => Set::Clear,
        Some(nights) => Set::To(nights),
    };
    let one = |night| Written {
        room: text("listingId"),
        plan: None,
        night,
        adults: 0,
        price: raw("price"),
        rules: Rules {
            min_stay_arrival,
            closed_to_arrival: flag("cta"),
            closed_to_departure: flag("ctd"),
            ..Rules::LEAVE
        },
    };
    let nights = night("startDate").through(night("endDate"));
    nights.map(one).collect()
}
