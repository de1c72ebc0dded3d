//! The settings of one connection, and which of them cannot be used.
//!
//! Secrets are not here: they come by the names in the manifest.

use serde::Deserialize;
use url::{Host, Url};

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
    /// An address that paths cannot be added to, or over which secrets would travel readable.
    #[error(
        "base_url has to be an https address without user, query or fragment; plain http only to the own machine"
    )]
    Address,
    /// The adapter's own name is no name: a fault of this program.
    #[error("the adapter has no name")]
    Vendor,
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let url = &self.base_url;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let safe = url.scheme() == "https" || (url.scheme() == "http" && is_own_machine(url));
        if plain && safe {
            Ok(())
        } else {
            Err(ConfigError::Address)
        }
    }
}

fn is_own_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<(), ConfigError> {
        let base_url = url.parse().unwrap();
        Config { base_url }.check()
    }

    #[test]
    fn only_safe_addresses_are_taken() {
        assert_eq!(check("https://api.example.test/v1"), Ok(()));
        assert_eq!(check("http://127.0.0.1:7181"), Ok(()));
        for url in [
            "http://api.example.test",
            "https://a:b@api.example.test",
            "https://api.example.test/?x=1",
            "mailto:a@b",
        ] {
            assert_eq!(check(url), Err(ConfigError::Address), "{url}");
        }
    }
}
