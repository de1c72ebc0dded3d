//! `PUT …/rates`: each slice of the body is replaced whole, or nothing is done at all.
//!
//! That a refused list changes nothing is a choice of this simulator; the vendor does not
//! say. So are the texts that are not published.

use bytes::Bytes;
use jiff::Timestamp;
use rackrate_core::clock::Mono;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Apaleo;
use super::account::Plan;
use super::http_text::{Answer, is_of_type};
use super::slices;
use super::state::{Limits, Rate};
use super::witness::Effect;

/// What a PUT asks for. Members that nobody knows are ignored.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    rates: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Asked<'a> {
    from: Option<String>,
    to: Option<String>,
    #[serde(borrow)]
    price: Option<&'a RawValue>,
    #[serde(borrow)]
    restrictions: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Price<'a> {
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    currency: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restrictions {
    min_length_of_stay: Option<u16>,
    max_length_of_stay: Option<u16>,
    closed: Option<bool>,
    closed_on_arrival: Option<bool>,
    closed_on_departure: Option<bool>,
}

impl Apaleo {
    pub(super) fn replace(
        &mut self,
        id: &str,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        if !is_of_type(request, "application/json") {
            return Answer::empty(415);
        }
        let Some(plan) = self.account.plan(id) else {
            return Answer::messages(404, &[format!("Rate plan '{id}' was not found.")]);
        };
        let property = plan.hotel.id.clone();
        let until = self.busy.insert(property, ready);
        self.state.record.overlaps += u64::from(until.is_some_and(|until| now < until));
        let asked = match asked(request.body()) {
            Ok(asked) => asked,
            Err(no) => return no,
        };
        match self.checked(plan, &asked) {
            Ok(effects) => {
                self.write(id, &effects, now);
                Answer::empty(204)
            }
            Err(messages) => {
                self.state.record.refused_rows += asked.len() as u64;
                Answer::messages(422, &messages)
            }
        }
    }

    /// What the slices become, or all that is wrong with them.
    fn checked(&self, plan: Plan<'_>, asked: &[&RawValue]) -> Result<Vec<Effect>, Vec<String>> {
        if plan.plan.derived.is_some() {
            let text = format!(
                "The rates of the derived rate plan '{}' cannot be set.",
                plan.id
            );
            return Err(vec![text]);
        }
        let (mut effects, mut messages) = (Vec::<Effect>::new(), Vec::new());
        for (at, raw) in asked.iter().enumerate() {
            match slice(plan, raw) {
                Ok(effect) if effects.iter().any(|one| one.night == effect.night) => {
                    messages.push(format!("rates[{at}]: The time slice is there twice."));
                }
                Ok(effect) => effects.push(effect),
                Err(text) => messages.push(format!("rates[{at}]{text}")),
            }
        }
        messages.extend(self.below_services(plan, &effects));
        match messages.is_empty() {
            true => Ok(effects),
            false => Err(messages),
        }
    }

    /// A price has to pay for the services in it.
    fn below_services(&self, plan: Plan<'_>, effects: &[Effect]) -> Option<String> {
        let included = *self.state.switches.included.get(plan.id)?;
        let below = effects.iter().filter(|one| one.rate.price < included);
        let count = below.count();
        let services = plan.hotel.currency.format(included);
        (count > 0)
            .then(|| format!("{count} rate(s) exceed the total of included services ({services})"))
    }
}

/// The slices of a body that is an object with `rates`.
fn asked(body: &[u8]) -> Result<Vec<&RawValue>, Answer> {
    if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err() {
        let text = "The request body is no JSON.".to_owned();
        return Err(Answer::messages(400, &[text]));
    }
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Answer::invalid(
            "Cannot deserialize the current JSON array (e.g. [1,2,3]) into type \
             'Apaleo.Api.Modules.RatePlan.Models.Rate.ReplaceRateListModel' because the type \
             requires a JSON object (e.g. {\"name\":\"value\"}) to deserialize correctly.",
        ));
    }
    let said: Option<Body<'_>> = serde_json::from_slice(body).ok();
    let rates = said.and_then(|body| body.rates);
    let rates = rates.filter(|rates| !rates.is_empty());
    rates.ok_or_else(|| Answer::invalid("The field rates is required."))
}

/// One slice of the body; an error begins where the place in the list ends.
fn slice(plan: Plan<'_>, raw: &RawValue) -> Result<Effect, String> {
    let asked: Asked<'_> =
        serde_json::from_str(raw.get()).map_err(|_| ": The slice cannot be read.".to_owned())?;
    let instant = |text: &Option<String>| text.as_ref()?.parse::<Timestamp>().ok();
    let (Some(from), Some(to)) = (instant(&asked.from), instant(&asked.to)) else {
        return Err(": The fields from and to are required with an offset.".to_owned());
    };
    let night: Night = slices::night_of(plan.zone, from, to)
        .ok_or(": from and to are not those of one time slice of the rate plan.")?;
    let restrictions = asked.restrictions.filter(|raw| raw.get() != "null");
    let Some(price) = asked.price.filter(|raw| raw.get() != "null") else {
        return Err(match restrictions {
            Some(_) => ": Cannot set restrictions on a rate with no price".to_owned(),
            None => ".price: The field price is required.".to_owned(),
        });
    };
    Ok(Effect {
        night,
        rate: Rate {
            price: amount(plan.hotel.currency, price).map_err(|text| format!(".price{text}"))?,
            limits: match restrictions {
                None => Limits::default(),
                Some(raw) => limits(raw).map_err(|text| format!(".restrictions{text}"))?,
            },
        },
    })
}

fn amount(currency: Currency, raw: &RawValue) -> Result<Minor, String> {
    if raw.get().starts_with('[') {
        let text = ": Cannot deserialize the current JSON array (e.g. [1,2,3]) into a price.";
        return Err(text.to_owned());
    }
    let price: Price<'_> =
        serde_json::from_str(raw.get()).map_err(|_| ": The price cannot be read.".to_owned())?;
    if price.currency.as_deref() != Some(currency.code()) {
        return Err(format!(".currency: The currency has to be {currency}."));
    }
    let raw = price.amount.map_or("", RawValue::get);
    // A numeric text was seen to be accepted.
    let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
    currency
        .parse_vendor(&text)
        .map_err(|error| format!(".amount: {error}."))
}

fn limits(raw: &RawValue) -> Result<Limits, String> {
    let said: Restrictions = serde_json::from_str(raw.get())
        .map_err(|_| ": The restrictions cannot be read.".to_owned())?;
    let required = |name: &str, value: Option<bool>| {
        value.ok_or_else(|| format!(".{name}: The property is required."))
    };
    let stay = |name: &str, value: Option<u16>| match value {
        Some(0) => Err(format!(".{name}: The stay has to be one night at least.")),
        other => Ok(other),
    };
    Ok(Limits {
        min: stay("minLengthOfStay", said.min_length_of_stay)?,
        max: stay("maxLengthOfStay", said.max_length_of_stay)?,
        closed: required("closed", said.closed)?,
        on_arrival: required("closedOnArrival", said.closed_on_arrival)?,
        on_departure: required("closedOnDeparture", said.closed_on_departure)?,
    })
}
