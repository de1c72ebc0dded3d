//! Waits on this machine for the browser of somebody who was asked for consent.
//!
//! What an address means is [`Invited`]'s to say. Whoever else comes by is turned away, and
//! the waiting goes on: a page that guesses our port must not end a sign-in.

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, http::HeaderValue};
use hyper_util::rt::TokioIo;
use rackrate_auth::consent::{Invited, Refused};
use rackrate_core::address::constant;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::secret::Secret;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use url::Url;

use crate::exit::Exit;
use crate::problem::{Problem, Result};

/// A free port of this machine.
const ANY_PORT: &str = "http://127.0.0.1:0/callback";
/// So long the last page may take, for the program may end behind it.
const LAST_PAGE: Duration = Duration::from_secs(2);
/// Browsers that can wait for their page at once.
const CROWD: usize = 16;

/// An address of this machine that somebody's browser will come back to.
#[derive(Debug)]
pub(crate) struct Callback {
    listener: TcpListener,
    /// The address, with its port.
    pub(crate) redirect: Url,
}

/// A browser that came, and where its page is awaited.
type Visit = (Url, oneshot::Sender<Page>);

struct Page(StatusCode, &'static str);

const DONE: &str = "rackrate has what it needs. You can close this window.";
const DENIED: &str = "The vendor said no; rackrate tells why. You can close this window.";
const STRANGER: &str = "This is not an answer that rackrate waits for.";

impl Callback {
    /// Listens at that address, or at a free port (RFC 8252, section 7.3).
    ///
    /// # Errors
    /// `creds.port` when another program has it.
    pub(crate) async fn listen(redirect: Option<&Url>) -> Result<Self> {
        let mut redirect = redirect.cloned().unwrap_or_else(|| constant(ANY_PORT));
        let host = redirect.host_str().unwrap_or("127.0.0.1").to_owned();
        let asked = redirect.port_or_known_default().unwrap_or(0);
        let host = host.trim_matches(['[', ']']);
        let listener = TcpListener::bind((host, asked)).await;
        let listener = listener.map_err(|error| port(&error.to_string()))?;
        let bound = listener.local_addr();
        let bound = bound.map_err(|error| port(&error.to_string()))?;
        if asked == 0 {
            // An http address with a host always takes a port.
            let _ = redirect.set_port(Some(bound.port()));
        }
        Ok(Self { listener, redirect })
    }

    /// Waits for the answer to that invitation.
    ///
    /// # Errors
    /// `creds.denied` when vendor or person said no, `creds.nobody_came` after `patience`.
    pub(crate) async fn wait(self, invited: &Invited, patience: Duration) -> Result<Secret> {
        let waited = tokio::time::timeout(patience, self.answered(invited)).await;
        waited.unwrap_or_else(|_| Err(nobody(patience)))
    }

    async fn answered(self, invited: &Invited) -> Result<Secret> {
        let (visits, mut visited) = mpsc::channel::<Visit>(CROWD);
        let mut browsers = JoinSet::new();
        let end = loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        browsers.spawn(converse(stream, self.redirect.clone(), visits.clone()));
                    }
                }
                Some((address, page)) = visited.recv() => {
                    if let Some(end) = self.visit(invited, &address, page) {
                        break end;
                    }
                }
            }
        };
        drop(visited);
        let pages = async { while browsers.join_next().await.is_some() {} };
        // Whoever is silent meanwhile gets no page.
        let _ = tokio::time::timeout(LAST_PAGE, pages).await;
        end
    }

    fn visit(
        &self,
        invited: &Invited,
        address: &Url,
        page: oneshot::Sender<Page>,
    ) -> Option<Result<Secret>> {
        let (end, shown) = match invited.code(address) {
            Ok(code) => (Some(Ok(code)), Page(StatusCode::OK, DONE)),
            Err(why @ Refused::Denied(_)) => {
                (Some(Err(denied(&why))), Page(StatusCode::OK, DENIED))
            }
            Err(why) => {
                tracing::warn!(
                    "somebody came to {} and was turned away: {why}",
                    self.redirect
                );
                (None, Page(StatusCode::BAD_REQUEST, STRANGER))
            }
        };
        // A browser that is gone needs no page.
        let _ = page.send(shown);
        end
    }
}

async fn converse(stream: TcpStream, redirect: Url, visits: mpsc::Sender<Visit>) {
    let service = service_fn(move |request| answer(request, redirect.clone(), visits.clone()));
    let connection = http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // Whoever hangs up early has no answer to wait for.
    let _ = connection.await;
}

async fn answer(
    request: Request<Incoming>,
    redirect: Url,
    visits: mpsc::Sender<Visit>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let asked = request.uri().path_and_query().map(|path| path.as_str());
    let address = asked.and_then(|path| redirect.join(path).ok());
    let here =
        address.filter(|url| request.method() == Method::GET && url.path() == redirect.path());
    let Some(address) = here else {
        return Ok(rendered(&Page(StatusCode::NOT_FOUND, STRANGER)));
    };
    let (page, shown) = oneshot::channel();
    let told = visits.send((address, page)).await;
    let shown = match told {
        Ok(()) => shown.await.ok(),
        Err(_) => None,
    };
    Ok(rendered(&shown.unwrap_or(Page(StatusCode::GONE, STRANGER))))
}

fn rendered(page: &Page) -> Response<Full<Bytes>> {
    let Page(status, words) = page;
    let html = format!("<!doctype html><meta charset=utf-8><title>rackrate</title><p>{words}</p>");
    let mut response = Response::new(Full::new(Bytes::from(html)));
    *response.status_mut() = *status;
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'"),
        // The address of the page has the code in it.
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What the vendor's or the person's no means to who signs in.
pub(crate) fn denied(why: &Refused) -> Problem {
    let finding = Finding::error("creds.denied", Place::default(), why.to_string());
    Problem {
        exit: Exit::Person,
        findings: vec![finding.hint("Start the sign-in again with `rackrate creds login`.")],
    }
}

fn nobody(patience: Duration) -> Problem {
    let message = format!("nobody came back within {} s", patience.as_secs());
    let finding = Finding::error("creds.nobody_came", Place::default(), message);
    Problem {
        exit: Exit::Person,
        findings: vec![finding.hint(
            "Start the sign-in again; --paste helps where the browser runs on another machine.",
        )],
    }
}

fn port(why: &str) -> Problem {
    let finding = Finding::error("creds.port", Place::default(), why.to_owned());
    Problem::input([finding.hint(
        "Another program may have the port of the redirect; use --paste, or another redirect.",
    )])
}
