//! The part that all tables share: header, encoding, lines, fingerprint. A table is CSV or,
//! where its layout says so, JSON Lines with the columns as members.
//!
//! What a column means is left to the module of the file.
//!
//! Invariant: a line number is the one an editor shows, also after blank lines, with
//! either line end, and after a quoted line break.

mod json_lines;

use std::io::{self, BufRead, Read};

use csv::ByteRecord;
use rackrate_core::finding::{Finding, Place};

use json_lines::{JsonLines, Trouble};

/// What a file is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The family of its codes, such as `calendar`.
    pub(crate) family: &'static str,
    /// All columns it may have; the first `required` must be there.
    pub(crate) columns: &'static [&'static str],
    /// How many of the columns must be there.
    pub(crate) required: usize,
    /// Whether it may be JSON Lines too.
    pub(crate) json_lines: bool,
}

/// A file being read, record by record.
#[derive(Debug)]
pub(crate) struct Table<R> {
    source: Source<R>,
    record: ByteRecord,
    layout: Layout,
    file: String,
    /// Where each column of the layout is in a record.
    at: Vec<Option<usize>>,
    width: usize,
    line: u64,
}

impl<R: BufRead> Table<R> {
    /// Reads the header.
    pub(crate) fn open(reader: R, file: &str, layout: Layout) -> Result<Self, Vec<Finding>> {
        let mut reader = reader;
        let json = layout.json_lines && begins_an_object(&mut reader);
        let plain = Plain::new(reader);
        let mut table = Self {
            source: match json {
                true => Source::Json(JsonLines::new(plain)),
                false => Source::Csv(csv_reader(plain)),
            },
            record: ByteRecord::new(),
            layout,
            file: file.to_owned(),
            at: vec![None; layout.columns.len()],
            width: 0,
            line: 1,
        };
        if json {
            // Every object names its own members, so there is no header to read.
            table.at = (0..layout.columns.len()).map(Some).collect();
            table.width = layout.columns.len();
            return Ok(table);
        }
        match table.advance() {
            Ok(true) => table.header().map(|()| table),
            Ok(false) => Err(vec![table.empty("empty_file", "the file is empty")]),
            Err(finding) => Err(vec![finding]),
        }
    }

    /// Goes to the next record; `false` at the end.
    ///
    /// A ragged record is an error after which reading may go on.
    pub(crate) fn next(&mut self) -> Result<bool, Finding> {
        let more = self.advance()?;
        if more && self.record.len() != self.width {
            let message = format!(
                "this row has {} fields, the header has {}",
                self.record.len(),
                self.width
            );
            return Err(self
                .error("ragged_row", "", message)
                .hint("Look for a missing or an unquoted comma in this row."));
        }
        Ok(more)
    }

    /// Whether the file has that column of the layout.
    pub(crate) fn has(&self, column: usize) -> bool {
        self.at.get(column).copied().flatten().is_some()
    }

    /// The field of a column of the layout; empty where the file has no such column.
    pub(crate) fn field(&self, column: usize) -> &[u8] {
        let at = self.at.get(column).copied().flatten();
        at.and_then(|at| self.record.get(at)).unwrap_or_default()
    }

    /// The field as text, blanks at the ends removed.
    pub(crate) fn text(&self, column: usize) -> Result<&str, Finding> {
        std::str::from_utf8(self.field(column))
            .map(str::trim)
            .map_err(|_| self.not_utf8(self.layout.columns[column]))
    }

    /// The line on which the current record begins.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// An error at a column of the current record.
    pub(crate) fn error(&self, what: &str, column: &str, message: impl Into<String>) -> Finding {
        self.error_at(self.line, what, column, message)
    }

    /// An error at a column of any line.
    pub(crate) fn error_at(
        &self,
        line: u64,
        what: &str,
        column: &str,
        message: impl Into<String>,
    ) -> Finding {
        let code = format!("{}.{what}", self.layout.family);
        Finding::error(&code, Place::file(&self.file).at(line, column), message)
    }

    /// What a file without rows is told.
    pub(crate) fn no_rows(&self) -> Finding {
        self.empty("no_rows", "the file has a header and no rows")
    }

    /// The fingerprint of all bytes read, in hexadecimal digits.
    pub(crate) fn fingerprint(&self) -> String {
        let plain = match &self.source {
            Source::Csv(reader) => reader.get_ref(),
            Source::Json(lines) => lines.plain(),
        };
        plain.hasher.finalize().to_hex().to_string()
    }

    fn empty(&self, what: &str, message: &str) -> Finding {
        let code = format!("{}.{what}", self.layout.family);
        let hint = "An empty file is never taken as a wish; give the file you meant.";
        Finding::error(&code, Place::file(&self.file), message).hint(hint)
    }

    fn not_utf8(&self, column: &str) -> Finding {
        self.error("not_utf8", column, "the text is not UTF-8")
            .hint("Save the file as UTF-8; in a spreadsheet, as \"CSV UTF-8\".")
    }

    fn advance(&mut self) -> Result<bool, Finding> {
        let (columns, record) = (self.layout.columns, &mut self.record);
        match &mut self.source {
            Source::Csv(reader) => match reader.read_byte_record(record) {
                Ok(more) => {
                    self.line = begun_on(reader, record);
                    Ok(more)
                }
                Err(error) => Err(self.unreadable(&error)),
            },
            Source::Json(lines) => {
                let read = lines.read(columns, record);
                self.line = lines.line();
                match read {
                    Ok(more) => Ok(more),
                    Err(Trouble::Unreadable(error)) => Err(self.unreadable(&error)),
                    Err(Trouble::NoRow { column, message }) => Err(self
                        .error("bad_json", &column, message)
                        .hint("Write one flat JSON object a line, with the columns as members.")),
                }
            }
        }
    }

    fn unreadable(&self, error: &dyn std::fmt::Display) -> Finding {
        let code = format!("{}.unreadable", self.layout.family);
        let message = format!("cannot be read: {error}");
        Finding::error(&code, Place::file(&self.file), message)
    }

    fn header(&mut self) -> Result<(), Vec<Finding>> {
        let record = std::mem::take(&mut self.record);
        let mut findings = Vec::new();
        self.width = record.len();
        for (at, name) in record.iter().enumerate() {
            if let Err(finding) = self.column(at, name) {
                findings.push(finding);
            }
        }
        for column in 0..self.layout.required {
            if self.at[column].is_none() {
                let name = self.layout.columns[column];
                let message = format!("the column {name:?} is missing");
                let hint = format!("The file needs: {}.", self.names(self.layout.required));
                findings.push(self.error("missing_column", name, message).hint(hint));
            }
        }
        self.record = record;
        match findings.is_empty() {
            true => Ok(()),
            false => Err(findings),
        }
    }

    fn column(&mut self, at: usize, name: &[u8]) -> Result<(), Finding> {
        let position = (at + 1).to_string();
        let name = std::str::from_utf8(name).map_err(|_| self.not_utf8(&position))?;
        let name = name.trim();
        let Some(column) = self.layout.columns.iter().position(|known| *known == name) else {
            let message = format!("the column {name:?} is unknown");
            let hint = format!("Known are: {}.", self.names(self.layout.columns.len()));
            return Err(self.error("unknown_column", name, message).hint(hint));
        };
        if self.at[column].replace(at).is_some() {
            let message = format!("the column {name:?} is there twice");
            let hint = "Remove one of the two.";
            return Err(self.error("duplicate_column", name, message).hint(hint));
        }
        Ok(())
    }

    fn names(&self, count: usize) -> String {
        self.layout.columns[..count].join(", ")
    }
}

/// Where records come from.
#[derive(Debug)]
enum Source<R> {
    Csv(csv::Reader<Plain<R>>),
    Json(JsonLines<Plain<R>>),
}

fn csv_reader<R: BufRead>(plain: Plain<R>) -> csv::Reader<Plain<R>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(plain)
}

/// Whether the first visible byte opens an object, which no header of a table does. What
/// cannot be read yet is told by the first record.
fn begins_an_object(reader: &mut impl BufRead) -> bool {
    let Ok(start) = reader.fill_buf() else {
        return false;
    };
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    start.trim_ascii_start().starts_with(b"{")
}

/// The line on which a record begins.
fn begun_on<R: BufRead>(reader: &csv::Reader<Plain<R>>, record: &ByteRecord) -> u64 {
    // The reader stands behind the record's line end, except at the end of a file without
    // one; line breaks inside quotes belong to the record.
    let inside = record.as_slice().iter().filter(|byte| **byte == b'\n');
    let passed = inside.count() as u64 + u64::from(!at_open_end(reader));
    reader.position().line().saturating_sub(passed).max(1)
}

/// Whether the file ended without a line end.
fn at_open_end<R: BufRead>(reader: &csv::Reader<Plain<R>>) -> bool {
    let plain = reader.get_ref();
    plain.ended && !plain.newline_last && reader.position().byte() == plain.given
}

/// The bytes as the parser wants them: hashed, without a byte order mark, and without the
/// carriage returns of line ends, because the parser counts lines wrongly with those.
#[derive(Debug)]
struct Plain<R> {
    inner: R,
    hasher: blake3::Hasher,
    started: bool,
    ended: bool,
    newline_last: bool,
    given: u64,
    /// A carriage return whose successor is not known yet.
    held: bool,
}

impl<R: BufRead> Plain<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            hasher: blake3::Hasher::new(),
            started: false,
            ended: false,
            newline_last: true,
            given: 0,
            held: false,
        }
    }

    /// Skips the byte order mark, however the source is cut into buffers.
    fn start(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.started = true;
        let mut first = [0_u8; 3];
        let mut len = 0;
        while len < 3 {
            match self.inner.read(&mut first[len..])? {
                0 => break,
                more => len += more,
            }
        }
        self.hasher.update(&first[..len]);
        if first[..len] == *b"\xef\xbb\xbf" {
            return Ok(0);
        }
        Ok(self.copy(&first[..len], out).1)
    }

    /// Copies into `out` without carriage returns before line feeds; gives the bytes taken
    /// and the bytes written.
    fn copy(&mut self, from: &[u8], out: &mut [u8]) -> (usize, usize) {
        if !self.held && from.len() < out.len() && !from.contains(&b'\r') {
            out[..from.len()].copy_from_slice(from);
            return (from.len(), from.len());
        }
        let (mut taken, mut written) = (0, 0);
        while taken < from.len() && written + 1 < out.len() {
            let byte = from[taken];
            if std::mem::take(&mut self.held) && byte != b'\n' {
                out[written] = b'\r';
                written += 1;
            }
            taken += 1;
            if byte == b'\r' {
                self.held = true;
                continue;
            }
            out[written] = byte;
            written += 1;
        }
        (taken, written)
    }

    fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.started {
            let written = self.start(out)?;
            if written > 0 {
                return Ok(written);
            }
        }
        let mut buffer = [0_u8; 1 << 14];
        loop {
            let most = buffer.len().min(out.len().saturating_sub(2));
            let len = self.inner.read(&mut buffer[..most])?;
            if len == 0 {
                self.ended = true;
                let last = std::mem::take(&mut self.held);
                out[0] = b'\r';
                return Ok(usize::from(last));
            }
            self.hasher.update(&buffer[..len]);
            // A held byte may come on top, so the source gives one less than fits.
            let (_, written) = self.copy(&buffer[..len], out);
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

impl<R: BufRead> Read for Plain<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let written = self.fill(out)?;
        if let Some(last) = out[..written].last() {
            self.newline_last = *last == b'\n';
            self.given += written as u64;
        }
        Ok(written)
    }
}
