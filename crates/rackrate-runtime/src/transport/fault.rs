//! How an attempt can end without a whole answer.
//!
//! Invariant: only what certainly never left is [`Delivery::NotSent`].

use std::time::Duration;

use rackrate_core::error::{Delivery, ErrorKind, innermost};
use tower::BoxError;
use tower::timeout::error::Elapsed;

use crate::engine::types::Failure;

/// Why no whole answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The name was not found, nobody listens there, or the TLS handshake failed.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The request cannot be put on the wire at all: a fault of this program.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
    /// The deadline of the attempt passed; it may have left.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The connection broke after the request may have left.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// An answer came and is larger than is read.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

impl Fault {
    /// What kind of failure it is to the engine.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoConnection(_) | Self::Broken(_) => ErrorKind::Unavailable,
            Self::Unsendable(_) => ErrorKind::Bug,
            Self::TimedOut(_) => ErrorKind::TimedOut,
            Self::TooLarge(_) => ErrorKind::Malformed,
        }
    }

    /// Whether the vendor may have acted.
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::NoConnection(_) | Self::Unsendable(_) => Delivery::NotSent,
            Self::TimedOut(_) | Self::Broken(_) | Self::TooLarge(_) => Delivery::Unknown,
        }
    }

    /// A word for metrics.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::NoConnection(_) => "no_connection",
            Self::Unsendable(_) => "unsendable",
            Self::TimedOut(_) => "timed_out",
            Self::Broken(_) => "broken",
            Self::TooLarge(_) => "too_large",
        }
    }

    /// What the engine is told. A body too large is an answer all the same, so it frees
    /// its allowance at once.
    pub fn failure(&self) -> Failure {
        Failure {
            kind: self.kind(),
            delivery: self.delivery(),
            answered: matches!(self, Self::TooLarge(_)),
            code: String::new(),
            text: self.to_string(),
            retry_after: None,
        }
    }

    pub(super) fn of_deadline(error: BoxError, deadline: Duration) -> Self {
        match error.downcast::<Self>() {
            Ok(fault) => *fault,
            Err(error) if error.is::<Elapsed>() => Self::TimedOut(deadline),
            Err(error) => Self::Broken(innermost(error.as_ref())),
        }
    }
}

impl From<rackrate_web::Fault> for Fault {
    fn from(fault: rackrate_web::Fault) -> Self {
        use rackrate_web::Fault as Of;
        match fault {
            Of::NoConnection(cause) => Self::NoConnection(cause),
            Of::Unsendable(cause) => Self::Unsendable(cause),
            Of::Broken(cause) => Self::Broken(cause),
            // The deadline of an attempt is another layer's; this is the system's patience.
            Of::TimedOut => Self::Broken(fault.to_string()),
        }
    }
}
