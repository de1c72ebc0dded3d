//! The authorization server: where its endpoints are, and who it says it is. Settings name them,
//! or the server describes itself.

use rackrate_core::auth::Authenticate;
use rackrate_core::code_flow::Endpoint;
use rackrate_core::ids::Vendor;
use rackrate_core::metadata::{Issuer, Metadata, Unfit};
use rackrate_core::oauth::ClientCredentials;
use url::Url;

use crate::config::Config;
use crate::consent::ConsentConfig;

/// What the adapter has to know of a server.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Whom a client's signed statement is for.
    pub(crate) audience: String,
    /// Who it says it is in its answers, where it says so.
    pub(crate) answers_as: Option<String>,
    pub(crate) authorize: Url,
    pub(crate) token: Endpoint,
    pub(crate) introspect: Option<Endpoint>,
    pub(crate) revoke: Option<Endpoint>,
}

impl Server {
    /// A server of which no more is known than its name; nothing may be sent there.
    pub(crate) fn unknown(issuer: &Issuer) -> Self {
        Self {
            audience: issuer.as_str().to_owned(),
            answers_as: None,
            authorize: issuer.url().clone(),
            token: Endpoint::of(issuer.url()),
            introspect: None,
            revoke: None,
        }
    }

    /// The server of the settings.
    pub(crate) fn of_settings(config: &Config) -> Self {
        let none = ConsentConfig::default();
        let consent = config.consent.as_ref().unwrap_or(&none);
        let home = config.token_base();
        let endpoint = |path: &str, given: &Option<Url>| match given {
            Some(url) => Endpoint::of(url),
            None => Endpoint {
                base: home.clone(),
                path: path.to_owned(),
            },
        };
        let token = endpoint("/oauth/token", &consent.token_url);
        let told = consent.issuer.clone();
        Self {
            audience: told.clone().unwrap_or_else(|| token.url().to_string()),
            answers_as: told,
            authorize: endpoint("/oauth/authorize", &consent.authorize_url).url(),
            introspect: (consent.introspects)
                .then(|| endpoint("/oauth/introspect", &consent.introspection_url)),
            revoke: (consent.revokes).then(|| endpoint("/oauth/revoke", &consent.revocation_url)),
            token,
        }
    }

    /// The server that described itself.
    ///
    /// # Errors
    /// [`Unfit`] where it cannot do what the settings want.
    pub(crate) fn of_metadata(config: &Config, told: &Metadata) -> Result<Self, Unfit> {
        let mut server = Self::unknown(&told.issuer);
        told.takes(&config.client_auth(&server.audience))?;
        server.answers_as = told.names_itself.then(|| server.audience.clone());
        server.token = told.token.clone();
        if let Some(consent) = &config.consent {
            server.authorize = told.consents()?.clone();
            server.introspect = told.introspect.clone().filter(|_| consent.introspects);
            server.revoke = told.revoke.clone().filter(|_| consent.revokes);
        }
        Ok(server)
    }

    /// The way to tokens.
    pub(crate) fn auth(&self, vendor: &Vendor, config: &Config) -> Box<dyn Authenticate> {
        match &config.consent {
            Some(consent) => Box::new(consent.flow(vendor, config, self)),
            None => Box::new(
                ClientCredentials::new(vendor, &config.base_url, &self.token.path)
                    .with_token_base(&self.token.base)
                    .with_client_auth(config.client_auth(&self.audience))
                    .with_scope(config.scopes.join(" ")),
            ),
        }
    }

    /// The addresses that token requests go to.
    pub(crate) fn bases(&self, config: &Config) -> Vec<&Url> {
        let others = [&self.introspect, &self.revoke].into_iter().flatten();
        let others = others.filter(|_| config.consent.is_some());
        std::iter::once(&self.token)
            .chain(others)
            .map(|endpoint| &endpoint.base)
            .collect()
    }
}
