//! The adapter of Oracle OPERA Cloud through OHIP: daily prices and restrictions as
//! asynchronous jobs of a gateway.
//!
//! It says what to send and what an answer means; waiting, retrying and remembering are
//! the runtime's. Facts, their sources and their contradictions are in the README. The
//! [`simulator`] keeps the same facts with code of its own.
//!
//! Invariant: a job's end is no proof. What it did is known when it is read back.

mod api;
mod auth;
mod config;
mod discover;
mod jobs;
mod limits;
mod push;
mod read;
mod restrict;
mod restrictions;
mod schedules;
pub mod simulator;
mod wire;

use std::time::Duration;

use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::Authenticate;
use rackrate_core::chunk::Chunk;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::{Idempotency, SetsState};
use rackrate_core::ids::{Vendor, VendorId};
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::RateLimit;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;

pub use config::{Config, ConfigError, Mode};

use api::Api;
use auth::Identity;
use jobs::Processes;
use limits::Gateway;

/// The name in the catalogue.
pub const VENDOR: &str = "ohip";

/// A connection to one gateway of OPERA Cloud.
#[derive(Debug)]
pub struct Ohip {
    scopes: Scopes,
    manifest: Manifest,
    api: Api,
    hotels: Vec<VendorId>,
    restricts: bool,
    auth: Identity,
    limits: Gateway,
    repeats: SetsState,
    jobs: Processes,
}

impl Ohip {
    /// An adapter of that configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let vendor = Vendor::constant(VENDOR);
        let api = Api::new(
            vendor.clone(),
            config.gateway.clone(),
            config.external_system.clone(),
        );
        let seconds = Duration::from_secs;
        Ok(Self {
            auth: Identity::new(&vendor, &config),
            limits: Gateway::new(),
            repeats: SetsState::new(&vendor)
                .with_not_again_within(seconds(config.repeat_after_seconds)),
            jobs: Processes::new(api.clone(), seconds(config.poll_seconds)),
            manifest: manifest(vendor, &config),
            scopes: auth::rights(),
            restricts: config.restrictions,
            hotels: config.hotels,
            api,
        })
    }
}

fn manifest(vendor: Vendor, config: &Config) -> Manifest {
    Manifest {
        vendor,
        title: "OPERA Cloud",
        bases: vec![config.gateway.clone()],
        trace_header: Some("x-request-id"),
        settle: Duration::from_secs(config.settle_seconds),
        flight_horizon: Duration::from_secs(config.flight_horizon_seconds),
        secrets: Identity::secrets(config.mode),
        client: None,
        scopes: match config.mode {
            Mode::ClientCredentials => config.scopes.clone(),
            Mode::Password => Vec::new(),
        },
        adults: None,
        restrictions: match config.restrictions {
            true => restrict::KINDS.to_vec(),
            false => Vec::new(),
        },
        reads_before_writing: true,
        reads_need_facts: true,
    }
}

impl Adapter for Ohip {
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
        &self.repeats
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        Some(&self.jobs)
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        match operation {
            Operation::Push => Some(push::SHAPE),
            Operation::Restrict => self.restricts.then_some(restrict::SHAPE),
            Operation::Read => Some(read::SHAPE),
            _ => None,
        }
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        discover::request(&self.api, &self.hotels, ask)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        discover::parse(&self.api, &self.hotels, ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        read::request(&self.api, self.restricts, ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        read::parse(&self.api, self.restricts, ask, carry, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        match chunk.operation {
            Operation::Push => push::request(&self.api, chunk),
            Operation::Restrict if self.restricts => restrict::request(&self.api, chunk),
            other => Err(self.api.bug(other, "this connection has no such write")),
        }
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        push::parse(&self.api, chunk, response)
    }
}

/// Settings, as TOML lines, for a simulator of this vendor at that address. Its jobs are
/// asked for every second, so nobody has to wait for the vendor's minutes.
pub fn sample(address: &str) -> String {
    format!(
        "gateway = \"{address}\"\nenterprise = \"SAMPLE\"\nexternal_system = \"RACKRATE\"\n\
         settle_seconds = 3\npoll_seconds = 1\n"
    )
}
