//! One span for each attempt: who, what, where to, and how it ended.
//!
//! Invariant: headers and bodies never enter a span, and an address only without persons,
//! because a vendor may choose the cursor in it. The one header recorded is the vendor's own
//! name for the request.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use rackrate_core::error::clean;
use rackrate_core::exchange::Response;
use rackrate_core::words::without_persons;
use tokio::time::Instant;
use tower::Service;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::{About, Call, Fault};

#[derive(Clone, Debug)]
pub(super) struct Spanned<S>(pub(super) S);

impl<S> Service<Call> for Spanned<S>
where
    S: Service<Call, Response = Response, Error = Fault>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Fault>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let span = span(&call);
        let trace_header = call.about.trace_header;
        let attempt = span.in_scope(|| self.0.call(call));
        let told = async move {
            let began = Instant::now();
            let result = attempt.await;
            record(&Span::current(), &result, trace_header);
            Span::current().record("latency_ms", began.elapsed().as_millis());
            tracing::debug!("attempt ended");
            result
        };
        Box::pin(told.instrument(span))
    }
}

fn span(call: &Call) -> Span {
    let About {
        id,
        vendor,
        connection,
        property,
        operation,
        url,
        ..
    } = call.about.as_ref();
    tracing::info_span!(
        "vendor_request",
        correlation_id = %id,
        %vendor,
        %connection,
        property = property.as_ref().map(tracing::field::display),
        %operation,
        http.request.method = %call.request.method(),
        url.full = %without_persons(url.as_str()),
        http.response.status_code = Empty,
        vendor_request_id = Empty,
        error.type = Empty,
        latency_ms = Empty,
    )
}

fn record(span: &Span, result: &Result<Response, Fault>, trace_header: Option<&str>) {
    match result {
        Ok(response) => {
            span.record("http.response.status_code", response.status.as_u16());
            if let Some(id) = trace_header.and_then(|name| response.header(name)) {
                span.record("vendor_request_id", clean(id));
            }
        }
        Err(fault) => {
            span.record("error.type", fault.outcome());
        }
    }
}
