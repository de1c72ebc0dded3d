//! Broken answers never panic and never succeed.

use proptest::prelude::*;
use rackrate_core::adapter::{Adapter, Carry, Discovery};
use rackrate_core::exchange::Response;

use crate::support::*;

const LISTINGS: &str =
    r#"{"results":[{"_id":"1","tags":["a"],"prices":{"currency":"EUR"}}],"count":1}"#;
const DAYS: &str = r#"{"status":200,"data":{"days":[{"date":"2026-12-01","listingId":"1","currency":"EUR","price":180,"minNights":2,"cta":false,"ctd":true}]}}"#;
const ACCEPTED: &str = r#"{"status":200,"message":"x","data":{"days":[]}}"#;

/// Whether each parser takes the body for a success, in the order of the bodies.
fn takes(body: &[u8]) -> [bool; 3] {
    let adapter = adapter("adults = 2");
    let response = Response::new(200, body.to_vec());
    let chunk = chunk(vec![row("1", "2026-12-01", "2026-12-01", 18_000)]);
    let (first, mut out) = (Carry::default(), Discovery::default());
    let mut ask = ask("2026-12-01", "2026-12-02");
    ask.target = target_of("1", "EUR");
    let mut seens = Seens::default();
    let read = adapter.parse_read(&ask, &first, &response, &mut seens);
    assert!(
        read.is_ok() || seens == Seens::default(),
        "half an answer got out"
    );
    let discovered = adapter.parse_discover(&discover_ask(), &first, &response, &mut out);
    let pushed = adapter.parse_push(&chunk, &response);
    [discovered.is_ok(), read.is_ok(), pushed.is_ok()]
}

const BODIES: [&str; 3] = [LISTINGS, DAYS, ACCEPTED];

#[test]
fn whole_bodies_are_taken_and_cut_ones_are_not() {
    for (at, body) in BODIES.iter().enumerate() {
        assert!(takes(body.as_bytes())[at], "{body}");
        for cut in 0..body.len() {
            assert_eq!(takes(&body.as_bytes()[..cut]), [false; 3], "cut at {cut}");
        }
    }
}

#[test]
fn flipped_types_of_what_decides_are_no_success() {
    for (at, from, to) in [
        (0, "\"_id\":\"1\"", "\"_id\":null"),
        (0, "\"_id\":\"1\"", "\"_id\":{}"),
        (0, "\"results\":[", "\"result\":["),
        (1, "\"date\":\"2026-12-01\"", "\"date\":20261201"),
        (1, "\"listingId\":\"1\"", "\"listingId\":[]"),
        (1, "\"days\":[", "\"day\":["),
        (1, "\"status\":200", "\"status\":500"),
        (2, "\"status\":200", "\"status\":-1"),
        (2, "\"message\"", "\"error\""),
    ] {
        assert!(BODIES[at].contains(from), "{from}");
        assert!(!takes(BODIES[at].replace(from, to).as_bytes())[at], "{to}");
    }
}

proptest! {
    #[test]
    fn no_body_makes_a_parser_panic(body in "\\PC{0,80}") {
        takes(body.as_bytes());
    }

    #[test]
    fn no_json_makes_a_parser_panic(
        name in prop::sample::select(vec!["_id", "date", "price", "minNights", "days", "data", "results", "count", "status", "error"]),
        value in prop::sample::select(vec!["null", "-1", "1e999", "\"\\u0000\"", "[]", "{}", "[[{}]]", "18446744073709551616", "\"2026-12-01\""]),
        within in any::<bool>(),
    ) {
        let object = format!(r#"{{"{name}":{value}}}"#);
        let body = match within {
            true => format!(r#"{{"results":[{object}],"data":{{"days":[{object}]}}}}"#),
            false => object,
        };
        takes(body.as_bytes());
        takes(format!("[{body}]").as_bytes());
    }
}
