//! Flows at an authorization server: clients that prove who they are, people who consent,
//! refresh tokens that rotate, and what is left of a grant when an answer got lost.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use rackrate_e2e::http::visit;
use rackrate_e2e::person::Login;
use rackrate_e2e::{Ended, Hotel, Stage};

use crate::browser;
use crate::server::Server;
use crate::table::Table;

const SERVER: &str = "oidc-provider";
const SECRET: &str = "a secret/with+odd %signs";

type Flow = (&'static str, fn(&mut Server));

const FLOWS: [Flow; 15] = [
    ("client credentials, client_secret_basic", |server| {
        machine(server, "basic", "client_auth = \"basic\"\n");
    }),
    ("client credentials, client_secret_post", |server| {
        machine(server, "post", "");
    }),
    ("client credentials, private_key_jwt ES256", |server| {
        signing(server, "ES256");
    }),
    ("client credentials, private_key_jwt RS256", |server| {
        signing(server, "RS256");
    }),
    ("client credentials, private_key_jwt EdDSA", |server| {
        signing(server, "EdDSA");
    }),
    ("a wrong secret is told as that", wrong_secret),
    (
        "a way of proof that the client has not is refused",
        wrong_way,
    ),
    ("code with PKCE, callback on loopback, post", |server| {
        drop(connected(server, "person-post"));
    }),
    ("code with PKCE, private_key_jwt", |server| {
        drop(connected(server, "person-key"));
    }),
    ("code with PKCE, no secret, pasted address", pasted),
    ("an answer of another issuer is refused", other_issuer),
    ("a refresh token rotates, three times", rotating),
    ("a reused refresh token ends the grant", reused),
    ("a lost answer: introspected, not reused", lost_answer),
    ("revocation", revoked),
];

/// Plays them all.
pub(crate) fn run(server: Result<Server, String>, table: &mut Table) {
    match server {
        Ok(mut server) => {
            for (flow, play) in FLOWS {
                table.play(SERVER, flow, || play(&mut server));
            }
            table.play(SERVER, "a lost request: introspected, used once", || {
                lost_request(&mut server);
            });
        }
        Err(why) => table.skip(SERVER, "every flow", &why),
    }
}

/// A folder whose account gets its tokens at the server, which describes itself.
fn stage(server: &Server, client: &str, settings: &str) -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(1)]);
    stage.keep_tokens();
    let address = &server.listening.address;
    let own = format!("base_url = \"http://{}\"", stage.vendors.address("generic"));
    let theirs =
        format!("base_url = \"{address}\"\nauthorization_server = \"{address}\"\n{settings}");
    stage.change("rackrate.toml", &own, &theirs);
    // The server's hotel is none of the stage's.
    let mapping = stage.read("mapping.csv");
    let head = mapping.lines().next().unwrap_or_default();
    stage.write("mapping.csv", &format!("{head}\n"));
    stage.write("secrets/client_id", client);
    stage.write("secrets/client_secret", SECRET);
    stage
}

/// The same for a client that signs.
fn with_key(server: &Server, client: &str, alg: &str, settings: &str) -> Stage {
    let key =
        format!("client_auth = \"private_key_jwt\"\nclient_key_id = \"key-{alg}\"\n{settings}");
    let stage = stage(server, client, &key);
    let line = "client_secret = \"file:secrets/client_secret\"";
    stage.change(
        "rackrate.toml",
        line,
        "client_key = \"file:secrets/client_key\"",
    );
    stage.write("secrets/client_key", &server.listening.keys[alg]);
    stage
}

/// The token opens the API.
fn reaches(stage: &Stage) {
    let found = stage.run("discover generic").with_code(0);
    assert!(found.stdout.contains("Interop House"), "{found:?}");
}

fn machine(server: &Server, name: &str, settings: &str) {
    let stage = stage(server, &format!("machine-{name}"), settings);
    let _ = stage.run("creds refresh generic").with_code(0);
    reaches(&stage);
}

fn signing(server: &Server, alg: &str) {
    let stage = with_key(server, &format!("machine-{alg}"), alg, "");
    let _ = stage.run("creds refresh generic").with_code(0);
    let _ = stage.run("creds refresh generic").with_code(0);
    reaches(&stage);
}

fn said(ended: &Ended, code: &str) {
    assert!(ended.stderr.contains(&format!("[{code}]")), "{ended:?}");
}

fn wrong_secret(server: &mut Server) {
    let stage = stage(server, "machine-post", "");
    stage.write("secrets/client_secret", "guessed");
    let ended = stage.run("creds refresh generic").with_code(5);
    said(&ended, "credential.wrong");
    assert!(ended.stderr.contains("invalid_client"), "{ended:?}");
}

fn wrong_way(server: &mut Server) {
    let stage = stage(server, "machine-ES256", "");
    said(
        &stage.run("creds refresh generic").with_code(5),
        "credential.wrong",
    );
}

/// An account that a person connected in the browser.
fn connected(server: &Server, client: &str) -> Stage {
    let consent = "consent = {}\n";
    let stage = match client {
        "person-key" => with_key(server, client, "ES256", consent),
        _ => stage(server, client, consent),
    };
    let login = Login::start(&stage, "generic");
    let back = browser::consent(&login.address);
    assert_eq!(visit(back.as_str()).status, 200);
    let _ = login.ended().with_code(0);
    reaches(&stage);
    stage
}

/// Starts a sign-in that waits for an address; what comes of the one that `answer` makes of
/// where the browser ended.
fn paste(stage: &Stage, answer: impl Fn(&str) -> String) -> Ended {
    let mut command = stage.program().command("creds login generic --paste");
    let mut program = command.stdin(Stdio::piped()).spawn().expect("it starts");
    let mut words = BufReader::new(program.stderr.take().expect("its words are collected"));
    let (mut said, mut line) = (String::new(), String::new());
    while !line.trim().starts_with("http") {
        line.clear();
        let read = words.read_line(&mut line).expect("it says something");
        said.push_str(&line);
        assert!(read > 0, "it ended before it asked: {said}");
    }
    let back = browser::consent(line.trim());
    let mut input = program.stdin.take().expect("it reads");
    writeln!(input, "{}", answer(back.as_str())).expect("it reads");
    drop(input);
    words.read_to_string(&mut said).expect("it says something");
    let ended = Ended::of(program.wait_with_output().expect("it ends"));
    Ended {
        stderr: said,
        ..ended
    }
}

fn pasted(server: &mut Server) {
    let stage = stage(
        server,
        "person-public",
        "client_auth = \"none\"\nconsent = {}\n",
    );
    let line = "client_secret = \"file:secrets/client_secret\"\n";
    stage.change("rackrate.toml", line, "");
    let _ = paste(&stage, str::to_owned).with_code(0);
    reaches(&stage);
    let _ = stage.run("creds refresh generic").with_code(0);
    reaches(&stage);
}

fn other_issuer(server: &mut Server) {
    let stage = stage(server, "person-post", "consent = {}\n");
    let ended = paste(&stage, |back| {
        assert!(back.contains("&iss=http"), "{back}");
        back.replace("&iss=http", "&iss=https")
    });
    said(&ended.with_code(5), "creds.denied");
}

fn rotating(server: &mut Server) {
    let stage = connected(server, "person-post");
    for _ in 0..3 {
        let _ = stage.run("creds refresh generic").with_code(0);
        reaches(&stage);
    }
}

/// What a ledger is made of.
const LEDGER: [&str; 3] = ["rackrate.db", "rackrate.db-wal", "rackrate.db-shm"];

/// Keeps the ledger as it is, as a backup would.
fn backed_up(stage: &Stage) -> Vec<(&'static str, Vec<u8>)> {
    let read = |name| Some((name, std::fs::read(stage.path(name)).ok()?));
    let kept: Vec<_> = LEDGER.into_iter().filter_map(read).collect();
    assert!(!kept.is_empty(), "there is no ledger");
    kept
}

fn restored(stage: &Stage, backup: &[(&'static str, Vec<u8>)]) {
    for name in LEDGER {
        // Not all of them are there.
        let _ = std::fs::remove_file(stage.path(name));
    }
    for (name, bytes) in backup {
        std::fs::write(stage.path(name), bytes).expect("the folder can be written");
    }
}

/// A ledger from a backup has a token that was used since. The server ends everything that came
/// of the consent, and we say who has to act.
fn reused(server: &mut Server) {
    let stage = connected(server, "person-post");
    let old = backed_up(&stage);
    let _ = stage.run("creds refresh generic").with_code(0);
    let new = backed_up(&stage);
    restored(&stage, &old);
    said(
        &stage.run("creds refresh generic").with_code(5),
        "credential.needs_authorization",
    );
    restored(&stage, &new);
    said(
        &stage.run("creds refresh generic").with_code(5),
        "credential.needs_authorization",
    );
}

/// The server used the token up; asked about it, it says so, and we do not use it again.
fn lost_answer(server: &mut Server) {
    let stage = connected(server, "person-post");
    server.tell("lose answer").expect("the server listens");
    let lost = stage.run("creds refresh generic");
    assert_ne!(lost.code, Some(0), "{lost:?}");
    said(
        &stage.run("creds refresh generic").with_code(5),
        "credential.needs_authorization",
    );
}

/// The server never saw the request; asked about the token, it says that it is good.
fn lost_request(server: &mut Server) {
    let stage = connected(server, "person-post");
    server.tell("lose request").expect("the server listens");
    let _ = stage.run("creds refresh generic");
    let _ = stage.run("creds refresh generic").with_code(0);
    reaches(&stage);
}

fn revoked(server: &mut Server) {
    let stage = connected(server, "person-post");
    let before = backed_up(&stage);
    let out = stage.run("creds logout generic").with_code(0);
    assert!(out.stdout.contains("at the vendor too"), "{out:?}");
    restored(&stage, &before);
    said(
        &stage.run("creds refresh generic").with_code(5),
        "credential.needs_authorization",
    );
}
