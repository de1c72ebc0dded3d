//! Reading restrictions: `restrictions/getAll`, compared by day.
//!
//! The vendor merges and cuts what was set, so its objects are not ours. All that bind a
//! rate and category are combined, whoever set them: a guest meets hotel staff's as well.
//! What is not ours is noted down for the next write of that night.
//!
//! Invariant: a kind that cannot be told exactly is left out, never called none.

mod found;

use rackrate_core::adapter::{ReadAsk, Sink};
use rackrate_core::chunk::Target;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::days::Days;
use crate::extra::Extra;
use crate::paging::{Limitation, Place};
use found::Told;

pub(crate) use found::Found;

const OPERATION: Operation = Operation::Read;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetAll<'a> {
    client: &'a str,
    service_ids: [&'a str; 1],
    colliding_utc: Interval,
    limitation: Limitation<'a>,
}

/// A filter's interval; other than a price's, its end is not meant.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Interval {
    start_utc: String,
    end_utc: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    restrictions: Vec<Told>,
    cursor: Option<String>,
}

/// A page of the restrictions in force around the window.
pub(crate) fn request(api: &Api, ask: &ReadAsk, service: &str, place: &Place) -> Result<Request> {
    let days = Days::of(api, OPERATION, &ask.target)?;
    let body = GetAll {
        client: api.client(),
        service_ids: [service],
        // A day more on either side: whether a restriction of one day lasts until its end
        // for this filter is not said.
        colliding_utc: Interval {
            start_utc: days
                .start(api, OPERATION, ask.first.previous())?
                .to_string(),
            end_utc: days.start(api, OPERATION, ask.last.plus(2))?.to_string(),
        },
        limitation: Limitation::after(place.cursor()),
    };
    api.call(OPERATION, "restrictions/getAll", &body)
}

/// Collects what matters of a page, and says where to go on.
pub(crate) fn parse(
    api: &Api,
    ask: &ReadAsk,
    service: &str,
    place: &Place,
    response: &Response,
    all: &mut Vec<Found>,
) -> Result<Option<Place>> {
    // With "return=minimal" an empty page may come without a body; reads do not ask for it.
    let page: Page = api.content(OPERATION, response)?;
    let days = Days::of(api, OPERATION, &ask.target)?;
    let count = page.restrictions.len();
    for told in page.restrictions {
        if told.service_id != service {
            return Err(api.malformed(OPERATION, "a restriction of another service"));
        }
        let one = found::read(&days, told).map_err(|text| api.malformed(OPERATION, text))?;
        all.extend(one.filter(|one| !one.says.is_empty()));
    }
    place.turn(api, OPERATION, count, page.cursor)
}

/// Tells every night of every rate and category of that service.
pub(crate) fn tell(ask: &ReadAsk, service: &str, found: &[Found], sink: &mut dyn Sink) {
    for (ids, sellable) in &ask.target.facts.sellables {
        let Some(extra) = Extra::of(sellable).filter(|extra| extra.service == service) else {
            continue;
        };
        let nights: Vec<Night> = ask.first.through(ask.last).collect();
        let mut in_force = vec![none(); nights.len()];
        let mut staff = in_force.clone();
        for one in found.iter().filter(|one| one.scope.binds(ids, &extra)) {
            for night in one.nights(ask) {
                let at = night.since(ask.first) as usize;
                add(&mut in_force[at], &one.says);
                if !one.is_ours() {
                    add(&mut staff[at], &one.says);
                }
            }
        }
        for (night, (rules, staff)) in nights.into_iter().zip(in_force.into_iter().zip(staff)) {
            sink.rules(ids, night, rules);
            let staff = staff.only(|_, said| matches!(said, Set::To(_)));
            if let (false, Ok(text)) = (staff.is_leave(), serde_json::to_string(&staff)) {
                sink.note(ids, night, &text);
            }
        }
    }
}

/// What was read to be in force on that night without us.
pub(crate) fn staff(target: &Target, ids: &Ids, night: Night) -> Rules {
    let note = target.note(ids, night);
    note.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or(Rules::LEAVE)
}

/// No restriction of any kind.
fn none() -> Rules {
    let mut rules = Rules::LEAVE;
    for kind in Restriction::ALL {
        rules.set(kind, Set::Clear);
    }
    rules
}

/// Adds what a restriction says to what is told already: the strictest one counts.
fn add(rules: &mut Rules, says: &[(Restriction, Set<u16>)]) {
    for (kind, said) in says {
        let old = kind.plain(rules.get(*kind));
        let new = match (old, kind.plain(*said)) {
            // Two of a kind, one of which cannot be told: nobody knows the stricter.
            (Set::Leave, _) | (_, Set::Leave) => Set::Leave,
            (Set::To(old), Set::To(new)) => Set::To(stricter(*kind, old, new)),
            (Set::Clear, new) => new,
            (old, Set::Clear) => old,
        };
        rules.set(*kind, new);
    }
}

fn stricter(kind: Restriction, one: u16, other: u16) -> u16 {
    match kind {
        Restriction::MaxStayArrival | Restriction::MaxStayThrough => one.min(other),
        _ => one.max(other),
    }
}
