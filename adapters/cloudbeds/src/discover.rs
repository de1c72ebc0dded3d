//! What there is: `getHotels` page by page, then the rates of each hotel.

use rackrate_core::adapter::{Carry, DiscoverAsk, DiscoveredProperty, Discovery, Step};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::VendorId;
use rackrate_core::money::Currency;
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::read;
use crate::wire::{self, Raw};

const OPERATION: Operation = Operation::Discover;
/// The largest page that is widely used; the limit is not documented.
const PAGE: u64 = 100;
/// Rates are only listed for dates; a week from today shows the active ones.
const DAYS: i32 = 6;

#[derive(Default, Serialize, Deserialize)]
struct Progress {
    /// Pages of hotels read.
    pages: u64,
    /// Hotels listed so far, wanted or not.
    listed: u64,
    /// The hotel whose rates are asked for.
    asked: Option<VendorId>,
    /// The hotels still to ask for.
    waiting: Vec<VendorId>,
}

#[derive(Deserialize)]
struct Hotel<'a> {
    #[serde(borrow, default, rename = "propertyID")]
    id: Raw<'a>,
    #[serde(borrow, default, rename = "propertyName")]
    name: Raw<'a>,
    #[serde(borrow, default, rename = "propertyTimezone")]
    time_zone: Raw<'a>,
    #[serde(borrow, default, rename = "propertyCurrency")]
    currency: Raw<'a>,
}

#[derive(Deserialize)]
struct Money<'a> {
    #[serde(borrow, default, rename = "currencyCode")]
    code: Raw<'a>,
}

#[derive(Deserialize)]
struct Rate<'a> {
    #[serde(borrow, default, rename = "rateID")]
    id: Raw<'a>,
    #[serde(borrow, default, rename = "roomTypeID")]
    room: Raw<'a>,
    #[serde(borrow, default, rename = "roomTypeName")]
    room_name: Raw<'a>,
    #[serde(borrow, default, rename = "propertyID")]
    property: Raw<'a>,
    #[serde(borrow, default, rename = "isDerived")]
    derived: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanID")]
    plan: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanNamePublic")]
    public: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanNamePrivate")]
    private: Raw<'a>,
    #[serde(borrow, default, rename = "parentRateID")]
    parent: Raw<'a>,
}

/// The first page of hotels.
pub(crate) fn request(api: &Api, ask: &DiscoverAsk) -> Request {
    hotels(api, ask, 1)
}

fn hotels(api: &Api, ask: &DiscoverAsk, page: u64) -> Request {
    let request = api.get(OPERATION, "/getHotels", ask.property.as_ref());
    let request = match &ask.property {
        None => request,
        Some(property) => request.with_query("propertyIDs", property),
    };
    request
        .with_query("pageNumber", page)
        .with_query("pageSize", PAGE)
}

/// Reads a page of hotels, or the rates of one.
pub(crate) fn parse(
    api: &Api,
    ask: &DiscoverAsk,
    carry: &Carry,
    response: &Response,
    out: &mut Discovery,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "another parser's carry");
    let mut progress: Progress = carry.get().map_err(wrong)?;
    let more = match progress.asked.take() {
        None => read_hotels(api, ask, response, &mut progress, out)?,
        Some(hotel) => {
            read_rates(api, &hotel, response, out)?;
            None
        }
    };
    let request = match more {
        Some(page) => page,
        None if progress.waiting.is_empty() => return Ok(Step::Done(())),
        None => {
            let hotel = progress.waiting.remove(0);
            let last = ask.today.plus(DAYS);
            let request = read::rates(api, OPERATION, &hotel, ask.today, last);
            progress.asked = Some(hotel);
            request.with_query("detailedRates", false)
        }
    };
    Ok(Step::Next {
        request: Box::new(request),
        carry: Carry::of(&progress).map_err(wrong)?,
    })
}

fn read_hotels(
    api: &Api,
    ask: &DiscoverAsk,
    response: &Response,
    progress: &mut Progress,
    out: &mut Discovery,
) -> Result<Option<Request>> {
    let wrong = |text: &str| api.malformed(OPERATION, text);
    let envelope = api.accepted(OPERATION, response)?;
    let items = wire::list(envelope.data).ok_or_else(|| wrong("no list of properties"))?;
    let listed = items.len() as u64;
    let mut fresh = false;
    for raw in items {
        let hotel = wire::object(raw)
            .and_then(|hotel| property(&hotel))
            .ok_or_else(|| wrong("a property without identifier"))?;
        let wanted = ask
            .property
            .as_ref()
            .is_none_or(|wanted| *wanted == hotel.id);
        let known = out.properties.iter().any(|known| known.id == hotel.id);
        fresh |= !known;
        if wanted && !known {
            progress.waiting.push(hotel.id.clone());
            out.properties.push(hotel);
        }
    }
    progress.pages += 1;
    progress.listed += listed;
    let total = wire::text(envelope.total).and_then(|total| total.parse::<u64>().ok());
    let more = total.map_or(listed >= PAGE, |total| progress.listed < total);
    if more && !fresh {
        return Err(wrong("the list of properties does not go on"));
    }
    Ok(more.then(|| hotels(api, ask, progress.pages + 1)))
}

fn property(hotel: &Hotel<'_>) -> Option<DiscoveredProperty> {
    let id = VendorId::new(&wire::text(hotel.id)?).ok()?;
    Some(DiscoveredProperty {
        name: wire::text(hotel.name).unwrap_or_else(|| id.to_string()),
        id,
        time_zone: wire::text(hotel.time_zone),
        currency: currency(hotel.currency),
        basis: None,
        sellables: Vec::new(),
    })
}

/// An object in life, an array in the schema.
fn currency(raw: Raw<'_>) -> Option<Currency> {
    let items = wire::list(raw)?;
    let money: Money<'_> = wire::object(items.first().copied())?;
    Currency::new(&wire::text(money.code)?).ok()
}

fn read_rates(api: &Api, hotel: &VendorId, response: &Response, out: &mut Discovery) -> Result<()> {
    let wrong = |text: &str| api.malformed(OPERATION, text);
    let envelope = api.accepted(OPERATION, response)?;
    let rates = wire::list(envelope.data).ok_or_else(|| wrong("no list of rates"))?;
    let mut sellables = Vec::new();
    for raw in rates {
        let rate: Rate<'_> = wire::object(raw).ok_or_else(|| wrong("a rate is no object"))?;
        if wire::text(rate.property).is_some_and(|property| property != hotel.as_str()) {
            return Err(wrong("a rate of another property"));
        }
        let sellable = sellable(&rate)
            .ok_or_else(|| wrong("a rate without identifiers, or not said whether derived"))?;
        sellables.push(sellable);
    }
    if let Some(known) = out.properties.iter_mut().find(|known| known.id == *hotel) {
        known.sellables = sellables;
    }
    Ok(())
}

fn sellable(rate: &Rate<'_>) -> Option<Sellable> {
    let ids = read::ids(rate.room, rate.id)?;
    let derived = wire::flag(rate.derived)?;
    let plan = wire::text(rate.public).or_else(|| wire::text(rate.private));
    let base = !derived && plan.is_none() && wire::text(rate.plan).is_none();
    let room = wire::text(rate.room_name).unwrap_or_else(|| ids.to_string());
    let plan = plan.unwrap_or_else(|| if base { "base rate" } else { "unnamed plan" }.to_owned());
    let facts = [
        ("base", base.then(|| "true".to_owned())),
        ("parent", wire::text(rate.parent)),
    ];
    Some(Sellable {
        name: format!("{room}, {plan}"),
        ids,
        currency: None,
        derived,
        adults: Vec::new(),
        extra: facts
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
    })
}
