//! Calendars as people write them: what comes out, and every way in which one is refused.

use super::*;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;

const HEADER: &str =
    "property,room_type,rate_plan,stay_date,adults,amount,currency,min_stay_arrival,stop_sell";

fn night(text: &str) -> Night {
    text.parse().unwrap()
}

fn properties() -> Properties {
    let file = include_bytes!("../../fixtures/properties.csv");
    Properties::read(&file[..], "properties.csv").unwrap()
}

fn read(bytes: &[u8]) -> Result<Calendar, Vec<Finding>> {
    let today = |_: &PropertyCode| night("2027-02-26");
    Calendar::read(bytes, "rates.csv", &properties(), &today)
}

fn fixture() -> Calendar {
    read(include_bytes!("../../fixtures/calendar.csv")).unwrap()
}

fn series<'a>(calendar: &'a Calendar, property: &str, room: &str, adults: u8) -> &'a Series {
    &calendar.series[&SeriesKey {
        property: PropertyCode::new(property).unwrap(),
        room_type: RoomTypeCode::new(room).unwrap(),
        rate_plan: RatePlanCode::new("BAR").unwrap(),
        adults,
    }]
}

/// Code, line and column of each finding.
fn told(result: Result<Calendar, Vec<Finding>>) -> Vec<String> {
    let findings = result.unwrap_err();
    let told = findings.iter().map(|finding| {
        assert_eq!(finding.place.file.as_deref(), Some("rates.csv"));
        assert!(
            !finding.hint.is_empty() || finding.code.ends_with("unreadable"),
            "{finding}"
        );
        let line = finding.place.line.unwrap_or(0);
        let column = finding.place.column.clone().unwrap_or_default();
        format!("{}:{line}:{column}", finding.code)
    });
    told.collect()
}

#[test]
fn prices_wishes_and_clears_come_out_as_written() {
    let calendar = fixture();
    let standard = series(&calendar, "algarve-resort", "STD", 2);
    assert_eq!(
        standard.price(night("2027-02-27")),
        Some(Seen::Price(Minor(8_900)))
    );
    assert_eq!(
        standard.rules(night("2027-02-27")).min_stay_arrival,
        Set::To(2)
    );
    assert_eq!(standard.rules(night("2027-02-28")), Rules::LEAVE);
    let superior = series(&calendar, "algarve-resort", "SUP", 2);
    assert_eq!(superior.price(night("2027-02-27")), None);
    assert_eq!(
        superior.rules(night("2027-02-27")).min_stay_arrival,
        Set::Clear
    );
    let yen = series(&calendar, "kyoto-inn", "TATAMI", 2);
    assert_eq!(
        yen.price(night("2027-02-26")),
        Some(Seen::Price(Minor(18_000)))
    );
    assert_eq!((calendar.cells, calendar.past), (17, 0));
}

#[test]
fn the_fingerprint_is_that_of_the_bytes() {
    let bytes = include_bytes!("../../fixtures/calendar.csv");
    let expected = blake3::hash(bytes).to_hex().to_string();
    assert_eq!(fixture().fingerprint, expected);
}

#[test]
fn a_byte_order_mark_other_line_ends_and_another_order_change_nothing() {
    let plain = include_str!("../../fixtures/calendar.csv");
    let turned: Vec<String> = plain
        .lines()
        .map(|line| line.split(',').rev().collect::<Vec<_>>().join(","))
        .collect();
    let turned = format!("\u{feff}{}", turned.join("\r\n"));
    assert_eq!(read(turned.as_bytes()).unwrap().series, fixture().series);
}

#[test]
fn nights_that_are_over_are_counted_and_left_out() {
    let text = format!(
        "{HEADER}\nlisbon-city,STD,BAR,2027-02-25,2,95.00,EUR,,\nlisbon-city,STD,BAR,2027-02-26,2,96.00,EUR,,\n"
    );
    let calendar = read(text.as_bytes()).unwrap();
    assert_eq!((calendar.cells, calendar.past), (1, 1));
    let series = series(&calendar, "lisbon-city", "STD", 2);
    assert_eq!(series.first(), night("2027-02-26"));
}

#[test]
fn each_bad_field_is_told_with_its_code_line_and_column() {
    let good = [
        "lisbon-city",
        "STD",
        "BAR",
        "2027-03-01",
        "2",
        "95.00",
        "EUR",
        "2",
        "",
    ];
    let bad = [
        (0, "", "bad_identifier:4:property"),
        (0, "porto-inn", "unknown_property:4:property"),
        (1, " ", "bad_identifier:4:room_type"),
        (2, "", "bad_identifier:4:rate_plan"),
        (3, "2027-02-29", "bad_date:4:stay_date"),
        (3, "01/03/2027", "bad_date:4:stay_date"),
        (3, "2072-03-01", "far_date:4:stay_date"),
        (4, "0", "bad_adults:4:adults"),
        (4, "21", "bad_adults:4:adults"),
        (4, "two", "bad_adults:4:adults"),
        (5, "95,00", "ragged_row:4:"),
        (5, "EUR 95", "bad_amount:4:amount"),
        (5, "-95.00", "negative_price:4:amount"),
        (5, "0.00", "zero_price:4:amount"),
        (5, "95.000", "too_precise:4:amount"),
        (5, "9999999999999999999", "too_large:4:amount"),
        (6, "EURO", "unknown_currency:4:currency"),
        (6, "USD", "currency_differs:4:currency"),
        (7, "0", "bad_restriction:4:min_stay_arrival"),
        (7, "366", "bad_restriction:4:min_stay_arrival"),
        (7, "2.0", "bad_restriction:4:min_stay_arrival"),
        (8, "2", "bad_restriction:4:stop_sell"),
        (8, "closed", "bad_restriction:4:stop_sell"),
    ];
    for (column, text, expected) in bad {
        let mut row = good;
        row[column] = text;
        let first = "lisbon-city,STD,BAR,2027-02-28,2,95.00,EUR,,";
        let bytes = format!("{HEADER}\n{first}\n\n{}\n", row.join(","));
        let expected = format!("calendar.{expected}");
        assert_eq!(told(read(bytes.as_bytes())), [expected], "{text:?}");
    }
}

#[test]
fn decimals_of_yen_are_too_many() {
    let text = format!("{HEADER}\nkyoto-inn,TATAMI,BAR,2027-03-01,2,18000.00,JPY,,\n");
    assert_eq!(
        told(read(text.as_bytes())),
        ["calendar.too_precise:2:amount"]
    );
}

#[test]
fn all_mistakes_of_all_rows_are_told_at_once() {
    let text = format!(
        "{HEADER}\r\n,STD,BAR,2027-13-01,2,x,EUR,,\r\nlisbon-city,STD,BAR,2027-03-01,2,-1,EUR,0,maybe\r\nshort\r\n"
    );
    assert_eq!(
        told(read(text.as_bytes())),
        [
            "calendar.bad_identifier:2:property",
            "calendar.bad_date:2:stay_date",
            "calendar.bad_amount:2:amount",
            "calendar.negative_price:3:amount",
            "calendar.bad_restriction:3:min_stay_arrival",
            "calendar.bad_restriction:3:stop_sell",
            "calendar.ragged_row:4:",
        ]
    );
}

#[test]
fn a_broken_file_as_a_whole_is_told() {
    let twice = format!("{HEADER},amount\n");
    let missing = HEADER.replace("amount,", "");
    let unknown = HEADER.replace("stop_sell", "stop_sale");
    let only_header = format!("{HEADER}\n");
    let broken: [(&[u8], &str); 6] = [
        (b"", "calendar.empty_file:0:"),
        (b"\xef\xbb\xbf", "calendar.empty_file:0:"),
        (only_header.as_bytes(), "calendar.no_rows:0:"),
        (twice.as_bytes(), "calendar.duplicate_column:1:amount"),
        (missing.as_bytes(), "calendar.missing_column:1:amount"),
        (unknown.as_bytes(), "calendar.unknown_column:1:stop_sale"),
    ];
    for (bytes, expected) in broken {
        assert_eq!(told(read(bytes)), [expected]);
    }
}

#[test]
fn a_price_that_is_there_twice_names_both_lines() {
    let row = "lisbon-city,STD,BAR,2027-03-01,2,95.00,EUR,,";
    let text = format!("{HEADER}\n{row}\n\"lisbon-city\",STD,BAR,2027-02-28,2,,,,\n{row}");
    let findings = read(text.as_bytes()).unwrap_err();
    insta::assert_snapshot!(findings[0], @r"
    rates.csv:4:stay_date: this price is already on line 2 [calendar.duplicate_cell]
      → A night of a room type, rate plan and number of adults has one price; keep one of the two rows.
    ");
    assert_eq!(told(read(text.as_bytes())).len(), 1);
}

#[test]
fn another_minimum_stay_for_other_adults_names_both_lines() {
    let text = format!(
        "{HEADER}\nlisbon-city,STD,BAR,2027-03-01,2,95.00,EUR,2,\nlisbon-city,STD,BAR,2027-03-01,1,90.00,EUR,3,\n"
    );
    let findings = read(text.as_bytes()).unwrap_err();
    insta::assert_snapshot!(findings[0], @r"
    rates.csv:3:min_stay_arrival: another min_stay_arrival is wished for this night on line 2 [calendar.restriction_differs]
      → A restriction belongs to the night, not to a number of adults; write the same in both rows.
    ");
    assert_eq!(findings.len(), 1);
}

const EVERY: &str = "property,room_type,rate_plan,stay_date,adults,amount,currency,\
    min_stay_arrival,min_stay_through,max_stay_arrival,max_stay_through,closed_to_arrival,\
    closed_to_departure,stop_sell";

#[test]
fn every_restriction_is_left_cleared_or_set() {
    let row = |day: u8, rules: &str| format!("lisbon-city,STD,BAR,2027-03-{day:02},2,,,{rules}\n");
    let text = [
        format!("{EVERY}\n"),
        row(1, "2,3,14,21,1,true,YES"),
        row(2, "-,-,-,-,-,0,no"),
        row(3, ",,,,,,"),
    ];
    let calendar = read(text.concat().as_bytes()).unwrap();
    let series = series(&calendar, "lisbon-city", "STD", 2);
    let said = |day| series.rules(night(day)).to_string();
    insta::assert_snapshot!(
        [said("2027-03-01"), said("2027-03-02"), said("2027-03-03")].join("\n"),
        @r"
    min stay 2, min stay through 3, max stay 14, max stay through 21, closed to arrival, closed to departure, stop sell
    no min stay, no min stay through, no max stay, no max stay through, no closed to arrival, no closed to departure, no stop sell
    no restriction
    "
    );
}

#[test]
fn a_stay_that_nobody_can_book_is_told() {
    let text = format!("{EVERY}\nlisbon-city,STD,BAR,2027-03-01,2,,,7,,5,,,,\n");
    let findings = read(text.as_bytes()).unwrap_err();
    insta::assert_snapshot!(findings[0], @r"
    rates.csv:2:max_stay_arrival: a stay of at least 7 and at most 5 nights cannot be booked [calendar.impossible_stay]
      → Correct one of the two, or write stop_sell to close the night.
    ");
}

#[test]
fn adults_may_say_different_kinds_but_not_different_values_of_a_kind() {
    let text = format!(
        "{EVERY}\nlisbon-city,STD,BAR,2027-03-01,2,,,2,,,,,,\nlisbon-city,STD,BAR,2027-03-01,1,,,,,,,1,,\n"
    );
    assert_eq!(read(text.as_bytes()).unwrap().cells, 2);
    let other = text.replace(",,,,,,,1,,", ",,,3,,,,1,,");
    assert_eq!(
        told(read(other.as_bytes())),
        ["calendar.restriction_differs:3:min_stay_arrival"]
    );
}

#[test]
fn json_lines_say_the_same_as_csv() {
    let lines = "\u{feff}{\"property\":\"lisbon-city\",\"room_type\":\"STD\",\"rate_plan\":\"BAR\",\
        \"stay_date\":\"2027-03-01\",\"adults\":2,\"amount\":129.00,\"currency\":\"EUR\",\
        \"min_stay_arrival\":null,\"stop_sell\":true}\r\n\n\
        {\"stay_date\":\"2027-03-02\",\"property\":\"lisbon\\u002dcity\",\"room_type\":\"STD\",\
        \"rate_plan\":\"BAR\",\"adults\":\"2\",\"amount\":\"95.5\",\"currency\":\"EUR\"}";
    let csv = format!(
        "{EVERY}\nlisbon-city,STD,BAR,2027-03-01,2,129.00,EUR,-,,,,,,1\n\
         lisbon-city,STD,BAR,2027-03-02,2,95.5,EUR,,,,,,,\n"
    );
    let (lines, csv) = (
        read(lines.as_bytes()).unwrap(),
        read(csv.as_bytes()).unwrap(),
    );
    assert_eq!(lines.series, csv.series);
    assert_ne!(lines.fingerprint, csv.fingerprint);
}

#[test]
fn each_bad_line_of_json_is_told_with_its_line_and_member() {
    let good = r#"{"property":"lisbon-city","room_type":"STD","rate_plan":"BAR","stay_date":"2027-03-01","adults":2,"amount":"95.00","currency":"EUR"}"#;
    let bad = [
        (good.replace("95.00\"", "95.00"), "bad_json:2:116"),
        (good.replace("amount", "price"), "bad_json:2:price"),
        (good.replace("adults", "currency"), "bad_json:2:currency"),
        (good.replace("\"95.00\"", "[95]"), "bad_json:2:amount"),
        (good.replace("\"95.00\"", "9.5e1"), "bad_amount:2:amount"),
        (
            good.replace("\"EUR\"", "\"USD\""),
            "currency_differs:2:currency",
        ),
    ];
    for (line, expected) in bad {
        let text = format!("{}\n{line}\n", good.replace("03-01", "03-02"));
        assert_eq!(
            told(read(text.as_bytes())),
            [format!("calendar.{expected}")],
            "{line}"
        );
    }
}

#[test]
fn text_that_is_not_utf8_is_told_where_it_stands() {
    let mut bytes = format!("{HEADER}\nlisbon-city,ST").into_bytes();
    bytes.extend(b"\xe9,BAR,2027-03-01,2,95.00,EUR,,\n");
    assert_eq!(told(read(&bytes)), ["calendar.not_utf8:2:room_type"]);
}

#[test]
fn a_line_break_inside_quotes_keeps_the_line_numbers() {
    let text = format!(
        "{HEADER}\r\nlisbon-city,\"S\r\nT\",BAR,2027-03-01,2,95.00,EUR,,\r\n\r\nlisbon-city,STD,BAR,bad,2,95.00,EUR,,"
    );
    assert_eq!(
        told(read(text.as_bytes())),
        [
            "calendar.bad_identifier:2:room_type",
            "calendar.bad_date:5:stay_date"
        ]
    );
}
