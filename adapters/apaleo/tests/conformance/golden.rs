//! Answers and what they mean: the published ones, and failures in the vendor's words.

use rackrate_conformance::{Golden, Meaning, Price};
use rackrate_core::exchange::{Operation, Response};

use Meaning::{Failure, Success};
use Operation::{Discover, Push, Read, Token};

use crate::sample::{WINDOW, ends, night};

const TOKEN: &str = include_str!("../../fixtures/token.json");
const PROPERTIES: &str = include_str!("../../fixtures/properties.json");
const RATES: &str = include_str!("../../fixtures/rates.json");

pub(crate) fn golden() -> Vec<Golden> {
    let said = |text: &str| format!(r#"{{"messages":["{text}"]}}"#);
    let short = r#"{"rates":[],"count":2}"#;
    let coded = r#"{"error":{"code":"UnsupportedApiVersion","message":"no"}}"#;
    let all: Vec<(Operation, u16, String, Meaning)> = vec![
        (Token, 200, TOKEN.into(), Success),
        (Discover, 200, PROPERTIES.into(), Success),
        (Read, 200, RATES.into(), Success),
        (Read, 204, String::new(), Success),
        (Push, 204, String::new(), Success),
        (Token, 400, r#"{"error":"invalid_client"}"#.into(), Failure),
        (Token, 200, r#"{"error":"invalid_client"}"#.into(), Failure),
        (Discover, 200, coded.into(), Failure),
        (Read, 200, short.into(), Failure),
        (Read, 404, said("not found"), Failure),
        (Push, 200, said("no"), Failure),
        (Push, 200, String::new(), Failure),
        (Push, 422, said("Cannot set restrictions"), Failure),
        (Push, 429, String::new(), Failure),
    ];
    let one = |(operation, status, body, meaning)| Golden {
        operation,
        response: Response::new(status, body),
        meaning,
    };
    all.into_iter().map(one).collect()
}

/// Lists of properties and rates have pages of 200.
pub(crate) fn first_pages() -> Vec<(Operation, Response)> {
    let property = |at| format!(r#"{{"id":"P{at}","name":"Hotel"}}"#);
    let properties: Vec<_> = (0..200).map(property).collect();
    let slice = |at| {
        let (from, to) = ends(night(WINDOW.0).plus(at));
        format!(r#"{{"from":"{from}","to":"{to}"}}"#)
    };
    let rates: Vec<_> = (0..200).map(slice).collect();
    let list = |name: &str, items: &[String]| {
        let items = items.join(",");
        Response::new(200, format!(r#"{{"{name}":[{items}],"count":222}}"#))
    };
    vec![
        (Discover, list("properties", &properties)),
        (Read, list("rates", &rates)),
    ]
}

/// Rates with one night.
pub(crate) fn page(price: &Price<'_>) -> Response {
    let (amount, currency) = (price.amount, price.currency);
    Response::new(
        200,
        format!(
            r#"{{"rates":[{{"from":"2026-09-23T17:00:00+02:00","to":"2026-09-24T11:00:00+02:00",
            "price":{{"amount":{amount},"currency":"{currency}"}}}}],"count":1}}"#
        ),
    )
}
