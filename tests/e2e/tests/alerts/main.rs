//! A credential that fails in the night: who is told what, once, by real sockets; and when it
//! works again. No secret is in anything that left.

#![expect(
    clippy::unwrap_used,
    reason = "a place for messages that cannot be made ends the test"
)]

mod consents;
mod missing;
mod post;
mod ways_out;

use rackrate_e2e::search::found;
use rackrate_e2e::stage::SECRETS;
use rackrate_e2e::{Ended, Hotel, Stage};
use serde_json::Value;
use wiremock::Request;

use crate::post::{Inbox, Mailbox, SIGNING, is_signed};

const WRONG: &str = "planted-wrong-secret+7b&x=1";
const POST_KEY: &str = "planted-posting-key-5e1";
const PASSWORD: &str = "planted-mail-password-9c";

/// Adds a table to the end of the configuration.
fn configure(stage: &Stage, text: &str) {
    let config = stage.read("rackrate.toml");
    stage.write("rackrate.toml", &format!("{config}\n{text}\n"));
}

fn every_way_out(stage: &Stage, inbox: &Inbox, mailbox: &Mailbox) {
    let uri = inbox.server.uri();
    stage.write("secrets/signing", SIGNING);
    stage.write("secrets/slack", &format!("{uri}/slack/{POST_KEY}"));
    stage.write("secrets/teams", &format!("{uri}/teams?sig={POST_KEY}"));
    stage.write("secrets/mail", PASSWORD);
    let port = mailbox.port;
    configure(
        stage,
        &format!(
            r#"
[[alerts.sink]]
kind = "webhook"
url = "{uri}/webhook"
secret = "file:secrets/signing"

[[alerts.sink]]
kind = "slack"
url = "file:secrets/slack"

[[alerts.sink]]
kind = "teams"
url = "file:secrets/teams"

[[alerts.sink]]
kind = "smtp"
server = "127.0.0.1"
port = {port}
tls = "none"
user = "rackrate"
password = "file:secrets/mail"
from = "rackrate@hotels.example"
to = ["revenue@hotels.example"]
"#
        ),
    );
}

fn stage(hotels: Vec<Hotel>) -> Stage {
    let stage = Stage::new(&["generic"], hotels);
    stage.calendar(|_| Some(120));
    stage
}

fn two_hotels() -> Stage {
    stage(vec![Hotel::lisbon(3), Hotel::algarve(3)])
}

fn refused(stage: &Stage) {
    stage.write("secrets/client_secret", WRONG);
}

fn repaired(stage: &Stage) {
    let (_, secret) = SECRETS
        .iter()
        .find(|(name, _)| *name == "client_secret")
        .unwrap();
    stage.write("secrets/client_secret", secret);
}

fn plan(stage: &Stage, code: i32) -> Ended {
    stage.run("plan rates.csv").with_code(code)
}

fn alerts_in(ended: &Ended) -> Vec<&str> {
    let lines = ended.stderr.lines();
    lines.filter(|line| line.starts_with("alert: ")).collect()
}

fn types(requests: &[Request]) -> Vec<String> {
    let mut types: Vec<_> = requests
        .iter()
        .map(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let kind = body["type"].as_str().unwrap_or("blocks");
            format!("{} {kind}", request.url.path().replace(POST_KEY, "…"))
        })
        .collect();
    types.sort();
    types
}

#[test]
fn a_refused_client_is_told_once_for_all_its_hotels_and_once_when_it_works_again() {
    let (stage, inbox, mailbox) = (two_hotels(), Inbox::new(), Mailbox::new());
    every_way_out(&stage, &inbox, &mailbox);
    refused(&stage);
    let mut left = Vec::new();

    let first = plan(&stage, 5);
    assert_eq!(
        alerts_in(&first),
        [
            "alert: The secret's owner can act (nobody is named): once there is a new one, you put it where file:secrets/client_secret leads, and run `rackrate creds refresh generic`. Held: tonight none, next 7 days none, later 6 nights of 2 properties."
        ]
    );
    let (posted, mailed) = (inbox.taken(), mailbox.taken());
    assert_eq!(
        types(&posted),
        [
            "/slack/… blocks",
            "/teams message",
            "/webhook credential.raised"
        ]
    );
    let webhook = posted.iter().find(|one| one.url.path() == "/webhook");
    assert!(is_signed(webhook.unwrap()));
    assert_eq!(mailed.len(), 1);
    left.extend(posted.iter().map(|one| one.body.clone()));
    left.extend(mailed.into_iter().map(String::into_bytes));
    let open = stage.run("alerts list").with_code(0);
    assert!(open.stdout.contains("client generic"), "{open:?}");

    let again = plan(&stage, 5);
    assert!(alerts_in(&again).is_empty(), "{again:?}");
    assert!(inbox.taken().is_empty() && mailbox.taken().is_empty());

    repaired(&stage);
    let third = plan(&stage, 0);
    let told = alerts_in(&third);
    assert_eq!(told.len(), 1, "{third:?}");
    assert!(told[0].starts_with("alert: Nobody has to act: it works again."));
    let (posted, mailed) = (inbox.taken(), mailbox.taken());
    assert_eq!(
        types(&posted),
        [
            "/slack/… blocks",
            "/teams message",
            "/webhook credential.recovered"
        ]
    );
    assert!(
        mailed[0].contains("Works again: client generic"),
        "{mailed:?}"
    );
    left.extend(posted.iter().map(|one| one.body.clone()));
    left.extend(mailed.into_iter().map(String::into_bytes));
    left.extend([first, again, third].map(|ended| ended.stderr.into_bytes()));

    assert!(plan(&stage, 0).stderr.is_empty() && inbox.taken().is_empty());
    let secrets = SECRETS.map(|(_, secret)| secret);
    let others = [WRONG, POST_KEY, PASSWORD, &SIGNING["whsec_".len()..]];
    for secret in secrets.into_iter().chain(others) {
        let leaks = left.iter().flat_map(|bytes| found(secret, bytes));
        assert_eq!(leaks.count(), 0, "{secret} got out");
    }
}

#[test]
fn what_was_to_be_applied_is_counted_as_held_at_the_connection_that_fails() {
    let stage = stage(vec![Hotel::lisbon(3)]);
    plan(&stage, 0);
    refused(&stage);
    let ended = stage.run("apply plan.json").with_code(5);
    let told = alerts_in(&ended);
    assert_eq!(told.len(), 1, "{ended:?}");
    assert!(
        told[0].ends_with("later 3 nights of 1 property."),
        "{told:?}"
    );
}

#[test]
fn two_connections_of_one_client_make_one_alert() {
    let stage = stage(vec![Hotel::lisbon(3)]);
    let config = stage.read("rackrate.toml");
    let at = config.find("[connections.generic]").unwrap();
    let second = config[at..].replace("[connections.generic", "[connections.second");
    configure(&stage, &second);
    let rows = stage.read("mapping.csv");
    let more: String = rows
        .lines()
        .skip(1)
        .map(|row| format!("{}\n", row.replace("generic,", "second,")))
        .collect();
    stage.write("mapping.csv", &format!("{rows}{more}"));
    refused(&stage);
    let ended = plan(&stage, 5);
    assert_eq!(alerts_in(&ended).len(), 1, "{ended:?}");
    assert!(
        ended.stderr.contains("Connections: generic, second."),
        "{ended:?}"
    );
}

#[test]
fn the_same_request_has_the_same_fingerprint_in_the_log_and_in_the_alert() {
    let stage = two_hotels();
    stage.keep_tokens();
    refused(&stage);
    let ended = stage.run("plan rates.csv -v").with_code(5);
    let after = |text: &str, from: &str| {
        let (_, rest) = text
            .split_once(from)
            .unwrap_or_else(|| panic!("{from}: {text}"));
        rest[..16].to_owned()
    };
    let told = after(&ended.stderr, "  Request ");
    assert_eq!(told, after(&ended.stderr, "request_fingerprint="));
    let again = stage.run("plan rates.csv -v").with_code(5);
    assert_eq!(told, after(&again.stderr, "request_fingerprint="));
}

#[test]
fn a_hook_may_bring_the_new_secret_and_needs_the_word_of_the_file() {
    let stage = two_hotels();
    refused(&stage);
    let (_, good) = SECRETS
        .iter()
        .find(|(name, _)| *name == "client_secret")
        .unwrap();
    stage.write("secrets/next", good);
    let script =
        "test \\\"$RACKRATE_ALERT\\\" = 'client generic' && cp secrets/next secrets/client_secret";
    configure(
        &stage,
        &format!("[alerts]\nhook = [\"sh\", \"-c\", \"{script}\"]"),
    );
    let unasked = plan(&stage, 2);
    assert!(
        unasked.stderr.contains("[config.exec_not_allowed]"),
        "{unasked:?}"
    );
    stage.change("rackrate.toml", "[guards]", "allow_exec = true\n[guards]");
    let ended = plan(&stage, 5);
    assert!(ended.stderr.contains("the hook sh ended well"), "{ended:?}");
    let repaired = plan(&stage, 0);
    assert!(
        alerts_in(&repaired)[0].contains("it works again"),
        "{repaired:?}"
    );
}
