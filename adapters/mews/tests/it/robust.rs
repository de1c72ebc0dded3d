//! Broken answers never panic and never succeed.

use proptest::prelude::*;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Step};
use rackrate_core::exchange::{Operation, Response};

use crate::support::*;

const PAGE: &str = r#"{"Restrictions":[{"Id":"r","ServiceId":"stay","ExternalIdentifier":null,"Origin":"Integration","Conditions":{"Type":"Start","ExactRateId":"00 best","BaseRateId":null,"RateGroupId":null,"ResourceCategoryId":"dbl","ResourceCategoryType":null,"StartUtc":"2027-01-01T23:00:00Z","EndUtc":"2027-01-02T23:00:00Z","Days":["Saturday","Sunday"],"Hours":null},"Exceptions":{"MinAdvance":null,"MaxAdvance":null,"MinLength":"P0M2DT0H0M0S","MaxLength":null,"MinPrice":null,"MaxPrice":null}}],"Cursor":null}"#;

/// What a parser of restrictions says to that page.
fn reads(page: &str) -> Result<Seens, String> {
    let adapter = mews();
    let ask = ask(&example_target(), "2027-01-02", "2027-01-03");
    let prices = r#"{"Currency":"EUR","TimeUnitStartsUtc":["2027-01-01T23:00:00Z",
        "2027-01-02T23:00:00Z"],"CategoryPrices":[]}"#;
    let answer = Response::new(200, prices);
    let first = adapter.parse_read(&ask, &Carry::default(), &answer, &mut Seens::default());
    let Ok(Step::Next { carry, .. }) = first else {
        panic!("restrictions come after prices")
    };
    let mut seens = Seens::default();
    let answer = Response::new(200, page.to_owned());
    match adapter.parse_read(&ask, &carry, &answer, &mut seens) {
        Ok(Step::Done(())) => Ok(seens),
        Ok(Step::Next { .. }) => Err("more".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_page_of_restrictions_is_read_whole_or_not_at_all() {
    let seens = reads(PAGE).unwrap();
    assert_eq!(seens.rules(DOUBLE, "2027-01-02"), "min stay 2");
    for end in 0..PAGE.len() {
        assert!(reads(&PAGE[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn flipped_types_of_what_decides_are_no_success() {
    for (from, to) in [
        ("\"ServiceId\":\"stay\"", "\"ServiceId\":\"other\""),
        ("\"ServiceId\":\"stay\"", "\"ServiceId\":7"),
        ("\"Type\":\"Start\"", "\"Type\":null"),
        ("\"2027-01-01T23:00:00Z\"", "\"tomorrow\""),
        ("\"2027-01-01T23:00:00Z\"", "20270101"),
        ("\"Sunday\"", "\"Funday\""),
        ("[\"Saturday\",\"Sunday\"]", "\"Saturday\""),
        ("\"P0M2DT0H0M0S\"", "2"),
        ("\"Restrictions\"", "\"restrictions\""),
    ] {
        assert!(PAGE.contains(from), "{from}");
        assert!(reads(&PAGE.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn a_restriction_of_a_type_we_do_not_know_says_nothing() {
    let seens = reads(&PAGE.replace("\"Start\"", "\"Pause\"")).unwrap();
    assert_eq!(seens.rules(DOUBLE, "2027-01-02"), "no restriction");
}

proptest! {
    #[test]
    fn no_answer_makes_a_parser_panic(body in "\\PC*", status in 100_u16..600) {
        let adapter = mews();
        let answer = Response::new(status, body);
        let discover = DiscoverAsk {
 mapped: Vec::new(), property: None, today: night("2027-01-01") };
        let rows = vec![priced(DOUBLE, "2027-01-02", "2027-01-02", 1)];
        let chunk = chunk(&example_target(), Operation::Push, rows);
        let first = Carry::default();
        let ask = ask(&example_target(), "2027-01-02", "2027-01-03");
        let told = [
            adapter.parse_discover(&discover, &first, &answer, &mut Discovery::default()).is_ok(),
            adapter.parse_read(&ask, &first, &answer, &mut Seens::default()).is_ok(),
            adapter.parse_push(&chunk, &answer).is_ok(),
        ];
        prop_assert_eq!(told, [false; 3]);
    }

    #[test]
    fn no_length_makes_a_parser_panic(text in "[-P0-9A-Z.T]{0,14}") {
        let _ = reads(&PAGE.replace("P0M2DT0H0M0S", &text));
    }
}
