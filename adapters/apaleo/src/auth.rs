//! Client credentials: asked for by HTTP Basic at the identity server, sent as bearer.
//!
//! A client's scopes are ticked when it is made, so none are asked for; asking for one it
//! lacks would be refused (apaleo.dev/guides/oauth-connection/simple-client).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::byte_serialize;
use http::header::AUTHORIZATION;
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::oauth;
use rackrate_core::scope::{Given, Scopes};
use rackrate_core::secret::{Secret, Secrets};
use url::Url;

use crate::config::Config;

/// The secret's name.
pub(crate) const CLIENT_SECRET: &str = "client_secret";
const PATH: &str = "/connect/token";

/// What each call needs (apaleo.dev/guides/api/scopes.html), ticked when the client is made.
/// Prices are read before they are written, and plans beside prices.
pub(crate) fn needs() -> Scopes {
    let setup = ["setup.read", "setup.manage"];
    let plans = ["setup.read", "setup.manage", "rateplans.read"];
    let rates = ["rates.read", "rates.manage"];
    Scopes::new(Given::Ticked)
        .need(Operation::Discover, setup)
        .need(Operation::Discover, plans)
        .need(Operation::Read, rates)
        .need(Operation::Read, plans)
        .need(Operation::Push, ["rates.manage"])
}

#[derive(Debug)]
pub(crate) struct ClientCredentials {
    vendor: Vendor,
    base: Url,
    identity: Url,
    client_id: String,
}

impl ClientCredentials {
    pub(crate) fn new(vendor: &Vendor, config: &Config) -> Self {
        Self {
            vendor: vendor.clone(),
            base: config.base_url.clone(),
            identity: config.identity_url.clone(),
            client_id: config.client_id.clone(),
        }
    }

    /// Both parts form-encoded before they are joined, as RFC 6749 section 2.3.1 wants and
    /// the identity server undoes.
    fn basic(&self, secrets: &Secrets) -> Result<Secret> {
        let secret = oauth::required(&self.vendor, secrets, CLIENT_SECRET)?;
        let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", part(&self.client_id), part(secret.expose()));
        Ok(Secret::new(format!("Basic {}", STANDARD.encode(pair))))
    }

    /// The same refusal, with what a person can do about it. A bad secret and a client that
    /// is minutes old are answered alike.
    fn explained(&self, error: Error) -> Error {
        let hint = match error.code() {
            Some("invalid_client") => {
                "the identity server does not know this client_id with this secret; a new \
                 client is refused for its first 5 to 10 minutes, so wait that long before \
                 you make another"
            }
            Some("unauthorized_client") => {
                "this client may not use client credentials: make a simple client in apaleo"
            }
            _ => return error,
        };
        let code = error.code().unwrap_or_default().to_owned();
        let (kind, operation) = (ErrorKind::Misconfigured, Operation::Token);
        Error::new(kind, &self.vendor, operation, hint)
            .with_delivery(Delivery::Refused)
            .with_code(code)
            .with_source(error)
    }
}

impl Authenticate for ClientCredentials {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        oauth::only_secrets(&self.vendor, ask)?;
        let body = Body::Form(vec![("grant_type".into(), "client_credentials".into())]);
        let request = Request::post(Operation::Token, &self.identity, PATH, body)
            .with_header(AUTHORIZATION, &self.basic(secrets)?);
        Ok(Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        let token = oauth::parse_access_token(&self.vendor, response);
        token.map_err(|error| self.explained(error))
    }

    fn apply(&self, _: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        oauth::put_bearer(&self.vendor, &self.base, token, request)
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}
