//! What pages of schedules and lists of restrictions tell.

use rackrate_core::adapter::{Adapter, Carry, ReadAsk, Step};
use rackrate_core::error::{Error, ErrorKind};
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;

use crate::support::*;

/// The same question about one rate plan only.
fn narrow(first: &str, last: &str) -> ReadAsk {
    let mut ask = ask(first, last);
    let target = std::sync::Arc::make_mut(&mut ask.target);
    target.facts.sellables.retain(|ids, _| *ids == dlx());
    ask
}

fn page(body: &str) -> Result<(Seens, Step<()>), Error> {
    let (adapter, mut seen) = (ohip(), Seens::default());
    let ask = narrow("2027-01-01", "2027-01-31");
    let response = answer(200, &[], body);
    let step = adapter.parse_read(&ask, &Carry::default(), &response, &mut seen)?;
    Ok((seen, step))
}

/// A page with these details of schedules.
fn details(details: &str) -> String {
    let each = details.replace("|", "}},{\"ratePlanScheduleDetail\":{");
    format!(
        r#"{{"ratePlanScheduleList":{{"ratePlanSchedule":[{{"ratePlanScheduleDetail":{{{each}}}}}]}}}}"#
    )
}

fn detail(start: &str, end: &str, amounts: &str) -> String {
    format!(r#""start":"{start}","end":"{end}","roomTypeList":["DLX"],"rateAmounts":{{{amounts}}}"#)
}

#[test]
fn a_stretch_is_told_by_night_and_within_the_question_alone() {
    let body = details(&detail(
        "2026-12-30",
        "2027-01-02",
        r#""twoPersonRate":140"#,
    ));
    let (seen, _) = page(&body).unwrap();
    let nights: Vec<_> = seen.prices.iter().map(|one| one.2).collect();
    assert_eq!(nights, [night("2027-01-01"), night("2027-01-02")]);
}

#[test]
fn days_of_the_week_are_kept() {
    let mut weekend = detail("2027-01-01", "2027-01-10", r#""twoPersonRate":140"#);
    weekend += r#","friday":true,"saturday":true,"sunday":false"#;
    let (seen, _) = page(&details(&weekend)).unwrap();
    let nights: Vec<_> = seen.prices.iter().map(|one| one.2.to_string()).collect();
    assert_eq!(
        nights,
        ["2027-01-01", "2027-01-02", "2027-01-08", "2027-01-09"]
    );
}

#[test]
fn two_schedules_of_a_night_leave_no_price_to_trust() {
    let one = detail("2027-01-01", "2027-01-03", r#""twoPersonRate":140"#);
    let two = detail("2027-01-03", "2027-01-04", r#""onePersonRate":100"#);
    let (seen, _) = page(&details(&format!("{one}|{two}"))).unwrap();
    assert_eq!(
        seen.price(&dlx(), 2, "2027-01-02"),
        Some(Seen::Price(Minor(14_000)))
    );
    assert_eq!(seen.price(&dlx(), 2, "2027-01-03"), Some(Seen::Unreadable));
    assert_eq!(seen.price(&dlx(), 1, "2027-01-03"), Some(Seen::Unreadable));
    assert_eq!(
        seen.price(&dlx(), 1, "2027-01-04"),
        Some(Seen::Price(Minor(10_000)))
    );
}

#[test]
fn a_night_told_on_an_earlier_page_is_not_trusted_either() {
    let one = details(&detail(
        "2027-01-01",
        "2027-01-02",
        r#""twoPersonRate":140"#,
    ));
    let one = one.replace("}]}}", "}],\"hasMore\":true}}");
    let (mut seen, step) = page(&one).unwrap();
    let Step::Next { request, carry } = step else {
        panic!("there is more")
    };
    assert!(request.url().query().unwrap().ends_with("offset=1"));
    let two = details(&detail(
        "2027-01-02",
        "2027-01-03",
        r#""twoPersonRate":150"#,
    ));
    let ask = narrow("2027-01-01", "2027-01-31");
    let response = answer(200, &[], &two);
    ohip()
        .parse_read(&ask, &carry, &response, &mut seen)
        .unwrap();
    let told = ["2027-01-01", "2027-01-02", "2027-01-03"].map(|date| seen.price(&dlx(), 2, date));
    let price = |minor| Some(Seen::Price(Minor(minor)));
    assert_eq!(told, [price(14_000), Some(Seen::Unreadable), price(15_000)]);
}

#[test]
fn prices_in_another_currency_or_by_tiers_are_not_read_as_ours() {
    for (from, to) in [
        ("\"EUR\"", "\"USD\""),
        ("\"tiered\":false", "\"tiered\":true"),
    ] {
        let (seen, _) = page(&SCHEDULES.replace(from, to)).unwrap();
        assert_eq!(seen.price(&dlx(), 2, "2027-01-01"), Some(Seen::Unreadable));
    }
}

#[test]
fn amounts_are_numbers_or_texts_and_null_is_none() {
    let amounts = r#""onePersonRate":"120.5","twoPersonRate":1.4e2,"threePersonRate":null"#;
    let (seen, _) = page(&details(&detail("2027-01-01", "2027-01-01", amounts))).unwrap();
    let told = [1, 2, 3].map(|adults| seen.price(&dlx(), adults, "2027-01-01"));
    let price = |minor| Some(Seen::Price(Minor(minor)));
    assert_eq!(told, [price(12_050), price(14_000), None]);
}

#[test]
fn a_note_keeps_every_amount_as_it_is_and_nothing_else() {
    let amounts = r#""overrideFloorAmount":true,"twoPersonRate":140.50,"extraPersonRate":null"#;
    let (seen, _) = page(&details(&detail("2027-01-01", "2027-01-01", amounts))).unwrap();
    let rows = [row(dlx(), "2027-01-01", "2027-01-01", &[], Rules::LEAVE)];
    let target = seen.notes.attach(&target(), &rows);
    let note = target.note(&dlx(), night("2027-01-01"));
    assert_eq!(note, Some(r#"{"twoPersonRate":140.50}"#));
}

#[test]
fn flipped_types_of_what_decides_are_errors() {
    for (from, to) in [
        ("\"start\":\"2027-01-01\"", "\"start\":\"2027-13-01\""),
        (
            "\"roomTypeList\":[\"DLX\"],\"rateAmounts\"",
            "\"rateAmounts\"",
        ),
        ("\"rateAmounts\":{", "\"rateAmount\":{"),
        ("\"hasMore\":false", "\"hasMore\":7"),
        ("\"hotelId\":\"HTL1\"", "\"hotelId\":\"HTL2\""),
        ("\"ratePlanCode\":\"MYDAILY\"", "\"ratePlanCode\":\"OTHER\""),
        ("\"ratePlanScheduleList\":{", "\"list\":{"),
    ] {
        assert!(SCHEDULES.contains(from), "{from}");
        let error = page(&SCHEDULES.replace(from, to)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{to}");
    }
}

/// What a list of restrictions tells, after schedules of which there are none.
fn restrictions(status: u16, body: &str) -> Result<(Seens, Step<()>), Error> {
    let (adapter, mut seen) = (ohip(), Seens::default());
    let ask = narrow("2027-01-01", "2027-01-04");
    let none = answer(204, &[], "");
    let first = adapter.parse_read(&ask, &Carry::default(), &none, &mut seen)?;
    let Step::Next { request, carry } = first else {
        panic!("restrictions follow")
    };
    assert!(
        request
            .url()
            .path()
            .ends_with("/par/v1/hotels/HTL1/restrictions")
    );
    let response = answer(status, &[], body);
    let step = adapter.parse_read(&ask, &carry, &response, &mut seen)?;
    Ok((seen, step))
}

const NONE: Rules = Rules {
    min_stay_arrival: Set::Clear,
    min_stay_through: Set::Clear,
    closed_to_arrival: Set::Clear,
    closed_to_departure: Set::Clear,
    stop_sell: Set::Clear,
    ..Rules::LEAVE
};

/// The restrictions told of the second of January when the published one is changed so.
fn told(changes: &[(&str, &str)]) -> Rules {
    let mut body = RESTRICTIONS.to_owned();
    for (from, to) in changes {
        assert!(body.contains(from), "{from}");
        body = body.replace(from, to);
    }
    restrictions(200, &body)
        .unwrap()
        .0
        .rule(&dlx(), "2027-01-02")
}

#[test]
fn nothing_listed_means_that_there_is_none() {
    let (seen, step) = restrictions(204, "").unwrap();
    assert!(matches!(step, Step::Done(())));
    assert_eq!(seen.rule(&dlx(), "2027-01-04"), NONE);
}

#[test]
fn the_published_restriction_is_read_however_it_is_wrapped() {
    let stay = Rules {
        min_stay_arrival: Set::To(2),
        ..NONE
    };
    assert_eq!(told(&[]), stay);
    let once = RESTRICTIONS.replacen(
        "{\"restrictionsByDateRange\":{\"restrictionsByDateRange\":",
        "{\"restrictionsByDateRange\":",
        1,
    );
    let once = once.replacen("}},\"links\"", "},\"links\"", 1);
    let (seen, _) = restrictions(200, &once).unwrap();
    assert_eq!(seen.rule(&dlx(), "2027-01-02"), stay);
}

#[test]
fn each_code_says_its_kind() {
    let code = |to: &str| told(&[("MinimumLengthOfStay", to)]);
    let closed = Rules {
        stop_sell: Set::To(true),
        ..NONE
    };
    assert_eq!(code("Closed"), closed);
    assert_eq!(code("Open"), NONE);
    assert_eq!(code("OpenForArrival"), NONE);
    assert_eq!(code("MinimumAdvanceBooking"), NONE);
    let through = Rules {
        min_stay_through: Set::To(2),
        ..NONE
    };
    assert_eq!(code("MinimumStayThrough"), through);
    assert_eq!(told(&[("\"unit\":2", "\"unit\":1")]), NONE);
}

#[test]
fn a_restriction_holds_on_its_days_of_the_week_alone() {
    // The second of January is a Saturday.
    assert_eq!(told(&[("\"saturday\":true", "\"saturday\":false")]), NONE);
}

#[test]
fn restrictions_of_anything_wider_are_not_ours() {
    for (from, to) in [
        ("\"house\":false", "\"house\":true"),
        ("\"roomType\":\"DLX\"", "\"roomType\":null"),
        ("\"ratePlanCode\":\"MYDAILY\"", "\"ratePlanCode\":\"\""),
        ("\"roomClass\":null", "\"roomClass\":\"ALL\""),
        (
            "\"ratePlanCategory\":null",
            "\"bookingChannelCode\":\"WEB\"",
        ),
    ] {
        assert_eq!(told(&[(from, to)]), NONE, "{to}");
    }
}

#[test]
fn what_contradicts_itself_or_cannot_be_understood_is_not_told() {
    let open = Rules {
        min_stay_arrival: Set::Leave,
        ..NONE
    };
    assert_eq!(told(&[("\"unit\":2", "\"unit\":\"many\"")]), open);
    let entry = RESTRICTIONS.split("\"restrictionSets\":[").nth(1).unwrap();
    let entry = entry.split("],\"hotelId\"").next().unwrap();
    let both = format!("{entry},{}", entry.replace("\"unit\":2", "\"unit\":3"));
    assert_eq!(told(&[(entry, &both)]), open);
    let on_request = Rules {
        stop_sell: Set::Leave,
        ..NONE
    };
    let changes = [
        ("MinimumLengthOfStay", "Closed"),
        ("\"onRequest\":false", "\"onRequest\":true"),
    ];
    assert_eq!(told(&changes), on_request);
}

#[test]
fn a_cut_list_is_asked_for_again_in_halves_and_tells_nothing() {
    let cut = RESTRICTIONS.replace("\"hasMore\":false", "\"hasMore\":true");
    let (seen, step) = restrictions(200, &cut).unwrap();
    assert!(seen.rules.is_empty());
    let Step::Next { request, carry } = step else {
        panic!("there is more")
    };
    let query = "restrictionSearchCriteriaStartDate=2027-01-01&end=2027-01-02";
    assert_eq!(request.url().query(), Some(query));
    let (adapter, ask) = (ohip(), narrow("2027-01-01", "2027-01-04"));
    let (mut seen, mut carry, mut steps) = (Seens::default(), carry, 0);
    let whole = answer(200, &[], RESTRICTIONS);
    while let Step::Next { carry: more, .. } =
        adapter.parse_read(&ask, &carry, &whole, &mut seen).unwrap()
    {
        carry = more;
        steps += 1;
    }
    assert_eq!((steps, seen.rules.len()), (1, 4));
}

#[test]
fn a_list_that_is_always_cut_ends_in_an_error() {
    let cut = answer(
        200,
        &[],
        &RESTRICTIONS.replace("\"hasMore\":false", "\"hasMore\":true"),
    );
    let (adapter, ask) = (ohip(), narrow("2027-01-01", "2027-12-31"));
    let mut seen = Seens::default();
    let none = answer(204, &[], "");
    let mut step = adapter.parse_read(&ask, &Carry::default(), &none, &mut seen);
    for _ in 0..20 {
        match step {
            Ok(Step::Next { carry, .. }) => {
                step = adapter.parse_read(&ask, &carry, &cut, &mut seen)
            }
            Ok(Step::Done(())) => panic!("half a list was taken for all"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Malformed);
                return;
            }
        }
    }
    panic!("it is asked for ever");
}

#[test]
fn a_year_of_restrictions_is_read_in_spans_of_ninety_days() {
    let (adapter, ask) = (ohip(), narrow("2027-01-01", "2027-12-31"));
    let (mut seen, none) = (Seens::default(), answer(204, &[], ""));
    let mut carry = Carry::default();
    let mut spans = Vec::new();
    while let Step::Next {
        request,
        carry: more,
    } = adapter.parse_read(&ask, &carry, &none, &mut seen).unwrap()
    {
        let dates: Vec<String> = request
            .query
            .iter()
            .map(|(_, value)| value.clone())
            .collect();
        spans.push(dates.join(" "));
        carry = more;
    }
    insta::assert_snapshot!(spans.join("\n"), @"
    2027-01-01 2027-01-05
    2027-01-06 2027-04-05
    2027-04-06 2027-07-04
    2027-07-05 2027-10-02
    2027-10-03 2027-12-31
    ");
    assert_eq!(seen.rules.len(), 365);
}

#[test]
fn restrictions_that_cannot_be_read_are_errors() {
    for body in ["", "{}", "[]", r#"{"restrictionsByDateRange":[]}"#] {
        let error = restrictions(200, body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
    for (from, to) in [
        ("\"restrictionSets\":[", "\"restrictionSets\":[7,"),
        ("\"restrictionControl\"", "\"control\""),
        ("\"start\":\"2027-01-01\"", "\"start\":7"),
        ("\"hotelId\":\"HTL1\"", "\"hotelId\":\"HTL2\""),
        ("\"hasMore\":false", "\"hasMore\":[]"),
    ] {
        let error = restrictions(200, &RESTRICTIONS.replace(from, to)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{to}");
    }
    assert_eq!(
        restrictions(403, "").unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}
