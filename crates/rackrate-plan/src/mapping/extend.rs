//! Adds guesses to the text of `mapping.csv`, for a person to confirm.
//!
//! What is in the file stays as it is, byte by byte, but for columns that it lacks: those
//! are added to the right, and its rows are `confirmed`, as they were without a status.
//!
//! Invariant: what comes out can be read, and says of every row that was there what the
//! file said before.

use std::io::Write;

use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::VendorId;

use super::guess::Guess;
use super::{CONFIRMED, GUESS, LAYOUT, Mapping, STATUS, spreadsheet};

/// The text with the guesses as its last rows; `file` is its name in messages, and an empty
/// text gets a header.
///
/// # Errors
/// What would be wrong with the file, each finding with the line that it would have.
pub fn extended(text: &[u8], file: &str, guesses: &[Guess]) -> Result<Vec<u8>, Vec<Finding>> {
    let mut out = match text.trim_ascii().is_empty() {
        true => LAYOUT.columns.join(",").into_bytes(),
        false => widened(text).map_err(|why| vec![unclear(file, &why)])?,
    };
    let end = match text.windows(2).any(|pair| pair == b"\r\n") {
        true => "\r\n",
        false => "\n",
    };
    if !out.ends_with(b"\n") {
        out.extend(end.as_bytes());
    }
    let header = header(&out).map_err(|why| vec![unclear(file, &why)])?;
    let zeros = zeros(text, file, guesses);
    for guess in guesses {
        let cells = header.iter().map(|name| cell(guess, name, zeros));
        let row = written(cells).map_err(|why| vec![unclear(file, &why)])?;
        out.extend(row);
        out.extend(end.as_bytes());
    }
    let read = Mapping::read(&out[..], file)?;
    match keeps(text, file, &read) {
        true => Ok(out),
        false => Err(vec![unclear(file, &"its rows would not stay as they are")]),
    }
}

fn unclear(file: &str, why: &dyn std::fmt::Display) -> Finding {
    let message = format!("rows cannot be added: {why}");
    Finding::error("mapping.not_extended", Place::file(file), message)
        .hint("Write the guesses to a file of their own with --write-mapping=FILE.")
}

/// Whether everything that the text says is read from the new one too.
fn keeps(text: &[u8], file: &str, new: &Mapping) -> bool {
    let Ok(old) = Mapping::read(text, file) else {
        // A header without rows, or nothing: there is nothing to keep.
        return true;
    };
    old.lanes().all(|(connection, property, lane)| {
        new.property(connection, property).is_some_and(|now| {
            let mut sold = lane.sold.iter();
            now.vendor_property == lane.vendor_property
                && sold.all(|(names, ids)| now.sold.get(names) == Some(ids))
                && lane
                    .guesses
                    .iter()
                    .all(|one| now.guesses.get(one.0) == Some(one.1))
        })
    })
}

fn header(text: &[u8]) -> csv::Result<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text);
    let names = reader.headers()?.iter().map(|name| name.trim().to_owned());
    Ok(names.collect())
}

/// The text with the columns that it lacks.
fn widened(text: &[u8]) -> csv::Result<Vec<u8>> {
    let known = header(text)?;
    let is_new = |at: &usize| !known.iter().any(|name| name == LAYOUT.columns[*at]);
    let new: Vec<usize> = (STATUS..LAYOUT.columns.len()).filter(is_new).collect();
    let mut out = Vec::with_capacity(text.len() * 2);
    for (at, (record, end)) in records(text)?.into_iter().enumerate() {
        out.extend(record);
        for column in &new {
            out.push(b',');
            let cell = match (at, *column) {
                (0, column) => LAYOUT.columns[column],
                (_, STATUS) => CONFIRMED,
                _ => "",
            };
            out.extend(cell.as_bytes());
        }
        out.extend(end);
    }
    Ok(out)
}

/// The records as they are written, each with the line end after it; blank lines go with the
/// record that follows, or with the last one's end.
fn records(text: &[u8]) -> csv::Result<Vec<(&[u8], &[u8])>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut records: Vec<(&[u8], &[u8])> = Vec::new();
    let (mut record, mut from) = (csv::ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record)? {
        let to = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        let whole = text.get(from..to).unwrap_or_default();
        let kept = whole.len() - line_ends(whole);
        records.push(whole.split_at(kept));
        from = to;
    }
    if let (Some((_, end)), Some(last)) = (records.last_mut(), text.get(from..)) {
        let before = end.len();
        *end = text.get(from - before..).unwrap_or(last);
    }
    Ok(records)
}

fn line_ends(text: &[u8]) -> usize {
    let ends = text.iter().rev();
    ends.take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}

/// Where identifiers of a column begin with a zero, the shorter ones are marked as text too:
/// else they look as if they had lost theirs.
fn zeros(text: &[u8], file: &str, guesses: &[Guess]) -> [bool; 3] {
    let old = Mapping::read(text, file).unwrap_or_default();
    let known = old.lanes().flat_map(|(_, _, lane)| {
        let ids = lane.sold.values();
        ids.map(|ids| {
            [
                Some(&lane.vendor_property),
                ids.room.as_ref(),
                ids.plan.as_ref(),
            ]
        })
    });
    let mut zeros = [false; 3];
    for ids in known.chain(guesses.iter().map(theirs)) {
        for (zero, id) in zeros.iter_mut().zip(ids) {
            *zero |= id.is_some_and(|id| id.as_str().starts_with('0'));
        }
    }
    zeros
}

fn theirs(guess: &Guess) -> [Option<&VendorId>; 3] {
    let ids = &guess.ids;
    [
        Some(&guess.vendor_property),
        ids.room.as_ref(),
        ids.plan.as_ref(),
    ]
}

fn cell(guess: &Guess, column: &str, zeros: [bool; 3]) -> String {
    let [property, room, plan] = theirs(guess);
    match column {
        "connection" => guess.connection.to_string(),
        "property" => guess.property.to_string(),
        "room_type" => guess.room_type.to_string(),
        "rate_plan" => guess.rate_plan.to_string(),
        "vendor_property" => identifier(property, zeros[0]),
        "vendor_room_type" => identifier(room, zeros[1]),
        "vendor_rate_plan" => identifier(plan, zeros[2]),
        "status" => GUESS.to_owned(),
        "vendor_property_name" => name(&guess.vendor_property_name),
        "vendor_name" => name(&guess.vendor_name),
        _ => String::new(),
    }
}

fn identifier(id: Option<&VendorId>, zeros: bool) -> String {
    let text = id.map_or("", VendorId::as_str);
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match spreadsheet::cell(text) {
        plain if digits && zeros && !spreadsheet::is_marked(&plain) => format!("'{plain}"),
        cell => cell,
    }
}

/// A name on one line.
fn name(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    spreadsheet::cell(line.trim())
}

/// One row, without a line end.
fn written(cells: impl Iterator<Item = String>) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    let mut row = writer.into_inner().map_err(|error| error.into_error())?;
    row.truncate(row.len() - line_ends(&row));
    row.flush()?;
    Ok(row)
}

#[cfg(test)]
mod tests;
