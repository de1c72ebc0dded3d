//! Acme's JSON once more, read and made by code that is not the adapter's.

use bytes::Bytes;
use rackrate_conformance::{Price, Written};
use rackrate_core::exchange::Response;
use rackrate_core::rules::{Rules, Set};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::sample::night;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    rates: Vec<Range<'a>>,
}

#[derive(Deserialize)]
struct Range<'a> {
    room: String,
    plan: String,
    from: String,
    to: String,
    #[serde(borrow, default)]
    price: Option<&'a RawValue>,
    #[serde(default)]
    min_stay: Option<u16>,
}

/// The prices and restrictions of a push, night by night, from its bytes.
pub(crate) fn written(request: &http::Request<Bytes>) -> Vec<Written> {
    let body: Body<'_> = serde_json::from_slice(request.body()).unwrap();
    let mut written = Vec::new();
    for range in body.rates {
        for night in night(&range.from).through(night(&range.to).previous()) {
            written.push(Written {
                room: Some(range.room.clone()),
                plan: Some(range.plan.clone()),
                night,
                adults: 0,
                price: range.price.map(|raw| raw.get().to_owned()),
                rules: Rules {
                    min_stay_arrival: match range.min_stay {
                        None => Set::Leave,
                        Some(0) => Set::Clear,
                        Some(nights) => Set::To(nights),
                    },
                    ..Rules::LEAVE
                },
            });
        }
    }
    written
}

/// An answer to a read with this one price.
pub(crate) fn page(price: &Price<'_>) -> Response {
    let amount = price.amount;
    let row = format!(r#"{{"room":"STD","plan":"BAR","night":"2027-01-01","price":{amount}}}"#);
    Response::new(200, format!(r#"{{"ok":true,"rates":[{row}]}}"#))
}
