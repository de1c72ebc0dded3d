//! Section 6: reading, a thousand rows a page.
//!
//! A cursor names the last row sent, not its place, so that writes between two pages
//! neither repeat nor hide a row.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::simulator::Hotel;
use serde_json::{Value, json};

use super::PmsV2;
use super::derived::{computed, source};
use super::http_text::{Answer, field};
use super::state::{At, PriceKey, Stay};

const PAGE: usize = 1_000;

/// A row's place in the order of a read.
type Place = (Ids, Night, u8);

struct Question {
    property: VendorId,
    from: Night,
    to: Night,
    after: Option<Place>,
}

impl PmsV2 {
    pub(super) fn rates(&mut self, request: &http::Request<Bytes>, now: Mono) -> Answer {
        let query = request.uri().query().unwrap_or_default();
        let question = match question(query) {
            Ok(question) => question,
            Err(text) => return Answer::malformed(text),
        };
        if !self.hotels.contains_key(&question.property) {
            return Answer::error(404, "unknown_property");
        }
        if let Err(no) = self.meter(&question.property, now) {
            return no;
        }
        let at = self.at(now);
        match self.hotels.get(&question.property) {
            Some(hotel) => self.page(hotel, &question, at),
            None => Answer::error(404, "unknown_property"),
        }
    }

    fn page(&self, hotel: &Hotel, question: &Question, at: At) -> Answer {
        let mut rows = self.rows(hotel, question, at);
        rows.sort_by(|one, two| one.0.cmp(&two.0));
        rows.retain(|(place, _)| question.after.as_ref().is_none_or(|after| after < place));
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let next = rows.last().filter(|_| more).map(|(place, _)| cursor(place));
        let rates: Vec<Value> = rows
            .iter()
            .map(|(place, price)| self.rate(hotel, place, *price, at))
            .collect();
        Answer::json(
            200,
            &json!({"property": hotel.id, "rates": rates, "next": next}),
        )
    }

    /// Every price shown in the window, stored or computed.
    fn rows(&self, hotel: &Hotel, question: &Question, at: At) -> Vec<(Place, Minor)> {
        let mut rows = Vec::new();
        for plan in &hotel.plans {
            let Some((ids, percentages)) = source(hotel, plan) else {
                continue;
            };
            let start = |night| PriceKey {
                property: hotel.id.clone(),
                ids: ids.clone(),
                night,
                adults: 0,
            };
            let window = start(question.from)..start(question.to);
            rows.extend(self.state.prices.range(window).filter_map(|(key, cell)| {
                let place = (plan.ids.clone(), key.night, key.adults);
                Some((place, computed(cell.shown(at)?, &percentages)))
            }));
        }
        rows
    }

    fn rate(&self, hotel: &Hotel, place: &Place, price: Minor, at: At) -> Value {
        let (ids, night, adults) = place;
        let key = (hotel.id.clone(), ids.clone(), *night);
        let stay = self.state.stays.get(&key).and_then(|cell| cell.shown(at));
        let mut rate = json!({
            "property_id": hotel.id, "room_type": ids.room, "rate_plan": ids.plan, "date": night,
            "amount": amount(price, hotel.currency.exponent() as usize),
            "currency": hotel.currency.code(),
            "min_stay_arrival": match stay {
                Some(Stay::Nights(nights)) => json!(nights),
                _ => Value::Null,
            },
        });
        if *adults > 0 {
            rate["adults"] = json!(adults);
        }
        rate
    }
}

fn question(query: &str) -> Result<Question, &'static str> {
    let get = |name| field(query.as_bytes(), name);
    let night = |name| get(name)?.parse::<Night>().ok();
    let property = get("property").and_then(|id| VendorId::new(&id).ok());
    let from = night("from").ok_or("from is no date")?;
    let to = night("to").ok_or("to is no date")?;
    if to <= from {
        return Err("to is not after from");
    }
    let after = match get("cursor") {
        Some(text) => Some(place(&text).ok_or("the cursor is none of ours")?),
        None => None,
    };
    Ok(Question {
        property: property.ok_or("property is missing")?,
        from,
        to,
        after,
    })
}

fn cursor(place: &Place) -> String {
    // Text and numbers only, so there is nothing that cannot be written.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

fn place(cursor: &str) -> Option<Place> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

/// Whole digits, then the decimals, counted from the right.
fn amount(price: Minor, decimals: usize) -> String {
    let digits = format!("{:0width$}", price.0, width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    if decimals == 0 {
        return whole.to_owned();
    }
    format!("{whole}.{fraction}")
}
