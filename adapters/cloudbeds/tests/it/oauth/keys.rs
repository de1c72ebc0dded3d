//! Keys that come of a consent: what is asked, what is taken for one, and what ends one.

use rackrate_core::adapter::{Carry, Discovery};
use rackrate_core::auth::Rotation;
use rackrate_core::error::{Delivery, ErrorKind};

use super::*;
use crate::support::shown;

const KEY: &str = include_str!("../../../fixtures/key.json");
const REVOKED: &str =
    r#"{"type":"unauthorized","title":"Unauthorized","status":401,"detail":"401 UNAUTHORIZED"}"#;

fn keyed() -> Cloudbeds {
    let settings = SETTINGS.replace("'oauth'", "'key_by_consent'");
    Cloudbeds::new(toml::from_str(&settings).unwrap()).unwrap()
}

/// A partner who had tokens and is about to have a key.
fn migrating() -> (Partner, Token) {
    let mut partner = Partner::new();
    let token = partner.connect();
    partner.adapter = keyed();
    (partner, token)
}

#[test]
fn a_key_is_asked_for_as_tokens_are_but_for_the_grant_type() {
    let (keys, tokens) = (keyed(), partner());
    let in_place = |request: &Request, of: &str, is: &str| {
        let (of, is) = (
            format!("grant_type = {of}\n"),
            format!("grant_type = {is}\n"),
        );
        shown(request).replace(&of, &is)
    };
    let code = "urn:ietf:params:oauth:grant-type:api-key";
    assert_eq!(
        shown(&by_code(&keys, "c0de")),
        in_place(&by_code(&tokens, "c0de"), "authorization_code", code)
    );
    assert_eq!(
        shown(&by_refresh(&keys, "r3fresh")),
        in_place(
            &by_refresh(&tokens, "r3fresh"),
            "refresh_token",
            "refresh_token_exchange"
        )
    );
}

#[test]
fn the_published_key_is_taken_and_is_what_the_simulator_gives() {
    let mut partner = Partner::with(keyed());
    let key = partner.given(&Response::new(200, KEY.to_owned()));
    assert!(key.lifetime.is_none() && key.refresh.is_none());
    let code = partner.code();
    let said = partner.redeem(&code);
    let given = partner.given(&said);
    let shape = |body: &str, key: &Token| body.trim().replace(key.access.expose(), "K");
    assert_eq!(shape(&text(&said), &given), shape(KEY, &key));
    assert!(given.access.expose().starts_with("cbat_"));
    assert!(text(&partner.hotels(&given)).contains(r#""success":true"#));
}

#[test]
fn what_ends_is_no_key() {
    let adapter = keyed();
    for body in [
        golden::TOKEN,
        r#"{"access_token":"cbat_a","expires_in":3600}"#,
        r#"{"access_token":"cbat_a","refresh_token":"r"}"#,
        "{}",
    ] {
        let response = Response::new(200, body.to_owned());
        let error = adapter.auth().parse_grant(&response).unwrap_err();
        let said = (error.kind(), error.delivery());
        assert_eq!(said, (ErrorKind::Malformed, Delivery::Refused), "{body}");
    }
}

#[test]
fn a_code_gives_one_key_and_only_to_its_own_client() {
    let mut partner = Partner::with(keyed());
    let code = partner.code();
    let request = by_code(&partner.adapter, &code);
    let vendor = &partner.adapter.manifest().vendor;
    let wire = request.expose(vendor).unwrap();
    let (head, body) = wire.into_parts();
    let other = String::from_utf8(body.to_vec()).unwrap();
    let other = other.replace("s3cret", "guessed");
    let refused = partner
        .world
        .raw(http::Request::from_parts(head, Bytes::from(other)));
    assert_eq!(refused.status, 401);
    assert_eq!(partner.redeem(&code).status, 200);
    assert_eq!(partner.redeem(&code).status, 401);
    assert_eq!(partner.world.vendor.record().reuses, 1);
    let late = partner.code();
    partner.world.wait(600);
    assert_eq!(partner.redeem(&late).status, 401);
}

#[test]
fn a_refresh_token_becomes_a_key_and_ends_it_when_it_is_used_again() {
    let (mut partner, token) = migrating();
    let said = partner.refresh(&token);
    let key = partner.given(&said);
    assert!(text(&partner.hotels(&key)).contains(r#""success":true"#));
    assert_eq!(partner.world.vendor.record().reuses, 0);
    partner.adapter = super::partner();
    assert_eq!(partner.refresh(&token).status, 401);
    let refused = partner.hotels(&key);
    assert_eq!(
        (refused.status.as_u16(), text(&refused).as_str()),
        (401, REVOKED)
    );
    assert_eq!(partner.world.vendor.record().reuses, 1);
}

#[test]
fn a_refused_key_ends_the_consent_for_nothing_renews_it() {
    let adapter = keyed();
    assert_eq!(consent(&adapter).rotation(), Rotation::Lasting);
    let refused = Response::new(401, REVOKED.to_owned());
    let (carry, mut out) = (Carry::default(), Discovery::default());
    let error = adapter.parse_discover(&everything(), &carry, &refused, &mut out);
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Reconnect);
    assert!(error.text().contains("connect again"), "{error}");
}

#[test]
fn a_key_dies_after_thirty_days_without_a_call() {
    let day = 24 * 3600;
    let mut partner = Partner::with(keyed());
    let key = partner.connect();
    partner.world.wait(29 * day);
    assert_eq!(partner.hotels(&key).status, 200);
    partner.world.wait(30 * day);
    assert_eq!(partner.hotels(&key).status, 401);
}
