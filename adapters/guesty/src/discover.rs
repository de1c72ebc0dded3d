//! What there is: the complexes where they make properties, then all listings in pages.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::adapter::{Carry, DiscoverAsk, DiscoveredProperty, Discovery, Step};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::config::GroupBy;
use crate::listings::{self, COMPLEXES, Complex, Groups, Listing, Members};

const OPERATION: Operation = Operation::Discover;

#[derive(Default, Serialize, Deserialize)]
struct Progress {
    /// Whether complexes were asked for.
    grouped: bool,
    complexes: Vec<Complex>,
    skip: u64,
    /// The listings seen so far, wanted or not.
    seen: BTreeSet<VendorId>,
}

/// The first request: complexes where they are needed, else the first page of listings.
pub(crate) fn request(api: &Api, groups: &Groups) -> Request {
    match groups.by {
        GroupBy::Complex => api.get(OPERATION, COMPLEXES),
        GroupBy::Listing | GroupBy::Tag => listings::request(api, OPERATION, None, 0),
    }
}

/// Reads the complexes or a page of listings.
pub(crate) fn parse(
    api: &Api,
    groups: &Groups,
    ask: &DiscoverAsk,
    carry: &Carry,
    response: &Response,
    out: &mut Discovery,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "another parser's carry");
    let mut progress: Progress = carry.get().map_err(wrong)?;
    if groups.by == GroupBy::Complex && !progress.grouped {
        progress.complexes = complexes(api, response)?;
        progress.grouped = true;
    } else if !read_page(api, groups, ask, response, &mut progress, out)? {
        return Ok(Step::Done(()));
    }
    let request = listings::request(api, OPERATION, None, progress.skip);
    Ok(Step::Next {
        request: Box::new(request),
        carry: Carry::of(&progress).map_err(wrong)?,
    })
}

/// An account without complexes answers 404.
fn complexes(api: &Api, response: &Response) -> Result<Vec<Complex>> {
    if Api::is_no_complex(response) {
        return Ok(Vec::new());
    }
    let raw = api.accepted(OPERATION, response)?;
    listings::complexes(api, OPERATION, raw)
}

/// Takes a page over; whether there is another one.
fn read_page(
    api: &Api,
    groups: &Groups,
    ask: &DiscoverAsk,
    response: &Response,
    progress: &mut Progress,
    out: &mut Discovery,
) -> Result<bool> {
    let raw = api.accepted(OPERATION, response)?;
    let page = listings::page(api, OPERATION, raw, progress.skip)?;
    let members = members(&progress.complexes);
    let mut fresh = false;
    for listing in page.listings {
        if !progress.seen.insert(listing.id.clone()) {
            continue;
        }
        fresh = true;
        let property = groups.property(&listing, &members);
        let wanted = ask.property.as_ref();
        if wanted.is_none_or(|wanted| *wanted == property) {
            take(property, listing, &progress.complexes, out);
        }
    }
    if page.more && !fresh {
        return Err(api.malformed(OPERATION, "the list of listings does not go on"));
    }
    progress.skip = page.skip;
    Ok(page.more)
}

fn members(complexes: &[Complex]) -> Members {
    let mut members = Members::new();
    for complex in complexes {
        for listing in &complex.listings {
            let of = members.entry(listing.clone()).or_default();
            of.push(complex.id.clone());
        }
    }
    members
}

/// Adds a listing to its property. What its listings do not agree on is not the property's.
fn take(id: VendorId, listing: Listing, complexes: &[Complex], out: &mut Discovery) {
    let sellable = sellable(&listing);
    if let Some(known) = out.properties.iter_mut().find(|known| known.id == id) {
        known.currency = known.currency.filter(|own| Some(*own) == listing.currency);
        known.time_zone = listing
            .time_zone
            .filter(|zone| known.time_zone.as_ref() == Some(zone));
        known.sellables.push(sellable);
        return;
    }
    let complex = complexes.iter().find(|complex| complex.id == id);
    let name = match complex {
        Some(complex) => complex.name.clone(),
        None if id == listing.id => listing.name,
        None => id.to_string(),
    };
    out.properties.push(DiscoveredProperty {
        id,
        name,
        time_zone: listing.time_zone,
        currency: listing.currency,
        basis: None,
        sellables: vec![sellable],
    });
}

fn sellable(listing: &Listing) -> Sellable {
    Sellable {
        ids: Ids {
            room: Some(listing.id.clone()),
            plan: None,
        },
        name: listing.name.clone(),
        currency: listing.currency,
        derived: listing.sub_unit,
        adults: Vec::new(),
        extra: BTreeMap::new(),
    }
}
