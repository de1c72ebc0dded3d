//! API keys: a property's or a partner's secret, sent with every request as it is.
//!
//! There is no token to fetch and nothing to refresh. A refused key is a dead grant: a
//! person makes a new one.

use std::time::Duration;

use http::HeaderName;
use rackrate_core::auth::{Ask, Authenticate, Grant, Token};
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::oauth::required;
use rackrate_core::secret::Secrets;

/// The secret's name.
pub(crate) const API_KEY: &str = "api_key";
const HEADER: HeaderName = HeaderName::from_static("x-api-key");
/// A key dies after 30 days without use; this leaves two days to spare.
const KEEP_ALIVE: Duration = Duration::from_secs(28 * 24 * 3600);

/// Authentication by an API key.
#[derive(Debug)]
pub(crate) struct ApiKey {
    vendor: Vendor,
}

impl ApiKey {
    pub(crate) fn new(vendor: Vendor) -> Self {
        Self { vendor }
    }
}

impl Authenticate for ApiKey {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        required(&self.vendor, secrets, API_KEY)?;
        Ok(match ask {
            Ask::First => Grant::Static,
            Ask::Code { .. } | Ask::Refresh(_) => Grant::Person,
        })
    }

    fn parse_grant(&self, _response: &Response) -> Result<Token> {
        let text = "an API key comes from no token endpoint";
        Err(
            Error::new(ErrorKind::Bug, &self.vendor, Operation::Token, text)
                .with_delivery(Delivery::Refused),
        )
    }

    fn apply(&self, secrets: &Secrets, _: Option<&Token>, request: &mut Request) -> Result<()> {
        let key = required(&self.vendor, secrets, API_KEY)?;
        request.headers.retain(|(name, _)| *name != HEADER);
        request.headers.push((HEADER, key.into()));
        Ok(())
    }

    fn keep_alive(&self) -> Option<Duration> {
        Some(KEEP_ALIVE)
    }
}
