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
/// What a key is believed to live that a consent brought: it ends when somebody ends it.
pub const KEY_LIFE: Duration = Duration::from_secs(100 * 366 * 24 * 3600);
/// Failed requests in a row before waiting callers are told.
const TRIES: u32 = 3;
/// Fresh tokens refused in a row before a person is called.
const REFUSALS: u32 = 3;
/// Tokens that uncertain refusals may cost, until one has lived its time. Some vendors give few
/// tokens, and say the same of a dead one and of what it may not do.
const DOUBTS: u32 = 2;
/// A token that came of an uncertain refusal and is refused itself within this time was not the
/// matter; later it may have died meanwhile.
const SOON: Duration = Duration::from_secs(30);
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

/// How a vendor refused a request that carried a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token is not good.
    Certain,
    /// Perhaps the token, perhaps something that no token mends.
    Unsure,
    /// The same, where this token was good for the same question of the same caller.
    OnceServed,
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
    /// Uncertain refusals that may still cost a token.
    doubts: u32,
    /// The ticket that came from an uncertain refusal, and when it was asked for; a second one
    /// that soon is not a token matter.
    doubted: Option<(Ticket, Mono)>,
    /// That ticket has been good for somebody, so perhaps it died meanwhile.
    proven: bool,
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
            doubts: DOUBTS,
            doubted: None,
            proven: false,
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

    /// Whether a request to the token endpoint is under way.
    pub fn is_asking(&self) -> bool {
        self.asking
    }

    /// Another token is wanted than the live one, which is served until that comes. Says
    /// which one that is.
    pub fn outdate(&mut self) -> Option<Ticket> {
        let live = self.live.as_mut()?;
        live.renew = (Mono(0), Wall(i64::MIN));
        Some(live.ticket)
    }

    /// When a token may be asked for again, where a try that failed lets nobody ask before.
    pub fn asks_again(&self, now: Mono) -> Option<Mono> {
        (!self.asking && now < self.not_before).then_some(self.not_before)
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
        // It is replaced because of its age: a refused one is not there any more.
        let lived = self
            .live
            .is_some_and(|old| left.0 >= old.renew.0 && old.renew.0 > Mono(0));
        self.live = Some(Live {
            ticket,
            renew: (left.0.after(fresh), left.1.after(fresh)),
            end: (left.0.after(whole), left.1.after(whole)),
        });
        self.asking = false;
        self.failures = 0;
        if std::mem::take(&mut self.doubting) {
            self.doubted = Some((ticket, left.0));
            self.proven = false;
        } else if lived {
            self.doubts = DOUBTS;
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

    /// A vendor refused a request that carried `ticket` and left then. True when a fresh token
    /// may help.
    pub fn refused(&mut self, ticket: Ticket, refusal: Refusal, left: Mono) -> bool {
        let certain = refusal == Refusal::Certain;
        if self.static_key {
            self.dead = self.dead || certain;
            return false;
        }
        if self.live.is_none_or(|live| live.ticket != ticket) {
            // Somebody was refused before, and another one is there or on its way.
            return !self.dead;
        }
        let new = |(doubted, asked): (Ticket, Mono)| doubted == ticket && left.since(asked) < SOON;
        if refusal == Refusal::Unsure && self.doubted.is_some_and(new) && !self.proven {
            return false;
        }
        if !certain {
            if self.doubts == 0 {
                return false;
            }
            self.doubts -= 1;
        }
        self.refusals += 1;
        self.live = None;
        self.doubting = !certain;
        self.dead = self.dead || self.refusals >= REFUSALS;
        !self.dead
    }

    /// A vendor took a request that carried `ticket`.
    pub fn accepted(&mut self, ticket: Ticket) {
        self.refusals = 0;
        self.proven = self.proven || self.doubted.is_some_and(|(doubted, _)| doubted == ticket);
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
mod tests;
