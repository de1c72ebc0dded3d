//! Requests taken apart, and answers as HTTP.

use bytes::Bytes;

use super::json::{object, text};

/// An answer before it gets its request id.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    pub(super) fn json(status: u16, body: String) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body,
        }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn into_http(self, request_id: &str, head: bool) -> http::Response<Bytes> {
        let mut built = http::Response::builder()
            .status(self.status)
            .header("x-request-id", request_id);
        for (name, value) in &self.headers {
            built = built.header(*name, value);
        }
        let body = if head { String::new() } else { self.body };
        built.body(Bytes::from(body)).unwrap_or_default()
    }
}

/// The body of a refusal; whether its status is a number or a text differs.
pub(super) fn problem(status: u16, as_text: bool, code: &str, detail: &str) -> String {
    let number = match as_text {
        true => text(&status.to_string()),
        false => status.to_string(),
    };
    object(&[
        ("type", text("about:blank")),
        ("title", text("Unable to process request.")),
        ("status", number),
        ("detail", text(detail)),
        ("o:errorCode", text(code)),
    ])
}

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Asked {
    request: http::Request<Bytes>,
    /// The path's segments, decoded.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn of(request: http::Request<Bytes>) -> Self {
        let path = request.uri().path().trim_start_matches('/');
        let query = request.uri().query().unwrap_or_default();
        Self {
            path: path.split('/').map(decoded).collect(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            request,
        }
    }

    pub(super) fn method(&self) -> &str {
        self.request.method().as_str()
    }

    pub(super) fn is_head(&self) -> bool {
        self.method() == "HEAD"
    }

    pub(super) fn body(&self) -> &Bytes {
        self.request.body()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// Whether the body is said to be of that type, whatever its character set.
    pub(super) fn is_of_type(&self, kind: &str) -> bool {
        let said = self.header("content-type").unwrap_or_default();
        said.split(';').next().map(str::trim) == Some(kind)
    }

    /// The first value of a query pair.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut found = self.query.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// A field of a form.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.body())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The address under which the gateway was reached.
    pub(super) fn gateway(&self) -> String {
        let uri = self.request.uri();
        let host = uri.authority().map(|host| host.as_str());
        let host = host.or_else(|| self.header("host")).unwrap_or("localhost");
        format!("{}://{host}", uri.scheme_str().unwrap_or("http"))
    }

    /// The path as it came.
    pub(super) fn raw_path(&self) -> &str {
        self.request.uri().path()
    }
}

fn decoded(segment: &str) -> String {
    // A plus stands for itself in a path.
    let pair = format!("x={}", segment.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
