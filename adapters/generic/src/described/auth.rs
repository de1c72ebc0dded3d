//! Client credentials, secret headers, or both.
//!
//! Invariant: credentials go to the API's base only; the token request carries no more
//! than its own.

use http::header::AUTHORIZATION;
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::oauth;
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
    fn token_request(&self, how: &TokenRequest, secrets: &Secrets) -> Result<Request> {
        let scope = how.scopes.join(" ");
        let (vendor, base) = (&self.vendor, &self.token_base);
        let in_form = oauth::client_credentials(vendor, base, &how.path, secrets, &scope)?;
        if !how.basic {
            return Ok(in_form);
        }
        let mut request = in_form;
        if let Body::Form(fields) = &mut request.body {
            fields.retain(|(name, _)| name != "client_id" && name != "client_secret");
        }
        let basic = oauth::basic(vendor, secrets)?;
        Ok(request.with_header(AUTHORIZATION, &basic))
    }
}

impl Authenticate for DescribedAuth {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        let Some(how) = &self.auth.token else {
            return Ok(Grant::Static);
        };
        oauth::only_secrets(&self.vendor, ask)?;
        let request = self.token_request(how, secrets)?;
        Ok(Grant::Exchange(Box::new(request)))
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
