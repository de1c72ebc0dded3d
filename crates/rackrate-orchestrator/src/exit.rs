//! Exit codes, and which one wins when several apply.

/// How a command ended, in the order of precedence, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// Bad usage, input or configuration.
    BadInput,
    /// A guard refused something.
    Guarded,
    /// A person must authorise.
    Person,
    /// It failed.
    Failed,
    /// Partly applied or confirmed.
    Partly,
    /// Sent, not yet confirmed.
    Unconfirmed,
    /// Differences were found.
    Different,
    /// Done, confirmed.
    Done,
}

impl Exit {
    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::BadInput => 2,
            Self::Guarded => 6,
            Self::Person => 5,
            Self::Failed => 1,
            Self::Partly => 4,
            Self::Unconfirmed => 7,
            Self::Different => 3,
            Self::Done => 0,
        }
    }

    /// The stronger of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_reason_wins() {
        assert_eq!(Exit::Done.and(Exit::Guarded).and(Exit::Failed).code(), 6);
        assert_eq!(Exit::Different.and(Exit::Unconfirmed).code(), 7);
    }
}
