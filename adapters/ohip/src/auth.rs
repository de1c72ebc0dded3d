//! Tokens from the gateway, in both kinds of environment, and the three headers of a call.
//!
//! The application key goes with every request, the token request included. The hotel's
//! header is set where the request is built, because it has to equal the path's hotel.
//!
//! Invariant: no credential leaves for another address than the gateway.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use http::header::AUTHORIZATION;
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Body, Operation, Request, Response, Value};
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::oauth::{self, required};
use rackrate_core::scope::{Given, Scopes};
use rackrate_core::secret::{Secret, Secrets};
use url::Url;

use crate::config::{Config, Mode};

const APP_KEY: HeaderName = HeaderName::from_static("x-app-key");
const ENTERPRISE: HeaderName = HeaderName::from_static("enterpriseid");
const PATH: &str = "/oauth/v1/tokens";

/// What may be called is decided by the application's subscription and by the hotel's approval,
/// both given in the vendor's portal; the one scope asked for stands for all of it
/// (docs.oracle.com/en/industries/hospitality/integration-platform/ohipu/c_common_error_messages.htm).
pub(crate) fn rights() -> Scopes {
    Scopes::new(Given::Ticked)
}

/// The application's identity at a gateway.
#[derive(Debug)]
pub(crate) struct Identity {
    vendor: Vendor,
    gateway: Url,
    mode: Mode,
    enterprise: Option<String>,
    scope: String,
}

impl Identity {
    pub(crate) fn new(vendor: &Vendor, config: &Config) -> Self {
        Self {
            vendor: vendor.clone(),
            gateway: config.gateway.clone(),
            mode: config.mode,
            enterprise: config.enterprise.clone(),
            scope: config.scopes.join(" "),
        }
    }

    /// The secrets that a connection of that mode has to give.
    pub(crate) fn secrets(mode: Mode) -> Vec<&'static str> {
        let mut names = vec!["client_id", "client_secret", "app_key"];
        if mode == Mode::Password {
            names.extend(["username", "password"]);
        }
        names
    }

    fn form(&self, secrets: &Secrets) -> Result<Vec<(String, Value)>> {
        let user = |name: &str| -> Result<(String, Value)> {
            Ok((
                name.to_owned(),
                required(&self.vendor, secrets, name)?.into(),
            ))
        };
        Ok(match self.mode {
            Mode::ClientCredentials => vec![
                ("grant_type".to_owned(), "client_credentials".into()),
                ("scope".to_owned(), self.scope.as_str().into()),
            ],
            Mode::Password => vec![
                ("grant_type".to_owned(), "password".into()),
                user("username")?,
                user("password")?,
            ],
        })
    }

    fn basic(&self, secrets: &Secrets) -> Result<Secret> {
        let part = |name| required(&self.vendor, secrets, name).map(Secret::expose);
        let pair = format!("{}:{}", part("client_id")?, part("client_secret")?);
        Ok(Secret::new(format!("Basic {}", STANDARD.encode(pair))))
    }
}

impl Authenticate for Identity {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        oauth::only_secrets(&self.vendor, ask)?;
        let body = Body::Form(self.form(secrets)?);
        let mut request = Request::post(Operation::Token, &self.gateway, PATH, body)
            .with_header(AUTHORIZATION, &self.basic(secrets)?)
            .with_header(APP_KEY, required(&self.vendor, secrets, "app_key")?);
        if let Some(enterprise) = &self.enterprise {
            request = request.with_header(ENTERPRISE, enterprise.as_str());
        }
        Ok(Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        // Password mode may give a refresh token, but no call that takes it is described.
        oauth::parse_access_token(&self.vendor, response)
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        if request.operation == Operation::Token {
            return Ok(());
        }
        oauth::put_bearer(&self.vendor, &self.gateway, token, request)?;
        request.set_header(APP_KEY, required(&self.vendor, secrets, "app_key")?);
        Ok(())
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}
