//! Client credentials, secret headers, or both.
//!
//! Invariant: credentials go to the API's base only; the token request carries no more
//! than its own.

use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::client_auth::ClientAuth;
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::oauth::{self, ClientCredentials};
use rackrate_core::secret::{Secret, Secrets};
use url::Url;

use super::description::{Auth, TokenRequest};
use super::json::Json;
use super::template::Slot;

#[derive(Debug)]
pub(crate) struct DescribedAuth {
    pub(crate) vendor: Vendor,
    pub(crate) auth: Auth,
    pub(crate) base: Url,
    pub(crate) token_base: Url,
}

impl DescribedAuth {
    fn standard(&self, how: &TokenRequest) -> ClientCredentials {
        ClientCredentials::new(&self.vendor, &self.base, &how.path)
            .with_token_base(&self.token_base)
            .with_scope(how.scopes.join(" "))
            .with_client_auth(match how.basic {
                true => ClientAuth::Basic,
                false => ClientAuth::Post,
            })
    }
}

impl Authenticate for DescribedAuth {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        match &self.auth.token {
            Some(how) => self.standard(how).grant(secrets, ask),
            None => Ok(Grant::Static),
        }
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        oauth::parse_access_token(&self.vendor, response)
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        if request.operation == Operation::Token {
            return Ok(());
        }
        if request.base != self.base {
            let text = "a credential was meant for an address that is not the API's";
            return Err(Error::bug(&self.vendor, request.operation, text));
        }
        for (name, text) in &self.auth.headers {
            for slot in text.slots() {
                oauth::required(&self.vendor, secrets, slot.word())?;
            }
            let value = text.fill(&|slot| match slot {
                Slot::Secret(name) => {
                    let secret = secrets.get(name)?;
                    Some(Json::Text(secret.expose().to_owned()))
                }
                _ => None,
            });
            let secret = Secret::new(value.unwrap_or_default());
            request.set_header(name.clone(), &secret);
        }
        match self.auth.token {
            Some(_) => oauth::put_bearer(&self.vendor, &self.base, token, request),
            None => Ok(()),
        }
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}
