//! Writes guesses to the mapping: only at its end, and only what can be read again.

use std::path::{Path, PathBuf};

use rackrate_core::adapter::Discovery;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_plan::mapping::Mapping;
use rackrate_plan::mapping::extend::extended;
use rackrate_plan::mapping::guess::{Codes, Guess, Guesses, Stranger, guess};

use super::super::inputs::Inputs;
use crate::files;
use crate::problem::{Problem, Result};

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    /// Where.
    pub(super) file: PathBuf,
    /// The rows.
    pub(super) rows: Vec<Guess>,
    /// So many unmapped things were left out, because the vendor computes them.
    pub(super) derived: usize,
    /// What could not be guessed.
    pub(super) findings: Vec<Finding>,
}

/// Guesses what the mapping does not have, and writes the mapping with it to `file`.
pub(super) fn guesses(
    inputs: &Inputs,
    connection: &ConnectionId,
    listed: &Discovery,
    mut codes: Codes,
    file: &Path,
) -> Result<Written> {
    let path = inputs.mapping_file();
    let text = match path.exists() {
        true => files::read(&path)?.0,
        false => Vec::new(),
    };
    // Read again: while the vendor was asked, somebody may have changed it.
    let mapping = mapping(&text, &path)?;
    codes.extend(&mapping);
    let properties = &inputs.portfolio.properties;
    let Guesses {
        rows,
        derived,
        strangers,
    } = guess(connection, listed, properties, &mapping, &codes);
    if !rows.is_empty() {
        let name = file.display().to_string();
        let text = extended(&text, &name, &rows).map_err(Problem::input)?;
        files::write(file, &text)?;
    }
    let hotels = inputs.properties_file().display().to_string();
    let told = strangers
        .iter()
        .map(|one| stranger(one, connection, &hotels));
    Ok(Written {
        file: file.to_owned(),
        rows,
        derived,
        findings: told.collect(),
    })
}

fn mapping(text: &[u8], path: &Path) -> Result<Mapping> {
    match Mapping::read(text, &path.display().to_string()) {
        Ok(mapping) => Ok(mapping),
        Err(found) if found.iter().all(files::has_no_rows) => Ok(Mapping::default()),
        Err(found) => Err(Problem::input(found)),
    }
}

/// A property of the vendor that is none of ours, or could be several.
fn stranger(stranger: &Stranger, connection: &ConnectionId, hotels: &str) -> Finding {
    let there = &stranger.property;
    let place = Place::file(hotels).on(connection);
    let who = format!("{} ({})", there.name, there.id);
    if stranger.rivals.is_empty() {
        let or = |said: Option<String>, unsaid: &str| said.unwrap_or_else(|| unsaid.to_owned());
        let facts = [
            there.name.clone(),
            or(there.time_zone.clone(), "TIME_ZONE"),
            or(there.currency.map(|one| one.to_string()), "CURRENCY"),
            or(there.basis.map(|one| one.to_string()), "gross or net"),
        ];
        let message = format!("no property has the name of {who}");
        return Finding::warning("discover.unknown_property", place, message).hint(format!(
            "Add it as CODE,{} (code, name, time_zone, currency, basis), or give a property that name; then run this again.",
            facts.join(",")
        ));
    }
    let rivals: Vec<_> = stranger.rivals.iter().map(ToString::to_string).collect();
    let message = format!(
        "{who} could be {}, or another has that name too",
        rivals.join(" or ")
    );
    Finding::warning("discover.ambiguous_property", place, message)
        .hint("Write one row of it into the mapping yourself; then run this again for the others.")
}
