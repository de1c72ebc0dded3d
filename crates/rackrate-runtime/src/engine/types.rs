//! The words between the engine and its host: what happened, and what to do.
//!
//! The engine knows verbs and tickets; host and adapters hold bytes and secrets.

mod effect;
mod event;
mod setup;

use rackrate_core::clock::{Mono, Wall};

pub use self::effect::{Effect, Report, Verb};
pub use self::event::{Answer, Event, Failure, Issued};
pub use self::setup::{
    ClientSpec, ConnectionSpec, ConsentSpec, GrantSpec, LaneSpec, Policy, ScopeSpec, Setup, Uses,
};

/// The moment of an event, and a number the engine may use up for jitter.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// On the clock that never goes back.
    pub mono: Mono,
    /// In civil time.
    pub wall: Wall,
    /// Fresh randomness.
    pub random: u64,
}

impl Now {
    /// An earlier civil time on the clock that never goes back; a later one, as a clock that
    /// was set back shows, is now.
    pub fn at(&self, wall: Wall) -> Mono {
        self.mono.before(self.wall.since(wall))
    }
}

/// Index of a grant in [`Setup::grants`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GrantIx(pub usize);
/// Index of a client in [`Setup::clients`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientIx(pub usize);
/// Index of a connection in [`Setup::connections`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnIx(pub usize);
/// Index of a lane in [`Setup::lanes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaneIx(pub usize);
/// Names one attempt on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SendId(pub u64);
/// Names a batch of ledger operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchId(pub u64);
/// Names a request the host holds ready, because an answer said there is more to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CarryId(pub u64);
