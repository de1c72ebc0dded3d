//! Requests taken apart, and answers with the vendor's envelope of failures.

use bytes::Bytes;
use http::{HeaderValue, Method};

use super::json::{object, text, texts};

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: u16,
    body: String,
    retry_after: Option<u64>,
}

impl Answer {
    pub(super) fn good(body: String) -> Self {
        Self {
            status: 200,
            body,
            retry_after: None,
        }
    }

    fn error(status: u16, code: &str, title: &str, details: Option<String>) -> Self {
        let mut fields = vec![("code", text(code)), ("title", text(title))];
        fields.extend(details.map(|details| ("details", details)));
        Self {
            status,
            body: object(&[("errors", object(&fields))]),
            retry_after: None,
        }
    }

    pub(super) fn bad_request(details: &[String]) -> Self {
        Self::error(400, "bad_request", "Bad Request", Some(texts(details)))
    }

    pub(super) fn unauthorized() -> Self {
        Self::error(401, "unauthorized", "Unauthorized", None)
    }

    pub(super) fn forbidden() -> Self {
        Self::error(403, "forbidden", "Forbidden", None)
    }

    pub(super) fn not_found() -> Self {
        Self::error(404, "resource_not_found", "Resource Not Found", None)
    }

    pub(super) fn too_large() -> Self {
        Self::error(413, "request_too_large", "Request Entity Too Large", None)
    }

    /// Too fast; whether and where a wait is told is a switch.
    pub(super) fn too_many(header: Option<u64>, details: Option<u64>) -> Self {
        let details = details.map(|wait| object(&[("retry_after", wait.to_string())]));
        let code = "http_too_many_requests";
        Self {
            retry_after: header,
            ..Self::error(429, code, "Too Many Requests", details)
        }
    }

    pub(super) fn into_http(self) -> http::Response<Bytes> {
        let mut built = http::Response::builder()
            .status(self.status)
            .header("content-type", "application/json; charset=utf-8");
        if let Some(wait) = self.retry_after {
            built = built.header("retry-after", HeaderValue::from(wait));
        }
        built.body(Bytes::from(self.body)).unwrap_or_default()
    }
}

/// A call of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Properties,
    RatePlans,
    ReadRestrictions,
    WriteRestrictions,
}

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Asked {
    /// What is served here; `None` for everything else.
    pub(super) call: Option<Call>,
    pub(super) key: Option<String>,
    query: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn of(request: &http::Request<Bytes>) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let key = request.headers().get("user-api-key");
        Self {
            call: call(request.method(), request.uri().path()),
            key: key.and_then(|key| Some(key.to_str().ok()?.to_owned())),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// A query argument; the last one counts, and an empty one is none.
    pub(super) fn argument(&self, name: &str) -> Option<&str> {
        let mut all = self.query.iter().rev();
        let (_, value) = all.find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }
}

fn call(method: &Method, path: &str) -> Option<Call> {
    Some(match (method, path) {
        (&Method::GET, "/api/v1/properties") => Call::Properties,
        (&Method::GET, "/api/v1/rate_plans") => Call::RatePlans,
        (&Method::GET, "/api/v1/restrictions") => Call::ReadRestrictions,
        (&Method::POST, "/api/v1/restrictions") => Call::WriteRestrictions,
        _ => return None,
    })
}
