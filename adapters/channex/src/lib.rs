//! The adapter of the Channex channel manager API v1: a key, and messages of prices and
//! restrictions that Channex queues.
//!
//! It says what to send and what an answer means; waiting, retrying and remembering are
//! the runtime's. Facts, their sources and what is not known are in the README. The
//! [`simulator`] keeps the same facts with code of its own.
//!
//! Invariant: an accepted message is no success yet. Refusals come with status 200, and no
//! call tells what became of a task, so only reading back proves a price.

mod answer;
mod config;
mod discover;
mod limits;
mod plan;
mod push;
mod read;
mod receipt;
pub mod simulator;

use std::time::Duration;

use http::HeaderName;
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::api_key::{API_KEY, ApiKey};
use rackrate_core::auth::Authenticate;
use rackrate_core::chunk::Chunk;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Idempotency, SetsState};
use rackrate_core::ids::Vendor;
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::RateLimit;
use rackrate_core::shape::Shape;

pub use config::{Config, ConfigError};

use answer::Api;
use limits::PerProperty;

/// The name in the catalogue.
pub const VENDOR: &str = "channex";

/// Where a user's key goes. The documents know no key that dies unused.
const KEY: HeaderName = HeaderName::from_static("user-api-key");

/// A connection to Channex: one key.
#[derive(Debug)]
pub struct Channex {
    manifest: Manifest,
    api: Api,
    adults: Option<u8>,
    auth: ApiKey,
    limits: PerProperty,
    repeats: SetsState,
}

impl Channex {
    /// An adapter of that configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let vendor = Vendor::constant(VENDOR);
        let api = Api::new(vendor.clone(), config.base_url.clone());
        Ok(Self {
            auth: ApiKey::new(&vendor, KEY),
            limits: PerProperty::new(config.requests_per_minute),
            // The same message again costs no more than a second task.
            repeats: SetsState::new(&vendor),
            adults: config.adults,
            manifest: manifest(vendor, &config),
            api,
        })
    }
}

fn manifest(vendor: Vendor, config: &Config) -> Manifest {
    Manifest {
        vendor,
        title: "Channex",
        bases: vec![config.base_url.clone()],
        trace_header: None,
        settle: Duration::from_secs(config.settle_seconds),
        flight_horizon: Duration::from_secs(config.flight_horizon_seconds),
        secrets: vec![API_KEY],
        client: None,
        scopes: Vec::new(),
        adults: None,
        restrictions: push::RESTRICTIONS.to_vec(),
        reads_before_writing: false,
        reads_need_facts: false,
    }
}

impl Adapter for Channex {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn auth(&self) -> &dyn Authenticate {
        &self.auth
    }

    fn limits(&self) -> &dyn RateLimit {
        &self.limits
    }

    fn idempotency(&self) -> &dyn Idempotency {
        &self.repeats
    }

    /// A message becomes a task, but no documented call reads a task.
    fn jobs(&self) -> Option<&dyn Jobs> {
        None
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        match operation {
            Operation::Push => Some(push::SHAPE),
            Operation::Read => Some(read::SHAPE),
            _ => None,
        }
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        Ok(discover::request(&self.api, ask))
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        discover::parse(&self.api, self.adults, ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        read::request(&self.api, ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        _carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        read::parse(&self.api, self.adults, ask, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        push::request(&self.api, self.adults, chunk)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        receipt::parse(&self.api, chunk, response)
    }
}

/// Settings, as TOML lines, for a simulator of this vendor at that address. Its queue is
/// short, so nobody has to wait minutes for a price.
pub fn sample(address: &str) -> String {
    format!("base_url = \"{address}/api/v1\"\nadults = 2\nsettle_seconds = 12\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_for_two_adults_and_a_queue_of_seconds() {
        let config: Config = toml::from_str(&sample("http://127.0.0.1:8080")).unwrap();
        assert_eq!((config.adults, config.settle_seconds), (Some(2), 12));
        let adapter = Channex::new(config).unwrap();
        let base = adapter.manifest().bases[0].as_str();
        assert_eq!(base, "http://127.0.0.1:8080/api/v1");
    }
}
