//! Client credentials, sent as a form.
//!
//! Tokens are scarce: five in 24 hours for a client id. The token endpoint's answer to the
//! sixth asks for a wait, which is kept; when it does not say how long, an hour is.

use std::time::Duration;

use http::header::ACCEPT;
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::oauth;
use rackrate_core::scope::{Given, Scopes};
use rackrate_core::secret::Secrets;
use url::Url;

/// The vendor's only scope.
pub(crate) const SCOPE: &str = "open-api";

/// Every call needs the one scope (open-api-docs.guesty.com/docs/authentication).
pub(crate) fn needs() -> Scopes {
    let operations = [Operation::Discover, Operation::Read, Operation::Push];
    let one = |needs: Scopes, operation| needs.need(operation, [SCOPE]);
    operations.into_iter().fold(Scopes::new(Given::Asked), one)
}

/// The wait that was seen after the sixth token of a day.
pub(crate) const REST: Duration = Duration::from_secs(3_600);

#[derive(Debug)]
pub(crate) struct ClientCredentials(oauth::ClientCredentials);

impl ClientCredentials {
    pub(crate) fn new(vendor: &Vendor, base: &Url, token_base: &Url) -> Self {
        let standard = oauth::ClientCredentials::new(vendor, base, "/oauth2/token");
        Self(standard.with_token_base(token_base).with_scope(SCOPE))
    }
}

impl Authenticate for ClientCredentials {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        let mut grant = self.0.grant(secrets, ask)?;
        if let Grant::Exchange(request) = &mut grant {
            request.set_header(ACCEPT, "application/json");
        }
        Ok(grant)
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        self.0.parse_grant(response).map_err(rest)
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        self.0.apply(secrets, token, request)
    }

    fn lifetimes(&self) -> &[Lifetime] {
        self.0.lifetimes()
    }

    fn consent(&self) -> Option<&dyn Consent> {
        self.0.consent()
    }
}

/// A refusal for too many tokens is never without a wait: trying again soon is useless.
fn rest(error: Error) -> Error {
    match (error.kind(), error.retry_after()) {
        (ErrorKind::Throttled, None) => error.with_retry_after(Some(REST)),
        _ => error,
    }
}
