//! Mappings as people write them, and what a spreadsheet did to them.

use super::*;

const HEADER: &str =
    "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan";

fn told(rows: &[&str]) -> Vec<String> {
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    let findings = Mapping::read(text.as_bytes(), "mapping.csv").unwrap_err();
    let told = findings.iter().map(|finding| {
        assert!(!finding.hint.is_empty(), "{finding}");
        let line = finding.place.line.unwrap_or(0);
        let column = finding.place.column.clone().unwrap_or_default();
        format!("{}:{line}:{column}", finding.code)
    });
    told.collect()
}

#[test]
fn a_property_finds_its_names_at_each_connection() {
    let file = include_bytes!("../../fixtures/mapping.csv");
    let mapping = Mapping::read(&file[..], "mapping.csv").unwrap();
    let (cloud, resort) = (
        ConnectionId::new("cloud").unwrap(),
        PropertyCode::new("algarve-resort").unwrap(),
    );
    let lane = mapping.property(&cloud, &resort).unwrap();
    assert_eq!(lane.vendor_property.as_str(), "5886676873777241");
    let ids: Vec<String> = lane.sold.values().map(Ids::to_string).collect();
    assert_eq!(ids, ["4401", "4402"]);
    assert_eq!(mapping.lanes().count(), 4);
}

#[test]
fn two_of_one_side_for_one_of_the_other_are_refused() {
    let first = "pms,a,STD,BAR,P1,STD,BAR";
    let pairs = [
        (
            "pms,a,STD,BAR,P1,SUP,BAR",
            "mapping.duplicate_ours:3:rate_plan",
        ),
        (
            "pms,a,SUP,BAR,P1,STD,BAR",
            "mapping.duplicate_theirs:3:vendor_rate_plan",
        ),
        (
            "pms,a,SUP,BAR,P2,SUP,BAR",
            "mapping.property_twice:3:vendor_property",
        ),
        (
            "pms,b,STD,BAR,P1,SUP,BAR",
            "mapping.vendor_property_twice:3:vendor_property",
        ),
    ];
    for (second, expected) in pairs {
        assert_eq!(told(&[first, second]), [expected]);
    }
    let other = format!("{HEADER}\n{first}\nother,b,STD,BAR,P1,STD,BAR\n");
    assert!(Mapping::read(other.as_bytes(), "mapping.csv").is_ok());
}

#[test]
fn what_a_spreadsheet_did_to_an_identifier_is_found() {
    assert_eq!(
        told(&["pms,a,STD,BAR,5.88668E+15,STD,BAR"]),
        ["mapping.spreadsheet_number:2:vendor_property"]
    );
    assert_eq!(
        told(&["pms,a,STD,BAR,P1,0044,1", "pms,a,SUP,BAR,P1,45,2"]),
        ["mapping.lost_zeros:3:vendor_room_type"]
    );
    let plain = format!("{HEADER}\npms,a,STD,BAR,P1,12E3,00A\npms,a,SUP,BAR,P1,1,7\n");
    assert!(Mapping::read(plain.as_bytes(), "mapping.csv").is_ok());
}

#[test]
fn one_of_the_vendors_two_names_may_be_empty_but_not_both() {
    assert_eq!(
        told(&["pms,a,STD,BAR,P1,,"]),
        ["mapping.no_vendor_ids:2:vendor_rate_plan"]
    );
    let plan = format!("{HEADER}\npms,a,STD,BAR,P1,,77\n");
    assert!(Mapping::read(plan.as_bytes(), "mapping.csv").is_ok());
}

#[test]
fn empty_names_are_told_with_their_columns() {
    assert_eq!(
        told(&[",,STD,BAR,,STD,BAR"]),
        [
            "mapping.bad_identifier:2:connection",
            "mapping.bad_identifier:2:property",
            "mapping.bad_identifier:2:vendor_property",
        ]
    );
}

#[test]
fn a_row_is_confirmed_or_a_guess_and_a_file_without_a_status_is_confirmed() {
    let rows = |status: &str| {
        format!("{HEADER},status,vendor_name\npms,a,STD,BAR,P1,STD,BAR,{status},anything\n")
    };
    let guesses = |text: &str| {
        let mapping = Mapping::read(text.as_bytes(), "mapping.csv").unwrap();
        let (_, _, lane) = mapping.lanes().next().unwrap();
        (
            lane.sold.len(),
            lane.guesses.values().copied().collect::<Vec<_>>(),
        )
    };
    assert_eq!(guesses(&rows("guess")), (1, vec![2]));
    assert_eq!(guesses(&rows("confirmed")), (1, vec![]));
    assert_eq!(
        guesses(&format!("{HEADER}\npms,a,STD,BAR,P1,STD,BAR\n")),
        (1, vec![])
    );
    for status in ["", "Guess", "maybe"] {
        let findings = Mapping::read(rows(status).as_bytes(), "mapping.csv").unwrap_err();
        let place = findings[0].place.to_string();
        assert_eq!(
            (findings[0].code.as_str(), place.as_str()),
            ("mapping.bad_status", "mapping.csv:2:status")
        );
    }
}

#[test]
fn an_apostrophe_keeps_an_identifier_text_and_is_not_part_of_it() {
    let text = format!("{HEADER}\npms,a,STD,BAR,'5886,'0044,'1E+5\npms,a,SUP,BAR,5886,'45,7\n");
    let mapping = Mapping::read(text.as_bytes(), "mapping.csv").unwrap();
    let (_, _, lane) = mapping.lanes().next().unwrap();
    assert_eq!(lane.vendor_property.as_str(), "5886");
    let ids: Vec<String> = lane.sold.values().map(Ids::to_string).collect();
    assert_eq!(ids, ["0044/1E+5", "45/7"]);
}
