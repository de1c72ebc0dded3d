//! Client credentials, sent as a form; and where the token goes.
//!
//! Tokens are scarce: five in 24 hours for a client id. The token endpoint's answer to the
//! sixth asks for a wait, which is kept; when it does not say how long, an hour is.
//!
//! Invariant: the token goes to the API's base only, and never to the token endpoint.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION};
use rackrate_core::auth::{Ask, Authenticate, Grant, Token};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::oauth;
use rackrate_core::secret::{Secret, Secrets};
use url::Url;

/// The vendor's only scope.
pub(crate) const SCOPE: &str = "open-api";
/// The wait that was seen after the sixth token of a day.
pub(crate) const REST: Duration = Duration::from_secs(3_600);

#[derive(Debug)]
pub(crate) struct ClientCredentials {
    vendor: Vendor,
    base: Url,
    token_base: Url,
}

impl ClientCredentials {
    pub(crate) fn new(vendor: &Vendor, base: &Url, token_base: &Url) -> Self {
        Self {
            vendor: vendor.clone(),
            base: base.clone(),
            token_base: token_base.clone(),
        }
    }

    fn error(&self, kind: ErrorKind, operation: Operation, text: &str) -> Error {
        Error::new(kind, &self.vendor, operation, text)
    }
}

impl Authenticate for ClientCredentials {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        if !matches!(ask, Ask::First) {
            let text = "the vendor has neither consent codes nor refresh tokens here";
            return Err(self.error(ErrorKind::Bug, Operation::Token, text));
        }
        let (base, path) = (&self.token_base, "/oauth2/token");
        let request = oauth::client_credentials(&self.vendor, base, path, secrets, SCOPE)?
            .with_header(ACCEPT, "application/json");
        Ok(Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        let token = oauth::parse_token(&self.vendor, response).map_err(rest)?;
        // There is none in this vendor's protocol; keeping one would make the runtime use it.
        Ok(Token {
            refresh: None,
            ..token
        })
    }

    fn apply(&self, _: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        if request.operation == Operation::Token {
            return Ok(());
        }
        if request.base != self.base {
            let text = "a token was meant for an address that is not the API's";
            return Err(self.error(ErrorKind::Bug, request.operation, text));
        }
        let token = token.ok_or_else(|| {
            let text = "there is no token to call with";
            self.error(ErrorKind::Misconfigured, request.operation, text)
        })?;
        let bearer = Secret::new(format!("Bearer {}", token.access.expose()));
        request.headers.retain(|(name, _)| name != AUTHORIZATION);
        request.headers.push((AUTHORIZATION, (&bearer).into()));
        Ok(())
    }

    fn keep_alive(&self) -> Option<Duration> {
        None
    }
}

/// A refusal for too many tokens is never without a wait: trying again soon is useless.
fn rest(error: Error) -> Error {
    match (error.kind(), error.retry_after()) {
        (ErrorKind::Throttled, None) => error.with_retry_after(Some(REST)),
        _ => error,
    }
}
