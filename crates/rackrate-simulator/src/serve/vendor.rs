//! One hosted simulator with its rules and its log, safe to share between connections.
//!
//! Invariant: the lock is never held over an await, and the clock is read under it, so the
//! simulator sees time go forward only.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::simulator::Simulator;
use tokio::sync::watch;

use super::clock::Clock;
use super::log::{Log, Requests};
use super::plant::Guest;
use super::rules::Rules;
use crate::faults::Fate;

#[derive(Debug)]
pub(super) struct Vendor {
    pub(super) name: String,
    pub(super) address: SocketAddr,
    pub(super) clock: Clock,
    inner: Mutex<Inner>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) simulator: Box<dyn Simulator>,
    pub(super) rules: Rules,
    pub(super) log: Log,
    /// Who is planted into every answer.
    pub(super) guest: Option<Guest>,
}

/// What somebody waits for: each count has to be above its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) from: u64,
    pub(super) arrived: Option<u64>,
    pub(super) answered: Option<u64>,
    pub(super) wait: Duration,
}

impl Vendor {
    pub(super) fn new(
        name: String,
        address: SocketAddr,
        clock: Clock,
        simulator: Box<dyn Simulator>,
    ) -> Self {
        let inner = Mutex::new(Inner {
            simulator,
            rules: Rules::default(),
            log: Log::default(),
            guest: None,
        });
        Self {
            name,
            address,
            clock,
            inner,
            changed: watch::Sender::new(()),
        }
    }

    /// Looks at the simulator as it is now.
    pub(super) fn look<R>(&self, look: impl FnOnce(&mut Inner, Mono) -> R) -> R {
        // A panic of one request is that request's; the others go on.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        inner.simulator.advance(now);
        look(&mut inner, now)
    }

    /// Does something that those who wait should hear of.
    pub(super) fn act<R>(&self, act: impl FnOnce(&mut Inner, Mono) -> R) -> R {
        let result = self.look(act);
        self.changed.send_replace(());
        result
    }

    /// Hands an arrived request to the simulator; the result says when it is answered.
    pub(super) fn arrive(&self, number: u64, request: http::Request<Bytes>) -> Mono {
        self.act(|inner, now| {
            let ready = inner.simulator.arrive(number, request, now);
            inner.log.arrived(number);
            ready
        })
    }

    /// Notes a request that reached the host.
    pub(super) fn note(&self, method: &str, path: &str, fate: Fate) -> u64 {
        self.act(|inner, now| inner.log.note(now, method, path, fate))
    }

    /// Waits for the log to grow; at most as long as was asked, then tells how it is.
    pub(super) async fn news(&self, awaited: Awaited) -> Requests {
        let mut changes = self.changed.subscribe();
        let deadline = self.clock.now().after(awaited.wait);
        loop {
            let news = self.look(|inner, now| (inner.log.since(awaited.from), now >= deadline));
            if news.1 || awaited.is_there(&news.0) {
                return news.0;
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = self.clock.until(deadline) => {}
            }
        }
    }
}

impl Awaited {
    fn is_there(&self, requests: &Requests) -> bool {
        requests.count > self.from
            && self.arrived.is_none_or(|low| requests.arrived > low)
            && self.answered.is_none_or(|low| requests.answered > low)
    }
}
