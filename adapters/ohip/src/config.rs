//! The settings of an OPERA Cloud connection, as written in `rackrate.toml`.
//!
//! Secrets are not here: they come by the names in the manifest.

use rackrate_core::address::{self, AddressError};
use rackrate_core::ids::VendorId;
use rackrate_core::scope;
use serde::Deserialize;
use url::Url;

/// The scope that stands for what the application subscribed to; not for everything.
const SCOPE: &str = "urn:opc:hgbu:ws:__myscopes__";

/// The settings of one connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The gateway of the hotel's environment, as the developer portal shows it.
    pub gateway: Url,
    /// The kind of identity system. Default: client credentials.
    #[serde(default)]
    pub mode: Mode,
    /// The enterprise, up to eight capitals and digits. Required with client credentials;
    /// in password mode it is sent where it is given.
    #[serde(default)]
    pub enterprise: Option<String>,
    /// The code of the external system that the hotel set up in OPERA for us.
    pub external_system: VendorId,
    /// The hotels to discover: the vendor lists rate plans, but no hotels. Default: those that
    /// the mapping names.
    #[serde(default)]
    pub hotels: Vec<VendorId>,
    /// The scopes asked for with client credentials. Default:
    /// `urn:opc:hgbu:ws:__myscopes__`.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Whether restrictions are read and written, for which the application has to be
    /// subscribed to two more APIs. Default: true.
    #[serde(default = "yes")]
    pub restrictions: bool,
    /// How long after a job's end old prices may still be shown. Default: 60 seconds.
    #[serde(default = "minute")]
    pub settle_seconds: u64,
    /// How long a request may still arrive after it left. Default: 60 seconds.
    #[serde(default = "minute")]
    pub flight_horizon_seconds: u64,
    /// How long to wait before a job is first asked for, and between such questions.
    /// Default: 60 seconds, the vendor's advice.
    #[serde(default = "minute")]
    pub poll_seconds: u64,
    /// How long the vendor refuses an equal job. Default: 1,800 seconds.
    #[serde(default = "half_hour")]
    pub repeat_after_seconds: u64,
}

/// How the application proves itself to the gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By its own id and secret, in environments on Oracle's cloud identity.
    #[default]
    ClientCredentials,
    /// With an integration user's name and password beside them, in older environments.
    Password,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that cannot be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The token endpoint asks for it.
    #[error("enterprise is required with mode = \"client_credentials\"")]
    NoEnterprise,
    /// It is no code of an enterprise.
    #[error("enterprise {0:?} is not one to eight capitals and digits")]
    Enterprise(String),
    /// It would be discovered twice.
    #[error("hotels names {0} twice")]
    HotelTwice(VendorId),
    /// Nothing would be granted.
    #[error("scopes is empty")]
    NoScopes,
    /// A scope that asks for more than rates, or is no scope.
    #[error("the scope {0:?} is refused: name scopes of rates alone, without wildcards")]
    Scope(String),
    /// The vendor would be asked without a pause.
    #[error("poll_seconds must be above zero")]
    Pace,
}

impl Config {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        address::check("gateway", &self.gateway)?;
        match (&self.enterprise, self.mode) {
            (None, Mode::ClientCredentials) => return Err(ConfigError::NoEnterprise),
            (Some(code), _) if !is_enterprise(code) => {
                return Err(ConfigError::Enterprise(code.chars().take(20).collect()));
            }
            _ => {}
        }
        let again = |(at, hotel): &(usize, &VendorId)| self.hotels[..*at].contains(hotel);
        if let Some((_, hotel)) = self.hotels.iter().enumerate().find(again) {
            return Err(ConfigError::HotelTwice(hotel.clone()));
        }
        if self.scopes.is_empty() {
            return Err(ConfigError::NoScopes);
        }
        if let Some(scope) = self.scopes.iter().find(|scope| !is_scope(scope)) {
            return Err(ConfigError::Scope(scope.chars().take(60).collect()));
        }
        match self.poll_seconds {
            0 => Err(ConfigError::Pace),
            _ => Ok(()),
        }
    }
}

fn is_enterprise(code: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (1..=8).contains(&code.len()) && code.bytes().all(plain)
}

fn is_scope(scope: &str) -> bool {
    let letters = scope.bytes().all(|byte| byte.is_ascii_graphic());
    !scope.is_empty() && letters && scope::refused(scope).is_none()
}

fn default_scopes() -> Vec<String> {
    vec![SCOPE.to_owned()]
}

fn yes() -> bool {
    true
}

fn minute() -> u64 {
    60
}

fn half_hour() -> u64 {
    30 * 60
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "gateway = 'https://gw.example.test'\nexternal_system = 'EXT'\n";

    fn checked(more: &str) -> Result<(), ConfigError> {
        let config: Config = toml::from_str(&format!("{GOOD}{more}")).unwrap();
        config.check()
    }

    #[test]
    fn a_connection_needs_its_gateway_its_external_system_and_an_enterprise() {
        assert_eq!(checked("enterprise = 'ENT1'"), Ok(()));
        assert_eq!(checked(""), Err(ConfigError::NoEnterprise));
        assert_eq!(checked("mode = 'password'"), Ok(()));
        assert!(toml::from_str::<Config>("external_system = 'EXT'").is_err());
        assert!(toml::from_str::<Config>("gateway = 'https://gw.example.test'").is_err());
    }

    #[test]
    fn unknown_settings_are_refused() {
        assert!(toml::from_str::<Config>(&format!("{GOOD}hotel = 'HTL1'")).is_err());
        assert!(toml::from_str::<Config>(&format!("{GOOD}mode = 'code'")).is_err());
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let wrong = |more: &str| checked(&format!("mode = 'password'\n{more}")).unwrap_err();
        assert_eq!(
            wrong("enterprise = 'ent1'"),
            ConfigError::Enterprise("ent1".into())
        );
        assert_eq!(
            wrong("enterprise = 'ENTERPRISE'"),
            ConfigError::Enterprise("ENTERPRISE".into())
        );
        assert_eq!(wrong("scopes = []"), ConfigError::NoScopes);
        assert_eq!(
            wrong("scopes = ['urn:opc:*']"),
            ConfigError::Scope("urn:opc:*".into())
        );
        assert_eq!(wrong("poll_seconds = 0"), ConfigError::Pace);
        let twice = VendorId::new("A").unwrap();
        assert_eq!(
            wrong("hotels = ['A', 'B', 'A']"),
            ConfigError::HotelTwice(twice)
        );
    }

    #[test]
    fn a_gateway_is_an_address_that_is_safe() {
        let config: Config = toml::from_str(&GOOD.replace("https:", "http:")).unwrap();
        let plain = AddressError::Plain("gateway").into();
        assert_eq!(config.check(), Err(plain));
    }
}
