//! Numbers of phones and cards, told from identifiers, prices and dates.
//!
//! A card number has 13 to 19 digits, its check digit is right (Luhn, ISO/IEC 7812-1) and it
//! begins as a card network's numbers do. One identifier in ten has a right check digit, too,
//! so a number without blanks that is labelled as an identifier, or stands in a path, is none.
//!
//! A phone number shows itself by a plus sign, by an area code in brackets, by its groups, or by
//! its label. A bare row of digits is none: vendors' identifiers are such rows.

mod groups;

use std::ops::Range;

use super::spans::Spans;
use groups::{Run, runs};

const CARD: &str = "[card number]";
const PHONE: &str = "[phone]";

/// More groups than this no number has.
const MOST_GROUPS: usize = 8;

/// Marks numbers; `loose` where the text speaks of a person, so that a number beside is theirs.
pub(super) fn find(line: &str, loose: bool, spans: &mut Spans) {
    for run in runs(line) {
        let mut from = 0;
        while from < run.len() {
            let to = (from + 1..=run.len().min(from + MOST_GROUPS)).rev();
            let mut found = to.filter_map(|to| Some((mask(&run.part(from..to), loose)?, to)));
            match found.next() {
                Some((mask, to)) => {
                    spans.add(run.part(from..to).marked(), mask);
                    from = to;
                }
                None => from += 1,
            }
        }
    }
}

fn mask(part: &Run<'_>, loose: bool) -> Option<&'static str> {
    if is_card(part) {
        Some(CARD)
    } else if is_phone(part, loose) {
        Some(PHONE)
    } else {
        None
    }
}

fn is_card(part: &Run<'_>) -> bool {
    let digits = part.digits();
    if !(13..=19).contains(&digits.len()) || !luhn(&digits) || !part.is_even() {
        return false;
    }
    let label = part.label();
    if ["card", "cardnumber", "ccnumber", "pan", "creditcard"].contains(&label.as_str()) {
        return true;
    }
    match part.lengths().as_slice() {
        [_] => of_network(&digits) && !part.is_identifier(),
        [4, 6, 4 | 5] => of_network(&digits),
        [most @ .., 1..=4] => most.iter().all(|length| *length == 4) && digits[0] != 0,
        _ => false,
    }
}

/// Whether the check digit is right.
fn luhn(digits: &[u8]) -> bool {
    let each = digits.iter().rev().enumerate();
    let sum: u32 = each
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a number begins as those of the large networks do, with their lengths.
fn of_network(digits: &[u8]) -> bool {
    let head = digits[..4]
        .iter()
        .fold(0_u32, |sum, digit| sum * 10 + u32::from(*digit));
    matches!(
        (head, digits.len()),
        (4000..=4999, 13 | 16 | 19)
            | (5100..=5599 | 2221..=2720, 16)
            | (3400..=3499 | 3700..=3799, 15)
            | (6011 | 6440..=6599 | 3528..=3589 | 6200..=6299 | 8100..=8199, 16..=19)
            | (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, 14..=19)
    )
}

fn is_phone(part: &Run<'_>, loose: bool) -> bool {
    let digits = part.digits().len();
    let lengths = part.lengths();
    if part.is_decimal() || !(6..=15).contains(&digits) {
        return false;
    }
    if part.plus() {
        return digits >= 8 && part.is_even_after_first();
    }
    if part.bracketed() {
        return (8..=12).contains(&digits) && lengths.len() >= 2;
    }
    if is_phone_label(&part.label()) {
        return part.is_even_after_first();
    }
    if !part.is_even() {
        return false;
    }
    let groups = lengths.len();
    match part.separator() {
        Some('-' | '.') if lengths == [3, 3, 4] => true,
        Some(' ' | '-' | '.') if part.starts("00") => digits >= 10,
        Some(' ' | '-' | '.') if part.starts("0") => groups >= 3 && (9..=11).contains(&digits),
        Some(_) => loose && (9..=13).contains(&digits),
        None => loose && (9..=12).contains(&digits) && !part.is_identifier(),
    }
}

fn is_phone_label(label: &str) -> bool {
    let whole = [
        "tel",
        "telefon",
        "telefone",
        "telefono",
        "teléfono",
        "téléphone",
        "handy",
        "cell",
    ];
    let ends = ["phone", "phonenumber", "mobile", "fax", "whatsapp"];
    whole.contains(&label) || ends.iter().any(|end| label.ends_with(end))
}

/// A part of the line, as bytes.
type Part = Range<usize>;
