//! Reading back: `GET /restrictions`, all plans of a property over a span of nights, both
//! ends meant.
//!
//! A price is a decimal text in major units. A number would be ambiguous, because writes
//! take minor units as numbers, so it is no price here.

use std::collections::BTreeMap;

use rackrate_core::adapter::{ReadAsk, Sink, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::Ids;
use rackrate_core::json::{self, Raw};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::series::{LONGEST_STAY, Seen};
use rackrate_core::shape::Shape;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::Api;
use crate::plan::Known;

/// No longest span is documented. A property of 500 plans, the most the vendor allows, is
/// near 15 MB over so many nights.
const WINDOW: u32 = 180;
/// What is asked for; without this list the vendor refuses.
const WANTED: &str = "rate,min_stay_arrival,min_stay_through,max_stay,closed_to_arrival,closed_to_departure,stop_sell";

/// The form of one read.
pub(crate) const SHAPE: Shape = Shape::window(WINDOW);

/// Plans stay raw until they are known to be ours.
#[derive(Deserialize)]
struct Shown<'a> {
    #[serde(borrow)]
    data: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
struct Cell<'a> {
    #[serde(borrow, default)]
    rate: Raw<'a>,
    #[serde(borrow, default)]
    min_stay_arrival: Raw<'a>,
    #[serde(borrow, default)]
    min_stay_through: Raw<'a>,
    #[serde(borrow, default)]
    max_stay: Raw<'a>,
    #[serde(borrow, default)]
    closed_to_arrival: Raw<'a>,
    #[serde(borrow, default)]
    closed_to_departure: Raw<'a>,
    #[serde(borrow, default)]
    stop_sell: Raw<'a>,
}

/// One span of a property.
pub(crate) fn request(api: &Api, ask: &ReadAsk) -> Result<Request> {
    let wrong = |text| api.bug(Operation::Read, text);
    SHAPE.check_window(ask).map_err(wrong)?;
    Ok(api
        .get(Operation::Read, "/restrictions")
        .with_query("filter[property_id]", &ask.target.vendor_property)
        .with_query("filter[date][gte]", ask.first)
        .with_query("filter[date][lte]", ask.last)
        .with_query("filter[restrictions]", WANTED))
}

/// A night of a plan. They are kept until the whole answer is read, so that no half of it
/// gets out.
struct Gathered<'t> {
    ids: &'t Ids,
    night: Night,
    price: Option<(u8, Seen)>,
    rules: Rules,
}

/// Reads every night of every plan that the property is known to have. A plan that the
/// answer leaves out has nothing to show.
pub(crate) fn parse(
    api: &Api,
    adults: Option<u8>,
    ask: &ReadAsk,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<Step<()>> {
    let wrong = |text| api.malformed(Operation::Read, text);
    let shown: Shown<'_> = api.accepted(Operation::Read, response)?;
    let mut nights = Vec::new();
    for ids in ask.target.facts.sellables.keys() {
        let plan = ids
            .plan
            .as_ref()
            .and_then(|plan| shown.data.get(plan.as_str()));
        if let Some(plan) = plan {
            let adults = Known::of(&ask.target, ids, adults).adults();
            read_plan(ask, ids, adults, plan, &mut nights).map_err(wrong)?;
        }
    }
    for one in nights {
        if let Some((adults, seen)) = one.price {
            sink.price(one.ids, adults, one.night, seen);
        }
        sink.rules(one.ids, one.night, one.rules);
    }
    Ok(Step::Done(()))
}

fn read_plan<'t>(
    ask: &'t ReadAsk,
    ids: &'t Ids,
    adults: Option<u8>,
    plan: &RawValue,
    out: &mut Vec<Gathered<'t>>,
) -> Result<(), &'static str> {
    let currency = ask.target.currency(ids);
    let nights: BTreeMap<String, &RawValue> =
        serde_json::from_str(plan.get()).map_err(|_| "a plan without its nights")?;
    for (night, raw) in nights {
        let night: Night = night.parse().map_err(|_| "a night without a date")?;
        let cell: Cell<'_> = json::object(raw).ok_or("a night is no object")?;
        if (ask.first..=ask.last).contains(&night) {
            out.push(Gathered {
                ids,
                night,
                price: adults.map(|adults| (adults, seen(cell.rate, currency))),
                rules: cell.rules(),
            });
        }
    }
    Ok(())
}

/// A price: exact, or marked as unreadable. A new plan shows zero until it gets a price.
fn seen(raw: Raw<'_>, currency: Currency) -> Seen {
    let Some(raw) = raw else { return Seen::Absent };
    let text = serde_json::from_str::<String>(raw.get()).ok();
    match text.map(|text| currency.parse_vendor(text.trim())) {
        Some(Ok(Minor(0))) => Seen::Absent,
        Some(Ok(price)) => Seen::Price(price),
        _ => Seen::Unreadable,
    }
}

impl Cell<'_> {
    fn rules(&self) -> Rules {
        let mut rules = Rules::LEAVE;
        for (kind, said) in [
            (Restriction::MinStayArrival, nights(self.min_stay_arrival)),
            (Restriction::MinStayThrough, nights(self.min_stay_through)),
            (Restriction::MaxStayArrival, nights(self.max_stay)),
            (Restriction::ClosedToArrival, flag(self.closed_to_arrival)),
            (
                Restriction::ClosedToDeparture,
                flag(self.closed_to_departure),
            ),
            (Restriction::StopSell, flag(self.stop_sell)),
        ] {
            rules.set(kind, kind.plain(said));
        }
        rules
    }
}

/// A number of nights; what is none says nothing.
fn nights(raw: Raw<'_>) -> Set<u16> {
    let number = raw.and_then(|raw| raw.get().parse::<u16>().ok());
    number
        .filter(|nights| *nights <= LONGEST_STAY)
        .map_or(Set::Leave, Set::To)
}

/// A truth value; also as a number, which writes may use.
fn flag(raw: Raw<'_>) -> Set<u16> {
    match raw.map(RawValue::get) {
        Some("true" | "1") => Set::To(1),
        Some("false" | "0") => Set::Clear,
        _ => Set::Leave,
    }
}
