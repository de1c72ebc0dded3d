//! One exchange with a vendor: what is sent, and what came back.
//!
//! An adapter builds a [`Request`] and reads a [`Response`]; the transport of the runtime
//! does the rest. Bodies stay bytes, because a JSON tree would turn 129.00 into 129.0.
//!
//! Invariant: a request goes only to a base that the manifest declares, and what is secret
//! in it is typed so.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use url::Url;

pub use crate::body::{Body, Value};
use crate::error::{Delivery, Error, ErrorKind, Result};
use crate::ids::Vendor;
use crate::sealed::SealedJson;
use crate::secret::Secret;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Getting or renewing a token.
    Token,
    /// Listing properties, room types and rate plans.
    Discover,
    /// Reading prices and restrictions.
    Read,
    /// Writing prices, and restrictions where they travel with them.
    Push,
    /// Writing restrictions where they do not travel with prices.
    Restrict,
    /// Asking for the state of a job.
    Poll,
    /// Finding out whether a lost write arrived.
    LookUp,
}

impl Operation {
    /// Every operation, in the order of this enum.
    pub const ALL: [Self; 7] = [
        Self::Token,
        Self::Discover,
        Self::Read,
        Self::Push,
        Self::Restrict,
        Self::Poll,
        Self::LookUp,
    ];

    /// What an account needs that is only looked at.
    pub const LOOKING: [Self; 3] = [Self::Token, Self::Discover, Self::Read];

    /// Whether it changes prices or restrictions.
    pub fn writes(self) -> bool {
        matches!(self, Self::Push | Self::Restrict)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "get token",
            Self::Discover => "discover",
            Self::Read => "read rates",
            Self::Push => "push rates",
            Self::Restrict => "push restrictions",
            Self::Poll => "poll job",
            Self::LookUp => "look up job",
        })
    }
}

/// Whether a request changes anything at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// It only asks.
    Read,
    /// It may change prices.
    Write,
}

/// A request, built by an adapter and completed by [`crate::auth::Authenticate::apply`].
#[derive(Clone, Debug)]
pub struct Request {
    /// What it is for.
    pub operation: Operation,
    /// The HTTP method.
    pub method: Method,
    /// Whether it changes anything.
    pub touch: Touch,
    /// A base the manifest declares.
    pub base: Url,
    /// The path below the base, beginning with `/`.
    pub path: String,
    /// Query pairs, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Headers beside the content type.
    pub headers: Vec<(HeaderName, Value)>,
    /// The body.
    pub body: Body,
}

impl Request {
    /// A read without query or headers.
    pub fn get(operation: Operation, base: &Url, path: impl Into<String>) -> Self {
        Self {
            operation,
            method: Method::GET,
            touch: Touch::Read,
            base: base.clone(),
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    /// A POST with that body, which changes something unless it asks for a token.
    pub fn post(operation: Operation, base: &Url, path: impl Into<String>, body: Body) -> Self {
        let touch = match operation.writes() {
            true => Touch::Write,
            false => Touch::Read,
        };
        Self {
            method: Method::POST,
            touch,
            body,
            ..Self::get(operation, base, path)
        }
    }

    /// A PUT with that body.
    pub fn put(operation: Operation, base: &Url, path: impl Into<String>, body: Body) -> Self {
        Self {
            method: Method::PUT,
            ..Self::post(operation, base, path, body)
        }
    }

    /// Adds a query pair.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: impl Into<Value>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets a header in the place of an earlier one, so that setting it twice is no harm.
    pub fn set_header(&mut self, name: HeaderName, value: impl Into<Value>) {
        self.headers.retain(|(own, _)| *own != name);
        self.headers.push((name, value.into()));
    }

    /// Adds a secret member to the JSON object of the body, for vendors that take their
    /// secrets there. It is on the wire only; nothing here shows it.
    ///
    /// # Errors
    /// [`ErrorKind::Bug`] when the body is no JSON object, or has a member of that name.
    pub fn seal(&mut self, vendor: &Vendor, name: &str, secret: &Secret) -> Result<()> {
        let mut sealed = match &self.body {
            Body::Json(bytes) => SealedJson::new(bytes.clone()),
            Body::Sealed(sealed) => sealed.clone(),
            Body::Empty | Body::Form(_) => SealedJson::new(Bytes::new()),
        };
        sealed
            .put(name, secret)
            .map_err(|why| Error::new(ErrorKind::Bug, vendor, self.operation, why.to_string()))?;
        self.body = Body::Sealed(sealed);
        Ok(())
    }

    /// A read of a link that a vendor gave, only if it stays on the declared `bases`.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] when the link is no URL or leads elsewhere: followed
    /// blindly, it would draw our credential away.
    pub fn follow(
        operation: Operation,
        vendor: &Vendor,
        bases: &[Url],
        link: &str,
    ) -> Result<Self> {
        let refuse = |text| {
            Error::new(ErrorKind::Malformed, vendor, operation, text)
                .with_delivery(Delivery::Refused)
        };
        let url = bases
            .first()
            .and_then(|base| base.join(link).ok())
            .ok_or_else(|| refuse("the vendor's link is not a URL"))?;
        let same = |base: &&Url| {
            base.origin() == url.origin()
                && under(base.path(), url.path())
                && url.username().is_empty()
        };
        let base = bases
            .iter()
            .find(same)
            .ok_or_else(|| refuse("the vendor's link leads to an address that is not declared"))?;
        let path = &url.path()[base.path().trim_end_matches('/').len()..];
        let mut request = Self::get(operation, base, path);
        request.query = url.query_pairs().into_owned().collect();
        Ok(request)
    }

    /// The full address. Queries carry no secrets, so it may be shown.
    pub fn url(&self) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}{}", self.base.path().trim_end_matches('/'), self.path);
        url.set_path(&path);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }

    /// The request as it goes over the wire, secrets exposed; for the transport alone.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] when a header value cannot be sent, for example a
    /// secret with a line break; [`ErrorKind::Bug`] for what nobody signed.
    pub fn expose(&self, vendor: &Vendor) -> Result<http::Request<Bytes>> {
        self.signed(vendor)?;
        let wrong = |text: &str| Error::new(ErrorKind::Misconfigured, vendor, self.operation, text);
        let (content_type, body) = self.body.encoded();
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self
            .url()
            .as_str()
            .parse()
            .map_err(|_| wrong("the address cannot be sent"))?;
        let headers = request.headers_mut();
        if let Some(content_type) = content_type {
            headers.insert(
                http::header::CONTENT_TYPE,
                HeaderValue::from_static(content_type),
            );
        }
        for (name, value) in &self.headers {
            let mut text = HeaderValue::from_str(value.expose()).map_err(|_| {
                wrong(&format!(
                    "the header {name} has a value that cannot be sent"
                ))
            })?;
            text.set_sensitive(!matches!(value, Value::Plain(_)));
            headers.append(name, text);
        }
        Ok(request)
    }

    /// Method, address and body for people: what is typed as secret is left out. Only for
    /// requests whose body holds no secret, which the caller has to know.
    pub fn shown(&self) -> String {
        let body = match &self.body {
            Body::Empty => String::new(),
            Body::Sealed(_) => "(holds secrets)".to_owned(),
            Body::Json(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Body::Form(fields) => {
                let plain = fields.iter().filter_map(|(name, value)| match value {
                    Value::Plain(text) => Some(format!("{name}={text}")),
                    Value::Secret(_) | Value::Unsigned(_) => None,
                });
                plain.collect::<Vec<_>>().join("&")
            }
        };
        format!("{} {} {body}", self.method, self.url())
    }
}

/// Whether `path` lies below `base`, by whole segments.
fn under(base: &str, path: &str) -> bool {
    path.strip_prefix(base.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An answer, whole and within the transport's size limit.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// A response from its parts; for tests and simulators.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// A header's text, where it is there and plain.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The vendor's `Retry-After` in whole seconds. The form with a date is ignored: it
    /// would need a clock, and no vendor here sends it.
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?
            .trim()
            .parse()
            .ok()
            .map(Duration::from_secs)
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        "https://api.example.test/v1".parse().unwrap()
    }

    fn vendor() -> Vendor {
        Vendor::new("acme").unwrap()
    }

    #[test]
    fn a_link_is_followed_only_below_a_declared_base() {
        let follow = |link| Request::follow(Operation::Read, &vendor(), &[base()], link);
        let request = follow("https://api.example.test/v1/jobs?page=2").unwrap();
        assert_eq!(
            request.url().as_str(),
            "https://api.example.test/v1/jobs?page=2"
        );
        for link in [
            "https://evil.test/v1/jobs",
            "http://api.example.test/v1/jobs",
            "https://api.example.test/v10/jobs",
            "https://api.example.test/other",
            "https://api.example.test/v1/../other",
            "https://a:b@api.example.test/v1/jobs",
            "//evil.test/v1",
        ] {
            assert!(follow(link).is_err(), "{link}");
        }
    }

    #[test]
    fn a_form_is_encoded_and_its_secret_is_not_shown() {
        let secret = Secret::new("s3cr&t".to_owned());
        let body = Body::Form(vec![
            ("rates[0][rateID]".into(), "8".into()),
            ("client_secret".into(), Value::from(&secret)),
        ]);
        let request = Request::post(Operation::Token, &base(), "/token", body);
        let wire = request.expose(&vendor()).unwrap();
        assert_eq!(
            wire.body(),
            "rates%5B0%5D%5BrateID%5D=8&client_secret=s3cr%26t"
        );
        assert!(!format!("{request:?}").contains("s3cr"));
    }

    #[test]
    fn a_secret_that_would_break_the_header_is_refused_unseen() {
        let secret = Secret::new("a\r\nb-secret".to_owned());
        let request = Request::get(Operation::Read, &base(), "/")
            .with_header(http::header::AUTHORIZATION, &secret);
        let error = request.expose(&vendor()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("b-secret"));
    }
}
