//! What a push says, read from its form by code that shares nothing with the adapter.

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_conformance::Written;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};

/// Every night of every interval; both ends are meant. The form names no room type.
pub(crate) fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let form: BTreeMap<String, String> = form_urlencoded::parse(request.body())
        .into_owned()
        .collect();
    let starts = form.keys().filter(|name| name.ends_with("[startDate]"));
    starts
        .filter_map(|name| name.strip_suffix("[startDate]"))
        .flat_map(|interval| nights(&form, interval))
        .collect()
}

fn nights(form: &BTreeMap<String, String>, interval: &str) -> Vec<Written> {
    let field = |name: &str| form.get(&format!("{interval}[{name}]")).cloned();
    let night = |name: &str| -> Night { field(name).unwrap().parse().unwrap() };
    let (rate, _) = interval.split_once("[interval]").unwrap();
    let stay = |name: &str, none: u16| match field(name).map(|text| text.parse().unwrap()) {
        None => Set::Leave,
        Some(nights) if nights == none => Set::Clear,
        Some(nights) => Set::To(nights),
    };
    let flag = |name: &str| match field(name).as_deref() {
        None => Set::Leave,
        Some("true") => Set::To(true),
        Some("false") => Set::Clear,
        Some(other) => panic!("{name} is {other}"),
    };
    let rules = Rules {
        // One night is how this vendor writes that there is no minimum.
        min_stay_through: stay("minLos", 1),
        max_stay_through: stay("maxLos", 0),
        closed_to_arrival: flag("closedToArrival"),
        closed_to_departure: flag("closedToDeparture"),
        stop_sell: flag("blocked"),
        ..Rules::LEAVE
    };
    let one = |night| Written {
        room: None,
        plan: form.get(&format!("{rate}[rateID]")).cloned(),
        night,
        adults: 0,
        price: field("rate"),
        rules,
    };
    night("startDate")
        .through(night("endDate"))
        .map(one)
        .collect()
}
