//! Habits of the vendor that a test turns: see [`Apaleo::switch`]. They survive a restart.

use std::collections::BTreeMap;

use rackrate_core::clock::Mono;
use rackrate_core::money::Minor;
use serde::{Deserialize, Serialize};

use super::Apaleo;
use super::state::At;

/// What kind of account it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    #[default]
    Live,
    Trial,
}

/// What more adults pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Surcharge {
    Absolute(Minor),
    /// In hundredths of a percent.
    Percent(u64),
}

/// Where all switches stand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Switches {
    pub(super) account: Kind,
    /// What the client may do; ticked when it was made.
    pub(super) scopes: Vec<String>,
    /// Until then the client is too new.
    pub(super) new_until: Option<At>,
    /// By plan and number of adults.
    pub(super) surcharges: BTreeMap<String, BTreeMap<u32, Surcharge>>,
    /// What of a plan's price is for services, by plan.
    pub(super) included: BTreeMap<String, Minor>,
    /// Times are spelled in UTC.
    pub(super) utc: bool,
}

impl Default for Switches {
    fn default() -> Self {
        let scopes = ["rates.read", "rates.manage", "rateplans.read", "setup.read"];
        Self {
            account: Kind::Live,
            scopes: scopes.map(str::to_owned).to_vec(),
            new_until: None,
            surcharges: BTreeMap::new(),
            included: BTreeMap::new(),
            utc: false,
        }
    }
}

impl Apaleo {
    /// Turns a switch:
    /// - `account`: `live` or `trial`, which decides the allowances;
    /// - `new_client`: for so many seconds from now the client is refused as too new;
    /// - `scopes`: what tokens from now on may do, with blanks between;
    /// - `surcharge`: `<plan> <adults> <Absolute|Percent> <value>`;
    /// - `included_services`: `<plan> <amount>`;
    /// - `times`: `offset` or `utc`, how slices are spelled.
    ///
    /// What is not understood changes nothing.
    pub(super) fn switch(&mut self, name: &str, value: &str, now: Mono) {
        let at = self.at(now);
        match (name, value) {
            ("account", "live") => self.state.switches.account = Kind::Live,
            ("account", "trial") => self.state.switches.account = Kind::Trial,
            ("times", "offset" | "utc") => self.state.switches.utc = value == "utc",
            ("scopes", _) => {
                let scopes = value.split_whitespace().map(str::to_owned);
                self.state.switches.scopes = scopes.collect();
            }
            ("new_client", _) => {
                if let Ok(seconds) = value.parse::<u64>() {
                    let until = at.plus_micros(seconds.saturating_mul(1_000_000));
                    self.state.switches.new_until = Some(until);
                }
            }
            ("surcharge", _) => drop(self.set_surcharge(value)),
            ("included_services", _) => drop(self.set_included(value)),
            _ => {}
        }
    }

    fn set_surcharge(&mut self, value: &str) -> Option<()> {
        let mut parts = value.rsplitn(4, ' ');
        let (amount, kind) = (parts.next()?, parts.next()?);
        let (adults, id) = (parts.next()?.parse().ok()?, parts.next()?);
        let currency = self.account.plan(id)?.hotel.currency;
        let surcharge = match kind {
            "Absolute" => Surcharge::Absolute(currency.parse_vendor(amount).ok()?),
            "Percent" => Surcharge::Percent(hundredths(amount)?),
            _ => return None,
        };
        let plan = self.state.switches.surcharges.entry(id.to_owned());
        plan.or_default().insert(adults, surcharge);
        Some(())
    }

    fn set_included(&mut self, value: &str) -> Option<()> {
        let (id, amount) = value.rsplit_once(' ')?;
        let currency = self.account.plan(id)?.hotel.currency;
        let amount = currency.parse_vendor(amount).ok()?;
        self.state.switches.included.insert(id.to_owned(), amount);
        Some(())
    }
}

fn hundredths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = format!("{fraction:0<2}");
    let digits = format!("{whole}{}", fraction.get(..2)?);
    digits.parse().ok()
}
