//! JSON Lines as rows of a table: one flat object a line, its members named as columns.
//!
//! A number keeps the text it is written with, because a price must not pass through a
//! float. A member that is absent is an empty field; `null` is `-`, which clears.
//!
//! Invariant: a member that no column has, or that is there twice, is never left out.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use csv::ByteRecord;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A file of objects, being read.
#[derive(Debug)]
pub(super) struct JsonLines<R> {
    reader: BufReader<R>,
    line: u64,
    text: Vec<u8>,
}

/// Why there is no row.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The file cannot be read on.
    Unreadable(io::Error),
    /// The line is none; the next one may be.
    NoRow { column: String, message: String },
}

impl<R: Read> JsonLines<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, inner),
            line: 0,
            text: Vec::new(),
        }
    }

    /// The source below.
    pub(super) fn plain(&self) -> &R {
        self.reader.get_ref()
    }

    /// The line of the last row.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Fills `record` with the next object, one field for each column; `false` at the end.
    /// Blank lines are passed over.
    pub(super) fn read(
        &mut self,
        columns: &[&str],
        record: &mut ByteRecord,
    ) -> Result<bool, Trouble> {
        loop {
            self.text.clear();
            let read = self.reader.read_until(b'\n', &mut self.text);
            if read.map_err(Trouble::Unreadable)? == 0 {
                return Ok(false);
            }
            self.line += 1;
            if !self.text.trim_ascii().is_empty() {
                fill(&self.text, columns, record)?;
                return Ok(true);
            }
        }
    }
}

fn no_row(column: &str, message: impl Into<String>) -> Trouble {
    Trouble::NoRow {
        column: column.to_owned(),
        message: message.into(),
    }
}

fn fill(text: &[u8], columns: &[&str], record: &mut ByteRecord) -> Result<(), Trouble> {
    let members: Members<'_> = serde_json::from_slice(text).map_err(|error| {
        no_row(
            &error.column().to_string(),
            format!("not an object: {error}"),
        )
    })?;
    let mut fields: Vec<Cow<'_, str>> = vec![Cow::Borrowed(""); columns.len()];
    let mut told = vec![false; columns.len()];
    for (name, value) in &members.0 {
        let Some(at) = columns.iter().position(|column| column == name) else {
            let message = format!(
                "the member {name:?} is unknown; known are: {}",
                columns.join(", ")
            );
            return Err(no_row(name, message));
        };
        if std::mem::replace(&mut told[at], true) {
            return Err(no_row(name, format!("the member {name:?} is there twice")));
        }
        fields[at] = field(name, value.get())?;
    }
    record.clear();
    fields
        .iter()
        .for_each(|field| record.push_field(field.as_bytes()));
    Ok(())
}

fn field<'t>(name: &str, raw: &'t str) -> Result<Cow<'t, str>, Trouble> {
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw)
            .map(Cow::Owned)
            .map_err(|error| no_row(name, format!("not a text: {error}"))),
        Some(b'{' | b'[') => Err(no_row(name, "a value is a text, a number, a truth or null")),
        Some(b'n') => Ok(Cow::Borrowed("-")),
        _ => Ok(Cow::Borrowed(raw)),
    }
}

/// The members in their order, doubles too.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            members.push((name, value));
        }
        Ok(Members(members))
    }
}
