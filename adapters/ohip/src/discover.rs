//! What there is: the rate plans of each hotel, and the room types they are sold for.
//!
//! The vendor lists no hotels: they come from the question or from the settings. A plan's
//! header says its currency, whether tax is included, and what it is based on.

use rackrate_core::adapter::{Carry, DiscoverAsk, DiscoveredProperty, Discovery, Step};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency};
use rackrate_core::night::Night;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::Api;
use crate::wire::{self, Raw};

const OPERATION: Operation = Operation::Discover;

#[derive(Deserialize)]
struct Plans<'a> {
    #[serde(borrow, default, rename = "ratePlans")]
    plans: Raw<'a>,
}

#[derive(Deserialize)]
struct Plan<'a> {
    #[serde(borrow, default, rename = "ratePlanCode")]
    code: Raw<'a>,
    #[serde(borrow, default, rename = "hotelId")]
    hotel: Raw<'a>,
    #[serde(borrow, default)]
    daily: Raw<'a>,
    #[serde(borrow, default, rename = "roomTypeList")]
    rooms: Raw<'a>,
    #[serde(borrow, default, rename = "primaryDetails")]
    primary: Raw<'a>,
    #[serde(borrow, default, rename = "transactionDetails")]
    transaction: Raw<'a>,
    #[serde(borrow, default, rename = "ratePlanBasedOnRates")]
    based_on: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Primary<'a> {
    #[serde(borrow, default)]
    description: Raw<'a>,
    #[serde(borrow, default, rename = "endSellDate")]
    end: Raw<'a>,
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow, default, rename = "defaultText")]
    text: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Transaction<'a> {
    #[serde(borrow, default, rename = "currencyCode")]
    currency: Raw<'a>,
    #[serde(borrow, default, rename = "rateIncludesTax")]
    includes_tax: Raw<'a>,
}

#[derive(Deserialize)]
struct Room<'a> {
    #[serde(borrow, default)]
    code: Raw<'a>,
    #[serde(borrow, default)]
    description: Raw<'a>,
}

#[derive(Deserialize)]
struct BasedOn<'a> {
    #[serde(borrow, default, rename = "basedOnRatePlanType")]
    kind: Raw<'a>,
}

/// The hotels of the settings, or else those that the mapping names.
fn hotels<'a>(ask: &'a DiscoverAsk, hotels: &'a [VendorId]) -> &'a [VendorId] {
    match &ask.property {
        Some(property) => std::slice::from_ref(property),
        None if hotels.is_empty() => &ask.mapped,
        None => hotels,
    }
}

/// The plans of the first hotel.
pub(crate) fn request(api: &Api, known: &[VendorId], ask: &DiscoverAsk) -> Result<Request> {
    let hotel = hotels(ask, known).first().ok_or_else(|| {
        let text =
            "neither the setting hotels nor the mapping names a hotel, and the vendor lists none";
        Error::new(ErrorKind::Misconfigured, &api.vendor, OPERATION, text)
    })?;
    plans(api, hotel)
}

fn plans(api: &Api, hotel: &VendorId) -> Result<Request> {
    let path = format!(
        "/rtp/v1/hotels/{}/ratePlans",
        api.segment(OPERATION, hotel)?
    );
    Ok(api
        .get(OPERATION, &path, hotel)
        .with_query("fetchInstructions", "PrimaryDetails")
        .with_query("fetchInstructions", "TransactionDetails"))
}

/// Reads the plans of a hotel, and goes on to the next hotel.
pub(crate) fn parse(
    api: &Api,
    known: &[VendorId],
    ask: &DiscoverAsk,
    carry: &Carry,
    response: &Response,
    out: &mut Discovery,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "another parser's carry");
    let at: usize = carry.get().map_err(wrong)?;
    let hotels = hotels(ask, known);
    let hotel = hotels
        .get(at)
        .ok_or_else(|| api.bug(OPERATION, "more answers than hotels"))?;
    let property = property(api, hotel, ask.today, response)?;
    out.properties.push(property);
    match hotels.get(at + 1) {
        None => Ok(Step::Done(())),
        Some(next) => Ok(Step::Next {
            request: Box::new(plans(api, next)?),
            carry: Carry::of(&(at + 1)).map_err(wrong)?,
        }),
    }
}

fn property(
    api: &Api,
    hotel: &VendorId,
    today: Night,
    response: &Response,
) -> Result<DiscoveredProperty> {
    let wrong = |text: &str| api.malformed(OPERATION, text);
    let list = listed(api, response).map_err(|error| of_hotel(api, hotel, error))?;
    let mut found = Found::default();
    for raw in list {
        let plan: Plan<'_> = wire::object(raw).ok_or_else(|| wrong("a rate plan is no object"))?;
        if wire::text(plan.hotel).is_some_and(|of| of != hotel.as_str()) {
            return Err(wrong("a rate plan of another hotel"));
        }
        found
            .take(&plan, today)
            .ok_or_else(|| wrong("a rate plan without a code, or with unreadable room types"))?;
    }
    Ok(DiscoveredProperty {
        id: hotel.clone(),
        name: hotel.to_string(),
        time_zone: None,
        currency: only(&found.currencies),
        basis: only(&found.bases),
        sellables: found.sellables,
    })
}

fn listed<'r>(api: &Api, response: &'r Response) -> Result<Vec<&'r RawValue>> {
    match response.status.as_u16() {
        204 => Ok(Vec::new()),
        200 => wire::body(&response.body)
            .and_then(|plans: Plans<'_>| wire::items(plans.plans))
            .ok_or_else(|| api.malformed(OPERATION, "the answer is no list of rate plans")),
        _ => Err(api.refused(OPERATION, response)),
    }
}

/// The same error, with the hotel it is about: the settings may name many.
fn of_hotel(api: &Api, hotel: &VendorId, error: Error) -> Error {
    let text = format!("hotel {hotel}: {}", error.text());
    Error::new(error.kind(), &api.vendor, OPERATION, text)
        .with_delivery(error.delivery())
        .with_retry_after(error.retry_after())
        .with_code_if(error.code())
}

/// The one value that all have.
fn only<T: Copy + PartialEq>(values: &[Option<T>]) -> Option<T> {
    let first = values.first().copied().flatten()?;
    values
        .iter()
        .all(|one| *one == Some(first))
        .then_some(first)
}

#[derive(Default)]
struct Found {
    currencies: Vec<Option<Currency>>,
    bases: Vec<Option<Basis>>,
    sellables: Vec<Sellable>,
}

impl Found {
    /// Takes a plan with its rooms, unless it is not sold any more; `None` where it cannot
    /// be read.
    fn take(&mut self, plan: &Plan<'_>, today: Night) -> Option<()> {
        let code = VendorId::new(&wire::text(plan.code)?).ok()?;
        let primary: Primary<'_> = part(plan.primary)?;
        let transaction: Transaction<'_> = part(plan.transaction)?;
        if wire::night(primary.end).is_some_and(|end| end < today) {
            return Some(());
        }
        self.bases.push(basis(&transaction));
        let currency = wire::text(transaction.currency);
        let currency = currency.and_then(|code| Currency::new(&code).ok());
        self.currencies.push(currency);
        let based_on = based_on(plan.based_on)?;
        let header = Header {
            name: name(&primary).unwrap_or_else(|| code.to_string()),
            // Daily schedules write neither seasonal plans nor those that follow another.
            derived: based_on.is_some() || wire::flag(plan.daily) == Some(false),
            code,
            currency,
            based_on,
        };
        let rooms = match plan.rooms {
            None => Vec::new(),
            raw => wire::items(raw)?,
        };
        let sellables: Option<Vec<_>> = rooms.into_iter().map(|raw| header.sold(raw)).collect();
        self.sellables.extend(sellables?);
        Some(())
    }
}

fn basis(transaction: &Transaction<'_>) -> Option<Basis> {
    Some(match wire::flag(transaction.includes_tax)? {
        true => Basis::Gross,
        false => Basis::Net,
    })
}

/// What a plan's header says.
struct Header {
    code: VendorId,
    name: String,
    currency: Option<Currency>,
    derived: bool,
    based_on: Option<String>,
}

impl Header {
    /// The plan as it is sold for a room type; `None` where that cannot be read.
    fn sold(&self, raw: &RawValue) -> Option<Sellable> {
        let room: Room<'_> = wire::object(raw)?;
        let id = VendorId::new(&wire::text(room.code)?).ok()?;
        let room = wire::text(room.description).unwrap_or_else(|| id.to_string());
        Some(Sellable {
            ids: Ids {
                room: Some(id),
                plan: Some(self.code.clone()),
            },
            name: format!("{room}, {}", self.name),
            currency: self.currency,
            derived: self.derived,
            adults: Vec::new(),
            extra: self
                .based_on
                .iter()
                .map(|kind| ("based_on".to_owned(), kind.clone()))
                .collect(),
        })
    }
}

/// A part that may be left out; `None` where it is there and cannot be read.
fn part<'a, T: Default + Deserialize<'a>>(raw: Raw<'a>) -> Option<T> {
    match raw {
        None => Some(T::default()),
        Some(raw) => wire::object(raw),
    }
}

fn name(primary: &Primary<'_>) -> Option<String> {
    let text: Text<'_> = wire::object(primary.description?)?;
    wire::text(text.text)
}

/// What the plan is computed from, in the vendor's word; outer `None` where that cannot be
/// read.
fn based_on(raw: Raw<'_>) -> Option<Option<String>> {
    if raw.is_none() {
        return Some(None);
    }
    let mut found = None;
    for raw in wire::items(raw)? {
        let one: BasedOn<'_> = wire::object(raw)?;
        found = found.or(wire::text(one.kind).filter(|kind| kind != "None"));
    }
    Some(found)
}
