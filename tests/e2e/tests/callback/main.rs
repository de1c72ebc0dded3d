//! Hotels that follow a link or begin at the vendor: what becomes of each visit, judged by
//! what the vendor saw. A proxy stands before the program, as it would on the internet.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot be read or sent ends the test"
)]

mod began;
mod door;
mod links;

use rackrate_core::simulator::Record;
use rackrate_e2e::{Hotel, Stage};
use serde_json::Value;

const REDIRECT: &str = "https://rates.example.test/callback";

/// A partner's client at a vendor where hotels may begin, with these hotels.
fn partner(hotels: Vec<Hotel>) -> Stage {
    let stage = Stage::new(&["cloudbeds"], hotels);
    stage.lasting_tokens("cloudbeds");
    stage.keep_tokens();
    let both =
        "client_id = \"file:secrets/client_id\"\nclient_secret = \"file:secrets/client_secret\"";
    for (from, to) in [
        ("api_key = \"file:secrets/api_key\"", both),
        (
            "adults = 2",
            "adults = 2\nauth = \"oauth\"\nclient = \"partner\"\nclient_name = \"ours\"",
        ),
        (
            "basis = \"gross\"",
            &format!("basis = \"gross\"\nredirect = \"{REDIRECT}\""),
        ),
    ] {
        stage.change("rackrate.toml", from, to);
    }
    stage.calendar(|_| Some(120));
    stage
}

/// The same vendor without such a way, with PKCE.
fn generic() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(2)]);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    stage.ask_for_consent();
    let back = format!("basis = \"gross\"\nredirect = \"{REDIRECT}\"");
    stage.change("rackrate.toml", "basis = \"gross\"", &back);
    stage
}

fn link(stage: &Stage, arguments: &str) -> String {
    let ended = stage
        .run(&format!("creds invite {arguments} -o json"))
        .with_code(0);
    let said: Value = serde_json::from_str(&ended.stdout).unwrap();
    said["invitations"][0]["link"].as_str().unwrap().to_owned()
}

/// The page of consent as the vendor's marketplace opens it: without a state of ours.
fn marketplace(stage: &Stage) -> String {
    let at = stage.vendors.address("cloudbeds");
    format!(
        "http://{at}/api/v1.3/oauth?client_id=e2e-client&redirect_uri=https%3A%2F%2Frates.example.test%2Fcallback"
    )
}

fn installs(stage: &Stage, code: i32) -> Vec<Value> {
    let ended = stage.run("creds installs -o json").with_code(code);
    let said: Value = serde_json::from_str(&ended.stdout).unwrap();
    said["installs"].as_array().unwrap().clone()
}

fn exchanged(record: &Record) -> (u64, u64) {
    (record.token_requests, record.reuses)
}
