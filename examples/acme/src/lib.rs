//! The adapter of Acme: what to send, and what an answer means.
//!
//! Waiting, retrying and remembering are the runtime's. The [`simulator`] keeps the vendor's
//! rules with code of its own. The README beside this crate has the facts and their sources.
//!
//! Invariant: what is not understood is never a success.

mod auth;
mod config;
mod discover;
mod errors;
mod facts;
mod limits;
mod push;
mod read;
mod repeats;
pub mod simulator;
mod wire;

use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::Authenticate;
use rackrate_core::chunk::Chunk;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::Idempotency;
use rackrate_core::ids::Vendor;
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::RateLimit;
use rackrate_core::shape::Shape;

pub use config::{Config, ConfigError};

use auth::Credentials;
use limits::Limits;
use repeats::Repeats;

/// The name in the catalogue.
pub const VENDOR: &str = "acme";

/// A connection to Acme.
#[derive(Debug)]
pub struct Acme {
    manifest: Manifest,
    auth: Credentials,
    limits: Limits,
    repeats: Repeats,
}

impl Acme {
    /// An adapter of that configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let vendor = Vendor::constant(VENDOR);
        Ok(Self {
            auth: auth::credentials(&vendor, &config),
            limits: Limits,
            repeats: Repeats::new(&vendor),
            manifest: facts::manifest(vendor, &config),
        })
    }
}

impl Adapter for Acme {
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

    fn jobs(&self) -> Option<&dyn Jobs> {
        None
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        match operation {
            Operation::Push => push::SHAPE,
            Operation::Read => read::SHAPE,
            _ => None,
        }
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        discover::request(&self.manifest, ask)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        discover::parse(&self.manifest, ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        read::request(&self.manifest, ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        read::parse(&self.manifest, ask, carry, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        push::request(&self.manifest, chunk)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        push::parse(&self.manifest, chunk, response)
    }
}

/// Settings, as TOML lines, for a simulator at that address.
pub fn sample(address: &str) -> String {
    format!("base_url = \"{address}\"\n")
}
