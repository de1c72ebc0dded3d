//! Guesty: an expired token looks like a missing permission, and tokens are scarce.
//!
//! Sources: open-api-docs.guesty.com/docs/authentication, /docs/rate-limits,
//! /reference/handling-failed-requests and
//! /reference/put_availability-pricing-api-calendar-listings.

use std::time::Duration;

use http::Method;
use http::header::ACCEPT;
use rackrate_core::adapter::{Adapter, Manifest, Submission};
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt, Row};
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{IdError, Vendor};
use rackrate_core::jobs::Jobs;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::limit::{Scope, Window};
use rackrate_core::oauth::{self, ClientCredentials};
use rackrate_core::rules::Set;
use rackrate_core::secret::Secrets;
use rackrate_core::shape::{Item, Shape};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use crate::common::{self, Allowances, SetsState, bug, malformed, quota};

/// What the vendor says of a token that it does not accept, whatever the cause.
const NO_PERMISSION: &str = "You don't have permission to access";

const SHAPE: Shape = Shape {
    item: Item::Range { max_nights: 730 },
    max_nights: 730,
    ..common::SHAPE
};

/// The probe.
#[derive(Debug)]
pub struct Guesty {
    manifest: Manifest,
    auth: OpenApi,
    limits: Allowances,
    repeats: SetsState,
}

impl Guesty {
    /// A connection: one account. The token endpoint is at the root of the same host.
    ///
    /// # Errors
    /// Never for the vendor's own name.
    pub fn new(base: Url, root: Url) -> Result<Self, IdError> {
        let bases = vec![base.clone(), root.clone()];
        let secrets = vec!["client_id", "client_secret"];
        let manifest = Manifest {
            client: Some("client_id".to_owned()),
            scopes: vec!["open-api".to_owned()],
            restrictions: vec![rackrate_core::rules::Restriction::MinStayArrival],
            ..common::manifest("guesty", "Guesty", bases, secrets)?
        };
        let vendor = manifest.vendor.clone();
        Ok(Self {
            auth: OpenApi {
                vendor: vendor.clone(),
                base,
                root,
            },
            limits: limits(),
            repeats: SetsState {
                vendor,
                not_again_within: Duration::ZERO,
            },
            manifest,
        })
    }
}

fn limits() -> Allowances {
    const SOURCE: &str = "open-api-docs.guesty.com/docs/rate-limits";
    const CALLS: &[Operation] = &[Operation::Discover, Operation::Read, Operation::Push];
    const TOKENS: &[Operation] = &[Operation::Token];
    let rolling = |seconds| Window::Rolling(Duration::from_secs(seconds));
    let calls = |name, window, limit| quota(name, Scope::Connection, window, limit, SOURCE);
    let tokens = "open-api-docs.guesty.com/docs/authentication";
    let day = rolling(24 * 3_600);
    Allowances {
        ..Allowances::new([
            (calls("calls a second", rolling(1), 15), CALLS),
            (calls("calls a minute", rolling(60), 120), CALLS),
            (calls("calls an hour", rolling(3_600), 5_000), CALLS),
            (calls("calls at once", Window::Concurrency, 15), CALLS),
            (quota("tokens a day", Scope::Client, day, 5, tokens), TOKENS),
        ])
    }
}

#[derive(Debug)]
struct OpenApi {
    vendor: Vendor,
    base: Url,
    root: Url,
}

impl Authenticate for OpenApi {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        let standard = ClientCredentials::new(&self.vendor, &self.base, "/oauth2/token")
            .with_token_base(&self.root)
            .with_scope("open-api");
        let mut grant = standard.grant(secrets, ask)?;
        if let Grant::Exchange(request) = &mut grant {
            request.set_header(ACCEPT, "application/json");
        }
        Ok(grant)
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        oauth::parse_token(&self.vendor, response)
    }

    fn apply(&self, _: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        match request.operation {
            Operation::Token => Ok(()),
            _ => common::bearer(&self.vendor, &self.base, token, request),
        }
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}

impl Adapter for Guesty {
    parts!();
    not_probed!(discover);
    not_probed!(read);

    fn jobs(&self) -> Option<&dyn Jobs> {
        None
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        (operation == Operation::Push).then_some(SHAPE)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        let vendor = &self.manifest.vendor;
        let wrong = |text: &str| bug(vendor, Operation::Push, text);
        let entries: Vec<Entry<'_>> = chunk
            .rows
            .iter()
            .map(|row| Entry::of(chunk, row))
            .collect::<Result<_, _>>()
            .map_err(wrong)?;
        let same = |entry: &Entry<'_>| entry.listing_id == entries[0].listing_id;
        if entries.is_empty() || !entries.iter().all(same) {
            return Err(wrong("a chunk is rows of one listing"));
        }
        let path = "/availability-pricing/api/calendar/listings";
        let body = common::json(vendor, &entries)?;
        let post = Request::post(Operation::Push, &self.manifest.bases[0], path, body);
        Ok(Request {
            method: Method::PUT,
            ..post
        })
    }

    fn parse_push(&self, _: &Chunk, response: &Response) -> Result<Submission> {
        let vendor = &self.manifest.vendor;
        if !response.is_success() {
            return Err(self.refusal(Operation::Push, response));
        }
        let word = serde_json::from_slice::<String>(&response.body).ok();
        let said = serde_json::from_slice::<Wrapped>(&response.body).ok();
        let accepted = word.is_some_and(|word| word == "ok")
            || said.is_some_and(|said| (200..300).contains(&said.status));
        if accepted {
            return Ok(Submission::Answered(Receipt::default()));
        }
        let text = "a success in neither of the two known forms";
        Err(malformed(vendor, Operation::Push, text))
    }
}

#[derive(Deserialize)]
struct Wrapped {
    status: u16,
}

impl Guesty {
    /// A 403 in the vendor's usual words may be an expired token or a missing permission:
    /// one fresh token decides. Any other 403 is a permission.
    fn refusal(&self, operation: Operation, response: &Response) -> Error {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Said {
            message: Option<String>,
            code: Option<String>,
        }
        let vendor = &self.manifest.vendor;
        let said: Said = serde_json::from_slice(&response.body).unwrap_or_default();
        let words = said.message.as_deref().unwrap_or_default();
        let unclear = matches!(response.status.as_u16(), 401 | 403);
        let error = if unclear && words.starts_with(NO_PERMISSION) {
            let kind = ErrorKind::Unauthenticated { certain: false };
            let delivery = Delivery::Refused;
            common::refused_as(kind, delivery, vendor, operation, response, said.message)
        } else {
            common::refusal(vendor, operation, response)
        };
        match said.code {
            Some(code) => error.with_code(code),
            None => error,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    listing_id: &'a str,
    start_date: String,
    end_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_nights: Option<u16>,
}

impl<'a> Entry<'a> {
    /// Both days are meant, as in the row.
    fn of(chunk: &Chunk, row: &'a Row) -> Result<Self, &'static str> {
        let currency = chunk.target.currency(&row.ids);
        let price = match row.prices[..] {
            [] if !row.rules.is_leave() => None,
            _ => Some(common::number(currency, common::one_price(row)?)?),
        };
        Ok(Self {
            listing_id: common::writable(&chunk.target, &row.ids)?.as_str(),
            start_date: row.first.to_string(),
            end_date: row.last.to_string(),
            price,
            min_nights: match row.rules.min_stay_arrival {
                Set::Leave => None,
                Set::Clear => Some(1),
                Set::To(nights) => Some(nights),
            },
        })
    }
}
