//! The real program against real servers that are not ours, on this machine: an authorization
//! server (oidc-provider) and a Secrets Manager (moto). `cargo xtask interop` installs them and
//! starts this.
//!
//! Invariant: every flow ends as a row of the table, also where its server could not be started.

#![expect(clippy::print_stdout, reason = "the table is the result")]

mod authorization;
mod browser;
mod secrets;
mod server;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use server::Server;
use table::Table;

/// Run our flows against real servers.
///
/// Exit code: 0 when all passed, 1 when one failed, 2 when none failed and one was skipped.
#[derive(Debug, Parser)]
struct Flags {
    /// The folder in which oidc-provider and its script are installed.
    #[arg(long)]
    authorization_server: Option<PathBuf>,
    /// The Python that has moto.
    #[arg(long)]
    secrets_manager: Option<PathBuf>,
    /// The script that starts moto.
    #[arg(long)]
    secrets_script: PathBuf,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let mut table = Table::default();
    let folder = flags.authorization_server.as_deref();
    let oidc = folder
        .map(|folder| Server::start("node", &[folder.join("authorization-server.mjs").as_path()]));
    authorization::run(started(oidc), &mut table);
    let moto = flags.secrets_manager.as_deref();
    let moto = moto.map(|python| Server::start(python, &[flags.secrets_script.as_path()]));
    secrets::run(started(moto), &mut table);
    println!("{table}");
    ExitCode::from(table.exit())
}

fn started(server: Option<Result<Server, String>>) -> Result<Server, String> {
    server.unwrap_or_else(|| Err("it could not be installed".to_owned()))
}
