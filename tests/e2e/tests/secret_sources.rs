//! Secrets from a Vault and from programs: the real program over real sockets, with what it
//! was given searched for in all that it said and wrote.

#![expect(
    clippy::unwrap_used,
    reason = "a Vault that cannot be made ends the test"
)]

use rackrate_e2e::outputs::Outputs;
use rackrate_e2e::vendors::FAST;
use rackrate_e2e::{Hotel, Program, Stage};
use tokio::runtime::Runtime;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const CLIENT_SECRET: &str = "planted-exec+3a/7c&one=1";
const API_KEY: &str = "cbat_planted+vault/8e&two=2";
const TOKEN: &str = "hvs.planted+token/5d&three=3";
const SECRET_ID: &str = "planted-secret-id+6b/2f&four=4";

/// A Vault with the key of Cloudbeds, and the runtime it lives on.
struct Stand {
    runtime: Runtime,
    server: MockServer,
}

impl Stand {
    fn new(reads: ResponseTemplate) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            let auth = serde_json::json!({"auth": {"client_token": TOKEN, "lease_duration": 60, "renewable": true}});
            Mock::given(path("/v1/auth/approle/login"))
                .respond_with(ResponseTemplate::new(200).set_body_json(auth))
                .mount(&server)
                .await;
            Mock::given(path("/v1/kv/data/hotel/cloudbeds"))
                .and(header("x-vault-token", TOKEN))
                .respond_with(reads)
                .mount(&server)
                .await;
            server
        });
        Self { runtime, server }
    }

    fn holding_the_key() -> Self {
        let body =
            serde_json::json!({"data": {"data": {"api_key": API_KEY}, "metadata": {"version": 1}}});
        Self::new(ResponseTemplate::new(200).set_body_json(body))
    }

    fn asked(&self) -> usize {
        let requests = self.runtime.block_on(self.server.received_requests());
        requests.unwrap().len()
    }
}

/// Cloudbeds' key is in the Vault, the other vendor's secret is printed by a program.
fn stage(stand: &Stand) -> (Stage, Program) {
    let secrets = [
        ("client_id", "planted-id"),
        ("client_secret", CLIENT_SECRET),
        ("api_key", API_KEY),
    ];
    let hotel = Hotel::lisbon(3);
    let stage = Stage::with(&["cloudbeds", "generic"], vec![hotel], &secrets, FAST);
    std::fs::remove_file(stage.path("secrets/api_key")).unwrap();
    let at = |from: &str, to: &str| stage.change("rackrate.toml", from, to);
    at("file:secrets/api_key", "vault:kv/hotel/cloudbeds#api_key");
    at(
        "file:secrets/client_secret",
        "exec:cat 'secrets/client_secret'",
    );
    let address = stand.server.uri();
    at(
        "[guards]",
        &format!(
            "allow_exec = true\n[vault]\naddress = \"{address}\"\nauth = \"approle\"\nrole_id = \"env:ROLE_ID\"\nsecret_id = \"env:SECRET_ID\"\n[guards]"
        ),
    );
    stage.calendar(|night| Some(110 + u64::from(night)));
    let program = stage
        .program()
        .with("ROLE_ID", "rackrate")
        .with("SECRET_ID", SECRET_ID);
    (stage, program)
}

#[test]
fn prices_go_out_with_secrets_from_a_vault_and_a_program_and_none_comes_out() {
    let stand = Stand::holding_the_key();
    let (stage, program) = stage(&stand);
    let mut outputs = Outputs::default();
    for command in ["plan rates.csv", "apply plan.json", "verify"] {
        let ended = program.run(&format!("{command} -vvv --log-format json"));
        outputs.take(command, &ended.with_code(0));
    }
    outputs.take("config show", &program.run("config show -vvv").with_code(0));
    outputs.take_files(&stage, "done");
    for secret in [CLIENT_SECRET, API_KEY, TOKEN, SECRET_ID] {
        assert_eq!(outputs.places(secret), [], "{secret}");
    }
    assert_eq!(
        stage.wrong("cloudbeds", |night| Some(110 + u64::from(night))),
        [""; 0]
    );
}

#[test]
fn looking_at_the_configuration_asks_nobody_for_a_secret() {
    let stand = Stand::holding_the_key();
    let (_stage, program) = stage(&stand);
    let _ = program.run("config validate").with_code(0);
    let shown = program.run("config show").with_code(0).stdout;
    assert_eq!(stand.asked(), 0);
    for reference in [
        "vault:kv/hotel/cloudbeds#api_key",
        "exec:cat secrets/client_secret",
        "env:SECRET_ID",
    ] {
        assert!(shown.contains(reference), "{reference} is not in\n{shown}");
    }
}

#[test]
fn what_is_shown_of_a_configuration_is_a_configuration() {
    let stand = Stand::holding_the_key();
    let (stage, program) = stage(&stand);
    let shown = program.run("config show").with_code(0).stdout;
    stage.write("rackrate.toml", &shown);
    assert_eq!(program.run("config show").with_code(0).stdout, shown);
}

#[test]
fn a_vault_that_is_sealed_stops_the_run_before_anything_is_sent() {
    let body = serde_json::json!({"errors": ["Vault is sealed"]});
    let stand = Stand::new(ResponseTemplate::new(503).set_body_json(body));
    let (stage, program) = stage(&stand);
    let ended = program
        .run("plan rates.csv --errors-file errors.jsonl")
        .with_code(2);
    let findings = stage.findings();
    let [finding] = findings.as_slice() else {
        panic!("{}", ended.stderr);
    };
    assert_eq!(finding.code, "secret.unavailable");
    assert_eq!(
        finding.place.connection.as_ref().unwrap().as_str(),
        "cloudbeds"
    );
    let words = "the secret api_key, vault:kv/hotel/cloudbeds#api_key: Vault cannot answer now (status 503): Vault is sealed";
    assert_eq!(finding.message, words);
    assert!(finding.hint.starts_with("Try again"), "{}", finding.hint);
    assert_eq!(stage.vendors.record("cloudbeds").calls, 0);
}
