//! The refresh token of a consent, as a pure state machine: when it may be used, and what an
//! answer that never came means for it.
//!
//! A vendor that rotates refresh tokens ends the one that was used, and takes a second use
//! for theft. So a token whose exchange was not heard of is a state of its own: the vendor is
//! asked where it answers such questions, its grace is used where it grants one, and
//! otherwise a person has to consent again. That nothing is used before its intent is on disk
//! is the engine's business.
//!
//! Invariant: where a vendor rotates, [`Renewal::next`] never says to use a token that may
//! have been used already, unless the vendor's grace covers it or the vendor said it is good.

use std::time::Duration;

use rackrate_core::auth::Rotation;
use rackrate_core::clock::Mono;
use rackrate_core::error::{Delivery, ErrorKind};

/// What to do to get an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Use the refresh token.
    Refresh {
        /// For the second time, within the vendor's grace.
        again: bool,
    },
    /// Ask the vendor whether the refresh token is still good.
    Introspect,
    /// Nothing before that time.
    Wait(Mono),
    /// Nothing; a person has to consent again.
    Person,
}

/// What a failed exchange means for the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is as good as before.
    Unused,
    /// It may have been used.
    Open,
    /// It is worth nothing any more.
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Held,
    /// It left and nothing was heard of it.
    Open {
        left: Mono,
        again: bool,
    },
    Ended,
}

/// One consent's refresh token.
#[derive(Clone, Debug)]
pub struct Renewal {
    rotation: Rotation,
    introspects: bool,
    /// How long an exchange may still arrive after it left.
    horizon: Duration,
    state: State,
}

impl Renewal {
    /// A token that nobody has used yet. `introspects` tells whether the vendor says of a
    /// refresh token whether it is good, `horizon` how long an exchange may still arrive.
    pub fn held(rotation: Rotation, introspects: bool, horizon: Duration) -> Self {
        Self {
            rotation,
            introspects,
            horizon,
            state: State::Held,
        }
    }

    /// What to do now.
    pub fn next(&self, now: Mono) -> Move {
        let (left, again) = match self.state {
            State::Held => return Move::Refresh { again: false },
            State::Ended => return Move::Person,
            State::Open { left, again } => (left, again),
        };
        let grace = match self.rotation {
            Rotation::Stays => return Move::Refresh { again: false },
            Rotation::Rotates { grace } => grace,
            Rotation::Lasting => None,
        };
        if !again && grace.is_some_and(|grace| now < left.after(grace)) {
            return Move::Refresh { again: true };
        }
        let arrived = left.after(self.horizon);
        match self.introspects {
            true if now < arrived => Move::Wait(arrived),
            true => Move::Introspect,
            false => Move::Person,
        }
    }

    /// Whether its use has to be on disk before it leaves.
    pub fn is_marked(&self) -> bool {
        self.rotation != Rotation::Stays
    }

    /// It is being used, or was by an earlier process; nothing was heard of it so far.
    pub fn left(&mut self, left: Mono, again: bool) {
        self.state = State::Open { left, again };
    }

    /// There is a token that nobody has used: a new one, or the vendor said so of this one.
    pub fn renewed(&mut self) {
        self.state = State::Held;
    }

    /// It is worth nothing any more.
    pub fn ended(&mut self) {
        self.state = State::Ended;
    }

    /// An exchange failed.
    pub fn failed(&mut self, kind: ErrorKind, delivery: Delivery) -> Fate {
        let fate = match (kind, delivery) {
            (kind, Delivery::Refused) if kind.ends_grant() => Fate::Ended,
            _ if self.rotation == Rotation::Stays => Fate::Unused,
            (_, Delivery::NotSent) => Fate::Unused,
            // These the vendor says instead of looking at the token.
            (
                ErrorKind::Throttled
                | ErrorKind::Misconfigured
                | ErrorKind::Unavailable
                | ErrorKind::Suspended,
                Delivery::Refused,
            ) => Fate::Unused,
            _ => Fate::Open,
        };
        match fate {
            Fate::Unused => self.renewed(),
            Fate::Ended => self.ended(),
            Fate::Open => {}
        }
        fate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HORIZON: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Mono {
        Mono(seconds * 1_000_000)
    }

    fn lost(rotation: Rotation, introspects: bool) -> Renewal {
        let mut renewal = Renewal::held(rotation, introspects, HORIZON);
        renewal.left(at(0), false);
        let fate = renewal.failed(ErrorKind::TimedOut, Delivery::Unknown);
        assert_eq!(fate == Fate::Unused, rotation == Rotation::Stays);
        renewal
    }

    fn rotates(grace: Option<u64>) -> Rotation {
        let grace = grace.map(Duration::from_secs);
        Rotation::Rotates { grace }
    }

    #[test]
    fn a_token_that_stays_is_used_again() {
        let renewal = lost(Rotation::Stays, false);
        assert_eq!(renewal.next(at(1)), Move::Refresh { again: false });
        assert!(!renewal.is_marked());
    }

    #[test]
    fn a_token_that_may_be_used_up_is_not_used_again() {
        assert_eq!(lost(rotates(None), false).next(at(1)), Move::Person);
    }

    #[test]
    fn a_token_that_may_have_become_a_key_is_not_used_again() {
        let renewal = Renewal::held(Rotation::Lasting, false, HORIZON);
        assert!(renewal.is_marked());
        assert_eq!(renewal.next(at(0)), Move::Refresh { again: false });
        assert_eq!(lost(Rotation::Lasting, false).next(at(1)), Move::Person);
    }

    #[test]
    fn a_grace_is_used_once_and_only_while_it_lasts() {
        let mut renewal = lost(rotates(Some(30)), false);
        assert_eq!(renewal.next(at(29)), Move::Refresh { again: true });
        assert_eq!(renewal.next(at(30)), Move::Person);
        renewal.left(at(1), true);
        renewal.failed(ErrorKind::TimedOut, Delivery::Unknown);
        assert_eq!(renewal.next(at(2)), Move::Person);
    }

    #[test]
    fn a_vendor_that_knows_is_asked_once_nothing_can_arrive_any_more() {
        let mut renewal = lost(rotates(None), true);
        assert_eq!(renewal.next(at(59)), Move::Wait(at(60)));
        assert_eq!(renewal.next(at(60)), Move::Introspect);
        renewal.renewed();
        assert_eq!(renewal.next(at(61)), Move::Refresh { again: false });
    }

    #[test]
    fn only_an_answer_that_never_looked_at_the_token_leaves_it_good() {
        let fate = |kind, delivery| {
            let mut renewal = Renewal::held(rotates(None), false, HORIZON);
            renewal.left(at(0), false);
            renewal.failed(kind, delivery)
        };
        for kind in [ErrorKind::Throttled, ErrorKind::Misconfigured] {
            assert_eq!(fate(kind, Delivery::Refused), Fate::Unused);
        }
        assert_eq!(fate(ErrorKind::TimedOut, Delivery::NotSent), Fate::Unused);
        assert_eq!(fate(ErrorKind::Malformed, Delivery::Refused), Fate::Open);
        assert_eq!(fate(ErrorKind::Unavailable, Delivery::Unknown), Fate::Open);
        for ends in [
            ErrorKind::Reconnect,
            ErrorKind::Disconnected,
            ErrorKind::ApproverLeft,
        ] {
            assert_eq!(fate(ends, Delivery::Refused), Fate::Ended, "{ends}");
        }
        assert_eq!(fate(ErrorKind::Suspended, Delivery::Refused), Fate::Unused);
    }
}
