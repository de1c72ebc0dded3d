//! Reading: a window of nights of one hotel, in one answer (section 4).
//!
//! Invariant: nothing of an answer reaches the sink unless all of it was understood.

use rackrate_core::adapter::{Carry, Manifest, ReadAsk, Sink, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::shape::Shape;

use crate::errors::{bug, malformed};
use crate::facts::ADULTS;
use crate::wire;

/// One call may ask for 31 nights. Two are kept back: verification reads one more on either
/// side.
const WINDOW: Shape = Shape::window(29);
pub(crate) const SHAPE: Option<Shape> = Some(WINDOW);

pub(crate) fn request(manifest: &Manifest, ask: &ReadAsk) -> Result<Request> {
    let wrong = |text| bug(manifest, Operation::Read, text);
    WINDOW.check_window(ask).map_err(wrong)?;
    let request = Request::get(Operation::Read, &manifest.bases[0], "/rates");
    Ok(request
        .with_query("hotel", &ask.target.vendor_property)
        .with_query("from", ask.first)
        .with_query("to", ask.last.next()))
}

pub(crate) fn parse(
    manifest: &Manifest,
    ask: &ReadAsk,
    _carry: &Carry,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<Step<()>> {
    let page: wire::Page<'_> = wire::read(manifest, Operation::Read, response)?;
    let mut rows = Vec::new();
    for (at, rate) in page.rates.iter().enumerate() {
        let row = row(ask, rate)
            .map_err(|text| malformed(manifest, Operation::Read, format!("row {at}: {text}")))?;
        rows.push(row);
    }
    for row in rows {
        sink.price(&row.ids, ADULTS, row.night, row.seen);
        sink.rules(&row.ids, row.night, row.rules);
    }
    Ok(Step::Done(()))
}

struct Row {
    ids: Ids,
    night: Night,
    seen: Seen,
    rules: Rules,
}

fn row(ask: &ReadAsk, rate: &wire::RateIn<'_>) -> Result<Row, String> {
    let id = |text: &str| VendorId::new(text).map_err(|error| format!("{text:?}: {error}"));
    let ids = Ids {
        room: Some(id(&rate.room)?),
        plan: Some(id(&rate.plan)?),
    };
    let night: Night = rate.night.parse().map_err(|error| format!("{error}"))?;
    if !(ask.first..=ask.last).contains(&night) {
        return Err(format!("{night} was not asked for"));
    }
    let currency = ask.target.currency(&ids);
    let seen = match currency.parse_vendor(rate.price.get()) {
        Ok(price) => Seen::Price(price),
        Err(_) => Seen::Unreadable,
    };
    let rules = Rules {
        min_stay_arrival: rate.min_stay.map_or(Set::Clear, Set::To),
        ..Rules::LEAVE
    };
    Ok(Row {
        ids,
        night,
        seen,
        rules,
    })
}
