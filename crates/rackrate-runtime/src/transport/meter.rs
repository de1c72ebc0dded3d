//! Counts attempts and how long they took.
//!
//! Labels have few values each: no property, address or code of a vendor is one.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use rackrate_core::exchange::{Operation, Response};
use tokio::time::Instant;
use tower::Service;

use super::{Call, Fault};

const REQUESTS: &str = "rackrate_vendor_requests_total";
const DURATION: &str = "rackrate_vendor_request_duration_seconds";

/// Tells the installed recorder what the transport's metrics mean.
pub fn describe() {
    metrics::describe_counter!(
        REQUESTS,
        "Attempts to vendors, by status class or by the way they failed"
    );
    metrics::describe_histogram!(
        DURATION,
        metrics::Unit::Seconds,
        "Time from the start of an attempt to the last byte of its answer"
    );
}

#[derive(Clone, Debug)]
pub(super) struct Metered<S>(pub(super) S);

impl<S> Service<Call> for Metered<S>
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
        let vendor = call.about.vendor.to_string();
        let operation = label(call.about.operation);
        let attempt = self.0.call(call);
        Box::pin(async move {
            let began = Instant::now();
            let result = attempt.await;
            metrics::counter!(REQUESTS, "vendor" => vendor.clone(), "operation" => operation, "outcome" => outcome(&result)).increment(1);
            metrics::histogram!(DURATION, "vendor" => vendor, "operation" => operation)
                .record(began.elapsed());
            result
        })
    }
}

fn label(operation: Operation) -> &'static str {
    match operation {
        Operation::Token => "token",
        Operation::Discover => "discover",
        Operation::Read => "read",
        Operation::Push => "push",
        Operation::Restrict => "restrict",
        Operation::Poll => "poll",
        Operation::LookUp => "look_up",
    }
}

fn outcome(result: &Result<Response, Fault>) -> &'static str {
    match result {
        Ok(response) => match response.status.as_u16() {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            429 => "429",
            400..=499 => "4xx",
            _ => "5xx",
        },
        Err(fault) => fault.outcome(),
    }
}
