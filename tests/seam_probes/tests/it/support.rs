//! Targets, chunks and answers, in the words of the tests.

use std::sync::Arc;

use http::HeaderName;
use rackrate_core::adapter::Sink;
use rackrate_core::chunk::{Chunk, Row, Target};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::{Ids, Vendor, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Seen;

pub(crate) fn night(text: &str) -> Night {
    text.parse().unwrap()
}

pub(crate) fn ids(room: Option<&str>, plan: &str) -> Ids {
    let id = |text| VendorId::new(text).unwrap();
    Ids {
        room: room.map(id),
        plan: Some(id(plan)),
    }
}

/// A target with these sellables, in JSON.
pub(crate) fn target(property: &str, currency: &str, sellables: &str) -> Target {
    let text = format!(
        r#"{{"connection":"probe","property":"HOTEL","vendor_property":"{property}","facts":{{
        "name":"Hotel","currency":"{currency}","time_zone":"Europe/Budapest","sellables":{sellables}}}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn row(ids: Ids, first: &str, last: &str, prices: &[(u8, u64)]) -> Row {
    Row {
        ids,
        first: night(first),
        last: night(last),
        prices: prices.iter().map(|(a, p)| (*a, Minor(*p))).collect(),
        rules: Rules::LEAVE,
    }
}

pub(crate) fn min_stay(nights: u16) -> Rules {
    Rules {
        min_stay_arrival: Set::To(nights),
        ..Rules::LEAVE
    }
}

pub(crate) fn chunk(target: Target, rows: Vec<Row>) -> Chunk {
    Chunk {
        target: Arc::new(target),
        operation: Operation::Push,
        rows,
    }
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut response = Response::new(status, body.to_owned());
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        response.headers.append(name, value.parse().unwrap());
    }
    response
}

pub(crate) fn secrets(pairs: &[(&str, &str)]) -> Secrets {
    let pair = |(name, text): &(&str, &str)| ((*name).to_owned(), Secret::new((*text).to_owned()));
    Secrets::new(pairs.iter().map(pair))
}

/// The JSON that an adapter wrote.
pub(crate) fn json(request: &Request) -> serde_json::Value {
    let Body::Json(body) = &request.body else {
        panic!("{request:?} has no JSON");
    };
    serde_json::from_slice(body).unwrap()
}

/// The request line and headers as they go over the wire.
pub(crate) fn wire(request: &Request) -> String {
    let http = request.expose(&Vendor::new("probe").unwrap()).unwrap();
    let mut lines = vec![format!("{} {}", http.method(), http.uri())];
    for (name, value) in http.headers() {
        lines.push(format!("{name}: {}", value.to_str().unwrap()));
    }
    let body = String::from_utf8(http.body().to_vec()).unwrap();
    lines.push(body);
    lines.join("\n").trim_end().to_owned()
}

/// Keeps what a read tells, in its order.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) lines: Vec<String>,
    pub(crate) notes: Notes,
}

impl Sink for Told {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        self.lines.push(format!("{night} {ids} {adults}: {seen:?}"));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        let stay = rules.min_stay_arrival;
        self.lines.push(format!("{night} {ids} stay: {stay:?}"));
    }

    fn note(&mut self, ids: &Ids, night: Night, text: &str) {
        self.notes.set(ids, night, text);
    }
}
