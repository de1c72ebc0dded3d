//! The adapter of the Guesty Open API: client credentials, listings and their calendar.
//!
//! It says what to send and what an answer means; waiting, retrying and remembering are
//! the runtime's. Facts, their sources and their contradictions are in the README. The
//! [`simulator`] keeps the same facts with code of its own.
//!
//! Invariant: a listing's availability is never written, and an acceptance proves nothing:
//! the read-back does.

mod answer;
mod auth;
mod calendar;
mod config;
mod discover;
mod limits;
mod listings;
mod push;
mod read;
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
use rackrate_core::ids::Vendor;
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::RateLimit;
use rackrate_core::rules::Restriction;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;

pub use config::{Config, ConfigError, GroupBy};

use answer::Api;
use auth::ClientCredentials;
use limits::Account;
use listings::Groups;

/// The name in the catalogue.
pub const VENDOR: &str = "guesty";

/// A connection to Guesty: one account.
#[derive(Debug)]
pub struct Guesty {
    scopes: Scopes,
    manifest: Manifest,
    api: Api,
    groups: Groups,
    adults: u8,
    auth: ClientCredentials,
    limits: Account,
    repeats: SetsState,
}

impl Guesty {
    /// An adapter of that configuration.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let vendor = Vendor::constant(VENDOR);
        let token_base = config.token_base()?;
        let api = Api::new(vendor.clone(), config.base_url.clone());
        Ok(Self {
            auth: ClientCredentials::new(&vendor, &config.base_url, &token_base),
            limits: Account::new(),
            // There are no keys and nothing to look up; what a lost write did is read back.
            repeats: SetsState::new(&vendor),
            groups: Groups::new(config.group_by, config.tag_prefix.as_deref()),
            adults: config.adults,
            scopes: auth::needs(),
            manifest: manifest(vendor, token_base, &config),
            api,
        })
    }
}

fn manifest(vendor: Vendor, token_base: url::Url, config: &Config) -> Manifest {
    Manifest {
        vendor,
        title: "Guesty",
        bases: vec![config.base_url.clone(), token_base],
        trace_header: None,
        settle: Duration::from_secs(config.settle_seconds),
        flight_horizon: Duration::from_secs(config.flight_horizon_seconds),
        secrets: vec!["client_id", "client_secret"],
        client: config.client_name.clone(),
        scopes: vec![auth::SCOPE.to_owned()],
        adults: Some(config.adults),
        restrictions: vec![
            Restriction::MinStayArrival,
            Restriction::ClosedToArrival,
            Restriction::ClosedToDeparture,
        ],
        reads_before_writing: false,
        reads_need_facts: false,
    }
}

impl Adapter for Guesty {
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
        Ok(discover::request(&self.api, &self.groups))
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        discover::parse(&self.api, &self.groups, ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        self.reader(ask).request()
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        self.reader(ask).parse(carry, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        push::request(&self.api, self.adults, chunk)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        push::parse(&self.api, chunk, response)
    }
}

impl Guesty {
    fn reader<'a>(&'a self, ask: &'a ReadAsk) -> read::Reader<'a> {
        read::Reader {
            api: &self.api,
            groups: &self.groups,
            adults: self.adults,
            ask,
        }
    }
}

/// Settings, as TOML lines, for a simulator of this vendor at that address. Its hotels are
/// complexes, and its listings are priced for two adults.
pub fn sample(address: &str) -> String {
    format!(
        "base_url = \"{address}/v1\"\ntoken_base_url = \"{address}\"\nadults = 2\n\
         group_by = \"complex\"\nsettle_seconds = 3\n"
    )
}
