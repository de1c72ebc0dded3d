//! The habits that the vendor's documents leave open, as switches that stand somewhere.

use serde::{Deserialize, Serialize};

/// Where the switches stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Switches {
    /// `lose_tasks`: so many of the next tasks fail, which nobody is told. At first 0.
    pub(super) lose_tasks: u64,
    /// `wait_told`: where a 429 tells how long to wait.
    pub(super) wait_told: WaitTold,
    /// `reads`: what reading prices counts towards.
    pub(super) reads: Reads,
    /// `warned`: what a warning drops.
    pub(super) warned: Warned,
    /// `min_price`: lower prices are silently raised to this amount, as a property's
    /// setting does. At first none.
    pub(super) min_price: Option<String>,
}

/// Where a 429 tells how long to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum WaitTold {
    /// `none`, at first.
    #[default]
    Nowhere,
    /// `header`: in `Retry-After`.
    Header,
    /// `details`: in `errors.details.retry_after`.
    Details,
}

/// What reading prices counts towards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reads {
    /// `shared`, at first: the same bucket as writes.
    #[default]
    Shared,
    /// `apart`: a bucket of their own.
    Apart,
}

/// What a warning drops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Warned {
    /// `entry`, at first: all of it, as in the examples.
    #[default]
    Entry,
    /// `field`: the wrong fields only, as in the prose.
    Field,
}

impl Switches {
    /// Turns a switch; what is not known changes nothing.
    pub(super) fn turn(&mut self, name: &str, value: &str) {
        match (name, value) {
            ("lose_tasks", count) => {
                if let Ok(count) = count.parse() {
                    self.lose_tasks = count;
                }
            }
            ("wait_told", "none") => self.wait_told = WaitTold::Nowhere,
            ("wait_told", "header") => self.wait_told = WaitTold::Header,
            ("wait_told", "details") => self.wait_told = WaitTold::Details,
            ("reads", "shared") => self.reads = Reads::Shared,
            ("reads", "apart") => self.reads = Reads::Apart,
            ("warned", "entry") => self.warned = Warned::Entry,
            ("warned", "field") => self.warned = Warned::Field,
            ("min_price", "none") => self.min_price = None,
            ("min_price", amount) => self.min_price = Some(amount.to_owned()),
            _ => {}
        }
    }

    /// Whether the next task is to be lost; counts it.
    pub(super) fn loses(&mut self) -> bool {
        let loses = self.lose_tasks > 0;
        self.lose_tasks = self.lose_tasks.saturating_sub(1);
        loses
    }
}
