//! The seam: what an adapter is.
//!
//! An adapter says what to send and what an answer means. It does no I/O, reads no clock
//! and is not async; the runtime sends, waits, retries, refreshes and remembers. So it is
//! tested with literal bytes, and its vendor's simulator never shares code with it.
//!
//! Invariant: what an adapter does not understand is never a success.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::auth::Authenticate;
use crate::chunk::{Chunk, Receipt, Sellable, Target};
use crate::error::Result;
use crate::exchange::{Operation, Request, Response};
use crate::idempotency::Idempotency;
use crate::ids::{Ids, JobRef, Vendor, VendorId};
use crate::jobs::Jobs;
use crate::limit::RateLimit;
use crate::metadata::AwaitsMetadata;
use crate::money::{Basis, Currency};
use crate::night::Night;
use crate::rules::{Restriction, Rules};
use crate::scope::Scopes;
use crate::series::Seen;
use crate::shape::Shape;
use crate::words::clean_name;

/// One vendor's protocol, built from its typed configuration.
pub trait Adapter: Send + Sync + fmt::Debug {
    /// Facts about the vendor and what this adapter can do.
    fn manifest(&self) -> &Manifest;

    /// Authentication.
    fn auth(&self) -> &dyn Authenticate;

    /// The scopes that each operation needs; `None` where the vendor has none.
    fn scopes(&self) -> Option<&Scopes> {
        None
    }

    /// This adapter, asking for the scopes that these operations need and for no more; `None`
    /// where the scopes do not go by operation, or are not asked for.
    fn asking_for(&self, _operations: &[Operation]) -> Option<Arc<dyn Adapter>> {
        None
    }

    /// What has to be learned of an authorization server before this adapter can be used;
    /// `None` where every address is known.
    fn awaits(&self) -> Option<&dyn AwaitsMetadata> {
        None
    }

    /// Allowances.
    fn limits(&self) -> &dyn RateLimit;

    /// What a repeated write does.
    fn idempotency(&self) -> &dyn Idempotency;

    /// Jobs, where writes are asynchronous.
    fn jobs(&self) -> Option<&dyn Jobs>;

    /// The form of one request of that operation; `None` where the vendor lacks it. Only
    /// [`Operation::Push`], [`Operation::Read`] and, where restrictions do not travel with
    /// prices, [`Operation::Restrict`] have one.
    fn shape(&self, operation: Operation) -> Option<Shape>;

    /// The first request that lists what there is.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Bug`] for what the vendor cannot be asked.
    fn discover(&self, ask: &DiscoverAsk) -> Result<Request>;

    /// Reads its answer into `out`, and says whether there is more to ask.
    ///
    /// # Errors
    /// What the answer means when it is no list.
    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>>;

    /// The first request that reads prices and restrictions.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Bug`] for a span beyond the shape.
    fn read(&self, ask: &ReadAsk) -> Result<Request>;

    /// Reads its answer into `sink`, and says whether there is more to ask.
    ///
    /// # Errors
    /// What the answer means when it is no list; a page half read is an error.
    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>>;

    /// The one request that writes a chunk.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Bug`] for a chunk beyond the shape.
    fn push(&self, chunk: &Chunk) -> Result<Request>;

    /// Reads its answer.
    ///
    /// # Errors
    /// What the answer means when it is no acceptance; the delivery is `Unknown` wherever
    /// the vendor may have acted.
    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission>;
}

/// Facts about a vendor and what its adapter can do. Capabilities are data; the runtime
/// enforces them.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The vendor.
    pub vendor: Vendor,
    /// Its name, for people.
    pub title: &'static str,
    /// The addresses requests may go to; the first one is the API's.
    pub bases: Vec<Url>,
    /// The response header by which the vendor's support finds a request.
    pub trace_header: Option<&'static str>,
    /// How long after acceptance the vendor may still show old prices.
    pub settle: Duration,
    /// How long a request may still arrive after it left.
    pub flight_horizon: Duration,
    /// The names of the secrets a connection must give.
    pub secrets: Vec<&'static str>,
    /// What quotas of [`crate::limit::Scope::Client`] are counted by: the name of the secret that
    /// identifies the client, or what a setting calls it. Default: the secret `client_id`.
    pub client: Option<String>,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// The one number of adults prices are for, where the vendor has no occupancy prices;
    /// `None` where each price says whom it is for.
    pub adults: Option<u8>,
    /// Which restrictions can be written and read back.
    pub restrictions: Vec<Restriction>,
    /// Whether a write needs what a read of the same minutes noted down ([`Sink::note`]).
    /// Such a connection is read live for every plan, whatever is already known of it.
    pub reads_before_writing: bool,
    /// Whether a read needs what discovery says, beyond identifiers, currency and zone; then
    /// `verify` discovers first.
    pub reads_need_facts: bool,
}

/// What a parser found: all of it, or a part and the next question.
#[derive(Clone, Debug)]
pub enum Step<T> {
    /// Finished.
    Done(T),
    /// There is more.
    Next {
        /// The next question.
        request: Box<Request>,
        /// What the parser wants to be told again with its answer.
        carry: Carry,
    },
}

/// State a parser hands to itself across questions; JSON, so that it can be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carry(String);

impl Carry {
    /// Writes a value down.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn of<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }

    /// The value written down; its default on the first answer.
    ///
    /// # Errors
    /// When another parser's carry is handed in.
    pub fn get<T: DeserializeOwned + Default>(&self) -> Result<T, serde_json::Error> {
        if self.0.is_empty() {
            return Ok(T::default());
        }
        serde_json::from_str(&self.0)
    }
}

/// What to list.
#[derive(Clone, Debug)]
pub struct DiscoverAsk {
    /// One property only; all that the credential reaches when `None`.
    pub property: Option<VendorId>,
    /// The properties that the mapping names, for vendors that do not list theirs.
    pub mapped: Vec<VendorId>,
    /// Today at the property, for vendors whose lists need a date.
    pub today: Night,
}

/// What there is at a vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The properties, in the vendor's order.
    pub properties: Vec<DiscoveredProperty>,
}

impl Discovery {
    /// Cleans what people typed into the vendor's screens, as [`crate::words`] has it; for the
    /// one place where discoveries enter. Identifiers go back to the vendor as they came.
    pub fn clean(&mut self) {
        for property in &mut self.properties {
            property.name = clean_name(&property.name);
            property.time_zone = property.time_zone.as_deref().map(clean_name);
            for sellable in &mut property.sellables {
                sellable.name = clean_name(&sellable.name);
            }
        }
    }
}

/// A property as its vendor describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveredProperty {
    /// The vendor's identifier.
    pub id: VendorId,
    /// The name, for people.
    pub name: String,
    /// The IANA time zone.
    pub time_zone: Option<String>,
    /// The currency of its prices.
    pub currency: Option<Currency>,
    /// Whether prices include tax.
    pub basis: Option<Basis>,
    /// What can be sold.
    pub sellables: Vec<Sellable>,
}

/// Which prices to read.
#[derive(Clone, Debug)]
pub struct ReadAsk {
    /// The property.
    pub target: Arc<Target>,
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
}

/// Takes what was read, in any order; the last word on a night counts.
pub trait Sink {
    /// A price for that number of adults.
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen);

    /// The restrictions of a night.
    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules);

    /// What the adapter wants to know again when it writes that night; see
    /// [`crate::notes::Notes`]. Default: forgotten, for those who only look.
    fn note(&mut self, _ids: &Ids, _night: Night, _text: &str) {}
}

/// What a vendor did with a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submission {
    /// Done; refused rows are in the receipt.
    Answered(Receipt),
    /// It became a job.
    Queued(JobRef),
}
