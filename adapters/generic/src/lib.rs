//! The adapter of pms-v2, the plain protocol with client credentials, jobs and idempotency
//! keys. The README beside this crate is the protocol's whole specification.
//!
//! It says what to send and what an answer means; waiting, retrying and remembering are
//! the runtime's. The [`simulator`] keeps the same specification with code of its own.
//!
//! [`described`] is a second adapter, for vendors that a TOML file describes.
//!
//! Invariant: only the answers that the specification calls a success are one.

mod client;
mod config;
mod consent;
pub mod described;
mod discover;
mod errors;
mod idempotency;
mod jobs;
mod limits;
mod push;
mod read;
mod server;
pub mod simulator;
mod standing;
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
use rackrate_core::idempotency::Idempotency;
use rackrate_core::ids::Vendor;
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::RateLimit;
use rackrate_core::metadata::{AwaitsMetadata, Issuer, Metadata, Unfit};
use rackrate_core::rules::Restriction;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;

pub use client::ClientWay;
pub use config::{Config, ConfigError};
pub use consent::ConsentConfig;

use idempotency::Keys;
use jobs::JobEndpoint;
use limits::PerProperty;
use server::Server;
use standing::WithStanding;

/// The name in the catalogue.
pub const VENDOR: &str = "generic";

/// A connection that speaks pms-v2.
#[derive(Debug)]
pub struct Generic {
    manifest: Manifest,
    config: Config,
    server: Server,
    scopes: Scopes,
    auth: Box<dyn Authenticate>,
    limits: PerProperty,
    idempotency: Keys,
    jobs: JobEndpoint,
    awaiting: Option<Awaiting>,
}

/// An adapter whose server has still to describe itself.
#[derive(Debug)]
struct Awaiting {
    issuer: Issuer,
    config: Config,
}

impl AwaitsMetadata for Awaiting {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn knowing(&self, server: &Metadata) -> Result<Arc<dyn Adapter>, Unfit> {
        let server = Server::of_metadata(&self.config, server)?;
        Ok(Arc::new(Generic::at(&self.config, server, false)))
    }
}

impl Generic {
    /// An adapter of that configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(match &config.authorization_server {
            Some(issuer) => Self::at(&config, Server::unknown(issuer), true),
            None => Self::at(&config, Server::of_settings(&config), false),
        })
    }

    /// The adapter of checked settings at that server, which has still to describe itself where
    /// it is awaited.
    fn at(config: &Config, server: Server, awaited: bool) -> Self {
        let vendor = Vendor::constant(VENDOR);
        let mut bases = vec![config.base_url.clone()];
        let issuer = config.authorization_server.clone();
        let awaiting = issuer.filter(|_| awaited).map(|issuer| Awaiting {
            issuer,
            config: config.clone(),
        });
        let known = (!awaited).then(|| server.bases(config));
        for base in known.into_iter().flatten() {
            if !bases.contains(base) {
                bases.push(base.clone());
            }
        }
        Self {
            auth: Box::new(WithStanding {
                vendor: vendor.clone(),
                way: server.auth(&vendor, config),
            }),
            limits: PerProperty::new(
                config.requests_per_minute,
                Duration::from_millis(config.window_ms),
            ),
            idempotency: Keys::new(&vendor),
            jobs: JobEndpoint::new(&vendor, &config.base_url),
            manifest: manifest(vendor, bases, config, &server),
            scopes: config::needs(),
            config: config.clone(),
            server,
            awaiting,
        }
    }
}

fn manifest(vendor: Vendor, bases: Vec<url::Url>, config: &Config, server: &Server) -> Manifest {
    Manifest {
        vendor,
        title: "pms-v2 (generic)",
        bases,
        trace_header: None,
        settle: Duration::from_millis(config.settle_ms),
        flight_horizon: Duration::from_millis(config.flight_horizon_ms),
        secrets: config.client_auth(server).secrets(),
        client: Some("client_id".to_owned()),
        scopes: config.scopes.clone(),
        adults: None,
        restrictions: vec![Restriction::MinStayArrival],
        reads_before_writing: false,
        reads_need_facts: false,
    }
}

impl Adapter for Generic {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn auth(&self) -> &dyn Authenticate {
        self.auth.as_ref()
    }

    fn awaits(&self) -> Option<&dyn AwaitsMetadata> {
        Some(self.awaiting.as_ref()?)
    }

    fn scopes(&self) -> Option<&Scopes> {
        Some(&self.scopes)
    }

    fn asking_for(&self, operations: &[Operation]) -> Option<Arc<dyn Adapter>> {
        let config = Config {
            scopes: self.scopes.narrowed(&self.config.scopes, operations),
            ..self.config.clone()
        };
        config.check().ok()?;
        let awaited = self.awaiting.is_some();
        Some(Arc::new(Self::at(&config, self.server.clone(), awaited)))
    }

    fn limits(&self) -> &dyn RateLimit {
        &self.limits
    }

    fn idempotency(&self) -> &dyn Idempotency {
        &self.idempotency
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        Some(&self.jobs)
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        match operation {
            Operation::Push => Some(push::SHAPE),
            Operation::Read => Some(read::SHAPE),
            _ => None,
        }
    }

    fn discover(&self, _ask: &DiscoverAsk) -> Result<Request> {
        Ok(discover::request(&self.manifest))
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        _carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        discover::parse(&self.manifest, ask, response, out)
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
        push::parse(&self.manifest.vendor, chunk, response)
    }
}

/// The adapter of a connection's settings: of the vendor that `description` describes, else
/// of pms-v2.
///
/// # Errors
/// One line for each setting, or place in the description, that cannot be used.
pub fn adapter(settings: toml::Table) -> Result<Arc<dyn Adapter>, String> {
    if settings.contains_key("description") {
        let settings: described::Settings = typed(settings)?;
        return Ok(Arc::new(described::Described::new(&settings)?));
    }
    let adapter = Generic::new(typed(settings)?).map_err(|error| error.to_string())?;
    Ok(Arc::new(adapter))
}

fn typed<C: serde::de::DeserializeOwned>(settings: toml::Table) -> Result<C, String> {
    let typed = settings.try_into();
    typed.map_err(|error: toml::de::Error| error.message().to_owned())
}

/// Settings, as TOML lines, for a simulator of this protocol at that address.
pub fn sample(address: &str) -> String {
    format!("base_url = \"{address}\"\n")
}
