//! Grants that a person gives: where they are asked for, and what refusals mean.
//!
//! The exchange is the standard's ([`CodeFlow`]). The refusals are not: this vendor says most
//! things by a sentence, some of them with status 200 (README, "Refused credentials").
//!
//! Invariant: only words that speak of this very grant end it; what is not understood leaves
//! it as good as before.

use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Invitation, Rotation, Token};
use rackrate_core::code_flow::{ClientAuth, CodeFlow, Endpoint};
use rackrate_core::error::{Delivery, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::lifetime::Lifetime;
use rackrate_core::oauth::parse_token;
use rackrate_core::secret::{Secret, Secrets};
use url::Url;

use crate::GRANT_LIFE;
use crate::answer::Api;
use crate::config::{self, Auth, Config};

/// What a code is exchanged for a key with.
const KEY_FOR_CODE: &str = "urn:ietf:params:oauth:grant-type:api-key";
/// What a refresh token becomes a key with; not used again, it would end the key.
const KEY_FOR_REFRESH: &str = "refresh_token_exchange";

/// A partner's client and what a person granted it.
#[derive(Clone, Debug)]
pub(crate) struct Consented {
    api: Api,
    flow: CodeFlow,
    gives_keys: bool,
}

impl Consented {
    pub(crate) fn new(api: Api, config: &Config) -> Self {
        let (authorize, token) = config.oauth_urls();
        let gives_keys = config.auth == Auth::KeyByConsent;
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
            rotation: match gives_keys {
                true => Rotation::Lasting,
                false => Rotation::Stays,
            },
            lifetimes: vec![GRANT_LIFE],
        };
        Self {
            api,
            flow,
            gives_keys,
        }
    }

    /// The same request, for a key instead of tokens.
    fn for_key(&self, ask: Ask<'_>, mut request: Request) -> Request {
        let kind = match ask {
            Ask::Refresh(_) => KEY_FOR_REFRESH,
            _ => KEY_FOR_CODE,
        };
        if let Body::Form(fields) = &mut request.body {
            let mut fields = fields.iter_mut();
            let asked = fields.find(|(name, _)| name == "grant_type");
            asked
                .into_iter()
                .for_each(|(_, value)| *value = kind.into());
        }
        request
    }

    /// A key has no end and nothing that renews it. What has is another thing, and would be
    /// kept too long.
    fn key(&self, token: Token) -> Result<Token> {
        match (token.lifetime, &token.refresh) {
            (None, None) => Ok(token),
            _ => {
                let text = "the token endpoint gave a token that ends instead of a key";
                let odd = self.api.error(ErrorKind::Malformed, Operation::Token, text);
                Err(odd.with_delivery(Delivery::Refused))
            }
        }
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
        Ok(match self.flow.grant(secrets, ask)? {
            Grant::Exchange(request) if self.gives_keys => {
                Grant::Exchange(Box::new(self.for_key(ask, *request)))
            }
            other => other,
        })
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        match self.api.refused_token(response) {
            Some(refused) => Err(refused),
            None if self.gives_keys => self.key(parse_token(&self.flow.vendor, response)?),
            None => parse_token(&self.flow.vendor, response),
        }
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        self.flow.apply(secrets, token, request)
    }

    fn lifetimes(&self) -> &[Lifetime] {
        self.flow.lifetimes()
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
