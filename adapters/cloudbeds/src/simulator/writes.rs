//! `patchRate` and `putRate`: what is taken, what is refused at once, and the new job.
//!
//! Ends are inclusive and 30 intervals are counted over the whole call. A price under
//! another name than `rate` is accepted and does nothing.

use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::Hotel;

use super::form::Tree;
use super::http_text::{Answer, Asked};
use super::json::{flag, object, text};
use super::restrictions::Wish;
use super::state::{Interval, Job, State, plan_of_rate};

const MAX_INTERVALS: usize = 30;
/// Four seconds were seen.
const HABIT: u64 = 4_000_000;

/// Takes a write for a property.
pub(super) fn write(
    state: &mut State,
    seed: &Seed,
    hotel: &Hotel,
    client: usize,
    asked: &Asked,
    now: Mono,
) -> Answer {
    let at_work = |job: &Job| job.property == hotel.id && !job.done;
    if state.jobs.iter().any(at_work) {
        state.record.overlaps += 1;
    }
    let restrictions = asked.method == "patchRate";
    let intervals = match intervals(hotel, &asked.fields, restrictions) {
        Ok(intervals) => intervals,
        Err((rows, message)) => {
            state.record.refused_rows += rows;
            return Answer::failure(&message);
        }
    };
    let id = state.next_job;
    state.next_job += 1;
    let ends = now.after(std::time::Duration::from_micros(
        state.timing.job.unwrap_or(HABIT),
    ));
    state.jobs.push(Job {
        id,
        client,
        property: hotel.id.clone(),
        write: state.record.pushes,
        created: now,
        ends,
        done: false,
        asked_for: false,
        intervals,
    });
    let status = if seed.branch("status 202").chance(200) {
        202
    } else {
        200
    };
    let fields = [
        ("success", flag(true)),
        ("jobReferenceID", text(&id.to_string())),
    ];
    Answer::json(status, object(&fields))
}

type Refused = (u64, String);

fn intervals(hotel: &Hotel, fields: &Tree, restrictions: bool) -> Result<Vec<Interval>, Refused> {
    let rates = fields.get("rates").map(Tree::items).unwrap_or_default();
    if rates.is_empty() {
        return Err((0, "Parameter rates is required".to_owned()));
    }
    let mut found = Vec::new();
    for rate in rates {
        let id = rate.text("rateID").and_then(|id| VendorId::new(id).ok());
        let id = id.ok_or((1, "Parameter rateID is required".to_owned()))?;
        let wanted = match rate.get("interval") {
            // The schema shows one interval without a list.
            Some(one) if one.get("startDate").is_some() => vec![one],
            Some(many) => many.items(),
            None => Vec::new(),
        };
        if wanted.is_empty() {
            return Err((1, "Parameter interval is required".to_owned()));
        }
        for one in wanted {
            let taken = interval(hotel, &id, one, restrictions);
            found.push(taken.map_err(|message| (1, message))?);
        }
    }
    if found.len() > MAX_INTERVALS {
        let message = "No more than 30 intervals can be updated in a call".to_owned();
        return Err((found.len() as u64, message));
    }
    Ok(found)
}

fn interval(
    hotel: &Hotel,
    rate: &VendorId,
    fields: &Tree,
    restrictions: bool,
) -> Result<Interval, String> {
    let night = |name: &str| {
        let text = fields
            .text(name)
            .ok_or(format!("Parameter {name} is required"))?;
        text.parse::<Night>()
            .map_err(|_| format!("Parameter {name} is not valid"))
    };
    let (first, last) = (night("startDate")?, night("endDate")?);
    if last < first {
        return Err("Parameter endDate is not valid".to_owned());
    }
    let plan = plan_of_rate(hotel, rate.as_str());
    let price = price(hotel.currency, fields)?;
    if price.is_some() && plan.is_some_and(|plan| plan.derived.is_some()) {
        return Err("Derived rates cannot be updated".to_owned());
    }
    let wish = match restrictions {
        true => Wish::of_patch(fields)?,
        false => Wish::of_put(fields)?,
    };
    Ok(Interval {
        rate: rate.clone(),
        first,
        last,
        price,
        wish,
        action: "in_progress".to_owned(),
        message: None,
    })
}

fn price(currency: Currency, fields: &Tree) -> Result<Option<Minor>, String> {
    fields
        .text("rate")
        .map(|text| currency.parse_vendor(text))
        .transpose()
        .map_err(|_| "Parameter rate is not valid".to_owned())
}
