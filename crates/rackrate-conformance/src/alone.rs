//! Clause T4: what a row does not name.

use std::collections::BTreeMap;

use rackrate_core::exchange::Operation;
use rackrate_core::ids::Ids;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::shape::Unit;

use crate::clause::{Check, Stop, ensure, skip};
use crate::nights::Nights;
use crate::vendor::Vendor;

/// Neighbours on both sides, and one between them that is changed.
const NIGHTS: i32 = 3;

pub(crate) fn left(vendor: &Vendor) -> Check {
    let Some(stage) = &vendor.stage else {
        return Err(skip("there is no simulator"));
    };
    let mut rows = vendor.chunks.iter().flat_map(|chunk| &chunk.rows);
    let one_price = rows.all(|row| row.prices.len() < 2);
    if one_price && vendor.adapter()?.manifest().restrictions.is_empty() {
        return Err(skip("a night has one price and nothing beside it"));
    }
    let mut nights = Nights::open(vendor, stage, NIGHTS)?;
    let rules = together(&mut nights)?;
    let all = (nights.first, nights.last);
    let prices = nights.prices.clone();
    nights.write(all, &prices, rules)?;
    let mut tried = false;
    for change in changes(&nights, rules) {
        tried |= change.keeps_the_rest(&mut nights)?;
    }
    match tried {
        true => Ok(()),
        false => Err(skip("a night is written whole, and less of it is refused")),
    }
}

/// As many restrictions as the vendor lets stand on one night.
fn together(nights: &mut Nights<'_>) -> Result<Rules, Stop> {
    let (all, prices) = ((nights.first, nights.last), nights.prices.clone());
    let mut rules = Rules::LEAVE;
    for kind in nights.adapter.manifest().restrictions.clone() {
        let mut more = rules;
        more.set(kind, Set::To(usual(kind)));
        if nights.is_built(all, &prices, more)? {
            rules = more;
        }
    }
    Ok(rules)
}

fn usual(kind: Restriction) -> u16 {
    match kind {
        Restriction::MinStayArrival | Restriction::MinStayThrough => 3,
        Restriction::MaxStayArrival | Restriction::MaxStayThrough => 14,
        _ => 1,
    }
}

/// A row that names something of one night.
#[derive(Debug)]
struct Change {
    prices: Vec<(u8, Minor)>,
    rules: Rules,
    /// The vendor may ask for more of the night than this row has.
    is_part: bool,
}

fn changes(nights: &Nights<'_>, rules: Rules) -> Vec<Change> {
    let mut changes = of_prices(nights);
    changes.extend(rules.said().filter_map(|one| of_rule(nights, rules, one)));
    changes
}

/// The sample's prices, so much higher.
fn dearer(nights: &Nights<'_>, by: u64) -> Vec<(u8, Minor)> {
    let all = nights.prices.iter();
    all.map(|(adults, price)| (*adults, Minor(price.0 + by)))
        .collect()
}

fn unit(nights: &Nights<'_>, operation: Operation) -> Option<Unit> {
    nights.adapter.shape(operation).map(|shape| shape.unit)
}

/// All prices of a night, and where there are several each by itself.
fn of_prices(nights: &Nights<'_>) -> Vec<Change> {
    let unit = unit(nights, Operation::Push);
    let change = |prices, is_part| Change {
        prices,
        rules: Rules::LEAVE,
        is_part,
    };
    let whole = unit == Some(Unit::PriceAndRestrictions);
    let mut changes = vec![change(dearer(nights, 1_000), whole)];
    if nights.prices.len() > 1 {
        let each = dearer(nights, 2_000).into_iter();
        changes.extend(each.map(|price| change(vec![price], unit != Some(Unit::Cell))));
    }
    changes
}

/// One restriction of the night, with what has to travel along.
fn of_rule(
    nights: &Nights<'_>,
    rules: Rules,
    (kind, wish): (Restriction, Set<u16>),
) -> Option<Change> {
    let prices = unit(nights, Operation::Push);
    let travels = unit(nights, Operation::Restrict).or(prices);
    let whole = prices == Some(Unit::PriceAndRestrictions);
    let together = travels == Some(Unit::AllRestrictions);
    let other = match wish {
        Set::To(length) if !kind.is_flag() => Set::To(length + 1),
        // Clearing it is another request, which leaves the others out.
        _ if together => return None,
        _ => Set::Clear,
    };
    let mut named = if together { rules } else { Rules::LEAVE };
    named.set(kind, other);
    // No vendor takes a whole night without its price.
    let along = whole.then(|| dearer(nights, 3_000));
    Some(Change {
        prices: along.unwrap_or_default(),
        rules: named,
        is_part: whole,
    })
}

impl Change {
    /// Whether it could be tried.
    fn keeps_the_rest(&self, nights: &mut Nights<'_>) -> Result<bool, Stop> {
        let night = nights.first.next();
        let at = (night, night);
        if self.is_part && !nights.is_built(at, &self.prices, self.rules)? {
            return Ok(false);
        }
        let mut meant = Shown::of(nights)?;
        nights.write(at, &self.prices, self.rules)?;
        meant.take(&nights.ids, night, self);
        let shown = Shown::of(nights)?;
        ensure(shown == meant, || {
            let lost = meant.differing(&shown);
            format!("after {} on {night}, {lost}", self.named())
        })?;
        Ok(true)
    }

    fn named(&self) -> String {
        let prices = self.prices.iter();
        let prices = prices.map(|(adults, price)| format!("{} for {adults}", price.0));
        let rules = (!self.rules.is_leave()).then(|| self.rules.to_string());
        prices.chain(rules).collect::<Vec<_>>().join(", ")
    }
}

/// Everything shown of the nights; what is no restriction has one spelling.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    prices: BTreeMap<(Ids, Night, u8), Seen>,
    rules: BTreeMap<(Ids, Night, Restriction), u16>,
}

impl Shown {
    fn of(nights: &mut Nights<'_>) -> Result<Self, Stop> {
        let noted = nights.read()?;
        let own = |ids: &Ids| !nights.is_derived(ids);
        let prices = noted.prices.into_iter().filter(|one| own(&one.0));
        let rules = noted.rules.into_iter().filter(|one| own(&one.0));
        let mut shown = Self {
            prices: prices
                .map(|(ids, adults, night, seen)| ((ids, night, adults), seen))
                .collect(),
            rules: BTreeMap::new(),
        };
        for (ids, night, rules) in rules {
            shown.rule(&ids, night, rules);
        }
        // That nothing is there may be told or not.
        shown.prices.retain(|_, seen| *seen != Seen::Absent);
        Ok(shown)
    }

    fn rule(&mut self, ids: &Ids, night: Night, rules: Rules) {
        for (kind, wish) in rules.said() {
            let at = (ids.clone(), night, kind);
            match kind.plain(wish) {
                Set::To(value) => self.rules.insert(at, value),
                Set::Clear | Set::Leave => self.rules.remove(&at),
            };
        }
    }

    /// What the change names.
    fn take(&mut self, ids: &Ids, night: Night, change: &Change) {
        for (adults, price) in &change.prices {
            let at = (ids.clone(), night, *adults);
            self.prices.insert(at, Seen::Price(*price));
        }
        self.rule(ids, night, change.rules);
    }

    /// The first thing that is not as it is meant.
    fn differing(&self, shown: &Self) -> String {
        let of_both = self.prices.keys().chain(shown.prices.keys());
        let price = of_both
            .clone()
            .find(|at| self.prices.get(at) != shown.prices.get(at));
        if let Some(at @ (ids, night, adults)) = price {
            let (meant, seen) = (self.prices.get(at), shown.prices.get(at));
            return format!("{ids} on {night} for {adults} is {seen:?}, not {meant:?}");
        }
        let mut of_both = self.rules.keys().chain(shown.rules.keys());
        let rule = of_both.find(|at| self.rules.get(at) != shown.rules.get(at));
        rule.map_or_else(String::new, |at @ (ids, night, kind)| {
            let (meant, seen) = (self.rules.get(at), shown.rules.get(at));
            format!("{ids} on {night} has {kind} {seen:?}, not {meant:?}")
        })
    }
}
