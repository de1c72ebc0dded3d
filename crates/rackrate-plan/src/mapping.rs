//! Our names against the vendors': `mapping.csv`.
//!
//! Identifiers are text. A spreadsheet takes long ones for numbers and ruins them, so what
//! looks ruined is refused rather than sent to the wrong room. An apostrophe before an
//! identifier keeps a spreadsheet from that; it is not part of the identifier.
//!
//! A row may be a guess that a program made ([`guess`]). It is read like any other, and
//! nothing is planned with it before a person has confirmed it.
//!
//! Invariant: within a connection, ours and theirs are one to one, for properties and for
//! what they sell, guesses included.

pub mod extend;
pub mod guess;
mod spreadsheet;

use std::collections::BTreeMap;
use std::io::BufRead;

use rackrate_core::finding::Finding;
use rackrate_core::ids::{
    ConnectionId, IdError, Ids, PropertyCode, RatePlanCode, RoomTypeCode, VendorId,
};

use crate::table::{Layout, Table};

/// What a thing to sell is called in our words, within a property.
pub type Names = (RoomTypeCode, RatePlanCode);

/// One row: ours and theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The account.
    pub connection: ConnectionId,
    /// Our property.
    pub property: PropertyCode,
    /// Our room type.
    pub room_type: RoomTypeCode,
    /// Our rate plan.
    pub rate_plan: RatePlanCode,
    /// The vendor's property.
    pub vendor_property: VendorId,
    /// The vendor's room type and rate plan.
    pub ids: Ids,
    /// Whether nobody has confirmed it yet.
    pub guess: bool,
    /// Its line in the file.
    pub line: u64,
    /// Which of the vendor's identifiers were marked as text, in the order of the columns.
    marked: [bool; 3],
}

/// A property at a connection: its identifier there, and what it sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedProperty {
    /// The vendor's property.
    pub vendor_property: VendorId,
    /// The vendor's identifiers of what is sold, guesses included.
    pub sold: BTreeMap<Names, Ids>,
    /// What of it is a guess, with the line in the file.
    pub guesses: BTreeMap<Names, u64>,
}

/// Which names of a vendor are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    lanes: BTreeMap<(ConnectionId, PropertyCode), MappedProperty>,
    fingerprint: String,
    file: String,
}

impl Mapping {
    /// Reads `mapping.csv`; `file` is its name in messages.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(reader: impl BufRead, file: &str) -> Result<Self, Vec<Finding>> {
        let mut table = Table::open(reader, file, LAYOUT)?;
        let mut findings = Vec::new();
        let mut rows: Vec<Mapped> = Vec::new();
        loop {
            match table.next() {
                Ok(false) => break,
                Ok(true) => match mapped(&table) {
                    Ok(row) => rows.push(row),
                    Err(more) => findings.extend(more),
                },
                Err(finding) if finding.code == "mapping.unreadable" => return Err(vec![finding]),
                Err(finding) => findings.push(finding),
            }
        }
        if rows.is_empty() && findings.is_empty() {
            findings.push(table.no_rows());
        }
        findings.extend(spreadsheet::lost_zeros(&table, &rows));
        findings.extend(collisions(&table, &rows));
        match findings.is_empty() {
            true => Ok(Self::of(rows, table.fingerprint(), file)),
            false => Err(findings),
        }
    }

    /// The property at a connection; `None` where it is not mapped.
    pub fn property(
        &self,
        connection: &ConnectionId,
        property: &PropertyCode,
    ) -> Option<&MappedProperty> {
        self.lanes.get(&(connection.clone(), property.clone()))
    }

    /// All properties at all connections, in order.
    pub fn lanes(&self) -> impl Iterator<Item = (&ConnectionId, &PropertyCode, &MappedProperty)> {
        let parts = self.lanes.iter();
        parts.map(|((connection, property), mapped)| (connection, property, mapped))
    }

    /// The fingerprint of the file.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The name of the file, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    fn of(rows: Vec<Mapped>, fingerprint: String, file: &str) -> Self {
        let mut lanes: BTreeMap<_, MappedProperty> = BTreeMap::new();
        for row in rows {
            let lane = lanes.entry((row.connection, row.property));
            let mapped = lane.or_insert_with(|| MappedProperty {
                vendor_property: row.vendor_property,
                sold: BTreeMap::new(),
                guesses: BTreeMap::new(),
            });
            let names = (row.room_type, row.rate_plan);
            if row.guess {
                mapped.guesses.insert(names.clone(), row.line);
            }
            mapped.sold.insert(names, row.ids);
        }
        Self {
            lanes,
            fingerprint,
            file: file.to_owned(),
        }
    }
}

const LAYOUT: Layout = Layout {
    family: "mapping",
    columns: &[
        "connection",
        "property",
        "room_type",
        "rate_plan",
        "vendor_property",
        "vendor_room_type",
        "vendor_rate_plan",
        "status",
        "vendor_property_name",
        "vendor_name",
    ],
    required: 7,
    json_lines: false,
};
const VENDOR_PROPERTY: usize = 4;
const VENDOR_ROOM_TYPE: usize = 5;
const VENDOR_RATE_PLAN: usize = 6;
const STATUS: usize = 7;
/// What `status` says of a row that a person has checked.
const CONFIRMED: &str = "confirmed";
/// What `status` says of a row that nobody has checked yet.
const GUESS: &str = "guess";

fn mapped<R: BufRead>(table: &Table<R>) -> Result<Mapped, Vec<Finding>> {
    let mut wrong = Vec::new();
    let connection = id(table, 0, ConnectionId::new, &mut wrong);
    let property = id(table, 1, PropertyCode::new, &mut wrong);
    let room_type = id(table, 2, RoomTypeCode::new, &mut wrong);
    let rate_plan = id(table, 3, RatePlanCode::new, &mut wrong);
    let vendor_property = vendor_id(table, VENDOR_PROPERTY, &mut wrong);
    let room = optional_id(table, VENDOR_ROOM_TYPE, &mut wrong);
    let plan = optional_id(table, VENDOR_RATE_PLAN, &mut wrong);
    let guess = is_guess(table).map_err(|finding| wrong.push(finding)).ok();
    if let (Some(None), Some(None)) = (&room, &plan) {
        let message = "neither a room type nor a rate plan of the vendor is given";
        let finding = table.error("no_vendor_ids", "vendor_rate_plan", message);
        wrong.push(
            finding.hint("Take the identifiers the vendor shows; one of the two may be empty."),
        );
    }
    let row = (|| {
        Some(Mapped {
            connection: connection?,
            property: property?,
            room_type: room_type?,
            rate_plan: rate_plan?,
            vendor_property: vendor_property?,
            ids: Ids {
                room: room?,
                plan: plan?,
            },
            guess: guess?,
            line: table.line(),
            marked: [VENDOR_PROPERTY, VENDOR_ROOM_TYPE, VENDOR_RATE_PLAN]
                .map(|column| table.text(column).is_ok_and(spreadsheet::is_marked)),
        })
    })();
    row.filter(|_| wrong.is_empty()).ok_or(wrong)
}

/// Whether nobody has confirmed the row; a file without that column is all confirmed.
fn is_guess<R: BufRead>(table: &Table<R>) -> Result<bool, Finding> {
    match table.has(STATUS).then(|| table.text(STATUS)).transpose()? {
        None | Some(CONFIRMED) => Ok(false),
        Some(GUESS) => Ok(true),
        Some(text) => Err(table
            .error(
                "bad_status",
                LAYOUT.columns[STATUS],
                format!("{text:?} is no status of a row"),
            )
            .hint("Write confirmed where a person has checked the row, else guess.")),
    }
}

fn id<R: BufRead, T>(
    table: &Table<R>,
    column: usize,
    make: impl Fn(&str) -> Result<T, IdError>,
    wrong: &mut Vec<Finding>,
) -> Option<T> {
    let name = LAYOUT.columns[column];
    let made = table.text(column).and_then(|text| {
        make(text).map_err(|error| {
            let message = format!("not an identifier: {error}");
            let finding = table.error("bad_identifier", name, message);
            finding.hint("Give the name as it is on the other side, on one line.")
        })
    });
    made.map_err(|finding| wrong.push(finding)).ok()
}

fn vendor_id<R: BufRead>(
    table: &Table<R>,
    column: usize,
    wrong: &mut Vec<Finding>,
) -> Option<VendorId> {
    let made = id(
        table,
        column,
        |text| VendorId::new(spreadsheet::unmarked(text)),
        wrong,
    )?;
    if table.text(column).is_ok_and(spreadsheet::is_marked) {
        return Some(made);
    }
    match spreadsheet::scientific(table, LAYOUT.columns[column], made.as_str()) {
        None => Some(made),
        Some(finding) => {
            wrong.push(finding);
            None
        }
    }
}

/// The identifier, where one is given; `None` outside for a bad one.
fn optional_id<R: BufRead>(
    table: &Table<R>,
    column: usize,
    wrong: &mut Vec<Finding>,
) -> Option<Option<VendorId>> {
    match table.field(column).trim_ascii() {
        b"" => Some(None),
        _ => vendor_id(table, column, wrong).map(Some),
    }
}

/// Rows that make two of ours one of theirs, or one of ours two of theirs.
fn collisions<R: BufRead>(table: &Table<R>, rows: &[Mapped]) -> Vec<Finding> {
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    let (mut properties, mut vendor_properties) = (BTreeMap::new(), BTreeMap::new());
    let mut findings = Vec::new();
    for row in rows {
        let (connection, line) = (&row.connection, row.line);
        let our_key = (connection, &row.property, &row.room_type, &row.rate_plan);
        let their_key = (connection, &row.vendor_property, &row.ids);
        let mut tell = |what: &str, column: &str, message: String| {
            let finding = table.error_at(line, what, column, message);
            findings.push(finding.hint(
                "Within a connection, ours and theirs are one to one; correct one of the two rows.",
            ));
        };
        let first = ours.entry(our_key).or_insert(line);
        if *first != line {
            let message = format!("this rate plan is already mapped on line {first}");
            tell("duplicate_ours", "rate_plan", message);
            continue;
        }
        let first = theirs.entry(their_key).or_insert(line);
        if *first != line {
            let message = format!("the vendor's {} is already mapped on line {first}", row.ids);
            tell("duplicate_theirs", "vendor_rate_plan", message);
        }
        let (first, known) = *properties
            .entry((connection, &row.property))
            .or_insert((line, &row.vendor_property));
        if *known != row.vendor_property {
            let message = format!("{} is {known} on line {first}", row.property);
            tell("property_twice", "vendor_property", message);
        }
        let (first, known) = *vendor_properties
            .entry((connection, &row.vendor_property))
            .or_insert((line, &row.property));
        if *known != row.property {
            let message = format!("{} is {known} on line {first}", row.vendor_property);
            tell("vendor_property_twice", "vendor_property", message);
        }
    }
    findings
}

#[cfg(test)]
mod tests;
