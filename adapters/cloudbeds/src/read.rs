//! Reading back: `getRatePlans` with details, in windows; the end is exclusive here.

use rackrate_core::adapter::{ReadAsk, Sink, Step};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use rackrate_core::shape::Shape;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::Api;
use crate::restrictions::{LengthOfStay, Told};
use crate::wire::{self, Raw};

/// The form of one read: the largest window that was seen to work.
pub(crate) const SHAPE: Shape = Shape::window(90);

#[derive(Deserialize)]
struct Plan<'a> {
    #[serde(borrow, default, rename = "rateID")]
    rate: Raw<'a>,
    #[serde(borrow, default, rename = "roomTypeID")]
    room: Raw<'a>,
    #[serde(borrow, default, rename = "propertyID")]
    property: Raw<'a>,
    #[serde(borrow, default, rename = "roomRateDetailed")]
    nights: Raw<'a>,
}

#[derive(Deserialize)]
struct Detail<'a> {
    #[serde(borrow, default)]
    date: Raw<'a>,
    #[serde(borrow, default)]
    rate: Raw<'a>,
    #[serde(borrow, default, rename = "rateBase")]
    rate_base: Raw<'a>,
    #[serde(borrow, default, rename = "minLos")]
    min_los: Raw<'a>,
    #[serde(borrow, default, rename = "maxLos")]
    max_los: Raw<'a>,
    #[serde(borrow, default, rename = "closedToArrival")]
    closed_to_arrival: Raw<'a>,
    #[serde(borrow, default, rename = "closedToDeparture")]
    closed_to_departure: Raw<'a>,
    #[serde(borrow, default)]
    blocked: Raw<'a>,
}

impl Detail<'_> {
    fn told(&self) -> Told<'_> {
        Told {
            min_los: self.min_los,
            max_los: self.max_los,
            closed_to_arrival: self.closed_to_arrival,
            closed_to_departure: self.closed_to_departure,
            blocked: self.blocked,
        }
    }
}

/// One window of all rates of a property.
pub(crate) fn request(api: &Api, ask: &ReadAsk) -> Result<Request> {
    let wrong = |text| api.bug(Operation::Read, text);
    SHAPE.check_window(ask).map_err(wrong)?;
    let property = &ask.target.vendor_property;
    Ok(
        rates(api, Operation::Read, property, ask.first, ask.last)
            .with_query("detailedRates", true),
    )
}

/// A `getRatePlans` of the nights from `first` to `last`, both meant.
pub(crate) fn rates(
    api: &Api,
    operation: Operation,
    property: &VendorId,
    first: Night,
    last: Night,
) -> Request {
    api.get(operation, "/getRatePlans", Some(property))
        .with_query("propertyIDs", property)
        .with_query("startDate", first)
        .with_query("endDate", last.next())
}

/// Reads the answer to a question.
pub(crate) struct Parser<'a> {
    pub(crate) api: &'a Api,
    pub(crate) adults: u8,
    pub(crate) stays: LengthOfStay,
    pub(crate) ask: &'a ReadAsk,
}

/// Cells are kept until the whole answer is read, so that no half of it gets out.
struct Cell {
    ids: Ids,
    night: Night,
    seen: Seen,
    rules: Rules,
}

impl Parser<'_> {
    /// Reads every night of every rate; what is half told is an error.
    pub(crate) fn parse(&self, response: &Response, sink: &mut dyn Sink) -> Result<Step<()>> {
        let envelope = self.api.accepted(Operation::Read, response)?;
        let plans = wire::list(envelope.data)
            .ok_or_else(|| self.wrong("the answer is no list of rates"))?;
        let mut cells = Vec::new();
        for raw in plans {
            self.plan(raw, &mut cells)?;
        }
        for cell in cells {
            sink.price(&cell.ids, self.adults, cell.night, cell.seen);
            sink.rules(&cell.ids, cell.night, cell.rules);
        }
        Ok(Step::Done(()))
    }

    fn plan(&self, raw: &RawValue, cells: &mut Vec<Cell>) -> Result<()> {
        let wrong = |text: &str| self.wrong(text);
        let plan: Plan<'_> = wire::object(raw).ok_or_else(|| wrong("a rate is no object"))?;
        let asked = self.ask.target.vendor_property.as_str();
        if wire::text(plan.property).is_some_and(|property| property != asked) {
            return Err(wrong("a rate of another property"));
        }
        let ids = ids(plan.room, plan.rate).ok_or_else(|| wrong("a rate without identifiers"))?;
        let nights = Some(plan.nights)
            .filter(|nights| nights.is_some_and(|raw| raw.get().starts_with('[')))
            .and_then(wire::list)
            .ok_or_else(|| wrong("a rate without its nights"))?;
        for raw in nights {
            let detail: Detail<'_> =
                wire::object(raw).ok_or_else(|| wrong("a night is no object"))?;
            let night = wire::night(detail.date).ok_or_else(|| wrong("a night without a date"))?;
            if (self.ask.first..=self.ask.last).contains(&night) {
                cells.push(self.cell(&ids, night, &detail));
            }
        }
        Ok(())
    }

    fn cell(&self, ids: &Ids, night: Night, detail: &Detail<'_>) -> Cell {
        let price = detail.rate.or(detail.rate_base);
        Cell {
            ids: ids.clone(),
            night,
            seen: wire::price(price, self.ask.target.currency(ids)),
            rules: detail.told().rules(self.stays),
        }
    }

    fn wrong(&self, text: &str) -> Error {
        self.api.malformed(Operation::Read, text)
    }
}

/// A rate's address: writes need only the rate, people and mappings know it by its room.
pub(crate) fn ids(room: Raw<'_>, rate: Raw<'_>) -> Option<Ids> {
    let id = |raw| VendorId::new(&wire::text(raw)?).ok();
    Some(Ids {
        room: Some(id(room)?),
        plan: Some(id(rate)?),
    })
}
