//! The adapter of the apaleo core API: client credentials, rates by time slice, and PUTs
//! that replace a night whole.
//!
//! It says what to send and what an answer means; waiting, retrying and remembering are
//! the runtime's. Facts, their sources and their contradictions are in the README. The
//! [`simulator`] keeps the same facts with code of its own.
//!
//! Invariant: a night is written only with what a read noted down of it: the exact ends of
//! its time slice, and the restrictions that the write would else take away.

mod answer;
mod auth;
mod config;
mod discover;
mod limits;
mod page;
mod plans;
mod push;
mod read;
pub mod simulator;
mod slice;
mod wire;

use std::sync::Arc;
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

pub use config::{Account, Config, ConfigError};

use answer::Api;
use auth::ClientCredentials;
use limits::Allowances;

/// The name in the catalogue.
pub const VENDOR: &str = "apaleo";

/// The restrictions of a rate; both stays bind guests who arrive on the night.
const RESTRICTIONS: [Restriction; 5] = [
    Restriction::MinStayArrival,
    Restriction::MaxStayArrival,
    Restriction::ClosedToArrival,
    Restriction::ClosedToDeparture,
    Restriction::StopSell,
];

/// A connection to apaleo.
#[derive(Debug)]
pub struct Apaleo {
    config: Config,
    scopes: Scopes,
    manifest: Manifest,
    api: Api,
    adults: u8,
    auth: ClientCredentials,
    limits: Allowances,
    idempotency: SetsState,
}

impl Apaleo {
    /// An adapter of that configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let vendor = Vendor::constant(VENDOR);
        Ok(Self {
            auth: ClientCredentials::new(&vendor, &config),
            limits: Allowances::new(config.account),
            // A PUT sets a state; the vendor's keys are for POST only, and nothing here is one.
            idempotency: SetsState::new(&vendor),
            adults: config.adults,
            api: Api::new(&vendor, &config.base_url),
            manifest: manifest(vendor, &config),
            scopes: auth::needs(),
            config,
        })
    }
}

fn manifest(vendor: Vendor, config: &Config) -> Manifest {
    let mut bases = vec![config.base_url.clone()];
    if config.identity_url != config.base_url {
        bases.push(config.identity_url.clone());
    }
    Manifest {
        vendor,
        title: "apaleo",
        bases,
        trace_header: Some(answer::TRACE),
        settle: Duration::from_secs(config.settle_seconds),
        flight_horizon: Duration::from_secs(config.flight_horizon_seconds),
        secrets: vec![auth::CLIENT_SECRET],
        client: Some(config.client_id.clone()),
        scopes: auth::needs().of(&Operation::ALL),
        adults: Some(config.adults),
        restrictions: RESTRICTIONS.to_vec(),
        reads_before_writing: true,
        reads_need_facts: false,
    }
}

impl Adapter for Apaleo {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn auth(&self) -> &dyn Authenticate {
        &self.auth
    }

    fn scopes(&self) -> Option<&Scopes> {
        Some(&self.scopes)
    }

    fn asking_for(&self, operations: &[Operation]) -> Option<Arc<dyn Adapter>> {
        let mut narrowed = Self::new(self.config.clone()).ok()?;
        narrowed.manifest.scopes = self.scopes.of(operations);
        Some(Arc::new(narrowed))
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
            Operation::Push => Some(push::SHAPE),
            Operation::Read => Some(read::SHAPE),
            _ => None,
        }
    }

    fn discover(&self, _ask: &DiscoverAsk) -> Result<Request> {
        Ok(discover::request(&self.api))
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        discover::parse(&self.api, ask, carry, response, out)
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
        push::request(&self.api, self.adults, chunk)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        push::parse(&self.api, chunk, response)
    }
}

/// Settings, as TOML lines, for a simulator of this vendor at that address. Its prices are
/// for two adults, which its plans have no surcharge for.
pub fn sample(address: &str) -> String {
    let client = simulator::CLIENT_ID;
    format!(
        "base_url = \"{address}\"\nidentity_url = \"{address}\"\nclient_id = \"{client}\"\n\
         adults = 2\nsettle_seconds = 3\n"
    )
}
