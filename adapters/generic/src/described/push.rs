//! Writing: a chunk becomes one request, and its answer a receipt or a job.
//!
//! Invariant: only an answer that the description calls a success is one, and where it
//! counts rows, it has to account for every one that was sent.

use bytes::Bytes;
use rackrate_core::adapter::Submission;
use rackrate_core::chunk::{Chunk, Row};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response, Value};
use rackrate_core::ids::JobRef;
use rackrate_core::shape;
use url::Url;

use super::description::{Description, Item, Layout};
use super::failures::{document, words};
use super::json::Json;
use super::rows::WireRow;
use super::template::{Node, Slot, Text};

impl Description {
    pub(crate) fn push_request(&self, base: &Url, chunk: &Chunk) -> Result<Request> {
        let vendor = &self.vendor.id;
        let wrong = |text: &str| Error::bug(vendor, Operation::Push, text);
        if chunk.operation != Operation::Push {
            return Err(wrong("the chunk is of another operation"));
        }
        self.fits(&chunk.rows).map_err(wrong)?;
        let wire = self.push.wire(chunk);
        let first = wire.first().ok_or_else(|| wrong("the chunk has no rows"))?;
        let head = |slot| match slot {
            Slot::Property | Slot::Room | Slot::Plan => self.said(chunk, first, None, slot),
            _ => None,
        };
        let mut request = self
            .push
            .ask
            .request(vendor, Operation::Push, base, &head)?;
        let (body, bytes) = match &self.push.layout {
            Layout::Json { body, row, price } => {
                let rows = wire
                    .iter()
                    .map(|one| self.row(chunk, one, row, price.as_ref()));
                let rows: Option<Vec<_>> = rows.collect();
                let rows = rows.ok_or_else(|| wrong("a row says nothing"))?;
                json(body, &head, rows)
            }
            Layout::Form { fields, row } => self.form(chunk, &wire, fields, row, &head),
        };
        if bytes > self.push.shape.max_bytes as usize {
            return Err(wrong("the body is larger than the vendor takes"));
        }
        request.body = body;
        Ok(request)
    }

    /// One row as it is written.
    pub(crate) fn row(
        &self,
        chunk: &Chunk,
        row: &WireRow<'_>,
        template: &Node,
        price: Option<&Node>,
    ) -> Option<Json> {
        template.fill(&|slot| self.said(chunk, row, price, slot))
    }

    fn form(
        &self,
        chunk: &Chunk,
        wire: &[WireRow<'_>],
        fields: &[(String, Text)],
        row: &[(Text, Text)],
        head: &dyn Fn(Slot) -> Option<Json>,
    ) -> (Body, usize) {
        let mut all: Vec<(String, Value)> = Vec::new();
        for (name, text) in fields {
            all.extend(text.fill(head).map(|value| (name.clone(), value.into())));
        }
        for (at, one) in wire.iter().enumerate() {
            let values = |slot| match slot {
                Slot::Row => Some(Json::Number(at.to_string())),
                _ => self.said(chunk, one, None, slot),
            };
            for (name, text) in row {
                let field = name.fill(&values).zip(text.fill(&values));
                all.extend(field.map(|(name, value)| (name, value.into())));
            }
        }
        let bytes = form_bytes(&all);
        (Body::Form(all), bytes)
    }

    /// Whether the vendor takes these rows in one request; why not where it does not.
    fn fits(&self, rows: &[Row]) -> Result<(), &'static str> {
        let shape = &self.push.shape;
        if self.push.count(rows) > u64::from(shape.max_items) {
            return Err("the chunk has more rows than the vendor takes");
        }
        rows.iter().try_for_each(|row| self.fits_row(row))?;
        let ends = rows.iter().map(|row| row.last).max();
        let span = rows.iter().map(|row| row.first).min().zip(ends);
        if span.is_some_and(|(first, last)| first.span(last) > shape.max_nights) {
            return Err("the chunk spans more nights than the vendor takes");
        }
        let one_plan = rows.windows(2).all(|pair| pair[0].ids == pair[1].ids);
        if shape.group == shape::Group::Plan && !one_plan {
            return Err("the chunk is of more than one rate plan");
        }
        Ok(())
    }

    fn fits_row(&self, row: &Row) -> Result<(), &'static str> {
        let slots = self.push.layout.slots();
        let path: Vec<_> = self.push.ask.path.slots().collect();
        let lacks = |slot, missing| missing && (slots.contains(&slot) || path.contains(&slot));
        if lacks(Slot::Room, row.ids.room.is_none()) || lacks(Slot::Plan, row.ids.plan.is_none()) {
            return Err("a row does not say its room type or rate plan");
        }
        if row.nights() == 0 {
            return Err("a row ends before it begins");
        }
        if let shape::Item::Range { max_nights } = self.push.shape.item
            && row.nights() > max_nights
        {
            return Err("a row has more nights than the vendor takes");
        }
        if row.prices.is_empty() && row.rules.is_leave() {
            return Err("a row says nothing");
        }
        if row
            .rules
            .said()
            .any(|(kind, _)| !self.rules.contains_key(&kind))
        {
            return Err("a row speaks of a restriction that the vendor does not have");
        }
        let strange =
            |adults: u8| adults == 0 || self.vendor.adults.is_some_and(|own| own != adults);
        if row.prices.iter().any(|(adults, _)| strange(*adults)) {
            return Err("a price is for a number of adults that the vendor does not have");
        }
        let one = self.push.item != Item::Price && !slots.contains(&Slot::Prices);
        if one && row.prices.len() > 1 {
            return Err("a row has more prices than the vendor takes");
        }
        Ok(())
    }

    pub(crate) fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        let vendor = &self.vendor.id;
        let unclear = |text: &str| Error::malformed(vendor, Operation::Push, text);
        let status = response.status.as_u16();
        let (done, queued) = (self.push.done.as_ref(), self.push.queued.as_ref());
        let signs = done.map(|done| &done.sign);
        let mut signs = signs.into_iter().chain(queued.map(|queued| &queued.sign));
        if !signs.any(|sign| sign.statuses.contains(&status)) {
            return Err(self.errors.refusal(vendor, Operation::Push, response));
        }
        let body = document(vendor, Operation::Push, response)?;
        if let Some(failure) = self
            .push
            .failure
            .iter()
            .find(|at| at.find_some(&body).is_some())
        {
            let error = unclear("a good status with a failure in it");
            let code = words(self.errors.code.as_ref(), &body).or(words(Some(failure), &body));
            return Err(error.with_code(code.unwrap_or_default()));
        }
        if let Some(done) = done.filter(|done| done.sign.is(status, &body)) {
            let mut receipt = self
                .whole_receipt(
                    chunk,
                    done.count.as_ref(),
                    self.push.refused.as_ref(),
                    &body,
                )
                .map_err(|text| unclear(&text))?;
            receipt.reference = words(done.reference.as_ref(), &body);
            let clean = receipt.refused.is_empty() && receipt.unattributed.is_empty();
            if done.reference.is_some() && receipt.reference.is_none() && clean {
                return Err(unclear("a success without its reference"));
            }
            return Ok(Submission::Answered(receipt));
        }
        if let Some(queued) = queued.filter(|queued| queued.sign.is(status, &body)) {
            let name = queued.job.find(&body).and_then(Json::word);
            let job = name
                .filter(|name| is_job(name))
                .and_then(|name| JobRef::new(name).ok());
            let missing = || unclear("it was taken on as a job without a name that can be used");
            return job.map(Submission::Queued).ok_or_else(missing);
        }
        Err(unclear("a good status without the signs of a success"))
    }
}

/// Whether a text can be the name of a job: it becomes a step of a path or a query.
pub(crate) fn is_job(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(plain)
}

fn json(body: &Node, head: &dyn Fn(Slot) -> Option<Json>, rows: Vec<Json>) -> (Body, usize) {
    let rows = Json::List(rows);
    let filled = body.fill(&|slot| match slot {
        Slot::Rows => Some(rows.clone()),
        _ => head(slot),
    });
    let text = filled.unwrap_or(Json::Null).to_string();
    let bytes = text.len();
    (Body::Json(Bytes::from(text)), bytes)
}

/// The length of a form as it goes over the wire. No secret is in it.
fn form_bytes(fields: &[(String, Value)]) -> usize {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        if let Value::Plain(text) = value {
            form.append_pair(name, text);
        }
    }
    form.finish().len()
}
