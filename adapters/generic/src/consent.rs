//! Grants that a person gives (README, section 1.1): where they are asked for, and what the
//! server does with their refresh tokens.

use std::borrow::Cow;
use std::num::NonZeroU16;
use std::time::Duration;

use rackrate_core::auth::Rotation;
use rackrate_core::code_flow::CodeFlow;
use rackrate_core::ids::Vendor;
use rackrate_core::lifetime::{Ends, Lifetime};
use serde::Deserialize;
use url::Url;

use crate::config::{Config, ConfigError, check_address};
use crate::server::Server;

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
    /// Whether a refresh token is good once. Default: true, as in the protocol.
    #[serde(default = "yes")]
    pub rotates: bool,
    /// So long after its use a refresh token may be used once more. Default: not at all.
    #[serde(default)]
    pub grace_ms: Option<u64>,
    /// After so many days without use the server ends the grant. Default: it does not.
    #[serde(default)]
    pub unused_days: Option<NonZeroU16>,
    /// So many days after a person gave it the server ends the grant, whatever is done with
    /// it. Default: it does not.
    #[serde(default)]
    pub ends_after_days: Option<NonZeroU16>,
}

impl ConsentConfig {
    /// The rules by which the server ends grants.
    fn lifetimes(&self) -> Vec<Lifetime> {
        let days = |days: NonZeroU16| Duration::from_secs(u64::from(days.get()) * 24 * 3600);
        let rule = |ends, setting| Lifetime {
            ends,
            source: Cow::Borrowed(setting),
        };
        let unused = self.unused_days.map(|count| {
            let ends = Ends::Unused(days(count));
            rule(ends, "unused_days, in the connection's settings")
        });
        let after = self.ends_after_days.map(|count| {
            let ends = Ends::After(days(count));
            rule(ends, "ends_after_days, in the connection's settings")
        });
        unused.into_iter().chain(after).collect()
    }

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

    /// The addresses that a server's own description would contradict.
    pub(crate) fn addresses(&self) -> [(&'static str, bool); 5] {
        [
            ("consent.authorize_url", self.authorize_url.is_some()),
            ("consent.issuer", self.issuer.is_some()),
            ("consent.token_url", self.token_url.is_some()),
            (
                "consent.introspection_url",
                self.introspection_url.is_some(),
            ),
            ("consent.revocation_url", self.revocation_url.is_some()),
        ]
    }

    pub(crate) fn flow(&self, vendor: &Vendor, config: &Config, server: &Server) -> CodeFlow {
        let grace = self.grace_ms.map(Duration::from_millis);
        CodeFlow {
            vendor: vendor.clone(),
            api: config.base_url.clone(),
            authorize: server.authorize.clone(),
            issuer: server.answers_as.clone(),
            token: server.token.clone(),
            introspect: server.introspect.clone(),
            revoke: server.revoke.clone(),
            client_auth: config.client_auth(server),
            scopes: config.scopes.clone(),
            pkce: true,
            rotation: match self.rotates {
                true => Rotation::Rotates { grace },
                false => Rotation::Stays,
            },
            lifetimes: self.lifetimes(),
        }
    }
}

impl Default for ConsentConfig {
    /// An empty table.
    fn default() -> Self {
        Self {
            authorize_url: None,
            issuer: None,
            token_url: None,
            introspection_url: None,
            revocation_url: None,
            introspects: yes(),
            revokes: yes(),
            rotates: yes(),
            grace_ms: None,
            unused_days: None,
            ends_after_days: None,
        }
    }
}

fn yes() -> bool {
    true
}
