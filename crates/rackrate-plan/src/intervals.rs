//! The difference between wishes and what is shown, as nights with equal wishes.
//!
//! One call looks at one thing that a vendor sells, with all its numbers of adults.
//! Cutting the rows to requests is left to [`crate::chunks`].
//!
//! Invariant: a night whose wish is already fulfilled is in no row, and no night is in two.

use rackrate_core::chunk::Row;
use rackrate_core::ids::Ids;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::{Seen, Series};
use rackrate_core::shape::Unit;

/// What is wished and known for one number of adults.
#[derive(Clone, Copy, Debug)]
pub struct Occupancy<'a> {
    /// For how many adults.
    pub adults: u8,
    /// The wishes; `None` where prices are shown but none is wished.
    pub desired: Option<&'a Series>,
    /// What the connection shows; `None` where nothing is known.
    pub known: Option<&'a Series>,
}

impl Occupancy<'_> {
    /// The price wished for a night; `None` leaves it alone.
    pub fn wish(&self, night: Night) -> Option<Minor> {
        price(self.desired, night)
    }

    /// Whether the wish for a night is not fulfilled yet.
    pub fn differs(&self, night: Night) -> bool {
        let wish = self.wish(night);
        wish.is_some() && wish != price(self.known, night)
    }
}

/// What of a night must travel together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// What a price needs beside it.
    pub prices: Unit,
    /// Whether a restriction that changes takes all others of its night along.
    pub all_rules: bool,
}

impl Needs {
    /// Nothing needs anything beside it.
    pub const NOTHING: Self = Self {
        prices: Unit::Cell,
        all_rules: false,
    };
}

/// The rows that make `occupancies` come true, in order of nights. `occupancies` are in
/// ascending order of adults.
///
/// What must travel along though it does not change goes out as wished, or as known where
/// no wish was made; what is neither wished nor known, or known to be none, stays out.
pub fn rows(ids: &Ids, occupancies: &[Occupancy<'_>], needs: Needs) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut prices = Vec::new();
    for night in nights(occupancies) {
        prices.clear();
        let rules = wishes(occupancies, needs, night, &mut prices);
        if prices.is_empty() && rules.is_leave() {
            continue;
        }
        match rows.last_mut() {
            Some(row) if row.last.next() == night && row.prices == prices && row.rules == rules => {
                row.last = night;
            }
            _ => rows.push(Row {
                ids: ids.clone(),
                first: night,
                last: night,
                prices: prices.clone(),
                rules,
            }),
        }
    }
    rows
}

/// The restrictions wished for a night: they belong to the night, whichever number of
/// adults says them.
pub fn desired_rules(occupancies: &[Occupancy<'_>], night: Night) -> Rules {
    let spoken = occupancies.iter().filter_map(|one| one.desired);
    first_said(spoken, night)
}

/// Whether what is shown fulfils the restrictions wished for a night. Where the numbers of
/// adults show different restrictions, all have to.
pub fn rules_fulfilled(occupancies: &[Occupancy<'_>], night: Night) -> bool {
    let wish = desired_rules(occupancies, night);
    let mut shown = occupancies
        .iter()
        .filter_map(|one| Some(one.known?.rules(night)))
        .filter(|rules| !rules.is_leave())
        .peekable();
    wish.is_leave() || (shown.peek().is_some() && shown.all(|rules| wish.fulfilled_by(&rules)))
}

/// The restrictions shown for a night; nothing is said where none is known.
pub fn known_rules(occupancies: &[Occupancy<'_>], night: Night) -> Rules {
    first_said(occupancies.iter().filter_map(|one| one.known), night)
}

fn first_said<'a>(series: impl Iterator<Item = &'a Series>, night: Night) -> Rules {
    series.fold(Rules::LEAVE, |said, one| said.or(&one.rules(night)))
}

/// Fills `prices` with what a night needs and gives its restrictions.
fn wishes(
    occupancies: &[Occupancy<'_>],
    needs: Needs,
    night: Night,
    prices: &mut Vec<(u8, Minor)>,
) -> Rules {
    let priced = occupancies.iter().any(|one| one.differs(night));
    let ruled = !rules_fulfilled(occupancies, night);
    let all_prices = match needs.prices {
        Unit::Cell | Unit::AllRestrictions => false,
        Unit::AllOccupancies => priced,
        Unit::PriceAndRestrictions => ruled && !priced,
    };
    prices.extend(occupancies.iter().filter_map(|one| {
        let sent = match all_prices {
            true => one.wish(night).or_else(|| price(one.known, night)),
            false => one.wish(night).filter(|_| one.differs(night)),
        };
        Some((one.adults, sent?))
    }));
    let along = priced && needs.prices == Unit::PriceAndRestrictions;
    match ruled || along {
        true if needs.all_rules => wished_or_known(occupancies, night),
        true => desired_rules(occupancies, night),
        false => Rules::LEAVE,
    }
}

fn wished_or_known(occupancies: &[Occupancy<'_>], night: Night) -> Rules {
    let (wish, known) = (
        desired_rules(occupancies, night),
        known_rules(occupancies, night),
    );
    wish.or(&known.only(|_, shown| matches!(shown, Set::To(_))))
}

fn nights(occupancies: &[Occupancy<'_>]) -> impl Iterator<Item = Night> + use<> {
    let wished = || {
        occupancies
            .iter()
            .filter_map(|one| one.desired)
            .filter(|series| series.first() <= series.last())
    };
    let span = wished()
        .map(Series::first)
        .min()
        .zip(wished().map(Series::last).max());
    span.into_iter()
        .flat_map(|(first, last)| first.through(last))
}

fn price(series: Option<&Series>, night: Night) -> Option<Minor> {
    match series?.price(night)? {
        Seen::Price(amount) => Some(amount),
        Seen::Absent | Seen::Unreadable => None,
    }
}
