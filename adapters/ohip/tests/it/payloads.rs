//! Every request, as it leaves.

use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::ids::JobRef;
use rackrate_core::rules::{Rules, Set};

use crate::support::*;

fn token_request(more: &str) -> String {
    match built(more).auth().grant(&secrets(), Ask::First).unwrap() {
        Grant::Exchange(request) => shown(&request),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_needs_basic_the_app_key_and_the_enterprise() {
    insta::assert_snapshot!(token_request(""), @"
    POST https://tenant.hospitality-api.example.test/oauth/v1/tokens
    content-type: application/x-www-form-urlencoded
    authorization: Basic aWQ6cw==
    x-app-key: 41ecd082-8997-4c69-af34-2f72b83645ff
    enterpriseid: ENT123
    grant_type=client_credentials&scope=urn%3Aopc%3Ahgbu%3Aws%3A__myscopes__
    ");
}

#[test]
fn password_mode_sends_the_integration_user() {
    let body = token_request("mode = 'password'")
        .lines()
        .last()
        .unwrap()
        .to_owned();
    assert_eq!(
        body,
        "grant_type=password&username=RATES%40EXT&password=p+w"
    );
}

#[test]
fn no_credential_leaves_for_another_address_than_the_gateway() {
    let elsewhere = "https://elsewhere.example.test".parse().unwrap();
    let mut request = Request::get(Operation::Poll, &elsewhere, "/");
    let (adapter, world) = world(1);
    let applied = adapter
        .auth()
        .apply(&secrets(), world.token.as_ref(), &mut request);
    assert_eq!(applied.unwrap_err().kind(), ErrorKind::Bug);
    assert!(request.headers.is_empty());
}

#[test]
fn only_the_secrets_of_the_mode_are_asked_for() {
    let of = |more| built(more).manifest().secrets.clone();
    assert_eq!(of(""), ["client_id", "client_secret", "app_key"]);
    assert_eq!(of("mode = 'password'").len(), 5);
}

#[test]
fn a_write_of_prices_has_a_row_for_each_date_with_all_its_prices() {
    let rows = vec![
        row(
            dlx(),
            "2027-02-27",
            "2027-02-27",
            &[(1, 12_000), (2, 12_905)],
            Rules::LEAVE,
        ),
        row(
            ids("S/1", "A&B"),
            "2027-02-28",
            "2027-02-28",
            &[(5, 100)],
            Rules::LEAVE,
        ),
    ];
    let request = ohip().push(&chunk(Operation::Push, rows)).unwrap();
    insta::assert_snapshot!(shown(&request), @r#"
    POST https://tenant.hospitality-api.example.test/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules
    content-type: application/json
    x-hotelid: HTL1
    {"dailyRatePlanSchedule":[{"rateAmounts":{"onePersonRate":120.00,"twoPersonRate":129.05},"rateDate":"2027-02-27","ratePlanCode":"MYDAILY","roomType":"DLX"},{"rateAmounts":{"fivePersonRate":1.00},"rateDate":"2027-02-28","ratePlanCode":"A&B","roomType":"S/1"}]}
    "#);
}

#[test]
fn a_write_of_restrictions_has_an_item_for_each_kind() {
    let rules = Rules {
        min_stay_arrival: Set::Clear,
        min_stay_through: Set::To(3),
        closed_to_arrival: Set::To(true),
        stop_sell: Set::To(false),
        ..Rules::LEAVE
    };
    let request = ohip()
        .push(&ruled("2027-02-27", "2027-03-01", rules))
        .unwrap();
    let text = shown(&request);
    assert!(text.starts_with("POST https://tenant.hospitality-api.example.test/par/async/v1/externalSystems/EXT/hotels/HTL1/restrictions\n"));
    let statuses: Vec<&str> = text
        .split("\"restrictionStatus\":")
        .skip(1)
        .map(|part| part.split("},").next().unwrap())
        .collect();
    insta::assert_snapshot!(statuses.join("\n"), @r#"
    {"code":"MinimumLengthOfStay","unit":1
    {"code":"MinimumStayThrough","unit":3
    {"code":"ClosedForArrival"
    {"code":"Open"
    "#);
}

#[test]
fn reads_and_polls_name_the_hotel_twice_and_encode_what_is_opaque() {
    let adapter = built("restrictions = false");
    let discover = DiscoverAsk {
        mapped: Vec::new(),
        property: Some(id("HTL 2/b")),
        today: night("2027-01-01"),
    };
    let read = rackrate_core::adapter::ReadAsk {
        target: target_of("HTL 2/b"),
        ..ask("2027-01-01", "2027-12-31")
    };
    let chunk = priced("2027-02-27", &[(2, 100)]);
    let jobs = adapter.jobs().unwrap();
    let requests = [
        adapter.discover(&discover).unwrap(),
        adapter.read(&read).unwrap(),
        jobs.poll(&chunk, &JobRef::new(JOB).unwrap()).unwrap(),
    ];
    let text: Vec<String> = requests.iter().map(shown).collect();
    insta::assert_snapshot!(text.join("\n"), @"
    GET https://tenant.hospitality-api.example.test/rtp/v1/hotels/HTL%202%2Fb/ratePlans?fetchInstructions=PrimaryDetails&fetchInstructions=TransactionDetails
    x-hotelid: HTL 2/b

    GET https://tenant.hospitality-api.example.test/rtp/v1/hotels/HTL%202%2Fb/ratePlans/MYDAILY/schedules?startDate=2027-01-01&endDate=2027-12-31&limit=500&offset=0
    x-hotelid: HTL 2/b

    HEAD https://tenant.hospitality-api.example.test/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/17
    x-hotelid: HTL1
    ");
}

#[test]
fn a_job_is_asked_for_wherever_its_location_was_spelled() {
    let (adapter, chunk) = (ohip(), priced("2027-02-27", &[(2, 100)]));
    for location in [JOB.to_owned(), format!("{GATEWAY}{JOB}")] {
        let job = JobRef::new(&location).unwrap();
        let request = adapter.jobs().unwrap().poll(&chunk, &job).unwrap();
        assert_eq!(request.url().as_str(), format!("{GATEWAY}{JOB}"));
    }
    let job = JobRef::new("https://elsewhere.example.test/17").unwrap();
    let error = adapter.jobs().unwrap().poll(&chunk, &job).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bug);
}

#[test]
fn what_the_vendor_cannot_take_is_our_fault() {
    let day = "2027-02-27";
    let stay = Rules {
        max_stay_arrival: Set::To(7),
        ..Rules::LEAVE
    };
    let closed = Rules {
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    let one = |prices: &[(u8, u64)], rules| row(dlx(), day, day, prices, rules);
    let prices = |rows| chunk(Operation::Push, rows);
    let rules = |rows| chunk(Operation::Restrict, rows);
    let twice = |row: rackrate_core::chunk::Row| vec![row.clone(), row];
    let derived = row(ids("DLX", "NRF"), day, day, &[(2, 100)], Rules::LEAVE);
    for chunk in [
        prices(vec![one(&[(6, 100)], Rules::LEAVE)]),
        prices(vec![one(&[(0, 100)], Rules::LEAVE)]),
        prices(vec![one(&[(2, 0)], Rules::LEAVE)]),
        prices(vec![one(&[(2, 100)], closed)]),
        prices(vec![one(&[], Rules::LEAVE)]),
        prices(twice(one(&[(2, 100)], Rules::LEAVE))),
        prices(vec![derived]),
        prices(vec![row(
            dlx(),
            day,
            "2027-02-28",
            &[(2, 100)],
            Rules::LEAVE,
        )]),
        rules(vec![one(&[(2, 100)], closed)]),
        rules(vec![one(&[], Rules::LEAVE)]),
        rules(vec![one(&[], stay)]),
        rules(twice(one(&[], closed))),
        rules(vec![row(dlx(), "2027-02-28", day, &[], closed)]),
    ] {
        let error = ohip().push(&chunk).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug, "{chunk:?}");
    }
}

#[test]
fn without_restrictions_none_are_written_or_read() {
    let adapter = built("restrictions = false");
    assert!(adapter.shape(Operation::Restrict).is_none());
    assert!(adapter.manifest().restrictions.is_empty());
    let closed = Rules {
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    assert!(
        adapter
            .push(&ruled("2027-02-27", "2027-02-27", closed))
            .is_err()
    );
}

#[test]
fn an_identifier_cannot_lead_to_another_path() {
    let ask = |code: &str| DiscoverAsk {
        mapped: Vec::new(),
        property: Some(id(code)),
        today: night("2027-01-01"),
    };
    assert!(ohip().discover(&ask("..")).is_err());
    let request = ohip().discover(&ask("../x?y#z%")).unwrap();
    assert_eq!(
        request.url().path(),
        "/rtp/v1/hotels/..%2Fx%3Fy%23z%25/ratePlans"
    );
}

#[test]
fn a_span_beyond_a_year_is_never_asked_for() {
    assert!(ohip().read(&ask("2027-01-01", "2027-12-31")).is_ok());
    assert!(ohip().read(&ask("2027-01-01", "2028-01-01")).is_err());
    assert!(ohip().read(&ask("2027-01-02", "2027-01-01")).is_err());
}

#[test]
fn what_a_night_held_besides_is_sent_along_and_ours_wins() {
    let chunk = priced("2027-02-27", &[(2, 15_000)]);
    let mut notes = rackrate_core::notes::Notes::default();
    let note = r#"{"extraPersonRate":"30","onePersonRate":99.5,"rateByAgeBuckets":[{"rateAmount":5}],"twoPersonRate":140}"#;
    notes.set(&dlx(), night("2027-02-27"), note);
    let target = notes.attach(&chunk.target, &chunk.rows);
    let chunk = Chunk {
        target: std::sync::Arc::new(target),
        ..chunk
    };
    let text = shown(&ohip().push(&chunk).unwrap());
    let amounts = text
        .split("\"rateAmounts\":")
        .nth(1)
        .unwrap()
        .split(",\"rateDate\"")
        .next();
    insta::assert_snapshot!(amounts.unwrap(), @r#"{"onePersonRate":99.5,"twoPersonRate":150.00,"extraPersonRate":"30","rateByAgeBuckets":[{"rateAmount":5}]}"#);
}

#[test]
fn the_sample_settings_are_good_and_point_to_the_simulator() {
    let sample = rackrate_ohip::sample("http://127.0.0.1:4000");
    let adapter = rackrate_ohip::Ohip::new(toml::from_str(&sample).unwrap()).unwrap();
    let bases = &adapter.manifest().bases;
    assert_eq!(bases[0].as_str(), "http://127.0.0.1:4000/");
}
