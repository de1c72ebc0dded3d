//! Broken answers never panic and never succeed.

use proptest::prelude::*;
use rackrate_core::adapter::{Adapter, Carry, Discovery};
use rackrate_core::exchange::Response;
use rackrate_core::rules::Rules;

use crate::support::*;

/// Whether each parser takes the body for a success: token, properties, plans, rates.
fn takes(body: &[u8]) -> [bool; 4] {
    let adapter = apaleo();
    let response = Response::new(200, body.to_vec());
    let (ask, mut out) = (discover_ask(None), Discovery::default());
    let plans: Carry = serde_json::from_str(r#""{\"plans\":true,\"page\":0}""#).unwrap();
    let read = crate::support::ask(one_plan(), "2026-09-23", "2026-09-24");
    let first = Carry::default();
    assert!(
        adapter
            .parse_push(&published_chunk(Rules::LEAVE), &response)
            .is_err()
    );
    [
        adapter.auth().parse_grant(&response).is_ok(),
        adapter
            .parse_discover(&ask, &first, &response, &mut out)
            .is_ok(),
        adapter
            .parse_discover(&ask, &plans, &response, &mut out)
            .is_ok(),
        adapter
            .parse_read(&read, &first, &response, &mut Told::default())
            .is_ok(),
    ]
}

const BODIES: [&str; 4] = [TOKEN, PROPERTIES, PLANS, RATES];

#[test]
fn a_body_is_taken_by_its_parser_and_by_no_other() {
    for (at, body) in BODIES.iter().enumerate() {
        let mut wanted = [false; 4];
        wanted[at] = true;
        assert_eq!(takes(body.as_bytes()), wanted, "{body}");
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
    for (at, from, to) in [
        (1, "\"id\":\"MUC\"", "\"id\":7"),
        (1, "\"id\":\"MUC\"", "\"id\":\" \""),
        (1, "\"count\":1", "\"count\":\"1\""),
        (2, "\"isDerived\":false", "\"isDerived\":\"no\""),
        (2, "\"isDerived\":false,", ""),
        (2, "\"unitGroup\":{", "\"group\":{"),
        (3, "\"rates\":[", "\"rates\":null,\"x\":["),
        (3, "\"to\":\"2026-09-24", "\"to\":\"2026-09-25"),
        (3, "\"price\":{", "\"price\":7,\"x\":{"),
        (3, "\"restrictions\":{", "\"restrictions\":[],\"x\":{"),
    ] {
        assert!(BODIES[at].contains(from), "{from}");
        assert!(
            !takes(BODIES[at].replacen(from, to, 1).as_bytes())[at],
            "{to}"
        );
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC*") {
        takes(text.as_bytes());
    }

    #[test]
    fn no_edit_of_a_page_makes_a_parser_panic(at in 0_usize..800, with in "[\\x00-\\x7f]{0,4}") {
        let mut text = RATES.to_owned();
        let at = at.min(text.len());
        text.insert_str(at, &with);
        takes(text.as_bytes());
    }
}
