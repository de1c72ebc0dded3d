//! Opens and writes files, and says in findings why it cannot.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use rackrate_core::finding::{Finding, Place};

/// Opens a file to be read; the second value is its name in messages.
///
/// # Errors
/// `file.directory` for a directory, `file.unreadable` otherwise.
pub fn open(path: &Path) -> Result<(BufReader<File>, String), Finding> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(Finding::error(
            "file.directory",
            Place::file(&name),
            "it is a directory, not a file",
        )
        .hint("Name the file itself."));
    }
    let file = File::open(path).map_err(|error| {
        Finding::error(
            "file.unreadable",
            Place::file(&name),
            format!("it cannot be read: {error}"),
        )
        .hint("Check the name and the permissions.")
    })?;
    Ok((BufReader::new(file), name))
}

/// Whether it only says that a file of rows has none yet.
pub fn has_no_rows(finding: &Finding) -> bool {
    finding.code.ends_with(".no_rows") || finding.code.ends_with(".empty_file")
}

/// Reads a whole file.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> Result<(Vec<u8>, String), Finding> {
    let (mut reader, name) = open(path)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut bytes).map_err(|error| {
        Finding::error(
            "file.unreadable",
            Place::file(&name),
            format!("it cannot be read: {error}"),
        )
        .hint("Check the disk.")
    })?;
    Ok((bytes, name))
}

/// Writes a file whole, or not at all: beside it first, then moved into its place.
///
/// # Errors
/// `file.unwritable`.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Finding> {
    let name = path.display().to_string();
    let beside = path.with_extension("part");
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        Finding::error(
            "file.unwritable",
            Place::file(&name),
            format!("it cannot be written: {error}"),
        )
        .hint("Check the folder, its permissions and the disk.")
    })
}
