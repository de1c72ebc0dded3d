//! The settings of one connection, and which of them cannot be used.
//!
//! Secrets are not here: they come by the names in the manifest.

use rackrate_core::address::{self, AddressError};
use serde::Deserialize;
use url::Url;

/// The settings of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address that the API's paths are below.
    pub base_url: Url,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        Ok(address::check("base_url", &self.base_url)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_addresses_are_taken() {
        let check = |url: &str| {
            let base_url = url.parse().unwrap();
            Config { base_url }.check()
        };
        assert_eq!(check("https://api.example.test/v1"), Ok(()));
        let plain = AddressError::Plain("base_url").into();
        assert_eq!(check("http://api.example.test/v1"), Err(plain));
    }
}
