//! Answers and what they mean: the published ones, and failures in the vendor's words.
//!
//! Invariant: answers to pushes are about the sample's first chunk of that operation.

use rackrate_conformance::{Golden, Meaning, Price};
use rackrate_core::exchange::{Operation, Response};

use Meaning::{Failure, Success};
use Operation::{Discover, Push, Read, Restrict};

const CONFIGURATION: &str = include_str!("../../fixtures/configuration.json");
const PRICING: &str = include_str!("../../fixtures/pricing.json");

pub(crate) fn golden() -> Vec<Golden> {
    let all = successes().into_iter().chain(failures());
    all.map(|(operation, status, body, meaning)| Golden {
        operation,
        response: Response::new(status, body),
        meaning,
    })
    .collect()
}

type Told = (Operation, u16, String, Meaning);

fn successes() -> Vec<Told> {
    vec![
        (Discover, 200, CONFIGURATION.into(), Success),
        (Read, 200, PRICING.into(), Success),
        (Push, 200, "{}".into(), Success),
        (Restrict, 200, "{}".into(), Success),
    ]
}

fn failures() -> Vec<Told> {
    let said =
        |text: &str| format!(r#"{{"Message":"{text}","RequestId":"7a1b9c3d","Details":null}}"#);
    let other_nights = PRICING.replace("2027-01-02T23", "2027-01-03T23");
    let uneven = PRICING.replace("\"AmountPrices\":[", "\"AmountPrices\":[null,");
    let neither = CONFIGURATION.replace("\"Gross\"", "\"Other\"");
    vec![
        (Discover, 200, "{}".into(), Failure),
        (Discover, 200, neither, Failure),
        (Discover, 401, said("Invalid AccessToken."), Failure),
        (Read, 200, said("Invalid RateId."), Failure),
        (Read, 200, other_nights, Failure),
        (Read, 200, uneven, Failure),
        (Push, 200, said("Invalid RateId."), Failure),
        (Push, 200, "[]".into(), Failure),
        (Push, 204, String::new(), Failure),
        (Push, 403, said("Editable history is exceeded."), Failure),
        (Restrict, 200, said("Invalid ServiceId."), Failure),
        (Restrict, 409, said("Conflict."), Failure),
    ]
}

/// After the prices of a rate come those of the next one, and restrictions. A discovery
/// always asks on, too.
pub(crate) fn first_pages() -> Vec<(Operation, Response)> {
    vec![
        (Discover, Response::new(200, CONFIGURATION)),
        (Read, Response::new(200, PRICING)),
    ]
}

/// Prices of the window's two nights, of which one is told.
pub(crate) fn page(price: &Price<'_>) -> Response {
    let (amount, currency) = (price.amount, price.currency);
    Response::new(
        200,
        format!(
            r#"{{"Currency":"{currency}",
            "TimeUnitStartsUtc":["2027-01-01T23:00:00Z","2027-01-02T23:00:00Z"],
            "CategoryPrices":[{{"CategoryId":"e3aa3117-dff0-46b7-b49a-2c0391e70ff9",
            "Prices":[999,999],"AmountPrices":[
            {{"Currency":"{currency}","NetValue":999,"GrossValue":{amount}}},null]}}]}}"#
        ),
    )
}
