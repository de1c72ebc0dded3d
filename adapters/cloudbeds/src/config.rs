//! The settings of a Cloudbeds connection, as written in `rackrate.toml`.

use rackrate_core::address::{self, AddressError};
use serde::Deserialize;
use url::Url;

use crate::restrictions::LengthOfStay;

/// Where the API is, unless a connection says otherwise.
const BASE: &str = "https://api.cloudbeds.com/api/v1.3";
/// The vendor's second host for the same API; a page link may name it.
const SECOND_BASE: &str = "https://hotels.cloudbeds.com/api/v1.3";

/// The settings of one connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The API's address. Default: `https://api.cloudbeds.com/api/v1.3`.
    #[serde(default = "default_base")]
    pub base_url: Url,
    /// Whose key it is. Default: a property's.
    #[serde(default)]
    pub client: Client,
    /// The partner client that shares one allowance over all its connections; required for
    /// a partner's key, meaningless for a property's.
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
        let named = self.client_name.as_deref().map(str::trim);
        match (self.client, named) {
            (Client::Partner, None | Some("")) => Err(ConfigError::ClientName),
            (Client::Property, Some(_)) => Err(ConfigError::ClientNameUnused),
            _ => Ok(()),
        }
    }

    /// The addresses requests may go to: with the vendor's own address also its twin.
    pub(crate) fn bases(&self) -> Vec<Url> {
        let mut bases = vec![self.base_url.clone()];
        if self.base_url == default_base() {
            bases.push(address::constant(SECOND_BASE));
        }
        bases
    }
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
        ] {
            assert_eq!(config(text).unwrap().check(), Err(error), "{text}");
        }
    }
}
