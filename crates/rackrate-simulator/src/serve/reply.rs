//! What goes back over a connection, whole or cut, and the error that breaks one.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::body::{Body, Frame, SizeHint};
use serde::Serialize;

/// The connection is broken on purpose, and with a reset, as a failing network does it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is reset on purpose")]
pub(super) struct Reset;

/// An answer's body was cut on purpose.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the answer is cut on purpose")]
pub(super) struct Cut;

/// An answer's body.
#[derive(Debug)]
pub(super) struct Reply {
    rest: Bytes,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    /// What was handed over has to leave before the connection breaks.
    Flush,
    Broken,
}

impl Reply {
    pub(super) fn whole(body: impl Into<Bytes>) -> Self {
        let (rest, end) = (body.into(), End::Whole);
        Self { rest, end }
    }
}

/// A short answer of the host's own.
pub(super) fn text(status: u16, kind: &'static str, body: &'static str) -> http::Response<Bytes> {
    typed(status, kind, Bytes::from_static(body.as_bytes()))
}

/// An answer in JSON.
pub(super) fn json(status: u16, value: &impl Serialize) -> http::Response<Bytes> {
    match serde_json::to_vec(value) {
        Ok(body) => typed(status, "application/json", body.into()),
        Err(_) => text(500, "text/plain", "the answer cannot be written as JSON"),
    }
}

fn typed(status: u16, kind: &'static str, body: Bytes) -> http::Response<Bytes> {
    let mut response = http::Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The answer with half of its body: the head still promises all of it.
pub(super) fn cut(response: http::Response<Bytes>) -> http::Response<Reply> {
    let (mut parts, mut body) = response.into_parts();
    let length = HeaderValue::from(body.len());
    parts.headers.insert(CONTENT_LENGTH, length);
    body.truncate(body.len() / 2);
    let (rest, end) = (body, End::Flush);
    http::Response::from_parts(parts, Reply { rest, end })
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if !self.rest.is_empty() {
            let data = std::mem::take(&mut self.rest);
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::Broken => Poll::Ready(Some(Err(Cut))),
            End::Flush => {
                self.end = End::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.end == End::Whole
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            End::Whole => SizeHint::with_exact(self.rest.len() as u64),
            End::Flush | End::Broken => SizeHint::default(),
        }
    }
}

/// No answer, for as long as the client waits.
pub(super) async fn hang() -> Infallible {
    std::future::pending().await
}
