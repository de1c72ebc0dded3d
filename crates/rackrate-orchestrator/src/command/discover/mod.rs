//! `rackrate discover`.

mod print;
mod write;

use std::path::{Path, PathBuf};

use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_plan::mapping::guess::Codes;

use super::Done;
use super::inputs::Inputs;
use crate::cli::{Common, Discover, Output};
use crate::flow::survey::survey;
use crate::host::Host;
use crate::problem::{Problem, Result};
use crate::screen::Page;

pub(super) async fn run(
    common: &Common,
    inputs: &mut Inputs,
    flags: &Discover,
    page: &mut Page,
) -> Result<Done> {
    inputs.unlock().await?;
    let link = inputs.connection(flags.connection.as_deref(), "discover")?;
    let target = target(inputs, flags)?;
    let mut host = inputs.live().await?;
    let codes = match &flags.calendar {
        Some(path) => in_use(inputs, path, host.now())?,
        None => Codes::default(),
    };
    let mut survey = survey(&mut host, &inputs.portfolio, &link.id, inputs.policy()).await?;
    let written = match (&target, &survey.listed, host.interrupted) {
        (Some(file), Some(listed), None) => {
            let written = write::guesses(inputs, &link.id, listed, codes, file)?;
            survey.show(&written.rows);
            survey.findings.extend(written.findings.iter().cloned());
            Some(written)
        }
        _ => None,
    };
    match common.output {
        Output::Json => print::json(link, &survey, written.as_ref(), page),
        Output::Table | Output::Junit => {
            print::table(link, &survey, page);
            match &written {
                Some(written) => print::written(written, page),
                None => print::advice(&survey, page),
            }
        }
    }
    let exit = host
        .interrupted
        .map_or(survey.exit, |signal| signal.and(survey.exit));
    Ok(Done {
        exit,
        findings: survey.findings,
    })
}

/// The file to write, where one is asked for: the mapping itself, or a new one.
fn target(inputs: &Inputs, flags: &Discover) -> Result<Option<PathBuf>> {
    let mapping = inputs.mapping_file();
    match &flags.write_mapping {
        None => Ok(None),
        Some(None) => Ok(Some(mapping)),
        Some(Some(file)) if *file != mapping && file.exists() => {
            let place = Place::file(file.display().to_string());
            let message = "it is there already, and is not the mapping of the configuration";
            let finding = Finding::error("discover.file_exists", place, message);
            Err(Problem::input([finding.hint(
                "Name a new file; or name none, to add the rows to the mapping itself.",
            )]))
        }
        Some(Some(file)) => Ok(Some(file.clone())),
    }
}

/// The codes that a calendar uses.
fn in_use(inputs: &Inputs, path: &Path, now: Wall) -> Result<Codes> {
    let mut codes = Codes::default();
    for key in inputs.calendar(path, now)?.series.keys() {
        codes.add(&key.property, &key.room_type, &key.rate_plan);
    }
    Ok(codes)
}

/// A count with its word in the right number.
fn counted(count: usize, one: &str, several: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{} {several}", crate::screen::count(count as u64)),
    }
}
