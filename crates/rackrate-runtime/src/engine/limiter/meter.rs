//! The count of one allowance: what is in flight, what still counts, and what is set aside.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_core::limit::Window;

use super::{Class, LONGEST_REST, QuotaSpec, Refused};

/// Part of an allowance, in percent, that read-back may use while writes wait.
const READ_SHARE: u32 = 30;

/// Parts that a long allowance is set aside in.
const PARTS: u32 = 20;

#[derive(Debug)]
pub(super) struct Meter {
    pub(super) spec: QuotaSpec,
    pub(super) in_flight: u32,
    /// When each counted request stops counting.
    pub(super) ends: BinaryHeap<Reverse<Mono>>,
    pub(super) reads_in_flight: u32,
    pub(super) read_ends: BinaryHeap<Reverse<Mono>>,
    pub(super) blocked_until: Mono,
    pub(super) writes_wait: bool,
    /// Requests that the parts set aside still cover; read for long windows only.
    pub(super) reserved: u32,
    pub(super) reserving: bool,
}

impl Meter {
    pub(super) fn new(spec: QuotaSpec) -> Self {
        Self {
            spec,
            in_flight: 0,
            ends: BinaryHeap::new(),
            reads_in_flight: 0,
            read_ends: BinaryHeap::new(),
            blocked_until: Mono(0),
            writes_wait: false,
            reserved: 0,
            reserving: false,
        }
    }

    pub(super) fn is_long(&self) -> bool {
        self.window() > LONGEST_REST
    }

    /// How much is set aside at once: one in an allowance of a few.
    pub(super) fn part(&self) -> u32 {
        (self.spec.usable / PARTS).max(1)
    }

    pub(super) fn covers(&self, cost: u32) -> bool {
        !self.is_long() || self.reserved >= cost
    }

    pub(super) fn window(&self) -> Duration {
        match self.spec.window {
            Window::Rolling(span) => span,
            Window::Concurrency => Duration::ZERO,
        }
    }

    pub(super) fn expire(&mut self, now: Mono) {
        for ends in [&mut self.ends, &mut self.read_ends] {
            while ends.peek().is_some_and(|end| end.0 <= now) {
                ends.pop();
            }
        }
    }

    pub(super) fn room(&mut self, cost: u32, class: Class, now: Mono) -> Result<(), Refused> {
        self.expire(now);
        if now < self.blocked_until {
            return Err(Refused::Until(self.blocked_until));
        }
        fits(self.in_flight, &self.ends, cost, self.spec.usable)?;
        if class == Class::ReadBack && self.writes_wait {
            let share = (self.spec.usable * READ_SHARE / 100).max(1);
            fits(self.reads_in_flight, &self.read_ends, cost, share)?;
        }
        Ok(())
    }

    pub(super) fn take(&mut self, cost: u32, class: Class) {
        self.in_flight += cost;
        self.reserved = self.reserved.saturating_sub(cost);
        if class == Class::ReadBack {
            self.reads_in_flight += cost;
        }
    }

    pub(super) fn give_back(&mut self, cost: u32, class: Class) {
        self.in_flight = self.in_flight.saturating_sub(cost);
        if class == Class::ReadBack {
            self.reads_in_flight = self.reads_in_flight.saturating_sub(cost);
        }
    }
}

/// A cost above the whole allowance fits only an empty window, else it would wait forever.
fn fits(
    in_flight: u32,
    ends: &BinaryHeap<Reverse<Mono>>,
    cost: u32,
    usable: u32,
) -> Result<(), Refused> {
    let used = in_flight + ends.len() as u32;
    if used == 0 || used + cost <= usable {
        return Ok(());
    }
    Err(ends
        .peek()
        .map_or(Refused::UntilAnswer, |end| Refused::Until(end.0)))
}
