//! Hotels that follow a link or begin at the vendor: what becomes of each visit, judged by
//! what the vendor saw. A proxy stands before the program, as it would on the internet.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot be read or sent ends the test"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rackrate_core::simulator::{Control, Record};
use rackrate_e2e::http::visit;
use rackrate_e2e::person::Reception;
use rackrate_e2e::{Ended, Hotel, Stage};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;
use rustls::pki_types::CertificateDer;
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
    stage.change("rackrate.toml", "settle_ms", "consent = {}\nsettle_ms");
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

fn said(ended: &Ended, code: &str) {
    assert!(ended.stderr.contains(&format!("[{code}]")), "{ended:?}");
}

#[test]
fn a_hotel_that_follows_its_link_is_connected_and_can_be_pushed_to() {
    for (stage, name) in [
        (partner(vec![Hotel::lisbon(2)]), "cloudbeds"),
        (generic(), "generic"),
    ] {
        stage.calendar(|_| Some(120));
        let link = link(&stage, name);
        let reception = Reception::start(&stage, "");
        let page = reception.consent(&link);
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("connected"), "{}", page.body);
        // Another command works while it goes on waiting.
        let _ = stage.run("plan rates.csv").with_code(0);
        let _ = stage.run("apply plan.json").with_code(0);
        let ended = reception.stop().with_code(0);
        assert!(ended.stdout.contains(&format!("{name} is connected")));
        let _ = stage.run("creds list").with_code(0);
        assert_eq!(exchanged(&stage.vendors.record(name)), (1, 0));
    }
}

#[test]
fn a_grant_of_more_than_was_asked_for_connects_and_is_told() {
    let stage = generic();
    let more = Control::Switch {
        name: "scopes".to_owned(),
        value: "guests:read rates:write rates:read".to_owned(),
    };
    stage.vendors.control("generic", &more);
    let link = link(&stage, "generic");
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.consent(&link).status, 200);
    let ended = reception.stop().with_code(0);
    said(&ended, "credential.scope_extra");
    assert!(ended.stdout.contains("generic is connected"), "{ended:?}");
    assert_eq!(installs(&stage, 0)[0]["connection"], "generic");
    assert!(installs(&stage, 0)[0]["standing"]["connected"].is_object());
}

#[test]
fn a_link_works_once_even_after_a_restart() {
    let stage = generic();
    let link = link(&stage, "generic");
    let there = visit(&link).location.unwrap();
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.visit(&there).status, 200);
    assert_eq!(reception.visit(&there).status, 410);
    let _ = reception.stop().with_code(0);
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.visit(&there).status, 410);
    // Neither does the vendor's page bring another code to the same link.
    assert_eq!(reception.consent(&link).status, 410);
    let _ = reception.stop().with_code(0);
    assert_eq!(exchanged(&stage.vendors.record("generic")), (1, 0));
}

#[test]
fn what_is_not_ours_is_turned_away_and_the_vendor_hears_nothing() {
    let stage = generic();
    let link = link(&stage, "generic");
    let there = visit(&link).location.unwrap();
    let reception = Reception::start(&stage, "-vvv");
    let (state, code) = (carried(&there, "state"), carried(&there, "code"));
    for (address, status) in [
        (REDIRECT.to_owned(), 400),
        (format!("{REDIRECT}?code=c&state=guessed"), 400),
        (format!("{REDIRECT}?state={state}"), 400),
        (format!("{REDIRECT}?code=c&state={state}&state=x"), 400),
        (format!("{REDIRECT}/../x?code=c&state={state}"), 400),
        ("https://rates.example.test/elsewhere".to_owned(), 400),
    ] {
        assert_eq!(reception.visit(&address).status, status, "{address}");
    }
    assert_eq!(stage.vendors.record("generic").token_requests, 0);
    // None of them used the link up.
    assert_eq!(reception.visit(&there).status, 200);
    let ended = reception.stop().with_code(0);
    for secret in [state, code, "guessed"] {
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
        assert!(!ended.stdout.contains(secret), "{}", ended.stdout);
    }
}

/// What an address carries under a name.
fn carried<'a>(address: &'a str, name: &str) -> &'a str {
    let (_, query) = address.split_once('?').unwrap();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(own, _)| *own == name).unwrap().1
}

#[test]
fn a_link_of_yesterday_and_one_that_was_replaced_are_refused() {
    let stage = generic();
    let old = visit(&link(&stage, "generic")).location.unwrap();
    let newer = visit(&link(&stage, "generic")).location.unwrap();
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.visit(&old).status, 410);
    outdate(&stage);
    let page = reception.visit(&newer);
    assert_eq!(page.status, 410);
    assert!(page.body.contains("too old"), "{}", page.body);
    let _ = reception.stop().with_code(0);
    assert_eq!(stage.vendors.record("generic").token_requests, 0);
}

/// Lets all links that are out have ended long ago.
fn outdate(stage: &Stage) {
    let db = rusqlite::Connection::open(stage.path("rackrate.db")).unwrap();
    let sql = "UPDATE filed SET body = json_set(body, '$.standing.invited.until', 1)
        WHERE json_extract(body, '$.standing.invited.until') IS NOT NULL";
    assert_eq!(db.execute(sql, []).unwrap(), 1);
}

#[test]
fn a_no_uses_the_link_up_and_connects_nothing() {
    let stage = generic();
    let refused = Control::Switch {
        name: "consent".to_owned(),
        value: "refused".to_owned(),
    };
    stage.vendors.control("generic", &refused);
    let link = link(&stage, "generic");
    let reception = Reception::start(&stage, "");
    let page = reception.consent(&link);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.body.contains("access_denied"), "{}", page.body);
    assert_eq!(reception.consent(&link).status, 410);
    let ended = reception.stop().with_code(0);
    assert!(ended.stdout.contains("declined"), "{ended:?}");
    assert_eq!(stage.vendors.record("generic").token_requests, 0);
}

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

#[test]
fn an_installation_is_not_given_to_another_hotels_or_a_connected_one() {
    let (stage, name) = pending();
    let text = stage.read("rackrate.toml");
    let (_, connection) = text.split_once("[connections.cloudbeds]").unwrap();
    let other = connection.replace("connections.cloudbeds", "connections.porto");
    stage.write(
        "rackrate.toml",
        &format!("{text}\n[connections.porto]{other}"),
    );
    let mapping = stage.read("mapping.csv");
    let row = mapping.lines().last().unwrap();
    let row = row.replacen("cloudbeds", "porto", 1);
    let row = row.replace(Hotel::lisbon(2).vendor_id, "999");
    stage.write("mapping.csv", &format!("{mapping}{row}\n"));
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
fn whoever_is_large_or_wants_something_else_is_turned_away() {
    let stage = generic();
    let reception = Reception::start(&stage, "");
    let host = reception
        .address()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let status = |request: &str| {
        let mut stream = TcpStream::connect(&host).unwrap();
        // It may hang up before all of it has left.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.split(' ').nth(1).unwrap_or("none").to_owned()
    };
    let long = "x".repeat(20_000);
    assert_eq!(status("POST /callback HTTP/1.1\r\nhost: a\r\n\r\n"), "405");
    let body = "GET /callback HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n";
    assert_eq!(status(body), "413");
    let head = format!("GET /callback HTTP/1.1\r\nx: {long}\r\n\r\n");
    assert_eq!(status(&head), "431");
    let lines = "a: b\r\n".repeat(100);
    let head = format!("GET /callback HTTP/1.1\r\n{lines}\r\n");
    assert_eq!(status(&head), "431");
    let path = format!("GET /callback?code={long} HTTP/1.1\r\n\r\n");
    assert!(["414", "431"].contains(&status(&path).as_str()));
    let _ = reception.stop().with_code(0);
}

#[test]
fn a_page_keeps_its_address_to_itself() {
    let stage = generic();
    let reception = Reception::start(&stage, "");
    let host = reception.address().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = "GET /callback?code=c0de&state=st4te HTTP/1.1\r\nhost: a\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    for header in [
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
    ] {
        assert!(answer.contains(header), "{header}: {answer}");
    }
    assert!(!answer.contains("c0de") && !answer.contains("st4te"));
    let _ = reception.stop().with_code(0);
}

#[test]
fn with_a_certificate_it_speaks_https_itself() {
    let stage = generic();
    let own = rcgen::generate_simple_self_signed(["rates.example.test".to_owned()]).unwrap();
    stage.write("cert.pem", &own.cert.pem());
    stage.write("key.pem", &own.signing_key.serialize_pem());
    let link = link(&stage, "generic");
    let there = visit(&link).location.unwrap();
    let reception = Reception::start(&stage, "--tls-cert cert.pem --tls-key key.pem");
    let host = reception.address().strip_prefix("https://").unwrap();
    let (_, path) = there
        .strip_prefix("https://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: rates.example.test\r\n\r\n");
    let answer = over_tls(host, own.cert.der(), &request);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut plain = TcpStream::connect(host).unwrap();
    plain.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    let _ = reception.stop().with_code(0);
    let _ = stage.run("creds list").with_code(0);
}

fn over_tls(host: &str, trusted: &CertificateDer<'static>, request: &str) -> String {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "rates.example.test".try_into().unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, TcpStream::connect(host).unwrap());
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A server may hang up without taking its leave.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn what_cannot_be_waited_at_is_refused() {
    let stage = generic();
    let run = |arguments: &str| stage.run(&format!("creds callback --listen {arguments}"));
    said(&run("0.0.0.0:0").with_code(2), "creds.plain_http");
    assert!(run("nowhere").with_code(2).stderr.contains("--listen"));
    let half = run("127.0.0.1:0 --tls-cert a.pem").with_code(2);
    assert!(half.stderr.contains("--tls-key"), "{half:?}");
    let files = run("127.0.0.1:0 --tls-cert a.pem --tls-key b.pem").with_code(2);
    said(&files, "file.unreadable");
    let odd = "127.0.0.1:0 --tls-cert rackrate.toml --tls-key rackrate.toml";
    said(&run(odd).with_code(2), "creds.tls");
    let redirect = format!("redirect = \"{REDIRECT}\"\n");
    stage.change("rackrate.toml", &redirect, "");
    said(&run("127.0.0.1:0").with_code(2), "creds.no_redirect");
}

#[test]
fn two_clients_cannot_share_an_address_where_hotels_may_begin() {
    let stage = partner(vec![Hotel::lisbon(2)]);
    let text = stage.read("rackrate.toml");
    let (_, connection) = text.split_once("[connections.cloudbeds]").unwrap();
    let other = connection
        .replace("connections.cloudbeds", "connections.porto")
        .replace("client_name = \"ours\"", "client_name = \"another\"");
    stage.write(
        "rackrate.toml",
        &format!("{text}\n[connections.porto]{other}"),
    );
    let ended = stage
        .run("creds callback --listen 127.0.0.1:0")
        .with_code(2);
    said(&ended, "creds.shared_redirect");
}
