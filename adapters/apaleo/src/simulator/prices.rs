//! Prices that the vendor computes, and how it spells them.

use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use serde_json::value::RawValue;

use super::Apaleo;
use super::account::Plan;
use super::state::{At, Limits, Rate};
use super::switches::Surcharge;

/// A price with hundredths of percent of it, rounded half up to the minor unit.
fn part(Minor(price): Minor, hundredths: u64) -> u64 {
    let exact = u128::from(price) * u128::from(hundredths);
    u64::try_from((exact + 5_000) / 10_000).unwrap_or(u64::MAX)
}

/// A price with percentages added one after the other.
fn derived(price: Minor, steps: &[i32]) -> Minor {
    steps.iter().fold(price, |price, percent| {
        let factor = u64::try_from((100 + i64::from(*percent)) * 100).unwrap_or(0);
        Minor(part(price, factor))
    })
}

/// What so many adults pay.
pub(super) fn surcharged(price: Minor, surcharge: Surcharge) -> Minor {
    let more = match surcharge {
        Surcharge::Absolute(Minor(more)) => more,
        Surcharge::Percent(hundredths) => part(price, hundredths),
    };
    Minor(price.0.saturating_add(more))
}

/// An amount as a JSON number, with all its decimals, with as few as can be, or with one.
pub(super) fn number(currency: Currency, price: Minor, habit: u64) -> Box<RawValue> {
    let all = currency.format(price);
    let few = match all.contains('.') {
        true => all.trim_end_matches('0').trim_end_matches('.'),
        false => all.as_str(),
    };
    let text = match (habit % 3, few.contains('.')) {
        (0, _) => all,
        (1, false) => format!("{few}.0"),
        _ => few.to_owned(),
    };
    // Digits with a point inside are always a number.
    RawValue::from_string(text).unwrap_or_default()
}

impl Apaleo {
    /// What reads show of a night: the plan's own rate, or what follows from its base. The
    /// restrictions of a derived plan are its own, and nothing here sets them.
    pub(super) fn shown(&self, plan: Plan<'_>, night: Night, at: At) -> Option<Rate> {
        let (source, steps) = plan.source()?;
        let source = source.plan.as_ref()?.as_str();
        let rate = self.state.rates.get(source)?.0.get(&night)?.shown(at)?;
        if steps.is_empty() {
            return Some(rate);
        }
        Some(Rate {
            price: derived(rate.price, &steps),
            limits: Limits::default(),
        })
    }
}
