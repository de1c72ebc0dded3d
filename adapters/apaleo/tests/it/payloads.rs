//! Every request, as it leaves.

use rackrate_core::adapter::{Adapter, Carry, Discovery, Step};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Response;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Restriction, Rules, Set};

use crate::support::*;

#[test]
fn a_token_is_asked_for_by_basic_with_both_parts_encoded() {
    let grant = apaleo().auth().grant(&secrets(), Ask::First).unwrap();
    let Grant::Exchange(request) = grant else {
        panic!("nothing is asked for")
    };
    insta::assert_snapshot!(shown(&request), @r#"
    POST https://identity.apaleo.com/connect/token
    content-type: application/x-www-form-urlencoded
    authorization: Basic REVNTy1TUC1SQUNLUkFURTpzM2NyJTJCdCUyRiUzRCUyNQ==
    grant_type=client_credentials
    "#);
}

#[test]
fn lists_and_rates_are_asked_for_in_pages_of_200() {
    let adapter = apaleo();
    let mut shown_all = vec![shown(&adapter.discover(&discover_ask(None)).unwrap())];
    let answer = Response::new(200, PROPERTIES);
    for property in [None, Some("MUC")] {
        let ask = discover_ask(property);
        let mut out = Discovery::default();
        let step = adapter.parse_discover(&ask, &Carry::default(), &answer, &mut out);
        let Ok(Step::Next { request, .. }) = step else {
            panic!("{step:?}")
        };
        shown_all.push(shown(&request));
    }
    for target in [
        one_plan(),
        target(vec![]),
        target(vec![sellable("a/b ?é", None)]),
    ] {
        let ask = ask(target, "2026-09-23", "2026-09-24");
        shown_all.push(shown(&adapter.read(&ask).unwrap()));
    }
    insta::assert_snapshot!(shown_all.concat(), @r#"
    GET https://api.apaleo.com/inventory/v1/properties?pageNumber=1&pageSize=200
    GET https://api.apaleo.com/rateplan/v1/rate-plans?timeSliceTemplate=OverNight&pageNumber=1&pageSize=200
    GET https://api.apaleo.com/rateplan/v1/rate-plans?propertyId=MUC&timeSliceTemplate=OverNight&pageNumber=1&pageSize=200
    GET https://api.apaleo.com/rateplan/v1/rate-plans/MUC-NONREF-SGL/rates?from=2026-09-23&to=2026-09-25&pageNumber=1&pageSize=200
    GET https://api.apaleo.com/rateplan/v1/rate-plans?propertyId=MUC&timeSliceTemplate=OverNight&pageNumber=1&pageSize=200&isDerived=false
    GET https://api.apaleo.com/rateplan/v1/rate-plans/a%2Fb%20%3F%C3%A9/rates?from=2026-09-23&to=2026-09-25&pageNumber=1&pageSize=200
    "#);
}

#[test]
fn a_put_sets_what_is_wished_and_repeats_what_was_read() {
    let wishes = Rules {
        min_stay_arrival: Set::To(3),
        max_stay_arrival: Set::Clear,
        closed_to_departure: Set::To(true),
        ..Rules::LEAVE
    };
    let request = apaleo().push(&published_chunk(wishes)).unwrap();
    insta::assert_snapshot!(shown(&request), @r#"
    PUT https://api.apaleo.com/rateplan/v1/rate-plans/MUC-NONREF-SGL/rates
    content-type: application/json
    {"rates":[{"from":"2026-09-23T17:00:00+02:00","to":"2026-09-24T11:00:00+02:00","price":{"amount":105.00,"currency":"EUR"},"restrictions":{"closed":false,"closedOnArrival":false,"closedOnDeparture":true,"minLengthOfStay":3}}]}
    "#);
}

#[test]
fn what_the_vendor_adds_to_restrictions_in_time_survives_a_put() {
    let body = RATES.replace(
        "\"closed\":false",
        "\"closed\":false,\"gone\":null,\"cutOff\":{\"days\":1.50}",
    );
    let mut told = Told::default();
    let asked = ask(one_plan(), "2026-09-23", "2026-09-24");
    apaleo()
        .parse_read(
            &asked,
            &Carry::default(),
            &Response::new(200, body),
            &mut told,
        )
        .unwrap();
    let rows = vec![row("2026-09-23", "2026-09-23", 10_500, Rules::LEAVE)];
    let chunk = chunk(told.notes.attach(&one_plan(), &rows), rows);
    let request = shown(&apaleo().push(&chunk).unwrap());
    assert!(request.contains(r#""cutOff":{"days":1.50}"#), "{request}");
    assert!(!request.contains("gone"), "{request}");
}

#[test]
fn a_night_without_restrictions_is_written_without_them_until_one_is_wished() {
    let from_uninitialised = |rules| {
        let rows = vec![row("2026-09-24", "2026-09-24", 10_500, rules)];
        let mut target = one_plan();
        let extra = &mut target.facts.sellables.get_mut(&ids(PLAN)).unwrap().extra;
        let note = r#"{"from":"2026-09-24T17:00:00+02:00","to":"2026-09-25T11:00:00+02:00"}"#;
        extra.insert("note 2026-09-24".into(), note.into());
        shown(&apaleo().push(&chunk(target, rows)).unwrap())
    };
    let clear = Rules {
        stop_sell: Set::Clear,
        min_stay_arrival: Set::To(1),
        ..Rules::LEAVE
    };
    for rules in [Rules::LEAVE, clear] {
        assert!(!from_uninitialised(rules).contains("restrictions"));
    }
    let mut shut = Rules::LEAVE;
    shut.set(Restriction::StopSell, Set::To(1));
    let wished = from_uninitialised(shut);
    let all = r#""restrictions":{"closed":true,"closedOnArrival":false,"closedOnDeparture":false}"#;
    assert!(wished.contains(all), "{wished}");
}

#[test]
fn a_night_without_a_note_is_named_and_nothing_is_built() {
    let mut chunk = published_chunk(Rules::LEAVE);
    chunk.rows[0].last = night("2026-09-25");
    let error = apaleo().push(&chunk).unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Bug, Delivery::NotSent)
    );
    insta::assert_snapshot!(error, @"apaleo push rates: Bug: the night 2026-09-24 of MUC-SGL/MUC-NONREF-SGL was not read before: without the exact times of its slice it cannot be written, and its restrictions would be lost");
}

#[test]
fn a_restriction_on_a_night_without_price_is_refused_before_it_is_sent() {
    let mut chunk = published_chunk(Rules {
        min_stay_arrival: Set::To(2),
        ..Rules::LEAVE
    });
    chunk.rows[0].prices.clear();
    let error = apaleo().push(&chunk).unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Rejected, Delivery::NotSent)
    );
    insta::assert_snapshot!(error, @"apaleo push rates: Rejected: MUC-SGL/MUC-NONREF-SGL from 2026-09-23 on has no price, and apaleo keeps no restriction without one");
}

#[test]
fn what_is_beyond_the_shape_is_our_fault() {
    let good = published_chunk(Rules::LEAVE);
    let bad = |change: &dyn Fn(&mut rackrate_core::chunk::Chunk)| {
        let mut chunk = good.clone();
        change(&mut chunk);
        chunk
    };
    let through = Rules {
        min_stay_through: Set::Clear,
        ..Rules::LEAVE
    };
    for chunk in [
        bad(&|chunk| chunk.rows.push(chunk.rows[0].clone())),
        bad(&|chunk| chunk.rows[0].last = night("2027-09-23")),
        bad(&|chunk| chunk.rows[0].last = night("2026-09-22")),
        bad(&|chunk| chunk.rows[0].prices = vec![(2, Minor(1))]),
        bad(&|chunk| chunk.rows[0].prices.push((2, Minor(1)))),
        bad(&|chunk| chunk.rows[0].prices[0].1 = Minor(0)),
        bad(&|chunk| chunk.rows[0].prices.clear()),
        bad(&|chunk| chunk.rows[0].ids.plan = None),
        bad(&|chunk| chunk.rows[0].rules = through),
        bad(&|chunk| {
            let mut other = row("2026-09-24", "2026-09-24", 1, Rules::LEAVE);
            other.ids = ids("other");
            chunk.rows.push(other);
        }),
        bad(&|chunk| {
            let mut target = (*chunk.target).clone();
            target.facts.sellables.get_mut(&ids(PLAN)).unwrap().derived = true;
            chunk.target = target.into();
        }),
    ] {
        let error = apaleo().push(&chunk).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug, "{error}");
    }
    let window = |last| apaleo().read(&ask(one_plan(), "2026-09-01", last));
    assert!(window("2027-09-02").is_ok());
    assert!(window("2027-09-03").is_err() && window("2026-08-31").is_err());
}

#[test]
fn two_adults_pay_our_price_only_where_discovery_found_no_surcharge() {
    let adapter = configured("adults = 2");
    let pushed = |told| {
        let mut chunk = published_chunk(Rules::LEAVE);
        let mut target = (*chunk.target).clone();
        let extra = &mut target.facts.sellables.get_mut(&ids(PLAN)).unwrap().extra;
        extra.extend(sellable(PLAN, told).extra);
        chunk.target = target.into();
        chunk.rows[0].prices[0].0 = 2;
        adapter.push(&chunk)
    };
    assert!(pushed(Some("none")).is_ok());
    assert!(pushed(Some("3,22")).is_ok());
    for told in [Some("2"), Some("3,2"), None] {
        let error = pushed(told).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        assert!(error.text().contains(PLAN), "{error}");
    }
}
