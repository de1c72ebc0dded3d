//! Grants that a person gives (README, section 1.1): where they are asked for, and what the
//! server does with their refresh tokens.

use std::time::Duration;

use rackrate_core::auth::Rotation;
use rackrate_core::code_flow::{ClientAuth, CodeFlow, Endpoint};
use rackrate_core::ids::Vendor;
use serde::Deserialize;
use url::Url;

use crate::config::{Config, ConfigError, check_address};

/// The settings of a connection whose grant a person gives. Addresses default to those of the
/// protocol below `token_base_url`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentConfig {
    /// Where a person consents.
    #[serde(default)]
    pub authorize_url: Option<Url>,
    /// Who the server says it is, where it says so in its answers (RFC 9207). Default: it is
    /// not asked.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Where codes and refresh tokens are exchanged.
    #[serde(default)]
    pub token_url: Option<Url>,
    /// Where the state of a token is told.
    #[serde(default)]
    pub introspection_url: Option<Url>,
    /// Where a grant is ended.
    #[serde(default)]
    pub revocation_url: Option<Url>,
    /// Whether the server tells the state of a token. Default: true, as in the protocol.
    #[serde(default = "yes")]
    pub introspects: bool,
    /// Whether the server ends grants on demand. Default: true, as in the protocol.
    #[serde(default = "yes")]
    pub revokes: bool,
    /// How the client proves who it is. Default: `post`.
    #[serde(default = "post")]
    pub client_auth: ClientAuth,
    /// Whether a refresh token is good once. Default: true, as in the protocol.
    #[serde(default = "yes")]
    pub rotates: bool,
    /// So long after its use a refresh token may be used once more. Default: not at all.
    #[serde(default)]
    pub grace_ms: Option<u64>,
}

impl ConsentConfig {
    pub(crate) fn check(&self, allow_plain_http: bool) -> Result<(), ConfigError> {
        let addresses = [
            ("consent.authorize_url", &self.authorize_url),
            ("consent.token_url", &self.token_url),
            ("consent.introspection_url", &self.introspection_url),
            ("consent.revocation_url", &self.revocation_url),
        ];
        for (name, url) in addresses {
            if let Some(url) = url {
                check_address(name, url, allow_plain_http)?;
            }
        }
        Ok(())
    }

    pub(crate) fn flow(&self, vendor: &Vendor, config: &Config) -> CodeFlow {
        let home = config.token_base();
        let endpoint = |path: &str, given: &Option<Url>| match given {
            Some(url) => Endpoint::of(url),
            None => Endpoint {
                base: home.clone(),
                path: path.to_owned(),
            },
        };
        let grace = self.grace_ms.map(Duration::from_millis);
        CodeFlow {
            vendor: vendor.clone(),
            api: config.base_url.clone(),
            authorize: endpoint("/oauth/authorize", &self.authorize_url).url(),
            issuer: self.issuer.clone(),
            token: endpoint("/oauth/token", &self.token_url),
            introspect: self
                .introspects
                .then(|| endpoint("/oauth/introspect", &self.introspection_url)),
            revoke: self
                .revokes
                .then(|| endpoint("/oauth/revoke", &self.revocation_url)),
            client_auth: self.client_auth,
            scopes: config.scopes.clone(),
            pkce: true,
            rotation: match self.rotates {
                true => Rotation::Rotates { grace },
                false => Rotation::Stays,
            },
            keep_alive: None,
        }
    }
}

fn yes() -> bool {
    true
}

fn post() -> ClientAuth {
    ClientAuth::Post
}
