//! Bodies against the published descriptions: every member is known there, and of its type.
//!
//! Restated from github.com/oracle/hospitality-api-docs, `rest-api-specs/property/v1`
//! (rtpasync and parasync).

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::exchange::Operation;
use rackrate_core::rules::{Rules, Set};
use serde_json::Value;

use crate::support::*;

const SCHEDULE: [(&str, &str); 6] = [
    ("rateAmounts", "object"),
    ("rateDate", "date"),
    ("rateDateRangeStart", "date"),
    ("rateDateRangeEnd", "date"),
    ("ratePlanCode", "code"),
    ("roomType", "code"),
];
const AMOUNTS: [(&str, &str); 5] = [
    ("onePersonRate", "number"),
    ("twoPersonRate", "number"),
    ("threePersonRate", "number"),
    ("fourPersonRate", "number"),
    ("fivePersonRate", "number"),
];
const RESTRICTION: [(&str, &str); 12] = [
    ("restrictionStatus", "object"),
    ("ratePlanCodes", "codes"),
    ("roomTypes", "codes"),
    ("dateRangeStart", "date"),
    ("dateRangeEnd", "date"),
    ("sunday", "boolean"),
    ("monday", "boolean"),
    ("tuesday", "boolean"),
    ("wednesday", "boolean"),
    ("thursday", "boolean"),
    ("friday", "boolean"),
    ("saturday", "boolean"),
];
const STATUS: [(&str, &str); 2] = [("code", "restriction"), ("unit", "integer")];
const CODES: [&str; 13] = [
    "Closed",
    "ClosedForArrival",
    "ClosedForDeparture",
    "MinimumStayThrough",
    "MaximumStayThrough",
    "MinimumLengthOfStay",
    "MaximumLengthOfStay",
    "LengthOfStayNotAvailable",
    "MinimumAdvanceBooking",
    "MaximumAdvanceBooking",
    "Open",
    "OpenForArrival",
    "OpenForDeparture",
];

fn is(value: &Value, kind: &str) -> bool {
    let is_code = |value: &Value| value.as_str().is_some_and(|text| text.len() <= 20);
    match kind {
        "object" => value.is_object(),
        "date" => value
            .as_str()
            .is_some_and(|text| text.parse::<rackrate_core::night::Night>().is_ok()),
        "code" => is_code(value),
        "codes" => value
            .as_array()
            .is_some_and(|list| list.iter().all(is_code)),
        "number" => value.is_number(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "restriction" => value.as_str().is_some_and(|text| CODES.contains(&text)),
        _ => false,
    }
}

fn follows(value: &Value, members: &[(&str, &str)]) {
    for (name, value) in value.as_object().unwrap() {
        let (_, kind) = members.iter().find(|(known, _)| known == name).unwrap();
        assert!(is(value, kind), "{name} is {value}, not a {kind}");
    }
}

fn body(operation: Operation, rows: Vec<Row>) -> Value {
    let chunk: Chunk = chunk(operation, rows);
    let text = shown(&ohip().push(&chunk).unwrap());
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn a_write_of_prices_follows_the_description() {
    let prices = [1, 2, 3, 4, 5].map(|adults| (adults, 10_005 * u64::from(adults)));
    let body = body(
        Operation::Push,
        vec![row(dlx(), DATE, DATE, &prices, Rules::LEAVE)],
    );
    let schedule = &body["dailyRatePlanSchedule"][0];
    follows(schedule, &SCHEDULE);
    follows(&schedule["rateAmounts"], &AMOUNTS);
    assert_eq!(schedule["rateAmounts"].as_object().unwrap().len(), 5);
}

#[test]
fn a_write_of_restrictions_follows_the_description() {
    for (flag, nights) in [(Set::To(true), Set::To(2)), (Set::Clear, Set::Clear)] {
        let rules = Rules {
            min_stay_arrival: nights,
            min_stay_through: nights,
            closed_to_arrival: flag,
            closed_to_departure: flag,
            stop_sell: flag,
            ..Rules::LEAVE
        };
        let body = body(
            Operation::Restrict,
            vec![row(dlx(), DATE, DATE, &[], rules)],
        );
        let restrictions = body["restrictions"].as_array().unwrap();
        assert_eq!(restrictions.len(), 5);
        for one in restrictions {
            follows(one, &RESTRICTION);
            follows(&one["restrictionStatus"], &STATUS);
        }
    }
}
