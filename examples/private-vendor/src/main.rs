//! The program `rackrate` with a private vendor beside those of the catalogue.

use std::process::ExitCode;

fn main() -> ExitCode {
    rackrate_orchestrator::main_with(private_vendor::vendors())
}
