//! Our names against the vendors': `mapping.csv`.
//!
//! Identifiers are text. A spreadsheet takes long ones for numbers and ruins them, so what
//! looks ruined is refused rather than sent to the wrong room.
//!
//! Invariant: within a connection, ours and theirs are one to one, for properties and for
//! what they sell.

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
    /// Its line in the file.
    pub line: u64,
}

/// A property at a connection: its identifier there, and what it sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedProperty {
    /// The vendor's property.
    pub vendor_property: VendorId,
    /// The vendor's identifiers of what is sold.
    pub sold: BTreeMap<Names, Ids>,
}

/// Which names of a vendor are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    lanes: BTreeMap<(ConnectionId, PropertyCode), MappedProperty>,
    fingerprint: String,
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
            true => Ok(Self::of(rows, table.fingerprint())),
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

    fn of(rows: Vec<Mapped>, fingerprint: String) -> Self {
        let mut lanes: BTreeMap<_, MappedProperty> = BTreeMap::new();
        for row in rows {
            let lane = lanes.entry((row.connection, row.property));
            let mapped = lane.or_insert_with(|| MappedProperty {
                vendor_property: row.vendor_property,
                sold: BTreeMap::new(),
            });
            mapped.sold.insert((row.room_type, row.rate_plan), row.ids);
        }
        Self { lanes, fingerprint }
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
    ],
    required: 7,
    json_lines: false,
};
const VENDOR_PROPERTY: usize = 4;
const VENDOR_ROOM_TYPE: usize = 5;
const VENDOR_RATE_PLAN: usize = 6;

fn mapped<R: BufRead>(table: &Table<R>) -> Result<Mapped, Vec<Finding>> {
    let mut wrong = Vec::new();
    let connection = id(table, 0, ConnectionId::new, &mut wrong);
    let property = id(table, 1, PropertyCode::new, &mut wrong);
    let room_type = id(table, 2, RoomTypeCode::new, &mut wrong);
    let rate_plan = id(table, 3, RatePlanCode::new, &mut wrong);
    let vendor_property = vendor_id(table, VENDOR_PROPERTY, &mut wrong);
    let room = optional_id(table, VENDOR_ROOM_TYPE, &mut wrong);
    let plan = optional_id(table, VENDOR_RATE_PLAN, &mut wrong);
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
            line: table.line(),
        })
    })();
    row.filter(|_| wrong.is_empty()).ok_or(wrong)
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
    let made = id(table, column, VendorId::new, wrong)?;
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
