//! `GET /restrictions`: what is shown, by plan and night, and only what was asked for.

use std::collections::BTreeMap;

use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Set};
use rackrate_core::simulator::{Hotel, HotelPlan};

use super::catalog;
use super::http_text::{Answer, Asked};
use super::json::{object, text};
use super::state::{Cell, State};

/// What can be asked for.
const KNOWN: [&str; 11] = [
    "availability",
    "rate",
    "min_stay_arrival",
    "min_stay_through",
    "min_stay",
    "closed_to_arrival",
    "closed_to_departure",
    "stop_sell",
    "max_stay",
    "availability_offset",
    "max_availability",
];
/// No longest span is documented; a choice of ours, so that an answer stays finite.
const LONGEST: u32 = 1_000;

/// The property that is asked about.
pub(super) fn property(asked: &Asked) -> Result<&str, Answer> {
    let missing = || Answer::bad_request(&["property_id is required".to_owned()]);
    asked.argument("filter[property_id]").ok_or_else(missing)
}

/// What is shown of a property.
pub(super) fn restrictions(state: &State, hotel: &Hotel, asked: &Asked) -> Result<Answer, Answer> {
    let (first, last) = span(asked)?;
    let wanted = wanted(asked)?;
    let plans: Vec<(String, String)> = hotel
        .plans
        .iter()
        .filter_map(|plan| {
            let shown = Shown::of(state, hotel, plan);
            let night = |night: Night| (night.to_string(), shown.night(night, &wanted));
            let nights: Vec<_> = first.through(last).map(night).collect();
            Some((catalog::id(plan)?.to_string(), object(&nights)))
        })
        .collect();
    Ok(Answer::good(object(&[("data", object(&plans))])))
}

/// Both ends are meant.
fn span(asked: &Asked) -> Result<(Night, Night), Answer> {
    let wrong = |text: &str| Answer::bad_request(&[text.to_owned()]);
    let night = |name: &str| asked.argument(name).map(str::parse::<Night>);
    let one = night("filter[date]");
    let (Some(first), Some(last)) = (
        one.or_else(|| night("filter[date][gte]")),
        one.or_else(|| night("filter[date][lte]")),
    ) else {
        return Err(wrong("date is required"));
    };
    match (first, last) {
        (Ok(first), Ok(last)) if (1..=LONGEST).contains(&first.span(last)) => Ok((first, last)),
        _ => Err(wrong("date is invalid")),
    }
}

fn wanted(asked: &Asked) -> Result<Vec<&str>, Answer> {
    let wrong = |text: &str| Answer::bad_request(&[text.to_owned()]);
    let list = asked
        .argument("filter[restrictions]")
        .ok_or_else(|| wrong("restrictions is required"))?;
    let wanted: Vec<&str> = list.split(',').map(str::trim).collect();
    match wanted.iter().all(|name| KNOWN.contains(name)) {
        true => Ok(wanted),
        false => Err(wrong("restrictions is invalid")),
    }
}

/// What a plan shows. A derived plan follows its parent, restrictions too.
struct Shown<'s> {
    nights: Option<&'s BTreeMap<Night, Cell>>,
    primary: u8,
    percentages: Vec<i32>,
    currency: Currency,
}

impl<'s> Shown<'s> {
    fn of(state: &'s State, hotel: &Hotel, plan: &HotelPlan) -> Self {
        let (source, percentages) =
            catalog::source(hotel, plan).unwrap_or_else(|| (plan, Vec::new()));
        Self {
            nights: catalog::id(source).and_then(|id| state.shown.nights(&hotel.id, id)),
            primary: catalog::primary(hotel, source),
            percentages,
            currency: hotel.currency,
        }
    }

    /// A night as asked for; one that nobody ever set is as in a new plan.
    fn night(&self, night: Night, wanted: &[&str]) -> String {
        let new = Cell::default();
        let cell = self
            .nights
            .and_then(|nights| nights.get(&night))
            .unwrap_or(&new);
        let price = cell.prices.get(&self.primary);
        let price = price.map_or(Minor(0), |price| {
            catalog::computed(*price, &self.percentages)
        });
        let fields: Vec<(&str, String)> = wanted
            .iter()
            .map(|name| (*name, value(name, cell, price, self.currency)))
            .collect();
        object(&fields)
    }
}

fn value(name: &str, cell: &Cell, price: Minor, currency: Currency) -> String {
    let number = |kind, none: u16| match cell.rules.get(kind) {
        Set::To(nights) => nights.to_string(),
        Set::Clear | Set::Leave => none.to_string(),
    };
    let flag = |kind| (cell.rules.get(kind) == Set::To(1)).to_string();
    match name {
        "rate" => text(&amount(price, currency)),
        "min_stay_arrival" | "min_stay" => number(Restriction::MinStayArrival, 1),
        "min_stay_through" => number(Restriction::MinStayThrough, 1),
        "max_stay" => number(Restriction::MaxStayArrival, 0),
        "closed_to_arrival" => flag(Restriction::ClosedToArrival),
        "closed_to_departure" => flag(Restriction::ClosedToDeparture),
        "stop_sell" => flag(Restriction::StopSell),
        "availability" => "3".to_owned(),
        "availability_offset" => "0".to_owned(),
        _ => "null".to_owned(),
    }
}

/// Major units with at least two decimals.
fn amount(price: Minor, currency: Currency) -> String {
    let amount = currency.format(price);
    match amount.contains('.') {
        true => amount,
        false => format!("{amount}.00"),
    }
}
