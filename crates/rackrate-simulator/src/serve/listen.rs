//! Connections: accepting them, carrying HTTP/1.1 over them, and breaking them.
//!
//! Each connection is a task of its own, so a slow client stops nobody else.

use std::error::Error;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::clock::Clock;
use super::reply::{Reply, Reset};
use super::tasks::Tasks;

/// How long accepting rests when the system has no connection to give.
const REST: Duration = Duration::from_millis(100);

/// Accepts connections for ever; each request goes to `handle`.
pub(super) async fn accept<H, F>(listener: TcpListener, tasks: Tasks, clock: Clock, handle: H)
where
    H: Fn(http::Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<http::Response<Reply>, Reset>> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, _)) => tasks.spawn(converse(stream, handle.clone())),
            Err(_) => clock.until(clock.now().after(REST)).await,
        }
    }
}

async fn converse<H, F>(stream: TcpStream, handle: H)
where
    H: Fn(http::Request<Incoming>) -> F,
    F: Future<Output = Result<http::Response<Reply>, Reset>>,
{
    // A client that is gone already shows itself at the first read.
    let _ = stream.set_nodelay(true);
    let service = service_fn(handle);
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let Err(error) = (&mut connection).await else {
        return;
    };
    if error.source().is_some_and(|source| source.is::<Reset>()) {
        let stream = connection.into_parts().io.into_inner();
        // Without lingering, closing sends a reset instead of a proper end.
        let _ = stream.set_zero_linger();
    }
}
