//! The account's allowances: buckets that refill steadily, and how many calls are at work.
//!
//! They are counted by arrival and lost by a restart.

use std::time::Duration;

use rackrate_core::clock::Mono;

use super::http_text::Answer;

/// Calls allowed, the span they refill in, and the headers' word for it.
const ALLOWED: [(u64, u64, &str); 3] = [
    (15, 1, "Second"),
    (120, 60, "Minute"),
    (5_000, 3_600, "Hour"),
];
const AT_ONCE: usize = 15;
const MICROS: u64 = 1_000_000;

/// A bucket of `limit` calls. One call fills `span` micros of it, and in one micro `limit`
/// of them drain, so that everything stays whole.
#[derive(Clone, Debug)]
struct Bucket {
    limit: u64,
    span: u64,
    filled: u64,
    at: Mono,
    name: &'static str,
}

impl Bucket {
    fn drain(&mut self, now: Mono) {
        let passed = now.0.saturating_sub(self.at.0);
        self.filled = self
            .filled
            .saturating_sub(passed.saturating_mul(self.limit));
        self.at = now;
    }

    /// How long until one more call fits, in micros.
    fn wait(&self) -> u64 {
        let over = (self.filled + self.span).saturating_sub(self.limit * self.span);
        over.div_ceil(self.limit)
    }

    fn remaining(&self) -> u64 {
        (self.limit * self.span).saturating_sub(self.filled) / self.span
    }
}

/// All allowances of the account.
#[derive(Clone, Debug)]
pub(super) struct Account {
    buckets: [Bucket; 3],
    /// When the answers of the calls at work are ready.
    at_work: Vec<Mono>,
    closed_until: Mono,
}

impl Account {
    pub(super) fn new() -> Self {
        Self {
            buckets: ALLOWED.map(|(limit, seconds, name)| Bucket {
                limit,
                span: seconds * MICROS,
                filled: 0,
                at: Mono(0),
                name,
            }),
            at_work: Vec::new(),
            closed_until: Mono(0),
        }
    }

    /// Whether a `Retry-After` has not passed yet.
    pub(super) fn is_closed(&self, now: Mono) -> bool {
        now < self.closed_until
    }

    /// Counts a call if everything allows it, else says how many seconds to wait.
    pub(super) fn arrive(&mut self, now: Mono, ready: Mono) -> Result<(), u64> {
        self.at_work.retain(|until| now < *until);
        self.buckets.iter_mut().for_each(|bucket| bucket.drain(now));
        let crowded = if self.at_work.len() < AT_ONCE { 0 } else { 1 };
        let waits = self.buckets.iter().map(Bucket::wait);
        let wait = waits.max().unwrap_or(0).max(crowded);
        if wait > 0 {
            let seconds = wait.div_ceil(MICROS);
            let until = now.after(Duration::from_secs(seconds));
            self.closed_until = self.closed_until.max(until);
            return Err(seconds);
        }
        self.buckets
            .iter_mut()
            .for_each(|bucket| bucket.filled += bucket.span);
        self.at_work.push(ready);
        Ok(())
    }

    /// Adds the six headers.
    pub(super) fn told(&self, answer: Answer) -> Answer {
        self.buckets.iter().fold(answer, |answer, bucket| {
            let name = bucket.name;
            let remaining = bucket.remaining().to_string();
            answer
                .with(
                    &format!("X-RateLimit-Limit-{name}"),
                    bucket.limit.to_string(),
                )
                .with(&format!("X-RateLimit-Remaining-{name}"), remaining)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_minute_refills_one_call_every_half_second() {
        let mut account = Account::new();
        // Ten a second keep the second's allowance, and use up the minute's.
        let mut now = Mono(0);
        let mut taken = 0_u64;
        while account.arrive(now, now).is_ok() {
            taken += 1;
            now = now.after(Duration::from_millis(100));
        }
        // 120 at the start, and two for each second that passed meanwhile.
        assert_eq!(taken, 149);
        now = now.after(Duration::from_millis(500));
        assert_eq!(account.arrive(now, now), Ok(()));
        assert_eq!(account.arrive(now, now), Err(1));
    }

    #[test]
    fn a_sixteenth_call_at_once_is_refused() {
        let mut account = Account::new();
        let ready = Mono(90_000_000);
        for call in 0..15 {
            assert_eq!(account.arrive(Mono(call * 1_000_000), ready), Ok(()));
        }
        assert_eq!(account.arrive(Mono(60_000_000), ready), Err(1));
        assert_eq!(account.arrive(ready, ready), Ok(()));
    }
}
