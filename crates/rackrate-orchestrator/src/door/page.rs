//! What a browser is shown: a sentence, and nothing that came with it.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

use crate::flow::creds::install::answer::Came;

const STRANGER: &str = "This is not an answer that rackrate waits for.";
const CROWDED: &str = "Too many people came at once. Wait a minute and load this page again.";
const LATER: &str = "rackrate has your answer and goes on with it as soon as other work is \
    done. You can close this window; the team that runs rackrate is told how it ends.";
const STOPPED: &str = "rackrate is being stopped and has not used your answer. Wait a minute \
    and load this page again.";
const DONE: &str = "rackrate has what it needs. You can close this window.";
const DENIED: &str = "The vendor said no; rackrate tells why. You can close this window.";
const CONNECTED: &str = "Thank you, rackrate is connected. You can close this window.";
const PENDING: &str = "Thank you. Somebody of the team that runs rackrate confirms the \
    connection now; you can close this window.";
const DECLINED: &str = "Nothing was connected, because consent was not given. You can close \
    this window.";
const FAILED: &str = "The connection could not be finished. Ask whoever invited you for a new \
    link, or begin again.";
const USED: &str = "This link was used before. If that was you, there is nothing more to do; \
    else ask whoever invited you for a new one.";
const EXPIRED: &str = "This link is too old. Ask whoever invited you for a new one.";

/// Large enough on a telephone, and dark where the reader has it dark.
const STYLE: &str = ":root{color-scheme:light dark}main{font:1.125rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1.5rem}";

/// Nothing is loaded or run, and only [`STYLE`] is applied, which it names by its digest.
const POLICY: &str = "default-src 'none'; style-src 'sha256-AKjwNprOwwF9YqM5kDBJtx7Sef4xuaBpC6SDEHTWOrw='; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// A status and a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page(StatusCode, &'static str);

impl Page {
    /// For those who find no room.
    pub(crate) const CROWDED: Self = Self(StatusCode::SERVICE_UNAVAILABLE, CROWDED);
    /// For those who wait longer than a browser should.
    pub(crate) const LATER: Self = Self(StatusCode::ACCEPTED, LATER);
    /// For those whose turn does not come any more.
    pub(crate) const STOPPED: Self = Self(StatusCode::SERVICE_UNAVAILABLE, STOPPED);

    /// For those whose answer is taken to a terminal, where somebody waits for it.
    pub(crate) const DONE: Self = Self(StatusCode::OK, DONE);
    /// The same where the answer is no.
    pub(crate) const DENIED: Self = Self(StatusCode::OK, DENIED);
    /// For those whom nobody waits for.
    pub(crate) const STRANGER: Self = Self(StatusCode::BAD_REQUEST, STRANGER);

    /// What a visit is told about what it came to.
    pub(crate) fn of(came: &Came) -> Self {
        match came {
            Came::Connected(_) => Self(StatusCode::OK, CONNECTED),
            Came::Pending(_) => Self(StatusCode::OK, PENDING),
            Came::Declined(_) => Self(StatusCode::OK, DECLINED),
            Came::Failed(_) => Self(StatusCode::BAD_GATEWAY, FAILED),
            Came::Used => Self(StatusCode::GONE, USED),
            Came::Expired => Self(StatusCode::GONE, EXPIRED),
            Came::Crowded => Self(StatusCode::TOO_MANY_REQUESTS, CROWDED),
            Came::Unused => Self::STOPPED,
            Came::Stranger(_) => Self::STRANGER,
        }
    }

    /// A stranger's page with a status that says more.
    pub(super) fn stranger(status: StatusCode) -> Self {
        Self(status, STRANGER)
    }

    /// What is shown where something here went wrong.
    pub(crate) fn fault() -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, FAILED)
    }

    /// The page. Its address has the code in it, so nobody may keep it or be told of it.
    pub(super) fn rendered(self) -> Response<Full<Bytes>> {
        let Self(status, words) = self;
        let html = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>rackrate</title><style>{STYLE}</style><main><p>{words}</p></main></html>"
        );
        let mut response = Response::new(Full::new(Bytes::from(html)));
        *response.status_mut() = status;
        for (name, value) in [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            let headers = response.headers_mut();
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_policy_lets_the_style_in() {
        let digest = STANDARD.encode(Sha256::digest(STYLE));
        assert!(POLICY.contains(&format!("'sha256-{digest}'")), "{digest}");
    }
}
