//! Reading: a window of nights of one property.
//!
//! Invariant: nothing of a page reaches the sink unless all of the page was understood.

use rackrate_core::adapter::{Carry, ReadAsk, Sink, Step};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use url::Url;

use super::description::{Description, Nights, Source};
use super::failures::document;
use super::json::Json;
use super::paging::{self, Asker};
use super::route::{Found, Route};
use super::template::Slot;

/// What a row says of nights that were asked for.
struct Known {
    ids: Ids,
    first: Night,
    last: Night,
    price: Option<(u8, Seen)>,
    rules: Rules,
}

impl Known {
    fn tell(&self, sink: &mut dyn Sink) {
        for night in self.first.through(self.last) {
            if let Some((adults, seen)) = self.price {
                sink.price(&self.ids, adults, night, seen);
            }
            if !self.rules.is_leave() {
                sink.rules(&self.ids, night, self.rules);
            }
        }
    }
}

impl Description {
    pub(crate) fn read_request(&self, base: &Url, ask: &ReadAsk) -> Result<Request> {
        let request = self.plain_read(base, ask)?;
        Ok(paging::first(self.read.next.as_ref(), request))
    }

    /// The question without its page.
    fn plain_read(&self, base: &Url, ask: &ReadAsk) -> Result<Request> {
        let vendor = &self.vendor.id;
        let (nights, most) = (ask.first.span(ask.last), self.read.max_nights);
        if nights == 0 || nights > most {
            let text = format!("a window of {nights} nights; it has 1 to {most}");
            return Err(Error::bug(vendor, Operation::Read, text));
        }
        let text = |text: &dyn ToString| Some(Json::Text(text.to_string()));
        let values = |slot| match slot {
            Slot::Property => text(&ask.target.vendor_property),
            Slot::First => text(&ask.first),
            Slot::Last => text(&ask.last),
            Slot::End => text(&ask.last.next()),
            _ => None,
        };
        self.read
            .ask
            .request(vendor, Operation::Read, base, &values)
    }

    pub(crate) fn parse_read(
        &self,
        base: &Url,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        let (vendor, operation) = (&self.vendor.id, Operation::Read);
        if response.status.as_u16() != 200 {
            return Err(self.errors.refusal(vendor, operation, response));
        }
        let unclear = |text: String| Error::malformed(vendor, operation, text);
        let body = document(vendor, operation, response)?;
        let mine = ask.target.vendor_property.as_str();
        if let Some(at) = &self.read.property
            && at.find(&body).and_then(Json::word) != Some(mine)
        {
            return Err(unclear("the page is of another property".to_owned()));
        }
        let found = self
            .read
            .rows
            .find(&body)
            .map_err(|text| unclear(format!("the answer is no page of rates: {text}")))?;
        let asker = Asker {
            vendor,
            operation,
            base,
        };
        let plain = self.plain_read(base, ask)?;
        let step = paging::after(asker, self.read.next.as_ref(), carry, &body, plain)?;
        let mut rows = Vec::new();
        for (at, row) in found.iter().enumerate() {
            let known = self.known(ask, row);
            rows.extend(known.map_err(|text| unclear(format!("row {at}: {text}")))?);
        }
        rows.iter().for_each(|row| row.tell(sink));
        Ok(step)
    }

    /// Reads a row; `None` for one that was not asked for.
    fn known(&self, ask: &ReadAsk, row: &Found<'_>) -> Result<Option<Known>, String> {
        let fields = &self.read.row;
        let (first, last) = nights(&fields.nights, row)?;
        let mine = match &fields.property {
            None => true,
            Some(at) => {
                let property = at.find(row.value).and_then(Json::word);
                property.ok_or("it does not say its property")?
                    == ask.target.vendor_property.as_str()
            }
        };
        if !mine || last < ask.first || ask.last < first {
            return Ok(None);
        }
        let ids = Ids {
            room: id(fields.room.as_ref(), row)?,
            plan: id(fields.plan.as_ref(), row)?,
        };
        let mut rules = Rules::LEAVE;
        for (kind, at) in &fields.rules {
            if let Some(spelling) = self.rules.get(kind) {
                let said = spelling.read(at.find(row.value));
                rules.set(*kind, said.map_err(|text| format!("{kind}: {text}"))?);
            }
        }
        let amount = fields.amount.find_some(row.value);
        let price = match (self.adults(row)?, amount) {
            (Some(adults), Some(amount)) => Some((adults, self.seen(ask, &ids, row, amount))),
            _ => None,
        };
        Ok(Some(Known {
            ids,
            first: first.max(ask.first),
            last: last.min(ask.last),
            price,
            rules,
        }))
    }

    /// For how many the price is; a row without that has the base price, which is none of
    /// our cells.
    fn adults(&self, row: &Found<'_>) -> Result<Option<u8>, String> {
        let Some(source) = &self.read.row.adults else {
            return Ok(self.vendor.adults);
        };
        let text = match source {
            Source::Name(named) => row.name(*named),
            Source::Member(at) => match at.find_some(row.value) {
                None => return Ok(None),
                Some(found) => found.word(),
            },
        };
        let adults = text
            .and_then(|text| text.parse().ok())
            .filter(|adults| *adults > 0);
        adults
            .map(Some)
            .ok_or_else(|| "it has a price for no number of adults".to_owned())
    }

    /// The price, exactly; what is none in the property's currency is unreadable.
    fn seen(&self, ask: &ReadAsk, ids: &Ids, row: &Found<'_>, amount: &Json) -> Seen {
        let currency = ask.target.currency(ids);
        if let Some(at) = &self.read.row.currency
            && at.find(row.value).and_then(Json::word) != Some(currency.code())
        {
            return Seen::Unreadable;
        }
        let read = self.money.read(currency, amount);
        read.map_or(Seen::Unreadable, Seen::Price)
    }
}

fn id(source: Option<&Source>, row: &Found<'_>) -> Result<Option<VendorId>, String> {
    let Some(source) = source else {
        return Ok(None);
    };
    let text = told(source, row).ok_or("it does not say its room type or rate plan")?;
    let id = VendorId::new(text).map_err(|error| format!("its room type or rate plan: {error}"))?;
    Ok(Some(id))
}

fn told<'r>(source: &Source, row: &'r Found<'_>) -> Option<&'r str> {
    match source {
        Source::Name(named) => row.name(*named),
        Source::Member(at) => at.find(row.value).and_then(Json::word),
    }
}

/// The first and the last night of a row, both meant.
fn nights(nights: &Nights, row: &Found<'_>) -> Result<(Night, Night), String> {
    let day = |text: Option<&str>| -> Result<Night, String> {
        let text = text.ok_or("it does not say its night")?;
        text.parse()
            .map_err(|error| format!("its night is {error}"))
    };
    let at = |route: &Route| day(route.find(row.value).and_then(Json::word));
    let (first, last) = match nights {
        Nights::One(source) => {
            let night = day(told(source, row))?;
            (night, night)
        }
        Nights::Last { first, last } => (at(first)?, at(last)?),
        Nights::End { first, end } => (at(first)?, at(end)?.previous()),
    };
    match first <= last {
        true => Ok((first, last)),
        false => Err("it ends before it begins".to_owned()),
    }
}
