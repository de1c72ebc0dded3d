//! Both forms of a write: what is taken, what is refused, and what gets lost.
//!
//! A write takes effect when it arrives, so an answer that nobody hears changes nothing of
//! it. A second one of the same listing that arrives meanwhile is answered and lost: the
//! vendor forbids it without saying what happens.

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;

use super::Service;
use super::catalogue::listing_id;
use super::http_text::{Answer, Fault, is_of_type};
use super::ranges::{Fields, Range, required_text};
use super::reads::wrapped;

/// Documented for a call. Here both its sum and its span are held to it.
const MOST_NIGHTS: u32 = 730;

impl Service {
    /// Takes a write of the listing in the path, or of those in the array.
    pub(super) fn write(
        &mut self,
        request: &http::Request<Bytes>,
        one: Option<&str>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let request_id = self.request_id();
        let sent = match sent(request, one) {
            Ok(sent) => sent,
            Err(fault) => return Answer::invalid(&fault, &request_id),
        };
        let (mut ranges, mut refused) = (Vec::new(), Vec::new());
        for fields in &sent {
            match self.range(fields, one, &request_id) {
                Ok(range) => ranges.push(range),
                Err(answer) => refused.push(answer),
            }
        }
        if let Some(fault) = too_long(&ranges) {
            self.state.record.refused_rows += sent.len() as u64;
            return Answer::invalid(&fault, &request_id);
        }
        if !refused.is_empty() && self.switch("array") != "partial" {
            ranges.clear();
        }
        self.state.record.refused_rows += (sent.len() - ranges.len()) as u64;
        self.take(&ranges, now, ready);
        let accepted = || self.accepted(&ranges);
        refused.into_iter().next().unwrap_or_else(accepted)
    }

    fn range(&self, fields: &Fields, one: Option<&str>, request_id: &str) -> Result<Range, Answer> {
        let invalid = |fault: Fault| Answer::invalid(&fault, request_id);
        let listing = match one {
            Some(listing) => listing.to_owned(),
            None => required_text(fields, "listingId").map_err(invalid)?,
        };
        let no_listing = || Answer::no_listing(&listing, request_id);
        let (hotel, plan) = self.find(&listing).ok_or_else(no_listing)?;
        let id = listing_id(&plan.ids).ok_or_else(no_listing)?;
        let range = Range::read(id, hotel.currency, fields, one.is_some()).map_err(invalid)?;
        if plan.derived.is_some() && range.price.is_some() {
            let reason = "cannot be set on a sub-unit";
            return Err(invalid(Fault::new("price", reason, "any.unknown")));
        }
        Ok(range)
    }

    /// Lets the ranges of listings that are not being written take effect.
    fn take(&mut self, ranges: &[Range], now: Mono, ready: Mono) {
        self.at_work.retain(|_, until| now < *until);
        let mut busy: Vec<VendorId> = ranges.iter().map(|range| range.listing.clone()).collect();
        busy.sort();
        busy.dedup();
        busy.retain(|listing| self.at_work.contains_key(listing));
        self.state.record.overlaps += busy.len() as u64;
        let free: Vec<Range> = ranges
            .iter()
            .filter(|range| !busy.contains(&range.listing))
            .cloned()
            .collect();
        for range in &free {
            self.at_work.insert(range.listing.clone(), ready);
        }
        self.apply(&free, now);
    }

    /// The answer to a write, in one of the two forms that are reported.
    fn accepted(&self, ranges: &[Range]) -> Answer {
        if self.switch("answer") != "object" {
            return Answer::json(200, "\"ok\"".to_owned());
        }
        let days: Vec<String> = ranges
            .iter()
            .filter_map(|range| Some((self.find(range.listing.as_str())?, range)))
            .flat_map(|((hotel, plan), range)| {
                self.days(hotel, plan, range.first, range.last, &self.state.held)
            })
            .collect();
        Answer::json(200, wrapped("Calendar updated", &days))
    }
}

/// The ranges of a body: an object for one listing, else an array.
fn sent(request: &http::Request<Bytes>, one: Option<&str>) -> Result<Vec<Fields>, Fault> {
    if !is_of_type(request, "application/json") {
        return Err(Fault::new("value", "must be JSON", "any.invalid"));
    }
    let read = match one {
        Some(_) => serde_json::from_slice(request.body()).map(|fields| vec![fields]),
        None => serde_json::from_slice::<Vec<Fields>>(request.body()),
    };
    match read {
        Ok(ranges) if ranges.is_empty() => Err(Fault::new(
            "value",
            "must contain at least 1 items",
            "array.min",
        )),
        Ok(ranges) => Ok(ranges),
        Err(_) => Err(Fault::new("value", "must be an array", "array.base")),
    }
}

fn too_long(ranges: &[Range]) -> Option<Fault> {
    let sum: u32 = ranges.iter().map(Range::nights).sum();
    let first = ranges.iter().map(|range| range.first).min()?;
    let last = ranges.iter().map(|range| range.last).max()?;
    let long = sum > MOST_NIGHTS || first.span(last) > MOST_NIGHTS;
    long.then(|| Fault::new("endDate", "is more than 730 days away", "date.max"))
}
