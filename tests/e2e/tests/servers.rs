//! Authorization servers that describe themselves: used from sign-in to sign-out, and turned
//! away when what they say is not what was asked for.

#![expect(
    clippy::unwrap_used,
    reason = "a server that cannot be started ends the test"
)]

use std::io::{Read, Write};
use std::net::TcpListener;

use rackrate_e2e::person::Login;
use rackrate_e2e::{Ended, Hotel, Stage};

/// A stage whose server is known by its issuer only.
fn stage(issuer: &str, more: &str) -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    let settings = format!("authorization_server = \"{issuer}\"\n{more}settle_ms");
    stage.change("rackrate.toml", "settle_ms", &settings);
    stage.calendar(|_| Some(120));
    stage
}

/// The same where the vendor itself is that server.
fn at_home(more: &str) -> Stage {
    let stage = stage("https://nobody.test", more);
    let home = format!("http://{}", stage.vendors.address("generic"));
    stage.change("rackrate.toml", "https://nobody.test", &home);
    stage
}

/// Somebody who answers every request with these words; its issuer is in place of `{me}`.
fn server(status: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let me = format!("http://{}", listener.local_addr().unwrap());
    let body = body.replace("{me}", &me);
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if socket.read(&mut byte).unwrap_or(0) == 0 {
                    break;
                }
                head.extend(byte);
            }
            drop(socket.write_all(answer.as_bytes()));
        }
    });
    me
}

fn said(ended: &Ended, code: &str, words: &str) {
    let all = &ended.stderr;
    assert!(all.contains(&format!("[{code}]")), "{all}");
    assert!(all.contains(words), "{all}");
    // Whose it is, and where to look.
    assert!(
        all.contains("generic") && all.contains("rackrate.toml"),
        "{all}"
    );
}

#[test]
fn a_grant_lives_its_life_at_a_server_that_describes_itself() {
    let stage = at_home("consent = {}\n");
    let _ = stage.run("config validate").with_code(0);
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    let _ = stage.run("creds refresh generic").with_code(0);
    let _ = stage.run("plan rates.csv").with_code(0);
    let out = stage.run("creds logout generic").with_code(0);
    assert!(out.stdout.contains("at the vendor too"), "{out:?}");
    let record = stage.vendors.record("generic");
    assert_eq!((record.rotations, record.reuses), (1, 0));
}

#[test]
fn client_credentials_are_exchanged_where_the_server_says() {
    let stage = at_home("client_auth = \"basic\"\n");
    let _ = stage.run("plan rates.csv").with_code(0);
    assert_eq!(stage.vendors.record("generic").token_requests, 1);
}

#[test]
fn a_server_that_is_not_what_was_asked_for_is_turned_away() {
    let good = r#"{"issuer":"{me}","authorization_endpoint":"{me}/a","token_endpoint":"{me}/t","token_endpoint_auth_methods_supported":["client_secret_post"],"code_challenge_methods_supported":["S256"],"grant_types_supported":["authorization_code","refresh_token"]}"#;
    let huge = " ".repeat(1_000_000);
    for (status, body, code, words) in [
        (
            "200 OK",
            good.replace("{me}\",", "https://evil.test\","),
            "server.refused",
            "another issuer",
        ),
        (
            "200 OK",
            good.replace("\"{me}/t", "\"http://tokens.test/t"),
            "server.refused",
            "token_endpoint is plain http",
        ),
        (
            "200 OK",
            good.replace("S256", "plain"),
            "server.refused",
            "PKCE with plain",
        ),
        (
            "200 OK",
            good.replace("client_secret_post", "client_secret_basic"),
            "server.refused",
            "Set client_auth",
        ),
        (
            "200 OK",
            good.replace("authorization_code", "client_credentials"),
            "server.refused",
            "no tokens for authorization_code, but for client_credentials",
        ),
        (
            "200 OK",
            "<html>sign in</html>".to_owned(),
            "server.refused",
            "no metadata",
        ),
        ("200 OK", huge, "server.unavailable", "larger than"),
        (
            "302 Found",
            String::new(),
            "server.unavailable",
            "status 302",
        ),
    ] {
        let stage = stage(&server(status, &body), "consent = {}\n");
        let _ = stage.run("config validate").with_code(0);
        let ended = stage.run("creds login --paste");
        said(&ended, code, words);
        let exit = if code == "server.refused" { 2 } else { 1 };
        assert_eq!(ended.code, Some(exit), "{words}");
        assert_eq!(stage.vendors.record("generic").token_requests, 0);
    }
}

#[test]
fn a_server_that_is_down_is_named_with_who_can_act() {
    let stage = stage("http://127.0.0.1:1", "");
    let ended = stage.run("plan rates.csv").with_code(1);
    said(&ended, "server.unavailable", "http://127.0.0.1:1");
    assert!(ended.stderr.contains("authorization_server"), "{ended:?}");
}

#[test]
fn a_client_of_another_issuer_is_found_without_a_network() {
    let stage = stage("https://id.test", "consent = {}\n");
    let client = "\n[clients.app]\nissuer = \"https://other.test\"\n\n[connections.generic]\nclient = \"app\"\n";
    stage.change("rackrate.toml", "\n[connections.generic]\n", client);
    let ended = stage.run("config validate").with_code(2);
    said(&ended, "config.issuer", "https://id.test");
}
