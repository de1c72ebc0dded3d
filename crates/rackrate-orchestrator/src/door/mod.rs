//! The door that browsers come to after a consent, open as long as the command runs.
//!
//! It knows no state and no code: it hands on the path and query of each visit and shows the
//! page that comes back. Whoever is slow, large or one too many is turned away, for the
//! internet stands before it.
//!
//! Invariant: of a visit only its outcome is logged, never its address.

mod page;
mod tls;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rackrate_core::finding::{Finding, Place};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_rustls::TlsAcceptor;

pub(crate) use self::page::Page;
pub(crate) use self::tls::acceptor;
use crate::problem::{Problem, Result};

/// Browsers that are served at once.
const CROWD: u32 = 64;
/// Visits that may wait for their turn.
pub(crate) const WAITING: usize = 16;
/// So long a browser may take for its handshake, and again for its request's head.
const SLOW: Duration = Duration::from_secs(10);
/// So long a browser waits for its page; then it is told that work goes on.
const PATIENCE: Duration = Duration::from_secs(60);
/// So long a conversation may take altogether.
const WHOLE: Duration = Duration::from_secs(90);
/// So long the last pages may take, for the program may end behind them.
const LAST_PAGES: Duration = Duration::from_secs(2);
/// The largest head of a request, and the most lines in it.
const LARGEST: usize = 16 * 1024;
const LINES: usize = 64;

/// A path with its query, and where its page is awaited.
pub(crate) type Visit = (String, oneshot::Sender<Page>);

/// A listener, and who may be served at once.
#[derive(Debug)]
pub(crate) struct Door {
    listener: TcpListener,
    crowd: Arc<Semaphore>,
}

impl Door {
    /// Listens there.
    ///
    /// # Errors
    /// `creds.plain_http` for an address that other machines reach, without a certificate;
    /// `creds.port` when another program has it.
    pub(crate) async fn open(at: SocketAddr, has_tls: bool) -> Result<Self> {
        if !has_tls && !at.ip().is_loopback() {
            return Err(plain(at));
        }
        let listener = TcpListener::bind(at).await;
        let listener = listener.map_err(|error| port(at, &error))?;
        Ok(Self {
            listener,
            crowd: Arc::new(Semaphore::new(CROWD as usize)),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        let address = self.listener.local_addr();
        address.map_err(|error| port(SocketAddr::from(([0, 0, 0, 0], 0)), &error))
    }

    /// Lets browsers in, for ever; whoever is in goes on when this is dropped.
    pub(crate) async fn receive(&self, tls: Option<TlsAcceptor>, visits: mpsc::Sender<Visit>) {
        loop {
            let Ok(permit) = Arc::clone(&self.crowd).acquire_owned().await else {
                return;
            };
            // One that is gone before it is in is none.
            let Ok((stream, _)) = self.listener.accept().await else {
                continue;
            };
            let (tls, visits) = (tls.clone(), visits.clone());
            tokio::spawn(async move {
                let _permit = permit;
                let _ = tokio::time::timeout(WHOLE, enter(stream, tls, visits)).await;
            });
        }
    }

    /// Waits for the pages that are still being read.
    pub(crate) async fn close(self) {
        drop(self.listener);
        let _ = tokio::time::timeout(LAST_PAGES, self.crowd.acquire_many(CROWD)).await;
    }
}

async fn enter(stream: TcpStream, tls: Option<TlsAcceptor>, visits: mpsc::Sender<Visit>) {
    let Some(tls) = tls else {
        return converse(stream, visits).await;
    };
    match tokio::time::timeout(SLOW, tls.accept(stream)).await {
        Ok(Ok(stream)) => converse(stream, visits).await,
        _ => tracing::debug!("a browser did not come to an agreement on TLS"),
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(stream: S, visits: mpsc::Sender<Visit>) {
    let service = service_fn(move |request| answer(request, visits.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOW)
        .max_buf_size(LARGEST)
        .max_headers(LINES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // Whoever hangs up early has no answer to wait for.
    let _ = connection.await;
}

/// A body is never read: no answer to a consent has one.
async fn answer(
    request: Request<Incoming>,
    visits: mpsc::Sender<Visit>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() != Method::GET {
        return Ok(Page(StatusCode::METHOD_NOT_ALLOWED, page::STRANGER).rendered());
    }
    if !request.body().is_end_stream() {
        return Ok(Page(StatusCode::PAYLOAD_TOO_LARGE, page::STRANGER).rendered());
    }
    let asked = request.uri().path_and_query();
    let asked = asked.map(ToString::to_string).unwrap_or_default();
    let (page, shown) = oneshot::channel();
    if visits.try_send((asked, page)).is_err() {
        return Ok(Page(StatusCode::SERVICE_UNAVAILABLE, page::CROWDED).rendered());
    }
    let shown = match tokio::time::timeout(PATIENCE, shown).await {
        Ok(Ok(page)) => page,
        Ok(Err(_)) => Page(StatusCode::SERVICE_UNAVAILABLE, page::CROWDED),
        Err(_) => Page(StatusCode::ACCEPTED, page::LATER),
    };
    Ok(shown.rendered())
}

fn plain(at: SocketAddr) -> Problem {
    let message = format!("codes would come to {at} over plain http, readable on their way");
    let finding = Finding::error("creds.plain_http", Place::default(), message);
    Problem::input([finding.hint(
        "Give --tls-cert and --tls-key, or listen at 127.0.0.1 behind a proxy that speaks https.",
    )])
}

fn port(at: SocketAddr, error: &std::io::Error) -> Problem {
    let message = format!("{at} cannot be listened at: {error}");
    let finding = Finding::error("creds.port", Place::default(), message);
    Problem::input([finding.hint("Another program may have the port: choose one with --listen.")])
}
