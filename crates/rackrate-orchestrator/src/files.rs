//! Opens and writes files, and says in findings why it cannot.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

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

/// Settings with the files that they name: `NAME_file = "PATH"` becomes `NAME`, a table of
/// the `file`'s name and its `text`. Adapters open no files; `home` is where paths start.
///
/// # Errors
/// As [`open`], and `file.not_text` for what is no UTF-8.
pub fn with_texts(settings: toml::Table, home: &Path) -> Result<toml::Table, Finding> {
    let mut whole = toml::Table::new();
    for (key, value) in settings {
        let named = key.strip_suffix("_file").zip(value.as_str());
        let Some((name, path)) = named else {
            whole.insert(key, value);
            continue;
        };
        let (bytes, file) = read(&home.join(path))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Finding::error(
                "file.not_text",
                Place::file(&file),
                "it is not a text in UTF-8",
            )
            .hint("Save it as UTF-8.")
        })?;
        let mut source = toml::Table::new();
        source.insert("file".to_owned(), file.into());
        source.insert("text".to_owned(), text.into());
        whole.insert(name.to_owned(), source.into());
    }
    Ok(whole)
}

/// Writes a file whole, or not at all.
///
/// # Errors
/// `file.unwritable`.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Finding> {
    let mut draft = Draft::beside(path)?;
    draft.write(bytes)?;
    draft.keep()
}

/// A file that is written beside its place, and moved into it when it is whole.
#[derive(Debug)]
pub struct Draft {
    place: PathBuf,
    beside: PathBuf,
    out: BufWriter<File>,
}

impl Draft {
    /// Begins a file for that place; what is there stays until then.
    ///
    /// # Errors
    /// `file.unwritable`, as the others.
    pub fn beside(place: &Path) -> Result<Self, Finding> {
        let beside = place.with_extension("part");
        let file = File::create(&beside).map_err(|error| unwritable(place, &error))?;
        Ok(Self {
            place: place.to_owned(),
            beside,
            out: BufWriter::new(file),
        })
    }

    /// Writes a line, and its end.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn line(&mut self, text: &str) -> Result<(), Finding> {
        self.write(text.as_bytes())?;
        self.write(b"\n")
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        let written = self.out.write_all(bytes);
        written.map_err(|error| unwritable(&self.place, &error))
    }

    /// Puts it into its place.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn keep(mut self) -> Result<(), Finding> {
        let flushed = self
            .out
            .flush()
            .and_then(|()| self.out.get_ref().sync_all());
        let kept = flushed.and_then(|()| std::fs::rename(&self.beside, &self.place));
        kept.map_err(|error| unwritable(&self.place, &error))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Finding {
    let place = Place::file(path.display().to_string());
    let message = format!("it cannot be written: {error}");
    Finding::error("file.unwritable", place, message)
        .hint("Check the folder, its permissions and the disk.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_names_a_file_becomes_its_text() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("house.toml"), "format = 1\n").unwrap();
        let settings = "base_url = 'x'\ndescription_file = 'house.toml'"
            .parse()
            .unwrap();
        let whole = with_texts(settings, home.path()).unwrap();
        assert_eq!(whole["base_url"].as_str(), Some("x"));
        assert_eq!(whole["description"]["text"].as_str(), Some("format = 1\n"));
        let name = whole["description"]["file"].as_str().unwrap();
        assert!(name.ends_with("house.toml"), "{name}");
        assert!(!whole.contains_key("description_file"));
    }

    #[test]
    fn a_file_that_is_missing_or_no_text_is_named() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("latin.toml"), b"\xe9").unwrap();
        for (file, code) in [
            ("none.toml", "file.unreadable"),
            ("latin.toml", "file.not_text"),
        ] {
            let settings = format!("description_file = '{file}'").parse().unwrap();
            let finding = with_texts(settings, home.path()).unwrap_err();
            assert_eq!(finding.code, code);
            assert!(finding.place.file.unwrap().ends_with(file));
        }
    }
}
