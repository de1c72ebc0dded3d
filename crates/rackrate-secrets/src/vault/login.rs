//! Logging in to Vault as a machine or as a pod.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use rackrate_auth::source::SecretRef;
use rackrate_core::secret::Secret;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::{Auth, Login, Session, Vault, api};
use crate::{ErrorKind, SecretError, SecretSource};

/// What a login sends.
struct Credentials<'a> {
    mount: &'a str,
    role: Option<&'a str>,
    secrets: Vec<(&'static str, Secret)>,
}

impl Vault {
    pub(super) async fn log_in(&self) -> Result<Session, SecretError> {
        let logged_in = self.try_log_in().await;
        logged_in.map_err(|error| error.about("the login to Vault"))
    }

    async fn try_log_in(&self) -> Result<Session, SecretError> {
        let credentials = self.credentials().await?;
        let mount = ["v1", "auth"]
            .into_iter()
            .chain(credentials.mount.split('/'));
        let url = self.url(mount.chain(["login"]))?;
        let since = Instant::now();
        let answer = self
            .ask(Method::POST, &url, None, credentials.body()?)
            .await?;
        let sent: Vec<_> = credentials.secrets.iter().map(|(_, sent)| sent).collect();
        let (token, lease) = api::session(&answer, &sent)?;
        Ok(Session {
            token,
            lease,
            since,
        })
    }

    async fn credentials(&self) -> Result<Credentials<'_>, SecretError> {
        let mut secrets = Vec::new();
        let (mount, role) = match &self.settings.auth {
            Auth::AppRole {
                auth_mount,
                role_id,
                secret_id,
            } => {
                secrets.push(("role_id", self.given(role_id).await?));
                if let Some(secret_id) = secret_id {
                    secrets.push(("secret_id", self.given(secret_id).await?));
                }
                (auth_mount, None)
            }
            Auth::Kubernetes {
                auth_mount,
                role,
                jwt,
            } => {
                secrets.push(("jwt", self.given(jwt).await?));
                (auth_mount, Some(role.as_str()))
            }
            Auth::Token { .. } => {
                let message = "a token is given, and needs no login";
                let hint = "Please report it.";
                return Err(SecretError::new(ErrorKind::Misconfigured, message, hint));
            }
        };
        Ok(Credentials {
            mount,
            role,
            secrets,
        })
    }

    /// What the configuration gives for a login, as it is now.
    pub(super) async fn given(&self, login: &Login) -> Result<Secret, SecretError> {
        match login.place() {
            SecretRef::Env(name) => self.environment.fetch(name).await,
            SecretRef::File(path) => self.files.fetch(path).await,
            other => {
                let message = format!("{other} cannot log in to Vault");
                let hint = "Give it as env:NAME or file:PATH.";
                Err(SecretError::new(ErrorKind::Misconfigured, message, hint))
            }
        }
    }
}

impl Credentials<'_> {
    /// As JSON, wiped once it is sent.
    fn body(&self) -> Result<Bytes, SecretError> {
        let secrets = self
            .secrets
            .iter()
            .map(|(name, sent)| (*name, sent.expose()));
        let fields: BTreeMap<_, _> = secrets
            .chain(self.role.map(|role| ("role", role)))
            .collect();
        let body = serde_json::to_vec(&fields).map_err(|_| {
            let message = "what logs in cannot be written as JSON";
            SecretError::new(ErrorKind::Misconfigured, message, "Please report it.")
        })?;
        Ok(Bytes::from_owner(Zeroizing::new(body)))
    }
}
