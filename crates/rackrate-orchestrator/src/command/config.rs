//! `rackrate config`.

use super::Done;
use super::inputs::Inputs;
use crate::cli::{Common, ConfigCommand};
use crate::exit::Exit;
use crate::problem::{Problem, Result};
use crate::screen::Page;
use rackrate_core::finding::{Finding, Place};

pub(super) fn run(
    common: &Common,
    inputs: &Inputs,
    what: ConfigCommand,
    page: &mut Page,
) -> Result<Done> {
    match what {
        ConfigCommand::Validate => {
            let lanes = inputs.portfolio.mapping.lanes().count();
            let (links, hotels) = (
                inputs.portfolio.links.len(),
                inputs.portfolio.properties.iter().count(),
            );
            page.line(format!(
                "{} is good: {links} connections, {hotels} properties, {lanes} queues.",
                common.config.display()
            ));
        }
        ConfigCommand::Show => {
            let text = toml::to_string(&inputs.config).map_err(|error| {
                Problem::failed(
                    Finding::error("program.fault", Place::default(), error.to_string())
                        .hint("Please report it."),
                )
            })?;
            page.line(text);
        }
    }
    Ok(Done {
        exit: Exit::Done,
        findings: inputs.config.oddities.clone(),
    })
}
