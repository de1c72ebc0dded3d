//! Reads the rows of the calendar into cells. What a field may be is in [`super::fields`].

use std::io::BufRead;

use rackrate_core::finding::Finding;
use rackrate_core::ids::{PropertyCode, RatePlanCode, RoomTypeCode};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;

use super::cells::{Cell, Cells};
use super::dates::Dates;
use super::fields::{
    AMOUNT, CURRENCY, LAYOUT, PROPERTY, RATE_PLAN, ROOM_TYPE, STAY_DATE, adults, amount, currency,
    identifier, rules,
};
use super::intern::Interner;
use super::{Calendar, SeriesKey};
use crate::properties::Properties;
use crate::table::Table;

/// Nights from today beyond which a date is taken for a mistake in typing: ten years.
const FARTHEST: i32 = 3653;

/// What rows need to know of a hotel.
#[derive(Clone, Debug, PartialEq)]
struct Hotel {
    code: PropertyCode,
    currency: Currency,
    today: Night,
}

pub(super) fn read(
    reader: impl BufRead,
    file: &str,
    properties: &Properties,
    today: &dyn Fn(&PropertyCode) -> Night,
) -> Result<Calendar, Vec<Finding>> {
    let mut reader = Reader {
        table: Table::open(reader, file, LAYOUT)?,
        properties,
        today,
        hotels: Interner::new(),
        rooms: Interner::new(),
        plans: Interner::new(),
        dates: Dates::default(),
        cells: Cells::default(),
        past: 0,
        findings: Vec::new(),
    };
    let rows = reader.rows();
    if rows == 0 && reader.findings.is_empty() {
        reader.findings.push(reader.table.no_rows());
    }
    reader.contradictions();
    reader.finish()
}

struct Reader<'a, R> {
    table: Table<R>,
    properties: &'a Properties,
    today: &'a dyn Fn(&PropertyCode) -> Night,
    hotels: Interner<Hotel>,
    rooms: Interner<RoomTypeCode>,
    plans: Interner<RatePlanCode>,
    dates: Dates,
    cells: Cells,
    past: u64,
    findings: Vec<Finding>,
}

impl<R: BufRead> Reader<'_, R> {
    fn rows(&mut self) -> u64 {
        let mut rows = 0;
        loop {
            match self.table.next() {
                Ok(false) => return rows,
                Ok(true) => self.row(),
                Err(finding) => {
                    let broken = finding.code == "calendar.unreadable";
                    self.findings.push(finding);
                    if broken {
                        return rows;
                    }
                }
            }
            rows += 1;
        }
    }

    /// Reads all fields of a row before it gives up, so that all mistakes are told at once.
    fn row(&mut self) {
        let hotel = self.hotel();
        let hotel = self.keep(hotel);
        let (room, plan) = (self.room(), self.plan());
        let (room, plan) = (self.keep(room), self.keep(plan));
        let night = self.night(hotel);
        let night = self.keep(night);
        let adults = self.keep(adults(&self.table));
        let price = self.price(hotel);
        let price = self.keep(price);
        let findings = &mut self.findings;
        let rules = rules(&self.table, |finding| findings.push(finding));
        let cell = (|| {
            let (night, price, line) = (night?, price?, self.table.line());
            let key = (hotel?, room?, plan?, adults?);
            Some((
                key,
                Cell {
                    night,
                    price,
                    rules,
                    line,
                },
            ))
        })();
        if let Some((key, cell)) = cell {
            self.take(key, cell);
        }
    }

    fn take(&mut self, key: (usize, usize, usize, u8), cell: Cell) {
        if cell.night < self.hotels.value(key.0).today {
            self.past += 1;
        } else if let Err(first) = self.cells.add(key, cell) {
            let message = format!("this price is already on line {first}");
            let hint = "A night of a room type, rate plan and number of adults has one price; keep one of the two rows.";
            let finding = self.table.error("duplicate_cell", "stay_date", message);
            self.findings.push(finding.hint(hint));
        }
    }

    fn keep<T>(&mut self, result: Result<T, Finding>) -> Option<T> {
        result.map_err(|finding| self.findings.push(finding)).ok()
    }

    fn hotel(&mut self) -> Result<usize, Finding> {
        let text = self.table.field(PROPERTY).trim_ascii();
        let table = &self.table;
        self.hotels.number(text, |_| {
            let code = identifier(table, PROPERTY, "property", PropertyCode::new)?;
            let Some(property) = self.properties.get(&code) else {
                let message = format!("the property {code} is not in properties.csv");
                let hint = "Add it there, or correct the code.";
                return Err(table
                    .error("unknown_property", "property", message)
                    .hint(hint));
            };
            Ok(Hotel {
                currency: property.currency,
                today: (self.today)(&code),
                code,
            })
        })
    }

    fn room(&mut self) -> Result<usize, Finding> {
        let table = &self.table;
        self.rooms.number(table.field(ROOM_TYPE).trim_ascii(), |_| {
            identifier(table, ROOM_TYPE, "room_type", RoomTypeCode::new)
        })
    }

    fn plan(&mut self) -> Result<usize, Finding> {
        let table = &self.table;
        self.plans.number(table.field(RATE_PLAN).trim_ascii(), |_| {
            identifier(table, RATE_PLAN, "rate_plan", RatePlanCode::new)
        })
    }

    fn night(&mut self, hotel: Option<usize>) -> Result<Night, Finding> {
        let field = self.table.field(STAY_DATE).trim_ascii();
        let Some(night) = self.dates.night(field) else {
            let text = self.table.text(STAY_DATE)?;
            let message = format!("{text:?} is not a date");
            let finding = self.table.error("bad_date", "stay_date", message);
            return Err(finding.hint("Write it as YYYY-MM-DD."));
        };
        let today = hotel.map(|hotel| self.hotels.value(hotel).today);
        if today.is_some_and(|today| night.since(today) > FARTHEST) {
            let message = format!("{night} is more than ten years ahead");
            let finding = self.table.error("far_date", "stay_date", message);
            return Err(finding.hint("Check the year."));
        }
        Ok(night)
    }

    /// The price; `None` in it leaves the price alone.
    fn price(&self, hotel: Option<usize>) -> Result<Option<Minor>, Finding> {
        let field = self.table.field(AMOUNT).trim_ascii();
        let code = self.table.field(CURRENCY).trim_ascii();
        let expected = hotel.map(|hotel| self.hotels.value(hotel).currency);
        if field.is_empty() && code.is_empty() {
            return Ok(None);
        }
        let currency = match expected {
            Some(expected) if expected.code().as_bytes() == code => expected,
            _ => currency(&self.table, expected)?,
        };
        match field.is_empty() {
            true => Ok(None),
            false => amount(&self.table, currency, field).map(Some),
        }
    }

    fn contradictions(&mut self) {
        for (line, other, kind) in self.cells.contradictions() {
            let name = kind.name();
            let message = format!("another {name} is wished for this night on line {other}");
            let hint = "A restriction belongs to the night, not to a number of adults; write the same in both rows.";
            let finding = self
                .table
                .error_at(line, "restriction_differs", name, message);
            self.findings.push(finding.hint(hint));
        }
    }

    fn finish(self) -> Result<Calendar, Vec<Finding>> {
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        let cells = self.cells.count;
        let key = |(hotel, room, plan, adults)| SeriesKey {
            property: self.hotels.value(hotel).code.clone(),
            room_type: self.rooms.value(room).clone(),
            rate_plan: self.plans.value(plan).clone(),
            adults,
        };
        let series = self.cells.into_series();
        Ok(Calendar {
            series: series.map(|(slot, series)| (key(slot), series)).collect(),
            cells,
            past: self.past,
            fingerprint: self.table.fingerprint(),
        })
    }
}
