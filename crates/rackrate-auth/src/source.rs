//! Where secrets come from: references in the configuration, never the secrets themselves.
//!
//! A reference is `env:NAME` or `file:PATH`. It is read when it is used, so that a rotated
//! file is seen by the next start.
//!
//! Invariant: no message of this module shows what a reference leads to.

use std::fmt;
use std::path::{Path, PathBuf};

use rackrate_core::secret::Secret;

/// A secret larger than this is a wrong file.
const LARGEST: u64 = 64 * 1024;

/// A place where a secret is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file; one line break at its end is not part of the secret.
    File(PathBuf),
}

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The text is no reference. It is not shown: it may be the secret itself.
    #[error(
        "it is not a reference of the form env:NAME or file:PATH; a secret itself does not belong here"
    )]
    NoReference,
    /// The environment variable is not set, or is not text.
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("the file {path} cannot be read: {reason}")]
    NoFile {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// There is nothing in it.
    #[error("{0} is empty")]
    Empty(String),
}

impl SecretRef {
    /// Reads a reference.
    ///
    /// # Errors
    /// [`SourceError::NoReference`] for anything else.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() && !name.contains(['=', '\0']) => {
                Ok(Self::Env(name.to_owned()))
            }
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(SourceError::NoReference),
        }
    }

    /// The same place, where a relative path starts from `home`.
    #[must_use]
    pub fn below(self, home: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(home.join(path)),
            env => env,
        }
    }

    /// Fetches the secret.
    ///
    /// # Errors
    /// What is missing, never what was found.
    pub fn resolve(&self) -> Result<Secret, SourceError> {
        let text = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|_| SourceError::NoVariable(name.clone()))?
            }
            Self::File(path) => read(path)?,
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(SourceError::Empty(self.to_string()));
        }
        Ok(Secret::new(text.to_owned()))
    }
}

fn read(path: &PathBuf) -> Result<String, SourceError> {
    let fail = |reason: String| SourceError::NoFile {
        path: path.display().to_string(),
        reason,
    };
    let size = std::fs::metadata(path).map_err(|error| fail(error.to_string()))?;
    if size.len() > LARGEST {
        return Err(fail("it is larger than any secret".to_owned()));
    }
    std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_place_of_a_reference_is_refused_unseen() {
        let error = SecretRef::parse("cbat_s3cr3t").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cr3t"));
        assert!(SecretRef::parse("env:").is_err());
    }

    #[test]
    fn a_file_loses_one_line_break_and_nothing_else() {
        let path = std::env::temp_dir().join(format!("rackrate-secret-{}", std::process::id()));
        std::fs::write(&path, " key \n").unwrap();
        let secret = SecretRef::parse(&format!("file:{}", path.display()))
            .unwrap()
            .resolve();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(secret.unwrap().expose(), " key ");
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = SecretRef::parse("env:RACKRATE_NO_SUCH_VARIABLE")
            .unwrap()
            .resolve();
        assert_eq!(
            missing.unwrap_err().to_string(),
            "the environment variable RACKRATE_NO_SUCH_VARIABLE is not set"
        );
        let directory = SecretRef::parse("file:/").unwrap().resolve();
        assert!(directory.is_err());
    }
}
