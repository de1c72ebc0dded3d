//! Which requests vendors refused for their credential, by keyed fingerprint.
//!
//! Two people with one key, at the desk and at the vendor's support, can tell from it whether
//! two failures were the same request. When a credential counts as dead is the engine's to say.
//!
//! Invariant: nothing of a request leaves this module but its fingerprint.

use std::sync::Arc;

use bytes::Bytes;
use dashmap::DashMap;
use http::{HeaderName, Method, StatusCode, Uri};
use rackrate_auth::fingerprint::{Fingerprint, Fingerprints};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::ConnectionId;
use url::form_urlencoded;

use super::{About, Call};

/// The last refused request of each connection; cheap to clone, and shared by its clones.
#[derive(Clone, Debug)]
pub struct Refusals {
    prints: Fingerprints,
    /// Attempts of all connections write here at once.
    last: Arc<DashMap<ConnectionId, Fingerprint>>,
}

/// What a fingerprint is made from, and who is told of it.
pub(super) struct Looked {
    refusals: Refusals,
    about: Arc<About>,
    method: Method,
    uri: Uri,
    headers: Vec<HeaderName>,
    body: Bytes,
}

impl Refusals {
    /// None so far.
    pub fn new(prints: Fingerprints) -> Self {
        Self {
            prints,
            last: Arc::default(),
        }
    }

    /// The request that was refused last at a connection.
    pub fn last(&self, connection: &ConnectionId) -> Option<Fingerprint> {
        self.last.get(connection).map(|last| last.clone())
    }

    pub(super) fn looking_at(&self, call: &Call) -> Looked {
        Looked {
            refusals: self.clone(),
            about: Arc::clone(&call.about),
            method: call.request.method().clone(),
            uri: call.request.uri().clone(),
            headers: call.request.headers().keys().cloned().collect(),
            body: call.request.body().clone(),
        }
    }
}

impl Looked {
    /// The vendor answered with that status.
    pub(super) fn answered(self, status: StatusCode) {
        if !is_refusal(self.about.operation, status) {
            return;
        }
        let print = self.fingerprint();
        let About {
            id,
            connection,
            operation,
            ..
        } = self.about.as_ref();
        tracing::info!(
            correlation_id = %id,
            %connection,
            %operation,
            http.response.status_code = status.as_u16(),
            request_fingerprint = %print,
            "the credential of a request was refused"
        );
        self.refusals.last.insert(connection.clone(), print);
    }

    /// Of method, address without the values of its query, names of headers, and body. It is
    /// the same whatever order the headers have.
    fn fingerprint(&self) -> Fingerprint {
        let query = self.uri.query().unwrap_or_default();
        let keys: Vec<String> = form_urlencoded::parse(query.as_bytes())
            .map(|(key, _)| key.into_owned())
            .collect();
        let mut headers: Vec<&str> = self.headers.iter().map(HeaderName::as_str).collect();
        headers.sort_unstable();
        let parts = [
            self.method.as_str().to_owned(),
            self.uri.authority().map_or("", |at| at.as_str()).to_owned(),
            self.uri.path().to_owned(),
            keys.join("\n"),
            headers.join("\n"),
        ];
        let parts = parts.iter().map(String::as_bytes);
        self.refusals.prints.of(parts.chain([self.body.as_ref()]))
    }
}

/// What a token endpoint does not want is the credential; elsewhere two statuses say so.
fn is_refusal(operation: Operation, status: StatusCode) -> bool {
    match operation {
        Operation::Token => status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS,
        _ => matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackrate_auth::seal::Seal;
    use rackrate_core::exchange::Touch;
    use rackrate_core::ids::Vendor;

    fn print(uri: &str, header: &'static str, value: &'static str, body: &'static str) -> String {
        let refusals = Refusals::new(Seal::of_this_process().unwrap().fingerprints().clone());
        seen(&refusals, uri, header, value, body)
    }

    fn seen(
        refusals: &Refusals,
        uri: &str,
        header: &'static str,
        value: &'static str,
        body: &'static str,
    ) -> String {
        let about = About {
            id: "1".to_owned(),
            vendor: Vendor::constant("acme"),
            connection: ConnectionId::new("pms").unwrap(),
            property: None,
            operation: Operation::Read,
            touch: Touch::Read,
            url: uri.parse().unwrap(),
            trace_header: None,
        };
        let request = http::Request::get(uri).header(header, value);
        let call = Call {
            about: Arc::new(about),
            request: request.body(Bytes::from(body)).unwrap(),
        };
        refusals
            .looking_at(&call)
            .answered(StatusCode::UNAUTHORIZED);
        let connection = ConnectionId::new("pms").unwrap();
        refusals.last(&connection).unwrap().to_string()
    }

    #[test]
    fn what_differs_only_in_values_of_headers_and_query_is_one_request() {
        let refusals = Refusals::new(Seal::of_this_process().unwrap().fingerprints().clone());
        let of = |uri, header, value, body| seen(&refusals, uri, header, value, body);
        let first = of("https://a.test/v1?x=1", "authorization", "Bearer 1", "{}");
        assert_eq!(
            first,
            of("https://a.test/v1?x=2", "authorization", "Bearer 2", "{}")
        );
        for other in [
            of("https://b.test/v1?x=1", "authorization", "Bearer 1", "{}"),
            of("https://a.test/v2?x=1", "authorization", "Bearer 1", "{}"),
            of("https://a.test/v1?y=1", "authorization", "Bearer 1", "{}"),
            of("https://a.test/v1?x=1", "x-api-key", "Bearer 1", "{}"),
            of("https://a.test/v1?x=1", "authorization", "Bearer 1", "{ }"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn nobody_without_the_key_makes_the_same_fingerprint() {
        let one = || print("https://a.test/v1", "authorization", "Bearer 1", "{}");
        assert_ne!(one(), one());
    }

    #[test]
    fn a_request_that_was_taken_is_not_noted() {
        let is = |operation, status| is_refusal(operation, StatusCode::from_u16(status).unwrap());
        assert!(is(Operation::Token, 400) && is(Operation::Push, 401) && is(Operation::Read, 403));
        assert!(!is(Operation::Token, 200) && !is(Operation::Token, 429));
        assert!(!is(Operation::Push, 422) && !is(Operation::Token, 503));
    }
}
