//! The settings of one pms-v2 connection, and which of them cannot be used.
//!
//! Secrets are not here: they come by the names in the manifest.

use rackrate_core::address::{self, AddressError};
use rackrate_core::exchange::Operation;
use rackrate_core::metadata::Issuer;
use rackrate_core::scope::{Given, Scopes};
use serde::Deserialize;
use url::Url;

use crate::client::ClientWay;
use crate::consent::ConsentConfig;

/// The settings of one connection. Times are in milliseconds, because tests and demos use
/// short ones.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address above `/v2`, such as `https://pms.example.test/api`.
    pub base_url: Url,
    /// The address above `/oauth/token`, where it differs. Default: `base_url`.
    #[serde(default)]
    pub token_base_url: Option<Url>,
    /// The issuer of the server that gives tokens, where it describes its endpoints itself
    /// (RFC 8414). Default: they are as the protocol has them, or as other settings say.
    #[serde(default)]
    pub authorization_server: Option<Issuer>,
    /// Allows plain http to other machines, for closed networks. Default: false; to the
    /// own machine it is always allowed.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// How the client proves who it is. Default: `post`.
    #[serde(default)]
    pub client_auth: ClientWay,
    /// The name under which the server has the client's public key. Default: none.
    #[serde(default)]
    pub client_key_id: Option<String>,
    /// Whom the client's signed statements are for. Default: the server's issuer where it is
    /// known, else its token endpoint.
    #[serde(default)]
    pub client_audience: Option<String>,
    /// Where a person gives the grant: how. Default: client credentials.
    #[serde(default)]
    pub consent: Option<ConsentConfig>,
    /// The scopes asked for. Default: `rates:read` and `rates:write`.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// What the server allows each property in one window. Default: 300.
    #[serde(default = "default_requests")]
    pub requests_per_minute: u32,
    /// The window's length. Default: 60,000 ms, the minute of the specification.
    #[serde(default = "default_window")]
    pub window_ms: u64,
    /// How long reads may still show old prices. Default: 2,000 ms.
    #[serde(default = "default_settle")]
    pub settle_ms: u64,
    /// How long a request may still arrive after it left. Default: 60,000 ms.
    #[serde(default = "default_horizon")]
    pub flight_horizon_ms: u64,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Secrets would travel readable.
    #[error("{0} is plain http to another machine; use https, or set allow_plain_http")]
    Plain(&'static str),
    /// A scope that gives more than rates, or is no scope.
    #[error(
        "the scope {0:?} is refused: ask for rates:read, rates:write or parities:audit by name"
    )]
    Scope(String),
    /// Two settings say the same in different words.
    #[error("{0} and authorization_server both say where tokens come from; keep one")]
    Twice(&'static str),
    /// It would not be used.
    #[error("{0} is for client_auth = \"private_key_jwt\" only")]
    NotSigned(&'static str),
    /// Anybody could be the client.
    #[error("client_auth = \"none\" proves nothing, so it takes the consent of a person")]
    NoProof,
    /// Nothing would be granted.
    #[error("scopes is empty")]
    NoScopes,
    /// Nothing could ever be sent.
    #[error("{0} has to be above zero")]
    Zero(&'static str),
}

/// All scopes of the protocol; each of them is about rates only.
const SCOPES: [&str; 3] = ["rates:read", "rates:write", "parities:audit"];

/// What each call needs (README, section 2).
pub(crate) fn needs() -> Scopes {
    let reads = ["rates:read", "parities:audit"];
    Scopes::new(Given::Asked)
        .need(Operation::Discover, reads)
        .need(Operation::Read, reads)
        .need(Operation::Push, ["rates:write"])
        .need(Operation::Poll, reads)
}

impl Config {
    /// The address that the paths of section 1 are below.
    pub(crate) fn token_base(&self) -> &Url {
        self.token_base_url.as_ref().unwrap_or(&self.base_url)
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        check_address("base_url", &self.base_url, self.allow_plain_http)?;
        if let Some(url) = &self.token_base_url {
            check_address("token_base_url", url, self.allow_plain_http)?;
        }
        if let Some(consent) = &self.consent {
            consent.check(self.allow_plain_http)?;
        }
        self.check_client()?;
        self.check_server()?;
        if self.scopes.is_empty() {
            return Err(ConfigError::NoScopes);
        }
        if let Some(scope) = self
            .scopes
            .iter()
            .find(|scope| !SCOPES.contains(&scope.as_str()))
        {
            return Err(ConfigError::Scope(scope.chars().take(60).collect()));
        }
        for (name, zero) in [
            ("requests_per_minute", self.requests_per_minute == 0),
            ("window_ms", self.window_ms == 0),
        ] {
            if zero {
                return Err(ConfigError::Zero(name));
            }
        }
        Ok(())
    }
}

impl Config {
    /// A server that describes itself is described nowhere else.
    fn check_server(&self) -> Result<(), ConfigError> {
        let consent = self.consent.iter().flat_map(ConsentConfig::addresses);
        let base = ("token_base_url", self.token_base_url.is_some());
        let twice = consent.chain([base]).find(|(_, given)| *given);
        match (&self.authorization_server, twice) {
            (Some(_), Some((name, _))) => Err(ConfigError::Twice(name)),
            _ => Ok(()),
        }
    }
}

/// Whether requests may go there.
///
/// # Errors
/// [`ConfigError`], naming the setting that gave the address.
pub(crate) fn check_address(
    name: &'static str,
    url: &Url,
    allow_plain_http: bool,
) -> Result<(), ConfigError> {
    match address::check(name, url) {
        Err(AddressError::Plain(_)) if allow_plain_http => Ok(()),
        Err(AddressError::Plain(name)) => Err(ConfigError::Plain(name)),
        checked => Ok(checked?),
    }
}

fn default_scopes() -> Vec<String> {
    ["rates:read", "rates:write"].map(String::from).to_vec()
}

fn default_requests() -> u32 {
    300
}

fn default_window() -> u64 {
    60_000
}

fn default_settle() -> u64 {
    2_000
}

fn default_horizon() -> u64 {
    60_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let config: Config = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        config.check().map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_is_enough() {
        assert_eq!(check("base_url = 'https://pms.example.test/api'"), Ok(()));
        assert_eq!(check("base_url = 'http://127.0.0.1:8080'"), Ok(()));
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let error = check("base_url = 'https://pms.test'\nclient_secret = 'x'").unwrap_err();
        assert!(error.contains("unknown field"), "{error}");
    }

    #[test]
    fn wildcards_and_scopes_beyond_rates_are_refused() {
        for scope in ["*", "rates:*", "guests:read", "", "rates:read rates:write"] {
            let text = format!("base_url = 'https://pms.test'\nscopes = [{scope:?}]");
            assert!(check(&text).unwrap_err().contains("refused"), "{scope}");
        }
        assert!(check("base_url = 'https://pms.test'\nscopes = []").is_err());
    }

    #[test]
    fn plain_http_to_another_machine_has_to_be_allowed() {
        for setting in [
            "base_url",
            "base_url = 'https://pms.test'
token_base_url",
        ] {
            let plain = format!("{setting} = 'http://pms.test'");
            assert!(check(&plain).unwrap_err().contains("set allow_plain_http"));
            assert_eq!(
                check(&format!(
                    "{plain}
allow_plain_http = true"
                )),
                Ok(())
            );
            let odd = format!(
                "{setting} = 'http://a:b@pms.test'
allow_plain_http = true"
            );
            assert!(check(&odd).unwrap_err().contains("without user"));
        }
    }

    #[test]
    fn a_server_that_describes_itself_is_described_nowhere_else() {
        let itself = "base_url = 'https://pms.test'\nauthorization_server = 'https://id.test'\n";
        assert_eq!(check(itself), Ok(()));
        for twice in [
            "token_base_url = 'https://id.test'",
            "consent = { token_url = 'https://id.test/t' }",
            "consent = { issuer = 'https://id.test' }",
        ] {
            let why = check(&format!("{itself}{twice}")).unwrap_err();
            assert!(why.contains("keep one"), "{why}");
        }
        for bad in ["http://id.test", "id.test", "https://id.test?x=1"] {
            let text = itself.replace("https://id.test", bad);
            assert!(check(&text).unwrap_err().contains("authorization_server"));
        }
    }

    #[test]
    fn an_allowance_of_nothing_is_refused() {
        assert!(check("base_url = 'https://pms.test'\nrequests_per_minute = 0").is_err());
        assert!(check("base_url = 'https://pms.test'\nwindow_ms = 0").is_err());
    }
}
