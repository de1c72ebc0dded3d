//! Five tokens a day, and what a token is good for.

use std::time::Duration;

use bytes::Bytes;
use rackrate_auth::lifecycle::{Lifecycle, Need, Refusal, Ticket};
use rackrate_core::adapter::Adapter;
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Response;
use rackrate_core::limit::Scope;
use rackrate_core::secret::Secret;
use rackrate_core::simulator::{Control, SimulatorSetup};

use crate::support::*;

const HOUR: u64 = 3_600;

fn token(world: &mut World, kind: &str, body: &str) -> (u16, String) {
    let request = http::Request::post("https://open-api.guesty.com/oauth2/token")
        .header("content-type", kind)
        .body(Bytes::from(body.to_owned()))
        .unwrap();
    let answer = world.raw(request);
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    (answer.status.as_u16(), text)
}

#[test]
fn the_sixth_token_of_a_day_is_refused_with_a_wait() {
    let mut world = World::new(setup());
    for _ in 0..5 {
        world.sign_in().unwrap();
        world.wait(HOUR);
    }
    let error = world.sign_in().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(HOUR)));
    assert_eq!(world.vendor.record().breaches, 1);
    world.wait(60);
    assert!(world.sign_in().is_err());
    assert_eq!(world.vendor.record().early_repeats, 1);
    // The first one leaves the day's span after 24 hours.
    world.wait(19 * HOUR);
    world.sign_in().unwrap();
    assert!(world.sign_in().is_err());
}

#[test]
fn a_restart_forgets_neither_the_days_tokens_nor_the_live_one() {
    let mut world = World::new(setup());
    for _ in 0..5 {
        world.sign_in().unwrap();
    }
    let saved = world.vendor.save();
    let token = world.token.clone().unwrap();
    assert!(!saved.contains(token.access.expose()));
    let mut again = World::new(SimulatorSetup {
        saved: Some(saved),
        ..setup()
    });
    assert_eq!(again.sign_in().unwrap_err().kind(), ErrorKind::Throttled);
    again.token = Some(token);
    assert!(again.discover(&guesty(), &discover_ask()).is_ok());
}

#[test]
fn only_the_published_form_gets_a_token() {
    let mut world = World::new(setup());
    let form = "application/x-www-form-urlencoded";
    let good = "grant_type=client_credentials&scope=open-api&client_id=client-1&client_secret=s3cret+%26+more";
    let json = r#"{"clientId":"client-1","clientSecret":"s3cret & more"}"#;
    assert_eq!(token(&mut world, "application/json", json).0, 400);
    let wrong = good.replace("s3cret", "secret");
    let (status, said) = token(&mut world, form, &wrong);
    assert_eq!(status, 401);
    assert_eq!(
        said,
        r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#
    );
    let scope = good.replace("open-api", "booking_engine:api");
    assert_eq!(token(&mut world, form, &scope).0, 400);
    let grant = good.replace("client_credentials", "password");
    assert_eq!(token(&mut world, form, &grant).0, 400);
    assert_eq!(token(&mut world, form, good).0, 200);
    let record = world.vendor.record();
    assert_eq!((record.token_requests, record.unauthorised), (5, 1));
}

#[test]
fn a_token_too_many_rests_an_hour_and_there_is_nothing_to_refresh() {
    let throttled = guesty()
        .auth()
        .parse_grant(&Response::new(429, ""))
        .unwrap_err();
    assert_eq!(throttled.retry_after(), Some(Duration::from_secs(HOUR)));
    let refresh = Secret::new("x".to_owned());
    let asked = guesty().auth().grant(&secrets(), Ask::Refresh(&refresh));
    assert!(!matches!(asked, Ok(Grant::Exchange(_))));
}

#[test]
fn a_token_of_any_other_spelling_is_refused() {
    let mut world = World::open(setup());
    let token = world.token.clone().unwrap();
    let access = token.access.expose();
    for value in [
        access.to_owned(),
        format!("bearer {access}"),
        "Bearer x".to_owned(),
    ] {
        let request = http::Request::get("https://open-api.guesty.com/v1/listings")
            .header("authorization", value)
            .body(Bytes::new())
            .unwrap();
        assert_eq!(world.raw(request).status.as_u16(), 403);
    }
    assert_eq!(world.vendor.record().unauthorised, 3);
}

#[test]
fn a_token_dies_after_its_life_and_either_status_says_so() {
    let mut setup = setup();
    setup.timing.token_life = Some(30);
    let mut world = World::open(setup);
    assert!(world.discover(&guesty(), &discover_ask()).is_ok());
    world.wait(30);
    let uncertain = world.discover(&guesty(), &discover_ask()).unwrap_err();
    assert_eq!(
        uncertain.kind(),
        ErrorKind::Unauthenticated { certain: false }
    );
    world.switch("expired", "401");
    let certain = world.discover(&guesty(), &discover_ask()).unwrap_err();
    assert_eq!(certain.kind(), ErrorKind::Unauthenticated { certain: true });
    world.sign_in().unwrap();
    world.vendor.control(&Control::RevokeTokens, world.now);
    assert!(world.discover(&guesty(), &discover_ask()).is_err());
}

/// How many tokens are asked for where the vendor takes every one back after a call that it
/// served, and what a caller says of each refusal.
fn tokens_of_turns(refusal: Refusal) -> u64 {
    let (adapter, mut world) = (guesty(), World::new(setup()));
    let (mut life, mut ticket) = (Lifecycle::renewable(), Ticket(0));
    for _ in 0..20 {
        let now = (world.now, Wall(0));
        if life.need(now.0, now.1) == Need::Request {
            life.asked();
            world.sign_in().unwrap();
            ticket = Ticket(ticket.0 + 1);
            let lifetime = world.token.as_ref().unwrap().lifetime;
            life.granted(ticket, lifetime, now);
        }
        match world.discover(&adapter, &discover_ask()) {
            Ok(_) => {
                life.accepted(ticket);
                world.vendor.control(&Control::RevokeTokens, world.now);
            }
            Err(error) => {
                let uncertain = ErrorKind::Unauthenticated { certain: false };
                assert_eq!(error.kind(), uncertain);
                life.refused(ticket, refusal, world.now);
            }
        }
        world.wait(60);
    }
    assert_eq!(world.vendor.record().breaches, 0);
    world.vendor.record().token_requests
}

#[test]
fn refusals_that_come_in_turns_with_answers_cost_two_of_the_days_five_tokens() {
    let first = 1;
    assert_eq!(tokens_of_turns(Refusal::OnceServed), first + 2);
    assert_eq!(tokens_of_turns(Refusal::Unsure), first + 2);
}

#[test]
fn all_connections_of_a_client_share_its_allowances() {
    let adapter = guesty();
    let mut quotas = adapter.limits().quotas().iter();
    assert!(quotas.all(|quota| quota.scope == Scope::Client));
}
