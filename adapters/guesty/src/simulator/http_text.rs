//! Answers in the vendor's words, and the little of HTTP that requests need.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::json::{array, object, text};

/// What the vendor says to a token it does not accept.
const NO_PERMISSION: &str = "You don't have permission to access, please contact Guesty support.";

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Answer {
    pub(super) fn json(status: u16, body: String) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }

    /// RFC 6749's refusal of a token.
    pub(super) fn no_token(status: u16, error: &str, description: &str) -> Self {
        let fields = [
            ("error", text(error)),
            ("error_description", text(description)),
        ];
        Self::json(status, object(&fields))
    }

    pub(super) fn no_permission(status: u16) -> Self {
        Self::json(status, object(&[("message", text(NO_PERMISSION))]))
    }

    pub(super) fn too_many(wait_seconds: u64) -> Self {
        Self::json(429, object(&[("message", text("Too Many Requests"))]))
            .with("Retry-After", wait_seconds.to_string())
    }

    pub(super) fn no_route() -> Self {
        Self::json(404, object(&[("message", text("Not Found"))]))
    }

    pub(super) fn no_listing(listing: &str, request_id: &str) -> Self {
        let fields = [
            ("message", text("Listing not found")),
            ("code", text("LISTING_NOT_FOUND")),
            ("data", object(&[("listingId", text(listing))])),
            ("requestId", text(request_id)),
        ];
        Self::json(404, object(&fields))
    }

    pub(super) fn no_complex() -> Self {
        let inner = [
            ("message", text("Not Found")),
            ("status", "404".to_owned()),
            ("data", text("Could not find complex")),
        ];
        Self::json(404, object(&[("error", object(&inner))]))
    }

    pub(super) fn invalid(fault: &Fault, request_id: &str) -> Self {
        let (field, kind) = (&fault.field, &fault.kind);
        let said = format!("{field:?} {}", fault.reason);
        let context = object(&[("key", text(field)), ("label", text(field))]);
        let detail = object(&[
            ("message", text(&said)),
            ("path", array(&[text(field)])),
            ("type", text(kind)),
            ("context", context),
        ]);
        let message = format!("child {field:?} fails because [{said}]");
        let fields = [
            ("message", text(&message)),
            ("code", text("ValidationError")),
            ("details", array(&[detail])),
            ("requestId", text(request_id)),
        ];
        Self::json(422, object(&fields))
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn into_http(self) -> http::Response<Bytes> {
        let mut response = http::Response::new(Bytes::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        let headers = response.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, kind);
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    field: String,
    reason: String,
    kind: String,
}

impl Fault {
    pub(super) fn new(field: &str, reason: &str, kind: &str) -> Self {
        Self {
            field: field.to_owned(),
            reason: reason.to_owned(),
            kind: kind.to_owned(),
        }
    }

    pub(super) fn required(field: &str) -> Self {
        Self::new(field, "is required", "any.required")
    }
}

/// The one value of a header; `None` when it is missing, repeated or not plain text.
pub(super) fn header<'a>(request: &'a http::Request<Bytes>, name: &str) -> Option<&'a str> {
    let mut values = request.headers().get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => first.to_str().ok(),
        Some(_) => None,
    }
}

/// Whether the body is declared as of that type, parameters aside.
pub(super) fn is_of_type(request: &http::Request<Bytes>, kind: &str) -> bool {
    header(request, "content-type")
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(kind))
}

/// The one value of a query or form field; `None` when it is missing or repeated.
pub(super) fn field(encoded: &[u8], name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(encoded).filter(|(key, _)| key == name);
    let first = values.next()?.1.into_owned();
    values.next().is_none().then_some(first)
}

/// The one value of a query pair.
pub(super) fn query(request: &http::Request<Bytes>, name: &str) -> Option<String> {
    field(request.uri().query().unwrap_or_default().as_bytes(), name)
}

/// A segment of a path, decoded; `None` where it cannot be.
pub(super) fn decoded(segment: &str) -> Option<String> {
    let (bytes, mut out, mut at) = (segment.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%' {
            let digits = segment.get(at + 1..at + 3)?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}
