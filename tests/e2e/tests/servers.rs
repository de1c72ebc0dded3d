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

/// What a server says of itself that is what was asked for.
const GOOD: &str = r#"{"issuer":"{me}","authorization_endpoint":"{me}/a","token_endpoint":"{me}/t","token_endpoint_auth_methods_supported":["client_secret_post"],"code_challenge_methods_supported":["S256"],"grant_types_supported":["authorization_code","refresh_token"]}"#;

fn turned_away(server: &str, exit: i32, code: &str, words: &str) {
    let stage = stage(server, "consent = {}\n");
    let _ = stage.run("config validate").with_code(0);
    let ended = stage.run("creds login --paste").with_code(exit);
    said(&ended, code, words);
    assert_eq!(stage.vendors.record("generic").token_requests, 0);
}

#[test]
fn a_server_that_is_not_what_was_asked_for_is_turned_away() {
    for (from, to, words) in [
        ("{me}\",", "https://evil.test\",", "another issuer"),
        (
            "\"{me}/t",
            "\"http://t.test/t",
            "token_endpoint is plain http",
        ),
        ("S256", "plain", "PKCE with plain"),
        ("secret_post", "secret_basic", "Set client_auth"),
        (
            "authorization_code",
            "client_credentials",
            "no tokens for authorization_code, but for client_credentials",
        ),
        (GOOD, "<html>sign in</html>", "no metadata"),
    ] {
        let body = GOOD.replace(from, to);
        turned_away(&server("200 OK", &body), 2, "server.refused", words);
    }
}

#[test]
fn a_server_that_says_too_much_or_sends_us_on_is_no_server() {
    let huge = " ".repeat(1_000_000);
    for (status, body, words) in [
        ("200 OK", &huge[..], "larger than"),
        ("302 Found", "", "status 302"),
    ] {
        turned_away(&server(status, body), 1, "server.unavailable", words);
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
