//! Reading: the rates of one plan after the other, each in pages.
//!
//! The plans are the target's, or listed first where it has none. Plans that the vendor
//! derives are left out: their prices cannot be written, and reading them costs as much.
//!
//! Invariant: nothing of a page reaches the sink unless all of the page was understood.

use rackrate_core::adapter::{Carry, ReadAsk, Sink, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Ids;
use rackrate_core::shape::Shape;
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::slice::Reader;
use crate::{page, plans, wire};

const OPERATION: Operation = Operation::Read;

/// The form of one read: a year, which is two pages of each plan. The vendor bounds pages,
/// not windows.
pub(crate) const SHAPE: Shape = Shape::window(365);

/// Where a read is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    /// Plans that were listed because the target has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    listed: Vec<Ids>,
    /// The list is whole, and rates are read.
    #[serde(default)]
    whole: bool,
    plan: usize,
    page: u32,
}

impl Place {
    /// The plans to read; `None` while they are being listed.
    fn plans<'p>(&'p self, ask: &'p ReadAsk) -> Option<Vec<&'p Ids>> {
        if self.whole {
            return Some(self.listed.iter().collect());
        }
        let known = ask.target.facts.sellables.values();
        let own = known.filter(|one| !one.derived && one.ids.plan.is_some());
        let own: Vec<_> = own.map(|one| &one.ids).collect();
        (!own.is_empty()).then_some(own)
    }

    fn next_page(self) -> Self {
        Self {
            page: self.page + 1,
            ..self
        }
    }

    fn next_plan(self) -> Self {
        Self {
            plan: self.plan + 1,
            page: 0,
            ..self
        }
    }
}

pub(crate) fn request(api: &Api, ask: &ReadAsk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    SHAPE.check_window(ask).map_err(wrong)?;
    let first = question(api, ask, &Place::default())?;
    first.ok_or_else(|| wrong("there is nothing to read"))
}

/// The request for a place; `None` after the last plan.
fn question(api: &Api, ask: &ReadAsk, place: &Place) -> Result<Option<Request>> {
    let Some(plans) = place.plans(ask) else {
        let property = &ask.target.vendor_property;
        let request = plans::request(api, OPERATION, Some(property), place.page);
        return Ok(Some(request.with_query("isDerived", false)));
    };
    let plan = plans.get(place.plan).and_then(|ids| ids.plan.as_ref());
    let Some(plan) = plan else {
        return Ok(None);
    };
    let request = api
        .get(OPERATION, &api.rates(OPERATION, plan)?)
        .with_query("from", ask.first)
        .with_query("to", ask.last.next());
    Ok(Some(page::of(request, place.page)))
}

pub(crate) fn parse(
    api: &Api,
    adults: u8,
    ask: &ReadAsk,
    carry: &Carry,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "the carry is not of a read");
    let place: Place = carry.get().map_err(wrong)?;
    let plan = match place.plans(ask) {
        None => None,
        Some(plans) => Some(plans.get(place.plan).copied().cloned().ok_or_else(|| {
            let text = "the carry names a plan that is not to be read";
            api.bug(OPERATION, text)
        })?),
    };
    let next = match plan {
        None => list_plans(api, response, place)?,
        Some(ids) => read_rates(api, adults, ask, &ids, response, place, sink)?,
    };
    let Some(request) = question(api, ask, &next)? else {
        return Ok(Step::Done(()));
    };
    Ok(Step::Next {
        request: Box::new(request),
        carry: Carry::of(&next).map_err(wrong)?,
    })
}

fn list_plans(api: &Api, response: &Response, mut place: Place) -> Result<Place> {
    let list: wire::Plans<'_> = page::list(api, OPERATION, response, place.page)?;
    let unclear = |text: &str| api.malformed(OPERATION, text);
    let more = page::goes_on(place.page, list.rate_plans.len(), list.count).map_err(unclear)?;
    for plan in &list.rate_plans {
        let sellable = plans::sellable(plan).map_err(|text| unclear(&text))?;
        if !sellable.derived {
            place.listed.push(sellable.ids);
        }
    }
    Ok(match more {
        true => place.next_page(),
        false => Place {
            whole: true,
            page: 0,
            ..place
        },
    })
}

/// How the slices of a plan are understood.
fn reader<'a>(adults: u8, ask: &'a ReadAsk, ids: &Ids) -> Reader<'a> {
    let facts = &ask.target.facts;
    let sellable = facts.sellables.get(ids);
    Reader {
        currency: ask.target.currency(ids),
        adults,
        surcharge: sellable.and_then(|one| plans::has_surcharge(one, adults)) == Some(true),
        zone: facts.time_zone.as_deref(),
    }
}

fn read_rates(
    api: &Api,
    adults: u8,
    ask: &ReadAsk,
    ids: &Ids,
    response: &Response,
    place: Place,
    sink: &mut dyn Sink,
) -> Result<Place> {
    let list: wire::Rates<'_> = page::list(api, OPERATION, response, place.page)?;
    let unclear = |text: &str| api.malformed(OPERATION, &format!("{ids}: {text}"));
    let more = page::goes_on(place.page, list.rates.len(), list.count).map_err(unclear)?;
    let reader = reader(adults, ask, ids);
    let slices = list.rates.into_iter().map(|slice| reader.read(slice));
    let known: Vec<_> = slices.collect::<Result<_, _>>().map_err(unclear)?;
    let asked = ask.first..=ask.last;
    for night in known.iter().filter(|known| asked.contains(&known.night)) {
        sink.price(ids, adults, night.night, night.seen);
        sink.rules(ids, night.night, night.rules);
        sink.note(ids, night.night, &night.note);
    }
    Ok(match more {
        true => place.next_page(),
        false => place.next_plan(),
    })
}
