//! A vendor as a description tells it, checked: what the file's keys mean once loaded.
//!
//! How a file becomes this is the business of [`super::load`]; what is done with it, of the
//! modules of the operations.
//!
//! Invariant: a value of these types can be used as it is. What the file could have got
//! wrong was refused when it was loaded.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, Method};
use rackrate_core::exchange::Operation;
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::Vendor;
use rackrate_core::jobs::Pace;
use rackrate_core::limit::Quota;
use rackrate_core::money::Basis;
use rackrate_core::rules::Restriction;
use rackrate_core::scope::Scopes;
use rackrate_core::shape::Shape;
use url::Url;

use super::json::Json;
use super::route::{Named, Route, Routes};
use super::template::{Node, Slot, Text};
use super::values::{Money, Spelling};

/// A vendor's protocol, read from a TOML file.
#[derive(Clone, Debug)]
pub struct Description {
    pub(crate) vendor: About,
    pub(crate) bases: Bases,
    pub(crate) auth: Auth,
    pub(crate) money: Money,
    pub(crate) rules: BTreeMap<Restriction, Spelling>,
    pub(crate) errors: Failures,
    pub(crate) limits: Vec<Limit>,
    pub(crate) keys: Keys,
    pub(crate) discover: Discover,
    pub(crate) read: Read,
    pub(crate) push: Push,
    pub(crate) job: Option<Job>,
}

#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) id: Vendor,
    pub(crate) title: &'static str,
    pub(crate) settle: Duration,
    pub(crate) flight_horizon: Duration,
    pub(crate) trace_header: Option<&'static str>,
    /// The one number of adults prices are for.
    pub(crate) adults: Option<u8>,
}

/// Addresses; a connection may give its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bases {
    pub(crate) api: Option<Url>,
    pub(crate) token: Option<Url>,
}

#[derive(Clone, Debug)]
pub(crate) struct Auth {
    pub(crate) token: Option<TokenRequest>,
    /// Headers of every call, with secrets in them.
    pub(crate) headers: Vec<(HeaderName, Text)>,
}

/// Client credentials (RFC 6749, section 4.4).
#[derive(Clone, Debug)]
pub(crate) struct TokenRequest {
    pub(crate) path: String,
    /// Id and secret by HTTP Basic instead of in the form.
    pub(crate) basic: bool,
    /// All that are asked for.
    pub(crate) scopes: Vec<String>,
    pub(crate) needs: Scopes,
}

impl Auth {
    /// The secrets that a connection has to give.
    pub(crate) fn secrets(&self) -> Vec<&'static str> {
        let mut names = match self.token {
            Some(_) => vec!["client_id", "client_secret"],
            None => Vec::new(),
        };
        let slots = self.headers.iter().flat_map(|(_, text)| text.slots());
        for slot in slots {
            if let Slot::Secret(name) = slot
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }
}

/// Where the vendor's own code and words stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures {
    pub(crate) code: Option<Route>,
    pub(crate) text: Option<Route>,
    /// How long to wait after a throttle that does not say it.
    pub(crate) wait: Option<Duration>,
}

#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) quota: Quota,
    pub(crate) counts: Vec<Operation>,
}

/// What protects a repeated write.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) guarantee: Guarantee,
    /// Where the key goes, where there are keys.
    pub(crate) header: Option<HeaderName>,
}

/// A request as a template.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: Text,
    pub(crate) query: Vec<(String, Text)>,
    pub(crate) headers: Vec<(HeaderName, Text)>,
}

/// How the next page is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    Cursor {
        at: Route,
        parameter: String,
    },
    Link {
        at: Route,
    },
    Page {
        parameter: String,
        first: u32,
        last: LastPage,
    },
}

/// How one knows the last page.
#[derive(Clone, Debug)]
pub(crate) enum LastPage {
    /// The answer says how many pages there are.
    Pages(Route),
    /// The answer says how many items there are, so many to a page.
    Items { at: Route, size: Size },
}

/// Items on a page.
#[derive(Clone, Debug)]
pub(crate) enum Size {
    Fixed(u32),
    /// The answer says it.
    At(Route),
}

#[derive(Clone, Debug)]
pub(crate) struct Discover {
    pub(crate) ask: Ask,
    pub(crate) next: Option<Next>,
    pub(crate) property: Option<PropertyList>,
    pub(crate) room: Option<NameList>,
    pub(crate) plan: PlanList,
}

#[derive(Clone, Debug)]
pub(crate) struct PropertyList {
    pub(crate) list: Routes,
    pub(crate) id: Route,
    pub(crate) name: Option<Route>,
    pub(crate) time_zone: Option<Route>,
    pub(crate) currency: Option<Route>,
    pub(crate) basis: Option<(Route, Vec<(Json, Basis)>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct NameList {
    pub(crate) list: Routes,
    pub(crate) id: Route,
    pub(crate) name: Option<Route>,
}

#[derive(Clone, Debug)]
pub(crate) struct PlanList {
    pub(crate) names: NameList,
    /// The property it belongs to, where plans stand in one list for all.
    pub(crate) property: Option<Route>,
    /// The room type it belongs to; every plan is for every room type where it does not.
    pub(crate) room: Option<Route>,
    pub(crate) currency: Option<Route>,
    pub(crate) derived: Option<Route>,
}

#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) ask: Ask,
    pub(crate) shape: Shape,
    /// Nights that a window may really have; the shape keeps two of them free.
    pub(crate) max_nights: u32,
    /// Where the answer names its property.
    pub(crate) property: Option<Route>,
    pub(crate) next: Option<Next>,
    pub(crate) rows: Routes,
    pub(crate) row: RowFields,
}

/// Where something of a row stands.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Member(Route),
    /// It is the name of a member on the way to the row.
    Name(Named),
}

#[derive(Clone, Debug)]
pub(crate) struct RowFields {
    pub(crate) property: Option<Route>,
    pub(crate) room: Option<Source>,
    pub(crate) plan: Option<Source>,
    pub(crate) nights: Nights,
    /// None where the vendor has one number of adults for all prices.
    pub(crate) adults: Option<Source>,
    pub(crate) amount: Route,
    pub(crate) currency: Option<Route>,
    pub(crate) rules: Vec<(Restriction, Route)>,
}

#[derive(Clone, Debug)]
pub(crate) enum Nights {
    One(Source),
    Last { first: Route, last: Route },
    End { first: Route, end: Route },
}

#[derive(Clone, Debug)]
pub(crate) struct Push {
    pub(crate) ask: Ask,
    pub(crate) shape: Shape,
    pub(crate) item: Item,
    pub(crate) layout: Layout,
    pub(crate) done: Option<Done>,
    pub(crate) queued: Option<Queued>,
    pub(crate) failure: Vec<Route>,
    pub(crate) refused: Option<Refused>,
}

/// What one row of a request covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// One price of one night.
    Price,
    /// One night with its price, or with all of them.
    Night,
    /// Consecutive nights with equal wishes.
    Range,
}

#[derive(Clone, Debug)]
pub(crate) enum Layout {
    Json {
        body: Node,
        row: Node,
        /// One price in the list of a row.
        price: Option<Node>,
    },
    Form {
        fields: Vec<(String, Text)>,
        /// Names and values, once for each row.
        row: Vec<(Text, Text)>,
    },
}

impl Layout {
    /// The placeholders of a row, those of its prices among them.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        match self {
            Self::Json { row, price, .. } => {
                let mut slots = row.slots();
                slots.extend(price.iter().flat_map(Node::slots));
                slots
            }
            Self::Form { row, .. } => row.iter().flat_map(|(_, text)| text.slots()).collect(),
        }
    }
}

/// An answer that means something: its status, and what stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Sign {
    pub(crate) statuses: Vec<u16>,
    pub(crate) when: Vec<(Route, Json)>,
}

impl Sign {
    pub(crate) fn is(&self, status: u16, body: &Json) -> bool {
        let stands = |(route, wanted): &(Route, Json)| route.find(body) == Some(wanted);
        self.statuses.contains(&status) && self.when.iter().all(stands)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) sign: Sign,
    /// How many rows were applied.
    pub(crate) count: Option<Route>,
    pub(crate) reference: Option<Route>,
}

#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) sign: Sign,
    pub(crate) job: Route,
}

/// Rows that were refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) list: Route,
    pub(crate) row: WhichRow,
    pub(crate) code: Option<Route>,
    pub(crate) text: Option<Route>,
}

/// How a refusal says which row it is about.
#[derive(Clone, Debug)]
pub(crate) enum WhichRow {
    /// By its number; the first row has that one.
    Number { at: Route, first: u64 },
    /// It repeats these members of the row.
    Echo(Vec<String>),
    /// Not at all.
    Unsaid,
}

#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) ask: Ask,
    pub(crate) pace: Pace,
    /// Where the answer names its job.
    pub(crate) id: Option<Route>,
    pub(crate) state: Route,
    pub(crate) done: Vec<Json>,
    pub(crate) failed: Vec<Json>,
    pub(crate) count: Option<Route>,
    pub(crate) gone: Option<Sign>,
    pub(crate) refused: Option<Refused>,
}
