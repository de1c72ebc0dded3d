//! Listing properties, room types and rate plans.
//!
//! Plans stand inside their property, or in one list for all. Where a plan does not name
//! its room type, it is for each of them.

use std::collections::BTreeMap;

use rackrate_core::adapter::{Carry, DiscoverAsk, DiscoveredProperty, Discovery, Step};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency};
use url::Url;

use super::description::{Description, NameList, PropertyList};
use super::failures::{document, words};
use super::json::Json;
use super::paging::{self, Asker};
use super::route::Route;
use super::template::Slot;

/// An identifier and a name.
type Named = (VendorId, String);

impl Description {
    pub(crate) fn discover_request(&self, base: &Url, ask: &DiscoverAsk) -> Result<Request> {
        let request = self.plain_discover(base, ask)?;
        Ok(paging::first(self.discover.next.as_ref(), request))
    }

    fn plain_discover(&self, base: &Url, ask: &DiscoverAsk) -> Result<Request> {
        let values = |slot| match slot {
            Slot::Property => ask.property.as_ref().map(|id| Json::Text(id.to_string())),
            Slot::Today => Some(Json::Text(ask.today.to_string())),
            _ => None,
        };
        let (vendor, operation) = (&self.vendor.id, Operation::Discover);
        self.discover.ask.request(vendor, operation, base, &values)
    }

    pub(crate) fn parse_discover(
        &self,
        base: &Url,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        let (vendor, operation) = (&self.vendor.id, Operation::Discover);
        if response.status.as_u16() != 200 {
            return Err(self.errors.refusal(vendor, operation, response));
        }
        let unclear = |text: String| Error::malformed(vendor, operation, text);
        let body = document(vendor, operation, response)?;
        let found = match &self.discover.property {
            Some(list) => self.nested(list, &body),
            None => self.flat(&body),
        };
        let found = found.map_err(|text| unclear(format!("the answer is no list: {text}")))?;
        let asker = Asker {
            vendor,
            operation,
            base,
        };
        let plain = self.plain_discover(base, ask)?;
        let step = paging::after(asker, self.discover.next.as_ref(), carry, &body, plain)?;
        let wanted =
            |one: &DiscoveredProperty| ask.property.as_ref().is_none_or(|id| *id == one.id);
        for one in found.into_iter().filter(wanted) {
            merge(out, one);
        }
        Ok(step)
    }

    fn nested(&self, list: &PropertyList, body: &Json) -> Result<Vec<DiscoveredProperty>, String> {
        let each = list.list.find(body)?.into_iter();
        each.map(|found| self.property(list, found.value)).collect()
    }

    fn property(&self, list: &PropertyList, said: &Json) -> Result<DiscoveredProperty, String> {
        let id = id(&list.id, said)?;
        let basis = match &list.basis {
            None => None,
            Some((at, spellings)) => Some(basis(at, spellings, said)?),
        };
        Ok(DiscoveredProperty {
            name: words(list.name.as_ref(), said).unwrap_or_else(|| id.to_string()),
            time_zone: words(list.time_zone.as_ref(), said),
            currency: currency(list.currency.as_ref(), said)?,
            basis,
            sellables: self.sellables(said)?,
            id,
        })
    }

    /// What a property sells, from what stands inside it.
    fn sellables(&self, said: &Json) -> Result<Vec<Sellable>, String> {
        let rooms: Vec<Option<Named>> = match &self.discover.room {
            None => vec![None],
            Some(list) => listed(list, said)?
                .into_iter()
                .map(|(named, _)| Some(named))
                .collect(),
        };
        let plans = listed(&self.discover.plan.names, said)?;
        let mut sellables = Vec::new();
        for room in &rooms {
            for (plan, at) in &plans {
                let own = self.room_of(at)?;
                let other = |own: &VendorId| room.as_ref().is_some_and(|(id, _)| id != own);
                if own.as_ref().is_some_and(other) {
                    continue;
                }
                let room = room.clone().or(own.map(|id| (id.clone(), id.to_string())));
                sellables.push(self.sellable(room, plan, at)?);
            }
        }
        Ok(sellables)
    }

    /// Plans of all properties in one list.
    fn flat(&self, body: &Json) -> Result<Vec<DiscoveredProperty>, String> {
        let plan = &self.discover.plan;
        let mut found = Discovery::default();
        for (named, at) in listed(&plan.names, body)? {
            let owner = plan.property.as_ref().ok_or("a plan is of no property")?;
            let property = id(owner, at)?;
            let room = self.room_of(at)?.map(|id| (id.clone(), id.to_string()));
            let sellable = self.sellable(room, &named, at)?;
            merge(
                &mut found,
                DiscoveredProperty {
                    name: property.to_string(),
                    id: property,
                    time_zone: None,
                    currency: None,
                    basis: None,
                    sellables: vec![sellable],
                },
            );
        }
        Ok(found.properties)
    }

    fn room_of(&self, plan: &Json) -> Result<Option<VendorId>, String> {
        self.discover
            .plan
            .room
            .as_ref()
            .map(|at| id(at, plan))
            .transpose()
    }

    fn sellable(&self, room: Option<Named>, plan: &Named, at: &Json) -> Result<Sellable, String> {
        let derived = self
            .discover
            .plan
            .derived
            .as_ref()
            .and_then(|route| route.find_some(at));
        let name = match (&room, &self.discover.room) {
            (Some((_, room)), Some(_)) => format!("{room}, {}", plan.1),
            _ => plan.1.clone(),
        };
        Ok(Sellable {
            ids: Ids {
                room: room.map(|(id, _)| id),
                plan: Some(plan.0.clone()),
            },
            name,
            currency: currency(self.discover.plan.currency.as_ref(), at)?,
            derived: derived.is_some_and(|value| *value != Json::Flag(false)),
            adults: Vec::new(),
            extra: BTreeMap::new(),
        })
    }
}

/// The things of a list, each with its own object.
fn listed<'j>(list: &NameList, said: &'j Json) -> Result<Vec<(Named, &'j Json)>, String> {
    let each = list.list.find(said)?.into_iter();
    let named = each.map(|found| {
        let id = id(&list.id, found.value)?;
        let name = words(list.name.as_ref(), found.value);
        let name = name.unwrap_or_else(|| id.to_string());
        Ok(((id, name), found.value))
    });
    named.collect()
}

/// Adds a property, or what it sells to the one that is there already.
fn merge(out: &mut Discovery, one: DiscoveredProperty) {
    match out.properties.iter_mut().find(|other| other.id == one.id) {
        Some(known) => known.sellables.extend(one.sellables),
        None => out.properties.push(one),
    }
}

fn id(at: &Route, said: &Json) -> Result<VendorId, String> {
    let text = at
        .find(said)
        .and_then(Json::word)
        .ok_or("something has no identifier")?;
    VendorId::new(text).map_err(|error| format!("an identifier cannot be used: {error}"))
}

fn currency(at: Option<&Route>, said: &Json) -> Result<Option<Currency>, String> {
    let code = words(at, said).map(|code| Currency::new(&code).map_err(|error| error.to_string()));
    code.transpose()
}

fn basis(at: &Route, spellings: &[(Json, Basis)], said: &Json) -> Result<Basis, String> {
    let word = at.find(said);
    let mut known = spellings.iter();
    let known = known.find(|(spelling, _)| Some(spelling) == word);
    known
        .map(|(_, basis)| *basis)
        .ok_or_else(|| "its basis is neither gross nor net".to_owned())
}
