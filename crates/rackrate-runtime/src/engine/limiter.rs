//! Allowances, counted exactly: a permit for every request, under all quotas at once.
//!
//! Vendors count arrivals, and we only know when a request left and when its answer came.
//! So a permit is held from departure to answer, and counts for one window from the answer
//! on; a lost request may arrive until its flight horizon ends, and counts from there.
//!
//! After a crash nobody knows what was used. Short windows rest until all of it is past. A
//! long one would keep a hotel waiting for hours, so parts of it are set aside on disk
//! before they are used ([`Limiter::reserve`]), and only those count after a crash.
//!
//! Invariant: in any window, as the vendor sees it, no more arrive than the quota allows.

mod meter;

use std::cmp::Reverse;
use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_core::limit::Window;

use self::meter::Meter;

/// An allowance with its scope resolved: everything that shares it has the same index.
#[derive(Clone, Debug)]
pub struct QuotaSpec {
    /// Names vendor, quota and scope; stable over restarts.
    pub name: String,
    /// How it is counted.
    pub window: Window,
    /// What we use of it, after headroom.
    pub usable: u32,
}

/// A use of an allowance by a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Index of the [`QuotaSpec`].
    pub quota: usize,
    /// How much of it.
    pub cost: u32,
}

/// Whether a request may be held back in favour of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Writes, look-ups, polls, tokens.
    First,
    /// Read-back: at most 30 % of an allowance while writes wait for it.
    ReadBack,
}

/// The longest window that is rested for after a crash.
pub const LONGEST_REST: Duration = Duration::from_secs(5 * 60);
/// Why a permit is not given now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Try again then.
    Until(Mono),
    /// Try again when an answer has come.
    UntilAnswer,
    /// Try again when another part of this allowance is set aside.
    Unreserved(usize),
}

/// A part of an allowance to be set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Names the allowance.
    pub quota: &'a str,
    /// How many requests it covers.
    pub count: u32,
    /// How long a request counts.
    pub window: Duration,
}

/// All allowances of a process.
#[derive(Debug)]
pub struct Limiter {
    meters: Vec<Meter>,
}

impl Limiter {
    /// A limiter with nothing used.
    pub fn new(specs: impl IntoIterator<Item = QuotaSpec>) -> Self {
        Self {
            meters: specs.into_iter().map(Meter::new).collect(),
        }
    }

    /// Takes a permit under all of `uses`, or under none.
    ///
    /// # Errors
    /// When to ask again.
    pub fn acquire(&mut self, uses: &[Use], class: Class, now: Mono) -> Result<(), Refused> {
        let mut refused = None;
        for one in uses {
            if let Err(wait) = self.meters[one.quota].room(one.cost, class, now) {
                if class == Class::First {
                    self.meters[one.quota].writes_wait = true;
                }
                refused = later(refused, wait);
            }
        }
        if let Some(wait) = refused {
            return Err(wait);
        }
        if let Some(one) = uses
            .iter()
            .find(|one| !self.meters[one.quota].covers(one.cost))
        {
            return Err(Refused::Unreserved(one.quota));
        }
        for one in uses {
            self.meters[one.quota].take(one.cost, class);
        }
        Ok(())
    }

    /// When all of `uses` may leave, if nothing else leaves before; `None` for now, or for
    /// when an answer has come.
    pub fn free_at(&mut self, uses: &[Use], now: Mono) -> Option<Mono> {
        let waits = uses.iter().filter_map(|one| {
            let room = self.meters[one.quota].room(one.cost, Class::First, now);
            match room {
                Err(Refused::Until(at)) => Some(at),
                _ => None,
            }
        });
        waits.max()
    }

    /// A part to set aside; nothing while one is being written down.
    pub fn reserve(&mut self, quota: usize) -> Option<Part<'_>> {
        let meter = &mut self.meters[quota];
        if std::mem::replace(&mut meter.reserving, true) {
            return None;
        }
        Some(Part {
            quota: &meter.spec.name,
            count: meter.part(),
            window: meter.window(),
        })
    }

    /// The part is on disk.
    pub fn reserved(&mut self, quota: usize) {
        let meter = &mut self.meters[quota];
        meter.reserving = false;
        meter.reserved += meter.part();
    }

    /// Forgets which writes wait; before each round of asking.
    pub fn new_round(&mut self) {
        for meter in &mut self.meters {
            meter.writes_wait = false;
        }
    }

    /// The answer came: the permit counts for one window from now.
    pub fn answered(&mut self, uses: &[Use], class: Class, now: Mono) {
        self.counts_from(uses, class, now);
    }

    /// No answer will come; the request may arrive until `arrives_by`.
    pub fn lost(&mut self, uses: &[Use], class: Class, arrives_by: Mono) {
        self.counts_from(uses, class, arrives_by);
    }

    /// The request never left.
    pub fn cancelled(&mut self, uses: &[Use], class: Class) {
        for one in uses {
            let meter = &mut self.meters[one.quota];
            meter.give_back(one.cost, class);
            meter.reserved += one.cost;
        }
    }

    /// The vendor asks to wait: nothing under these quotas leaves before. No answer can ask
    /// for more than `longest`, or the quota's window where that is longer.
    pub fn block(&mut self, uses: &[Use], now: Mono, wait: Duration, longest: Duration) {
        for one in uses {
            let meter = &mut self.meters[one.quota];
            let until = now.after(wait.min(longest.max(meter.window())));
            meter.blocked_until = meter.blocked_until.max(until);
        }
    }

    /// Nobody knows what was used, and the last of it may arrive by then, or has arrived so
    /// long ago: each quota with a short window counts as full until one window later.
    pub fn rest_all(&mut self, arrived_by: Mono, ago: Duration) {
        for meter in self.meters.iter_mut().filter(|meter| !meter.is_long()) {
            let until = arrived_by.after(meter.window().saturating_sub(ago));
            meter.blocked_until = meter.blocked_until.max(until);
        }
    }

    /// What was in use when an earlier process ended cleanly.
    pub fn restore(&mut self, quota: usize, used: u32, until: Mono) {
        let meter = &mut self.meters[quota];
        for _ in 0..used.min(meter.spec.usable) {
            meter.ends.push(Reverse(until));
        }
    }

    /// What still counts, by quota: how much, and until when at the latest.
    pub fn usage(&mut self, now: Mono) -> Vec<(&str, u32, Mono)> {
        let used = |meter: &'_ mut Meter| {
            meter.expire(now);
            let last = meter.ends.iter().map(|end| end.0).max();
            // A rest that is not over yet would be forgotten by a count of requests.
            let resting = meter.blocked_until > now;
            let count = if resting {
                meter.spec.usable
            } else {
                meter.ends.len() as u32
            };
            let until = last.max(resting.then_some(meter.blocked_until))?;
            Some((count, until))
        };
        let counted = self.meters.iter_mut().map(|meter| (used(meter), meter));
        counted
            .filter_map(|(used, meter)| {
                used.map(|(count, until)| (meter.spec.name.as_str(), count, until))
            })
            .collect()
    }

    /// The index of a quota by its stable name.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.meters.iter().position(|meter| meter.spec.name == name)
    }

    fn counts_from(&mut self, uses: &[Use], class: Class, from: Mono) {
        for one in uses {
            let meter = &mut self.meters[one.quota];
            meter.give_back(one.cost, class);
            let Window::Rolling(span) = meter.spec.window else {
                continue;
            };
            for _ in 0..one.cost {
                meter.ends.push(Reverse(from.after(span)));
                if class == Class::ReadBack {
                    meter.read_ends.push(Reverse(from.after(span)));
                }
            }
        }
    }
}

fn later(one: Option<Refused>, other: Refused) -> Option<Refused> {
    Some(match (one, other) {
        (None, wait) => wait,
        (Some(Refused::Until(a)), Refused::Until(b)) => Refused::Until(a.max(b)),
        (Some(_), _) => Refused::UntilAnswer,
    })
}

#[cfg(test)]
mod tests;
