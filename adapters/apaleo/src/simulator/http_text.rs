//! Answers as the vendor words them, and the little of HTTP that requests need.

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;

/// An answer before it gets its tracking id.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: u16,
    body: String,
    headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(super) fn json(status: u16, body: &impl Serialize) -> Self {
        Self {
            // Text keys and plain values only, so there is nothing that cannot be written.
            body: serde_json::to_string(body).unwrap_or_default(),
            ..Self::empty(status)
        }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            body: String::new(),
            headers: Vec::new(),
        }
    }

    /// A refusal in sentences, as of a validation or a rule of the business.
    pub(super) fn messages(status: u16, messages: &[String]) -> Self {
        Self::json(status, &json!({ "messages": messages }))
    }

    pub(super) fn invalid(message: &str) -> Self {
        Self::messages(422, &[message.to_owned()])
    }

    /// A refusal of the identity server.
    pub(super) fn oauth(error: &str) -> Self {
        Self::json(400, &json!({ "error": error }))
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(super) fn into_http(self, tracking_id: &str) -> http::Response<Bytes> {
        let json = !self.body.is_empty();
        let mut response = http::Response::new(Bytes::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if json {
            let kind = HeaderValue::from_static("application/json; charset=utf-8");
            headers.insert(http::header::CONTENT_TYPE, kind);
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        if let Ok(id) = HeaderValue::from_str(tracking_id) {
            headers.insert("apaleo-tracking-id", id);
        }
        response
    }
}

/// The one value of a header; `None` when it is missing, repeated or not plain text.
pub(super) fn header<'a>(request: &'a http::Request<Bytes>, name: &str) -> Option<&'a str> {
    let mut values = request.headers().get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        return None;
    }
    first.to_str().ok()
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

/// A path segment as it was before it was encoded; `None` where that cannot be told.
pub(super) fn decoded(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        plain.push(match byte {
            b'%' => u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?,
            other => other,
        });
    }
    String::from_utf8(plain).ok()
}
