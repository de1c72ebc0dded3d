//! Broken answers never panic and never succeed.

use rackrate_core::adapter::Step;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery};
use rackrate_core::exchange::Response;
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;

use crate::support::*;

/// Whether each parser takes the body for a success, in the order of the fixtures.
fn takes(body: &[u8]) -> [bool; 4] {
    let adapter = cloudbeds();
    let response = Response::new(200, body.to_vec());
    let discover = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2027-02-01"),
    };
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-27", 12_900)]);
    let (first, job) = (Carry::default(), JobRef::new("199066486").unwrap());
    let polled = adapter
        .jobs()
        .unwrap()
        .parse_poll(&chunk, &job, &first, &response);
    let mut out = Discovery::default();
    let read = ask("2027-02-27", "2027-02-27");
    [
        adapter
            .parse_discover(&discover, &first, &response, &mut out)
            .is_ok(),
        adapter
            .parse_read(&read, &first, &response, &mut Seens::default())
            .is_ok(),
        adapter.parse_push(&chunk, &response).is_ok(),
        matches!(polled, Ok(Step::Done(JobState::Finished(_)))),
    ]
}

const BODIES: [&str; 4] = [HOTELS, RATES, ACCEPTED, JOB];

#[test]
fn whole_bodies_are_taken() {
    for (at, body) in BODIES.iter().enumerate() {
        assert!(takes(body.as_bytes())[at], "{body}");
    }
}

#[test]
fn a_body_cut_at_any_byte_is_no_success() {
    for body in BODIES {
        let body = body.trim().as_bytes();
        for cut in 0..body.len() {
            assert_eq!(takes(&body[..cut]), [false; 4], "cut at {cut}");
        }
    }
}

#[test]
fn flipped_types_of_what_decides_are_no_success() {
    let flips = [
        (0, "\"propertyID\":\"302817\"", "\"propertyID\":{}"),
        (0, "\"success\":true", "\"success\":1"),
        (1, "\"rateID\":\"810949\"", "\"rateID\":null"),
        (1, "\"roomTypeID\":\"111111\"", "\"roomTypeID\":[]"),
        (1, "\"date\":\"2027-02-27\"", "\"date\":20270227"),
        (1, "\"roomRateDetailed\":[]", "\"roomRateDetailed\":{}"),
        (1, "\"propertyID\":\"302817\"", "\"propertyID\":\"302818\""),
        (2, "\"199066486\"", "true"),
        (2, "\"199066486\"", "{}"),
        (3, "\"completed\"", "7"),
        (
            3,
            "\"jobReferenceID\":\"199066486\"",
            "\"jobReferenceID\":[]",
        ),
    ];
    for (at, from, to) in flips {
        assert!(BODIES[at].contains(from), "{from}");
        assert!(!takes(BODIES[at].replace(from, to).as_bytes())[at], "{to}");
    }
}
