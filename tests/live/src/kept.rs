//! What stood there before: on disk before the first write, gone once it stands there again.
//!
//! Invariant: while the file exists, the account may differ from it.

use std::path::Path;

use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_orchestrator::files;
use rackrate_orchestrator::problem::{Problem, Result};
use serde::{Deserialize, Serialize};

use crate::subject::Subject;

/// The only format so far.
const FORMAT: u32 = 1;

/// The values to put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    format: u32,
    /// When they were read.
    pub(crate) read: Wall,
    /// Whose they are.
    pub(crate) subject: Subject,
    /// Night by night; a night without a price is not among them, because nobody could put
    /// it back.
    pub(crate) nights: Vec<KeptNight>,
}

/// A night as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptNight {
    /// The night.
    pub(crate) night: Night,
    /// Price by number of adults, all that the vendor showed.
    pub(crate) prices: Vec<(u8, Minor)>,
    /// The restrictions, as far as the vendor told them.
    pub(crate) rules: Rules,
}

impl Kept {
    /// These values.
    pub(crate) fn new(subject: Subject, read: Wall, nights: Vec<KeptNight>) -> Self {
        Self {
            format: FORMAT,
            read,
            subject,
            nights,
        }
    }

    /// What an earlier run has not put back; `None` where all is in order.
    ///
    /// # Errors
    /// `live.restore_unreadable`: what is in the file is not guessed.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let (bytes, name) = files::read(path)?;
        let unreadable = |why: String| {
            let finding = Finding::error("live.restore_unreadable", Place::file(&name), why);
            Problem::input([finding.hint(
                "It says what an earlier run changed; put that back by hand, then remove it.",
            )])
        };
        let kept: Self =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
        match kept.format {
            FORMAT => Ok(Some(kept)),
            other => Err(unreadable(format!("format {other} is unknown here"))),
        }
    }

    /// Writes it down; it is on the disk when this returns.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let unwritable = |error: String| {
            let place = Place::file(path.display().to_string());
            let finding = Finding::error("file.unwritable", place, error);
            Problem::failed(finding.hint("Check the folder, its permissions and the disk."))
        };
        let bytes =
            serde_json::to_vec_pretty(self).map_err(|error| unwritable(error.to_string()))?;
        files::write(path, &bytes)?;
        // The name is durable only when the folder is.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        std::fs::File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .map_err(|error| unwritable(error.to_string()))
    }

    /// Removes it: the values stand there again.
    ///
    /// # Errors
    /// `file.unwritable`; then the next start finds that nothing has to be put back.
    pub(crate) fn done(path: &Path) -> Result<()> {
        std::fs::remove_file(path).map_err(|error| {
            let place = Place::file(path.display().to_string());
            let finding = Finding::error("file.unwritable", place, error.to_string());
            Problem::failed(finding.hint("Remove it: what it names has been put back."))
        })
    }
}
