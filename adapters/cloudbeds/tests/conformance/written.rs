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
    // One night is how this vendor writes that there is no minimum.
    let min_stay_arrival = match field("minLos").map(|text| text.parse().unwrap()) {
        None => Set::Leave,
        Some(0 | 1) => Set::Clear,
        Some(nights) => Set::To(nights),
    };
    let one = |night| Written {
        room: None,
        plan: form.get(&format!("{rate}[rateID]")).cloned(),
        night,
        adults: 0,
        price: field("rate"),
        rules: Rules {
            min_stay_arrival,
            ..Rules::LEAVE
        },
    };
    night("startDate")
        .through(night("endDate"))
        .map(one)
        .collect()
}
