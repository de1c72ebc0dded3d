//! What a connection cannot have: restrictions that its vendor lacks, numbers of adults that
//! it has no prices for.
//!
//! Invariant: what is left out is told, night by night counted; a wish that clears what the
//! vendor cannot have is fulfilled as it is, and says nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::chunk::{Sellable, Target};
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Set};
use rackrate_core::series::Series;

use super::Connection;
use super::wishes::Wish;

/// What a connection can have.
#[derive(Clone, Copy, Debug)]
pub struct Able<'a> {
    /// The restrictions it has.
    pub restrictions: &'a [Restriction],
    /// The one number of adults it has prices for; `None` where each price says.
    pub adults: Option<u8>,
}

/// What of the wishes a connection cannot have: the nights of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// Restrictions that it has not.
    pub restrictions: BTreeMap<Restriction, BTreeSet<Night>>,
    /// Numbers of adults that it has no prices for.
    pub adults: BTreeMap<u8, BTreeSet<Night>>,
}

/// Takes out of the wishes what the connection cannot have, and says what that was.
pub(super) fn strip(
    connection: &Connection,
    target: &Target,
    wishes: &mut BTreeMap<Ids, Wish<'_>>,
) -> Lacks {
    let able = Able {
        restrictions: &connection.restrictions,
        adults: connection.adults,
    };
    let mut lacks = Lacks::default();
    for (ids, wish) in wishes.iter_mut() {
        let sellable = target.facts.sellables.get(ids);
        able.strip(sellable, &mut wish.series, &mut lacks);
    }
    wishes.retain(|_, wish| !wish.series.is_empty());
    lacks
}

impl Able<'_> {
    /// Takes out of the wishes for one thing, by number of adults, what it cannot have, and
    /// adds that to `lacks`.
    ///
    /// `sellable` is what discovery said of the thing.
    pub fn strip(
        &self,
        sellable: Option<&Sellable>,
        wishes: &mut BTreeMap<u8, Cow<'_, Series>>,
        lacks: &mut Lacks,
    ) {
        for series in wishes.values_mut() {
            self.rules(series, lacks);
        }
        self.prices(sellable, wishes, lacks);
    }

    /// Whether it has prices for that number of adults.
    fn has_adults(&self, sellable: Option<&Sellable>, adults: u8) -> bool {
        let offered = sellable.map_or(&[][..], |one| &one.adults);
        self.adults.is_none_or(|fixed| fixed == adults)
            && (offered.is_empty() || offered.contains(&adults))
    }

    fn rules(&self, series: &mut Cow<'_, Series>, lacks: &mut Lacks) {
        let lacking = Restriction::ALL.into_iter();
        for kind in lacking.filter(|kind| !self.restrictions.contains(kind)) {
            if !series.speaks_of(kind) {
                continue;
            }
            let meant = |night: &Night| {
                let wish = kind.plain(series.rules(*night).get(kind));
                matches!(wish, Set::To(_))
            };
            let nights: Vec<Night> = series.nights().filter(meant).collect();
            if !nights.is_empty() {
                lacks.restrictions.entry(kind).or_default().extend(nights);
            }
            series.to_mut().forget(kind);
        }
    }

    fn prices(
        &self,
        sellable: Option<&Sellable>,
        all: &mut BTreeMap<u8, Cow<'_, Series>>,
        lacks: &mut Lacks,
    ) {
        let lacking = |adults: &u8| !self.has_adults(sellable, *adults);
        let lacking: Vec<u8> = all.keys().copied().filter(lacking).collect();
        for adults in lacking {
            let Some(series) = all.remove(&adults) else {
                continue;
            };
            let priced = |night: &Night| series.price(*night).is_some();
            let nights = series.nights().filter(priced);
            lacks.adults.entry(adults).or_default().extend(nights);
            // Restrictions belong to the night, whichever number of adults said them.
            if let Some(heir) = all.values_mut().next() {
                inherit(heir, &series);
            }
        }
    }
}

fn inherit(heir: &mut Cow<'_, Series>, series: &Series) {
    for night in series.nights() {
        let said = series.rules(night);
        if !said.is_leave() {
            heir.to_mut().set_rules(night, said);
        }
    }
}
