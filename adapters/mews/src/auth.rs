//! Two secrets in the JSON body of every call: of the application, and of the property.
//!
//! There is no token endpoint, no expiry and nothing to refresh. Source:
//! github.com/MewsSystems/open-api-docs, connector-api/guidelines/authentication.
//!
//! Invariant: the secrets are sealed into bodies for the API's address and no other.

use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::error::{Delivery, Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::oauth::required;
use rackrate_core::scope::{Given, Scopes};
use rackrate_core::secret::Secrets;
use url::Url;

/// What may be called is granted operation by operation when the integration is certified, and
/// by the property's profile of it; no scope is asked for by name
/// (github.com/MewsSystems/open-api-docs, connector-api/guidelines/responses).
pub(crate) fn rights() -> Scopes {
    Scopes::new(Given::Ticked)
}

/// The secret members of a body, with the names of the secrets.
pub(crate) const SEALED: [(&str, &str); 2] = [
    ("ClientToken", "client_token"),
    ("AccessToken", "access_token"),
];

/// Authentication by secrets in the body.
#[derive(Debug)]
pub(crate) struct BodyTokens {
    vendor: Vendor,
    base: Url,
}

impl BodyTokens {
    pub(crate) fn new(vendor: Vendor, base: Url) -> Self {
        Self { vendor, base }
    }
}

impl Authenticate for BodyTokens {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        for (_, secret) in SEALED {
            required(&self.vendor, secrets, secret)?;
        }
        Ok(match ask {
            Ask::First => Grant::Static,
            Ask::Code { .. } | Ask::Refresh(_) => Grant::Person,
        })
    }

    fn parse_grant(&self, _response: &Response) -> Result<Token> {
        let text = "these secrets come from no token endpoint";
        let error = Error::bug(&self.vendor, Operation::Token, text);
        Err(error.with_delivery(Delivery::Refused))
    }

    fn apply(&self, secrets: &Secrets, _: Option<&Token>, request: &mut Request) -> Result<()> {
        if request.base != self.base {
            let text = "the secrets were meant for an address that is not the API's";
            return Err(Error::bug(&self.vendor, request.operation, text));
        }
        for (member, secret) in SEALED {
            let secret = required(&self.vendor, secrets, secret)?;
            request.seal(&self.vendor, member, secret)?;
        }
        Ok(())
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}
