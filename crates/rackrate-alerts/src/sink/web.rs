//! One POST to where a message goes.
//!
//! Invariant: an address that is a secret is in no error, and no answer's body is read.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use rackrate_auth::source::SecretRef;
use rackrate_core::address::is_own_machine;
use rackrate_core::secret::Secret;
use rackrate_web::{Clients, Fault};
use url::Url;

use super::{SinkError, Sources, secret};

/// For one attempt, with its connection.
const ATTEMPT: Duration = Duration::from_secs(4);

/// A client for one address.
#[derive(Clone)]
pub(super) struct Web {
    clients: Clients,
    url: Url,
}

impl Web {
    /// For an address that is no secret.
    pub(super) fn plain(url: Url) -> Result<Self, SinkError> {
        let clients = Clients::new(|builder| builder.timeout(ATTEMPT));
        let clients = clients.map_err(|error| SinkError::lasting(error.to_string()))?;
        Ok(Self { clients, url })
    }

    /// For an address that is a secret.
    pub(super) async fn kept(url: &SecretRef, sources: Sources<'_>) -> Result<Self, SinkError> {
        let text = secret(url, sources).await?;
        Self::plain(address(&text).map_err(|why| SinkError::lasting(format!("{url}: {why}")))?)
    }

    /// Posts JSON with these headers.
    pub(super) async fn post(&self, body: String, headers: HeaderMap) -> Result<(), SinkError> {
        let request = Request::post(self.url.as_str()).body(Bytes::from(body));
        let mut request = request.map_err(|_| SinkError::lasting("its address cannot be sent"))?;
        *request.headers_mut() = headers;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let answer = self.clients.send(request).await.map_err(told)?;
        judged(answer.status())
    }
}

/// Where such messages may go: https, or this machine. A query may be a part of the secret.
fn address(text: &Secret) -> Result<Url, &'static str> {
    let url = Url::parse(text.expose().trim()).map_err(|_| "it is no address")?;
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    match url.scheme() {
        "https" if bare => Ok(url),
        "http" if bare && is_own_machine(&url) => Ok(url),
        _ => Err("it has to be an https address without user or fragment"),
    }
}

fn judged(status: StatusCode) -> Result<(), SinkError> {
    let text = format!("it answered with status {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500.. => Err(SinkError::passing(text)),
        _ => Err(SinkError::lasting(text)),
    }
}

fn told(fault: Fault) -> SinkError {
    let lasts = fault.is_untrusted() || matches!(fault, Fault::Unsendable(_));
    match lasts {
        true => SinkError::lasting(fault.to_string()),
        false => SinkError::passing(fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_address_may_have_a_query_and_goes_nowhere_in_clear() {
        let ok = |text: &str| address(&Secret::new(text.to_owned())).is_ok();
        assert!(ok("https://hooks.example.test/a/b?sig=1\n") && ok("http://127.0.0.1:1/x"));
        assert!(!ok("http://hooks.example.test/a") && !ok("https://u:p@hooks.example.test/"));
        assert!(!ok("ftp://hooks.example.test/") && !ok("hooks"));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let of = |status| judged(StatusCode::from_u16(status).unwrap());
        assert_eq!([of(200), of(202)], [Ok(()), Ok(())]);
        for passing in [429, 500, 503] {
            assert!(of(passing).unwrap_err().again, "{passing}");
        }
        for lasting in [301, 302, 400, 401, 404, 410] {
            assert!(!of(lasting).unwrap_err().again, "{lasting}");
        }
    }

    #[test]
    fn a_certificate_that_nobody_vouches_for_is_not_tried_again() {
        let of = |cause: &str| told(Fault::NoConnection(cause.to_owned())).again;
        assert!(of("Connection refused") && told(Fault::TimedOut).again);
        assert!(!of("invalid peer certificate: UnknownIssuer"));
    }
}
