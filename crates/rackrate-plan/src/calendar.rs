//! The desired calendar: the prices that should hold, as a CSV of cells.
//!
//! Every line is read and every mistake is told, because a file with one broken cell is
//! sent nowhere. Reading makes no allocation for a cell: identifiers are interned, the
//! series of the line before is remembered, and cells go into dense columns.
//!
//! Invariant: a cell of the file is in the calendar, or was past and is counted, or the
//! file is refused.

mod amounts;
mod cells;
mod dates;
mod fields;
mod intern;
mod reader;

use std::collections::BTreeMap;
use std::io::BufRead;

use rackrate_core::finding::Finding;
use rackrate_core::ids::{PropertyCode, RatePlanCode, RoomTypeCode};
use rackrate_core::night::Night;
use rackrate_core::series::Series;

use crate::properties::Properties;

/// Names a series of the calendar in our words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The hotel.
    pub property: PropertyCode,
    /// The room type.
    pub room_type: RoomTypeCode,
    /// The rate plan.
    pub rate_plan: RatePlanCode,
    /// For how many adults.
    pub adults: u8,
}

/// The prices that should hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Wishes by series; a night that is not wished for is unknown in it.
    pub series: BTreeMap<SeriesKey, Series>,
    /// Cells in the calendar.
    pub cells: u64,
    /// Cells that were left out, because their night is over at the property.
    pub past: u64,
    /// blake3 of the file, in hexadecimal digits.
    pub fingerprint: String,
}

impl Calendar {
    /// Reads the file; `file` is its name in messages, `today` the night that can be sold
    /// now at a property.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(
        reader: impl BufRead,
        file: &str,
        properties: &Properties,
        today: &dyn Fn(&PropertyCode) -> Night,
    ) -> Result<Self, Vec<Finding>> {
        reader::read(reader, file, properties, today)
    }

    /// The series by hotel, both in order.
    pub fn by_property(&self) -> BTreeMap<&PropertyCode, Vec<(&SeriesKey, &Series)>> {
        let mut hotels: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (key, series) in &self.series {
            hotels.entry(&key.property).or_default().push((key, series));
        }
        hotels
    }
}

#[cfg(test)]
mod tests;
