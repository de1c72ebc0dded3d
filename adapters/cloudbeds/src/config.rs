//! The settings of a Cloudbeds connection, as written in `rackrate.toml`.

use rackrate_core::address::{self, AddressError};
use rackrate_core::exchange::Operation;
use rackrate_core::scope::{Given, Scopes};
use serde::Deserialize;
use url::Url;

use crate::restrictions::LengthOfStay;

/// Where the API is, unless a connection says otherwise.
const BASE: &str = "https://api.cloudbeds.com/api/v1.3";
/// The vendor's second host for the same API; a page link may name it.
const SECOND_BASE: &str = "https://hotels.cloudbeds.com/api/v1.3";

/// What the calls of this adapter need, and all that it may be given.
const SCOPES: [&str; 3] = ["read:hotel", "read:rate", "write:rate"];
/// What a user ticks for a key.
const KEY_SCOPES: [&str; 4] = ["read:hotel", "read:room", "read:rate", "write:rate"];

/// The settings of one connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The API's address. Default: `https://api.cloudbeds.com/api/v1.3`.
    #[serde(default = "default_base")]
    pub base_url: Url,
    /// What the connection proves itself with. Default: an API key.
    #[serde(default)]
    pub auth: Auth,
    /// Where a person consents; only where one does. Default:
    /// `https://hotels.cloudbeds.com/api/v1.3/oauth`, and `/oauth` below another `base_url`.
    #[serde(default)]
    pub authorize_url: Option<Url>,
    /// Where codes and refresh tokens are exchanged; only where a person consents. Default:
    /// `/access_token` beside the default of `authorize_url`.
    #[serde(default)]
    pub token_url: Option<Url>,
    /// The scopes asked for; only where a person consents. Default: `read:hotel`, `read:rate`
    /// and `write:rate`.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// Whose key it is. Default: a property's.
    #[serde(default)]
    pub client: Client,
    /// The partner client that shares one allowance over all its connections; required for
    /// a partner's key or client, meaningless for a property's.
    #[serde(default)]
    pub client_name: Option<String>,
    /// The number of adults that the room's price is meant for: the vendor's rate calls
    /// carry no number, so a person has to say it.
    pub adults: u8,
    /// Whom minimum and maximum stays bind. Default: every stay that includes the night.
    #[serde(default)]
    pub length_of_stay: LengthOfStay,
    /// How long after acceptance old prices may still be shown. Default: 900 seconds; up
    /// to 12 minutes were seen.
    #[serde(default = "default_settle")]
    pub settle_seconds: u64,
    /// How long a request may still arrive after it left. Default: 60 seconds.
    #[serde(default = "default_horizon")]
    pub flight_horizon_seconds: u64,
    /// Requests to really send in a second. Default and most: 4 with a property's key, 8
    /// with a partner's, a fifth below what the vendor allows.
    #[serde(default)]
    pub requests_per_second: Option<u32>,
}

/// What a connection proves itself with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// A key that somebody made.
    #[default]
    ApiKey,
    /// A grant that a person of the property gives to a partner's client.
    Oauth,
    /// A key that comes of such a consent, instead of tokens.
    KeyByConsent,
}

impl Auth {
    /// Whether a person of the property consents.
    pub(crate) fn is_by_consent(self) -> bool {
        matches!(self, Self::Oauth | Self::KeyByConsent)
    }
}

/// Whose key a connection uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Client {
    /// Made by a user of the property or its group.
    #[default]
    Property,
    /// Given to a technology partner.
    Partner,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Prices for nobody.
    #[error("adults must be at least 1: it says whom the room's price is for")]
    Adults,
    /// A partner's allowance has to be counted by something.
    #[error("client_name is required with client = \"partner\": its allowance is shared by it")]
    ClientName,
    /// The name would silently change nothing.
    #[error("client_name is only for client = \"partner\"")]
    ClientNameUnused,
    /// Clients of OAuth are partners', and their allowance is counted over all properties.
    #[error("a person's consent needs client = \"partner\": only partners have such a client")]
    OauthClient,
    /// The setting would silently change nothing.
    #[error("{0} is only for auth = \"oauth\" and \"key_by_consent\"")]
    OauthOnly(&'static str),
    /// A code is exchanged only where it was asked for.
    #[error("authorize_url and token_url have to be on the same host and version of the API")]
    OauthApart,
    /// A scope that gives more than rates, or is no scope.
    #[error("the scope {0:?} is refused: ask for read:hotel, read:rate and write:rate by name")]
    Scope(String),
    /// Nothing could be found or read back.
    #[error("scopes lacks {0}, without which nothing can be found or read back")]
    ScopeMissing(&'static str),
    /// Faster than safe, or nothing.
    #[error("requests_per_second must be from 1 to {most}: it can only slow down")]
    Pace {
        /// The highest pace.
        most: u32,
    },
}

impl Config {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        address::check("base_url", &self.base_url)?;
        if self.adults == 0 {
            return Err(ConfigError::Adults);
        }
        self.check_oauth()?;
        let named = self.client_name.as_deref().map(str::trim);
        match (self.client, named) {
            (Client::Partner, None | Some("")) => Err(ConfigError::ClientName),
            (Client::Property, Some(_)) => Err(ConfigError::ClientNameUnused),
            _ => Ok(()),
        }
    }

    fn check_oauth(&self) -> Result<(), ConfigError> {
        if !self.auth.is_by_consent() {
            let unused = [
                ("authorize_url", self.authorize_url.is_some()),
                ("token_url", self.token_url.is_some()),
                ("scopes", self.scopes.is_some()),
            ];
            let unused = unused.into_iter().find(|(_, given)| *given);
            return unused.map_or(Ok(()), |(name, _)| Err(ConfigError::OauthOnly(name)));
        }
        if self.client != Client::Partner {
            return Err(ConfigError::OauthClient);
        }
        let (authorize, token) = self.oauth_urls();
        address::check("authorize_url", &authorize)?;
        address::check("token_url", &token)?;
        if home(&authorize) != home(&token) {
            return Err(ConfigError::OauthApart);
        }
        check_scopes(&self.scopes())
    }

    /// Where a person consents, and where tokens come from. Whoever leads the API elsewhere,
    /// as to a simulator, does not want secrets to go to the vendor.
    pub(crate) fn oauth_urls(&self) -> (Url, Url) {
        let is_vendors = [BASE, SECOND_BASE].contains(&self.base_url.as_str());
        let beside = match is_vendors {
            true => address::constant(SECOND_BASE),
            false => self.base_url.clone(),
        };
        let of = |given: &Option<Url>, path| given.clone().unwrap_or_else(|| below(&beside, path));
        (
            of(&self.authorize_url, "/oauth"),
            of(&self.token_url, "/access_token"),
        )
    }

    /// The scopes asked for, or to be ticked for a key.
    pub(crate) fn scopes(&self) -> Vec<String> {
        match (self.auth, &self.scopes) {
            (_, Some(scopes)) => scopes.clone(),
            (Auth::Oauth | Auth::KeyByConsent, None) => SCOPES.map(str::to_owned).to_vec(),
            (Auth::ApiKey, None) => KEY_SCOPES.map(str::to_owned).to_vec(),
        }
    }

    /// What each call needs (github.com/cloudbeds/openapi-specs, `src/pms-v1.3-openapi.yaml`).
    pub(crate) fn needs(&self) -> Scopes {
        let given = match self.auth {
            Auth::ApiKey => Given::Ticked,
            Auth::Oauth | Auth::KeyByConsent => Given::Asked,
        };
        Scopes::new(given)
            .need(Operation::Discover, ["read:hotel"])
            .need(Operation::Discover, ["read:rate"])
            .need(Operation::Read, ["read:rate"])
            .need(Operation::Push, ["write:rate"])
            .need(Operation::Poll, ["read:rate"])
            .need(Operation::LookUp, ["read:rate"])
    }

    /// The addresses of the API: with the vendor's own address also its twin.
    pub(crate) fn bases(&self) -> Vec<Url> {
        let mut bases = vec![self.base_url.clone()];
        if self.base_url == default_base() {
            bases.push(address::constant(SECOND_BASE));
        }
        bases
    }
}

/// Everything up to the last segment of an address: host and version.
pub(crate) fn home(url: &Url) -> Url {
    let mut home = url.clone();
    let path = url.path();
    home.set_path(&path[..path.rfind('/').unwrap_or_default()]);
    home
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

fn check_scopes(scopes: &[String]) -> Result<(), ConfigError> {
    let odd = scopes
        .iter()
        .find(|scope| !SCOPES.contains(&scope.as_str()));
    if let Some(odd) = odd {
        return Err(ConfigError::Scope(odd.chars().take(60).collect()));
    }
    let needed = ["read:hotel", "read:rate"].into_iter();
    let missing = needed.filter(|scope| !scopes.iter().any(|one| one == scope));
    missing
        .map(|scope| Err(ConfigError::ScopeMissing(scope)))
        .next()
        .unwrap_or(Ok(()))
}

fn default_base() -> Url {
    address::constant(BASE)
}

fn default_settle() -> u64 {
    900
}

fn default_horizon() -> u64 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Config, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_connection_needs_only_the_number_of_adults() {
        let config = config("adults = 2").unwrap();
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.base_url.as_str(), BASE);
        assert_eq!((config.settle_seconds, config.bases().len()), (900, 2));
        assert_eq!(config.length_of_stay, LengthOfStay::Through);
    }

    #[test]
    fn unknown_settings_and_missing_adults_are_refused() {
        assert!(config("adults = 2\nadult = 1").is_err());
        assert!(config("adults = 2\nlength_of_stay = 'both'").is_err());
        assert!(config("").is_err());
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let plain = AddressError::Plain("base_url").into();
        for (text, error) in [
            ("adults = 0", ConfigError::Adults),
            ("adults = 2\nclient = 'partner'", ConfigError::ClientName),
            (
                "adults = 2\nclient_name = 'x'",
                ConfigError::ClientNameUnused,
            ),
            ("adults = 2\nbase_url = 'http://a.test'", plain),
            (
                "adults = 2\nscopes = ['read:rate']",
                ConfigError::OauthOnly("scopes"),
            ),
            ("adults = 2\nauth = 'oauth'", ConfigError::OauthClient),
        ] {
            assert_eq!(config(text).unwrap().check(), Err(error), "{text}");
        }
    }

    const OAUTH: &str = "adults = 2\nauth = 'oauth'\nclient = 'partner'\nclient_name = 'x'\n";

    fn oauth(more: &str) -> Result<Config, ConfigError> {
        let config = config(&format!("{OAUTH}{more}")).unwrap();
        config.check().map(|()| config)
    }

    #[test]
    fn consent_is_asked_for_at_the_vendors_or_beside_the_api_that_was_given() {
        let urls = |more| {
            let (authorize, token) = oauth(more).unwrap().oauth_urls();
            (authorize.to_string(), token.to_string())
        };
        let beside = |home: &str| (format!("{home}/oauth"), format!("{home}/access_token"));
        assert_eq!(urls(""), beside(SECOND_BASE));
        let local = "http://127.0.0.1:7181/api/v1.3";
        assert_eq!(urls(&format!("base_url = '{local}'")), beside(local));
    }

    #[test]
    fn consent_and_tokens_are_at_one_host_and_version() {
        for more in [
            "token_url = 'https://api.cloudbeds.com/api/v1.3/access_token'",
            "token_url = 'https://hotels.cloudbeds.com/api/v1.2/access_token'",
        ] {
            assert_eq!(oauth(more).unwrap_err(), ConfigError::OauthApart, "{more}");
        }
        let older = "authorize_url = 'https://hotels.cloudbeds.com/api/v1.2/oauth'\n\
            token_url = 'https://hotels.cloudbeds.com/api/v1.2/access_token'";
        assert!(oauth(older).is_ok());
        let plain = AddressError::Plain("token_url").into();
        assert_eq!(oauth("token_url = 'http://a.test/t'").unwrap_err(), plain);
    }

    #[test]
    fn scopes_beyond_rates_are_refused_by_name() {
        for scope in [
            "*",
            "read:*",
            "read:guest",
            "write:reservation",
            "read:payment",
            "admin",
            "read:room",
            "",
        ] {
            let more = format!("scopes = ['read:hotel', 'read:rate', '{scope}']");
            let refused = ConfigError::Scope(scope.to_owned());
            assert_eq!(oauth(&more).unwrap_err(), refused);
        }
        let some = oauth("scopes = ['read:rate']").unwrap_err();
        assert_eq!(some, ConfigError::ScopeMissing("read:hotel"));
        assert!(oauth("scopes = ['read:rate', 'read:hotel']").is_ok());
    }
}
