//! Why a secret cannot be had, in words that a person can act on.

use std::borrow::Cow;
use std::fmt;

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The place cannot be asked now; trying again may help.
    Unavailable,
    /// There is no such secret, or it has no such field.
    NotFound,
    /// The place does not give it to us.
    Refused,
    /// What says where or how to ask is missing or wrong.
    Misconfigured,
    /// There is something, and it is no secret that could be used.
    Unusable,
}

/// A secret that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError {
    kind: ErrorKind,
    message: String,
    hint: Cow<'static, str>,
}

impl SecretError {
    pub(crate) fn new(
        kind: ErrorKind,
        message: impl Into<String>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (message, hint) = (message.into(), hint.into());
        Self {
            kind,
            message,
            hint,
        }
    }

    /// What stands in the way.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code of its message.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Unavailable => "secret.unavailable",
            ErrorKind::NotFound => "secret.not_found",
            ErrorKind::Refused => "secret.refused",
            ErrorKind::Misconfigured => "secret.misconfigured",
            ErrorKind::Unusable => "secret.unusable",
        }
    }

    /// What to do next, in a sentence.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// The same about a part of what was asked.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SecretError {}
