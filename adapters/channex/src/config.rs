//! The settings of a Channex connection, as written in `rackrate.toml`.
//!
//! The key is not here: it comes by its name in the manifest.

use rackrate_core::address::{self, AddressError};
use serde::Deserialize;
use url::Url;

/// Where the documents' examples go. Keys of one environment open nothing in the other.
const STAGING: &str = "https://staging.channex.io/api/v1";
/// What a property may be asked and told in a minute.
pub(crate) const PUBLISHED: u32 = 10;

/// The settings of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The API's address. Default: staging, `https://staging.channex.io/api/v1`;
    /// production is `https://app.channex.io/api/v1`.
    #[serde(default = "default_base")]
    pub base_url: Url,
    /// The number of adults that prices by the room are meant for: such a plan has one
    /// price, whoever sleeps there. Default: as many as the plan takes. Plans by person say
    /// it themselves.
    #[serde(default)]
    pub adults: Option<u8>,
    /// How long after acceptance old prices may still be shown. Default: 300 seconds,
    /// because messages wait in a queue of unknown length.
    #[serde(default = "default_settle")]
    pub settle_seconds: u64,
    /// How long a request may still arrive after it left. Default: 60 seconds.
    #[serde(default = "default_horizon")]
    pub flight_horizon_seconds: u64,
    /// What Channex allows a property in a minute, before our headroom. Default and most:
    /// 10. The published figure has only ever been lowered.
    #[serde(default = "default_requests")]
    pub requests_per_minute: u32,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Prices for nobody.
    #[error("adults must be at least 1: it says whom a room's price is for")]
    Adults,
    /// Faster than allowed, or nothing.
    #[error("requests_per_minute must be from 1 to {PUBLISHED}: it can only slow down")]
    Pace,
}

impl Config {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        address::check("base_url", &self.base_url)?;
        if self.adults == Some(0) {
            return Err(ConfigError::Adults);
        }
        if !(1..=PUBLISHED).contains(&self.requests_per_minute) {
            return Err(ConfigError::Pace);
        }
        Ok(())
    }
}

fn default_base() -> Url {
    address::constant(STAGING)
}

fn default_settle() -> u64 {
    300
}

fn default_horizon() -> u64 {
    60
}

fn default_requests() -> u32 {
    PUBLISHED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Config, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn nothing_has_to_be_set() {
        let config = config("").unwrap();
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.base_url.as_str(), STAGING);
        assert_eq!((config.adults, config.requests_per_minute), (None, 10));
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let error = config("adult = 2").unwrap_err();
        assert!(error.message().contains("unknown field"), "{error}");
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let plain = AddressError::Plain("base_url").into();
        for (text, error) in [
            ("adults = 0", ConfigError::Adults),
            ("requests_per_minute = 0", ConfigError::Pace),
            ("requests_per_minute = 11", ConfigError::Pace),
            ("base_url = 'http://channex.test/api/v1'", plain),
        ] {
            assert_eq!(config(text).unwrap().check(), Err(error), "{text}");
        }
        let own = config("base_url = 'http://127.0.0.1:8080/api/v1'").unwrap();
        assert_eq!(own.check(), Ok(()));
    }
}
