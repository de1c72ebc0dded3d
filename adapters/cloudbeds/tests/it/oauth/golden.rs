//! The published answers, against the adapter and against the simulator.

use super::*;

pub(super) const TOKEN: &str = include_str!("../../../fixtures/token.json");
pub(super) const BAD_CODE: &str = include_str!("../../../fixtures/token_bad_code.json");
pub(super) const BAD_CLIENT: &str = include_str!("../../../fixtures/token_bad_client.json");
pub(super) const BAD_REFRESH: &str = include_str!("../../../fixtures/token_bad_refresh.json");
pub(super) const APPROVER: &str = include_str!("../../../fixtures/approver_inactive.json");
pub(super) const NO_CREDENTIAL: &str = include_str!("../../../fixtures/no_credential.json");
pub(super) const BAD_TOKEN: &str = include_str!("../../../fixtures/bad_token.json");

fn parsed(body: &str) -> Token {
    let response = Response::new(200, body.to_owned());
    partner().auth().parse_grant(&response).unwrap()
}

fn is(response: &Response, status: u16, body: &str) {
    assert_eq!(text(response), body.trim());
    assert_eq!(response.status, status);
}

/// The shape of an answer: its opaque texts replaced.
fn shape(body: &str, token: &Token) -> String {
    let refresh = token.refresh.as_ref().unwrap();
    body.trim()
        .replace(token.access.expose(), "A")
        .replace(refresh.expose(), "R")
}

#[test]
fn the_published_token_is_taken_and_is_what_the_simulator_gives() {
    let token = parsed(TOKEN);
    assert_eq!(token.lifetime.map(|life| life.as_secs()), Some(28_800));
    assert!(token.scope.is_none());
    let mut partner = Partner::new();
    let code = partner.code();
    let said = text(&partner.redeem(&code));
    assert_eq!(shape(&said, &parsed(&said)), shape(TOKEN, &token));
    assert_eq!(code.len(), 32);
    assert_eq!(parsed(&said).access.expose().len(), 40);
}

#[test]
fn the_properties_of_a_token_may_be_told_in_any_form() {
    for resources in ["{\"type\":\"property\"}", "[]", "null", "\"302817\""] {
        let (_, head) = TOKEN.trim().split_once('{').unwrap();
        let (head, _) = head.split_once(",\"resources\"").unwrap();
        let body = format!("{{{head},\"resources\":{resources}}}");
        assert!(parsed(&body).refresh.is_some(), "{body}");
    }
}

#[test]
fn the_simulator_refuses_codes_clients_and_tokens_in_the_published_words() {
    let mut partner = Partner::new();
    let code = partner.code();
    partner.redeem(&code);
    let again = partner.redeem(&code);
    is(&again, 401, BAD_CODE);
    let stranger = by_code(&partner.adapter, "nonsense");
    let said = partner.send(stranger, None);
    is(&said, 401, BAD_CODE);
    let refresh = by_refresh(&partner.adapter, "nonsense");
    let said = partner.send(refresh, None);
    is(&said, 401, BAD_REFRESH);
    let form = "grant_type=refresh_token&client_id=nobody&client_secret=x&refresh_token=x";
    let request = http::Request::post("https://hotels.cloudbeds.com/api/v1.3/access_token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from_static(form.as_bytes()));
    let said = partner.world.raw(request.unwrap());
    is(&said, 401, BAD_CLIENT);
}

#[test]
fn the_simulator_refuses_calls_in_the_published_words() {
    let mut partner = Partner::new();
    let said = partner
        .world
        .raw(get("https://api.cloudbeds.com/api/v1.3/getHotels"));
    is(&said, 401, NO_CREDENTIAL);
    let token = partner.connect();
    partner
        .world
        .vendor
        .control(&Control::RevokeTokens, partner.world.now);
    is(&partner.hotels(&token), 401, BAD_TOKEN);
    partner.switch("approver", "deactivated");
    is(&partner.refresh(&token), 200, APPROVER);
}
