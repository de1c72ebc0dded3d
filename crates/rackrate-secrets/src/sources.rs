//! All places together, as a configuration sets them up.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rackrate_auth::source::SecretRef;
use rackrate_core::secret::Secret;

use crate::aws::{Aws, AwsSettings};
use crate::env::Environment;
use crate::exec::Programs;
use crate::file::Files;
use crate::vault::{Vault, VaultSettings};
use crate::{ErrorKind, SecretError, SecretSource};

/// A place that has not answered by then does not answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// What a configuration says about places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The table `[vault]`.
    pub vault: VaultSettings,
    /// The table `[aws]`.
    pub aws: AwsSettings,
    /// Whether programs may be started.
    pub allow_exec: bool,
}

/// Every place that a reference can name.
#[derive(Debug)]
pub struct Sources {
    environment: Environment,
    files: Files,
    vault: Vault,
    aws: Aws,
    programs: Programs,
    deadline: Duration,
}

impl Sources {
    /// The places; nothing is opened or asked before a secret is. Relative paths start from
    /// `home`.
    pub fn new(settings: Settings, environment: Environment, home: &Path) -> Self {
        Self::within(DEADLINE, settings, environment, home)
    }

    fn within(
        deadline: Duration,
        settings: Settings,
        environment: Environment,
        home: &Path,
    ) -> Self {
        let files = Files::below(home);
        let (env, at) = (environment.clone(), files.clone());
        Self {
            vault: Vault::new(settings.vault, env.clone(), at, deadline),
            aws: Aws::new(settings.aws, env, deadline),
            programs: Programs::new(home, settings.allow_exec, deadline),
            environment,
            files,
            deadline,
        }
    }

    /// A login and what it is for are bounded together, if there is one.
    async fn bounded<S: SecretSource>(
        &self,
        source: &S,
        place: &S::Place,
    ) -> Result<Secret, SecretError>
    where
        S::Place: Sync,
    {
        let fetched = tokio::time::timeout(self.deadline, source.fetch(place)).await;
        fetched.unwrap_or_else(|_| {
            let message = format!("no secret came within {:?}", self.deadline);
            let hint = "Try again; if it stays, check the place, its address and the network.";
            Err(SecretError::new(ErrorKind::Unavailable, message, hint))
        })
    }
}

#[async_trait]
impl SecretSource for Sources {
    type Place = SecretRef;

    async fn fetch(&self, place: &SecretRef) -> Result<Secret, SecretError> {
        match place {
            SecretRef::Env(name) => self.environment.fetch(name).await,
            // A share that is not mounted rightly may never answer.
            SecretRef::File(path) => self.bounded(&self.files, path.as_path()).await,
            SecretRef::Vault(place) => self.bounded(&self.vault, place).await,
            SecretRef::AwsSm(place) => self.bounded(&self.aws, place).await,
            SecretRef::Exec(program) => self.programs.fetch(program).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(allow_exec: bool, home: &Path) -> Sources {
        let settings = Settings {
            allow_exec,
            ..Settings::default()
        };
        let environment = Environment::of([("KEY", "from the environment")]);
        Sources::new(settings, environment, home)
    }

    async fn fetched(sources: &Sources, text: &str) -> Result<String, &'static str> {
        let secret = sources.fetch(&SecretRef::parse(text).unwrap()).await;
        secret
            .map(|secret| secret.expose().to_owned())
            .map_err(|error| error.code())
    }

    #[tokio::test]
    async fn every_form_is_asked_of_its_own_place() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("key"), "from a file\n").unwrap();
        let sources = sources(true, home.path());
        let cases = [
            ("env:KEY", Ok("from the environment")),
            ("file:key", Ok("from a file")),
            ("exec:printf 'from a program'", Ok("from a program")),
            ("vault:kv/hotel#key", Err("secret.not_found")),
            ("aws-sm:hotel", Err("secret.misconfigured")),
        ];
        for (text, expected) in cases {
            let expected = expected.map(str::to_owned);
            assert_eq!(fetched(&sources, text).await, expected, "{text}");
        }
    }

    #[tokio::test]
    async fn a_program_beside_the_configuration_is_found_from_anywhere() {
        let home = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/bin/echo", home.path().join("get")).unwrap();
        let sources = sources(true, home.path());
        let said = fetched(&sources, "exec:./get 'a b'").await;
        assert_eq!(said.as_deref(), Ok("a b"));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_to_its_end_is_given_up() {
        let home = tempfile::tempdir().unwrap();
        let fifo = home.path().join("never");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let sources = Sources::within(
            Duration::from_millis(50),
            Settings::default(),
            Environment::of([("NOT", "USED")]),
            home.path(),
        );
        assert_eq!(
            fetched(&sources, "file:never").await,
            Err("secret.unavailable")
        );
        // Whoever still waits to read is let go.
        drop(std::fs::OpenOptions::new().write(true).open(&fifo).unwrap());
    }

    #[tokio::test]
    async fn a_place_that_does_not_answer_is_given_up() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", silent.local_addr().unwrap());
        let pairs = [("VAULT_ADDR", address.as_str()), ("VAULT_TOKEN", "x")];
        let sources = Sources::within(
            Duration::from_millis(50),
            Settings::default(),
            Environment::of(pairs),
            Path::new("/"),
        );
        let said = fetched(&sources, "vault:kv/hotel#key").await;
        assert_eq!(said, Err("secret.unavailable"));
    }
}
