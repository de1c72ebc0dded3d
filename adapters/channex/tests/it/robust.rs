//! Broken answers never panic and never succeed.

use proptest::prelude::*;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Submission};
use rackrate_core::exchange::Response;
use rackrate_core::money::Minor;
use rackrate_core::rules::Set;
use rackrate_core::series::Seen;

use crate::support::*;

fn takes(body: &[u8]) -> [bool; 3] {
    let adapter = channex();
    let response = Response::new(200, body.to_vec());
    let discover = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2019-01-15"),
    };
    let target = target(DEMO);
    let chunk = chunk_of(&target, vec![row(BAR, "2019-02-01", "2019-02-01", 3, 1)]);
    let read = ask(&target, "2019-02-01", "2019-02-10");
    let (first, mut out) = (Carry::default(), Discovery::default());
    let pushed = adapter.parse_push(&chunk, &response);
    [
        adapter
            .parse_discover(&discover, &first, &response, &mut out)
            .is_ok(),
        adapter
            .parse_read(&read, &first, &response, &mut Seens::default())
            .is_ok(),
        matches!(pushed, Ok(Submission::Answered(receipt))
            if receipt.refused.is_empty() && receipt.unattributed.is_empty()),
    ]
}

const BODIES: [&str; 3] = [PROPERTIES, RESTRICTIONS, ACCEPTED];

#[test]
fn whole_bodies_are_taken() {
    for (at, body) in BODIES.iter().enumerate() {
        assert!(takes(body.as_bytes())[at], "{body}");
    }
}

#[test]
fn flipped_types_of_what_decides_are_no_success() {
    let flips = [
        (0, "\"data\":[{", "\"data\":[7,{"),
        (
            0,
            "\"type\":\"property\",\"id\":\"716305c4-561a-4561-a187-7f5b8aeb5920\"",
            "\"id\":7",
        ),
        (0, "\"total\":1", "\"total\":\"1\""),
        (1, "\"2019-02-01\":{", "\"2019-02-1\":{"),
        (1, "{\"rate\":\"200.00\"}", "[\"200.00\"]"),
        (
            2,
            "\"id\":\"eb31d631-4fcc-478a-80c3-bf7a2acf0699\"",
            "\"id\":null",
        ),
        (2, "\"data\":[", "\"errors\":{},\"data\":["),
        (2, "\"warnings\":[]", "\"warnings\":[{}]"),
        (2, "\"warnings\":[]", "\"warnings\":{}"),
    ];
    for (at, from, to) in flips {
        assert!(BODIES[at].contains(from), "{from}");
        assert!(!takes(BODIES[at].replace(from, to).as_bytes())[at], "{to}");
    }
}

/// What one night with these fields is read as.
fn read(fields: &str) -> (Option<Seen>, rackrate_core::rules::Rules) {
    let body = format!(r#"{{"data":{{"{BAR}":{{"2019-02-01":{{{fields}}}}}}}}}"#);
    let ask = ask(&target(DEMO), "2019-02-01", "2019-02-01");
    let mut seen = Seens::default();
    channex()
        .parse_read(&ask, &Carry::default(), &ok(&body), &mut seen)
        .unwrap();
    let price = seen.price(BAR, "2019-02-01").map(|(_, seen)| seen);
    (price, seen.rules(BAR, "2019-02-01"))
}

#[test]
fn a_price_is_a_decimal_text_or_none() {
    for (fields, seen) in [
        (r#""rate":"129.5""#, Seen::Price(Minor(12_950))),
        (r#""rate":"0.00""#, Seen::Absent),
        (r#""rate":null"#, Seen::Absent),
        ("", Seen::Absent),
        // Writes take minor units as numbers, so nobody knows what this means.
        (r#""rate":12950"#, Seen::Unreadable),
        (r#""rate":129.5"#, Seen::Unreadable),
        (r#""rate":"129.005""#, Seen::Unreadable),
        (r#""rate":"-1.00""#, Seen::Unreadable),
        (r#""rate":["1.00"]"#, Seen::Unreadable),
    ] {
        assert_eq!(read(fields).0, Some(seen), "{fields}");
    }
}

#[test]
fn a_restriction_is_said_cleared_or_not_told() {
    let (_, none) = read(
        r#""min_stay_arrival":1,"min_stay_through":0,"max_stay":0,
        "closed_to_arrival":false,"closed_to_departure":0,"stop_sell":false"#,
    );
    assert_eq!(none, all_clear());
    let (_, all) = read(
        r#""min_stay_arrival":2,"min_stay_through":3,"max_stay":14,
        "closed_to_arrival":true,"closed_to_departure":1,"stop_sell":true"#,
    );
    assert_eq!(all, all_set());
    let (_, odd) = read(
        r#""min_stay_arrival":-1,"min_stay_through":"2","max_stay":65535,
        "closed_to_arrival":"yes","closed_to_departure":null,"stop_sell":2"#,
    );
    assert!(odd.is_leave(), "{odd:?}");
    assert_eq!(read(r#""max_stay":1"#).1.max_stay_arrival, Set::To(1));
}

#[test]
fn nights_and_plans_that_were_not_asked_for_are_left_out() {
    let body = RESTRICTIONS.replace(r#"{"data":{"#, r#"{"data":{"another-plan":7,"#);
    let ask = ask(&target(DEMO), "2019-02-03", "2019-02-04");
    let mut seen = Seens::default();
    channex()
        .parse_read(&ask, &Carry::default(), &ok(&body), &mut seen)
        .unwrap();
    assert_eq!((seen.prices.len(), seen.rules.len()), (2, 2));
}

proptest! {
    #[test]
    fn no_bytes_make_the_parsers_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(takes(&body), [false; 3]);
    }

    #[test]
    fn a_body_with_a_part_overwritten_makes_no_parser_panic(
        which in 0_usize..3, at in 0_usize..800, with in "[\\[\\]{}\",:0-9a-z]{1,6}"
    ) {
        let mut body = BODIES[which].as_bytes().to_vec();
        let at = at % body.len();
        let end = (at + with.len()).min(body.len());
        body.splice(at..end, with.bytes());
        let _ = takes(&body);
    }
}
