//! The vendor's published examples, against the adapter and against the simulator.

use bytes::Bytes;
use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery, Step, Submission};
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::money::Minor;
use rackrate_core::series::Seen;

use crate::support::*;

const FORM: &str = include_str!("../../fixtures/patch_form.txt");

fn discovered(body: &[u8]) -> Discovery {
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2027-02-01"),
    };
    let mut out = Discovery::default();
    let response = rackrate_core::exchange::Response::new(200, body.to_vec());
    cloudbeds()
        .parse_discover(&ask, &Carry::default(), &response, &mut out)
        .unwrap();
    out
}

fn get(path: &str) -> http::Request<Bytes> {
    http::Request::get(format!("https://api.cloudbeds.com/api/v1.3/{path}"))
        .header("x-api-key", "cbat_test")
        .body(Bytes::new())
        .unwrap()
}

fn post(form: &str) -> http::Request<Bytes> {
    http::Request::post("https://api.cloudbeds.com/api/v1.3/patchRate")
        .header("x-api-key", "cbat_test")
        .header("x-property-id", "302817")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form.trim().to_owned()))
        .unwrap()
}

#[test]
fn the_published_property_is_what_the_simulator_shows() {
    let said = World::new(setup()).raw(get("getHotels"));
    assert_eq!(discovered(HOTELS.as_bytes()), discovered(&said.body));
}

#[test]
fn the_published_night_is_read_without_extra_guests() {
    let mut seen = Seens::default();
    let ask = ask("2027-02-27", "2027-02-27");
    let adapter = cloudbeds();
    let step = adapter.parse_read(&ask, &Carry::default(), &ok(RATES), &mut seen);
    assert!(matches!(step, Ok(Step::Done(()))));
    let price = Seen::Price(Minor(12_964));
    assert_eq!(
        seen.prices,
        [(ids("810949"), 2, night("2027-02-27"), price)]
    );
    assert_eq!(seen.rules[0].2, no_restriction());
    let mut shown = Seens::default();
    let said = World::new(setup()).send(&adapter, adapter.read(&ask).unwrap());
    adapter
        .parse_read(&ask, &Carry::default(), &said, &mut shown)
        .unwrap();
    assert_eq!(shown.prices[0], seen.prices[0]);
    assert_eq!(shown.rules[0], seen.rules[0]);
    assert_eq!(shown.prices[1].3, Seen::Price(Minor(11_668)));
}

#[test]
fn the_published_form_is_what_is_pushed_and_what_is_taken() {
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-27", 12_900)]);
    let adapter = cloudbeds();
    let request = adapter.push(&chunk).unwrap();
    let wire = request.expose(&adapter.manifest().vendor).unwrap();
    assert_eq!(std::str::from_utf8(wire.body()).unwrap(), FORM.trim());
    let said = World::new(setup()).raw(post(FORM));
    assert_eq!(said.body, ACCEPTED.trim());
    let job = JobRef::new("199066486").unwrap();
    assert_eq!(
        adapter.parse_push(&chunk, &said).unwrap(),
        Submission::Queued(job)
    );
}

#[test]
fn the_published_job_is_finished_as_the_simulators_is() {
    let chunk = chunk(vec![row("810949", "2027-02-27", "2027-02-27", 12_900)]);
    let mut world = World::new(setup());
    world.raw(post(FORM));
    world.wait(5);
    let said = world.raw(get(
        "getRateJobs?jobReferenceID=199066486&propertyID=302817",
    ));
    let job = JobRef::new("199066486").unwrap();
    let adapter = cloudbeds();
    let jobs = adapter.jobs().unwrap();
    for response in [ok(JOB), said] {
        let state = jobs
            .parse_poll(&chunk, &job, &Carry::default(), &response)
            .unwrap();
        let Step::Done(JobState::Finished(receipt)) = state else {
            panic!("{state:?}")
        };
        assert_eq!(receipt.reference.as_deref(), Some("199066486"));
        assert!(receipt.refused.is_empty());
    }
}

#[test]
fn the_simulator_refuses_in_the_vendors_published_words() {
    let mut world = World::new(setup());
    let said = |world: &mut World, request| {
        let response = world.raw(request);
        (
            response.status.as_u16(),
            String::from_utf8(response.body.to_vec()).unwrap(),
        )
    };
    let unknown = said(&mut world, get("getNothing"));
    assert_eq!(
        unknown,
        (404, r#"{"status":false,"error":"Unknown method."}"#.into())
    );
    let equal = said(
        &mut world,
        get("getRatePlans?startDate=2027-02-02&endDate=2027-02-02"),
    );
    let text = "Parameter endDate should be greater than startDate";
    assert_eq!(
        equal,
        (200, format!(r#"{{"success":false,"message":"{text}"}}"#))
    );
    world
        .vendor
        .control(&rackrate_core::simulator::Control::RevokeTokens, world.now);
    let revoked = r#"{"type":"unauthorized","title":"Unauthorized","status":401,"detail":"401 UNAUTHORIZED"}"#;
    assert_eq!(said(&mut world, get("getHotels")), (401, revoked.into()));
}

#[test]
fn a_wrong_price_name_completes_and_changes_nothing() {
    let mut world = World::new(setup());
    world.raw(post(&FORM.replace("%5Brate%5D=", "%5BroomRate%5D=")));
    world.wait(10);
    assert!(world.vendor.record().changes.is_empty());
    let said = world.raw(get("getRateJobs"));
    assert!(
        std::str::from_utf8(&said.body)
            .unwrap()
            .contains("completed")
    );
}
