//! Reads the rows of the calendar: what each field may be, and what is told when it is not.

use std::io::BufRead;

use rackrate_core::finding::Finding;
use rackrate_core::ids::{PropertyCode, RatePlanCode, RoomTypeCode};
use rackrate_core::money::{AmountError, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};

use super::amounts;
use super::cells::{Cell, Cells};
use super::dates::Dates;
use super::intern::Interner;
use super::{Calendar, SeriesKey};
use crate::properties::Properties;
use crate::table::{Layout, Table};

const LAYOUT: Layout = Layout {
    family: "calendar",
    columns: &[
        "property",
        "room_type",
        "rate_plan",
        "stay_date",
        "adults",
        "amount",
        "currency",
        "min_stay_arrival",
        "min_stay_through",
        "max_stay_arrival",
        "max_stay_through",
        "closed_to_arrival",
        "closed_to_departure",
        "stop_sell",
    ],
    required: 7,
};
const PROPERTY: usize = 0;
const ROOM_TYPE: usize = 1;
const RATE_PLAN: usize = 2;
const STAY_DATE: usize = 3;
const ADULTS: usize = 4;
const AMOUNT: usize = 5;
const CURRENCY: usize = 6;
const MIN_STAY: usize = 7;
/// The first column whose restriction this version cannot write.
const UNSUPPORTED: usize = 8;

/// The most adults that a price may be for.
const MOST_ADULTS: u8 = 20;
/// The longest minimum stay that is taken for meant.
const LONGEST_STAY: u16 = 365;
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
        self.unsupported();
        let hotel = self.hotel();
        let hotel = self.keep(hotel);
        let room = self
            .rooms
            .number(self.table.field(ROOM_TYPE).trim_ascii(), |_| {
                identifier(&self.table, ROOM_TYPE, "room_type", RoomTypeCode::new)
            });
        let room = self.keep(room);
        let plan = self
            .plans
            .number(self.table.field(RATE_PLAN).trim_ascii(), |_| {
                identifier(&self.table, RATE_PLAN, "rate_plan", RatePlanCode::new)
            });
        let plan = self.keep(plan);
        let night = self.night(hotel);
        let night = self.keep(night);
        let adults = self.keep(adults(&self.table));
        let price = self.price(hotel);
        let price = self.keep(price);
        let stay = self.keep(min_stay(&self.table));
        if let (
            Some(hotel),
            Some(room),
            Some(plan),
            Some(night),
            Some(adults),
            Some(price),
            Some(stay),
        ) = (hotel, room, plan, night, adults, price, stay)
        {
            let rules = Rules {
                min_stay_arrival: stay,
            };
            let line = self.table.line();
            let cell = Cell {
                night,
                price,
                rules,
                line,
            };
            self.take((hotel, room, plan, adults), cell);
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

    fn unsupported(&mut self) {
        for column in UNSUPPORTED..LAYOUT.columns.len() {
            if self.table.field(column).trim_ascii().is_empty() {
                continue;
            }
            let name = LAYOUT.columns[column];
            let message = format!("this version cannot write {name} yet");
            let hint = "Empty the field, and keep this restriction at the vendor by hand.";
            let finding = self.table.error("unsupported_restriction", name, message);
            self.findings.push(finding.hint(hint));
        }
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
        for (line, other) in self.cells.contradictions() {
            let message = format!("another minimum stay is wished for this night on line {other}");
            let hint = "A minimum stay belongs to the night, not to a number of adults; write the same in both rows.";
            let finding =
                self.table
                    .error_at(line, "min_stay_differs", "min_stay_arrival", message);
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

fn identifier<R: BufRead, T>(
    table: &Table<R>,
    column: usize,
    name: &str,
    make: impl Fn(&str) -> Result<T, rackrate_core::ids::IdError>,
) -> Result<T, Finding> {
    make(table.text(column)?).map_err(|error| {
        table
            .error(
                "bad_identifier",
                name,
                format!("not an identifier: {error}"),
            )
            .hint("Write the code as in mapping.csv.")
    })
}

fn adults<R: BufRead>(table: &Table<R>) -> Result<u8, Finding> {
    let number = match table.field(ADULTS).trim_ascii() {
        [ones @ b'0'..=b'9'] => Some(ones - b'0'),
        [tens @ b'1'..=b'2', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    };
    if let Some(adults) = number.filter(|adults| (1..=MOST_ADULTS).contains(adults)) {
        return Ok(adults);
    }
    let text = table.text(ADULTS)?;
    let message = format!("{text:?} is not a number of adults");
    let hint = format!("Write a whole number from 1 to {MOST_ADULTS}.");
    Err(table.error("bad_adults", "adults", message).hint(hint))
}

fn min_stay<R: BufRead>(table: &Table<R>) -> Result<Set<u16>, Finding> {
    let field = table.field(MIN_STAY).trim_ascii();
    match field {
        b"" => return Ok(Set::Leave),
        b"-" => return Ok(Set::Clear),
        _ => {}
    }
    let text = table.text(MIN_STAY)?;
    let digits = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let nights = text.parse().ok().filter(|_| digits);
    match nights.filter(|nights| (1..=LONGEST_STAY).contains(nights)) {
        Some(nights) => Ok(Set::To(nights)),
        None => Err(bad_min_stay(table, text)),
    }
}

fn bad_min_stay<R: BufRead>(table: &Table<R>, text: &str) -> Finding {
    let zero = text.bytes().all(|byte| byte == b'0');
    let hint = match zero {
        true => "Write - to clear the minimum stay, or leave the field empty to leave it alone.",
        false => "Write whole nights from 1 to 365, - to clear it, or nothing to leave it alone.",
    };
    let message = format!("{text:?} is not a minimum stay");
    table
        .error("bad_min_stay", "min_stay_arrival", message)
        .hint(hint)
}

/// Says what is wrong with a currency that is not the one expected.
fn currency<R: BufRead>(table: &Table<R>, expected: Option<Currency>) -> Result<Currency, Finding> {
    let found = Currency::new(table.text(CURRENCY)?).map_err(|error| {
        table
            .error("unknown_currency", "currency", error.to_string())
            .hint("Write three capitals, such as EUR.")
    })?;
    match expected {
        Some(expected) if expected != found => {
            let message = format!("the price is in {found}, the property's currency is {expected}");
            let hint = "Prices are never converted; give them in the currency of properties.csv.";
            Err(table
                .error("currency_differs", "currency", message)
                .hint(hint))
        }
        _ => Ok(found),
    }
}

fn amount<R: BufRead>(
    table: &Table<R>,
    currency: Currency,
    field: &[u8],
) -> Result<Minor, Finding> {
    let what = match amounts::amount(currency, field) {
        Ok(Minor(0)) => "zero_price",
        Ok(amount) => return Ok(amount),
        Err(AmountError::Negative) => "negative_price",
        Err(AmountError::TooPrecise) => "too_precise",
        Err(AmountError::TooLarge) => "too_large",
        Err(AmountError::Malformed) => "bad_amount",
    };
    let text = table.text(AMOUNT)?;
    let decimals = currency.exponent();
    let (why, hint) = match what {
        "zero_price" => (
            "is no price",
            "Leave the field empty to leave the price alone.".into(),
        ),
        "negative_price" => ("is negative", "A price is above zero.".into()),
        "too_precise" => (
            "has too many decimals",
            format!("{currency} has {decimals}; round the price where it is made."),
        ),
        "too_large" => ("is too large", "Check the decimal point.".into()),
        _ => (
            "is not an amount",
            format!(
                "Write digits with a decimal point, such as {}.",
                currency.format(Minor(12_900))
            ),
        ),
    };
    Err(table
        .error(what, "amount", format!("{text:?} {why}"))
        .hint(hint))
}
