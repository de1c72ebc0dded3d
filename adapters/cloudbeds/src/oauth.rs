//! Grants that a person gives: where they are asked for, and what refusals mean.
//!
//! The exchange is the standard's ([`CodeFlow`]). The refusals are not: this vendor says most
//! things by a sentence, some of them with status 200 (README, "Refused credentials").
//!
//! Invariant: only words that speak of this very grant end it; what is not understood leaves
//! it as good as before.

use std::time::Duration;

use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Invitation, Rotation, Token};
use rackrate_core::code_flow::{ClientAuth, CodeFlow, Endpoint};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Request, Response};
use rackrate_core::lifetime::Lifetime;
use rackrate_core::oauth::parse_token;
use rackrate_core::secret::{Secret, Secrets};
use url::Url;

use crate::answer::Api;
use crate::config::{self, Config};
use crate::{GRANT_LIFE, KEEP_ALIVE};

/// A partner's client and what a person granted it.
#[derive(Clone, Debug)]
pub(crate) struct Consented {
    api: Api,
    flow: CodeFlow,
}

impl Consented {
    pub(crate) fn new(api: Api, config: &Config) -> Self {
        let (authorize, token) = config.oauth_urls();
        let flow = CodeFlow {
            vendor: api.vendor.clone(),
            api: config.base_url.clone(),
            authorize,
            issuer: None,
            token: endpoint(&token),
            introspect: None,
            revoke: None,
            client_auth: ClientAuth::Post,
            scopes: config.scopes(),
            pkce: false,
            rotation: Rotation::Stays,
            keep_alive: Some(KEEP_ALIVE),
        };
        Self { api, flow }
    }
}

/// The addresses that requests go to: the API, and the token endpoint's home where that is
/// another. The page of consent is opened by a person.
pub(crate) fn bases(config: &Config) -> Vec<Url> {
    let (_, token) = config.oauth_urls();
    let mut bases = vec![config.base_url.clone(), endpoint(&token).base];
    bases.dedup();
    bases
}

/// An address as its home, which is a base, and the last segment.
fn endpoint(url: &Url) -> Endpoint {
    let base = config::home(url);
    let home = base.path().trim_end_matches('/');
    let path = url.path()[home.len()..].to_owned();
    Endpoint { base, path }
}

impl Authenticate for Consented {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        self.flow.grant(secrets, ask)
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        match self.api.refused_token(response) {
            Some(refused) => Err(refused),
            None => parse_token(&self.flow.vendor, response),
        }
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        self.flow.apply(secrets, token, request)
    }

    fn keep_alive(&self) -> Option<Duration> {
        self.flow.keep_alive()
    }

    fn lifetimes(&self) -> Vec<Lifetime> {
        vec![GRANT_LIFE]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        Some(self)
    }
}

impl Consent for Consented {
    fn authorize(&self, secrets: &Secrets, invitation: &Invitation<'_>) -> Result<Url> {
        self.flow.authorize(secrets, invitation)
    }

    fn issuer(&self) -> Option<&str> {
        self.flow.issuer()
    }

    fn has_pkce(&self) -> bool {
        self.flow.has_pkce()
    }

    fn rotation(&self) -> Rotation {
        self.flow.rotation()
    }

    /// Hotels press "connect" in the vendor's marketplace; certification asks for that way.
    fn begins_at_vendor(&self) -> bool {
        true
    }

    fn introspect(&self, secrets: &Secrets, refresh: &Secret) -> Option<Result<Request>> {
        self.flow.introspect(secrets, refresh)
    }

    fn parse_introspect(&self, response: &Response) -> Result<bool> {
        self.flow.parse_introspect(response)
    }

    fn revoke(&self, secrets: &Secrets, refresh: &Secret) -> Option<Result<Request>> {
        self.flow.revoke(secrets, refresh)
    }

    fn parse_revoke(&self, response: &Response) -> Result<()> {
        self.flow.parse_revoke(response)
    }
}
