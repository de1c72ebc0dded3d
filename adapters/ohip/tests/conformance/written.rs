//! What a write says, read from its JSON by code that shares nothing with the adapter.

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_conformance::Written;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow, default)]
    daily_rate_plan_schedule: Vec<Schedule<'a>>,
    #[serde(default)]
    restrictions: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule<'a> {
    #[serde(borrow)]
    rate_amounts: BTreeMap<&'a str, &'a RawValue>,
    rate_date: Night,
    rate_plan_code: String,
    room_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    restriction_status: Status,
    rate_plan_codes: Vec<String>,
    room_types: Vec<String>,
    date_range_start: Night,
    date_range_end: Night,
}

#[derive(Deserialize)]
struct Status {
    code: String,
    unit: Option<u16>,
}

/// Every price of every date, or every night of every restriction.
pub(crate) fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let body: Body<'_> = serde_json::from_slice(request.body()).unwrap();
    let prices = body.daily_rate_plan_schedule.iter().flat_map(prices);
    prices
        .chain(body.restrictions.iter().flat_map(nights))
        .collect()
}

fn prices<'a>(one: &'a Schedule<'_>) -> impl Iterator<Item = Written> + 'a {
    one.rate_amounts.iter().map(|(name, amount)| Written {
        room: Some(one.room_type.clone()),
        plan: Some(one.rate_plan_code.clone()),
        night: one.rate_date,
        adults: match *name {
            "onePersonRate" => 1,
            "twoPersonRate" => 2,
            "threePersonRate" => 3,
            "fourPersonRate" => 4,
            "fivePersonRate" => 5,
            other => panic!("{other} is no price"),
        },
        price: Some(amount.get().to_owned()),
        rules: Rules::LEAVE,
    })
}

fn nights(one: &Entry) -> Vec<Written> {
    let status = &one.restriction_status;
    let (kind, wish) = match status.code.as_str() {
        // One night is how a minimum is lifted.
        "MinimumLengthOfStay" => (Restriction::MinStayArrival, Set::To(status.unit.unwrap())),
        "MinimumStayThrough" => (Restriction::MinStayThrough, Set::To(status.unit.unwrap())),
        "Closed" => (Restriction::StopSell, Set::To(1)),
        "Open" => (Restriction::StopSell, Set::Clear),
        "ClosedForArrival" => (Restriction::ClosedToArrival, Set::To(1)),
        "OpenForArrival" => (Restriction::ClosedToArrival, Set::Clear),
        "ClosedForDeparture" => (Restriction::ClosedToDeparture, Set::To(1)),
        "OpenForDeparture" => (Restriction::ClosedToDeparture, Set::Clear),
        other => panic!("{other} is no restriction"),
    };
    let mut rules = Rules::LEAVE;
    rules.set(kind, kind.plain(wish));
    let [plan] = &one.rate_plan_codes[..] else {
        panic!("one plan")
    };
    let [room] = &one.room_types[..] else {
        panic!("one room type")
    };
    let written = |night| Written {
        room: Some(room.clone()),
        plan: Some(plan.clone()),
        night,
        adults: 0,
        price: None,
        rules,
    };
    let nights = one.date_range_start.through(one.date_range_end);
    nights.map(written).collect()
}
