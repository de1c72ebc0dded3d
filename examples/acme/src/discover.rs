//! Listing hotels: one call for all of them (section 3).

use std::collections::BTreeMap;

use rackrate_core::adapter::{Carry, DiscoverAsk, DiscoveredProperty, Discovery, Manifest, Step};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency};

use crate::errors::malformed;
use crate::facts::ADULTS;
use crate::wire;

pub(crate) fn request(manifest: &Manifest, _ask: &DiscoverAsk) -> Result<Request> {
    Ok(Request::get(
        Operation::Discover,
        &manifest.bases[0],
        "/hotels",
    ))
}

pub(crate) fn parse(
    manifest: &Manifest,
    ask: &DiscoverAsk,
    _carry: &Carry,
    response: &Response,
    out: &mut Discovery,
) -> Result<Step<()>> {
    let list: wire::Hotels = wire::read(manifest, Operation::Discover, response)?;
    let mut found = Vec::new();
    for hotel in &list.hotels {
        let property = property(hotel).map_err(|text| {
            let text = format!("hotel {:?}: {text}", hotel.code);
            malformed(manifest, Operation::Discover, text)
        })?;
        found.push(property);
    }
    let wanted =
        |found: &DiscoveredProperty| ask.property.as_ref().is_none_or(|id| *id == found.id);
    out.properties.extend(found.into_iter().filter(wanted));
    Ok(Step::Done(()))
}

fn property(hotel: &wire::Hotel) -> Result<DiscoveredProperty, String> {
    let basis = match hotel.tax.as_str() {
        "included" => Basis::Gross,
        "extra" => Basis::Net,
        other => return Err(format!("{other:?} says nothing of tax")),
    };
    Ok(DiscoveredProperty {
        id: id(&hotel.code)?,
        name: hotel.name.clone(),
        time_zone: Some(hotel.zone.clone()),
        currency: Some(Currency::new(&hotel.currency).map_err(|error| error.to_string())?),
        basis: Some(basis),
        sellables: sellables(hotel)?,
    })
}

/// Every room type under every rate plan, because Acme lists them apart.
fn sellables(hotel: &wire::Hotel) -> Result<Vec<Sellable>, String> {
    let mut sellables = Vec::new();
    for room in &hotel.rooms {
        for plan in &hotel.plans {
            sellables.push(Sellable {
                ids: Ids {
                    room: Some(id(&room.code)?),
                    plan: Some(id(&plan.code)?),
                },
                name: format!("{}, {}", room.name, plan.name),
                currency: None,
                derived: false,
                adults: vec![ADULTS],
                extra: BTreeMap::new(),
            });
        }
    }
    Ok(sellables)
}

fn id(text: &str) -> Result<VendorId, String> {
    VendorId::new(text).map_err(|error| format!("the code {text:?} cannot be used: {error}"))
}
