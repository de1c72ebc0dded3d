//! Reading back: the schedules of one rate plan after the other, then the restrictions.
//!
//! Schedules come in pages of one plan. Restrictions come for the whole hotel, in spans of
//! dates: their list has no pages, so a span whose list is cut is asked for in halves.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::adapter::{Carry, ReadAsk, Sink, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::VendorId;
use rackrate_core::night::Night;
use rackrate_core::shape::Shape;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::{restrictions, schedules};

const OPERATION: Operation = Operation::Read;
/// The span of restrictions that other integrations keep to.
const SPAN: i32 = 90;

/// The form of one read. The vendor's longest span of schedules is 365 nights, two of which
/// are kept back.
pub(crate) const SHAPE: Shape = Shape::window(363);

/// How far a read has come.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The plan being read, by its place; behind the last one it is the restrictions' turn.
    plan: usize,
    /// Schedules of that plan read so far.
    pub(crate) offset: u64,
    /// The nights of each room type that schedules of that plan told already.
    pub(crate) told: BTreeMap<String, Vec<(Night, Night)>>,
    /// The spans whose restrictions are still to be read, the next one last.
    spans: Vec<(Night, Night)>,
}

impl Progress {
    /// Goes on to the next plan.
    fn turn(&mut self) {
        self.plan += 1;
        self.offset = 0;
        self.told.clear();
    }
}

/// The first page of the first plan.
pub(crate) fn request(api: &Api, restrict: bool, ask: &ReadAsk) -> Result<Request> {
    let wrong = |text: &str| api.bug(OPERATION, text);
    SHAPE.check_window(ask).map_err(wrong)?;
    let mut progress = begin(ask, restrict);
    next(api, ask, &mut progress)?
        .ok_or_else(|| wrong("no rate plan of the hotel is known: discover first"))
}

fn begin(ask: &ReadAsk, restrict: bool) -> Progress {
    let mut spans = Vec::new();
    let mut last = ask.last;
    while restrict && ask.first <= last && !plans(ask).is_empty() {
        let first = last.plus(1 - SPAN).max(ask.first);
        spans.push((first, last));
        last = first.previous();
    }
    Progress {
        spans,
        ..Progress::default()
    }
}

/// The plans that the target knows, in order.
fn plans(ask: &ReadAsk) -> Vec<&VendorId> {
    let known = ask.target.facts.sellables.keys();
    let plans: BTreeSet<_> = known.filter_map(|ids| ids.plan.as_ref()).collect();
    plans.into_iter().collect()
}

/// The next question; `None` when all is read.
fn next(api: &Api, ask: &ReadAsk, progress: &mut Progress) -> Result<Option<Request>> {
    let hotel = &ask.target.vendor_property;
    if let Some(plan) = plans(ask).get(progress.plan) {
        let path = format!(
            "/rtp/v1/hotels/{}/ratePlans/{}/schedules",
            api.segment(OPERATION, hotel)?,
            api.segment(OPERATION, plan)?
        );
        return Ok(Some(
            api.get(OPERATION, &path, hotel)
                .with_query("startDate", ask.first)
                .with_query("endDate", ask.last)
                .with_query("limit", schedules::PAGE)
                .with_query("offset", progress.offset),
        ));
    }
    let Some((first, last)) = progress.spans.last() else {
        return Ok(None);
    };
    let path = format!(
        "/par/v1/hotels/{}/restrictions",
        api.segment(OPERATION, hotel)?
    );
    Ok(Some(
        api.get(OPERATION, &path, hotel)
            .with_query("restrictionSearchCriteriaStartDate", first)
            .with_query("end", last),
    ))
}

/// Reads a page of schedules or a span of restrictions, and asks for what is left.
pub(crate) fn parse(
    api: &Api,
    restrict: bool,
    ask: &ReadAsk,
    carry: &Carry,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "another parser's carry");
    let mut progress = match *carry == Carry::default() {
        true => begin(ask, restrict),
        false => carry.get().map_err(wrong)?,
    };
    match plans(ask).get(progress.plan) {
        None => span(api, ask, &mut progress, response, sink)?,
        Some(plan) if schedules::read(api, ask, plan, &mut progress, response, sink)? => {}
        Some(_) => progress.turn(),
    }
    Ok(match next(api, ask, &mut progress)? {
        None => Step::Done(()),
        Some(request) => Step::Next {
            request: Box::new(request),
            carry: Carry::of(&progress).map_err(wrong)?,
        },
    })
}

fn span(
    api: &Api,
    ask: &ReadAsk,
    progress: &mut Progress,
    response: &Response,
    sink: &mut dyn Sink,
) -> Result<()> {
    let asked = progress.spans.pop();
    let (first, last) = asked.ok_or_else(|| api.bug(OPERATION, "an answer too many"))?;
    if restrictions::read(api, ask, (first, last), response, sink)? {
        return Ok(());
    }
    if first == last {
        return Err(api.malformed(OPERATION, "the restrictions of a single night are cut"));
    }
    let middle = first.plus(last.since(first) / 2);
    progress.spans.push((middle.next(), last));
    progress.spans.push((first, middle));
    Ok(())
}
