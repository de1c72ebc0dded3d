//! How the client proves who it is (README, section 1): the settings of it, and which of them
//! contradict each other.

use rackrate_core::client_auth::{ClientAuth, KeyJwt};
use serde::Deserialize;

use crate::config::{Config, ConfigError};
use crate::server::Server;

/// A way of proving it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientWay {
    /// Identifier and secret in the `Authorization` header.
    Basic,
    /// Identifier and secret in the form.
    #[default]
    Post,
    /// A statement signed with a private key.
    PrivateKeyJwt,
    /// The identifier alone.
    None,
}

impl Config {
    /// The way that the settings ask for; a signed statement is for the server, unless they say
    /// for whom.
    pub(crate) fn client_auth(&self, server: &Server) -> ClientAuth {
        match self.client_auth {
            ClientWay::Basic => ClientAuth::Basic,
            ClientWay::Post => ClientAuth::Post,
            ClientWay::None => ClientAuth::None,
            ClientWay::PrivateKeyJwt => ClientAuth::PrivateKeyJwt(KeyJwt {
                audience: match &self.client_audience {
                    Some(audience) => audience.clone(),
                    None => server.audience.clone(),
                },
                key_id: self.client_key_id.clone(),
                algorithms: server.signing.clone(),
            }),
        }
    }

    pub(crate) fn check_client(&self) -> Result<(), ConfigError> {
        let signs = self.client_auth == ClientWay::PrivateKeyJwt;
        for (name, given) in [
            ("client_key_id", self.client_key_id.is_some()),
            ("client_audience", self.client_audience.is_some()),
        ] {
            if given && !signs {
                return Err(ConfigError::NotSigned(name));
            }
        }
        if self.client_auth == ClientWay::None && self.consent.is_none() {
            return Err(ConfigError::NoProof);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rackrate_core::metadata::Issuer;

    use super::*;

    fn config(settings: &str) -> Config {
        toml::from_str(&format!("base_url = 'https://pms.test'\n{settings}")).unwrap()
    }

    fn way(settings: &str) -> ClientAuth {
        let issuer = Issuer::new("https://id.test").unwrap();
        config(settings).client_auth(&Server::unknown(&issuer))
    }

    #[test]
    fn a_statement_is_for_the_server_unless_the_settings_say_for_whom() {
        let says = |audience: &str, key_id: Option<&str>| {
            ClientAuth::PrivateKeyJwt(KeyJwt {
                audience: audience.to_owned(),
                key_id: key_id.map(String::from),
                algorithms: None,
            })
        };
        let signed = "client_auth = 'private_key_jwt'\n";
        assert_eq!(way(signed), says("https://id.test", None));
        let named = format!("{signed}client_key_id = 'k1'\nclient_audience = 'house'");
        assert_eq!(way(&named), says("house", Some("k1")));
        assert_eq!(way(""), ClientAuth::Post);
        assert_eq!(way("client_auth = 'basic'"), ClientAuth::Basic);
    }

    #[test]
    fn what_would_not_be_used_and_what_proves_nothing_is_refused() {
        let check = |settings| {
            config(settings)
                .check_client()
                .map_err(|why| why.to_string())
        };
        insta::assert_snapshot!(
            check("client_key_id = 'k1'").unwrap_err(),
            @"client_key_id is for client_auth = \"private_key_jwt\" only"
        );
        assert!(check("client_auth = 'basic'\nclient_audience = 'x'").is_err());
        insta::assert_snapshot!(
            check("client_auth = 'none'").unwrap_err(),
            @"client_auth = \"none\" proves nothing, so it takes the consent of a person"
        );
        assert_eq!(check("client_auth = 'none'\nconsent = {}"), Ok(()));
    }
}
