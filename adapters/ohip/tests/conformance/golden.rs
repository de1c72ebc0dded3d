//! Answers and what they mean: the published ones, and failures in the vendor's words.

use http::HeaderValue;
use rackrate_conformance::{Golden, Meaning, Price};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::JobRef;

use Meaning::{Failure, Success};
use Operation::{Discover, Poll, Push, Read, Restrict, Token};

pub(crate) const JOB: &str =
    "/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/400002";
const RESULT: &str =
    "/rtp/async/v1/externalSystems/EXT/hotels/HTL1/ratePlans/dailySchedules/900003";
const TOKEN: &str = include_str!("../../fixtures/token.json");
const PLANS: &str = include_str!("../../fixtures/rate_plans.json");
const SCHEDULES: &str = include_str!("../../fixtures/schedules.json");
const REFUSED: &str = include_str!("../../fixtures/refused.json");

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
    let mut response = Response::new(status, body.to_owned());
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).unwrap();
        response.headers.insert(*name, value);
    }
    response
}

pub(crate) fn golden() -> Vec<Golden> {
    let success = successes().into_iter().map(|told| (told, Success));
    let failure = failures().into_iter().map(|told| (told, Failure));
    let all = success.chain(failure);
    all.map(|((operation, response), meaning)| Golden {
        operation,
        response,
        meaning,
    })
    .collect()
}

/// A job's end takes two answers, so none of them alone is a success.
fn successes() -> Vec<(Operation, Response)> {
    vec![
        (Token, answer(200, &[], TOKEN)),
        (Discover, answer(200, &[], PLANS)),
        (Read, answer(200, &[], SCHEDULES)),
        (Push, answer(202, &[("location", JOB)], "")),
        // Links may come with it; the header alone says what is needed.
        (Restrict, answer(202, &[("location", JOB)], "")),
    ]
}

fn failures() -> Vec<(Operation, Response)> {
    let elsewhere = "https://elsewhere.example.test/17";
    vec![
        (Token, answer(200, &[], r#"{"expires_in":3600}"#)),
        (Token, answer(401, &[], "")),
        (Discover, answer(200, &[], r#"{"links":[]}"#)),
        (Discover, answer(200, &[], &PLANS.replace("HTL1", "HTL2"))),
        (Read, answer(200, &[], REFUSED)),
        (Read, answer(200, &[], &SCHEDULES.replace("HTL1", "HTL2"))),
        (Read, answer(200, &[], r#"{"ratePlanScheduleList":[]}"#)),
        (Push, answer(200, &[("location", JOB)], "")),
        (Push, answer(202, &[], "")),
        (Push, answer(202, &[("location", elsewhere)], "")),
        (Push, answer(400, &[], REFUSED)),
        (Push, answer(429, &[], "")),
        (Poll, answer(200, &[("status", "Processing")], "")),
        (Poll, answer(200, &[("status", "Invalid")], "")),
        (Poll, answer(200, &[("status", "Completed")], "")),
        (Poll, answer(201, &[("status", "Completed")], "")),
        (
            Poll,
            answer(201, &[("status", "Completed"), ("location", RESULT)], ""),
        ),
        (Poll, answer(404, &[], "")),
    ]
}

/// Schedules have pages, and a job's end has two steps.
pub(crate) fn first_pages() -> Vec<(Operation, Response)> {
    let more = SCHEDULES.replace("\"hasMore\":false", "\"hasMore\":true");
    let done = [("status", "Completed"), ("location", RESULT)];
    vec![
        (Read, answer(200, &[], &more)),
        (Poll, answer(201, &done, "")),
    ]
}

/// A poll's answer with that state.
pub(crate) fn job_state(_: &JobRef, state: &str) -> Response {
    answer(200, &[("status", state)], "")
}

/// Schedules with one night.
pub(crate) fn page(price: &Price<'_>) -> Response {
    let body = format!(
        r#"{{"ratePlanScheduleList":{{"hotelId":"HTL1","ratePlanCode":"MYDAILY","ratePlanSchedule":[
        {{"ratePlanScheduleDetail":{{"start":"2027-01-10","end":"2027-01-10","roomTypeList":["DLX"],
        "rateAmounts":{{"twoPersonRate":{}}}}}}}]}},
        "ratePlanMasterInfo":{{"currencyCode":"{}"}}}}"#,
        price.amount, price.currency
    );
    answer(200, &[], &body)
}
