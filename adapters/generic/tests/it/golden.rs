//! The specification's literal examples, replayed against the adapter and the simulator.

use rackrate_core::adapter::{Adapter, Carry, Discovery, Step, Submission};
use rackrate_core::exchange::Response;
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use rackrate_core::money::Minor;
use rackrate_core::rules::Set;
use rackrate_core::series::Seen;
use serde_json::Value;

use crate::support::*;

pub(crate) const TOKEN: &str = include_str!("../../fixtures/token.json");
pub(crate) const PROPERTIES: &str = include_str!("../../fixtures/properties.json");
pub(crate) const BATCH: &str = include_str!("../../fixtures/batch.json");
pub(crate) const COMPLETED: &str = include_str!("../../fixtures/completed.json");
pub(crate) const REFUSED: &str = include_str!("../../fixtures/refused.json");
pub(crate) const ACCEPTED: &str = include_str!("../../fixtures/accepted.json");
pub(crate) const JOB_PENDING: &str = include_str!("../../fixtures/job_pending.json");
pub(crate) const JOB_COMPLETED: &str = include_str!("../../fixtures/job_completed.json");
pub(crate) const JOB_FAILED: &str = include_str!("../../fixtures/job_failed.json");
pub(crate) const PAGE: &str = include_str!("../../fixtures/page.json");

/// What two JSON values have in common in form: fields and kinds, but not contents.
fn form(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), form(value)))
            .collect(),
        Value::Array(items) => items.iter().take(1).map(form).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

fn same_form(answer: &Response, golden: &str) {
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(form(&answer), form(&serde_json::from_str(golden).unwrap()));
}

#[test]
fn the_adapter_reads_the_token() {
    let token = adapter()
        .auth()
        .parse_grant(&Response::new(200, TOKEN))
        .unwrap();
    assert_eq!(token.access.expose(), "b7c1…");
    assert_eq!(token.lifetime.unwrap().as_secs(), 3600);
    assert_eq!(token.scope.as_deref(), Some("rates:read rates:write"));
}

#[test]
fn the_adapter_lists_every_room_type_with_every_rate_plan() {
    let mut found = Discovery::default();
    let answer = Response::new(200, PROPERTIES);
    adapter()
        .parse_discover(&discover_ask(), &Carry::default(), &answer, &mut found)
        .unwrap();
    let [hotel] = &found.properties[..] else {
        panic!("one property")
    };
    assert_eq!(hotel.time_zone.as_deref(), Some("Europe/Lisbon"));
    let sold: Vec<_> = hotel
        .sellables
        .iter()
        .map(|one| (one.ids.to_string(), one.derived))
        .collect();
    assert_eq!(
        sold,
        [("STD/BAR".to_owned(), false), ("STD/NRF".to_owned(), true)]
    );
}

#[test]
fn the_adapter_writes_the_batch() {
    let rackrate_core::exchange::Body::Json(body) = adapter().push(&example()).unwrap().body else {
        panic!("a batch is JSON");
    };
    assert_eq!(std::str::from_utf8(&body).unwrap(), BATCH.trim());
}

#[test]
fn the_adapter_reads_the_receipts() {
    let one = example();
    let parse = |chunk, status, body| {
        adapter()
            .parse_push(chunk, &Response::new(status, body))
            .unwrap()
    };
    assert_eq!(
        parse(&one, 200, COMPLETED),
        Submission::Answered(Default::default())
    );
    assert_eq!(
        parse(&one, 202, ACCEPTED),
        Submission::Queued(JobRef::new("00c0ffee00000001").unwrap())
    );
    let four = chunk(vec![
        row("2027-01-01", "2027-01-03", &[(2, 6_800)], Set::Leave),
        row("2027-01-05", "2027-01-05", &[(2, 6_800)], Set::Leave),
    ]);
    let Submission::Answered(receipt) = parse(&four, 200, REFUSED) else {
        panic!("answered")
    };
    assert_eq!(receipt.refused.len(), 1);
    assert_eq!(receipt.refused[0].0, 1);
    assert_eq!(receipt.refused[0].1.text, "no rate plan BARX");
}

#[test]
fn the_adapter_reads_the_job() {
    let job = JobRef::new("00c0ffee00000001").unwrap();
    let state = |status, body: &'static str| {
        let answer = Response::new(status, body);
        let adapter = adapter();
        match adapter
            .jobs()
            .unwrap()
            .parse_poll(&example(), &job, &Carry::default(), &answer)
        {
            Ok(Step::Done(state)) => state,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        state(200, JOB_PENDING),
        JobState::Running { check_after: None }
    );
    assert!(
        matches!(state(200, JOB_COMPLETED), JobState::Finished(receipt) if receipt.refused.is_empty())
    );
    assert!(
        matches!(state(200, JOB_FAILED), JobState::Failed(receipt) if receipt.unattributed.len() == 1)
    );
    assert_eq!(state(404, r#"{"error":"no_such_job"}"#), JobState::Gone);
}

#[test]
fn the_adapter_reads_the_page() {
    let mut noted = Noted::default();
    let answer = Response::new(200, PAGE);
    let ask = read_ask("2027-01-01", "2027-01-07");
    let step = adapter()
        .parse_read(&ask, &Carry::default(), &answer, &mut noted)
        .unwrap();
    assert!(matches!(step, Step::Done(())));
    assert_eq!(
        noted.prices,
        [(
            "STD/BAR".to_owned(),
            2,
            night("2027-01-01"),
            Seen::Price(Minor(6_800))
        )]
    );
    assert_eq!(
        noted.rules,
        [("STD/BAR".to_owned(), night("2027-01-01"), Set::To(1))]
    );
}

#[test]
fn the_simulator_answers_in_the_same_form() {
    let mut desk = Desk::signed_in(setup(1));
    let form = "grant_type=client_credentials&client_id=rackrate&client_secret=s3cret+%26+more&scope=rates%3Aread+rates%3Awrite";
    let request = http::Request::post("https://pms.example.test/api/oauth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.into())
        .unwrap();
    same_form(&desk.raw(request), TOKEN);
    let listed = desk.send(adapter().discover(&discover_ask()).unwrap());
    let (listed, golden): (Value, Value) = (
        serde_json::from_slice(&listed.body).unwrap(),
        serde_json::from_str(PROPERTIES).unwrap(),
    );
    assert_eq!(listed, golden);
}

#[test]
fn the_simulator_takes_the_batch_and_shows_it_as_the_page() {
    let mut seen = [false; 2];
    for seed in 0..20 {
        let mut desk = Desk::signed_in(setup(seed));
        let answer = desk.push(&example(), "a");
        match answer.status.as_u16() {
            200 => same_form(&answer, COMPLETED),
            202 => {
                same_form(&answer, ACCEPTED);
                follow_job(&mut desk, &answer);
            }
            other => panic!("{other}"),
        }
        seen[usize::from(answer.status == 202)] = true;
        desk.wait_millis(2_000);
        let page = desk.send(
            adapter()
                .read(&read_ask("2027-01-01", "2027-01-07"))
                .unwrap(),
        );
        let mut page: Value = serde_json::from_slice(&page.body).unwrap();
        let derived = page["rates"].as_array_mut().unwrap().pop().unwrap();
        assert_eq!(page, serde_json::from_str::<Value>(PAGE).unwrap());
        assert_eq!(
            (&derived["rate_plan"], &derived["amount"]),
            (&"NRF".into(), &"61.20".into())
        );
    }
    assert_eq!(seen, [true, true], "some at once, some as jobs");
}

fn follow_job(desk: &mut Desk, accepted: &Response) {
    let Submission::Queued(job) = adapter().parse_push(&example(), accepted).unwrap() else {
        panic!("queued");
    };
    let poll = || adapter().jobs().unwrap().poll(&example(), &job).unwrap();
    same_form(&desk.send(poll()), JOB_PENDING);
    desk.wait_millis(2_000);
    same_form(&desk.send(poll()), JOB_COMPLETED);
    let gone = {
        desk.wait_millis(25 * 3_600_000);
        desk.sign_in();
        desk.send(poll())
    };
    assert_eq!(
        (gone.status.as_u16(), text(&gone)),
        (404, r#"{"error":"no_such_job"}"#.to_owned())
    );
}
