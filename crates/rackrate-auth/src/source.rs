//! Where secrets come from: references in the configuration, never the secrets themselves.
//!
//! A reference names a place and is checked when the configuration is read. Fetching what is
//! there is the business of `rackrate-secrets`; here nothing is opened or asked.
//!
//! Invariant: no error of this module shows the text that is no reference, because it may be
//! the secret itself.

mod program;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::program::Program;

/// A place where a secret is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// `env:NAME`, an environment variable.
    Env(String),
    /// `file:PATH`, a file.
    File(PathBuf),
    /// `vault:MOUNT/PATH#FIELD`, a field of a secret in HashiCorp Vault's key-value store.
    Vault(VaultRef),
    /// `aws-sm:NAME` or `aws-sm:NAME#FIELD`, a secret in AWS Secrets Manager.
    AwsSm(AwsRef),
    /// `exec:PROGRAM ARG…`, what a program prints.
    Exec(Program),
}

/// A field of a secret in Vault.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultRef {
    /// Where the key-value store (version 2) is mounted; one segment.
    pub mount: String,
    /// The secret's path below the mount, without the `data/` of the API.
    pub path: String,
    /// The field.
    pub field: String,
}

/// A secret in AWS Secrets Manager.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsRef {
    /// Its name or ARN.
    pub name: String,
    /// The field, where the secret is a JSON object; the whole text without.
    pub field: Option<String>,
}

/// Why a text is no reference. It is not shown: it may be the secret itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It has none of the known beginnings.
    #[error(
        "it is not a reference such as env:NAME, file:PATH, vault:MOUNT/PATH#FIELD, aws-sm:NAME or exec:PROGRAM; a secret itself does not belong here"
    )]
    NoReference,
    /// A control character, a line break for instance.
    #[error("the reference has a control character in it")]
    ControlCharacter,
    /// `env:` without a name that a variable can have.
    #[error("env: needs the name of an environment variable")]
    NoVariable,
    /// `file:` without a path.
    #[error("file: needs a path")]
    NoFile,
    /// `vault:` without mount and path.
    #[error("vault: needs a mount and a path, as in vault:MOUNT/PATH#FIELD")]
    NoVaultPath,
    /// `vault:` without a field.
    #[error("vault: needs a field, as in vault:MOUNT/PATH#FIELD")]
    NoField,
    /// `aws-sm:` without a name that a secret can have.
    #[error("aws-sm: needs the name or ARN of a secret")]
    NoAwsName,
    /// `aws-sm:` with a `#` and no field after it.
    #[error("aws-sm: has no field after its #; leave out the # for the whole secret")]
    NoAwsField,
    /// `exec:` without a program.
    #[error("exec: needs a program")]
    NoProgram,
    /// `exec:` with a quotation mark that nothing closes.
    #[error("exec: has a quotation mark that nothing closes")]
    OpenQuote,
}

impl SecretRef {
    /// Reads a reference.
    ///
    /// # Errors
    /// What is wrong with it, without its text.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if text.chars().any(char::is_control) {
            return Err(ReferenceError::ControlCharacter);
        }
        match text.split_once(':') {
            Some(("env", name)) if name.is_empty() || name.contains('=') => {
                Err(ReferenceError::NoVariable)
            }
            Some(("env", name)) => Ok(Self::Env(name.to_owned())),
            Some(("file", "")) => Err(ReferenceError::NoFile),
            Some(("file", path)) => Ok(Self::File(path.into())),
            Some(("vault", rest)) => vault(rest).map(Self::Vault),
            Some(("aws-sm", rest)) => aws(rest).map(Self::AwsSm),
            Some(("exec", line)) => Program::parse(line).map(Self::Exec),
            _ => Err(ReferenceError::NoReference),
        }
    }

    /// Whether fetching it starts a program.
    pub fn starts_a_program(&self) -> bool {
        matches!(self, Self::Exec(_))
    }
}

fn vault(rest: &str) -> Result<VaultRef, ReferenceError> {
    let (place, field) = rest.rsplit_once('#').ok_or(ReferenceError::NoField)?;
    if field.is_empty() {
        return Err(ReferenceError::NoField);
    }
    let named = |segment: &str| !matches!(segment, "" | "." | "..");
    let (mount, path) = place.split_once('/').ok_or(ReferenceError::NoVaultPath)?;
    if !named(mount) || !path.split('/').all(named) {
        return Err(ReferenceError::NoVaultPath);
    }
    Ok(VaultRef {
        mount: mount.to_owned(),
        path: path.to_owned(),
        field: field.to_owned(),
    })
}

/// The characters of names are those that AWS allows, with the colon of an ARN
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>).
fn aws(rest: &str) -> Result<AwsRef, ReferenceError> {
    let (name, field) = match rest.split_once('#') {
        Some((_, "")) => return Err(ReferenceError::NoAwsField),
        Some((name, field)) => (name, Some(field.to_owned())),
        None => (rest, None),
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-:".contains(c);
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(ReferenceError::NoAwsName);
    }
    let name = name.to_owned();
    Ok(AwsRef { name, field })
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Vault(VaultRef { mount, path, field }) => {
                write!(f, "vault:{mount}/{path}#{field}")
            }
            Self::AwsSm(AwsRef { name, field: None }) => write!(f, "aws-sm:{name}"),
            Self::AwsSm(AwsRef {
                name,
                field: Some(field),
            }) => write!(f, "aws-sm:{name}#{field}"),
            Self::Exec(program) => write!(f, "exec:{program}"),
        }
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for VaultRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}#{}", self.mount, self.path, self.field)
    }
}

impl fmt::Debug for AwsRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.field
            .iter()
            .try_for_each(|field| write!(f, "#{field}"))
    }
}

impl FromStr for SecretRef {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        Self::parse(text)
    }
}

impl Serialize for SecretRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
