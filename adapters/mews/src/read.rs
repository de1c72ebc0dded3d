//! A read of a property: the prices of each rate, then the restrictions of each service.
//!
//! Invariant: restrictions are told when all their pages were read, because two of them may
//! speak of one night.

use std::collections::BTreeSet;

use rackrate_core::adapter::{Carry, ReadAsk, Sink, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::VendorId;
use rackrate_core::shape::Shape;
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::extra::Extra;
use crate::paging::Place;
use crate::pricing;
use crate::restrictions::{self, Found};

const OPERATION: Operation = Operation::Read;

/// The form of one read. The longest span that a price read takes is 367 days, two of which
/// are kept back.
pub(crate) const SHAPE: Shape = Shape::window(365);

/// What was read so far.
#[derive(Default, Serialize, Deserialize)]
struct Progress {
    /// Rates whose prices were read.
    rates: usize,
    /// Services whose restrictions were read.
    services: usize,
    /// Where the restrictions of the next service stand.
    place: Place,
    /// Its restrictions so far.
    found: Vec<Found>,
}

/// The first question: the prices of the first rate.
pub(crate) fn request(api: &Api, ask: &ReadAsk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    SHAPE.check_window(ask).map_err(wrong)?;
    match rates(ask).first() {
        Some(rate) => pricing::request(api, ask, rate),
        None => Err(wrong("the property has no rate to read")),
    }
}

/// Reads the answer that stands next, and asks on.
pub(crate) fn parse(
    api: &Api,
    adults: u8,
    ask: &ReadAsk,
    carry: &Carry,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "another parser's carry");
    let mut progress: Progress = carry.get().map_err(wrong)?;
    let (rates, services) = (rates(ask), services(ask));
    if let Some(rate) = rates.get(progress.rates) {
        pricing::parse(api, adults, ask, rate, response, sink)?;
        progress.rates += 1;
    } else if let Some(service) = services.get(progress.services) {
        restrictions_of(api, ask, service, &mut progress, response, sink)?;
    }
    let request = match (rates.get(progress.rates), services.get(progress.services)) {
        (Some(rate), _) => pricing::request(api, ask, rate)?,
        (None, Some(service)) => restrictions::request(api, ask, service, &progress.place)?,
        (None, None) => return Ok(Step::Done(())),
    };
    Ok(Step::Next {
        request: Box::new(request),
        carry: Carry::of(&progress).map_err(wrong)?,
    })
}

fn restrictions_of(
    api: &Api,
    ask: &ReadAsk,
    service: &str,
    progress: &mut Progress,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<()> {
    let next = restrictions::parse(
        api,
        ask,
        service,
        &progress.place,
        response,
        &mut progress.found,
    )?;
    if let Some(next) = next {
        progress.place = next;
        return Ok(());
    }
    restrictions::tell(ask, service, &progress.found, sink);
    *progress = Progress {
        rates: progress.rates,
        services: progress.services + 1,
        ..Progress::default()
    };
    Ok(())
}

/// The rates of the target, in order.
fn rates(ask: &ReadAsk) -> Vec<&VendorId> {
    let plans = ask.target.facts.sellables.keys();
    let rates: BTreeSet<_> = plans.filter_map(|ids| ids.plan.as_ref()).collect();
    rates.into_iter().collect()
}

/// The services of the target, in order.
fn services(ask: &ReadAsk) -> Vec<String> {
    let sellables = ask.target.facts.sellables.values();
    let services: BTreeSet<_> = sellables
        .filter_map(|sellable| Some(Extra::of(sellable)?.service))
        .collect();
    services.into_iter().collect()
}
