//! The program `rackrate-live-conformance`; everything is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    rackrate_live_conformance::main()
}
