//! Connections that other systems feed: we never write there, but we know what should stand
//! there, because we wrote it where it comes from.
//!
//! Invariant: a wish is only taken over in words that both mappings have; what the fed
//! vendor cannot show is not asked of it.

use std::collections::BTreeMap;

use rackrate_core::ids::{ConnectionId, Ids};
use rackrate_core::rules::Restriction;
use rackrate_ledger::op::DesiredSeries;
use rackrate_plan::mapping::{MappedProperty, Names};

use crate::portfolio::{Link, Portfolio};

/// What should stand at a fed connection, from what its feeders were last told.
pub(super) fn wishes(
    portfolio: &Portfolio,
    fed: &Link,
    all: &[DesiredSeries],
) -> Vec<DesiredSeries> {
    let feeds = |wish: &&DesiredSeries| fed.fed_by.contains(&wish.connection);
    let wishes = all.iter().filter(feeds);
    wishes
        .filter_map(|wish| taken_over(portfolio, fed, wish))
        .collect()
}

fn taken_over(portfolio: &Portfolio, fed: &Link, wish: &DesiredSeries) -> Option<DesiredSeries> {
    let mapped = |id: &ConnectionId| portfolio.mapping.property(id, &wish.property);
    let names = ours(mapped(&wish.connection)?);
    let theirs = mapped(&fed.id)?;
    let ids = theirs.sold.get(*names.get(&wish.ids)?)?;
    let manifest = fed.adapter.manifest();
    let sold_for = |fixed| [fixed, DesiredSeries::ANY].contains(&wish.adults);
    if manifest.adults.is_some_and(|fixed| !sold_for(fixed)) {
        return None;
    }
    let mut series = wish.series.clone();
    let lacks = |kind: &Restriction| !manifest.restrictions.contains(kind);
    for kind in Restriction::ALL.into_iter().filter(lacks) {
        series.forget(kind);
    }
    Some(DesiredSeries {
        connection: fed.id.clone(),
        ids: ids.clone(),
        series,
        ..wish.clone()
    })
}

/// The mapping the other way round.
fn ours(mapped: &MappedProperty) -> BTreeMap<&Ids, &Names> {
    mapped
        .sold
        .iter()
        .map(|(names, ids)| (ids, names))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;
    use rackrate_core::ids::PropertyCode;
    use rackrate_core::money::Minor;
    use rackrate_core::night::Night;
    use rackrate_core::rules::{Rules, Set};
    use rackrate_core::series::{Seen, Series};
    use rackrate_plan::planner::Role;

    /// The sample, with its second vendor fed by its first.
    fn portfolio() -> Portfolio {
        let mut portfolio = Sample::new(None).unwrap().portfolio().unwrap();
        let feeder = portfolio.links[0].id.clone();
        portfolio.links[1].role = Role::Observe;
        portfolio.links[1].fed_by = vec![feeder];
        portfolio
    }

    fn wish(portfolio: &Portfolio) -> DesiredSeries {
        let connection = portfolio.links[0].id.clone();
        let property = PropertyCode::new("lisbon-city").unwrap();
        let mapped = portfolio.mapping.property(&connection, &property).unwrap();
        let night = Night::from_days(20_900);
        let mut series = Series::unknown(night, night);
        series.set_price(night, Some(Seen::Price(Minor(9_900))));
        let rules = Rules {
            min_stay_arrival: Set::To(2),
            max_stay_through: Set::To(9),
            ..Rules::LEAVE
        };
        series.set_rules(night, rules);
        DesiredSeries {
            ids: mapped.sold.values().next().unwrap().clone(),
            connection,
            property,
            adults: 2,
            series,
        }
    }

    #[test]
    fn a_fed_connection_should_show_what_its_feeder_was_told_as_far_as_it_can() {
        let portfolio = portfolio();
        let wish = wish(&portfolio);
        let fed = wishes(&portfolio, &portfolio.links[1], std::slice::from_ref(&wish));
        let [fed] = &fed[..] else { panic!("{fed:?}") };
        let theirs = portfolio
            .mapping
            .property(&portfolio.links[1].id, &wish.property)
            .unwrap();
        assert_eq!(Some(&fed.ids), theirs.sold.values().next());
        assert_ne!(fed.ids, wish.ids);
        let night = fed.series.first();
        assert_eq!(fed.series.price(night), wish.series.price(night));
        assert_eq!(fed.series.rules(night).to_string(), "min stay 2");
    }

    #[test]
    fn nobody_else_is_asked_for_it() {
        let portfolio = portfolio();
        let wish = wish(&portfolio);
        assert!(wishes(&portfolio, &portfolio.links[0], std::slice::from_ref(&wish)).is_empty());
        let stranger = DesiredSeries {
            ids: Ids {
                room: None,
                plan: None,
            },
            ..wish
        };
        assert!(wishes(&portfolio, &portfolio.links[1], &[stranger]).is_empty());
    }
}
