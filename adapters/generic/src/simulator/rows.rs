//! Section 4: the rows of a batch, read from their text, and what each would change.
//!
//! Shape mistakes make the whole batch malformed; wrong content refuses its row.

use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::simulator::{Held, Hotel};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::state::Stay;

/// A row as it stands in the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wish {
    pub(super) property: String,
    room: String,
    plan: String,
    date: String,
    adults: u8,
    /// The amount's JSON text, quotes included; so that a number is seen to be none.
    amount: Option<String>,
    currency: Option<String>,
    stay: Option<Stay>,
}

/// What an accepted row changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Effect {
    pub(super) property: VendorId,
    pub(super) ids: Ids,
    pub(super) night: Night,
    /// 0 for the base price.
    pub(super) adults: u8,
    pub(super) price: Option<Minor>,
    pub(super) stay: Option<Stay>,
}

/// A code of section 4 and a sentence.
pub(super) type Refused = (&'static str, String);

impl Effect {
    pub(super) fn by_hand(held: &Held, stay: Stay) -> Self {
        Self {
            property: held.property.clone(),
            ids: held.ids.clone(),
            night: held.night,
            adults: held.adults,
            price: held.price,
            stay: Some(stay),
        }
    }
}

const FIELDS: [&str; 8] = [
    "property_id",
    "room_type",
    "rate_plan",
    "date",
    "adults",
    "amount",
    "currency",
    "min_stay_arrival",
];

/// Reads the rows of a body.
pub(super) fn parse(body: &[u8]) -> Result<Vec<Wish>, String> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "the body is no JSON")?;
    let body = body.as_object().ok_or("the body is no object")?;
    if let Some(other) = body.keys().find(|name| *name != "rates") {
        return Err(format!("unknown field {other}"));
    }
    let rates = body
        .get("rates")
        .and_then(Value::as_array)
        .ok_or("rates is no list")?;
    if rates.is_empty() {
        return Err("rates is empty".to_owned());
    }
    let wish = |(at, row): (usize, &Value)| wish(row).map_err(|text| format!("row {at}: {text}"));
    rates.iter().enumerate().map(wish).collect()
}

fn wish(row: &Value) -> Result<Wish, String> {
    let row = row.as_object().ok_or("no object")?;
    if let Some(other) = row.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(format!("unknown field {other}"));
    }
    let wish = Wish {
        property: text(row, "property_id")?,
        room: text(row, "room_type")?,
        plan: text(row, "rate_plan")?,
        date: text(row, "date")?,
        adults: number(row, "adults", 99)?.map_or(0, |adults| adults as u8),
        amount: row.get("amount").map(Value::to_string),
        currency: row
            .get("currency")
            .map(|_| text(row, "currency"))
            .transpose()?,
        stay: match row.get("min_stay_arrival") {
            Some(Value::Null) => Some(Stay::None),
            _ => number(row, "min_stay_arrival", 999)?.map(|nights| Stay::Nights(nights as u16)),
        },
    };
    if wish.amount.is_none() && wish.stay.is_none() {
        return Err("neither an amount nor a restriction".to_owned());
    }
    Ok(wish)
}

fn text(row: &Map<String, Value>, name: &str) -> Result<String, String> {
    let text = row.get(name).and_then(Value::as_str);
    text.map(String::from).ok_or(format!("{name} is no text"))
}

/// A whole number from one to `most`; `None` where the field is missing.
fn number(row: &Map<String, Value>, name: &str, most: u64) -> Result<Option<u64>, String> {
    let Some(value) = row.get(name) else {
        return Ok(None);
    };
    let number = value.as_u64().filter(|number| (1..=most).contains(number));
    number.map(Some).ok_or(format!("{name} is not 1 to {most}"))
}

impl Wish {
    /// What the row changes at its hotel.
    pub(super) fn check(
        &self,
        hotel: Option<&Hotel>,
        today: Option<Night>,
    ) -> Result<Effect, Refused> {
        let (Some(hotel), Some(today)) = (hotel, today) else {
            return Err(("unknown_property", format!("no property {}", self.property)));
        };
        let ids = self.sold(hotel)?;
        let night: Night = self
            .date
            .parse()
            .map_err(|_| ("bad_date", format!("{:?} is no date", self.date)))?;
        if night < today {
            return Err(("past_date", format!("{night} is before {today}")));
        }
        Ok(Effect {
            property: hotel.id.clone(),
            ids,
            night,
            adults: self.adults,
            price: self.price(hotel.currency)?,
            stay: self.stay,
        })
    }

    fn sold(&self, hotel: &Hotel) -> Result<Ids, Refused> {
        let is =
            |id: &Option<VendorId>, text: &str| id.as_ref().is_some_and(|id| id.as_str() == text);
        let mut of_room = hotel
            .plans
            .iter()
            .filter(|plan| is(&plan.ids.room, &self.room))
            .peekable();
        if of_room.peek().is_none() {
            return Err(("unknown_room_type", format!("no room type {}", self.room)));
        }
        let plan = of_room
            .find(|plan| is(&plan.ids.plan, &self.plan))
            .ok_or_else(|| ("unknown_rate_plan", format!("no rate plan {}", self.plan)))?;
        match &plan.derived {
            Some((parent, _)) => Err((
                "derived_rate_plan",
                format!("{} is computed from {parent}", self.plan),
            )),
            None => Ok(plan.ids.clone()),
        }
    }

    fn price(&self, currency: Currency) -> Result<Option<Minor>, Refused> {
        let Some(amount) = &self.amount else {
            return Ok(None);
        };
        if self.currency.as_deref() != Some(currency.code()) {
            return Err(("wrong_currency", format!("prices are in {currency}")));
        }
        let text = amount
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        text.and_then(|text| exact(text, currency.exponent() as usize))
            .map(Some)
            .ok_or_else(|| ("bad_amount", format!("{amount} is no amount in {currency}")))
    }
}

/// Digits, then exactly so many decimals; no sign, no padding.
fn exact(text: &str, decimals: usize) -> Option<Minor> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if decimals > 0 && digits(fraction) => (whole, fraction),
        None if decimals == 0 => (text, ""),
        _ => return None,
    };
    let padded = whole.len() > 1 && whole.starts_with('0');
    if !digits(whole) || padded || fraction.len() != decimals || whole.len() > 12 {
        return None;
    }
    format!("{whole}{fraction}").parse().ok().map(Minor)
}
