//! Reading: the calendar of a property's listings, some listings at a time.
//!
//! Which listings a property has is known from discovery. Where it is not, because only
//! files say what to read back, the vendor is asked first.
//!
//! Invariant: nothing of an answer reaches the sink unless all of it was understood.

use rackrate_core::adapter::{Carry, ReadAsk, Sink, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::VendorId;
use rackrate_core::shape::Shape;
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::calendar::Calendar;
use crate::config::GroupBy;
use crate::listings::{self, COMPLEXES, Groups, Members};
use crate::push::PATH;

const OPERATION: Operation = Operation::Read;

/// No limit is documented. Half a year of ten listings stays below a few megabytes, even
/// where the vendor adds a reservation to every night.
const WINDOW: u32 = 180;
const LISTINGS: usize = 10;
/// A hundred thousand listings: more is a list that does not end.
const MAX_PAGES: u32 = 1_000;

pub(crate) const SHAPE: Shape = Shape::window(WINDOW);

/// What the parser tells itself across answers.
#[derive(Default, Serialize, Deserialize)]
struct Progress {
    /// The listings, where the vendor was asked for them; `None` while it is asked.
    found: Option<Vec<VendorId>>,
    /// Those of the pages read while it is asked.
    partly: Vec<VendorId>,
    pages: u32,
    skip: u64,
    /// The batch of listings that is asked for.
    at: usize,
}

/// One question and what is needed to ask it and to understand its answers.
pub(crate) struct Reader<'a> {
    pub(crate) api: &'a Api,
    pub(crate) groups: &'a Groups,
    pub(crate) adults: u8,
    pub(crate) ask: &'a ReadAsk,
}

impl<'a> Reader<'a> {
    pub(crate) fn request(&self) -> Result<Request> {
        let wrong = |text: &str| self.api.bug(OPERATION, text);
        SHAPE.check_window(self.ask).map_err(wrong)?;
        match self.known() {
            Some(listings) => self
                .calendar(&listings, 0)?
                .ok_or_else(|| wrong("a property without listings")),
            None => self.lookup(0),
        }
    }

    pub(crate) fn parse(
        &self,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        let wrong = |_| self.api.bug(OPERATION, "another parser's carry");
        let mut progress: Progress = carry.get().map_err(wrong)?;
        let request = match progress.found.take().or_else(|| self.known()) {
            None => self.looked_up(response, &mut progress)?,
            Some(listings) => {
                self.tell(&listings, progress.at, response, sink)?;
                progress.at += 1;
                let request = self.calendar(&listings, progress.at)?;
                progress.found = Some(listings);
                request
            }
        };
        Ok(match request {
            None => Step::Done(()),
            Some(request) => Step::Next {
                request: Box::new(request),
                carry: Carry::of(&progress).map_err(wrong)?,
            },
        })
    }

    /// The property's listings, where nobody has to be asked.
    fn known(&self) -> Option<Vec<VendorId>> {
        let target = &self.ask.target;
        let discovered = target.facts.sellables.keys();
        let discovered: Vec<_> = discovered.filter_map(|ids| ids.room.clone()).collect();
        match (discovered.is_empty(), self.groups.by) {
            (false, _) => Some(discovered),
            (true, GroupBy::Listing) => Some(vec![target.vendor_property.clone()]),
            (true, GroupBy::Complex | GroupBy::Tag) => None,
        }
    }

    /// Asks which listings the property has.
    fn lookup(&self, skip: u64) -> Result<Request> {
        let property = &self.ask.target.vendor_property;
        Ok(match self.groups.by {
            GroupBy::Complex => self.api.at(OPERATION, COMPLEXES, property)?,
            GroupBy::Listing | GroupBy::Tag => {
                let tag = self.groups.tag(property);
                listings::request(self.api, OPERATION, Some(&tag), skip)
            }
        })
    }

    /// Reads which listings the property has; the next question. What is no group is a
    /// listing by itself.
    fn looked_up(&self, response: &Response, progress: &mut Progress) -> Result<Option<Request>> {
        let property = &self.ask.target.vendor_property;
        let found = match self.groups.by {
            GroupBy::Complex if Api::is_no_complex(response) => Vec::new(),
            GroupBy::Complex => {
                let raw = self.api.accepted(OPERATION, response)?;
                let complex = listings::complex(raw).filter(|complex| complex.id == *property);
                complex
                    .ok_or_else(|| self.api.malformed(OPERATION, "not the complex asked for"))?
                    .listings
            }
            GroupBy::Listing | GroupBy::Tag => {
                if self.tagged(response, progress)? {
                    return self.lookup(progress.skip).map(Some);
                }
                std::mem::take(&mut progress.partly)
            }
        };
        let listings = match found.is_empty() {
            true => vec![property.clone()],
            false => found,
        };
        let request = self.calendar(&listings, 0)?;
        progress.found = Some(listings);
        Ok(request)
    }

    /// Reads a page of listings with the property's tag; whether there is another one.
    fn tagged(&self, response: &Response, progress: &mut Progress) -> Result<bool> {
        let raw = self.api.accepted(OPERATION, response)?;
        let page = listings::page(self.api, OPERATION, raw, progress.skip)?;
        for listing in page.listings {
            let property = self.groups.property(&listing, &Members::new());
            let ours = property == self.ask.target.vendor_property;
            if ours && !progress.partly.contains(&listing.id) {
                progress.partly.push(listing.id);
            }
        }
        progress.pages += 1;
        if page.more && progress.pages >= MAX_PAGES {
            return Err(self
                .api
                .malformed(OPERATION, "the pages of listings do not end"));
        }
        progress.skip = page.skip;
        Ok(page.more)
    }

    /// Asks for the calendars of a batch; `None` after the last one.
    fn calendar(&self, listings: &[VendorId], at: usize) -> Result<Option<Request>> {
        let batches = batches(listings);
        let Some(batch) = batches.get(at) else {
            return Ok(None);
        };
        let request = match batch.as_slice() {
            // A comma would make two of it.
            [one] if one.as_str().contains(',') => self.api.at(OPERATION, PATH, one)?,
            many => {
                let ids: Vec<_> = many.iter().map(|id| id.as_str()).collect();
                let request = self.api.get(OPERATION, PATH);
                request.with_query("listingIds", ids.join(","))
            }
        };
        Ok(Some(
            request
                .with_query("startDate", self.ask.first)
                .with_query("endDate", self.ask.last),
        ))
    }

    fn tell(
        &self,
        listings: &[VendorId],
        at: usize,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let batches = batches(listings);
        let batch = batches
            .get(at)
            .ok_or_else(|| self.api.bug(OPERATION, "another question's carry"))?;
        let calendar = Calendar {
            ask: self.ask,
            listings: batch,
        };
        let raw = self.api.accepted(OPERATION, response)?;
        let cells = calendar
            .cells(raw)
            .map_err(|text| self.api.malformed(OPERATION, text))?;
        for cell in cells {
            sink.price(&cell.ids, self.adults, cell.night, cell.seen);
            sink.rules(&cell.ids, cell.night, cell.rules);
        }
        Ok(())
    }
}

/// Listings that are asked for together. One with a comma in it is asked for alone.
fn batches(listings: &[VendorId]) -> Vec<Vec<&VendorId>> {
    let (alone, together): (Vec<_>, Vec<_>) =
        listings.iter().partition(|id| id.as_str().contains(','));
    let together = together.chunks(LISTINGS).map(<[_]>::to_vec);
    together
        .chain(alone.into_iter().map(|one| vec![one]))
        .collect()
}
