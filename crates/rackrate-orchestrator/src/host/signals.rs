//! Ctrl-C and SIGTERM, as the exit codes they lead to.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::Exit;

/// The signals a run listens to.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Signals {
    /// Listens from now on. A signal that cannot be listened to keeps its usual effect.
    pub(crate) fn listen() -> Self {
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            () = heard(&mut self.interrupt) => Exit::Interrupted,
            () = heard(&mut self.terminate) => Exit::Terminated,
        }
    }
}

async fn heard(signal: &mut Option<Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}
