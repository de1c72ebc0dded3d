//! What an adapter's crate tells of itself, so that the clauses can be checked.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::chunk::{Chunk, Target};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::money::Currency;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::secret::Secrets;
use rackrate_core::simulator::{Hotel, Simulator, SimulatorSetup};

/// An adapter with all that its clauses need.
pub struct Vendor {
    /// Builds the adapter from its settings as JSON.
    pub build: fn(&str) -> Result<Box<dyn Adapter>, String>,
    /// Settings that are good.
    pub config: String,
    /// Settings for more than one property, for allowances that several share.
    pub portfolio: Portfolio,
    /// The setting that lists the scopes to ask for; `None` where they are fixed.
    pub scopes: Option<&'static str>,
    /// Secrets by the manifest's names; texts that occur nowhere else.
    pub secrets: Secrets,
    /// The property that all samples are of.
    pub target: Arc<Target>,
    /// Chunks within the shape, each with prices and, where the vendor has them,
    /// restrictions; none sets a price that another one sets.
    pub chunks: Vec<Chunk>,
    /// The question that the golden discovery answers.
    pub discover: DiscoverAsk,
    /// The window that the golden page answers: first and last night.
    pub window: (Night, Night),
    /// A job as the vendor names them; `None` where it has none.
    pub job: Option<JobRef>,
    /// Answers and what they mean. Those to pushes and polls are about the first chunk.
    pub golden: Vec<Golden>,
    /// Reads the prices and restrictions of a push from its bytes, with code of its own.
    pub written: fn(&http::Request<Bytes>) -> Vec<Written>,
    /// A last page with this one price, for the property and within the window.
    pub page: fn(&Price<'_>) -> Response,
    /// First pages that have a next one, by what they answer; none where everything is
    /// told in one page.
    pub first_pages: Vec<(Operation, Response)>,
    /// The answer to a poll that names this state; `None` where there are no jobs.
    pub job_state: Option<fn(&JobRef, &str) -> Response>,
    /// The simulator and its hotels; `None` where there is none yet.
    pub stage: Option<Stage>,
}

/// Settings for more than one property.
#[derive(Clone, Debug)]
pub struct Portfolio {
    pub(crate) config: String,
    pub(crate) is_shared: bool,
}

impl Portfolio {
    /// Good settings with which a connection reaches several properties; another connection
    /// has other secrets, and shares nothing with it.
    pub fn apart(config: &str) -> Self {
        Self {
            config: config.to_owned(),
            is_shared: false,
        }
    }

    /// The same for connections that the vendor counts as one, by their client or address,
    /// where all have these settings and secrets.
    pub fn shared(config: &str) -> Self {
        Self {
            is_shared: true,
            ..Self::apart(config)
        }
    }
}

/// An answer and what it means.
#[derive(Clone, Debug)]
pub struct Golden {
    /// What it answers.
    pub operation: Operation,
    /// The answer.
    pub response: Response,
    /// What it means.
    pub meaning: Meaning,
}

/// What a golden answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// All that was asked for was done: the token, list, page, acceptance, finished job.
    Success,
    /// It was not, whatever the status says.
    Failure,
}

/// One price or restriction of a night, as it stands in a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The room type, where the request names it.
    pub room: Option<String>,
    /// The rate plan, where the request names it.
    pub plan: Option<String>,
    /// The night.
    pub night: Night,
    /// For how many adults; 0 where the request does not say.
    pub adults: u8,
    /// The amount's digits as they stand there, without quotes.
    pub price: Option<String>,
    /// The restrictions it speaks of.
    pub rules: Rules,
}

/// A price to be shown by a made-up page.
#[derive(Clone, Copy, Debug)]
pub struct Price<'a> {
    /// The amount as JSON text, quotes included where it is to be a text.
    pub amount: &'a str,
    /// The currency.
    pub currency: Currency,
}

/// A simulator and its hotels.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Builds the simulator.
    pub build: fn(SimulatorSetup) -> Result<Box<dyn Simulator>, String>,
    /// The samples' property, without prices.
    pub hotel: Hotel,
    /// The same property with prices inside the window: more than one page has, where a
    /// read has pages.
    pub crowded: Hotel,
}

impl Vendor {
    pub(crate) fn adapter(&self) -> Result<Box<dyn Adapter>, String> {
        (self.build)(&self.config)
    }
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vendor({} golden answers)", self.golden.len())
    }
}
