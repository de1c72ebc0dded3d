//! A vendor without Rust: an adapter whose protocol is a TOML file.
//!
//! [`Description::parse`] reads the file and finds all that is wrong with it; [`Described`]
//! does what it says. The README tells how such a file is written. What a description
//! cannot say needs an adapter of its own.
//!
//! Invariant: an answer is a success only where the file says how that looks and the answer
//! looks so.

mod ask;
mod auth;
mod description;
mod discover;
mod failures;
mod jobs;
mod json;
mod load;
mod names;
mod paging;
mod promises;
mod push;
mod read;
mod receipt;
mod route;
mod rows;
mod settings;
mod template;
mod values;

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
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::RateLimit;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;
use url::Url;

pub use description::Description;
pub use settings::{Settings, Source};

use auth::DescribedAuth;
use jobs::DescribedJobs;
use promises::{DescribedKeys, DescribedLimits};
use settings::Addresses;

/// A connection to a vendor that a file describes.
#[derive(Debug)]
pub struct Described {
    description: Arc<Description>,
    settings: Settings,
    manifest: Manifest,
    base: Url,
    auth: DescribedAuth,
    limits: DescribedLimits,
    keys: DescribedKeys,
    jobs: Option<DescribedJobs>,
}

impl Described {
    /// An adapter of those settings.
    ///
    /// # Errors
    /// One line for each mistake: those of the description with its file, line and column,
    /// or else the setting that cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let Source { file, text } = &settings.description;
        let description = Description::parse(file, text).map_err(|findings| {
            let lines = findings.iter();
            let lines = lines.map(|one| format!("{}: {}", one.place, one.message));
            lines.collect::<Vec<_>>().join("\n")
        })?;
        Self::of(description, settings)
    }

    fn of(mut description: Description, settings: &Settings) -> Result<Self, String> {
        let addresses = settings.addresses(&description)?;
        if let Some(token) = &mut description.auth.token {
            token.scopes = settings.scopes(&token.scopes)?;
        } else if settings.scopes.is_some() {
            return Err("scopes is of no use: the vendor has no tokens".to_owned());
        }
        let description = Arc::new(description);
        let (vendor, base) = (description.vendor.id.clone(), addresses.api.clone());
        Ok(Self {
            manifest: manifest(&description, &addresses, settings),
            limits: DescribedLimits::new(&description.limits, &description.errors),
            keys: DescribedKeys {
                vendor: vendor.clone(),
                keys: description.keys.clone(),
            },
            jobs: description.job.clone().map(|job| DescribedJobs {
                description: Arc::clone(&description),
                job,
                base: base.clone(),
            }),
            auth: DescribedAuth {
                vendor,
                auth: description.auth.clone(),
                base: base.clone(),
                token_base: addresses.token,
            },
            base,
            settings: settings.clone(),
            description,
        })
    }
}

fn manifest(description: &Description, addresses: &Addresses, settings: &Settings) -> Manifest {
    let mut bases = vec![addresses.api.clone()];
    if description.auth.token.is_some() && addresses.token != addresses.api {
        bases.push(addresses.token.clone());
    }
    let secrets = description.auth.secrets();
    let about = &description.vendor;
    let time = |own: Option<u64>, described| own.map_or(described, Duration::from_millis);
    let token = description.auth.token.as_ref();
    Manifest {
        vendor: about.id.clone(),
        title: about.title,
        bases,
        trace_header: about.trace_header,
        settle: time(settings.settle_ms, about.settle),
        flight_horizon: time(settings.flight_horizon_ms, about.flight_horizon),
        // A key is no client's name, and nothing that is derived from one is kept.
        client: token.map(|_| "client_id".to_owned()),
        secrets,
        scopes: token.map(|token| token.scopes.clone()).unwrap_or_default(),
        adults: about.adults,
        restrictions: description.rules.keys().copied().collect(),
        reads_before_writing: false,
        reads_need_facts: false,
    }
}

impl Adapter for Described {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn auth(&self) -> &dyn Authenticate {
        &self.auth
    }

    fn scopes(&self) -> Option<&Scopes> {
        let token = self.description.auth.token.as_ref()?;
        Some(&token.needs)
    }

    fn asking_for(&self, operations: &[Operation]) -> Option<Arc<dyn Adapter>> {
        let token = self.description.auth.token.as_ref()?;
        let asked = token.needs.narrowed(&token.scopes, operations);
        if asked.is_empty() {
            return None;
        }
        let settings = Settings {
            scopes: Some(asked),
            ..self.settings.clone()
        };
        let narrowed = Self::of((*self.description).clone(), &settings);
        Some(Arc::new(narrowed.ok()?))
    }

    fn limits(&self) -> &dyn RateLimit {
        &self.limits
    }

    fn idempotency(&self) -> &dyn Idempotency {
        &self.keys
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        self.jobs.as_ref().map(|jobs| jobs as _)
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        match operation {
            Operation::Push => Some(self.description.push.shape),
            Operation::Read => Some(self.description.read.shape),
            _ => None,
        }
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        self.description.discover_request(&self.base, ask)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        self.description
            .parse_discover(&self.base, ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        self.description.read_request(&self.base, ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        self.description
            .parse_read(&self.base, ask, carry, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        self.description.push_request(&self.base, chunk)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        self.description.parse_push(chunk, response)
    }
}
