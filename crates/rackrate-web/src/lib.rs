//! HTTP clients as this program builds them, and what their failures mean.
//!
//! Who is asked what, for how long, and how much of an answer is read, is the caller's to say:
//! the runtime's transport carries attempts to vendors, `rackrate-secrets` asks those who keep
//! secrets, `rackrate-alerts` posts messages.
//!
//! Invariants: one call puts at most one request on the wire; redirects are answers, and
//! nothing is repeated. What is for this machine goes by no proxy. No error shows an address.

mod fault;

use bytes::Bytes;
use rackrate_core::address::is_own_machine;
use rackrate_core::error::innermost;
use reqwest::{Client, ClientBuilder, Request, Response};
use url::{Host, Url};

pub use self::fault::Fault;

/// No client could be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine cannot make TLS connections: {0}; are CA certificates installed?")]
pub struct ClientError(String);

/// HTTP/1.1 and 2 over rustls; cheap to clone.
#[derive(Clone, Debug)]
pub struct Clients {
    /// To the world, by the proxy of the environment where there is one.
    outward: Client,
    /// To this machine and its neighbours that tell who it is, never by a proxy.
    near: Client,
}

impl Clients {
    /// Clients with the trust roots of the platform and without a bound of time, unless
    /// `further` says otherwise.
    ///
    /// # Errors
    /// When this machine has no usable trust roots or TLS configuration.
    pub fn new(further: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Self, ClientError> {
        // An error only says that another client has installed it already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Ok(Self {
            outward: built(further(builder()))?,
            near: built(further(builder()).no_proxy())?,
        })
    }

    /// Sends a request once; the answer's body is still to be read, and a failure on the way
    /// becomes a [`Fault`] too.
    ///
    /// # Errors
    /// Why no answer began.
    pub async fn send(&self, request: http::Request<Bytes>) -> Result<Response, Fault> {
        let request = Request::try_from(request)?;
        let client = match is_near(request.url()) {
            true => &self.near,
            false => &self.outward,
        };
        Ok(client.execute(request).await?)
    }
}

fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("rackrate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .gzip(false)
}

fn built(builder: ClientBuilder) -> Result<Client, ClientError> {
    let built = builder.build();
    built.map_err(|error| ClientError(innermost(&error)))
}

/// This machine, and the addresses at which AWS tells a machine its role
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>).
pub fn is_near(url: &Url) -> bool {
    is_own_machine(url)
        || match url.host() {
            Some(Host::Ipv4(address)) => address.is_link_local(),
            Some(Host::Ipv6(address)) => address.segments()[..2] == [0xfd00, 0x0ec2],
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_this_machine_nor_its_metadata_is_asked_by_a_proxy() {
        let near = |text: &str| is_near(&Url::parse(text).unwrap());
        assert!(near("http://169.254.169.254/latest") && near("http://[fd00:ec2::254]/"));
        assert!(near("http://127.0.0.1:1/") && near("http://[::1]/") && near("http://localhost/"));
        assert!(!near("https://vault.test/") && !near("http://10.0.0.1/"));
        assert!(!near("http://localhost.evil.test/"));
    }
}
