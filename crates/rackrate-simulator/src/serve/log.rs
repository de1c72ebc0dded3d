//! The host's own log of requests: enough to wait for one, too little to leak a secret.
//!
//! Invariant: neither headers nor bodies are kept.

use std::collections::VecDeque;

use rackrate_core::clock::Mono;
use serde::{Deserialize, Serialize};

use crate::faults::Fate;

/// So many requests are kept; older ones are only counted.
const KEPT: usize = 1_000;

/// A request that reached the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// Its number, counted from one.
    pub number: u64,
    /// When it was there, in microseconds since the host was bound.
    pub at: Mono,
    /// Its method.
    pub method: String,
    /// Its path and query, as sent.
    pub path: String,
    /// What happened to it on its way.
    pub fate: Fate,
    /// Whether the vendor has it.
    pub arrived: bool,
    /// The status that went back; `None` while there is none, and where there will be none.
    pub status: Option<u16>,
}

/// The log from some number on, and what was counted since the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Requests that reached the host.
    pub count: u64,
    /// Of these, the ones that the vendor has.
    pub arrived: u64,
    /// Of these, the ones that got an answer, be it the vendor's or a gateway's.
    pub answered: u64,
    /// The newest requests, oldest first; 1,000 at most.
    pub requests: Vec<Logged>,
}

#[derive(Debug, Default)]
pub(super) struct Log {
    count: u64,
    arrived: u64,
    answered: u64,
    kept: VecDeque<Logged>,
}

impl Log {
    /// Notes a request that is there, and numbers it.
    pub(super) fn note(&mut self, at: Mono, method: &str, path: &str, fate: Fate) -> u64 {
        self.count += 1;
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Logged {
            number: self.count,
            at,
            method: method.to_owned(),
            path: path.to_owned(),
            fate,
            arrived: false,
            status: None,
        });
        self.count
    }

    pub(super) fn arrived(&mut self, number: u64) {
        self.arrived += 1;
        if let Some(one) = self.find(number) {
            one.arrived = true;
        }
    }

    pub(super) fn answered(&mut self, number: u64, status: u16) {
        self.answered += 1;
        if let Some(one) = self.find(number) {
            one.status = Some(status);
        }
    }

    /// The requests whose number is above `from`.
    pub(super) fn since(&self, from: u64) -> Requests {
        let newer = self.kept.iter().filter(|one| one.number > from);
        Requests {
            count: self.count,
            arrived: self.arrived,
            answered: self.answered,
            requests: newer.cloned().collect(),
        }
    }

    fn find(&mut self, number: u64) -> Option<&mut Logged> {
        let first = self.kept.front()?.number;
        let at = usize::try_from(number.checked_sub(first)?).ok()?;
        self.kept.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_the_newest_and_counts_all() {
        let mut log = Log::default();
        for _ in 0..1_200 {
            log.note(Mono(0), "GET", "/", Fate::Fine);
        }
        log.arrived(3);
        log.answered(1_200, 200);
        let all = log.since(0);
        assert_eq!((all.count, all.arrived, all.answered), (1_200, 1, 1));
        assert_eq!((all.requests.len(), all.requests[0].number), (1_000, 201));
        assert_eq!(log.since(1_199).requests[0].status, Some(200));
    }
}
