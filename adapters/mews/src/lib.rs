//! The adapter of the Mews Connector API: prices by rate and room category, restrictions
//! by an operation of their own.
//!
//! It says what to send and what an answer means; waiting, retrying and remembering are
//! the runtime's. Facts, their sources and their contradictions are in the README. The
//! [`simulator`] keeps the same facts with code of its own.
//!
//! Invariant: a night is sent as the instant at which its day begins at the property, and
//! both ends of an interval are meant.

mod answer;
mod auth;
mod config;
mod days;
mod discover;
mod extra;
mod limits;
mod paging;
mod prices;
mod pricing;
mod read;
mod restrict;
mod restrictions;
pub mod simulator;
mod types;

use std::time::Duration;

use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::Authenticate;
use rackrate_core::chunk::Chunk;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Idempotency, SetsState};
use rackrate_core::ids::Vendor;
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::RateLimit;
use rackrate_core::rules::Restriction;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;

pub use config::{Config, ConfigError};

use answer::Api;
use auth::BodyTokens;
use limits::PerToken;

/// The name in the catalogue.
pub const VENDOR: &str = "mews";

/// A connection to Mews.
#[derive(Debug)]
pub struct Mews {
    manifest: Manifest,
    api: Api,
    adults: u8,
    portfolio: bool,
    scopes: Scopes,
    auth: BodyTokens,
    limits: PerToken,
    idempotency: SetsState,
}

impl Mews {
    /// An adapter of that configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let vendor = Vendor::constant(VENDOR);
        Ok(Self {
            manifest: manifest(vendor.clone(), &config),
            scopes: auth::rights(),
            auth: BodyTokens::new(vendor.clone(), config.base_url.clone()),
            limits: PerToken::new(),
            // No key is documented anywhere, and operations replace what they name.
            idempotency: SetsState::new(&vendor),
            adults: config.adults,
            portfolio: config.portfolio,
            api: Api::new(vendor, config),
        })
    }
}

fn manifest(vendor: Vendor, config: &Config) -> Manifest {
    Manifest {
        vendor,
        title: "Mews",
        bases: vec![config.base_url.clone()],
        trace_header: Some("Request-Id"),
        settle: Duration::from_secs(config.settle_seconds),
        flight_horizon: Duration::from_secs(config.flight_horizon_seconds),
        secrets: auth::SEALED.map(|(_, secret)| secret).to_vec(),
        client: None,
        scopes: Vec::new(),
        adults: Some(config.adults),
        restrictions: Restriction::ALL.to_vec(),
        // What hotel staff set must not be written again as ours; only a read tells it.
        reads_before_writing: true,
        reads_need_facts: true,
    }
}

impl Adapter for Mews {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn auth(&self) -> &dyn Authenticate {
        &self.auth
    }

    fn scopes(&self) -> Option<&Scopes> {
        Some(&self.scopes)
    }

    fn limits(&self) -> &dyn RateLimit {
        &self.limits
    }

    fn idempotency(&self) -> &dyn Idempotency {
        &self.idempotency
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        None
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        match operation {
            Operation::Push => Some(prices::SHAPE),
            Operation::Restrict => Some(restrict::SHAPE),
            Operation::Read => Some(read::SHAPE),
            _ => None,
        }
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        discover::request(&self.api, self.portfolio, ask)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        discover::parse(&self.api, self.portfolio, ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        read::request(&self.api, ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        read::parse(&self.api, self.adults, ask, carry, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        match chunk.operation {
            Operation::Restrict => restrict::request(&self.api, chunk),
            _ => prices::request(&self.api, self.adults, chunk),
        }
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        let operation = match chunk.operation {
            Operation::Restrict => Operation::Restrict,
            _ => Operation::Push,
        };
        self.api.done(operation, response)
    }
}

/// Settings, as TOML lines, for a simulator of this vendor at that address. Its one access
/// token is a portfolio's, because it may have several hotels; its prices settle in
/// seconds.
pub fn sample(address: &str) -> String {
    format!("base_url = \"{address}\"\nadults = 2\nportfolio = true\nsettle_seconds = 3\n")
}
