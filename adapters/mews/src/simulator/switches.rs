//! Habits that the vendor's documents leave open, and answers on demand.
//!
//! - `interval_maximum`: `100` (as at the start) or `367` days for one price interval.
//! - `dependent_status`: `403` (as at the start) or `400` for a write to a dependent rate.
//! - `retry_after`: `on` (as at the start) or `off` in a 429.
//! - `read_delay`: seconds until reads show a change.
//! - `refuse_next`: a status such as `408`, `409`, `413` or `500`; the next call gets it and
//!   changes nothing. A 409 waits for a call that sets or clears restrictions.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Switches {
    pub(super) interval_maximum: u32,
    pub(super) dependent_status: u16,
    pub(super) retry_after: bool,
    pub(super) refuse_next: Option<u16>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            interval_maximum: 100,
            dependent_status: 403,
            retry_after: true,
            refuse_next: None,
        }
    }
}

impl Switches {
    /// Turns one; what is not known changes nothing.
    pub(super) fn turn(&mut self, name: &str, value: &str) {
        match (name, value, value.parse::<u16>().ok()) {
            ("interval_maximum", _, Some(days @ (100 | 367))) => {
                self.interval_maximum = u32::from(days);
            }
            ("dependent_status", _, Some(status @ (400 | 403))) => self.dependent_status = status,
            ("retry_after", "on" | "off", _) => self.retry_after = value == "on",
            ("refuse_next", _, Some(status @ 400..=599)) => self.refuse_next = Some(status),
            _ => {}
        }
    }

    /// The status that this call is to be refused with, once.
    pub(super) fn refuses(&mut self, action: &str) -> Option<u16> {
        let conflicts = matches!(action, "restrictions/set" | "restrictions/clear");
        self.refuse_next
            .take_if(|status| *status != 409 || conflicts)
    }
}

/// The delay in microseconds, where that is the switch.
pub(super) fn read_delay(name: &str, value: &str) -> Option<u64> {
    let seconds: u64 = value.parse().ok().filter(|_| name == "read_delay")?;
    seconds.checked_mul(1_000_000)
}
