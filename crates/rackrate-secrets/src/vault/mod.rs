//! `vault:MOUNT/PATH#FIELD`: HashiCorp Vault's key-value store, version 2.
//!
//! What is read is never kept. A login's token is: it is renewed from two thirds of its lease
//! on, when something is next asked for, and replaced when Vault no longer takes it. A token
//! that we are given is read anew each time, and keeping it alive is for who made it.
//!
//! Invariant: one login at a time.

mod api;
mod lease;
mod login;
mod settings;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use rackrate_auth::source::VaultRef;
use rackrate_core::secret::Secret;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::Instant;
use url::Url;

use self::lease::{Due, Lease};
pub use self::settings::{Auth, Login, VaultSettings};
use crate::env::Environment;
use crate::file::Files;
use crate::web::{Answer, Web};
use crate::{Address, ErrorKind, SecretError, SecretSource, json};

/// Asks one Vault.
#[derive(Debug)]
pub struct Vault {
    settings: VaultSettings,
    environment: Environment,
    files: Files,
    deadline: Duration,
    web: OnceCell<Web>,
    session: Mutex<Option<Session>>,
}

/// A login that succeeded.
#[derive(Clone, Debug)]
struct Session {
    token: Secret,
    lease: Lease,
    since: Instant,
}

/// What a request is allowed with.
struct Token {
    secret: Secret,
    /// Since when it was kept; a new one, and one we were given, was not.
    kept: Option<Instant>,
}

impl Vault {
    /// A Vault that is asked for nothing yet; what the settings leave open is taken from the
    /// environment. Each exchange with it ends within `deadline`.
    pub fn new(
        settings: VaultSettings,
        environment: Environment,
        files: Files,
        deadline: Duration,
    ) -> Self {
        Self {
            settings,
            environment,
            files,
            deadline,
            web: OnceCell::new(),
            session: Mutex::new(None),
        }
    }

    async fn token(&self) -> Result<Token, SecretError> {
        if let Auth::Token { token } = &self.settings.auth {
            let secret = match token {
                Some(login) => self.given(login).await?,
                None => self.environment.fetch("VAULT_TOKEN").await?,
            };
            return Ok(Token { secret, kept: None });
        }
        let mut kept = self.session.lock().await;
        let before = kept.as_ref().map(|session| session.since);
        let session = match kept.take() {
            Some(session) => self.live(session).await?,
            None => self.log_in().await?,
        };
        let secret = session.token.clone();
        *kept = Some(session);
        Ok(Token {
            secret,
            kept: before,
        })
    }

    /// The session, renewed or replaced where that is due.
    async fn live(&self, mut session: Session) -> Result<Session, SecretError> {
        match session.lease.due(session.since.elapsed()) {
            Due::Nothing => return Ok(session),
            Due::Login => return self.log_in().await,
            Due::Renewal => {}
        }
        let asked = Instant::now();
        match self.renewed(&session.token).await {
            Ok(lease) => {
                session.lease = lease;
                session.since = asked;
                Ok(session)
            }
            // It lives for a while yet, and what is asked for next may work.
            Err(error) if error.kind() == ErrorKind::Unavailable => Ok(session),
            Err(_) => self.log_in().await,
        }
    }

    async fn renewed(&self, token: &Secret) -> Result<Lease, SecretError> {
        let url = self.url(["v1", "auth", "token", "renew-self"])?;
        let answer = self.ask(Method::POST, &url, Some(token), Bytes::from_static(b"{}"));
        let (_, lease) = api::session(&answer.await?, &[token])?;
        Ok(lease)
    }

    /// Forgets the session that was there then, unless another one took its place already.
    async fn forget(&self, since: Instant) {
        let mut kept = self.session.lock().await;
        kept.take_if(|session| session.since == since);
    }

    async fn read(&self, token: &Secret, place: &VaultRef) -> Result<Secret, SecretError> {
        let path = place.path.split('/');
        let url = self.url(["v1", &place.mount, "data"].into_iter().chain(path))?;
        let answer = self
            .ask(Method::GET, &url, Some(token), Bytes::new())
            .await?;
        json::field(&api::fields(&answer, token)?, &place.field)
    }

    fn url<'s>(&self, segments: impl IntoIterator<Item = &'s str>) -> Result<Url, SecretError> {
        let wrong = |what: String| {
            let hint = "Set `address` in the configuration's [vault], or VAULT_ADDR.";
            SecretError::new(ErrorKind::Misconfigured, what, hint)
        };
        if let Some(address) = &self.settings.address {
            return Ok(address.with(segments));
        }
        let text = self.environment.setting("VAULT_ADDR");
        let text = text.ok_or_else(|| wrong("nothing says where Vault is".to_owned()))?;
        let address: Address = text
            .parse()
            .map_err(|error| wrong(format!("VAULT_ADDR: {error}")))?;
        Ok(address.with(segments))
    }

    async fn ask(
        &self,
        method: Method,
        url: &Url,
        token: Option<&Secret>,
        body: Bytes,
    ) -> Result<Answer, SecretError> {
        let namespace = match &self.settings.namespace {
            Some(namespace) => Some(namespace.clone()),
            None => self.environment.setting("VAULT_NAMESPACE"),
        };
        let request = api::request(method, url, namespace.as_deref(), token, body)?;
        let web = self.web.get_or_try_init(|| self.clients()).await?;
        web.send(request).await
    }

    async fn clients(&self) -> Result<Web, SecretError> {
        let ca = match &self.settings.ca_file {
            Some(path) => Some(self.files.whole(path).await?),
            None => match self.environment.setting("VAULT_CACERT") {
                // A path in the environment starts from where the program was started.
                Some(path) => Some(Files::below("").whole(Path::new(&path)).await?),
                None => None,
            },
        };
        Web::new(ca.as_ref().map(|ca| ca.as_slice()), self.deadline)
    }
}

#[async_trait]
impl SecretSource for Vault {
    type Place = VaultRef;

    async fn fetch(&self, place: &VaultRef) -> Result<Secret, SecretError> {
        let token = self.token().await?;
        let first = self.read(&token.secret, place).await;
        let refused = first
            .as_ref()
            .is_err_and(|e| e.kind() == ErrorKind::Refused);
        match token.kept {
            // A kept token may have been revoked; Vault says the same as of a missing policy.
            Some(since) if refused => {
                self.forget(since).await;
                self.read(&self.token().await?.secret, place).await
            }
            _ => first,
        }
    }
}

#[cfg(test)]
mod tests;
