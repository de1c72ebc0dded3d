//! The proof about tokens: when all of a connection's tokens die under its requests, one
//! new token is asked for, nothing is lost, and other connections hardly notice.
//!
//! Invariant: the vendor's side counts; a run without the revocation is the measure.

use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};
use rackrate_core::clock::Mono;
use rackrate_core::exchange::Operation;
use rackrate_core::simulator::{Control, Timing};
use rackrate_runtime::engine::types::{Event, GrantIx};

use crate::crowd::{Crowd, Group};

/// Properties of each connection; so many attempts are under way when the tokens die.
pub const LANES: usize = 64;
/// Requests of each property: enough that nobody is done within [`WHILE`].
const REQUESTS: usize = 12;
/// How long after the revocation the other connection is watched.
const WHILE: Duration = Duration::from_secs(4);
/// How finely time is stepped to find the moment when all attempts are under way.
const STEP: Duration = Duration::from_micros(100);

/// What happened to two connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Requests of the first connection that were refused for their token.
    pub refused: u64,
    /// Token requests of the first connection.
    pub token_requests: u64,
    /// Token requests of it under way at once, at most.
    pub at_once: u64,
    /// Wishes not at their vendor at the end, of both.
    pub lost: u64,
    /// Writes of the second connection that took effect in the while after.
    pub others: u64,
}

/// Plays both connections, and revokes the tokens of the first one if wanted.
///
/// # Errors
/// When the world cannot be set up, never rests, or never has all attempts under way.
pub fn play(seed: u64, revoke: bool) -> Result<Seen> {
    let groups = vec![Group::new(0, LANES as u64)?, Group::new(1, LANES as u64)?];
    let mut crowd = Crowd::new(seed, groups, Timing::default())?;
    for grant in [GrantIx(0), GrantIx(1)] {
        crowd.world.tell(Mono(0), Event::TokenWanted(grant));
    }
    let start = Mono(0).after(Duration::from_secs(2));
    crowd.wish(start, REQUESTS);
    let moment = all_under_way(&mut crowd, start)?;
    if revoke {
        crowd.world.control(moment, 0, Control::RevokeTokens);
    }
    let until = moment.after(WHILE);
    crowd.world.run(until).map_err(anyhow::Error::msg)?;
    let others = crowd.world.vendors[1].record().applied;
    crowd.finish()?;
    let record = crowd.world.vendors[0].record();
    Ok(Seen {
        refused: record.unauthorised,
        token_requests: record.token_requests,
        at_once: record.tokens_at_once,
        lost: crowd.lost(REQUESTS),
        others,
    })
}

/// What a revocation costs, against the same run without one.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Without it.
    pub calm: Seen,
    /// With it.
    pub revoked: Seen,
}

impl Cost {
    /// Plays both.
    ///
    /// # Errors
    /// As for [`play`].
    pub fn of(seed: u64) -> Result<Self> {
        Ok(Self {
            calm: play(seed, false)?,
            revoked: play(seed, true)?,
        })
    }

    /// Whether every attempt was refused, one token asked for and nothing lost, and the
    /// other connection did nine tenths of its work at least.
    pub fn is_kept(&self) -> bool {
        let Self { calm, revoked } = self;
        (calm.refused, revoked.refused) == (0, LANES as u64)
            && revoked.token_requests == calm.token_requests + 1
            && (revoked.at_once, revoked.lost) == (1, 0)
            && revoked.others * 10 >= calm.others * 9
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calm, revoked } = self;
        let extra = revoked.token_requests.saturating_sub(calm.token_requests);
        writeln!(f, "attempts refused         {:>7}", revoked.refused)?;
        writeln!(f, "extra token requests     {extra:>7}")?;
        writeln!(f, "token requests at once   {:>7}", revoked.at_once)?;
        writeln!(f, "lost                     {:>7}", revoked.lost)?;
        let (done, before) = (revoked.others, calm.others);
        writeln!(f, "done elsewhere meanwhile {done:>7} of {before}")?;
        f.write_str(if self.is_kept() { "kept" } else { "NOT KEPT" })
    }
}

/// The moment when an attempt of every lane is under way and none has arrived.
fn all_under_way(crowd: &mut Crowd, from: Mono) -> Result<Mono> {
    let mut at = from;
    while crowd.world.under_way() < 2 * LANES {
        at = at.after(STEP);
        ensure!(
            at < from.after(WHILE),
            "the attempts are never under way together"
        );
        crowd.world.run(at).map_err(anyhow::Error::msg)?;
        crowd.world.skip_to(at);
    }
    let mut arrivals = crowd.world.arrivals.iter();
    ensure!(
        arrivals.all(|one| one.operation == Operation::Token),
        "a write arrived before the others had left"
    );
    Ok(at)
}
