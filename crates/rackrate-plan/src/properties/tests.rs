//! Lists of hotels: what a row says, when a hotel's day ends, and what is refused.

use super::*;

const HEADER: &str = "code,name,time_zone,day_ends,currency,basis,region,tags,contact";

fn fixture() -> Properties {
    let file = include_bytes!("../../fixtures/properties.csv");
    Properties::read(&file[..], "properties.csv").unwrap()
}

fn wall(text: &str) -> Wall {
    let at: jiff::Timestamp = text.parse().unwrap();
    Wall(at.as_millisecond())
}

fn told(text: &str) -> Vec<String> {
    let findings = Properties::read(text.as_bytes(), "properties.csv").unwrap_err();
    let told = findings.iter().map(|finding| {
        let line = finding.place.line.unwrap_or(0);
        let column = finding.place.column.clone().unwrap_or_default();
        format!("{}:{line}:{column}", finding.code)
    });
    told.collect()
}

#[test]
fn a_property_keeps_what_its_row_says() {
    let properties = fixture();
    let resort = properties
        .get(&PropertyCode::new("algarve-resort").unwrap())
        .unwrap();
    assert_eq!(resort.tags, ["resort", "sea"]);
    assert_eq!(resort.currency.code(), "EUR");
    assert_eq!(properties.iter().count(), 3);
}

#[test]
fn a_hotels_day_goes_on_until_it_ends() {
    let properties = fixture();
    let today = |code: &str, now: &str| {
        let code = PropertyCode::new(code).unwrap();
        properties.today(&code, wall(now)).unwrap().to_string()
    };
    assert_eq!(
        today("algarve-resort", "2027-07-01T01:59:59Z"),
        "2027-06-30"
    );
    assert_eq!(
        today("algarve-resort", "2027-07-01T02:00:00Z"),
        "2027-07-01"
    );
    assert_eq!(today("kyoto-inn", "2027-06-30T15:00:00Z"), "2027-07-01");
}

#[test]
fn each_bad_field_is_told_with_its_code_line_and_column() {
    let good = [
        "porto",
        "Porto Inn",
        "Europe/Lisbon",
        "03:00",
        "EUR",
        "net",
        "",
        "",
        "",
    ];
    let bad = [
        (0, "", "properties.bad_identifier:2:code"),
        (1, "", "properties.missing_name:2:name"),
        (2, "Europe/Porto", "properties.bad_time_zone:2:time_zone"),
        (3, "3:00", "properties.bad_day_ends:2:day_ends"),
        (3, "24:00", "properties.bad_day_ends:2:day_ends"),
        (4, "EURO", "properties.unknown_currency:2:currency"),
        (5, "brutto", "properties.bad_basis:2:basis"),
    ];
    for (column, text, expected) in bad {
        let mut row = good;
        row[column] = text;
        assert_eq!(told(&format!("{HEADER}\n{}\n", row.join(","))), [expected]);
    }
}

#[test]
fn a_code_that_is_there_twice_names_both_lines() {
    let row = "porto,Porto Inn,Europe/Lisbon,,EUR,net,,,";
    let text = format!("{HEADER}\n{row}\n{row}\n");
    let findings = Properties::read(text.as_bytes(), "properties.csv").unwrap_err();
    insta::assert_snapshot!(findings[0], @r"
    properties.csv:3:code: porto is already on line 2 [properties.duplicate_code]
      → Keep one of the two rows.
    ");
}
