//! What `discover` shows, for people within 80 columns and for programs.

use serde_json::json;

use super::counted;
use super::write::Written;
use crate::flow::survey::{Sold, Status, Survey, Surveyed};
use crate::portfolio::Link;
use crate::screen::{Page, Table, count, wrapped};

pub(super) fn json(link: &Link, survey: &Survey, written: Option<&Written>, page: &mut Page) {
    let written = written.map(
        |one| json!({"file": one.file, "guesses": one.rows.len(), "derived_left_out": one.derived}),
    );
    let all = json!({
        "connection": link.id, "vendor": link.entry.id, "basis": link.basis,
        "properties": survey.properties, "written": written, "findings": survey.findings,
    });
    page.line(all.to_string());
}

pub(super) fn table(link: &Link, survey: &Survey, page: &mut Page) {
    for property in &survey.properties {
        page.line(wrapped(&property.name, ""));
        page.line(wrapped(&facts(property), "  "));
        if !property.sold.is_empty() {
            page.line(sold(property).to_string());
        }
        page.line("");
    }
    if survey.listed.is_some() {
        page.line(wrapped(&totals(link, survey), ""));
    }
}

fn facts(property: &Surveyed) -> String {
    let said =
        |fact: Option<String>, what: &str| fact.unwrap_or_else(|| format!("{what} not said"));
    let facts = [
        property.id.clone(),
        said(property.time_zone.clone(), "time zone"),
        said(property.currency.map(|one| one.to_string()), "currency"),
        said(property.basis.map(|one| one.to_string()), "basis"),
    ];
    let ours = match &property.property {
        Some(code) => format!("mapped as {code}"),
        None => "not mapped".to_owned(),
    };
    let nothing = match property.sold.is_empty() {
        true => "; sells nothing",
        false => "",
    };
    format!("{}; {ours}{nothing}", facts.join(", "))
}

/// The column of adults is there where the vendor says something about them.
fn sold(property: &Surveyed) -> Table {
    let says_adults = property.sold.iter().any(|one| !one.adults.is_empty());
    let mut table = match says_adults {
        true => Table::new(["room type", "rate plan", "name", "adults", "ours"]),
        false => Table::new(["room type", "rate plan", "name", "ours"]),
    };
    for one in &property.sold {
        let [room, plan] = [&one.theirs.vendor_room_type, &one.theirs.vendor_rate_plan]
            .map(|id| id.clone().unwrap_or_default());
        let (name, ours) = (name(one), ours(one));
        match says_adults {
            true => table.row([room, plan, name, adults(&one.adults), ours]),
            false => table.row([room, plan, name, ours]),
        }
    }
    table
}

fn name(one: &Sold) -> String {
    match one.currency {
        Some(currency) => format!("{} ({currency})", one.name),
        None => one.name.clone(),
    }
}

/// `1-4`, or `1, 3` where numbers are missing.
fn adults(adults: &[u8]) -> String {
    match adults {
        [first, .., last] if usize::from(last.saturating_sub(*first)) + 1 == adults.len() => {
            format!("{first}-{last}")
        }
        _ => {
            let each: Vec<_> = adults.iter().map(ToString::to_string).collect();
            each.join(", ")
        }
    }
}

fn ours(one: &Sold) -> String {
    let names = match (&one.room_type, &one.rate_plan) {
        (Some(room_type), Some(rate_plan)) => format!("{room_type} {rate_plan}"),
        _ => String::new(),
    };
    let words = match (one.status, one.derived) {
        (Status::Confirmed, false) => return names,
        (Status::Confirmed, true) => ", derived",
        (Status::Guess, false) => ", guess",
        (Status::Guess, true) => ", guess, derived",
        (Status::NotMapped, true) => "derived",
        (Status::NotMapped, false) => "not mapped",
    };
    names + words
}

fn totals(link: &Link, survey: &Survey) -> String {
    let all = || survey.properties.iter().flat_map(|one| &one.sold);
    let of = |status| {
        all()
            .filter(|one| one.status == status && !one.derived)
            .count()
    };
    let derived = all().filter(|one| one.derived).count();
    let parts = [
        (of(Status::Confirmed), "confirmed"),
        (of(Status::Guess), "guessed"),
        (of(Status::NotMapped), "not mapped"),
        (derived, "derived"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts
        .map(|(number, word)| format!("{} {word}", count(*number as u64)))
        .collect();
    let mut text = format!(
        "{} at {}, {} to sell",
        counted(survey.properties.len(), "property", "properties"),
        link.id,
        counted(all().count(), "thing", "things"),
    );
    if !parts.is_empty() {
        text += &format!(": {}", parts.join(", "));
    }
    text + "."
}

pub(super) fn written(written: &Written, page: &mut Page) {
    let file = written.file.display();
    let derived = match written.derived {
        0 => String::new(),
        number => format!(
            " {} left out, because the vendor computes the prices.",
            counted(number, "derived rate plan is", "derived rate plans are")
        ),
    };
    if written.rows.is_empty() {
        page.line(wrapped(&format!("Nothing to add to {file}.{derived}"), ""));
        return;
    }
    let rows = counted(written.rows.len(), "guess", "guesses");
    page.line(wrapped(&format!("{rows} written to {file}.{derived}"), ""));
    page.line(wrapped(
        "Compare the codes of each with its vendor_name, correct them, and write confirmed as its status. Until then `plan` refuses the properties that need it.",
        "",
    ));
}

/// What to do next, where something is not mapped.
pub(super) fn advice(survey: &Survey, page: &mut Page) {
    let missing = |one: &Sold| one.status == Status::NotMapped && !one.derived;
    let mut all = survey.properties.iter().flat_map(|one| &one.sold);
    if all.any(missing) {
        page.line("Write guesses for what is not mapped with --write-mapping.");
    }
}
