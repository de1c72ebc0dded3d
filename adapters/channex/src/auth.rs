//! API keys: a secret of a user, sent with every request as it is.
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
const HEADER: HeaderName = HeaderName::from_static("user-api-key");

/// Authentication by a user's API key.
#[derive(Debug)]
pub(crate) struct UserKey {
    vendor: Vendor,
}

impl UserKey {
    pub(crate) fn new(vendor: Vendor) -> Self {
        Self { vendor }
    }
}

impl Authenticate for UserKey {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        required(&self.vendor, secrets, API_KEY)?;
        Ok(match ask {
            Ask::First => Grant::Static,
            Ask::Code { .. } | Ask::Refresh(_) => Grant::Person,
        })
    }

    fn parse_grant(&self, _response: &Response) -> Result<Token> {
        let text = "an API key comes from no token endpoint";
        let error = Error::new(ErrorKind::Bug, &self.vendor, Operation::Token, text);
        Err(error.with_delivery(Delivery::Refused))
    }

    fn apply(&self, secrets: &Secrets, _: Option<&Token>, request: &mut Request) -> Result<()> {
        let key = required(&self.vendor, secrets, API_KEY)?;
        request.headers.retain(|(name, _)| *name != HEADER);
        request.headers.push((HEADER, key.into()));
        Ok(())
    }

    /// The documents know no key that dies unused.
    fn keep_alive(&self) -> Option<Duration> {
        None
    }
}
