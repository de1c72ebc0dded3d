//! Client credentials: how to ask for a token, and where it goes (section 1).
//!
//! Invariant: the token never goes to the token endpoint.

use std::time::Duration;

use http::header::AUTHORIZATION;
use rackrate_core::auth::{Ask, Authenticate, Grant, Token};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::oauth;
use rackrate_core::secret::{Secret, Secrets};
use url::Url;

use crate::config::Config;

#[derive(Debug)]
pub(crate) struct Credentials {
    vendor: Vendor,
    base: Url,
}

impl Credentials {
    pub(crate) fn new(vendor: &Vendor, config: &Config) -> Self {
        Self {
            vendor: vendor.clone(),
            base: config.base_url.clone(),
        }
    }
}

impl Authenticate for Credentials {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        if !matches!(ask, Ask::First) {
            let text = "Acme has neither consent codes nor refresh tokens";
            let (kind, operation) = (ErrorKind::Bug, Operation::Token);
            return Err(Error::new(kind, &self.vendor, operation, text));
        }
        oauth::client_credentials(&self.vendor, &self.base, "/token", secrets, "")
            .map(|request| Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        oauth::parse_token(&self.vendor, response)
    }

    fn apply(&self, _: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        if request.operation == Operation::Token {
            return Ok(());
        }
        let token = token.ok_or_else(|| {
            let text = "there is no token to call with";
            let kind = ErrorKind::Misconfigured;
            Error::new(kind, &self.vendor, request.operation, text)
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
