//! Links for hotels: whom they are for, what they carry, and what of them stays here.

#![expect(clippy::unwrap_used, reason = "what cannot be read ends the test")]

use rackrate_e2e::http::visit;
use rackrate_e2e::{Ended, Hotel, Stage, said};
use serde_json::Value;

const REDIRECT: &str = "https://rates.example.test/callback";

/// A vendor with consents and PKCE, and two hotels; the first has a contact.
fn stage() -> Stage {
    let hotels = vec![Hotel::lisbon(2), Hotel::algarve(2)];
    let stage = Stage::new(&["generic"], hotels);
    stage.keep_tokens();
    stage.ask_for_consent();
    let back = format!("basis = \"gross\"\nredirect = \"{REDIRECT}\"");
    stage.change("rackrate.toml", "basis = \"gross\"", &back);
    stage.change(
        "properties.csv",
        "lisbon-city,Lisbon City Hotel,Europe/Lisbon,04:00,EUR,gross,,,",
        "lisbon-city,Lisbon City Hotel,Europe/Lisbon,04:00,EUR,gross,,,desk@lisbon.example.test",
    );
    stage
}

fn invited(ended: &Ended) -> Vec<Value> {
    let said: Value = serde_json::from_str(&ended.stdout).unwrap();
    said["invitations"].as_array().unwrap().clone()
}

fn state(link: &str) -> &str {
    let (_, rest) = link.split_once("&state=").unwrap();
    rest.split('&').next().unwrap()
}

#[test]
fn a_link_leads_to_the_vendor_and_back_to_the_registered_address() {
    let stage = stage();
    let ended = stage.run("creds invite generic -o json").with_code(0);
    let invited = invited(&ended);
    let link = invited[0]["link"].as_str().unwrap();
    let back = visit(link).location.unwrap();
    assert!(back.starts_with(&format!("{REDIRECT}?")), "{back}");
    assert!(back.contains(state(link)), "{back}");
    assert!(!link.contains("e2e-client-secret"), "{link}");
    let contacts = &invited[0]["properties"];
    assert_eq!(contacts[1]["contact"], "desk@lisbon.example.test");
    assert_eq!(contacts[0]["code"], "algarve-resort");
}

#[test]
fn a_person_sees_whom_to_write_to_and_copies_the_link_from_a_line_of_its_own() {
    let stage = stage();
    let ended = stage
        .run("creds invite --select property:lisbon-city")
        .with_code(0);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert!(lines[1].contains("desk@lisbon.example.test"), "{ended:?}");
    let link = lines.iter().find(|line| line.starts_with("http")).unwrap();
    assert!(visit(link).location.is_some(), "{link}");
    let (link, table): (Vec<&&str>, Vec<_>) =
        lines.iter().partition(|line| line.starts_with("http"));
    assert_eq!(link.len(), 1);
    assert!(table.iter().all(|line| line.chars().count() <= 80));
}

/// The state is worth a hotel's account to whoever reads it.
#[test]
fn neither_state_nor_verifier_stays_on_disk_or_is_said_again() {
    let stage = stage();
    let ended = stage.run("creds invite generic -o json -vvv").with_code(0);
    let link = invited(&ended)[0]["link"].as_str().unwrap().to_owned();
    let secret = state(&link).to_owned();
    assert!(secret.len() >= 43 && !ended.stderr.contains(&secret));
    let mut files = 0;
    for file in std::fs::read_dir(stage.folder()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            files += 1;
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(&secret), "{}", path.display());
        }
    }
    assert!(files > 3);
    let audit = stage.run("audit export").with_code(0);
    assert!(!audit.stdout.contains(&secret));
}

#[test]
fn who_cannot_be_invited_is_told_why() {
    let stage = stage();
    let run = |arguments: &str| stage.run(&format!("creds invite {arguments}")).with_code(2);
    said(&run("nobody"), "creds.unknown_connection");
    said(&run("--select property:porto"), "creds.unknown_property");
    said(
        &run("--select property:lisbon-city,date:2027-01-01"),
        "creds.select",
    );
    assert!(run("").stderr.contains("CONNECTION"));
    assert!(run("generic --valid 31d").stderr.contains("30d at most"));
    let redirect = format!("redirect = \"{REDIRECT}\"\n");
    stage.change("rackrate.toml", &redirect, "");
    said(&run("generic"), "creds.no_redirect");
    stage.change("rackrate.toml", "consent = {}\n", "");
    said(&run("generic"), "creds.no_consent");
    said(
        &run("--select property:lisbon-city"),
        "creds.nobody_to_invite",
    );
    assert_eq!(stage.vendors.record("generic").calls, 0);
}
