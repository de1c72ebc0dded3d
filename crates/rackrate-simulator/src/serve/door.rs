//! A vendor's port: one request on its way to the simulator and back, with its fate.
//!
//! Invariant: what arrived stays arrived. A client that goes away takes nothing back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderValue, RETRY_AFTER};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::sync::oneshot;

use super::reply::{self, Reply, Reset};
use super::tasks::Tasks;
use super::vendor::Vendor;
use crate::faults::Fate;

/// The longest body that a request may have.
const LONGEST: usize = 16 * 1024 * 1024;

type Answer = Result<http::Response<Reply>, Reset>;

/// The way into one simulator.
#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) vendor: Arc<Vendor>,
    pub(super) tasks: Tasks,
}

impl Door {
    pub(super) async fn handle(self, request: http::Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let method = parts.method.as_str().to_owned();
        let path = as_sent(&parts.uri);
        let (fate, late) = self
            .vendor
            .look(|inner, _| inner.rules.draw(&method, parts.uri.path()));
        let body = match fate {
            Fate::NoConnection => Err(None),
            _ => read(body).await,
        };
        let number = self.vendor.note(&method, &path, fate);
        match body {
            Ok(body) => {
                let mut request = http::Request::from_parts(parts, body);
                if let Ok(uri) = path.parse() {
                    *request.uri_mut() = uri;
                }
                self.meet(fate, late, number, request).await
            }
            Err(Some(refusal)) => Ok(self.told(number, refusal)),
            Err(None) => Err(Reset),
        }
    }

    async fn meet(
        self,
        fate: Fate,
        late: Duration,
        number: u64,
        request: http::Request<Bytes>,
    ) -> Answer {
        match fate {
            Fate::NoConnection | Fate::ResetBefore => Err(Reset),
            Fate::RequestLost => match reply::hang().await {},
            Fate::Late => self.late(late, number, request).await,
            Fate::ErrorBefore => Ok(self.told(number, gateway(503))),
            Fate::Throttled => Ok(self.told(number, throttled())),
            Fate::Fine
            | Fate::AnswerLost
            | Fate::ResetAfter
            | Fate::ErrorAfter
            | Fate::Truncated
            | Fate::Html => self.pass(fate, number, request).await,
        }
    }

    async fn pass(self, fate: Fate, number: u64, request: http::Request<Bytes>) -> Answer {
        let (hand_over, answered) = oneshot::channel();
        self.deliver(number, request, hand_over);
        let answer = answered.await.map_err(|_| Reset)?;
        match fate {
            Fate::AnswerLost => match reply::hang().await {},
            Fate::ResetAfter => Err(Reset),
            Fate::ErrorAfter => Ok(self.told(number, gateway(502))),
            Fate::Truncated => {
                self.noted(number, answer.status());
                Ok(reply::cut(self.planted(answer)))
            }
            Fate::Html => Ok(self.told(number, page())),
            _ => Ok(self.told(number, answer)),
        }
    }

    /// Gives the request to the simulator now, and fetches the answer when it is ready,
    /// whether or not somebody still waits for it.
    fn deliver(
        &self,
        number: u64,
        request: http::Request<Bytes>,
        hand_over: oneshot::Sender<http::Response<Bytes>>,
    ) {
        let vendor = Arc::clone(&self.vendor);
        let ready = vendor.arrive(number, request);
        self.tasks.spawn(async move {
            vendor.clock.until(ready).await;
            let answer = vendor.look(|inner, now| inner.simulator.answer(number, now));
            // Nobody takes it when the client is gone; the vendor has still answered.
            let _ = hand_over.send(answer);
        });
    }

    /// Holds the request back until the client has hung up, and then a while.
    async fn late(self, wait: Duration, number: u64, request: http::Request<Bytes>) -> Answer {
        // hyper drops this future when the client is gone, and with it `_waiting`.
        let (_waiting, gone) = oneshot::channel::<()>();
        let door = self.clone();
        self.tasks.spawn(async move {
            let _ = gone.await;
            let clock = door.vendor.clock;
            clock.until(clock.now().after(wait)).await;
            door.deliver(number, request, oneshot::channel().0);
        });
        match reply::hang().await {}
    }

    fn told(&self, number: u64, answer: http::Response<Bytes>) -> http::Response<Reply> {
        self.noted(number, answer.status());
        self.planted(answer).map(Reply::whole)
    }

    fn planted(&self, answer: http::Response<Bytes>) -> http::Response<Bytes> {
        match self.vendor.look(|inner, _| inner.guest.clone()) {
            Some(guest) => guest.plant(answer),
            None => answer,
        }
    }

    fn noted(&self, number: u64, status: http::StatusCode) {
        self.vendor
            .act(|inner, _| inner.log.answered(number, status.as_u16()));
    }
}

fn as_sent(uri: &http::Uri) -> String {
    uri.path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// The whole body; otherwise what to answer, or nothing when the client left in the middle.
async fn read(body: Incoming) -> Result<Bytes, Option<http::Response<Bytes>>> {
    match Limited::new(body, LONGEST).collect().await {
        Ok(all) => Ok(all.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Some(reply::text(
            413,
            "text/plain",
            "a request has at most 16 MiB\n",
        ))),
        Err(_) => Err(None),
    }
}

fn gateway(status: u16) -> http::Response<Bytes> {
    reply::text(status, "text/html", "<html>the gateway is unwell</html>\n")
}

fn page() -> http::Response<Bytes> {
    reply::text(
        200,
        "text/html",
        "<!doctype html><title>maintenance</title>\n",
    )
}

fn throttled() -> http::Response<Bytes> {
    let mut answer = reply::text(429, "application/json", r#"{"error":"rate_limited"}"#);
    let wait = HeaderValue::from_static("2");
    answer.headers_mut().insert(RETRY_AFTER, wait);
    answer
}
