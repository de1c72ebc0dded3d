//! What there is: the properties page by page, then the rate plans of all of them.
//!
//! A plan's surcharges are kept as a fact, because they decide whether the one price of a
//! night can be meant for more than one adult.

use rackrate_core::adapter::{Carry, DiscoverAsk, DiscoveredProperty, Discovery, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::VendorId;
use rackrate_core::money::Currency;
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::{page, plans, wire};

const OPERATION: Operation = Operation::Discover;

/// Where the discovery is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    /// All properties are known, and plans are listed.
    plans: bool,
    page: u32,
}

impl Place {
    /// Where it goes on; nowhere after the last plan, or where nobody has plans.
    fn next(&self, more: bool, found: bool) -> Option<Self> {
        let (plans, page) = match (self.plans, more) {
            (plans, true) => (plans, self.page + 1),
            (false, false) if found => (true, 0),
            _ => return None,
        };
        Some(Self { plans, page })
    }
}

pub(crate) fn request(api: &Api) -> Request {
    page::of(api.get(OPERATION, "/inventory/v1/properties"), 0)
}

pub(crate) fn parse(
    api: &Api,
    ask: &DiscoverAsk,
    carry: &Carry,
    response: &Response,
    out: &mut Discovery,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "the carry is not of a discovery");
    let place: Place = carry.get().map_err(wrong)?;
    let more = match place.plans {
        false => read_properties(api, ask, response, place.page, out)?,
        true => read_plans(api, response, place.page, out)?,
    };
    let Some(next) = place.next(more, !out.properties.is_empty()) else {
        return Ok(Step::Done(()));
    };
    let request = match next.plans {
        false => page::of(api.get(OPERATION, "/inventory/v1/properties"), next.page),
        true => plans::request(api, OPERATION, ask.property.as_ref(), next.page),
    };
    Ok(Step::Next {
        request: Box::new(request),
        carry: Carry::of(&next).map_err(wrong)?,
    })
}

/// Takes a page of properties; whether there is another one.
fn read_properties(
    api: &Api,
    ask: &DiscoverAsk,
    response: &Response,
    page: u32,
    out: &mut Discovery,
) -> Result<bool> {
    let list: wire::Properties = page::list(api, OPERATION, response, page)?;
    let unclear = |text: &str| api.malformed(OPERATION, text);
    let more = page::goes_on(page, list.properties.len(), list.count).map_err(unclear)?;
    let mut found = Vec::new();
    for said in list.properties {
        let sold = said.is_template != Some(true) && said.is_archived != Some(true);
        let property = property(said).map_err(|text| unclear(&text))?;
        let wanted = ask.property.as_ref().is_none_or(|id| *id == property.id);
        let known = out.properties.iter().chain(&found);
        if known.map(|one| &one.id).any(|id| *id == property.id) {
            return Err(unclear("a property is listed twice"));
        }
        if sold && wanted {
            found.push(property);
        }
    }
    out.properties.extend(found);
    Ok(more)
}

fn property(said: wire::Property) -> Result<DiscoveredProperty, String> {
    let id = VendorId::new(&said.id)
        .map_err(|error| format!("the property {:?} cannot be used: {error}", said.id))?;
    Ok(DiscoveredProperty {
        name: said.name.unwrap_or_else(|| id.to_string()),
        id,
        time_zone: said.time_zone,
        currency: said
            .currency_code
            .and_then(|code| Currency::new(&code).ok()),
        basis: None,
        sellables: Vec::new(),
    })
}

/// Takes a page of plans, each to its property; whether there is another one. Plans of
/// properties that are not sold have no place and are left out.
fn read_plans(api: &Api, response: &Response, page: u32, out: &mut Discovery) -> Result<bool> {
    let list: wire::Plans<'_> = page::list(api, OPERATION, response, page)?;
    let unclear = |text: &str| api.malformed(OPERATION, text);
    let more = page::goes_on(page, list.rate_plans.len(), list.count).map_err(unclear)?;
    let mut found = Vec::new();
    for plan in &list.rate_plans {
        found.push((
            &plan.property.id,
            plans::sellable(plan).map_err(|text| unclear(&text))?,
        ));
    }
    for (property, sellable) in found {
        let mut known = out.properties.iter_mut();
        if let Some(known) = known.find(|one| one.id.as_str() == property) {
            let sold = &mut known.sellables;
            if sold.iter().any(|one| one.ids == sellable.ids) {
                return Err(unclear("a rate plan is listed twice"));
            }
            sold.push(sellable);
        }
    }
    Ok(more)
}
