//! Hotels that begin at the vendor, and the installations that come of it.

use std::io::Write;
use std::net::TcpStream;

use rackrate_e2e::http::visit;
use rackrate_e2e::person::Reception;
use rackrate_e2e::{Hotel, Stage, said};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;
use serde_json::Value;

use super::{REDIRECT, exchanged, installs, link, marketplace, partner};

#[test]
fn a_hotel_that_begins_at_the_vendor_is_connected_where_the_mapping_means_one_connection() {
    let stage = partner(vec![Hotel::lisbon(2)]);
    let reception = Reception::start(&stage, "");
    let page = reception.consent(&marketplace(&stage));
    assert_eq!(page.status, 200, "{}", page.body);
    let ended = reception.stop().with_code(0);
    assert!(ended.stdout.contains("cloudbeds is connected"), "{ended:?}");
    let _ = stage.run("plan rates.csv").with_code(0);
    assert_eq!(installs(&stage, 0)[0]["connection"], "cloudbeds");
    assert_eq!(stage.vendors.record("cloudbeds").reuses, 0);
}

/// Its grant reaches two hotels, and the mapping has one of them: a person has to say so.
fn pending() -> (Stage, String) {
    let stage = partner(vec![Hotel::lisbon(2), Hotel::algarve(2)]);
    let mapping = stage.read("mapping.csv");
    let kept = mapping.lines().filter(|line| !line.contains("algarve"));
    let kept: String = kept.map(|line| format!("{line}\n")).collect();
    stage.write("mapping.csv", &kept);
    let reception = Reception::start(&stage, "");
    let page = reception.consent(&marketplace(&stage));
    assert!(page.body.contains("confirms"), "{}", page.body);
    let _ = reception.stop().with_code(0);
    let name = installs(&stage, 5)[0]["install"]
        .as_str()
        .unwrap()
        .to_owned();
    (stage, name)
}

#[test]
fn an_installation_waits_until_a_person_gives_it_to_a_connection() {
    let (stage, name) = pending();
    let list = stage.run("creds installs").with_code(5);
    assert!(list.stdout.contains("302817"), "{list:?}");
    assert!(list.stdout.lines().all(|line| line.chars().count() <= 80));
    // Nothing is done with it before.
    let _ = stage.run("discover cloudbeds").with_code(5);
    let _ = stage.run("creds list").with_code(5);
    said(
        &stage.run(&format!("creds confirm {name}")).with_code(2),
        "creds.which_connection",
    );
    let given = stage
        .run(&format!("creds confirm {name} --connection cloudbeds"))
        .with_code(0);
    assert!(
        given.stdout.starts_with("cloudbeds is connected"),
        "{given:?}"
    );
    let _ = stage.run("creds list").with_code(0);
    let found = stage.run("discover cloudbeds").with_code(0);
    assert!(found.stdout.contains("Algarve Resort"), "{found:?}");
    assert_eq!(installs(&stage, 0)[0]["connection"], "cloudbeds");
    let again = stage.run(&format!("creds confirm {name} --connection cloudbeds"));
    said(&again.with_code(2), "creds.not_pending");
    // The code, and a refresh: the access token stays with the installation.
    assert_eq!(exchanged(&stage.vendors.record("cloudbeds")), (2, 0));
}

/// Another connection of the same client, changed like that, with a hotel of its own.
fn porto(stage: &Stage, changed: impl Fn(String) -> String) {
    let text = stage.read("rackrate.toml");
    let (_, connection) = text.split_once("[connections.cloudbeds]").unwrap();
    let other = changed(connection.replace("connections.cloudbeds", "connections.porto"));
    let both = format!("{text}\n[connections.porto]{other}");
    stage.write("rackrate.toml", &both);
    let mapping = stage.read("mapping.csv");
    let row = mapping.lines().last().unwrap();
    let row = row.replacen("cloudbeds", "porto", 1);
    let row = row.replace(Hotel::lisbon(2).vendor_id, "999");
    stage.write("mapping.csv", &format!("{mapping}{row}\n"));
}

/// The vendor is silent about what the grant reaches until a person names a connection.
#[test]
fn whom_a_person_names_gets_an_installation_or_nobody_does() {
    let stage = partner(vec![Hotel::lisbon(2)]);
    porto(&stage, |connection| connection);
    let silent = Rule {
        path: Some("/api/v1.3/getHotels".to_owned()),
        per_mille: Some(1_000),
        ..Rule::next(Fate::ErrorBefore)
    };
    stage.vendors.fault("cloudbeds", &silent);
    let reception = Reception::start(&stage, "");
    reception.consent(&marketplace(&stage));
    let _ = reception.stop().with_code(0);
    let all = installs(&stage, 5);
    assert!(all[0]["standing"]["granted"].is_object(), "{all:?}");
    let confirm = |to: &str| {
        let name = all[0]["install"].as_str().unwrap();
        stage.run(&format!("creds confirm {name} --connection {to}"))
    };
    said(&confirm("porto").with_code(1), "creds.unknown_reach");
    stage.vendors.heal("cloudbeds");
    said(&confirm("porto").with_code(2), "creds.other_property");
    assert_eq!(installs(&stage, 5)[0]["connection"], Value::Null);
    let _ = confirm("cloudbeds").with_code(0);
}

#[test]
fn an_installation_is_not_given_to_another_hotels_or_a_connected_one() {
    let (stage, name) = pending();
    porto(&stage, |connection| connection);
    let confirm = |to: &str| stage.run(&format!("creds confirm {name} --connection {to}"));
    said(&confirm("porto").with_code(2), "creds.other_property");
    said(&confirm("nobody").with_code(2), "creds.unknown_connection");
    let unknown = stage.run("creds confirm install-0 --connection cloudbeds");
    said(&unknown.with_code(2), "creds.unknown_install");
    let _ = confirm("cloudbeds").with_code(0);
    let reception = Reception::start(&stage, "");
    reception.consent(&marketplace(&stage));
    let _ = reception.stop().with_code(0);
    let all = installs(&stage, 5);
    let second = all.iter().find(|one| one["connection"].is_null()).unwrap();
    let second = second["install"].as_str().unwrap();
    let taken = stage.run(&format!("creds confirm {second} --connection cloudbeds"));
    said(&taken.with_code(2), "creds.already_connected");
    let _ = stage.run(&format!("creds dismiss {second}")).with_code(0);
    assert_eq!(installs(&stage, 0).len(), 2);
}

#[test]
fn a_client_that_the_vendor_refuses_is_told_of_while_it_goes_on_waiting() {
    let stage = partner(vec![Hotel::lisbon(2)]);
    let right = stage.read("secrets/client_secret");
    stage.write("secrets/client_secret", "not-the-secret");
    let reception = Reception::start(&stage, "");
    let refused = reception.consent(&marketplace(&stage));
    assert_ne!(refused.status, 200, "{}", refused.body);
    reception.until("alert: The secret's owner can act (nobody is named)");
    stage.write("secrets/client_secret", &right);
    let page = reception.consent(&marketplace(&stage));
    assert_eq!(page.status, 200, "{}", page.body);
    let ended = reception.stop().with_code(0);
    assert!(ended.stdout.contains("cloudbeds is connected"), "{ended:?}");
    let plan = stage.run("plan rates.csv").with_code(0);
    assert!(plan.stderr.contains("it works again"), "{plan:?}");
}

#[test]
fn a_secret_that_is_gone_meanwhile_is_told_and_the_one_of_before_is_tried() {
    let stage = partner(vec![Hotel::lisbon(2)]);
    let reception = Reception::start(&stage, "");
    std::fs::remove_file(stage.path("secrets/client_secret")).unwrap();
    let page = reception.consent(&marketplace(&stage));
    assert_eq!(page.status, 200, "{}", page.body);
    reception.until("[secret.not_found]");
    let ended = reception.stop().with_code(0);
    assert!(ended.stdout.contains("cloudbeds is connected"), "{ended:?}");
}

#[test]
fn a_code_is_taken_once_whoever_brings_it() {
    let stage = partner(vec![Hotel::lisbon(2)]);
    let back = visit(&marketplace(&stage)).location.unwrap();
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.visit(&back).status, 200);
    assert_eq!(reception.visit(&back).status, 410);
    let (_, code) = back.split_once("code=").unwrap();
    let code = code.split('&').next().unwrap();
    let other = format!("{REDIRECT}?authorization_code={code}&state=other");
    assert_eq!(reception.visit(&other).status, 410);
    let made_up = format!("{REDIRECT}?code=made-up");
    assert_eq!(reception.visit(&made_up).status, 502);
    let _ = reception.stop().with_code(0);
    assert_eq!(exchanged(&stage.vendors.record("cloudbeds")), (2, 0));
}

/// Killed while the vendor has the code and its answer is not on disk.
#[test]
fn a_code_whose_answer_was_never_written_down_is_not_sent_again() {
    for invited in [true, false] {
        let stage = partner(vec![Hotel::lisbon(2)]);
        let page = match invited {
            true => link(&stage, "cloudbeds"),
            false => marketplace(&stage),
        };
        let back = visit(&page).location.unwrap();
        let rule = Rule {
            path: Some("/api/v1.3/access_token".to_owned()),
            ..Rule::next(Fate::AnswerLost)
        };
        stage.vendors.fault("cloudbeds", &rule);
        let reception = Reception::start(&stage, "");
        begin(&reception, &back);
        let met = stage.vendors.wait_for("cloudbeds", Fate::AnswerLost);
        assert!(met.is_some());
        let _ = reception.kill();
        stage.vendors.heal("cloudbeds");
        let reception = Reception::start(&stage, "");
        assert_eq!(reception.visit(&back).status, 410);
        let _ = reception.stop().with_code(0);
        let list = stage.run("creds installs").with_code(0);
        assert!(list.stdout.contains("cut off"), "{list:?}");
        let _ = stage.run("creds list").with_code(5);
        assert_eq!(exchanged(&stage.vendors.record("cloudbeds")), (1, 0));
    }
}

/// Sends a visit and does not wait for its page.
fn begin(reception: &Reception, back: &str) {
    let host = reception.address().strip_prefix("http://").unwrap();
    let (_, path) = back
        .strip_prefix("https://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n").unwrap();
    std::mem::forget(stream);
}

#[test]
fn two_clients_cannot_share_an_address_where_hotels_may_begin() {
    let stage = partner(vec![Hotel::lisbon(2)]);
    let another = |text: String| text.replace("= \"ours\"", "= \"another\"");
    porto(&stage, another);
    let ended = stage
        .run("creds callback --listen 127.0.0.1:0")
        .with_code(2);
    said(&ended, "creds.shared_redirect");
}
