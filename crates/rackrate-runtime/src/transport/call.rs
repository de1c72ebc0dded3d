//! An attempt as the transport sees it: bytes, and what may be told about them.

use std::sync::Arc;

use bytes::Bytes;
use rackrate_core::exchange::{Operation, Touch};
use rackrate_core::ids::{ConnectionId, PropertyCode, Vendor};
use url::Url;

/// What may be shown of an attempt; nothing in it is secret.
#[derive(Clone, Debug)]
pub struct About {
    /// Ties log lines of one attempt together; unique in a process, not sent.
    pub id: String,
    /// The vendor.
    pub vendor: Vendor,
    /// The connection.
    pub connection: ConnectionId,
    /// The property, where the request is about one.
    pub property: Option<PropertyCode>,
    /// What it is for.
    pub operation: Operation,
    /// Whether it changes anything.
    pub touch: Touch,
    /// The address; queries carry no secrets.
    pub url: Url,
    /// The response header by which the vendor's support finds a request.
    pub trace_header: Option<&'static str>,
}

/// One attempt.
#[derive(Clone)]
pub struct Call {
    /// What may be shown of it.
    pub about: Arc<About>,
    /// The request with its credential.
    pub request: http::Request<Bytes>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Call").field(&self.about).finish()
    }
}
