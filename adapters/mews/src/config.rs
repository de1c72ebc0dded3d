//! The settings of a Mews connection, as written in `rackrate.toml`.

use rackrate_core::address::{self, AddressError};
use serde::Deserialize;
use url::Url;

/// Where the API is, unless a connection says otherwise.
const BASE: &str = "https://api.mews.com";

/// The settings of one connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The platform's address. Default: `https://api.mews.com`; the demo environment is
    /// `https://api.mews-demo.com`.
    #[serde(default = "default_base")]
    pub base_url: Url,
    /// The application's name and version, as certified with Mews. It is no secret.
    /// Default: rackrate and its version.
    #[serde(default = "default_client")]
    pub client: String,
    /// The number of adults that a price is meant for. Mews has one price a night, for the
    /// room at its capacity, so a person has to say it.
    pub adults: u8,
    /// Whether the access token is a portfolio's, which reaches several properties.
    /// Default: no.
    #[serde(default)]
    pub portfolio: bool,
    /// Whether writes ask for an answer without a body, which Mews calls beta. Default: no.
    #[serde(default)]
    pub minimal_answers: bool,
    /// How long after acceptance old values may still be shown. Default: 60 seconds, a
    /// guess; nothing is documented.
    #[serde(default = "default_minute")]
    pub settle_seconds: u64,
    /// How long a request may still arrive after it left. Default: 60 seconds.
    #[serde(default = "default_minute")]
    pub flight_horizon_seconds: u64,
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
    /// Mews wants a name in every request.
    #[error("client must name the application, for example \"Acme Rates 1.0.0\"")]
    Client,
}

impl Config {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        address::check("base_url", &self.base_url)?;
        if self.adults == 0 {
            return Err(ConfigError::Adults);
        }
        if self.client.trim().is_empty() {
            return Err(ConfigError::Client);
        }
        Ok(())
    }
}

fn default_base() -> Url {
    address::constant(BASE)
}

fn default_client() -> String {
    concat!("rackrate ", env!("CARGO_PKG_VERSION")).to_owned()
}

fn default_minute() -> u64 {
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
        assert_eq!(config.base_url.as_str(), "https://api.mews.com/");
        assert!(config.client.starts_with("rackrate "));
        assert!(!config.portfolio && !config.minimal_answers);
    }

    #[test]
    fn unknown_settings_and_missing_adults_are_refused() {
        assert!(config("adults = 2\nclient_token = 'x'").is_err());
        assert!(config("").is_err());
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let plain = AddressError::Plain("base_url").into();
        for (text, error) in [
            ("adults = 0", ConfigError::Adults),
            ("adults = 2\nclient = ' '", ConfigError::Client),
            ("adults = 2\nbase_url = 'http://a.test'", plain),
        ] {
            assert_eq!(config(text).unwrap().check(), Err(error), "{text}");
        }
    }

    #[test]
    fn the_sample_is_a_good_configuration() {
        let sample = crate::sample("http://127.0.0.1:8080");
        assert_eq!(config(&sample).unwrap().check(), Ok(()));
    }
}
