//! The leaf: one HTTP request.
//!
//! How clients are built is `rackrate-web`'s; what is here is their bounds towards vendors.
//!
//! Invariant: one call of the client puts at most one request on the wire; redirects are
//! answers, and nothing is repeated behind the engine's back.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use rackrate_web::Clients;
use tower::Service;

pub use rackrate_web::ClientError;

use super::Bounds;
use super::fault::Fault;

/// An idle connection is dropped well before servers usually do, because a write that
/// meets a closing connection is a write that may have arrived.
const IDLE: Duration = Duration::from_secs(20);

/// HTTP/1.1 and 2 over rustls, with the trust roots of the platform.
#[derive(Clone, Debug)]
pub struct Client(Clients);

impl Client {
    /// A client within these bounds.
    ///
    /// # Errors
    /// When this machine has no usable trust roots or TLS configuration.
    pub fn new(bounds: &Bounds) -> Result<Self, ClientError> {
        let clients = Clients::new(|builder| {
            let builder = builder.gzip(true).connect_timeout(bounds.connect);
            builder.pool_idle_timeout(IDLE)
        });
        clients.map(Self)
    }
}

impl Service<http::Request<Bytes>> for Client {
    type Response = http::Response<reqwest::Body>;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Fault>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let clients = self.0.clone();
        Box::pin(async move {
            let response = clients.send(request).await?;
            Ok(response.into())
        })
    }
}
