//! What a spreadsheet does to identifiers, found before it does harm.

use std::collections::BTreeMap;
use std::io::BufRead;

use rackrate_core::finding::Finding;
use rackrate_core::ids::{ConnectionId, VendorId};

use super::Mapped;
use crate::table::Table;

const HINT: &str = "A spreadsheet took the identifier for a number. Copy it again from the vendor, and put an apostrophe before it, so that it stays text.";

/// Tells a spreadsheet that a cell is text; it is not part of the text.
const MARK: char = '\'';

/// Whether a cell is marked as text.
pub(super) fn is_marked(text: &str) -> bool {
    text.starts_with(MARK)
}

/// A cell without the mark.
pub(super) fn unmarked(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// A text as a cell that no spreadsheet turns into a number, a date or a formula.
pub(super) fn cell(text: &str) -> String {
    let first = text.bytes().next().unwrap_or_default();
    let formula = matches!(first, b'=' | b'+' | b'-' | b'@' | b'\'');
    match formula || is_like_a_number(text) || is_like_a_month(text) {
        true => format!("{MARK}{text}"),
        false => text.to_owned(),
    }
}

/// Numbers that would not come back as they were, and what looks like a date or a time. A
/// spreadsheet keeps fifteen digits.
fn is_like_a_number(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let keeps = text.len() <= 15 && !(text.len() > 1 && text.starts_with('0'));
    let numeric = |byte: u8| byte.is_ascii_digit() || b"eE+-./,:% ".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && text.bytes().all(numeric)
        && !(digits && keeps)
}

/// `MAR1` and `dec-12` become dates.
fn is_like_a_month(text: &str) -> bool {
    let months = "jan feb mar apr may jun jul aug sep oct nov dec";
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, rest) = text.split_at(letters);
    let start = word.get(..3).unwrap_or("-").to_ascii_lowercase();
    months.split(' ').any(|month| month == start)
        && rest.bytes().any(|byte| byte.is_ascii_digit())
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-/. ,".contains(&byte))
}

/// A number in scientific notation, such as `5.88E+15`, is no identifier any more: its last
/// digits are gone. A plain `12E3` is left alone, because room types are called so.
pub(super) fn scientific<R: BufRead>(
    table: &Table<R>,
    column: &str,
    text: &str,
) -> Option<Finding> {
    let (mantissa, power) = text.split_once(['e', 'E'])?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let decimal = mantissa
        .split_once(['.', ','])
        .is_some_and(|(whole, fraction)| digits(whole) && digits(fraction));
    let signed = power.strip_prefix('+').is_some_and(digits);
    let ruined = (decimal && (signed || digits(power))) || (digits(mantissa) && signed);
    let message = format!("{text:?} is a number, and its last digits are lost");
    ruined.then(|| {
        table
            .error("spreadsheet_number", column, message)
            .hint(HINT)
    })
}

/// Takes one identifier out of a row.
type Part = fn(&Mapped) -> Option<&VendorId>;

/// Identifiers that lost leading zeros: in one column of one connection all are digits, one
/// begins with a zero, and another is shorter than that one.
pub(super) fn lost_zeros<R: BufRead>(table: &Table<R>, rows: &[Mapped]) -> Vec<Finding> {
    let columns: [(&str, Part); 3] = [
        ("vendor_property", |row| Some(&row.vendor_property)),
        ("vendor_room_type", |row| row.ids.room.as_ref()),
        ("vendor_rate_plan", |row| row.ids.plan.as_ref()),
    ];
    let mut findings = Vec::new();
    for (at, (column, id)) in columns.into_iter().enumerate() {
        let mut by_connection: BTreeMap<&ConnectionId, Vec<Cell<'_>>> = BTreeMap::new();
        for row in rows {
            if let Some(id) = id(row) {
                let ids = by_connection.entry(&row.connection).or_default();
                ids.push((row.line, id.as_str(), row.marked[at]));
            }
        }
        for ids in by_connection.values() {
            findings.extend(shortened(ids).map(|(line, text)| {
                let message = format!("{text:?} seems to have lost its leading zeros");
                table
                    .error_at(line, "lost_zeros", column, message)
                    .hint(HINT)
            }));
        }
    }
    findings
}

/// An identifier with its line, and whether it was marked as text: then it is whole.
type Cell<'a> = (u64, &'a str, bool);

fn shortened<'a>(ids: &'a [Cell<'a>]) -> impl Iterator<Item = (u64, &'a str)> {
    let plain = ids
        .iter()
        .all(|(_, id, _)| id.bytes().all(|byte| byte.is_ascii_digit()));
    let zeros = ids.iter().filter(|(_, id, _)| id.starts_with('0'));
    let longest = zeros.map(|(_, id, _)| id.len()).max().filter(|_| plain);
    ids.iter()
        .filter(move |(_, id, marked)| !marked && longest.is_some_and(|longest| id.len() < longest))
        .map(|(line, id, _)| (*line, *id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_change_is_marked_as_text_and_nothing_else() {
        let harmed = [
            "5886676873777241",
            "0044",
            "12E3",
            "1.5",
            "1-2",
            "3/4",
            "MAR1",
            "dec-12",
            "=A1",
            "+49",
            "-",
            "@x",
            "'x",
        ];
        for text in harmed {
            assert_eq!(cell(text), format!("'{text}"));
            assert_eq!(unmarked(&cell(text)), text);
        }
        for text in [
            "302817",
            "0",
            "STD",
            "MAR",
            "00A",
            "A1",
            "march 1st suite",
            "",
        ] {
            assert_eq!(cell(text), text);
        }
    }
}
