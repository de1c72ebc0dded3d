//! The door itself: who is turned away, what a page tells, and where it may stand.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rackrate_e2e::http::visit;
use rackrate_e2e::person::Reception;
use rackrate_e2e::said;
use rustls::pki_types::CertificateDer;

use super::{REDIRECT, generic, link};

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
