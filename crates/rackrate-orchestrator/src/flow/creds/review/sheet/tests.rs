//! Sheets that are written, filled in, and taken back or refused.

use super::*;
use crate::flow::creds::standing::tests::{NOW, connected, key};

fn quarter() -> Quarter {
    "2026Q3".parse().unwrap()
}

fn known() -> Vec<Row> {
    let mut used = key();
    used.dates.used = Some(Wall(NOW.0 - DAYS_90 - 1));
    let mut consent = connected();
    consent.connection = ConnectionId::new("channel").unwrap();
    rows(&[used, consent], NOW)
}

fn decided() -> String {
    let text = write(&known(), quarter());
    text.replace("no,,\n", "no,keep,Ana\n")
        .replace("yes,,\n", "yes,revoke,Rui\n")
}

/// The codes of what is wrong, with line and column.
fn wrong(text: &str) -> Vec<String> {
    let found = read(text.as_bytes(), "r.csv", quarter(), &known()).unwrap_err();
    let place = |one: Finding| {
        let line = one
            .place
            .line
            .map_or(String::new(), |line| line.to_string());
        let column = one.place.column.unwrap_or_default();
        format!("{} {line} {column}", one.code)
    };
    found.into_iter().map(place).collect()
}

#[test]
fn a_sheet_has_a_row_per_credential_and_its_decisions_are_empty() {
    insta::assert_snapshot!(write(&known(), quarter()), @"
    quarter,connection,vendor,by,owner,scopes,last_change,known_since,last_use,unused_over_90_days,decision,reviewer
    2026Q3,channel,A vendor,consent,front desk,rates:write,2026-11-21,2026-11-21,,no,,
    2026Q3,pms,A vendor,key,front desk,rates:write,,2026-08-24,2026-08-24,yes,,
    ");
}

#[test]
fn what_a_person_filled_in_is_taken_with_the_digest_of_its_bytes() {
    let sheet = read(decided().as_bytes(), "r.csv", quarter(), &known()).unwrap();
    let decisions: Vec<_> = sheet.decisions.values().collect();
    assert_eq!(decisions, [&Decision::Keep, &Decision::Revoke]);
    assert_eq!(sheet.reviewers.len(), 2);
    let windows = format!("\u{feff}{}", decided().replace('\n', "\r\n"));
    let again = read(windows.as_bytes(), "r.csv", quarter(), &known()).unwrap();
    assert_eq!(again.decisions, sheet.decisions);
    assert_ne!(again.digest, sheet.digest);
    assert_eq!(sheet.digest.len(), 64);
}

#[test]
fn what_others_wrote_is_no_formula_and_is_taken_back() {
    let mut key = key();
    key.granted = Some("=HYPERLINK(A1)".to_owned());
    let known = rows(&[key], NOW);
    let text = write(&known, quarter());
    assert!(text.contains(",'=HYPERLINK(A1),"), "{text}");
    let decided = text.replace("unknown,,\n", "unknown,revoke,Ana\n");
    assert!(read(decided.as_bytes(), "r.csv", quarter(), &known).is_ok());
}

#[test]
fn each_row_needs_a_decision_and_who_made_it() {
    let empty = write(&known(), quarter());
    assert_eq!(
        wrong(&empty),
        [
            "review.no_decision 2 decision",
            "review.no_reviewer 2 reviewer",
            "review.no_decision 3 decision",
            "review.no_reviewer 3 reviewer"
        ]
    );
    let maybe = decided().replace(",keep,", ",maybe,");
    assert_eq!(wrong(&maybe), ["review.bad_decision 2 decision"]);
}

#[test]
fn a_sheet_of_other_credentials_is_refused_where_they_differ() {
    let lines = decided();
    let lines: Vec<_> = lines.lines().collect();
    let [head, first, second] = lines[..] else {
        panic!("{lines:?}");
    };
    let of = |rows: &[&str]| wrong(&format!("{head}\n{}\n", rows.join("\n")));
    assert_eq!(of(&[first]), ["review.missing_row  "]);
    assert_eq!(
        of(&[first, second, second]),
        ["review.duplicate_row 4 connection"]
    );
    let stranger = second.replace(",pms,", ",old,");
    assert_eq!(
        of(&[first, &stranger]),
        [
            "review.unknown_credential 3 connection",
            "review.missing_row  "
        ]
    );
    let scoped = second.replace("rates:write", "rates:read");
    assert_eq!(of(&[first, &scoped]), ["review.changed 3 scopes"]);
    let used = second.replace("2026-08-24,yes", "2026-08-25,no");
    assert_eq!(of(&[first, &used]), ["review.changed 3 last_use"]);
    let other = second.replace("2026Q3", "2026Q2");
    assert_eq!(of(&[first, &other]), ["review.changed 3 quarter"]);
    assert_eq!(
        of(&[first, "a,b"]),
        ["review.ragged_row 3 ", "review.missing_row  "]
    );
    let semicolons = decided().replace(',', ";");
    assert_eq!(wrong(&semicolons)[0], "review.bad_header 1 ");
    assert_eq!(wrong("").len(), 2);
}
