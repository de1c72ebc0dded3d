//! A Vault behind real sockets: logins, leases, answers.

use rackrate_auth::source::SecretRef;
use serde_json::json;
use wiremock::matchers::{body_json, header, header_exists, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

fn place(text: &str) -> VaultRef {
    match SecretRef::parse(text).unwrap() {
        SecretRef::Vault(place) => place,
        other => panic!("{other:?}"),
    }
}

fn key() -> VaultRef {
    place("vault:kv/hotel/cloudbeds#api_key")
}

/// A Vault with these settings beside its address.
fn vault(server: &MockServer, settings: &str, variables: &[(&str, &str)]) -> Vault {
    let mut settings: VaultSettings = serde_json::from_str(settings).unwrap();
    settings.address = Some(server.uri().parse().unwrap());
    let environment = Environment::of(variables.iter().copied());
    Vault::new(settings, environment, Files::below("/"), DEADLINE)
}

fn with_token(server: &MockServer) -> Vault {
    vault(server, "{}", &[("VAULT_TOKEN", "hvs.TOKEN")])
}

const AS_MACHINE: &str = r#"{"auth": "approle", "role_id": "env:ROLE", "secret_id": "env:SECRET"}"#;

fn as_machine(server: &MockServer) -> Vault {
    vault(
        server,
        AS_MACHINE,
        &[("ROLE", "role-MARKER"), ("SECRET", "id-MARKER")],
    )
}

fn holding(value: &str) -> ResponseTemplate {
    let data = json!({"api_key": value, "user": "x"});
    ResponseTemplate::new(200)
        .set_body_json(json!({"data": {"data": data, "metadata": {"version": 3}}}))
}

fn session(token: &str, seconds: u64) -> ResponseTemplate {
    let auth = json!({"client_token": token, "lease_duration": seconds, "renewable": true});
    ResponseTemplate::new(200).set_body_json(json!({ "auth": auth }))
}

fn refused(status: u16, words: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "errors": [words] }))
}

async fn reads(server: &MockServer, token: &str, answer: ResponseTemplate, times: u64) {
    Mock::given(method("GET"))
        .and(path("/v1/kv/data/hotel/cloudbeds"))
        .and(header("x-vault-token", token))
        .respond_with(answer)
        .expect(times)
        .mount(server)
        .await;
}

async fn logins(server: &MockServer, answer: ResponseTemplate, times: u64) {
    Mock::given(method("POST"))
        .and(path("/v1/auth/approle/login"))
        .respond_with(answer)
        .expect(times)
        .mount(server)
        .await;
}

/// What the server answers to one read is told so.
async fn told(answer: ResponseTemplate) -> SecretError {
    let server = MockServer::start().await;
    reads(&server, "hvs.TOKEN", answer, 1).await;
    with_token(&server).fetch(&key()).await.unwrap_err()
}

#[tokio::test]
async fn a_given_token_reads_a_field_each_time_anew() {
    let server = MockServer::start().await;
    Mock::given(header("x-vault-namespace", "hotels"))
        .and(header("x-vault-request", "true"))
        .and(header_exists("x-vault-token"))
        .respond_with(holding("first"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    reads(&server, "hvs.TOKEN", holding("second"), 1).await;
    let vault = vault(
        &server,
        r#"{"namespace": "hotels"}"#,
        &[("VAULT_TOKEN", "hvs.TOKEN")],
    );
    assert_eq!(vault.fetch(&key()).await.unwrap().expose(), "first");
    assert_eq!(vault.fetch(&key()).await.unwrap().expose(), "second");
}

#[tokio::test]
async fn a_machine_logs_in_once_for_many_reads() {
    let server = MockServer::start().await;
    let sent = json!({"role_id": "role-MARKER", "secret_id": "id-MARKER"});
    Mock::given(path("/v1/auth/approle/login"))
        .and(body_json(sent))
        .respond_with(session("hvs.A", 3600))
        .expect(1)
        .mount(&server)
        .await;
    reads(&server, "hvs.A", holding("v"), 3).await;
    let vault = as_machine(&server);
    let place = key();
    let all = tokio::join!(
        vault.fetch(&place),
        vault.fetch(&place),
        vault.fetch(&place)
    );
    assert!(all.0.is_ok() && all.1.is_ok() && all.2.is_ok());
}

#[tokio::test]
async fn a_pod_logs_in_with_its_token_as_it_is_now() {
    let server = MockServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let jwt = folder.path().join("token");
    std::fs::write(&jwt, "ey.jwt\n").unwrap();
    Mock::given(path("/v1/auth/k8s/hotels/login"))
        .and(body_json(json!({"role": "rackrate", "jwt": "ey.jwt"})))
        .respond_with(session("hvs.P", 3600))
        .expect(1)
        .mount(&server)
        .await;
    reads(&server, "hvs.P", holding("v"), 1).await;
    let settings = json!({"auth": "kubernetes", "auth_mount": "k8s/hotels", "role": "rackrate",
        "jwt": format!("file:{}", jwt.display())});
    let vault = vault(&server, &settings.to_string(), &[]);
    assert_eq!(vault.fetch(&key()).await.unwrap().expose(), "v");
}

/// The lease of a kept session, as if it had been given so long ago.
async fn aged(vault: &Vault, seconds: u64) {
    let mut kept = vault.session.lock().await;
    let session = kept.as_mut().unwrap();
    session.since -= Duration::from_secs(seconds);
}

#[tokio::test]
async fn a_login_is_renewed_when_two_thirds_of_it_are_over() {
    let server = MockServer::start().await;
    logins(&server, session("hvs.A", 90), 1).await;
    Mock::given(path("/v1/auth/token/renew-self"))
        .and(header("x-vault-token", "hvs.A"))
        .respond_with(session("hvs.A", 90))
        .expect(1)
        .mount(&server)
        .await;
    reads(&server, "hvs.A", holding("v"), 3).await;
    let vault = as_machine(&server);
    vault.fetch(&key()).await.unwrap();
    aged(&vault, 61).await;
    vault.fetch(&key()).await.unwrap();
    vault.fetch(&key()).await.unwrap();
}

#[tokio::test]
async fn a_login_that_cannot_be_renewed_is_made_again() {
    let server = MockServer::start().await;
    logins(&server, session("hvs.A", 90), 2).await;
    Mock::given(path("/v1/auth/token/renew-self"))
        .respond_with(refused(403, "permission denied"))
        .expect(1)
        .mount(&server)
        .await;
    reads(&server, "hvs.A", holding("v"), 2).await;
    let vault = as_machine(&server);
    vault.fetch(&key()).await.unwrap();
    aged(&vault, 61).await;
    vault.fetch(&key()).await.unwrap();
}

#[tokio::test]
async fn a_sealed_vault_at_renewal_does_not_end_a_login_that_lives() {
    let server = MockServer::start().await;
    logins(&server, session("hvs.A", 90), 1).await;
    Mock::given(path("/v1/auth/token/renew-self"))
        .respond_with(refused(503, "Vault is sealed"))
        .expect(1)
        .mount(&server)
        .await;
    reads(&server, "hvs.A", holding("v"), 2).await;
    let vault = as_machine(&server);
    vault.fetch(&key()).await.unwrap();
    aged(&vault, 61).await;
    vault.fetch(&key()).await.unwrap();
}

#[tokio::test]
async fn a_revoked_login_is_replaced_once() {
    let server = MockServer::start().await;
    let login = Mock::given(path("/v1/auth/approle/login"));
    login
        .respond_with(session("hvs.A", 3600))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    reads(&server, "hvs.A", holding("v").clone(), 1).await;
    let vault = as_machine(&server);
    vault.fetch(&key()).await.unwrap();
    server.reset().await;
    logins(&server, session("hvs.B", 3600), 1).await;
    reads(&server, "hvs.A", refused(403, "permission denied"), 1).await;
    reads(&server, "hvs.B", holding("w"), 1).await;
    assert_eq!(vault.fetch(&key()).await.unwrap().expose(), "w");
}

#[tokio::test]
async fn a_refusal_after_a_new_login_is_told_and_not_tried_again() {
    let server = MockServer::start().await;
    logins(&server, session("hvs.A", 3600), 1).await;
    reads(
        &server,
        "hvs.A",
        refused(403, "1 error: permission denied"),
        1,
    )
    .await;
    let error = as_machine(&server).fetch(&key()).await.unwrap_err();
    assert_eq!(error.code(), "secret.refused");
    assert!(error.to_string().contains("permission denied"), "{error}");
}

#[tokio::test]
async fn a_refused_login_says_so_without_what_was_sent() {
    let server = MockServer::start().await;
    let words = "invalid role or secret ID: role-MARKER and id-MARKER";
    logins(&server, refused(400, words), 1).await;
    let vault = as_machine(&server);
    let error = vault.fetch(&key()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the login to Vault: Vault does not allow it (status 400): invalid role or secret ID: … and …"
    );
    assert!(!format!("{error:?} {vault:?}").contains("MARKER"));
}

#[tokio::test]
async fn what_vault_answers_is_told_by_its_kind() {
    let deleted = json!({"data": {"data": null, "metadata": {"deletion_time": "2026-01-01"}}});
    let flat = json!({"data": {"api_key": "MARKER"}});
    let cases = [
        (
            refused(503, "Vault is sealed"),
            "secret.unavailable",
            "Vault is sealed",
        ),
        (
            refused(403, "permission denied"),
            "secret.refused",
            "permission denied",
        ),
        (
            ResponseTemplate::new(404).set_body_json(json!({"errors": []})),
            "secret.not_found",
            "no such path",
        ),
        (
            ResponseTemplate::new(404).set_body_json(deleted),
            "secret.not_found",
            "deleted",
        ),
        (
            ResponseTemplate::new(200).set_body_json(flat),
            "secret.unusable",
            "version 2",
        ),
        (
            ResponseTemplate::new(200).set_body_string("MARKER"),
            "secret.unusable",
            "version 2",
        ),
        (
            ResponseTemplate::new(302).insert_header("location", "/"),
            "secret.misconfigured",
            "redirects",
        ),
    ];
    for (answer, code, words) in cases {
        let error = told(answer).await;
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("MARKER"), "{error:?}");
    }
}

#[tokio::test]
async fn a_field_that_is_missing_is_told_with_those_that_are_there() {
    let server = MockServer::start().await;
    reads(&server, "hvs.TOKEN", holding("MARKER"), 1).await;
    let wrong = place("vault:kv/hotel/cloudbeds#apikey");
    let error = with_token(&server).fetch(&wrong).await.unwrap_err();
    assert_eq!(error.hint(), "It has: api_key, user.");
    assert!(!format!("{error:?}").contains("MARKER"));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let endless = ResponseTemplate::new(200).set_body_bytes(vec![b' '; 3 * 1024 * 1024]);
    assert!(told(endless).await.to_string().contains("larger than"));
}

#[tokio::test]
async fn a_vault_that_does_not_answer_is_unavailable() {
    let server = MockServer::start().await;
    reads(&server, "hvs.TOKEN", holding("v").set_delay(DEADLINE), 1).await;
    let mut vault = with_token(&server);
    vault.deadline = Duration::from_millis(50);
    let error = vault.fetch(&key()).await.unwrap_err();
    assert_eq!(error.code(), "secret.unavailable");
}

#[tokio::test]
async fn without_an_address_nothing_is_asked() {
    let environment = Environment::of([("VAULT_TOKEN", "x"), ("VAULT_ADDR", "http://vault.test")]);
    let files = Files::below("/");
    let insecure = Vault::new(
        VaultSettings::default(),
        environment,
        files.clone(),
        DEADLINE,
    );
    let error = insecure.fetch(&key()).await.unwrap_err();
    assert!(
        error.to_string().contains("plain http to another machine"),
        "{error}"
    );
    let environment = Environment::of([("VAULT_TOKEN", "x")]);
    let nowhere = Vault::new(VaultSettings::default(), environment, files, DEADLINE);
    let error = nowhere.fetch(&key()).await.unwrap_err();
    assert_eq!(error.code(), "secret.misconfigured");
    assert!(error.hint().contains("VAULT_ADDR"));
}
