//! One grant's token, from the first request to the last refusal, as a pure state machine.
//!
//! It does not know the token: the host holds it under a [`Ticket`]. A live token is served
//! while a renewal runs, so a slow token endpoint does not stop anybody who still has one.
//!
//! Invariant: [`Lifecycle::need`] asks for a request only when none is under way.

use std::time::Duration;

use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::ErrorKind;

/// Renew this long before the end, or after two thirds of a short life.
const BUFFER: Duration = Duration::from_secs(60);
/// What a token is believed to live when the vendor does not say.
const UNSTATED_LIFE: Duration = Duration::from_secs(300);
/// Failed requests in a row before waiting callers are told.
const TRIES: u32 = 3;
/// Fresh tokens refused in a row before a person is called.
const REFUSALS: u32 = 3;
/// Between two rounds of tries at a token endpoint that is out of order.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// Names a token that the host holds; a newer token has a larger number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What a request that wants to leave can do about its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Leave with this one.
    Ready(Ticket),
    /// Leave with this one, and ask for the next.
    Renew(Ticket),
    /// Ask for one first.
    Request,
    /// Wait: a request is under way, or the endpoint is given a rest until then.
    Wait(Option<Mono>),
    /// No token will come; a person has to act.
    Dead,
}

/// What a failed token request means for those who wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another try follows; they go on waiting.
    Again,
    /// They are told; later callers may try again after a rest.
    Told,
    /// They are told, and no further request will be made.
    Dead,
}

/// How a token's life is used, counted from when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// So long it is used without asking for the next one.
    pub fresh: Duration,
    /// So long it lives.
    pub whole: Duration,
}

impl Life {
    /// The use of a token whose vendor stated that lifetime, or none.
    pub fn of(stated: Option<Duration>) -> Self {
        let whole = stated.unwrap_or(UNSTATED_LIFE);
        Self {
            fresh: whole.saturating_sub(BUFFER.min(whole / 3)),
            whole,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Live {
    ticket: Ticket,
    renew: (Mono, Wall),
    end: (Mono, Wall),
}

/// The life of one grant's token.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    static_key: bool,
    live: Option<Live>,
    asking: bool,
    not_before: Mono,
    failures: u32,
    refusals: u32,
    /// The ticket that came from an uncertain refusal; a second one is not a token matter.
    doubted: Option<Ticket>,
    doubting: bool,
    /// No further token will come; the live one is used to its end.
    last: bool,
    dead: bool,
}

impl Lifecycle {
    /// A grant whose credential is the secret itself.
    pub fn fixed() -> Self {
        Self {
            static_key: true,
            ..Self::renewable()
        }
    }

    /// A grant whose tokens are asked for; none yet.
    pub fn renewable() -> Self {
        Self {
            static_key: false,
            live: None,
            asking: false,
            not_before: Mono(0),
            failures: 0,
            refusals: 0,
            doubted: None,
            doubting: false,
            last: false,
            dead: false,
        }
    }

    /// What a request can do now. After [`Need::Request`] or [`Need::Renew`] the caller
    /// must send the token request and call [`Self::asked`].
    pub fn need(&self, mono: Mono, wall: Wall) -> Need {
        if self.dead {
            return Need::Dead;
        }
        if self.static_key {
            return Need::Ready(Ticket(0));
        }
        let may_ask = !self.asking && mono >= self.not_before;
        let live = self.live;
        match live.filter(|live| mono < live.end.0 && wall < live.end.1) {
            Some(live) if self.last => Need::Ready(live.ticket),
            None if self.last => Need::Dead,
            Some(live) if may_ask && (mono >= live.renew.0 || wall >= live.renew.1) => {
                Need::Renew(live.ticket)
            }
            Some(live) => Need::Ready(live.ticket),
            None if may_ask => Need::Request,
            None if self.asking => Need::Wait(None),
            None => Need::Wait(Some(self.not_before)),
        }
    }

    /// The token request has left.
    pub fn asked(&mut self) {
        self.asking = true;
    }

    /// Another token is wanted than the live one, which is served until that comes. Says
    /// which one that is.
    pub fn outdate(&mut self) -> Option<Ticket> {
        let live = self.live.as_mut()?;
        live.renew = (Mono(0), Wall(i64::MIN));
        Some(live.ticket)
    }

    /// What left was no token request after all, or it is as if it had not left.
    pub fn not_asked(&mut self) {
        self.asking = false;
    }

    /// No further token will come. One that is live is used to its end.
    pub fn last(&mut self) {
        self.asking = false;
        self.last = true;
    }

    /// Whether no further token will come.
    pub fn is_last(&self) -> bool {
        self.last || self.dead
    }

    /// Only a person can help from now on.
    pub fn end(&mut self) {
        self.dead = true;
    }

    /// A token came. Its life counts from the moment it was asked for at the latest known
    /// safe point: the caller passes when the request left.
    pub fn granted(&mut self, ticket: Ticket, lifetime: Option<Duration>, left: (Mono, Wall)) {
        let Life { fresh, whole } = Life::of(lifetime);
        self.live = Some(Live {
            ticket,
            renew: (left.0.after(fresh), left.1.after(fresh)),
            end: (left.0.after(whole), left.1.after(whole)),
        });
        self.asking = false;
        self.failures = 0;
        if std::mem::take(&mut self.doubting) {
            self.doubted = Some(ticket);
        }
    }

    /// The token request failed; `rest` is the jittered pause before the next one.
    pub fn failed(
        &mut self,
        kind: ErrorKind,
        retry_after: Option<Duration>,
        rest: Duration,
        now: Mono,
    ) -> Verdict {
        self.asking = false;
        if !transient(kind) {
            self.dead = true;
            return Verdict::Dead;
        }
        self.failures += 1;
        let pause = rest.max(retry_after.unwrap_or_default());
        if self.failures < TRIES {
            self.not_before = now.after(pause);
            return Verdict::Again;
        }
        self.failures = 0;
        self.not_before = now.after(pause.max(COOL_DOWN));
        Verdict::Told
    }

    /// A vendor refused a request that carried `ticket`. True when a fresh token may help.
    pub fn refused(&mut self, ticket: Ticket, certain: bool) -> bool {
        if self.static_key {
            self.dead = self.dead || certain;
            return false;
        }
        if self.live.is_some_and(|live| live.ticket > ticket) {
            return true;
        }
        if !certain && self.doubted == Some(ticket) {
            return false;
        }
        if self.live.is_some() {
            self.refusals += 1;
        }
        self.live = None;
        self.doubting = !certain;
        self.dead = self.dead || self.refusals >= REFUSALS;
        !self.dead
    }

    /// A vendor took a request that carried a token of this grant.
    pub fn accepted(&mut self) {
        self.refusals = 0;
    }

    /// Whether only a person can help.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// Whether its endpoint is given a rest after a whole round of failures.
    pub fn resting(&self, now: Mono) -> bool {
        !self.asking && self.live.is_none() && self.failures == 0 && now < self.not_before
    }
}

fn transient(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Malformed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> (Mono, Wall) {
        (Mono(seconds * 1_000_000), Wall(seconds as i64 * 1000))
    }

    fn need(life: &Lifecycle, seconds: u64) -> Need {
        life.need(at(seconds).0, at(seconds).1)
    }

    fn with_token(seconds: u64) -> Lifecycle {
        let mut life = Lifecycle::renewable();
        life.asked();
        life.granted(Ticket(1), Some(Duration::from_secs(seconds)), at(0));
        life
    }

    #[test]
    fn one_request_at_a_time_and_all_wait_for_it() {
        let mut life = Lifecycle::renewable();
        assert_eq!(need(&life, 0), Need::Request);
        life.asked();
        assert_eq!(need(&life, 0), Need::Wait(None));
    }

    #[test]
    fn a_live_token_is_served_while_the_next_is_fetched() {
        let mut life = with_token(3600);
        assert_eq!(need(&life, 3539), Need::Ready(Ticket(1)));
        assert_eq!(need(&life, 3540), Need::Renew(Ticket(1)));
        life.asked();
        assert_eq!(need(&life, 3599), Need::Ready(Ticket(1)));
        assert_eq!(need(&life, 3600), Need::Wait(None));
    }

    #[test]
    fn a_short_life_keeps_two_thirds_of_itself() {
        let life = with_token(3);
        assert_eq!(need(&life, 1), Need::Ready(Ticket(1)));
        assert_eq!(need(&life, 2), Need::Renew(Ticket(1)));
        assert_eq!(need(&life, 3), Need::Request);
    }

    #[test]
    fn a_token_dies_by_either_clock() {
        let life = with_token(3600);
        assert_eq!(life.need(at(10).0, at(4000).1), Need::Request);
        assert_eq!(life.need(at(4000).0, at(10).1), Need::Request);
    }

    #[test]
    fn an_old_refusal_does_not_drop_a_new_token() {
        let mut life = with_token(3600);
        assert!(life.refused(Ticket(1), true));
        assert_eq!(need(&life, 1), Need::Request);
        life.asked();
        life.granted(Ticket(2), None, at(1));
        assert!(life.refused(Ticket(1), true));
        assert_eq!(need(&life, 2), Need::Ready(Ticket(2)));
    }

    #[test]
    fn an_uncertain_refusal_earns_one_refresh() {
        let mut life = with_token(3600);
        assert!(life.refused(Ticket(1), false));
        life.asked();
        life.granted(Ticket(2), None, at(1));
        assert!(!life.refused(Ticket(2), false));
        assert_eq!(need(&life, 2), Need::Ready(Ticket(2)));
    }

    #[test]
    fn tokens_refused_as_soon_as_they_are_issued_call_a_person() {
        let mut life = with_token(3600);
        for ticket in 1..=2 {
            assert!(life.refused(Ticket(ticket), true));
            life.asked();
            life.granted(Ticket(ticket + 1), None, at(1));
        }
        assert!(!life.refused(Ticket(3), true));
        assert_eq!(need(&life, 2), Need::Dead);
    }

    #[test]
    fn three_failures_tell_those_who_wait_and_a_wrong_secret_ends_it() {
        let mut life = Lifecycle::renewable();
        let second = Duration::from_secs(1);
        let mut fail = |kind| {
            life.asked();
            life.failed(kind, None, second, Mono(0))
        };
        assert_eq!(fail(ErrorKind::Unavailable), Verdict::Again);
        assert_eq!(fail(ErrorKind::TimedOut), Verdict::Again);
        assert_eq!(fail(ErrorKind::Throttled), Verdict::Told);
        assert_eq!(fail(ErrorKind::Misconfigured), Verdict::Dead);
        assert_eq!(need(&life, 100), Need::Dead);
    }

    #[test]
    fn a_refused_key_calls_a_person_at_once() {
        let mut life = Lifecycle::fixed();
        assert_eq!(need(&life, 0), Need::Ready(Ticket(0)));
        assert!(!life.refused(Ticket(0), true));
        assert_eq!(need(&life, 0), Need::Dead);
    }
}
