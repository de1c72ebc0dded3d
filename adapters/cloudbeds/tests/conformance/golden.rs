//! Answers and what they mean: the published ones, and failures in the vendor's words.
//!
//! Invariant: answers to pushes and polls are about the sample's first chunk.

use rackrate_conformance::{Golden, Meaning, Price};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::JobRef;

use Meaning::{Failure, Success};
use Operation::{Discover, Poll, Push, Read};

pub(crate) const JOB: &str = "199066486";

const HOTELS: &str = include_str!("../../fixtures/hotels.json");
const RATES: &str = include_str!("../../fixtures/rate_plans.json");
const ACCEPTED: &str = include_str!("../../fixtures/accepted.json");
const FINISHED: &str = include_str!("../../fixtures/job.json");

const TOKEN: &str = include_str!("../../fixtures/token.json");
const KEY: &str = include_str!("../../fixtures/key.json");
const BAD_CODE: &str = include_str!("../../fixtures/token_bad_code.json");
const BAD_CLIENT: &str = include_str!("../../fixtures/token_bad_client.json");
const BAD_REFRESH: &str = include_str!("../../fixtures/token_bad_refresh.json");
const APPROVER: &str = include_str!("../../fixtures/approver_inactive.json");

pub(crate) fn golden() -> Vec<Golden> {
    let all = successes().into_iter().chain(failures());
    all.map(|(operation, status, body, meaning)| Golden {
        operation,
        response: Response::new(status, body),
        meaning,
    })
    .collect()
}

/// What the token endpoint says.
pub(crate) fn tokens() -> Vec<Golden> {
    let told = [
        (200, TOKEN, Success),
        (200, APPROVER, Failure),
        (200, r#"{"success":true}"#, Failure),
        (401, BAD_CODE, Failure),
        (401, BAD_CLIENT, Failure),
        (401, BAD_REFRESH, Failure),
    ];
    let golden = |(status, body, meaning)| Golden {
        operation: Operation::Token,
        response: Response::new(status, body),
        meaning,
    };
    told.map(golden).into()
}

/// What the token endpoint says where a consent gives a key.
pub(crate) fn keys() -> Vec<Golden> {
    let key = Golden {
        operation: Operation::Token,
        response: Response::new(200, KEY),
        meaning: Success,
    };
    let token = Golden {
        operation: Operation::Token,
        response: Response::new(200, TOKEN),
        meaning: Failure,
    };
    let refused = tokens().into_iter();
    let refused = refused.filter(|told| matches!(told.meaning, Failure));
    [key, token].into_iter().chain(refused).collect()
}

type Told = (Operation, u16, String, Meaning);

fn successes() -> Vec<Told> {
    vec![
        (Discover, 200, HOTELS.into(), Success),
        (Read, 200, RATES.into(), Success),
        (Push, 200, ACCEPTED.into(), Success),
        (Push, 202, ACCEPTED.into(), Success),
        (Poll, 200, FINISHED.into(), Success),
    ]
}

/// The vendor says most of them with status 200.
fn failures() -> Vec<Told> {
    let said = |text: &str| format!(r#"{{"success":false,"message":"{text}"}}"#);
    let foreign = r#"{"success":true,"data":[{"rateID":"1","roomTypeID":"2","propertyID":"9","roomRateDetailed":[]}]}"#;
    let refused = FINISHED.replace("\"updated\"", "\"error\"");
    vec![
        (Discover, 200, said("Scope required"), Failure),
        (Discover, 200, r#"{"success":true}"#.into(), Failure),
        (Read, 200, said("Parameter endDate is required"), Failure),
        (Read, 200, foreign.into(), Failure),
        (Push, 200, said("Derived rates cannot be updated"), Failure),
        (Push, 200, r#"{"success":true}"#.into(), Failure),
        (Push, 429, said("Too many requests"), Failure),
        (Poll, 200, refused, Failure),
        (Poll, 200, state("in_progress"), Failure),
        (Poll, 200, jobs("", false), Failure),
        (Poll, 200, said("Parameter status is not valid"), Failure),
    ]
}

fn state(state: &str) -> String {
    FINISHED.replace("\"completed\"", &format!("\"{state}\""))
}

/// A list of these jobs, and whether it goes on.
fn jobs(jobs: &str, more: bool) -> String {
    let link = match more {
        true => r#""https://api.cloudbeds.com/api/v1.3/getRateJobs?page=2""#,
        false => "null",
    };
    format!(r#"{{"success":true,"hasNextPage":{more},"nextPage":{link},"data":[{jobs}]}}"#)
}

/// Lists of properties and of jobs have pages; reads have none.
pub(crate) fn first_pages() -> Vec<(Operation, Response)> {
    let hotels = HOTELS.replace("\"total\":1", "\"total\":2");
    let other = r#"{"jobReferenceID":"7","status":"completed","updates":[]}"#;
    vec![
        (Discover, Response::new(200, hotels)),
        (Poll, Response::new(200, jobs(other, true))),
    ]
}

/// A poll's answer with the job in that state.
pub(crate) fn job_state(job: &JobRef, state: &str) -> Response {
    let one = format!(r#"{{"jobReferenceID":"{job}","status":"{state}","updates":[]}}"#);
    Response::new(200, jobs(&one, false))
}

/// Rates with one night.
pub(crate) fn page(price: &Price<'_>) -> Response {
    let amount = price.amount;
    Response::new(
        200,
        format!(
            r#"{{"success":true,"data":[{{"rateID":"810949","isDerived":false,
            "roomTypeID":"111111","propertyID":"302817","roomRateDetailed":[
            {{"date":"2027-02-27","rate":{amount},"totalRate":999,"minLos":0}}]}}]}}"#
        ),
    )
}
