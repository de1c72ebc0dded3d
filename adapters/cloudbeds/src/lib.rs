//! The adapter of the Cloudbeds PMS API v1.3: API keys and grants that a person gives,
//! `patchRate` and its jobs.
//!
//! It says what to send and what an answer means; waiting, retrying and remembering are
//! the runtime's. Facts, their sources and their contradictions are in the README. The
//! [`simulator`] keeps the same facts with code of its own.
//!
//! Invariant: only `"success": true` with the content asked for is a success, because this
//! vendor reports failures with status 200.

mod answer;
mod config;
mod discover;
mod jobs;
mod limits;
mod look_up;
mod oauth;
mod push;
mod read;
mod refusal;
mod restrictions;
pub mod simulator;
mod wire;

use std::sync::Arc;
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
use rackrate_core::idempotency::Idempotency;
use rackrate_core::ids::Vendor;
use rackrate_core::jobs::Jobs;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::limit::RateLimit;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;

pub use config::{Auth, Client, Config, ConfigError};
pub use restrictions::LengthOfStay;

use answer::Api;
use jobs::RateJobs;
use limits::PerSecond;
use look_up::JobList;
use oauth::Consented;

/// The name in the catalogue.
pub const VENDOR: &str = "cloudbeds";

/// Where a property's or a partner's key goes.
const KEY: HeaderName = HeaderName::from_static("x-api-key");
/// When a key dies.
const KEY_LIFE: Lifetime = Lifetime::unused(
    UNUSED,
    "developers.cloudbeds.com/docs/api-keys-authentication-guide-for-technology-partners, read 2026",
);
/// When a grant dies. The vendor's pages also say 365 days, and never; the shortest is safe.
const GRANT_LIFE: Lifetime = Lifetime::unused(
    UNUSED,
    "developers.cloudbeds.com/docs/alternative-oauth-20-authentication-method, read 2025",
);
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);

/// A connection to Cloudbeds.
#[derive(Debug)]
pub struct Cloudbeds {
    config: Config,
    scopes: Scopes,
    manifest: Manifest,
    api: Api,
    adults: u8,
    stays: LengthOfStay,
    auth: Box<dyn Authenticate>,
    limits: PerSecond,
    idempotency: JobList,
    jobs: RateJobs,
}

impl Cloudbeds {
    /// An adapter of that configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let vendor = Vendor::constant(VENDOR);
        let api = Api::new(vendor.clone(), config.auth, config.bases());
        Ok(Self {
            auth: auth(&api, &config),
            limits: PerSecond::new(config.client, config.requests_per_second)?,
            idempotency: JobList::new(api.clone(), config.length_of_stay),
            jobs: RateJobs::new(api.clone()),
            adults: config.adults,
            stays: config.length_of_stay,
            manifest: manifest(vendor, &config),
            scopes: config.needs(),
            config,
            api,
        })
    }
}

fn auth(api: &Api, config: &Config) -> Box<dyn Authenticate> {
    match config.auth {
        Auth::ApiKey => Box::new(ApiKey::new(&api.vendor, KEY).with_lifetime(KEY_LIFE)),
        Auth::Oauth | Auth::KeyByConsent => Box::new(Consented::new(api.clone(), config)),
    }
}

fn manifest(vendor: Vendor, config: &Config) -> Manifest {
    let (bases, secrets) = match config.auth {
        Auth::ApiKey => (config.bases(), vec![API_KEY]),
        Auth::Oauth | Auth::KeyByConsent => {
            (oauth::bases(config), vec!["client_id", "client_secret"])
        }
    };
    Manifest {
        vendor,
        title: "Cloudbeds",
        bases,
        trace_header: Some("x-request-id"),
        settle: Duration::from_secs(config.settle_seconds),
        flight_horizon: Duration::from_secs(config.flight_horizon_seconds),
        secrets,
        client: config.client_name.clone(),
        scopes: config.scopes(),
        adults: Some(config.adults),
        restrictions: config.length_of_stay.restrictions().to_vec(),
        reads_before_writing: false,
        reads_need_facts: false,
    }
}

impl Adapter for Cloudbeds {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn auth(&self) -> &dyn Authenticate {
        self.auth.as_ref()
    }

    fn scopes(&self) -> Option<&Scopes> {
        Some(&self.scopes)
    }

    fn asking_for(&self, operations: &[Operation]) -> Option<Arc<dyn Adapter>> {
        let scopes = self.scopes.narrowed(&self.manifest.scopes, operations);
        let config = match self.config.auth {
            // A user of the property ticks them.
            Auth::ApiKey => self.config.clone(),
            Auth::Oauth | Auth::KeyByConsent => Config {
                scopes: Some(scopes.clone()),
                ..self.config.clone()
            },
        };
        let mut narrowed = Self::new(config).ok()?;
        narrowed.manifest.scopes = scopes;
        Some(Arc::new(narrowed))
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
        discover::parse(&self.api, ask, carry, response, out)
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
        let parser = read::Parser {
            api: &self.api,
            adults: self.adults,
            stays: self.stays,
            ask,
        };
        parser.parse(response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        push::request(&self.api, self.adults, self.stays, chunk)
    }

    fn parse_push(&self, _chunk: &Chunk, response: &Response) -> Result<Submission> {
        push::parse(&self.api, response)
    }
}

/// Settings, as TOML lines, for a simulator of this vendor at that address. Its prices
/// settle in seconds, so nobody has to wait a quarter of an hour for them; its minimum
/// stays are on arrival, as those of the sample calendar.
pub fn sample(address: &str) -> String {
    format!(
        "base_url = \"{address}/api/v1.3\"\nadults = 2\nlength_of_stay = \"arrival\"\nsettle_seconds = 3\n"
    )
}
