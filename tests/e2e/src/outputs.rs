//! Everything that came out of the program, to be searched for texts.

use std::path::Path;

use crate::program::Ended;
use crate::search::{forms, found};
use crate::stage::Stage;

/// Files of a stage that the program did not write.
const OURS: [&str; 5] = [
    "hotels.toml",
    "rackrate.toml",
    "properties.csv",
    "mapping.csv",
    "rates.csv",
];

/// What came out: the name of a place, and its bytes.
#[derive(Debug, Default)]
pub struct Outputs(Vec<(String, Vec<u8>)>);

impl Outputs {
    /// Takes what a run said.
    pub fn take(&mut self, name: &str, ended: &Ended) {
        self.0
            .push((format!("{name}: stdout"), ended.stdout.clone().into_bytes()));
        self.0
            .push((format!("{name}: stderr"), ended.stderr.clone().into_bytes()));
    }

    /// Takes a file as it is now.
    pub fn take_file(&mut self, name: &str, path: &Path) {
        self.0.push((name.to_owned(), std::fs::read(path).unwrap()));
    }

    /// Takes every file that the program wrote so far.
    pub fn take_files(&mut self, stage: &Stage, when: &str) {
        for entry in std::fs::read_dir(stage.folder()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_file() && !OURS.contains(&name.as_str()) {
                self.take_file(&format!("{when}: {name}"), &entry.path());
            }
        }
    }

    /// What was said last on standard error, for a test that ends.
    pub fn last(&self) -> String {
        let mut said = self.0.iter().rev();
        let said = said.find(|(name, _)| name.ends_with(": stderr"));
        said.map_or_else(String::new, |(_, bytes)| {
            String::from_utf8_lossy(bytes).into_owned()
        })
    }

    /// Whether something was taken from a place whose name ends so.
    pub fn has(&self, end: &str) -> bool {
        let one = |(name, bytes): &(String, Vec<u8>)| name.ends_with(end) && !bytes.is_empty();
        self.0.iter().any(one)
    }

    /// Where a text is, and in which form.
    pub fn places(&self, text: &str) -> Vec<(String, &'static str)> {
        let one = |(name, bytes): &(String, Vec<u8>)| {
            let name = name.clone();
            let forms = found(text, bytes).into_iter();
            forms
                .map(move |form| (name.clone(), form))
                .collect::<Vec<_>>()
        };
        self.0.iter().flat_map(one).collect()
    }
}

/// A text in every form that is searched for, as one word.
pub fn all_forms(text: &str) -> String {
    let forms = forms(text).into_iter();
    let forms = forms.map(|(_, bytes)| String::from_utf8(bytes).unwrap());
    forms.collect::<Vec<_>>().join(",")
}
