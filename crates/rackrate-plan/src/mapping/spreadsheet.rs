//! What a spreadsheet does to identifiers, found before it does harm.

use std::collections::BTreeMap;
use std::io::BufRead;

use rackrate_core::finding::Finding;
use rackrate_core::ids::{ConnectionId, VendorId};

use super::Mapped;
use crate::table::Table;

const HINT: &str = "A spreadsheet took the identifier for a number. Copy it again from the vendor, and format the column as text before.";

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
    for (column, id) in columns {
        let mut by_connection: BTreeMap<&ConnectionId, Vec<(u64, &str)>> = BTreeMap::new();
        for row in rows {
            if let Some(id) = id(row) {
                let ids = by_connection.entry(&row.connection).or_default();
                ids.push((row.line, id.as_str()));
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

fn shortened<'a>(ids: &'a [(u64, &'a str)]) -> impl Iterator<Item = (u64, &'a str)> {
    let plain = ids
        .iter()
        .all(|(_, id)| id.bytes().all(|byte| byte.is_ascii_digit()));
    let zeros = ids.iter().filter(|(_, id)| id.starts_with('0'));
    let longest = zeros.map(|(_, id)| id.len()).max().filter(|_| plain);
    ids.iter()
        .filter(move |(_, id)| longest.is_some_and(|longest| id.len() < longest))
        .copied()
}
