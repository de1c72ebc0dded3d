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

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_core::limit::Window;

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

/// Part of an allowance, in percent, that read-back may use while writes wait.
const READ_SHARE: u32 = 30;

/// The longest window that is rested for after a crash.
pub const LONGEST_REST: Duration = Duration::from_secs(5 * 60);
/// Parts that a long allowance is set aside in.
const PARTS: u32 = 20;

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

#[derive(Debug)]
struct Meter {
    spec: QuotaSpec,
    in_flight: u32,
    /// When each counted request stops counting.
    ends: BinaryHeap<Reverse<Mono>>,
    reads_in_flight: u32,
    read_ends: BinaryHeap<Reverse<Mono>>,
    blocked_until: Mono,
    writes_wait: bool,
    /// Requests that the parts set aside still cover; read for long windows only.
    reserved: u32,
    reserving: bool,
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

impl Meter {
    fn new(spec: QuotaSpec) -> Self {
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

    fn is_long(&self) -> bool {
        self.window() > LONGEST_REST
    }

    /// How much is set aside at once: one in an allowance of a few.
    fn part(&self) -> u32 {
        (self.spec.usable / PARTS).max(1)
    }

    fn covers(&self, cost: u32) -> bool {
        !self.is_long() || self.reserved >= cost
    }

    fn window(&self) -> Duration {
        match self.spec.window {
            Window::Rolling(span) => span,
            Window::Concurrency => Duration::ZERO,
        }
    }

    fn expire(&mut self, now: Mono) {
        for ends in [&mut self.ends, &mut self.read_ends] {
            while ends.peek().is_some_and(|end| end.0 <= now) {
                ends.pop();
            }
        }
    }

    fn room(&mut self, cost: u32, class: Class, now: Mono) -> Result<(), Refused> {
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

    fn take(&mut self, cost: u32, class: Class) {
        self.in_flight += cost;
        self.reserved = self.reserved.saturating_sub(cost);
        if class == Class::ReadBack {
            self.reads_in_flight += cost;
        }
    }

    fn give_back(&mut self, cost: u32, class: Class) {
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

fn later(one: Option<Refused>, other: Refused) -> Option<Refused> {
    Some(match (one, other) {
        (None, wait) => wait,
        (Some(Refused::Until(a)), Refused::Until(b)) => Refused::Until(a.max(b)),
        (Some(_), _) => Refused::UntilAnswer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn limiter(usable: u32, window: Window) -> Limiter {
        Limiter::new([QuotaSpec {
            name: "q".into(),
            window,
            usable,
        }])
    }

    fn one() -> [Use; 1] {
        [Use { quota: 0, cost: 1 }]
    }

    fn at(seconds: u64) -> Mono {
        Mono(seconds * 1_000_000)
    }

    #[test]
    fn a_permit_counts_one_window_from_its_answer() {
        let mut limiter = limiter(1, Window::Rolling(MINUTE));
        assert_eq!(limiter.acquire(&one(), Class::First, at(0)), Ok(()));
        assert_eq!(
            limiter.acquire(&one(), Class::First, at(9)),
            Err(Refused::UntilAnswer)
        );
        limiter.answered(&one(), Class::First, at(10));
        assert_eq!(
            limiter.acquire(&one(), Class::First, at(69)),
            Err(Refused::Until(at(70)))
        );
        assert_eq!(limiter.acquire(&one(), Class::First, at(70)), Ok(()));
    }

    #[test]
    fn a_lost_request_counts_from_its_horizon() {
        let mut limiter = limiter(1, Window::Rolling(MINUTE));
        assert_eq!(limiter.acquire(&one(), Class::First, at(0)), Ok(()));
        limiter.lost(&one(), Class::First, at(90));
        assert_eq!(
            limiter.acquire(&one(), Class::First, at(100)),
            Err(Refused::Until(at(150)))
        );
    }

    #[test]
    fn all_quotas_hold_at_once_or_none_is_touched() {
        let spec = |usable| QuotaSpec {
            name: "q".into(),
            window: Window::Rolling(MINUTE),
            usable,
        };
        let mut limiter = Limiter::new([spec(1), spec(5)]);
        let both = [Use { quota: 0, cost: 1 }, Use { quota: 1, cost: 1 }];
        assert_eq!(limiter.acquire(&both, Class::First, at(0)), Ok(()));
        assert_eq!(
            limiter.acquire(&both, Class::First, at(0)),
            Err(Refused::UntilAnswer)
        );
        assert_eq!(limiter.meters[1].in_flight, 1);
    }

    #[test]
    fn read_back_yields_to_waiting_writes() {
        let mut limiter = limiter(10, Window::Concurrency);
        for _ in 0..10 {
            assert_eq!(limiter.acquire(&one(), Class::First, at(0)), Ok(()));
        }
        assert!(limiter.acquire(&one(), Class::First, at(0)).is_err());
        for _ in 0..8 {
            limiter.answered(&one(), Class::First, at(1));
        }
        let reads = (0..8).filter(|_| limiter.acquire(&one(), Class::ReadBack, at(1)).is_ok());
        assert_eq!(reads.count(), 3);
        limiter.new_round();
        assert_eq!(limiter.acquire(&one(), Class::ReadBack, at(1)), Ok(()));
    }

    #[test]
    fn a_rest_that_is_not_over_is_handed_on() {
        let mut limiter = limiter(3, Window::Rolling(MINUTE));
        limiter.rest_all(at(60), Duration::ZERO);
        assert_eq!(limiter.usage(at(1)), [("q", 3, at(120))]);
        assert_eq!(limiter.usage(at(120)), []);
    }

    #[test]
    fn a_long_allowance_is_used_only_as_far_as_it_is_set_aside() {
        let hour = Duration::from_secs(3600);
        let mut limiter = limiter(40, Window::Rolling(hour));
        let refused = Err(Refused::Unreserved(0));
        assert_eq!(limiter.acquire(&one(), Class::First, at(0)), refused);
        let part = limiter.reserve(0).unwrap();
        assert_eq!((part.quota, part.count, part.window), ("q", 2, hour));
        assert_eq!(limiter.reserve(0), None);
        assert_eq!(limiter.acquire(&one(), Class::First, at(0)), refused);
        limiter.reserved(0);
        for _ in 0..2 {
            assert_eq!(limiter.acquire(&one(), Class::First, at(1)), Ok(()));
        }
        assert_eq!(limiter.acquire(&one(), Class::First, at(1)), refused);
        limiter.cancelled(&one(), Class::First);
        assert_eq!(limiter.acquire(&one(), Class::First, at(1)), Ok(()));
    }

    #[test]
    fn a_vendor_may_ask_for_as_long_as_its_window() {
        let day = Duration::from_secs(86_400);
        for (window, until) in [(MINUTE, 300), (day, 3_600)] {
            let mut limiter = limiter(1, Window::Rolling(window));
            limiter.block(&one(), at(0), Duration::from_secs(3_600), MINUTE * 5);
            let refused = limiter.acquire(&one(), Class::First, at(1));
            assert_eq!(refused, Err(Refused::Until(at(until))));
        }
    }

    #[test]
    fn concurrency_frees_with_the_answer() {
        let mut limiter = limiter(1, Window::Concurrency);
        assert_eq!(limiter.acquire(&one(), Class::First, at(0)), Ok(()));
        limiter.answered(&one(), Class::First, at(1));
        assert_eq!(limiter.acquire(&one(), Class::First, at(1)), Ok(()));
    }
}
