//! Section 4: a batch, from its arrival to its receipt.

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::night::Night;
use rackrate_core::simulator::Hotel;
use serde_json::{Value, json};

use super::PmsV2;
use super::http_text::{Answer, header, is_of_type};
use super::keys::is_key;
use super::rows::{self, Wish};
use super::state::{At, Job, Write};

const MOST_ROWS: usize = 500;
/// Of a thousand batches so many become jobs.
const JOBS_PER_MILLE: u64 = 600;

impl PmsV2 {
    pub(super) fn batch(
        &mut self,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let Some(property) = header(request, "x-property-id").and_then(|id| VendorId::new(id).ok())
        else {
            return Answer::malformed("X-Property-Id is missing");
        };
        if self.hotels.contains_key(&property)
            && let Err(no) = self.meter(&property, now)
        {
            return no;
        }
        let key = match key(request) {
            Ok(key) => key,
            Err(no) => return no,
        };
        let body = String::from_utf8_lossy(request.body()).into_owned();
        if let Some(answer) = self.state.recall(key, property.as_str(), &body) {
            return answer;
        }
        let wishes = match read(request, &property, &self.hotels) {
            Ok(wishes) => wishes,
            Err(no) => return no,
        };
        let answer = self.take_on(&property, key, wishes, now, ready);
        let at = self.at(now);
        self.state
            .remember(key, property.as_str(), &body, &answer, at);
        answer
    }

    /// Applies a good batch at once or makes it a job.
    fn take_on(
        &mut self,
        property: &VendorId,
        key: &str,
        wishes: Vec<Wish>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let at = self.at(now);
        let running = self.state.running().any(|job| job.property == *property);
        if running || self.busy.get(property).is_some_and(|until| at < *until) {
            self.state.record.overlaps += 1;
        }
        self.state.accepted += 1;
        let count = self.state.accepted;
        if self.choice("as-job", count, 0, 999) >= JOBS_PER_MILLE {
            self.busy.insert(property.clone(), self.at(ready));
            let receipt = self.apply(&wishes, key, now, at);
            return Answer::json(200, &receipt);
        }
        let id = self.name("job", count);
        let takes = self
            .timing
            .job
            .unwrap_or_else(|| self.choice("takes", count, 300_000, 2_000_000));
        let job = Job::new(property, key, wishes, at.plus_micros(takes));
        self.state.jobs.insert(id.clone(), job);
        Answer::json(202, &json!({"status": "accepted", "job_id": id}))
    }

    /// Applies rows in their order and words the receipt.
    pub(super) fn apply(&mut self, wishes: &[Wish], key: &str, now: Mono, at: At) -> Value {
        let (mut effects, mut refused) = (Vec::new(), Vec::new());
        for (index, wish) in wishes.iter().enumerate() {
            let hotel = VendorId::new(&wish.property)
                .ok()
                .and_then(|id| self.hotels.get(&id));
            match wish.check(hotel, hotel.and_then(|hotel| today(hotel, at))) {
                Ok(effect) => effects.push(effect),
                Err((code, message)) => {
                    refused.push(json!({"index": index, "code": code, "message": message}));
                }
            }
        }
        let settled = at.plus_micros(self.settle());
        self.state
            .write(&effects, &Write::under_key(key, now, at, settled));
        self.state.record.refused_rows += refused.len() as u64;
        json!({"status": "completed", "applied": effects.len(), "refused": refused})
    }
}

fn key(request: &http::Request<Bytes>) -> Result<&str, Answer> {
    match header(request, "idempotency-key") {
        None | Some("") => Err(Answer::error(400, "idempotency_key_required")),
        Some(key) if is_key(key) => Ok(key),
        Some(_) => Err(Answer::malformed(
            "Idempotency-Key is not 1 to 64 visible ASCII characters",
        )),
    }
}

/// The rows of a request whose form is in order.
fn read(
    request: &http::Request<Bytes>,
    property: &VendorId,
    hotels: &std::collections::BTreeMap<VendorId, Hotel>,
) -> Result<Vec<Wish>, Answer> {
    if !is_of_type(request, "application/json") {
        return Err(Answer::malformed("Content-Type is not application/json"));
    }
    let wishes = rows::parse(request.body()).map_err(|text| Answer::malformed(&text))?;
    if wishes.len() > MOST_ROWS {
        return Err(Answer::error(400, "too_many_rows"));
    }
    let stranger = wishes.iter().find(|wish| {
        wish.property != property.as_str()
            && VendorId::new(&wish.property).is_ok_and(|id| hotels.contains_key(&id))
    });
    match stranger {
        Some(wish) => Err(Answer::malformed(&format!(
            "a row of {} in a call for {property}",
            wish.property
        ))),
        None => Ok(wishes),
    }
}

/// The hotel's calendar day.
fn today(hotel: &Hotel, at: At) -> Option<Night> {
    let zone = jiff::tz::TimeZone::get(&hotel.time_zone).ok()?;
    Night::from_date(at.timestamp().to_zoned(zone).date()).ok()
}
