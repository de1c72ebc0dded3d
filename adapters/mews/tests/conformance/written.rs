//! What a write says, read from its body by code that shares nothing with the adapter.

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rackrate_conformance::Written;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::sample::ZONE;

#[derive(serde::Deserialize)]
struct Prices<'a> {
    #[serde(borrow, rename = "PriceUpdates")]
    updates: Vec<Update<'a>>,
}

#[derive(serde::Deserialize)]
struct Update<'a> {
    #[serde(borrow, rename = "Value")]
    value: &'a RawValue,
}

/// Every night of every item; both ends are meant.
pub(crate) fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let path = request.uri().path();
    match path.strip_prefix("/api/connector/v1/").unwrap() {
        "rates/updatePrice" => prices(&body, request.body()),
        "restrictions/set" => restrictions(&body, set),
        "restrictions/clear" => restrictions(&body, |item| kinds(item, [Set::Clear; 3])),
        other => panic!("{other} writes nothing"),
    }
}

fn prices(body: &Value, text: &[u8]) -> Vec<Written> {
    let raw: Prices<'_> = serde_json::from_slice(text).unwrap();
    let items = body["PriceUpdates"].as_array().unwrap();
    let all = items.iter().zip(raw.updates).flat_map(|(item, raw)| {
        let nights = nights(item, "FirstTimeUnitStartUtc", "LastTimeUnitStartUtc");
        let price = raw.value.get().to_owned();
        nights.map(move |night| Written {
            room: text_of(&item["CategoryId"]),
            plan: text_of(&body["RateId"]),
            night,
            adults: 0,
            price: Some(price.clone()),
            rules: Rules::LEAVE,
        })
    });
    all.collect()
}

fn restrictions(body: &Value, says: fn(&Value) -> Rules) -> Vec<Written> {
    let items = body["Data"].as_array().unwrap();
    let all = items.iter().flat_map(|item| {
        assert!(
            item["Days"]
                .as_object()
                .unwrap()
                .values()
                .all(|on| *on == true)
        );
        nights(item, "StartUtc", "EndUtc").map(move |night| Written {
            room: text_of(&item["ResourceCategoryId"]),
            plan: text_of(&item["ExactRateId"]),
            night,
            adults: 0,
            price: None,
            rules: says(item),
        })
    });
    all.collect()
}

fn set(item: &Value) -> Rules {
    let length = |name: &str| match item.get(name) {
        None => Set::Leave,
        Some(text) => {
            let text = text.as_str().unwrap();
            let days = text.strip_prefix("P0Y0M").unwrap();
            Set::To(days.strip_suffix("DT0H0M0S").unwrap().parse().unwrap())
        }
    };
    let (min, max) = (length("MinLength"), length("MaxLength"));
    let closed = match min.is_leave() && max.is_leave() {
        true => Set::To(1),
        false => Set::Leave,
    };
    kinds(item, [closed, min, max])
}

/// Closed, minimum and maximum of the item's type.
fn kinds(item: &Value, [closed, min, max]: [Set<u16>; 3]) -> Rules {
    let mut rules = Rules::LEAVE;
    let flag = closed.map(|on| on == 1);
    match item["Type"].as_str().unwrap() {
        "Start" => {
            rules.closed_to_arrival = flag;
            rules.min_stay_arrival = min;
            rules.max_stay_arrival = max;
        }
        "Stay" => {
            rules.stop_sell = flag;
            rules.min_stay_through = min;
            rules.max_stay_through = max;
        }
        "End" => rules.closed_to_departure = flag,
        other => panic!("there is no type {other}"),
    }
    rules
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn nights(item: &Value, first: &str, last: &str) -> impl Iterator<Item = Night> + use<> {
    let night = |name: &str| {
        let instant: Timestamp = item[name].as_str().unwrap().parse().unwrap();
        let begin = instant.to_zoned(TimeZone::get(ZONE).unwrap());
        assert_eq!(begin.hour(), 0, "{name} is no midnight");
        Night::from_date(begin.date()).unwrap()
    };
    night(first).through(night(last))
}
