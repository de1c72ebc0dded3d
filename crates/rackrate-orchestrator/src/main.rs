//! The program `rackrate`. Everything is in the library, so that an orchestrator with a
//! private vendor can be built from it.

use std::process::ExitCode;

fn main() -> ExitCode {
    rackrate_orchestrator::main()
}
