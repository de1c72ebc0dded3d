//! What Secrets Manager answers
//! (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>).
//!
//! Invariant: AWS's words are told only where they say who may not do what. Others quote the
//! request, and with it the session's token.

use http::StatusCode;
use rackrate_core::error::clean;
use rackrate_core::secret::Secret;
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::web::Answer;
use crate::wiped::{secret, unusable};
use crate::{ErrorKind, SecretError, json};

/// Why an answer gives no secret.
pub(super) struct Refusal {
    pub(super) error: SecretError,
    /// Whether other credentials may help, because these may be too old.
    pub(super) stale: bool,
}

impl From<SecretError> for Refusal {
    fn from(error: SecretError) -> Self {
        Self {
            error,
            stale: false,
        }
    }
}

pub(super) fn read(answer: &Answer, field: Option<&str>) -> Result<Secret, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Value {
        secret_string: Option<Zeroizing<String>>,
        secret_binary: Option<IgnoredAny>,
    }
    if answer.status != StatusCode::OK {
        return Err(refusal(answer));
    }
    let value = serde_json::from_slice::<Value>(answer.body.as_slice()).ok();
    let text = match value {
        Some(Value {
            secret_string: Some(text),
            ..
        }) => text,
        Some(Value {
            secret_binary: Some(_),
            ..
        }) => {
            let message = "it is binary (SecretBinary), and only text is taken";
            return Err(unusable(message).into());
        }
        _ => return Err(unusable("the answer is none of Secrets Manager's").into()),
    };
    Ok(match field {
        Some(field) => json::field(&text, field)?,
        None => secret(&text)?,
    })
}

fn refusal(answer: &Answer) -> Refusal {
    #[derive(Default, Deserialize)]
    struct Told {
        #[serde(rename = "__type", default)]
        code: String,
        #[serde(alias = "Message", default)]
        message: String,
    }
    let told = serde_json::from_slice::<Told>(answer.body.as_slice()).unwrap_or_default();
    let code = clean(told.code.rsplit('#').next().unwrap_or_default());
    let status = answer.status.as_u16();
    let (kind, what, hint) = words(status, &code);
    let mut message = match code.as_str() {
        "" => format!("{what} (status {status})"),
        code => format!("{what} ({code})"),
    };
    if code == "AccessDeniedException" && !told.message.is_empty() {
        message = format!("{message}: {}", clean(&told.message));
    }
    Refusal {
        error: SecretError::new(kind, message, hint),
        stale: is_about_credentials(&code),
    }
}

fn is_about_credentials(code: &str) -> bool {
    matches!(
        code,
        "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "InvalidClientTokenId"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "MissingAuthenticationTokenException"
    )
}

fn words(status: u16, code: &str) -> (ErrorKind, &'static str, &'static str) {
    match (status, code) {
        (_, "ResourceNotFoundException") => (
            ErrorKind::NotFound,
            "there is no such secret, or it has no current version",
            "Check name and region; a secret of another account is named by its ARN.",
        ),
        (_, "InvalidRequestException") => (
            ErrorKind::NotFound,
            "the secret cannot be read in its state",
            "Look whether it is scheduled for deletion, and restore it.",
        ),
        (_, "InvalidParameterException" | "ValidationException") => (
            ErrorKind::Misconfigured,
            "AWS does not take its name",
            "Check the name after aws-sm:.",
        ),
        (_, "AccessDeniedException" | "DecryptionFailure") => (
            ErrorKind::Refused,
            "AWS does not allow it",
            "Allow this identity secretsmanager:GetSecretValue on it, and kms:Decrypt on its key.",
        ),
        (_, code) if is_about_credentials(code) => (
            ErrorKind::Refused,
            "AWS does not take our credentials",
            "Renew the credentials, and check the machine's clock.",
        ),
        (429 | 500.., _) | (_, "ThrottlingException" | "InternalServiceError") => (
            ErrorKind::Unavailable,
            "AWS cannot answer now",
            "Try again; if it stays, look at the state of AWS.",
        ),
        (401 | 403, _) => (
            ErrorKind::Refused,
            "AWS does not allow it",
            "Check the identity, its policies and the endpoint's.",
        ),
        _ => (
            ErrorKind::Unusable,
            "the answer is none of Secrets Manager's",
            "Check the endpoint.",
        ),
    }
}
