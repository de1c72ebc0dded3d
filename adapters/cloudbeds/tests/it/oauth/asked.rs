//! What is asked, and where credentials go.

use std::time::Duration;

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::auth::Rotation;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::JobRef;
use rackrate_core::lifetime::Lifetime;

use super::*;
use crate::support::{chunk, ok, row, shown};

fn token() -> Token {
    Token {
        access: Secret::new("t0ken".to_owned()),
        lifetime: None,
        refresh: None,
        scope: None,
    }
}

#[test]
fn a_person_is_asked_for_three_scopes_at_the_vendors_address() {
    let adapter = partner();
    let first = adapter.auth().grant(&secrets(), Ask::First).unwrap();
    assert!(matches!(first, Grant::Person));
    insta::assert_snapshot!(authorize(&adapter), @"https://hotels.cloudbeds.com/api/v1.3/oauth?response_type=code&client_id=myApp_12345&redirect_uri=https%3A%2F%2Frackrate.example.test%2Fcallback&state=st4te&scope=read%3Ahotel+read%3Arate+write%3Arate");
}

#[test]
fn codes_and_refresh_tokens_are_exchanged_in_the_form() {
    let adapter = partner();
    let code = shown(&by_code(&adapter, "c0de"));
    let refresh = shown(&by_refresh(&adapter, "r3fresh"));
    insta::assert_snapshot!(format!("{code}\n{refresh}"), @"
    POST https://hotels.cloudbeds.com/api/v1.3/access_token
    content-type: application/x-www-form-urlencoded
    grant_type = authorization_code
    code = c0de
    redirect_uri = https://rackrate.example.test/callback
    client_id = myApp_12345
    client_secret = s3cret

    POST https://hotels.cloudbeds.com/api/v1.3/access_token
    content-type: application/x-www-form-urlencoded
    grant_type = refresh_token
    refresh_token = r3fresh
    client_id = myApp_12345
    client_secret = s3cret
    ");
}

#[test]
fn a_grant_stays_is_not_looked_at_and_not_ended() {
    let adapter = partner();
    let consent = consent(&adapter);
    let token = Secret::new("r".to_owned());
    assert_eq!(consent.rotation(), Rotation::Stays);
    assert!(!consent.has_pkce());
    assert!(consent.introspect(&secrets(), &token).is_none());
    assert!(consent.revoke(&secrets(), &token).is_none());
    assert_eq!(consent.issuer(), None);
    let shortest = Lifetime::shortest_unused(adapter.auth().lifetimes());
    assert_eq!(shortest, Some(Duration::from_secs(30 * 24 * 3600)));
    let manifest = adapter.manifest();
    assert_eq!(manifest.secrets, ["client_id", "client_secret"]);
    assert_eq!(manifest.scopes, ["read:hotel", "read:rate", "write:rate"]);
    assert_eq!(manifest.client.as_deref(), Some("ours"));
    let bases: Vec<_> = manifest.bases.iter().map(Url::as_str).collect();
    insta::assert_snapshot!(bases.join(" "), @"https://api.cloudbeds.com/api/v1.3 https://hotels.cloudbeds.com/api/v1.3");
}

#[test]
fn a_token_goes_to_the_api_and_nowhere_else() {
    let adapter = partner();
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-27", 12_900)]);
    let mut push = adapter.push(&chunk).unwrap();
    adapter
        .auth()
        .apply(&secrets(), Some(&token()), &mut push)
        .unwrap();
    let sent = shown(&push);
    assert!(sent.contains("authorization: Bearer t0ken\n"), "{sent}");
    assert!(!sent.contains("x-api-key"), "{sent}");
    let elsewhere = url("https://hotels.cloudbeds.com/api/v1.3");
    let mut odd = Request::get(Operation::Read, &elsewhere, "/getHotels");
    let refused = adapter
        .auth()
        .apply(&secrets(), Some(&token()), &mut odd)
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Bug);
}

#[test]
fn a_page_on_the_vendors_second_host_is_asked_of_the_api() {
    let adapter = partner();
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-27", 12_900)]);
    let page = |host: &str| {
        let link = format!("https://{host}/api/v1.3/getRateJobs?page=2");
        let other = r#"{"jobReferenceID":"7","status":"completed","updates":[]}"#;
        let body = format!(
            r#"{{"success":true,"hasNextPage":true,"nextPage":"{link}","data":[{other}]}}"#
        );
        let job = JobRef::new("5").unwrap();
        let jobs = adapter.jobs().unwrap();
        jobs.parse_poll(&chunk, &job, &Carry::default(), &ok(&body))
    };
    let Ok(Step::Next { request, .. }) = page("hotels.cloudbeds.com") else {
        panic!("no next page")
    };
    let mut request = *request;
    adapter
        .auth()
        .apply(&secrets(), Some(&token()), &mut request)
        .unwrap();
    assert_eq!(request.url().host_str(), Some("api.cloudbeds.com"));
    assert!(page("elsewhere.test").is_err());
}
