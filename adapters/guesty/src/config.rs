//! The settings of a Guesty connection, as written in `rackrate.toml`.

use rackrate_core::address::{self, AddressError};
use serde::Deserialize;
use url::Url;

/// Where the API is, unless a connection says otherwise.
const BASE: &str = "https://open-api.guesty.com/v1";

/// The settings of one connection, which is one account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The API's address. Default: `https://open-api.guesty.com/v1`.
    #[serde(default = "default_base")]
    pub base_url: Url,
    /// The address above `/oauth2/token`. Default: the root of `base_url`.
    #[serde(default)]
    pub token_base_url: Option<Url>,
    /// The number of adults that a listing's price is meant for: the calendar has one price
    /// a night, so a person has to say it.
    pub adults: u8,
    /// What a property is. Default: each listing by itself.
    #[serde(default)]
    pub group_by: GroupBy,
    /// How the tag begins that names a listing's property, such as `hotel:`; required with
    /// `group_by = "tag"`, meaningless otherwise.
    #[serde(default)]
    pub tag_prefix: Option<String>,
    /// Connections with the same name share the account's allowances and the five tokens a
    /// day of their client id. Default: those with the same client id do.
    #[serde(default)]
    pub client_name: Option<String>,
    /// How long after acceptance old prices may still be shown. Default: 60 seconds;
    /// nothing is published.
    #[serde(default = "default_settle")]
    pub settle_seconds: u64,
    /// How long a request may still arrive after it left. Default: 60 seconds.
    #[serde(default = "default_horizon")]
    pub flight_horizon_seconds: u64,
}

/// What makes a property of listings. A listing that is in no group, or in several, is a
/// property by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    /// Each listing is a property; the property's identifier is the listing's.
    #[default]
    Listing,
    /// A complex is a property, the vendor's own notion of a hotel; by the complex's id.
    Complex,
    /// Listings with the same tag are a property; by the tag, without its prefix.
    Tag,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Prices for nobody.
    #[error("adults must be at least 1: it says whom a listing's price is for")]
    Adults,
    /// Any tag could name a property.
    #[error("tag_prefix is required with group_by = \"tag\": it says which tag names a property")]
    TagPrefix,
    /// The prefix would silently change nothing.
    #[error("tag_prefix is only for group_by = \"tag\"")]
    TagPrefixUnused,
    /// The name would be nobody's.
    #[error("client_name is empty")]
    ClientName,
}

impl Config {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        address::check("base_url", &self.base_url)?;
        address::check("token_base_url", &self.token_base()?)?;
        if self.adults == 0 {
            return Err(ConfigError::Adults);
        }
        if self.client_name.as_deref().map(str::trim) == Some("") {
            return Err(ConfigError::ClientName);
        }
        let prefix = self.tag_prefix.as_deref().map(str::trim);
        match (self.group_by, prefix) {
            (GroupBy::Tag, None | Some("")) => Err(ConfigError::TagPrefix),
            (GroupBy::Listing | GroupBy::Complex, Some(_)) => Err(ConfigError::TagPrefixUnused),
            _ => Ok(()),
        }
    }

    /// The address above `/oauth2/token`, which the vendor has beside the API's.
    pub(crate) fn token_base(&self) -> Result<Url, ConfigError> {
        match &self.token_base_url {
            Some(base) => Ok(base.clone()),
            None => self
                .base_url
                .join("/")
                .map_err(|_| AddressError::Form("base_url").into()),
        }
    }
}

fn default_base() -> Url {
    address::constant(BASE)
}

fn default_settle() -> u64 {
    60
}

fn default_horizon() -> u64 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Config, String> {
        let config: Config = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let checked = config.check().map_err(|error| error.to_string());
        checked.map(|()| config)
    }

    #[test]
    fn a_connection_needs_only_the_number_of_adults() {
        let config = check("adults = 2").unwrap();
        assert_eq!(config.base_url.as_str(), BASE);
        let token_base = config.token_base().unwrap();
        assert_eq!(token_base.as_str(), "https://open-api.guesty.com/");
        assert_eq!(config.group_by, GroupBy::Listing);
    }

    #[test]
    fn unknown_settings_and_missing_adults_are_refused() {
        assert!(check("adults = 2\nscopes = ['open-api']").is_err());
        assert!(check("").is_err());
        assert!(check("adults = 0").is_err());
    }

    #[test]
    fn a_tag_prefix_goes_with_tags_and_with_nothing_else() {
        assert!(check("adults = 2\ngroup_by = 'tag'\ntag_prefix = 'hotel:'").is_ok());
        for text in [
            "group_by = 'tag'",
            "group_by = 'tag'\ntag_prefix = ' '",
            "group_by = 'complex'\ntag_prefix = 'hotel:'",
            "tag_prefix = 'hotel:'",
            "group_by = 'owner'",
        ] {
            assert!(check(&format!("adults = 2\n{text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn both_addresses_have_to_be_safe() {
        for setting in ["base_url", "token_base_url"] {
            let with = |url| {
                check(&format!(
                    "adults = 2
{setting} = '{url}'"
                ))
            };
            assert!(with("http://a.test/v1").is_err(), "{setting}");
            assert!(with("http://127.0.0.1:8080/v1").is_ok(), "{setting}");
        }
    }
}
