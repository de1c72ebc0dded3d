//! The fields of a calendar row: what each may be, and what is told when it is not.

use std::io::BufRead;

use rackrate_core::finding::Finding;
use rackrate_core::money::{AmountError, Currency, Minor};
use rackrate_core::rules::{Restriction, Rules, Set};

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
    json_lines: true,
};
pub(super) const PROPERTY: usize = 0;
pub(super) const ROOM_TYPE: usize = 1;
pub(super) const RATE_PLAN: usize = 2;
pub(super) const STAY_DATE: usize = 3;
pub(super) const ADULTS: usize = 4;
pub(super) const AMOUNT: usize = 5;
pub(super) const CURRENCY: usize = 6;
/// The first of the columns of [`Restriction::ALL`], which are in its order.
const RESTRICTIONS: usize = 7;

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

/// The restrictions of a row; `None` in place of each that is wrong, which `tell` hears of.
pub(super) fn rules<R: BufRead>(table: &Table<R>, mut tell: impl FnMut(Finding)) -> Rules {
    let mut rules = Rules::LEAVE;
    for (column, kind) in (RESTRICTIONS..).zip(Restriction::ALL) {
        let field = table.field(column).trim_ascii();
        let wish = match field {
            b"" => continue,
            b"-" => Ok(Set::Clear),
            _ => table.text(column).and_then(|text| value(table, kind, text)),
        };
        match wish {
            Ok(wish) => rules.set(kind, wish),
            Err(finding) => tell(finding),
        }
    }
    contradictions(table, &rules).into_iter().for_each(tell);
    rules
}

fn value<R: BufRead>(table: &Table<R>, kind: Restriction, text: &str) -> Result<Set<u16>, Finding> {
    let wish = match kind.is_flag() {
        true => flag(text).map(|on| Set::To(u16::from(on))),
        false => nights(text).map(Set::To),
    };
    wish.ok_or_else(|| bad_restriction(table, kind, text))
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" => Some(false),
        _ => None,
    }
}

fn nights(text: &str) -> Option<u16> {
    let digits = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let nights = text.parse().ok().filter(|_| digits);
    nights.filter(|nights| (1..=LONGEST_STAY).contains(nights))
}

fn bad_restriction<R: BufRead>(table: &Table<R>, kind: Restriction, text: &str) -> Finding {
    let zero = text.bytes().all(|byte| byte == b'0');
    let hint = match (kind.is_flag(), zero) {
        (true, _) => "Write 1, true or yes, 0, false or no, or nothing to leave it alone.",
        (false, true) => "Write - to clear it, or leave the field empty to leave it alone.",
        (false, false) => {
            "Write whole nights from 1 to 365, - to clear it, or nothing to leave it alone."
        }
    };
    let message = format!("{text:?} is no value of {kind}");
    table
        .error("bad_restriction", kind.name(), message)
        .hint(hint)
}

/// A night that nobody can book has a mistake in it, or is meant to be closed.
fn contradictions<R: BufRead>(table: &Table<R>, rules: &Rules) -> Option<Finding> {
    let pairs = [
        (rules.min_stay_arrival, rules.max_stay_arrival, "arrival"),
        (rules.min_stay_through, rules.max_stay_through, "through"),
    ];
    let amiss = pairs
        .into_iter()
        .find_map(|(min, max, which)| match (min, max) {
            (Set::To(min), Set::To(max)) if min > max => Some((min, max, which)),
            _ => None,
        });
    let (min, max, which) = amiss?;
    let message = format!("a stay of at least {min} and at most {max} nights cannot be booked");
    let finding = table.error("impossible_stay", &format!("max_stay_{which}"), message);
    Some(finding.hint("Correct one of the two, or write stop_sell to close the night."))
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
