//! One request to a service that gives out secrets.
//!
//! The runtime's transport carries attempts to vendors, with metrics and spans; what is here
//! carries secrets back, so it wipes what it read, and takes a CA of its own.
//!
//! Invariant: redirects are answers, nothing is repeated, and no answer is larger than
//! [`LARGEST_ANSWER`].

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use rackrate_core::address::is_own_machine;
use rackrate_core::error::innermost;
use url::{Host, Url};

use crate::wiped::Wiped;
use crate::{ErrorKind, SecretError};

/// Vault and AWS hold secrets up to 1 MiB and 64 KiB.
const LARGEST_ANSWER: usize = 2 * 1024 * 1024;

const AGAIN: &str = "Try again; if it stays, check the address, the network and the service.";

/// Clients for secrets; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Web {
    /// To the world, by the proxy of the environment where there is one.
    outward: reqwest::Client,
    /// To this machine and its neighbours that tell who it is, never by a proxy.
    near: reqwest::Client,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Wiped,
}

impl Web {
    /// Clients that trust these CA certificates (PEM) only, or what the platform trusts.
    pub(crate) fn new(ca: Option<&[u8]>, deadline: Duration) -> Result<Self, SecretError> {
        // An error only says that another client has installed it already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Ok(Self {
            outward: built(builder(ca, deadline)?)?,
            near: built(builder(ca, deadline)?.no_proxy())?,
        })
    }

    pub(crate) async fn send(&self, request: http::Request<Bytes>) -> Result<Answer, SecretError> {
        let request = reqwest::Request::try_from(request).map_err(told)?;
        let client = match is_near(request.url()) {
            true => &self.near,
            false => &self.outward,
        };
        let mut response = client.execute(request).await.map_err(told)?;
        let mut body = Wiped::at_most(LARGEST_ANSWER);
        while let Some(part) = response.chunk().await.map_err(told)? {
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

fn builder(ca: Option<&[u8]>, deadline: Duration) -> Result<reqwest::ClientBuilder, SecretError> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("rackrate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .gzip(false)
        .timeout(deadline);
    let Some(pem) = ca else {
        return Ok(builder);
    };
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(builder.tls_certs_only(certificates)),
        _ => {
            let message = "the CA file holds no certificate in PEM";
            let hint = "Name a file with the certificate of the CA that signed the service's.";
            Err(SecretError::new(ErrorKind::Misconfigured, message, hint))
        }
    }
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, SecretError> {
    builder.build().map_err(|error| {
        let cause = innermost(&error);
        let message = format!("this machine cannot make TLS connections: {cause}");
        let hint = "Install the system's certificate authorities, or name a CA file.";
        SecretError::new(ErrorKind::Misconfigured, message, hint)
    })
}

/// This machine, and the link-local addresses at which AWS tells a machine its role
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>).
pub(crate) fn is_near(url: &Url) -> bool {
    is_own_machine(url)
        || match url.host() {
            Some(Host::Ipv4(address)) => address.is_link_local(),
            Some(Host::Ipv6(address)) => address.segments()[..2] == [0xfd00, 0x0ec2],
            _ => false,
        }
}

fn told(error: reqwest::Error) -> SecretError {
    let error = error.without_url();
    let cause = innermost(&error);
    if error.is_timeout() {
        let message = "it did not answer in time";
        SecretError::new(ErrorKind::Unavailable, message, AGAIN)
    } else if error.is_builder() {
        let message = format!("the request cannot be sent: {cause}");
        SecretError::new(ErrorKind::Misconfigured, message, "Check the address.")
    } else if error.is_connect() {
        unconnected(&cause)
    } else {
        let message = format!("the connection broke: {cause}");
        SecretError::new(ErrorKind::Unavailable, message, AGAIN)
    }
}

/// A certificate that nobody vouches for stays so, however often it is tried.
fn unconnected(cause: &str) -> SecretError {
    let (kind, hint) = match cause.contains("certificate") {
        true => (
            ErrorKind::Misconfigured,
            "Name the CA that signed it with `ca_file`, or install it on this machine.",
        ),
        false => (ErrorKind::Unavailable, AGAIN),
    };
    SecretError::new(kind, format!("no connection: {cause}"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_of_a_machine_is_never_asked_for_by_a_proxy() {
        let near = |text: &str| is_near(&Url::parse(text).unwrap());
        assert!(near("http://169.254.169.254/latest") && near("http://[fd00:ec2::254]/"));
        assert!(near("http://127.0.0.1:1/") && near("http://localhost/"));
        assert!(!near("https://vault.test/") && !near("http://10.0.0.1/"));
    }

    #[test]
    fn an_unknown_certificate_is_no_passing_trouble() {
        let code = |cause: &str| unconnected(cause).code();
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
