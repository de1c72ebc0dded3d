//! The settings of an apaleo connection, as written in `rackrate.toml`.
//!
//! The client's secret is not here: it comes by the name in the manifest.

use rackrate_core::address::{self, AddressError};
use serde::Deserialize;
use url::Url;

/// Where the API is, unless a connection says otherwise.
const BASE: &str = "https://api.apaleo.com";
/// Where tokens come from, unless a connection says otherwise.
const IDENTITY: &str = "https://identity.apaleo.com";

/// The settings of one connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The API's address. Default: `https://api.apaleo.com`.
    #[serde(default = "default_base")]
    pub base_url: Url,
    /// The address of the token endpoint. Default: `https://identity.apaleo.com`.
    #[serde(default = "default_identity")]
    pub identity_url: Url,
    /// The client's id, such as `ABCD-SP-NAME`. It is no secret, and connections with the
    /// same one share its allowance.
    pub client_id: String,
    /// What kind of account it is, which decides the allowances. Default: live.
    #[serde(default)]
    pub account: Account,
    /// The number of adults that the one price of a night is meant for. Default: 1, which
    /// is what the vendor means; another number works for plans without a surcharge for it.
    #[serde(default = "default_adults")]
    pub adults: u8,
    /// How long after acceptance old prices may still be shown. Default: 10 seconds.
    #[serde(default = "default_settle")]
    pub settle_seconds: u64,
    /// How long a request may still arrive after it left. Default: 60 seconds.
    #[serde(default = "default_horizon")]
    pub flight_horizon_seconds: u64,
}

/// What kind of account a connection uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Account {
    /// A hotel's own.
    #[default]
    Live,
    /// For trials and development, with much smaller allowances.
    Trial,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Nobody to ask as.
    #[error("client_id is empty or holds blanks: copy it from the client in apaleo")]
    ClientId,
    /// Prices for nobody.
    #[error("adults must be at least 1: it says whom the one price of a night is for")]
    Adults,
}

impl Config {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        address::check("base_url", &self.base_url)?;
        address::check("identity_url", &self.identity_url)?;
        let blank = |c: char| c.is_whitespace() || c.is_control();
        if self.client_id.is_empty() || self.client_id.contains(blank) {
            return Err(ConfigError::ClientId);
        }
        if self.adults == 0 {
            return Err(ConfigError::Adults);
        }
        Ok(())
    }
}

fn default_base() -> Url {
    address::constant(BASE)
}

fn default_identity() -> Url {
    address::constant(IDENTITY)
}

fn default_adults() -> u8 {
    1
}

fn default_settle() -> u64 {
    10
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
    fn a_connection_needs_only_its_client() {
        let config = config("client_id = 'ABCD-SP-RATES'").unwrap();
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.base_url.host_str(), Some("api.apaleo.com"));
        assert_eq!(config.identity_url.host_str(), Some("identity.apaleo.com"));
        assert_eq!((config.adults, config.account), (1, Account::Live));
    }

    #[test]
    fn unknown_settings_and_kinds_of_account_are_refused() {
        for text in [
            "",
            "client_id = 'A'\nclient_secret = 'x'",
            "client_id = 'A'\naccount = 'demo'",
        ] {
            assert!(config(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let plain = AddressError::Plain("base_url").into();
        let identity = AddressError::Form("identity_url").into();
        for (text, error) in [
            ("client_id = ''", ConfigError::ClientId),
            ("client_id = 'A B'", ConfigError::ClientId),
            ("client_id = 'A'\nadults = 0", ConfigError::Adults),
            ("client_id = 'A'\nbase_url = 'http://api.apaleo.com'", plain),
            (
                "client_id = 'A'\nidentity_url = 'https://a:b@identity.apaleo.com'",
                identity,
            ),
        ] {
            assert_eq!(config(text).unwrap().check(), Err(error), "{text}");
        }
        let own = config("client_id = 'A'\nbase_url = 'http://127.0.0.1:8080'").unwrap();
        assert_eq!(own.check(), Ok(()));
    }
}
