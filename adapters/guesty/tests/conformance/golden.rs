//! Answers and what they mean: the published ones, and failures in the vendor's words.
//!
//! Invariant: answers to pushes are about the sample's first chunk.

use rackrate_conformance::{Golden, Meaning, Price};
use rackrate_core::exchange::{Operation, Response};

use Meaning::{Failure, Success};
use Operation::{Discover, Push, Read, Token};

const TOKEN: &str = include_str!("../../fixtures/token.json");
const COMPLEXES: &str = include_str!("../../fixtures/complexes.json");
const NOT_FOUND: &str = include_str!("../../fixtures/not_found.json");
const VALIDATION: &str = include_str!("../../fixtures/validation.json");
const NO_PERMISSION: &str = include_str!("../../fixtures/no_permission.json");
const LISTING: &str = r#"{"_id":"6457751476e5da340bf915e8","title":"Sea view","type":"MTL","tags":["x"],"timezone":"Europe/Lisbon","prices":{"currency":"EUR","basePrice":100}}"#;

type Told = (Operation, u16, String, Meaning);

fn goldens(told: Vec<Told>) -> Vec<Golden> {
    let golden = |(operation, status, body, meaning): Told| Golden {
        operation,
        response: Response::new(status, body),
        meaning,
    };
    told.into_iter().map(golden).collect()
}

/// Discovery begins with the complexes.
pub(crate) fn of_complexes() -> Vec<Golden> {
    let mut told = common();
    told.extend([
        (Discover, 200, COMPLEXES.into(), Success),
        (Discover, 200, listings(1), Failure),
    ]);
    goldens(told)
}

/// Discovery begins with the listings.
pub(crate) fn of_listings() -> Vec<Golden> {
    let mut told = common();
    told.extend([
        (Discover, 200, listings(1), Success),
        (Discover, 200, format!("[{LISTING}]"), Success),
        (Discover, 200, r#"{"count":1}"#.into(), Failure),
        (Discover, 200, "[{}]".into(), Failure),
    ]);
    goldens(told)
}

fn common() -> Vec<Told> {
    let day = r#"{"date":"2027-02-27","listingId":"6457751476e5da340bf915e8","currency":"EUR","price":129.5,"minNights":1,"cta":false,"ctd":false}"#;
    let wrapped =
        |days: &str| format!(r#"{{"status":200,"message":"x","data":{{"days":{days}}}}}"#);
    vec![
        (Token, 200, TOKEN.into(), Success),
        (Read, 200, wrapped(&format!("[{day}]")), Success),
        (Read, 200, format!("[{day}]"), Success),
        (Read, 200, day.into(), Success),
        (Push, 200, "\"ok\"".into(), Success),
        (Push, 200, wrapped("[]"), Success),
        (Token, 401, r#"{"error":"invalid_client"}"#.into(), Failure),
        (Token, 200, NO_PERMISSION.into(), Failure),
        (Discover, 403, NO_PERMISSION.into(), Failure),
        (
            Discover,
            200,
            r#"{"status":500,"message":"no"}"#.into(),
            Failure,
        ),
        (Read, 200, wrapped("{}"), Failure),
        (Read, 200, wrapped("[{\"price\":1}]"), Failure),
        (Read, 200, r#"{"data":[]}"#.into(), Failure),
        (Read, 200, VALIDATION.into(), Failure),
        (Read, 404, NOT_FOUND.into(), Failure),
        (Push, 200, "\"failed\"".into(), Failure),
        (Push, 200, "[]".into(), Failure),
        (Push, 200, NOT_FOUND.into(), Failure),
        (
            Push,
            200,
            r#"{"status":422,"message":"no"}"#.into(),
            Failure,
        ),
        (Push, 200, r#"{"error":{"code":"X"}}"#.into(), Failure),
        (Push, 422, VALIDATION.into(), Failure),
        (Push, 404, NOT_FOUND.into(), Failure),
    ]
}

fn listings(count: u64) -> String {
    format!(r#"{{"results":[{LISTING}],"count":{count},"limit":100,"skip":0}}"#)
}

/// A page of listings that says there are more.
pub(crate) fn first_page_of_listings() -> Response {
    Response::new(200, listings(3))
}

pub(crate) fn complexes() -> Response {
    Response::new(200, COMPLEXES)
}

/// The day's answer with one price.
pub(crate) fn page(price: &Price<'_>) -> Response {
    let (amount, currency) = (price.amount, price.currency);
    Response::new(
        200,
        format!(
            r#"{{"status":200,"data":{{"days":[{{"date":"2027-02-27",
            "listingId":"6457751476e5da340bf915e8","currency":"{currency}","price":{amount},
            "status":"booked","minNights":1}}]}}}}"#
        ),
    )
}
