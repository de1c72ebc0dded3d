//! Requests as fields and answers as HTTP.

use bytes::Bytes;

use super::form::Tree;
use super::json::{flag, object, text};

/// Of this version only the way to tokens is left.
const OLD: &str = "/api/v1.1/";

/// An answer before it gets its request id.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) json: bool,
    pub(super) body: String,
    /// Where a browser goes from here.
    pub(super) location: Option<String>,
}

impl Answer {
    pub(super) fn json(status: u16, body: String) -> Self {
        Self {
            status,
            json: true,
            body,
            location: None,
        }
    }

    /// A failure of the usual kind: status 200.
    pub(super) fn failure(message: &str) -> Self {
        let fields = [("success", flag(false)), ("message", text(message))];
        Self::json(200, object(&fields))
    }

    pub(super) fn unknown_method() -> Self {
        let fields = [("status", flag(false)), ("error", text("Unknown method."))];
        Self::json(404, object(&fields))
    }

    pub(super) fn page_not_found() -> Self {
        Self {
            status: 404,
            json: false,
            body: "<!DOCTYPE html><html><body>Not found</body></html>".to_owned(),
            location: None,
        }
    }

    /// Sends a browser back to whoever sent it.
    pub(super) fn redirect(location: &str) -> Self {
        Self {
            status: 302,
            json: false,
            body: String::new(),
            location: Some(location.to_owned()),
        }
    }

    pub(super) fn into_http(self, request_id: &str) -> http::Response<Bytes> {
        let kind = if self.json {
            "application/json"
        } else {
            "text/html"
        };
        let mut built = http::Response::builder();
        if let Some(location) = self.location {
            built = built.header("location", location);
        }
        let built = built
            .status(self.status)
            .header("content-type", kind)
            .header("x-request-id", request_id)
            .body(Bytes::from(self.body));
        built.unwrap_or_default()
    }
}

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) write: bool,
    pub(super) method: String,
    /// Query of a read, form of a write.
    pub(super) fields: Tree,
    pub(super) query: Tree,
    pub(super) property_header: Option<String>,
    /// A key in its own header, or whatever came as bearer.
    pub(super) credential: Option<String>,
    pub(super) bearer: Option<String>,
    /// Where the API was reached, for links.
    pub(super) base: String,
}

impl Asked {
    /// Takes it apart; `None` for a path outside the API.
    pub(super) fn of(request: &http::Request<Bytes>) -> Option<Self> {
        let path = request.uri().path();
        let version = ["/api/v1.3/", "/api/v1.2/", OLD]
            .into_iter()
            .find(|prefix| path.starts_with(prefix))?;
        let method = path[version.len()..].to_owned();
        if version == OLD && !["oauth", "access_token"].contains(&method.as_str()) {
            return None;
        }
        let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
        let bearer = header("authorization")
            .and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
        let query = Tree::of_form(request.uri().query().unwrap_or_default().as_bytes());
        let write = request.method() == http::Method::POST;
        let json = header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        let fields = match (write, json) {
            (false, _) => query.clone(),
            (true, false) => Tree::of_form(request.body()),
            // Only this method reads JSON; the others see no fields in it.
            (true, true) if method == "patchRate" => std::str::from_utf8(request.body())
                .ok()
                .and_then(Tree::of_json)
                .unwrap_or_default(),
            (true, true) => Tree::default(),
        };
        Some(Self {
            write,
            method,
            fields,
            query,
            property_header: header("x-property-id"),
            credential: header("x-api-key").or_else(|| bearer.clone()),
            bearer,
            base: base(request, version),
        })
    }
}

fn base(request: &http::Request<Bytes>, version: &str) -> String {
    let uri = request.uri();
    let host = request
        .headers()
        .get("host")
        .and_then(|host| host.to_str().ok());
    let host = uri.authority().map(|host| host.as_str()).or(host);
    let scheme = uri.scheme_str().unwrap_or("http");
    format!("{scheme}://{}{version}", host.unwrap_or("localhost"))
}
