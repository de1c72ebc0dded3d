//! The `[vault]` table of the configuration.
//!
//! Invariant: what Vault is logged in to with comes from the environment or a file, never
//! from Vault, and never stands in the configuration.

use std::fmt;
use std::path::PathBuf;

use rackrate_auth::source::SecretRef;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Address;

/// How Vault is reached, and as whom.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, try_from = "Written")]
pub struct VaultSettings {
    /// Its address. Default: `VAULT_ADDR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Its namespace (Vault Enterprise). Default: `VAULT_NAMESPACE`, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// A file of CA certificates in PEM; only these are trusted then. Default:
    /// `VAULT_CACERT`, or what the platform trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Who we are.
    #[serde(flatten)]
    pub auth: Auth,
}

/// As whom Vault is asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "auth", rename_all = "lowercase")]
pub enum Auth {
    /// With a token that somebody else made and keeps alive.
    Token {
        /// Where it is. Default: `VAULT_TOKEN`.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<Login>,
    },
    /// As a machine, by role and secret.
    AppRole {
        /// Where the login is mounted. Default: `approle`.
        auth_mount: String,
        /// The role's identifier.
        role_id: Login,
        /// Its secret, where the role asks for one.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret_id: Option<Login>,
    },
    /// As a Kubernetes service account.
    Kubernetes {
        /// Where the login is mounted. Default: `kubernetes`.
        auth_mount: String,
        /// The role's name.
        role: String,
        /// The account's token. Default: where Kubernetes puts it.
        jwt: Login,
    },
}

impl Default for Auth {
    fn default() -> Self {
        Self::Token { token: None }
    }
}

/// A reference to something that a login needs: `env:` or `file:`.
#[derive(Clone, PartialEq, Eq)]
pub struct Login(SecretRef);

impl Login {
    /// The place.
    pub fn place(&self) -> &SecretRef {
        &self.0
    }
}

impl TryFrom<SecretRef> for Login {
    type Error = &'static str;

    fn try_from(place: SecretRef) -> Result<Self, Self::Error> {
        match place {
            SecretRef::Env(_) | SecretRef::File(_) => Ok(Self(place)),
            _ => Err("what logs in to Vault is given as env:NAME or file:PATH"),
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for Login {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Login {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = SecretRef::deserialize(deserializer)?;
        place.try_into().map_err(serde::de::Error::custom)
    }
}

/// The table as it is written: which keys belong together is checked afterwards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    address: Option<Address>,
    namespace: Option<String>,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    auth: Method,
    auth_mount: Option<String>,
    token: Option<Login>,
    role_id: Option<Login>,
    secret_id: Option<Login>,
    role: Option<String>,
    jwt: Option<Login>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Method {
    #[default]
    Token,
    AppRole,
    Kubernetes,
}

/// Where Kubernetes puts the token of a pod's account
/// (<https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>).
const OF_KUBERNETES: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

impl TryFrom<Written> for VaultSettings {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        written.only_its_own()?;
        let auth = match written.auth {
            Method::Token => Auth::Token {
                token: written.token,
            },
            Method::AppRole => Auth::AppRole {
                auth_mount: written.auth_mount.unwrap_or_else(|| "approle".to_owned()),
                role_id: written.role_id.ok_or("auth = approle needs role_id")?,
                secret_id: written.secret_id,
            },
            Method::Kubernetes => Auth::Kubernetes {
                auth_mount: written
                    .auth_mount
                    .unwrap_or_else(|| "kubernetes".to_owned()),
                role: written.role.ok_or("auth = kubernetes needs role")?,
                jwt: written
                    .jwt
                    .unwrap_or_else(|| Login(SecretRef::File(OF_KUBERNETES.into()))),
            },
        };
        Ok(Self {
            address: written.address,
            namespace: written.namespace,
            ca_file: written.ca_file,
            auth,
        })
    }
}

impl Written {
    /// A key of another login is a mistake: its writer believes that it is used.
    fn only_its_own(&self) -> Result<(), String> {
        let (name, own): (_, &[&str]) = match self.auth {
            Method::Token => ("token", &["token"]),
            Method::AppRole => ("approle", &["auth_mount", "role_id", "secret_id"]),
            Method::Kubernetes => ("kubernetes", &["auth_mount", "role", "jwt"]),
        };
        let written = [
            ("auth_mount", self.auth_mount.is_some()),
            ("token", self.token.is_some()),
            ("role_id", self.role_id.is_some()),
            ("secret_id", self.secret_id.is_some()),
            ("role", self.role.is_some()),
            ("jwt", self.jwt.is_some()),
        ];
        match written.iter().find(|(key, is)| *is && !own.contains(key)) {
            Some((key, _)) => Err(format!("{key} is no key of auth = {name}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<VaultSettings, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn each_login_has_its_keys_and_defaults() {
        let token = read("{}").unwrap();
        assert_eq!(token, VaultSettings::default());
        let approle = read(r#"{"auth": "approle", "role_id": "env:ROLE"}"#).unwrap();
        assert!(
            matches!(approle.auth, Auth::AppRole { auth_mount, .. } if auth_mount == "approle")
        );
        let pod = read(r#"{"auth": "kubernetes", "role": "rackrate"}"#).unwrap();
        assert!(
            matches!(pod.auth, Auth::Kubernetes { jwt, .. } if jwt.place().to_string().contains(OF_KUBERNETES))
        );
    }

    #[test]
    fn what_is_shown_is_what_may_be_written() {
        let text = r#"{"address":"https://vault.test","auth":"approle","auth_mount":"x","role_id":"env:R","secret_id":"file:s"}"#;
        let settings = read(text).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
    }

    #[test]
    fn keys_that_would_not_be_used_are_refused() {
        let cases = [
            (r#"{"auth": "approle"}"#, "needs role_id"),
            (r#"{"auth": "kubernetes"}"#, "needs role"),
            (r#"{"role": "x"}"#, "role is no key of auth = token"),
            (r#"{"token": "vault:a/b#c"}"#, "env:NAME or file:PATH"),
            (
                r#"{"address": "http://vault.test"}"#,
                "plain http to another machine",
            ),
            (r#"{"adress": "x"}"#, "unknown field"),
        ];
        for (json, words) in cases {
            let error = read(json).unwrap_err();
            assert!(error.contains(words), "{json}: {error}");
        }
    }

    #[test]
    fn a_token_in_the_settings_is_refused_unseen() {
        let error = read(r#"{"token": "hvs.MARKER"}"#).unwrap_err();
        assert!(!error.contains("MARKER"), "{error}");
    }
}
