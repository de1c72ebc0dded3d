//! Listing properties: one call for all of them (README, section 3).
//!
//! What can be sold is every room type with every rate plan, because the protocol lists
//! them apart.

use std::collections::BTreeMap;

use rackrate_core::adapter::{DiscoverAsk, DiscoveredProperty, Discovery, Manifest, Step};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency};

use crate::errors::refusal;
use crate::wire;

pub(crate) fn request(manifest: &Manifest) -> Request {
    Request::get(Operation::Discover, &manifest.bases[0], "/v2/properties")
}

pub(crate) fn parse(
    manifest: &Manifest,
    ask: &DiscoverAsk,
    response: &Response,
    out: &mut Discovery,
) -> Result<Step<()>> {
    let vendor = &manifest.vendor;
    if response.status.as_u16() != 200 {
        return Err(refusal(vendor, Operation::Discover, response));
    }
    let unclear = |text: String| Error::malformed(vendor, Operation::Discover, text);
    let list: wire::Properties = serde_json::from_slice(&response.body).map_err(|error| {
        unclear("the answer is no list of properties".to_owned()).with_source(error)
    })?;
    let mut found = Vec::new();
    for one in list.properties {
        let id = one.id.clone();
        found.push(property(one).map_err(|text| unclear(format!("property {id:?}: {text}")))?);
    }
    let wanted =
        |found: &DiscoveredProperty| ask.property.as_ref().is_none_or(|id| *id == found.id);
    out.properties.extend(found.into_iter().filter(wanted));
    Ok(Step::Done(()))
}

fn property(said: wire::Property) -> Result<DiscoveredProperty, String> {
    let basis = match said.basis.as_str() {
        "gross" => Basis::Gross,
        "net" => Basis::Net,
        other => return Err(format!("{other:?} is no basis")),
    };
    Ok(DiscoveredProperty {
        id: id(&said.id)?,
        sellables: sellables(&said)?,
        currency: Some(Currency::new(&said.currency).map_err(|error| error.to_string())?),
        name: said.name,
        time_zone: Some(said.time_zone),
        basis: Some(basis),
    })
}

fn sellables(said: &wire::Property) -> Result<Vec<Sellable>, String> {
    let mut sellables = Vec::new();
    for room in &said.room_types {
        for plan in &said.rate_plans {
            sellables.push(Sellable {
                ids: Ids {
                    room: Some(id(&room.id)?),
                    plan: Some(id(&plan.id)?),
                },
                name: format!("{}, {}", room.name, plan.name),
                currency: None,
                derived: plan.derived_from.is_some(),
                adults: Vec::new(),
                extra: BTreeMap::new(),
            });
        }
    }
    Ok(sellables)
}

fn id(text: &str) -> Result<VendorId, String> {
    VendorId::new(text).map_err(|error| format!("the id {text:?} cannot be used: {error}"))
}
