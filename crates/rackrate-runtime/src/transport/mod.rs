//! One attempt on its way to a vendor, as a tower stack over reqwest.
//!
//! From the outside in: span and correlation id, metrics, deadline, body cap, sensitive
//! headers, the client. Waiting, retrying and refreshing belong to the engine; an attempt
//! here happens once, follows no redirect, and ends as a [`Response`] or a [`Fault`].
//!
//! Invariant: what is not known never to have left is [`Delivery::Unknown`].
//!
//! [`Delivery::Unknown`]: rackrate_core::error::Delivery::Unknown

mod call;
mod cap;
mod client;
mod fault;
mod meter;
mod refusals;
mod span;

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use rackrate_core::exchange::{Operation, Response};
use tower::timeout::Timeout;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};
use tower_http::sensitive_headers::SetSensitiveRequestHeaders;

pub use self::call::{About, Call};
pub use self::client::{Client, ClientError};
pub use self::fault::Fault;
pub use self::meter::describe;
pub use self::refusals::Refusals;

/// Bounds of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// From the first step to the last byte of the answer. Default: 30 seconds.
    pub deadline: Duration,
    /// For the connection with its handshakes, where none is open. Default: 10 seconds.
    pub connect: Duration,
    /// The largest answer read, in bytes, after decompression. Default: 16 MiB.
    pub answer: usize,
    /// The largest answer of a token endpoint. Default: 64 KiB.
    pub token_answer: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            connect: Duration::from_secs(10),
            answer: 16 * 1024 * 1024,
            token_answer: 64 * 1024,
        }
    }
}

impl Bounds {
    fn answer_to(&self, operation: Operation) -> usize {
        match operation {
            Operation::Token => self.token_answer,
            _ => self.answer,
        }
    }
}

/// Carries attempts; cheap to clone.
#[derive(Clone, Debug)]
pub struct Transport {
    attempts: BoxCloneSyncService<Call, Response, Fault>,
    refusals: Option<Refusals>,
}

impl Transport {
    /// Over the network.
    ///
    /// # Errors
    /// When this machine has no usable trust roots or TLS configuration.
    pub fn new(bounds: Bounds) -> Result<Self, ClientError> {
        Client::new(&bounds).map(|client| Self::over(client, bounds))
    }

    /// Over something else that takes HTTP requests.
    pub fn over<S, B>(leaf: S, bounds: Bounds) -> Self
    where
        S: Service<http::Request<Bytes>, Response = http::Response<B>, Error = Fault>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let hidden = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION];
        let leaf = SetSensitiveRequestHeaders::new(leaf, hidden);
        let bounded = Timeout::new(cap::Capped::new(leaf, bounds), bounds.deadline)
            .map_err(move |error| Fault::of_deadline(error, bounds.deadline));
        let told = span::Spanned(meter::Metered(bounded));
        Self {
            attempts: BoxCloneSyncService::new(told),
            refusals: None,
        }
    }

    /// Notes down which requests vendors refuse from now on.
    #[must_use]
    pub fn noting(mut self, refusals: Refusals) -> Self {
        self.refusals = Some(refusals);
        self
    }

    /// Makes one attempt.
    ///
    /// # Errors
    /// [`Fault`] when no whole answer came.
    pub async fn send(&self, call: Call) -> Result<Response, Fault> {
        let looked = self.refusals.as_ref().map(|to| to.looking_at(&call));
        let result = self.attempts.clone().oneshot(call).await;
        if let (Some(looked), Ok(response)) = (looked, &result) {
            looked.answered(response.status);
        }
        result
    }
}
