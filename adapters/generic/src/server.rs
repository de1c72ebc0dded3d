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
    /// By what clients may sign, where it says so.
    pub(crate) signing: Option<Vec<String>>,
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
            signing: None,
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
            signing: None,
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
        told.takes(&config.client_auth(&server))?;
        // Servers that renew tokens do not all list that; one that does not renew is told of
        // when it answers.
        told.gives_for(match &config.consent {
            Some(_) => "authorization_code",
            None => "client_credentials",
        })?;
        server.signing = told.signing().map(<[String]>::to_vec);
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
                    .with_client_auth(config.client_auth(self))
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

#[cfg(test)]
mod tests {
    use rackrate_core::adapter::Adapter;
    use rackrate_core::client_auth::ClientAuth;
    use rackrate_core::exchange::Operation;

    use super::*;
    use crate::Generic;

    const ISSUER: &str = "https://id.test";

    fn config(settings: &str) -> Config {
        let settings = format!("base_url = 'https://pms.test'\n{settings}");
        toml::from_str(&settings).unwrap()
    }

    fn told(grants: &[&str]) -> Metadata {
        let told = serde_json::json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.test/authorize",
            "token_endpoint": "https://id.test/token",
            "grant_types_supported": grants,
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["EdDSA"],
            "code_challenge_methods_supported": ["S256"],
        });
        let issuer = Issuer::new(ISSUER).unwrap();
        Metadata::read(&issuer, told.to_string().as_bytes()).unwrap()
    }

    fn met(settings: &str, grants: &[&str]) -> Result<ClientAuth, Unfit> {
        let config = config(settings);
        let server = Server::of_metadata(&config, &told(grants))?;
        Ok(config.client_auth(&server))
    }

    #[test]
    fn an_adapter_that_knows_its_server_knows_it_with_fewer_scopes_too() {
        let settings = format!("authorization_server = '{ISSUER}'");
        let adapter = Generic::new(config(&settings)).unwrap();
        let fewer = adapter.asking_for(&Operation::LOOKING).unwrap();
        let server = told(&["client_credentials"]);
        let known = fewer.awaits().unwrap().knowing(&server).unwrap();
        assert_eq!(known.manifest().scopes, ["rates:read"]);
        let all = adapter.awaits().unwrap().knowing(&server).unwrap();
        let fewer = all.asking_for(&Operation::LOOKING).unwrap();
        assert!(fewer.awaits().is_none());
        let (one, other) = (fewer.manifest(), known.manifest());
        assert_eq!((&one.bases, &one.scopes), (&other.bases, &other.scopes));
    }

    #[test]
    fn a_server_has_to_give_tokens_for_what_the_settings_want() {
        let (alone, by_person) = ("", "consent = {}");
        let codes = ["authorization_code"];
        let clients = ["client_credentials"];
        assert!(met(alone, &clients).is_ok());
        assert!(met(by_person, &codes).is_ok());
        let refused = |settings, grants: &[&str]| match met(settings, grants) {
            Err(Unfit::NoGrantType { wanted, .. }) => wanted,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(alone, &codes), "client_credentials");
        assert_eq!(refused(by_person, &clients), "authorization_code");
    }

    #[test]
    fn whoever_signs_hears_what_the_server_reads() {
        let way = met("client_auth = 'private_key_jwt'", &["client_credentials"]);
        let Ok(ClientAuth::PrivateKeyJwt(says)) = way else {
            panic!("{way:?}");
        };
        assert_eq!(says.audience, ISSUER);
        assert_eq!(says.algorithms.as_deref(), Some(&["EdDSA".to_owned()][..]));
    }
}
