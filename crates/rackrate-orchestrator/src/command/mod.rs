//! The outside of the commands: files, flags, screens, exit codes.

mod alerts;
mod apply;
mod audit;
mod config;
mod creds;
mod demo;
mod discover;
mod inputs;
mod plan;
mod show;
mod sim;
mod verify;

use rackrate_catalog::Entry;
use rackrate_core::finding::Finding;

use self::inputs::Inputs;
use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::portfolio::Stage;
use crate::problem::Result;
use crate::screen::Page;

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Done {
    /// The exit code.
    pub exit: Exit,
    /// What to tell beside the result.
    pub findings: Vec<Finding>,
}

impl Done {
    /// An end with nothing to tell.
    pub(crate) fn with(exit: Exit) -> Self {
        Self {
            exit,
            findings: Vec::new(),
        }
    }
}

/// Runs a command.
///
/// # Errors
/// Findings that stop it, with the exit code they lead to.
pub(crate) async fn run(cli: &Cli, vendors: &'static [Entry], page: &mut Page) -> Result<Done> {
    let opened = |stage| Inputs::open(&cli.common, vendors, stage);
    match &cli.command {
        Command::Demo(flags) => demo::run(flags, page).await,
        Command::Discover(flags) => {
            let mut inputs = opened(Stage::Begun)?;
            let ended = discover::run(&cli.common, &mut inputs, flags, page).await;
            inputs.told(ended).await
        }
        Command::Plan(flags) => {
            let mut inputs = opened(Stage::Ready)?;
            let ended = plan::run(&cli.common, &mut inputs, flags, page).await;
            inputs.told(ended).await
        }
        Command::Show(flags) => show::run(&cli.common, flags, page),
        Command::Apply(flags) => {
            let mut inputs = opened(Stage::Ready)?;
            let ended = apply::run(&cli.common, &mut inputs, flags, page).await;
            inputs.told(ended).await
        }
        Command::Verify(flags) => {
            let mut inputs = opened(Stage::Ready)?;
            let ended = verify::run(&cli.common, &mut inputs, flags, page).await;
            inputs.told(ended).await
        }
        Command::Creds(what) => {
            let mut inputs = opened(Stage::Begun)?;
            let ended = creds::run(&cli.common, &mut inputs, what, page).await;
            inputs.told(ended).await
        }
        Command::Alerts(what) => {
            let inputs = opened(Stage::Begun)?;
            alerts::run(&cli.common, &inputs, what, page).await
        }
        Command::Audit(what) => audit::run(&cli.common, what, page).await,
        Command::Sim(flags) => sim::run(flags, page).await,
        Command::Config(what) => {
            let inputs = opened(Stage::Ready)?;
            config::run(&cli.common, &inputs, *what, page)
        }
    }
}
