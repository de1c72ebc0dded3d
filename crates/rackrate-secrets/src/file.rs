//! `file:PATH`: a file that Docker, Kubernetes or a person put there.
//!
//! Each use opens the path anew: Kubernetes renews a secret by turning a link to another
//! file, which a file held open would never see. Modes are not judged, because mounted
//! secrets are often readable to all inside of their container.

use std::io::Read;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rackrate_core::secret::Secret;
use zeroize::Zeroizing;

use crate::wiped::{LARGEST, Wiped, too_large};
use crate::{ErrorKind, SecretError, SecretSource};

/// A bundle of all public CA certificates is a quarter of that.
const LARGEST_FILE: usize = 1024 * 1024;

/// Files, where a relative path starts from a folder.
#[derive(Clone, Debug)]
pub struct Files {
    home: PathBuf,
}

impl Files {
    /// Files whose relative paths start from there.
    pub fn below(home: impl Into<PathBuf>) -> Self {
        Self { home: home.into() }
    }

    /// A file beside the secrets, of certificates for instance.
    pub(crate) async fn whole(&self, path: &Path) -> Result<Wiped, SecretError> {
        self.up_to(LARGEST_FILE, path).await
    }

    async fn up_to(&self, most: usize, path: &Path) -> Result<Wiped, SecretError> {
        let path = self.home.join(path);
        let shown = path.display().to_string();
        let read = tokio::task::spawn_blocking(move || read(&path, most)).await;
        // A read that was given up or broke off is told like any other fault of it.
        let read = read.map_err(std::io::Error::other).and_then(|read| read);
        let whole = read.map_err(|error| told(&shown, &error))?;
        whole.ok_or_else(|| too_large().about(&format!("the file {shown}")))
    }
}

#[async_trait]
impl SecretSource for Files {
    type Place = Path;

    async fn fetch(&self, path: &Path) -> Result<Secret, SecretError> {
        let bytes = self.up_to(LARGEST, path).await?;
        let what = format!("the file {}", path.display());
        bytes.secret().map_err(|error| error.about(&what))
    }
}

fn read(path: &Path, most: usize) -> std::io::Result<Option<Wiped>> {
    let mut file = std::fs::File::open(path)?;
    let mut whole = Wiped::at_most(most);
    let mut part = Zeroizing::new([0; 4096]);
    loop {
        match file.read(part.as_mut_slice())? {
            0 => return Ok(Some(whole)),
            length if whole.push(&part[..length]).is_err() => return Ok(None),
            _ => {}
        }
    }
}

fn told(path: &str, error: &std::io::Error) -> SecretError {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Refused,
        _ => ErrorKind::Unavailable,
    };
    let message = format!("the file {path} cannot be read: {error}");
    SecretError::new(
        kind,
        message,
        "Check the path, the mount and the permissions.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Files) {
        let home = tempfile::tempdir().unwrap();
        let files = Files::below(home.path());
        (home, files)
    }

    #[tokio::test]
    async fn a_file_loses_one_line_break_and_nothing_else() {
        let (home, files) = home();
        std::fs::write(home.path().join("key"), " key \n").unwrap();
        let secret = files.fetch(Path::new("key")).await.unwrap();
        assert_eq!(secret.expose(), " key ");
    }

    #[tokio::test]
    async fn a_link_that_was_turned_is_followed_at_the_next_use() {
        let (home, files) = home();
        let at = |name: &str| home.path().join(name);
        std::fs::write(at("old"), "one").unwrap();
        std::fs::write(at("new"), "two").unwrap();
        std::os::unix::fs::symlink("old", at("key")).unwrap();
        assert_eq!(files.fetch(Path::new("key")).await.unwrap().expose(), "one");
        std::os::unix::fs::symlink("new", at("next")).unwrap();
        std::fs::rename(at("next"), at("key")).unwrap();
        assert_eq!(files.fetch(Path::new("key")).await.unwrap().expose(), "two");
    }

    #[tokio::test]
    async fn what_is_no_secret_is_refused_with_its_path_and_without_its_text() {
        let (home, files) = home();
        std::fs::write(home.path().join("large"), "MARKER".repeat(LARGEST)).unwrap();
        std::fs::write(home.path().join("bytes"), b"MARKER\xff").unwrap();
        let codes = [
            ("large", "secret.unusable"),
            ("bytes", "secret.unusable"),
            ("none", "secret.not_found"),
            (".", "secret.unavailable"),
        ];
        for (name, code) in codes {
            let error = files.fetch(Path::new(name)).await.unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().contains(name) && !error.to_string().contains("MARKER"));
        }
    }
}
