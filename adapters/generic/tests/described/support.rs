//! What the tests share: the described pms-v2 beside the one in Rust.

use std::sync::LazyLock;

use rackrate_conformance::{Portfolio, Vendor};
use rackrate_core::adapter::{Adapter, ReadAsk, Sink};
use rackrate_core::exchange::Request;
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use rackrate_generic::described::{Described, Settings};
use rackrate_generic::{Config, Generic};
use serde_json::json;

use crate::sample;

pub(crate) const PMS_V2: &str = include_str!("../../descriptions/pms-v2.toml");

pub(crate) fn settings(file: &str, text: &str) -> String {
    json!({
        "base_url": "https://pms.example.test/api",
        "description": {"file": file, "text": text},
    })
    .to_string()
}

pub(crate) fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let settings: Settings = serde_json::from_str(config).map_err(|error| error.to_string())?;
    Ok(Box::new(Described::new(&settings)?))
}

/// The sample of the Rust adapter with the description in its place.
pub(crate) fn vendor() -> Vendor {
    Vendor {
        build,
        config: settings("pms-v2.toml", PMS_V2),
        portfolio: Portfolio::shared(&settings("pms-v2.toml", PMS_V2)),
        ..sample::vendor()
    }
}

/// Loaded once, because properties ask for it often.
pub(crate) fn described() -> &'static dyn Adapter {
    static LOADED: LazyLock<Box<dyn Adapter>> =
        LazyLock::new(|| build(&settings("pms-v2.toml", PMS_V2)).unwrap());
    &**LOADED
}

/// The judge: written by hand, from the same specification.
pub(crate) fn oracle() -> Generic {
    let config = r#"{"base_url":"https://pms.example.test/api"}"#;
    Generic::new(serde_json::from_str::<Config>(config).unwrap()).unwrap()
}

/// All that goes over the wire.
pub(crate) fn wire(request: &Request) -> String {
    let touch = request.touch;
    let request = request.expose(&oracle().manifest().vendor).unwrap();
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    format!(
        "{} {} {touch:?} {headers:?} {}",
        request.method(),
        request.uri(),
        std::str::from_utf8(request.body()).unwrap()
    )
}

/// What a read told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) prices: Vec<(Ids, u8, Night, Seen)>,
    pub(crate) rules: Vec<(Ids, Night, Rules)>,
}

impl Sink for Noted {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        self.prices.push((ids.clone(), adults, night, seen));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.rules.push((ids.clone(), night, rules));
    }
}

pub(crate) fn window(first: &str, last: &str) -> ReadAsk {
    ReadAsk {
        target: sample::vendor().target,
        first: first.parse().unwrap(),
        last: last.parse().unwrap(),
    }
}
