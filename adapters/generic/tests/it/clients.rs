//! Statements that a client signs: ours are believed, and a strict server believes no other.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use rackrate_auth::assertion;
use rackrate_core::adapter::Adapter;
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::ids::Vendor;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Simulator, SimulatorSetup, Timing};
use rackrate_generic::{Config, Generic, simulator};
use serde_json::{Value, json};

use crate::support::EPOCH;

const ADDRESS: &str = "https://pms.example.test/api";
const NOW: i64 = EPOCH.0 / 1_000;

/// A client with its key, and the server that knows it.
struct Play {
    key: EcdsaKeyPair,
    secrets: Secrets,
    server: Box<dyn Simulator>,
    sent: u64,
}

fn play() -> Play {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let der = STANDARD.encode(key.to_pkcs8v1().unwrap().as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    let secrets = Secrets::new([secret("client_id", "rackrate"), secret("client_key", &pem)]);
    let setup = SimulatorSetup {
        seed: 1,
        epoch: EPOCH,
        hotels: Vec::new(),
        secrets: secrets.clone(),
        saved: None,
        timing: Timing::default(),
    };
    Play {
        key,
        secrets,
        server: simulator::new(setup).unwrap(),
        sent: 0,
    }
}

impl Play {
    fn send(&mut self, request: http::Request<Bytes>) -> u16 {
        self.sent += 1;
        self.server.arrive(self.sent, request, Mono(0));
        let answer = self.server.answer(self.sent, Mono(0));
        answer.status().as_u16()
    }

    /// The adapter's token request, signed when it leaves.
    fn ours(&self, settings: Value, now: Wall) -> http::Request<Bytes> {
        let config: Config = serde_json::from_value(settings).unwrap();
        let adapter = Generic::new(config).unwrap();
        let vendor = &adapter.manifest().vendor;
        let Ok(Grant::Exchange(mut request)) = adapter.auth().grant(&self.secrets, Ask::First)
        else {
            panic!("client credentials are exchanged");
        };
        assertion::sign(&mut request, vendor, now).unwrap();
        request.expose(vendor).unwrap()
    }

    /// A statement of any form, under any algorithm's name.
    fn statement(&self, alg: &str, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", part(&json!({ "alg": alg })), part(claims));
        let random = aws_lc_rs::rand::SystemRandom::new();
        let signature = self.key.sign(&random, message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn tell(&mut self, statement: &str) -> u16 {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", "rates:read")
            .append_pair("client_assertion_type", kind)
            .append_pair("client_assertion", statement)
            .finish();
        let request = http::Request::post(format!("{ADDRESS}/oauth/token"))
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(form.into()).unwrap())
    }
}

fn claims() -> Value {
    json!({"iss": "rackrate", "sub": "rackrate", "aud": ADDRESS, "jti": "1", "iat": NOW, "exp": NOW + 60})
}

fn signing() -> Value {
    json!({"base_url": ADDRESS, "client_auth": "private_key_jwt"})
}

#[test]
fn a_statement_of_ours_earns_a_token_once() {
    let mut play = play();
    let request = play.ours(signing(), EPOCH);
    assert_eq!(play.send(request.clone()), 200);
    assert_eq!(play.send(request), 401);
    let next = play.ours(signing(), EPOCH);
    assert_eq!(play.send(next), 200);
}

#[test]
fn a_statement_for_another_server_or_of_another_hour_earns_nothing() {
    let mut play = play();
    let mut elsewhere = signing();
    elsewhere["client_audience"] = json!("https://other.test");
    for (settings, now) in [
        (elsewhere, EPOCH),
        (signing(), Wall(EPOCH.0 - 3_600_000)),
        (signing(), Wall(EPOCH.0 + 3_600_000)),
    ] {
        let request = play.ours(settings, now);
        assert_eq!(play.send(request), 401);
    }
}

#[test]
fn a_strict_server_believes_nothing_that_is_not_whole() {
    let mut play = play();
    assert_eq!(play.tell(&play.statement("ES256", &claims())), 200);
    for (name, value) in [
        ("iss", json!("stranger")),
        ("sub", json!("stranger")),
        ("aud", json!("https://pms.example.test")),
        ("aud", json!([ADDRESS, "https://other.test"])),
        ("exp", json!(NOW)),
        ("exp", json!(NOW + 3_600)),
        ("exp", Value::Null),
        ("iat", json!(NOW + 30)),
        ("jti", json!("")),
        ("jti", json!("1")),
        ("jti", Value::Null),
    ] {
        let mut wrong = claims();
        wrong["jti"] = json!(format!("{name} is {value}"));
        wrong[name] = value.clone();
        let status = play.tell(&play.statement("ES256", &wrong));
        assert_eq!(status, 401, "{name} {value}");
    }
}

#[test]
fn a_statement_that_another_key_signed_or_none_earns_nothing() {
    let (mut mine, other) = (play(), play());
    let theirs = other.statement("ES256", &claims());
    assert_eq!(mine.tell(&theirs), 401);
    let named = mine.statement("none", &claims());
    assert_eq!(mine.tell(&named), 401);
    let whole = mine.statement("ES256", &claims());
    let (message, _) = whole.rsplit_once('.').unwrap();
    assert_eq!(mine.tell(&format!("{message}.")), 401);
}

#[test]
fn a_client_that_signs_is_not_believed_a_secret() {
    let mut play = play();
    let secret = |name: &str| (name.to_owned(), Secret::new("rackrate".to_owned()));
    let shared = Secrets::new([secret("client_id"), secret("client_secret")]);
    let config = json!({"base_url": ADDRESS, "client_auth": "basic"});
    let adapter = Generic::new(serde_json::from_value(config).unwrap()).unwrap();
    let Ok(Grant::Exchange(request)) = adapter.auth().grant(&shared, Ask::First) else {
        panic!("client credentials are exchanged");
    };
    let request = request.expose(&Vendor::constant("generic")).unwrap();
    assert_eq!(play.send(request), 401);
}
