//! Reads answers whole, but no larger than allowed.
//!
//! Counted are the bytes after decompression, as they come, so that a small compressed
//! answer cannot fill the memory.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use rackrate_core::error::innermost;
use rackrate_core::exchange::Response;
use tower::Service;

use super::{Bounds, Call, Fault};

/// Takes calls, gives whole responses.
#[derive(Clone, Debug)]
pub(super) struct Capped<S> {
    inner: S,
    bounds: Bounds,
}

impl<S> Capped<S> {
    pub(super) fn new(inner: S, bounds: Bounds) -> Self {
        Self { inner, bounds }
    }
}

impl<S, B> Service<Call> for Capped<S>
where
    S: Service<http::Request<Bytes>, Response = http::Response<B>, Error = Fault>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    type Response = Response;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Fault>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let limit = self.bounds.answer_to(call.about.operation);
        let answer = self.inner.call(call.request);
        Box::pin(async move {
            let (head, body) = answer.await?.into_parts();
            let body = Limited::new(body, limit).collect().await;
            Ok(Response {
                status: head.status,
                headers: head.headers,
                body: body.map_err(|error| fault(error, limit))?.to_bytes(),
            })
        })
    }
}

fn fault(error: tower::BoxError, limit: usize) -> Fault {
    if error.is::<LengthLimitError>() {
        return Fault::TooLarge(limit);
    }
    Fault::Broken(innermost(error.as_ref()))
}
