//! One POST to where a message goes.
//!
//! Invariant: redirects are answers, nothing is repeated here, and no answer's body is read.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use rackrate_auth::source::SecretRef;
use rackrate_core::address::is_own_machine;
use rackrate_core::error::innermost;
use rackrate_core::secret::Secret;
use url::Url;

use super::{SinkError, Sources, secret};

/// For one attempt, with its connection.
const ATTEMPT: Duration = Duration::from_secs(4);

/// A client for one address.
#[derive(Clone)]
pub(super) struct Web {
    client: reqwest::Client,
    url: Url,
}

impl Web {
    /// For an address that is no secret.
    pub(super) fn plain(url: Url) -> Result<Self, SinkError> {
        // An error only says that another client has installed it already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .user_agent(concat!("rackrate/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .gzip(false)
            .timeout(ATTEMPT);
        let builder = match is_own_machine(&url) {
            true => builder.no_proxy(),
            false => builder,
        };
        let client = builder.build().map_err(|error| {
            let cause = innermost(&error);
            SinkError::lasting(format!("this machine cannot make TLS connections: {cause}"))
        })?;
        Ok(Self { client, url })
    }

    /// For an address that is a secret.
    pub(super) async fn kept(url: &SecretRef, sources: Sources<'_>) -> Result<Self, SinkError> {
        let text = secret(url, sources).await?;
        Self::plain(address(&text).map_err(|why| SinkError::lasting(format!("{url}: {why}")))?)
    }

    /// Posts JSON with these headers.
    pub(super) async fn post(&self, body: String, headers: HeaderMap) -> Result<(), SinkError> {
        let request = self
            .client
            .post(self.url.clone())
            .headers(headers)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body));
        let answer = request.send().await.map_err(told)?;
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

fn told(error: reqwest::Error) -> SinkError {
    let error = error.without_url();
    let cause = innermost(&error);
    if error.is_timeout() {
        SinkError::passing("it did not answer in time")
    } else if error.is_connect() {
        SinkError::passing(format!("no connection: {cause}"))
    } else {
        SinkError::passing(format!("the connection broke: {cause}"))
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
}
