//! The one error of the seam: what went wrong at a vendor, and whether it may have acted.
//!
//! The kind decides what the engine does next; the delivery decides whether it may send
//! again. Texts from vendors pass [`crate::words`] here, once, so that nothing later can
//! print a page of HTML, a terminal escape or a guest. Causes are kept as words, too: a parser's
//! error quotes what it could not read, and `Debug` would show it.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::exchange::Operation;
use crate::ids::Vendor;
pub use crate::words::{TEXT_LIMIT, clean};

/// What kind of failure it was, small enough to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The credential was refused.
    Unauthenticated {
        /// False where the vendor also answers so for other causes; such an answer earns
        /// one fresh token at most.
        certain: bool,
    },
    /// The grant is dead; a person has to connect again.
    Reconnect,
    /// The property has disconnected us; whether it comes back is its decision.
    Disconnected,
    /// Whoever approved the connection is no user of the property any more; another one has to.
    ApproverLeft,
    /// The vendor has suspended the client: nothing that is sent in its name is served, with
    /// whatever grant.
    Suspended,
    /// What was granted does not cover the operation.
    Unscoped,
    /// The credential is good but may not do this.
    Forbidden,
    /// Too many requests.
    Throttled,
    /// The vendor or the way to it is out of order for now.
    Unavailable,
    /// No answer within the deadline.
    TimedOut,
    /// The vendor refused the content; sending the same again is pointless.
    Rejected,
    /// The answer cannot be understood.
    Malformed,
    /// The configuration is wrong, for example a secret is missing.
    Misconfigured,
    /// We asked for something the adapter cannot do: a fault of this program.
    Bug,
}

impl ErrorKind {
    /// Whether a person has to connect the account again, because the grant is worth nothing
    /// any more.
    pub fn ends_grant(self) -> bool {
        matches!(
            self,
            Self::Reconnect | Self::Disconnected | Self::ApproverLeft
        )
    }
}

/// Whether the vendor may have acted on the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It never left: sending it again is safe.
    NotSent,
    /// It left and no clear answer came: ask the vendor's idempotency guarantee first.
    Unknown,
    /// The vendor answered no.
    Refused,
}

/// A failure at the seam.
///
/// `Display` states vendor, operation, kind, code and text, never the source.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    delivery: Delivery,
    vendor: Vendor,
    operation: Operation,
    code: Option<String>,
    text: String,
    retry_after: Option<Duration>,
    source: Option<Cause>,
}

/// What caused a failure, in words that are clean.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
struct Cause {
    words: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        Self {
            words: match error.downcast_ref::<serde_json::Error>() {
                Some(error) => of_json(error),
                None => clean(&error.to_string()),
            },
            source: error.source().map(|source| Box::new(Self::of(source))),
        }
    }
}

/// A parser's complaint by its place, because its own words quote the answer.
fn of_json(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Data => "a value of another form",
        Category::Eof => "the end of the text too early",
        Category::Syntax | Category::Io => "no JSON",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}

/// The result of everything an adapter parses or builds.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure that never left; see [`Error::with_delivery`].
    pub fn new(
        kind: ErrorKind,
        vendor: &Vendor,
        operation: Operation,
        text: impl AsRef<str>,
    ) -> Self {
        Self {
            kind,
            delivery: Delivery::NotSent,
            vendor: vendor.clone(),
            operation,
            code: None,
            text: clean(text.as_ref()),
            retry_after: None,
            source: None,
        }
    }

    /// A fault of this program: what the vendor cannot be asked, or may not be told.
    pub fn bug(vendor: &Vendor, operation: Operation, text: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::Bug, vendor, operation, text)
    }

    /// An answer that cannot be understood, and so may hide a success.
    pub fn malformed(vendor: &Vendor, operation: Operation, text: impl AsRef<str>) -> Self {
        Self::new(ErrorKind::Malformed, vendor, operation, text).with_delivery(Delivery::Unknown)
    }

    /// States whether the vendor may have acted. Default: not sent.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Adds the vendor's own code, cut and cleaned.
    #[must_use]
    pub fn with_code(mut self, code: impl AsRef<str>) -> Self {
        self.code = Some(clean(code.as_ref()));
        self
    }

    /// Adds the vendor's own code where it gave one.
    #[must_use]
    pub fn with_code_if(self, code: Option<impl AsRef<str>>) -> Self {
        match code {
            Some(code) => self.with_code(code),
            None => self,
        }
    }

    /// Adds how long the vendor asks us to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Adds the cause in clean words, for the chain that the command line prints.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(Cause::of(source.into().as_ref()));
        self
    }

    /// What kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the vendor may have acted.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Whose answer it was.
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// What was tried.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The vendor's code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The vendor's words or ours, at most [`TEXT_LIMIT`] characters.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How long the vendor asks us to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.vendor, self.operation, self.kind)?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        write!(f, ": {}", self.text)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthenticated { certain: true } => "Unauthenticated",
            Self::Unauthenticated { certain: false } => "Unauthenticated?",
            Self::Reconnect => "Reconnect",
            Self::Disconnected => "Disconnected",
            Self::ApproverLeft => "ApproverLeft",
            Self::Suspended => "Suspended",
            Self::Unscoped => "Unscoped",
            Self::Forbidden => "Forbidden",
            Self::Throttled => "Throttled",
            Self::Unavailable => "Unavailable",
            Self::TimedOut => "TimedOut",
            Self::Rejected => "Rejected",
            Self::Malformed => "Malformed",
            Self::Misconfigured => "Misconfigured",
            Self::Bug => "Bug",
        })
    }
}

/// What a status that is no success means by HTTP alone (RFC 9110, and 429 of RFC 6585), and
/// whether the vendor may have acted. An adapter puts before it what its vendor means
/// otherwise.
///
/// The last arm is the cautious one: what is not understood may have been done.
pub fn by_status(status: StatusCode) -> (ErrorKind, Delivery) {
    use Delivery::{Refused, Unknown};
    match status.as_u16() {
        401 => (ErrorKind::Unauthenticated { certain: true }, Refused),
        403 => (ErrorKind::Forbidden, Refused),
        429 => (ErrorKind::Throttled, Refused),
        408 | 500.. => (ErrorKind::Unavailable, Unknown),
        400..=499 => (ErrorKind::Rejected, Refused),
        _ => (ErrorKind::Malformed, Unknown),
    }
}

/// The words of an error's first cause: it says what happened, the layers above only say where.
/// They are as the cause has them, so whoever shows them beside a vendor's answer cleans them.
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_no_is_a_refusal() {
        let delivery = |status| by_status(StatusCode::from_u16(status).unwrap()).1;
        for clear in [400, 401, 403, 404, 409, 422, 429, 499] {
            assert_eq!(delivery(clear), Delivery::Refused, "{clear}");
        }
        for unclear in [100, 200, 204, 302, 304, 408, 500, 502, 503, 504, 599, 999] {
            assert_eq!(delivery(unclear), Delivery::Unknown, "{unclear}");
        }
    }

    #[test]
    fn a_cause_says_where_and_never_what_it_could_not_read() {
        let body = r#"{"guest":"Maria Santos"}"#;
        let unread = serde_json::from_str::<std::collections::BTreeMap<String, u64>>(body);
        let vendor = Vendor::constant("acme");
        let error = Error::malformed(&vendor, Operation::Read, "the answer is no list")
            .with_source(unread.unwrap_err());
        let source = std::error::Error::source(&error).unwrap();
        insta::assert_snapshot!(source, @"a value of another form at line 1 column 23");
        assert!(!format!("{error:?}").contains("Maria"));
    }

    #[test]
    fn display_says_who_what_and_why() {
        let vendor = Vendor::new("acme").unwrap();
        let error = Error::new(ErrorKind::Throttled, &vendor, Operation::Push, "status 429")
            .with_code("too_many")
            .with_retry_after(Some(Duration::from_secs(7)));
        insta::assert_snapshot!(error, @"acme push rates: Throttled (too_many): status 429");
    }
}
