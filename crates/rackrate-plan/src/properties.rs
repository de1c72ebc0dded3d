//! The hotels: `properties.csv`.
//!
//! It says of each property what the calendar takes for granted: its currency, whether its
//! prices include tax, and which day it is there.
//!
//! Invariant: a property is in the file once, with a currency and a time zone that exist.

use std::collections::BTreeMap;
use std::io::BufRead;

use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use rackrate_core::clock::Wall;
use rackrate_core::finding::Finding;
use rackrate_core::ids::PropertyCode;
use rackrate_core::money::{Basis, Currency};
use rackrate_core::night::Night;

use crate::table::{Layout, Table};

/// A hotel as its owner describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Our code.
    pub code: PropertyCode,
    /// The name, for people.
    pub name: String,
    /// The time zone of the IANA database.
    pub time_zone: TimeZone,
    /// Until this time of day, the hotel's "today" is still yesterday.
    pub day_ends: Time,
    /// The currency of its prices in the calendar.
    pub currency: Currency,
    /// Whether its prices in the calendar include tax.
    pub basis: Basis,
    /// The region; empty where none is given.
    pub region: String,
    /// Words to select by.
    pub tags: Vec<String>,
    /// Whom to ask; empty where none is given.
    pub contact: String,
    /// Its line in the file.
    pub line: u64,
}

impl Property {
    /// Today at the property: the night that can be sold at this moment.
    pub fn today(&self, now: Wall) -> Night {
        let local = now.timestamp().to_zoned(self.time_zone.clone());
        let today = Night::from_date(local.date()).unwrap_or(Night::from_days(0));
        match local.time() < self.day_ends {
            true => today.previous(),
            false => today,
        }
    }
}

/// All hotels, by code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties {
    by_code: BTreeMap<PropertyCode, Property>,
    fingerprint: String,
}

impl Properties {
    /// Reads `properties.csv`; `file` is its name in messages.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(reader: impl BufRead, file: &str) -> Result<Self, Vec<Finding>> {
        let mut table = Table::open(reader, file, LAYOUT)?;
        let mut findings = Vec::new();
        let mut by_code = BTreeMap::<PropertyCode, Property>::new();
        loop {
            let property = match table.next() {
                Ok(false) => break,
                Ok(true) => property(&table),
                Err(finding) => Err(vec![finding]),
            };
            match property.and_then(|one| once(&table, &by_code, one)) {
                Ok(property) => drop(by_code.insert(property.code.clone(), property)),
                Err(more) if more.iter().any(|one| one.code.ends_with(".unreadable")) => {
                    return Err(more);
                }
                Err(more) => findings.extend(more),
            }
        }
        if by_code.is_empty() && findings.is_empty() {
            findings.push(table.no_rows());
        }
        match findings.is_empty() {
            true => Ok(Self {
                by_code,
                fingerprint: table.fingerprint(),
            }),
            false => Err(findings),
        }
    }

    /// The property of a code.
    pub fn get(&self, code: &PropertyCode) -> Option<&Property> {
        self.by_code.get(code)
    }

    /// All properties, in order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &Property> {
        self.by_code.values()
    }

    /// Today at a property; `None` for one that is not in the file.
    pub fn today(&self, code: &PropertyCode, now: Wall) -> Option<Night> {
        self.get(code).map(|property| property.today(now))
    }

    /// The fingerprint of the file.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

const LAYOUT: Layout = Layout {
    family: "properties",
    columns: &[
        "code",
        "name",
        "time_zone",
        "currency",
        "basis",
        "day_ends",
        "region",
        "tags",
        "contact",
    ],
    required: 5,
    json_lines: false,
};
const CODE: usize = 0;
const NAME: usize = 1;
const TIME_ZONE: usize = 2;
const CURRENCY: usize = 3;
const BASIS: usize = 4;
const DAY_ENDS: usize = 5;
const REGION: usize = 6;
const TAGS: usize = 7;
const CONTACT: usize = 8;

fn once<R: BufRead>(
    table: &Table<R>,
    known: &BTreeMap<PropertyCode, Property>,
    property: Property,
) -> Result<Property, Vec<Finding>> {
    let Some(first) = known.get(&property.code) else {
        return Ok(property);
    };
    let message = format!("{} is already on line {}", property.code, first.line);
    let finding = table.error("duplicate_code", "code", message);
    Err(vec![finding.hint("Keep one of the two rows.")])
}

fn property<R: BufRead>(table: &Table<R>) -> Result<Property, Vec<Finding>> {
    let mut wrong = Vec::new();
    let code = keep(&mut wrong, code(table));
    let name = keep(&mut wrong, name(table));
    let time_zone = keep(&mut wrong, time_zone(table));
    let day_ends = keep(&mut wrong, day_ends(table));
    let currency = keep(&mut wrong, currency(table));
    let basis = keep(&mut wrong, basis(table));
    let [region, tags, contact] =
        [REGION, TAGS, CONTACT].map(|column| keep(&mut wrong, table.text(column)));
    let property = (|| {
        Some(Property {
            code: code?,
            name: name?,
            time_zone: time_zone?,
            day_ends: day_ends?,
            currency: currency?,
            basis: basis?,
            region: region?.to_owned(),
            tags: words(tags?),
            contact: contact?.to_owned(),
            line: table.line(),
        })
    })();
    property.ok_or(wrong)
}

fn keep<T>(wrong: &mut Vec<Finding>, result: Result<T, Finding>) -> Option<T> {
    result.map_err(|finding| wrong.push(finding)).ok()
}

fn words(text: &str) -> Vec<String> {
    text.split(';')
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn code<R: BufRead>(table: &Table<R>) -> Result<PropertyCode, Finding> {
    PropertyCode::new(table.text(CODE)?).map_err(|error| {
        table
            .error("bad_identifier", "code", format!("not a code: {error}"))
            .hint("Give the property a short code, the same as in the calendar.")
    })
}

fn name<R: BufRead>(table: &Table<R>) -> Result<String, Finding> {
    match table.text(NAME)? {
        "" => Err(table
            .error("missing_name", "name", "the name is empty")
            .hint("Messages name the hotel, so that nobody mistakes a code.")),
        name => Ok(name.to_owned()),
    }
}

fn time_zone<R: BufRead>(table: &Table<R>) -> Result<TimeZone, Finding> {
    let text = table.text(TIME_ZONE)?;
    // Those of this program, so that a machine's old or broken files move no night.
    TimeZoneDatabase::bundled().get(text).map_err(|_| {
        table
            .error(
                "bad_time_zone",
                "time_zone",
                format!("{text:?} is not a time zone"),
            )
            .hint("Write the IANA name, such as Europe/Lisbon.")
    })
}

fn day_ends<R: BufRead>(table: &Table<R>) -> Result<Time, Finding> {
    let text = table.text(DAY_ENDS)?;
    if text.is_empty() {
        return Ok(Time::midnight());
    }
    let number = |part: &str| match part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) {
        true => part.parse::<i8>().ok(),
        false => None,
    };
    let time = text
        .split_once(':')
        .and_then(|(hour, minute)| Time::new(number(hour)?, number(minute)?, 0, 0).ok());
    time.ok_or_else(|| {
        table
            .error(
                "bad_day_ends",
                "day_ends",
                format!("{text:?} is not a time of day"),
            )
            .hint("Write HH:MM, such as 03:00, or leave it empty for midnight.")
    })
}

fn currency<R: BufRead>(table: &Table<R>) -> Result<Currency, Finding> {
    Currency::new(table.text(CURRENCY)?).map_err(|error| {
        table
            .error("unknown_currency", "currency", error.to_string())
            .hint("Write three capitals, such as EUR.")
    })
}

fn basis<R: BufRead>(table: &Table<R>) -> Result<Basis, Finding> {
    match table.text(BASIS)? {
        "gross" => Ok(Basis::Gross),
        "net" => Ok(Basis::Net),
        text => Err(table
            .error(
                "bad_basis",
                "basis",
                format!("{text:?} is no basis of prices"),
            )
            .hint("Write gross where prices include tax, net where tax comes on top.")),
    }
}

#[cfg(test)]
mod tests;
