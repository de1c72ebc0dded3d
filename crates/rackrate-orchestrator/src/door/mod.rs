//! The door that browsers come to after a consent, open as long as somebody waits for them.
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
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_runtime::driver::Clock;
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
/// So long a browser waits for its page; then it is told that work goes on. Shorter than the
/// proxies before us wait for an answer, of whom some give up after 30 seconds.
const PATIENCE: Duration = Duration::from_secs(25);
/// So long a conversation may take altogether.
const WHOLE: Duration = Duration::from_secs(90);
/// Between a browser that could not be let in and the next one.
const BREATH: Duration = Duration::from_millis(100);
/// So long the last pages may take, for the program may end behind them.
const LAST_PAGES: Duration = Duration::from_secs(2);
/// The largest head of a request, and the most lines in it.
const LARGEST: usize = 16 * 1024;
const LINES: usize = 64;

/// Somebody who came.
#[derive(Debug)]
pub(crate) struct Visit {
    /// The path with its query.
    pub(crate) asked: String,
    /// When.
    pub(crate) came: Wall,
    page: oneshot::Sender<Page>,
}

impl Visit {
    /// Shows a page; a browser that is gone needs none.
    pub(crate) fn show(self, page: Page) {
        let _ = self.page.send(page);
    }
}

/// A listener, and who may be served at once.
#[derive(Debug)]
pub(crate) struct Door {
    listener: TcpListener,
    crowd: Arc<Semaphore>,
    clock: Clock,
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
        Ok(Self::of(listener.map_err(|error| port(at, &error))?))
    }

    /// The same where somebody listens already.
    pub(crate) fn of(listener: TcpListener) -> Self {
        Self {
            listener,
            crowd: Arc::new(Semaphore::new(CROWD as usize)),
            clock: Clock::system(),
        }
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
            let Ok((stream, _)) = self.listener.accept().await else {
                pause().await;
                continue;
            };
            let hall = Hall {
                clock: self.clock.clone(),
                visits: visits.clone(),
            };
            let tls = tls.clone();
            tokio::spawn(async move {
                let _permit = permit;
                let _ = tokio::time::timeout(WHOLE, enter(stream, tls, hall)).await;
            });
        }
    }

    /// Waits for the pages that are still being read.
    pub(crate) async fn close(self) {
        drop(self.listener);
        let _ = tokio::time::timeout(LAST_PAGES, self.crowd.acquire_many(CROWD)).await;
    }
}

/// Where visits wait for their turn.
#[derive(Clone)]
struct Hall {
    clock: Clock,
    visits: mpsc::Sender<Visit>,
}

impl Hall {
    /// The page that a browser gets, within [`PATIENCE`].
    async fn shown(&self, asked: String) -> Page {
        let (page, shown) = oneshot::channel();
        let came = self.clock.now().wall;
        match self.visits.try_send(Visit { asked, came, page }) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Page::CROWDED,
            Err(mpsc::error::TrySendError::Closed(_)) => return Page::STOPPED,
        }
        match tokio::time::timeout(PATIENCE, shown).await {
            Ok(Ok(page)) => page,
            Ok(Err(_)) => Page::STOPPED,
            Err(_) => Page::LATER,
        }
    }
}

/// One that is gone before it is in is none; but a machine that has no room for another
/// connection says so at once, and again and again.
#[expect(
    clippy::disallowed_methods,
    reason = "nobody tells when a machine has room for a connection again"
)]
async fn pause() {
    tokio::time::sleep(BREATH).await;
}

async fn enter(stream: TcpStream, tls: Option<TlsAcceptor>, hall: Hall) {
    let Some(tls) = tls else {
        return converse(stream, hall).await;
    };
    match tokio::time::timeout(SLOW, tls.accept(stream)).await {
        Ok(Ok(stream)) => converse(stream, hall).await,
        _ => tracing::debug!("a browser did not come to an agreement on TLS"),
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(stream: S, hall: Hall) {
    let service = service_fn(move |request| answer(request, hall.clone()));
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
    hall: Hall,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() != Method::GET {
        return Ok(Page::stranger(StatusCode::METHOD_NOT_ALLOWED).rendered());
    }
    if !request.body().is_end_stream() {
        return Ok(Page::stranger(StatusCode::PAYLOAD_TOO_LARGE).rendered());
    }
    let asked = request.uri().path_and_query();
    let asked = asked.map(ToString::to_string).unwrap_or_default();
    Ok(hall.shown(asked).await.rendered())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hall(room: usize) -> (Hall, mpsc::Receiver<Visit>) {
        let (visits, visited) = mpsc::channel(room);
        let clock = Clock::system();
        (Hall { clock, visits }, visited)
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_long_is_told_that_work_goes_on_and_the_visit_stays() {
        let (hall, mut visited) = hall(1);
        assert_eq!(hall.shown("/callback?code=c".to_owned()).await, Page::LATER);
        let visit = visited.recv().await.unwrap();
        assert_eq!(visit.asked, "/callback?code=c");
        visit.show(Page::STOPPED);
    }

    #[tokio::test]
    async fn who_finds_no_room_or_nobody_is_told_to_come_again() {
        let (hall, visited) = hall(1);
        let first = tokio::spawn({
            let hall = hall.clone();
            async move { hall.shown("/first".to_owned()).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(hall.shown("/second".to_owned()).await, Page::CROWDED);
        drop(visited);
        assert_eq!(first.await.unwrap(), Page::STOPPED);
        assert_eq!(hall.shown("/third".to_owned()).await, Page::STOPPED);
    }
}
