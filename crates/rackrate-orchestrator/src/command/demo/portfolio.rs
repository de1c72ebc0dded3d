//! The hotels of `demo --all`: one at each property management system of the catalogue, and
//! the first three of them at every channel manager, which their systems feed.

use rackrate_catalog::{Entry, Kind, VENDORS};
use rackrate_core::finding::Finding;
use rackrate_plan::planner::Role;

use crate::portfolio::Portfolio;
use crate::sample::{Sample, SampleHotel};

/// Code, identifier, name, region, and the embedded hotel whose calendar it has.
const HOTELS: [(&str, &str, &str, &str, &str); 6] = [
    (
        "algarve-resort",
        "302817",
        "Algarve Resort",
        "Algarve",
        "algarve-resort",
    ),
    (
        "lisbon-city",
        "5886676873777241",
        "Lisbon City Hotel",
        "Lisbon",
        "lisbon-city",
    ),
    (
        "madeira-bay",
        "41077",
        "Madeira Bay Resort",
        "Madeira",
        "algarve-resort",
    ),
    (
        "porto-river",
        "880231",
        "Porto River Hotel",
        "Porto",
        "lisbon-city",
    ),
    (
        "azores-lake",
        "19554",
        "Azores Lake Resort",
        "Azores",
        "algarve-resort",
    ),
    (
        "coimbra-old-town",
        "700412",
        "Coimbra Old Town Hotel",
        "Coimbra",
        "lisbon-city",
    ),
];

/// How many hotels have a channel manager.
const FED: usize = 3;

/// The hotels, and who knows them.
pub(super) fn sample() -> Result<Sample, Vec<Finding>> {
    let of_kind = |kind: Kind| VENDORS.iter().filter(move |entry| entry.kind == kind);
    let managers: Vec<&Entry> = of_kind(Kind::ChannelManager).collect();
    let hotels = of_kind(Kind::Pms).zip(HOTELS).enumerate();
    let hotels: Vec<_> = hotels
        .map(|(at, (pms, (code, id, name, region, like)))| {
            let feeds = managers.iter().copied().filter(|_| at < FED);
            SampleHotel {
                code,
                id,
                name,
                region,
                like,
                at: std::iter::once(pms).chain(feeds).collect(),
            }
        })
        .collect();
    let vendors = of_kind(Kind::Pms).take(HOTELS.len()).chain(managers);
    Sample::of(vendors.collect(), hotels, None)
}

/// The same as the program sees it: nobody writes what another system feeds.
pub(super) fn portfolio(sample: &Sample) -> Result<Portfolio, Vec<Finding>> {
    let mut portfolio = sample.portfolio()?;
    let links = portfolio.links.iter();
    let feeders: Vec<_> = links
        .filter(|link| link.entry.kind == Kind::Pms)
        .take(FED)
        .map(|link| link.id.clone())
        .collect();
    for link in &mut portfolio.links {
        if link.entry.kind == Kind::ChannelManager {
            link.role = Role::Observe;
            link.fed_by = feeders.clone();
        }
    }
    Ok(portfolio)
}
