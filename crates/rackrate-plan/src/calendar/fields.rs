//! The fields of a calendar row: what each may be, and what is told when it is not.

use std::io::BufRead;

use rackrate_core::finding::Finding;
use rackrate_core::money::{AmountError, Currency, Minor};
use rackrate_core::rules::Set;

use super::amounts;
use crate::table::{Layout, Table};

pub(super) const LAYOUT: Layout = Layout {
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
pub(super) const PROPERTY: usize = 0;
pub(super) const ROOM_TYPE: usize = 1;
pub(super) const RATE_PLAN: usize = 2;
pub(super) const STAY_DATE: usize = 3;
pub(super) const ADULTS: usize = 4;
pub(super) const AMOUNT: usize = 5;
pub(super) const CURRENCY: usize = 6;
pub(super) const MIN_STAY: usize = 7;
/// The first column whose restriction this version cannot write.
pub(super) const UNSUPPORTED: usize = 8;

/// The most adults that a price may be for.
const MOST_ADULTS: u8 = 20;
/// The longest minimum stay that is taken for meant.
const LONGEST_STAY: u16 = 365;

pub(super) fn identifier<R: BufRead, T>(
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

pub(super) fn adults<R: BufRead>(table: &Table<R>) -> Result<u8, Finding> {
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

pub(super) fn min_stay<R: BufRead>(table: &Table<R>) -> Result<Set<u16>, Finding> {
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
pub(super) fn currency<R: BufRead>(
    table: &Table<R>,
    expected: Option<Currency>,
) -> Result<Currency, Finding> {
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

pub(super) fn amount<R: BufRead>(
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
