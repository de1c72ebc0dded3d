//! One request to a service that gives out secrets.
//!
//! How clients are built is `rackrate-web`'s; what is here wipes what it read, and takes a CA
//! of its own.
//!
//! Invariant: no answer is larger than [`LARGEST_ANSWER`].

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use rackrate_web::{Clients, Fault};
use reqwest::Certificate;

use crate::wiped::Wiped;
use crate::{ErrorKind, SecretError};

/// Vault and AWS hold secrets up to 1 MiB and 64 KiB.
const LARGEST_ANSWER: usize = 2 * 1024 * 1024;

/// Clients for secrets; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Web(Clients);

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Wiped,
}

impl Web {
    /// Clients that trust these CA certificates (PEM) only, or what the platform trusts.
    pub(crate) fn new(ca: Option<&[u8]>, deadline: Duration) -> Result<Self, SecretError> {
        let trusted = ca.map(certificates).transpose()?;
        let clients = Clients::new(|builder| {
            let builder = builder.timeout(deadline);
            match &trusted {
                Some(certificates) => builder.tls_certs_only(certificates.clone()),
                None => builder,
            }
        });
        clients.map(Self).map_err(|error| {
            let hint = "Install the system's certificate authorities, or name a CA file.";
            SecretError::new(ErrorKind::Misconfigured, error.to_string(), hint)
        })
    }

    pub(crate) async fn send(&self, request: http::Request<Bytes>) -> Result<Answer, SecretError> {
        let mut response = self.0.send(request).await.map_err(told)?;
        let mut body = Wiped::at_most(LARGEST_ANSWER);
        while let Some(part) = response.chunk().await.map_err(|e| told(e.into()))? {
            let pushed = body.push(&part);
            pushed.map_err(|_| {
                let message = format!("the answer is larger than {LARGEST_ANSWER} bytes");
                SecretError::new(ErrorKind::Unusable, message, "Check the address.")
            })?;
        }
        let status = response.status();
        Ok(Answer { status, body })
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, SecretError> {
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => {
            let message = "the CA file holds no certificate in PEM";
            let hint = "Name a file with the certificate of the CA that signed the service's.";
            Err(SecretError::new(ErrorKind::Misconfigured, message, hint))
        }
    }
}

fn told(fault: Fault) -> SecretError {
    let (kind, hint) = match fault {
        Fault::Unsendable(_) => (ErrorKind::Misconfigured, "Check the address."),
        _ if fault.is_untrusted() => (
            ErrorKind::Misconfigured,
            "Name the CA that signed it with `ca_file`, or install it on this machine.",
        ),
        _ => (
            ErrorKind::Unavailable,
            "Try again; if it stays, check the address, the network and the service.",
        ),
    };
    SecretError::new(kind, fault.to_string(), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_certificate_is_no_passing_trouble() {
        let code = |cause: &str| told(Fault::NoConnection(cause.to_owned())).code();
        let unknown = "invalid peer certificate: UnknownIssuer";
        assert_eq!(code(unknown), "secret.misconfigured");
        assert_eq!(
            code("Connection refused (os error 111)"),
            "secret.unavailable"
        );
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        let error = Web::new(Some(b"MARKER"), Duration::from_secs(1)).unwrap_err();
        assert_eq!(error.code(), "secret.misconfigured");
        assert!(!error.to_string().contains("MARKER"));
    }
}
