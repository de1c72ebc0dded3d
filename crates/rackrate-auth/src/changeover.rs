//! The change of a client's secret at its vendor, as a pure state machine whose whole state is
//! a small record: whoever finds the record knows what comes next, after a crash too.
//!
//! Where old and new secret may live side by side, the new one is proved beside the old one,
//! then the configuration is switched to it. Elsewhere the old one ends when the new one is
//! made, so pushes are held from before that until the new one is proved.
//!
//! Invariants: a change ends only after a secret was proved where the configuration has it;
//! every step can be repeated, because it is written down after it was done and before the next.

use serde::{Deserialize, Serialize};

/// How a vendor changes a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Old and new live side by side for a while.
    Overlap,
    /// The new one ends the old one; pushes are held meanwhile.
    Hold,
}

/// What is written down of a change that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It was announced.
    Begun,
    /// The new secret was good at the vendor.
    Proved,
}

/// A change that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changeover {
    /// How its vendor does it.
    pub way: Way,
    /// How far it is.
    pub stage: Stage,
}

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Begin, or go on as far as nobody is needed.
    Go,
    /// Go on: what was waited for is done.
    Continue,
    /// Leave everything as it is, and hold nothing any more.
    Abort,
}

/// What was found out since the last step that was written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Whether the configuration leads to the new secret; where that cannot be told, it does.
    pub switched: Option<bool>,
    /// Whether a secret was good at the vendor.
    pub proof: Option<bool>,
}

/// A secret to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The new one, which is not yet where the configuration leads.
    New,
    /// The one that the configuration leads to.
    Configured,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Write down that it is so from now on, then ask again.
    Write(Changeover),
    /// Find out whether the configuration leads to the new secret, then ask again.
    Look,
    /// Try a secret at the vendor, then ask again.
    Prove(Which),
    /// Write down that it is over, having come to its end or not.
    End {
        /// The new secret is in use.
        done: bool,
    },
    /// A person has to act: make the new secret and store it, or switch the configuration.
    Person,
    /// The vendor refused the secret; nothing changes.
    Refused,
    /// There is nothing to do.
    Nothing,
}

impl Changeover {
    /// Whether pushes are held while this is written down.
    pub fn holds(self) -> bool {
        self.way == Way::Hold
    }

    /// What comes next where this is written down, or nothing is; `way` is how a change would
    /// begin.
    pub fn next(kept: Option<Self>, way: Way, wish: Wish, known: Known) -> Move {
        let begin = Self {
            way,
            stage: Stage::Begun,
        };
        match (kept, wish) {
            (None, Wish::Go) => Move::Write(begin),
            (None, Wish::Continue | Wish::Abort) => Move::Nothing,
            (Some(_), Wish::Abort) => Move::End { done: false },
            (Some(at), wish) => at.on(wish, known),
        }
    }

    fn on(self, wish: Wish, known: Known) -> Move {
        let proved = Self {
            stage: Stage::Proved,
            ..self
        };
        match (self.way, self.stage) {
            (Way::Overlap, Stage::Begun) => Self::proof(known, Which::New, Move::Write(proved)),
            (Way::Overlap, Stage::Proved) => Self::switched(known, Move::End { done: true }),
            (Way::Hold, Stage::Begun) if wish == Wish::Go => Move::Person,
            (Way::Hold, Stage::Begun) => Self::switched(known, Move::Write(proved)),
            (Way::Hold, Stage::Proved) => Move::End { done: true },
        }
    }

    fn switched(known: Known, then: Move) -> Move {
        match known.switched {
            None => Move::Look,
            Some(false) => Move::Person,
            Some(true) => Self::proof(known, Which::Configured, then),
        }
    }

    fn proof(known: Known, which: Which, then: Move) -> Move {
        match known.proof {
            None => Move::Prove(which),
            Some(true) => then,
            Some(false) => Move::Refused,
        }
    }
}

#[cfg(test)]
mod tests;
