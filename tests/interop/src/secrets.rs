//! Secrets from a Secrets Manager, by the real program; the vendor that takes them is simulated
//! and takes no other.

use rackrate_e2e::{Hotel, Program, Stage};

use crate::server::Server;
use crate::table::Table;

const SERVER: &str = "moto";

type Flow = (&'static str, fn(&str));

const FLOWS: [Flow; 3] = [
    ("aws-sm:NAME#FIELD and aws-sm:NAME", fetched),
    ("a secret that is not there", missing),
    ("a field that is not there", no_field),
];

/// Plays them all.
pub(crate) fn run(server: Result<Server, String>, table: &mut Table) {
    match server {
        Ok(server) => {
            for (flow, play) in FLOWS {
                table.play(SERVER, flow, || play(&server.listening.address));
            }
        }
        Err(why) => table.skip(SERVER, "every flow", &why),
    }
}

/// A folder whose account has its secrets there.
fn stage(address: &str, id: &str, secret: &str) -> (Stage, Program) {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(1)]);
    for (name, reference) in [("client_id", id), ("client_secret", secret)] {
        let from = format!("{name} = \"file:secrets/{name}\"");
        stage.change("rackrate.toml", &from, &format!("{name} = \"{reference}\""));
    }
    let config = stage.read("rackrate.toml");
    let aws = format!("\n[aws]\nregion = \"eu-west-1\"\nendpoint = \"{address}\"\n");
    stage.write("rackrate.toml", &format!("{config}{aws}"));
    let program = stage
        .program()
        .with("AWS_ACCESS_KEY_ID", "interop")
        .with("AWS_SECRET_ACCESS_KEY", "interop");
    (stage, program)
}

fn fetched(address: &str) {
    let id = "aws-sm:hotels/house#client_id";
    let (stage, program) = stage(address, id, "aws-sm:hotels/plain");
    let _ = program.run("discover generic").with_code(0);
    assert_eq!(stage.vendors.record("generic").unauthorised, 0);
}

fn refused(address: &str, id: &str, code: &str) {
    let (stage, program) = stage(address, id, "aws-sm:hotels/plain");
    let ended = program.run("discover generic").with_code(2);
    assert!(ended.stderr.contains(code), "{ended:?}");
    assert_eq!(stage.vendors.record("generic").calls, 0);
}

fn missing(address: &str) {
    refused(
        address,
        "aws-sm:hotels/nowhere#client_id",
        "[secret.not_found]",
    );
}

fn no_field(address: &str) {
    refused(address, "aws-sm:hotels/house#id", "[secret.");
}
