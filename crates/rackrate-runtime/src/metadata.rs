//! Asks an authorization server to describe itself (RFC 8414).
//!
//! No credential is sent. What is believed is decided in `rackrate_core::metadata`; where tokens
//! are asked for afterwards, and when, is not decided here.
//!
//! Invariant: nothing is followed, and no more is read than of a token endpoint.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::exchange::{Operation, Touch};
use rackrate_core::ids::{ConnectionId, Vendor};
use rackrate_core::metadata::{Issuer, Metadata, Unfit};
use url::Url;

use crate::transport::{About, Bounds, Call, ClientError, Fault, Transport};

/// Each place is waited for so long at most; people wait meanwhile.
const DEADLINE: Duration = Duration::from_secs(10);

/// Why a server is not known.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotKnown {
    /// It cannot be reached, or did not answer in whole.
    #[error("{0}: {1}")]
    Unanswered(Url, Fault),
    /// It answered with another status than success.
    #[error("{0}: it answered with the status {1}")]
    Status(Url, u16),
    /// What it says is not believed, or not enough.
    #[error("{0}: {1}")]
    Unfit(Url, Unfit),
}

/// Asks servers.
#[derive(Clone, Debug)]
pub struct Servers(Transport);

impl Servers {
    /// Over the network.
    ///
    /// # Errors
    /// When this machine has no usable trust roots or TLS configuration.
    pub fn new() -> Result<Self, ClientError> {
        Self::within(DEADLINE)
    }

    /// The same with another deadline for each answer.
    ///
    /// # Errors
    /// See [`Servers::new`].
    pub fn within(deadline: Duration) -> Result<Self, ClientError> {
        let bounds = Bounds {
            deadline,
            connect: deadline / 2,
            ..Bounds::default()
        };
        Transport::new(bounds).map(Self)
    }

    /// What a server says of itself, for a connection. The second place is asked only where
    /// the first says that there is nothing.
    ///
    /// # Errors
    /// [`NotKnown`].
    pub async fn ask(
        &self,
        issuer: &Issuer,
        connection: &ConnectionId,
        vendor: &Vendor,
    ) -> Result<Metadata, NotKnown> {
        let [first, second] = issuer.places();
        match self.at(issuer, &first, connection, vendor).await {
            Err(NotKnown::Status(_, status)) if is_nothing(status) => {
                self.at(issuer, &second, connection, vendor).await
            }
            known => known,
        }
    }

    async fn at(
        &self,
        issuer: &Issuer,
        place: &Url,
        connection: &ConnectionId,
        vendor: &Vendor,
    ) -> Result<Metadata, NotKnown> {
        let unanswered = |fault| NotKnown::Unanswered(place.clone(), fault);
        let mut request = http::Request::new(Bytes::new());
        let uri = place.as_str().parse();
        *request.uri_mut() = uri.map_err(|_| {
            let why = "the address cannot be sent".to_owned();
            unanswered(Fault::Unsendable(why))
        })?;
        let json = http::HeaderValue::from_static("application/json");
        request.headers_mut().insert(http::header::ACCEPT, json);
        let about = About {
            id: format!("metadata-{connection}"),
            vendor: vendor.clone(),
            connection: connection.clone(),
            property: None,
            operation: Operation::Token,
            touch: Touch::Read,
            url: place.clone(),
            trace_header: None,
        };
        let about = Arc::new(about);
        let answer = self.0.send(Call { about, request }).await;
        let answer = answer.map_err(unanswered)?;
        if !answer.is_success() {
            let status = answer.status.as_u16();
            return Err(NotKnown::Status(place.clone(), status));
        }
        let known = Metadata::read(issuer, &answer.body);
        known.map_err(|why| NotKnown::Unfit(place.clone(), why))
    }
}

/// Whether a status says that there is nothing at that place.
fn is_nothing(status: u16) -> bool {
    (400..=499).contains(&status) && status != 408 && status != 429
}
