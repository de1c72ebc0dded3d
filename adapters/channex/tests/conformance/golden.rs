//! Answers and what they mean: the published ones, and failures in the vendor's words.
//!
//! Invariant: answers to pushes are about the sample's first chunk.

use rackrate_conformance::{Golden, Meaning, Price};
use rackrate_core::exchange::{Operation, Response};

use Meaning::{Failure, Success};
use Operation::{Discover, Push, Read};

use crate::sample::{BAR, PROPERTY};

const PROPERTIES: &str = include_str!("../../fixtures/properties.json");
const RESTRICTIONS: &str = include_str!("../../fixtures/restrictions.json");
const ACCEPTED: &str = include_str!("../../fixtures/accepted.json");
const REFUSED: &str = include_str!("../../fixtures/refused.json");

type Told = (Operation, u16, String, Meaning);

pub(crate) fn golden() -> Vec<Golden> {
    let all = successes().into_iter().chain(failures());
    all.map(|(operation, status, body, meaning)| Golden {
        operation,
        response: Response::new(status, body),
        meaning,
    })
    .collect()
}

fn successes() -> Vec<Told> {
    vec![
        (Discover, 200, PROPERTIES.into(), Success),
        (Read, 200, RESTRICTIONS.replace("2019", "2027"), Success),
        (Push, 200, ACCEPTED.into(), Success),
    ]
}

/// The vendor says some of them with status 200.
fn failures() -> Vec<Told> {
    let said = |code: &str| format!(r#"{{"errors":{{"code":"{code}","title":"x"}}}}"#);
    vec![
        (Discover, 401, said("unauthorized"), Failure),
        (Discover, 200, said("unauthorized"), Failure),
        (Discover, 200, r#"{"meta":{"total":0}}"#.into(), Failure),
        (Read, 400, REFUSED.into(), Failure),
        (Read, 200, REFUSED.into(), Failure),
        (Read, 200, r#"{"data":[]}"#.into(), Failure),
        (Push, 200, warned(), Failure),
        (Push, 200, warned().replace(BAR, "another-plan"), Failure),
        (
            Push,
            200,
            r#"{"data":[],"meta":{"message":"Success","warnings":[]}}"#.into(),
            Failure,
        ),
        (
            Push,
            200,
            r#"{"meta":{"message":"Success"}}"#.into(),
            Failure,
        ),
        (Push, 429, said("http_too_many_requests"), Failure),
        (Push, 422, said("validation_error"), Failure),
    ]
}

/// A task was made, but not of the sample's row.
fn warned() -> String {
    format!(
        r#"{{"data":[{{"id":"44444444-4444-4444-8444-444444444444","type":"task"}}],"meta":
        {{"message":"Success","warnings":[{{"property_id":"{PROPERTY}","rate_plan_id":"{BAR}",
        "date_from":"2027-02-27","date_to":"2027-02-27","rate":"129.00",
        "warning":{{"rate":["must be greater than 0"]}}}}]}}}}"#
    )
}

/// Lists have pages; reads have none.
pub(crate) fn first_pages() -> Vec<(Operation, Response)> {
    let more = PROPERTIES.replace("\"total\":1", "\"total\":2");
    vec![(Discover, Response::new(200, more))]
}

/// An inventory with one night.
pub(crate) fn page(price: &Price<'_>) -> Response {
    let amount = price.amount;
    let night = format!(r#"{{"rate":{amount},"min_stay_arrival":1,"stop_sell":false}}"#);
    Response::new(
        200,
        format!(r#"{{"data":{{"{BAR}":{{"2027-02-27":{night}}}}}}}"#),
    )
}
