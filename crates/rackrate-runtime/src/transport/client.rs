//! The leaf: one HTTP request over reqwest, and the only place that builds HTTP clients.
//!
//! Invariant: one call of the client puts at most one request on the wire; redirects are
//! answers, and nothing is repeated behind the engine's back.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::address::is_own_host;
use rackrate_core::error::innermost;
use tower::Service;
use url::Host;

use super::Bounds;
use super::fault::Fault;

/// An idle connection is dropped well before servers usually do, because a write that
/// meets a closing connection is a write that may have arrived.
const IDLE: Duration = Duration::from_secs(20);

/// No client could be built.
#[derive(Clone, Debug, thiserror::Error)]
#[error("this machine cannot make TLS connections: {0}; are CA certificates installed?")]
pub struct ClientError(String);

/// HTTP/1.1 and 2 over rustls, with the trust roots of the platform.
#[derive(Clone, Debug)]
pub struct Client {
    /// To the world, by the proxy of the environment where there is one.
    outward: reqwest::Client,
    /// To this machine, never by a proxy.
    local: reqwest::Client,
}

impl Client {
    /// A client within these bounds.
    ///
    /// # Errors
    /// When this machine has no usable trust roots or TLS configuration.
    pub fn new(bounds: &Bounds) -> Result<Self, ClientError> {
        // An error only says that another client has installed it already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Ok(Self {
            outward: built(builder(bounds))?,
            local: built(builder(bounds).no_proxy())?,
        })
    }
}

fn builder(bounds: &Bounds) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("rackrate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .gzip(true)
        .connect_timeout(bounds.connect)
        .pool_idle_timeout(IDLE)
}

fn built(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, ClientError> {
    builder
        .build()
        .map_err(|error| ClientError(innermost(&error)))
}

impl Service<http::Request<Bytes>> for Client {
    type Response = http::Response<reqwest::Body>;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Fault>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let client = match is_local(request.uri()) {
            true => self.local.clone(),
            false => self.outward.clone(),
        };
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(Fault::of_client)?;
            let response = client.execute(request).await.map_err(Fault::of_client)?;
            Ok(response.into())
        })
    }
}

fn is_local(uri: &http::Uri) -> bool {
    let host = uri.host().and_then(|host| Host::parse(host).ok());
    host.is_some_and(|host| is_own_host(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        let local = |uri: &str| is_local(&uri.parse().unwrap());
        assert!(
            local("http://127.0.0.1:80/x") && local("http://[::1]/") && local("http://localhost/")
        );
        assert!(!local("http://localhost.evil.test/") && !local("https://10.0.0.1/"));
    }
}
