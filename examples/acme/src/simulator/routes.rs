//! Acme's page, section by section: what a request may do, and what it is answered.
//!
//! Nothing here knows the adapter's types, and a refused write changes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use rackrate_core::clock::Mono;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::Secret;
use rackrate_core::simulator::{Hotel, Meter};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Server;
use super::answer::{Answer, field, header};
use super::state::Effect;

/// Section 7: a change is shown within five seconds.
pub(super) const SETTLE: u64 = 5_000_000;

/// Tokens, and the calls of the last minute.
#[derive(Default)]
pub(super) struct Session {
    tokens: BTreeMap<String, Mono>,
    meter: Option<Meter>,
    closed_until: Mono,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({} tokens)", self.tokens.len())
    }
}

impl Session {
    pub(super) fn revoke(&mut self) {
        self.tokens.clear();
    }
}

/// The last part of the path; what stands before it is the base's.
fn place(request: &http::Request<Bytes>) -> &str {
    request.uri().path().rsplit('/').next().unwrap_or_default()
}

pub(super) fn is_token_call(request: &http::Request<Bytes>) -> bool {
    place(request) == "token"
}

fn refused(code: &str, message: &str) -> Answer {
    let body = json!({"ok": false, "code": code, "message": message});
    Answer::json(200, body.to_string())
}

impl Server {
    pub(super) fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let (method, place) = (request.method(), place(request));
        let is_write = (method, place) == (&Method::PUT, "rates");
        if is_write {
            self.state.record.pushes += 1;
        }
        if (method, place) == (&Method::POST, "token") {
            return self.token(request, now);
        }
        if let Err(no) = self.admit(request, now) {
            return no;
        }
        match (method, place) {
            (&Method::GET, "hotels") => self.list(),
            (&Method::GET, "rates") => self.rates(request, now),
            _ if is_write => self.save_rates(request, now, ready),
            _ => Answer::json(404, "{}"),
        }
    }

    /// Section 1.
    fn token(&mut self, request: &http::Request<Bytes>, now: Mono) -> Answer {
        let said = |name: &str| field(request.body(), name);
        let ours = |name: &str| self.secrets.get(name).map(|one| one.expose().to_owned());
        let is_client = |name: &str| said(name).is_some() && said(name) == ours(name);
        if said("grant_type").as_deref() != Some("client_credentials") {
            return Answer::json(400, r#"{"error":"invalid_request"}"#);
        }
        if !is_client("client_id") || !is_client("client_secret") {
            self.state.record.unauthorised += 1;
            return Answer::json(401, r#"{"error":"invalid_client"}"#);
        }
        let life = self.timing.token_life.unwrap_or(1_800);
        let count = self.state.record.token_requests;
        let mut dice = self.seed.branch(&format!("token-{count}"));
        let token = Secret::new(format!("{:016x}", dice.draw()));
        let until = now.after(Duration::from_secs(life));
        self.session.tokens.insert(token.expose().to_owned(), until);
        let body =
            json!({"access_token": token.expose(), "token_type": "Bearer", "expires_in": life});
        Answer::json(200, body.to_string())
    }

    /// Sections 1 and 6: a live token first, then the allowance.
    fn admit(&mut self, request: &http::Request<Bytes>, now: Mono) -> Result<(), Answer> {
        let token = header(request, "authorization").and_then(|text| text.strip_prefix("Bearer "));
        let until = token.and_then(|token| self.session.tokens.get(token));
        if until.is_none_or(|until| *until <= now) {
            self.state.record.unauthorised += 1;
            return Err(Answer::json(401, r#"{"ok":false,"code":"bad_token"}"#));
        }
        let session = &mut self.session;
        if now < session.closed_until {
            self.state.record.early_repeats += 1;
        }
        let minute = || Meter::new(60, Duration::from_secs(60));
        let Err(wait) = session.meter.get_or_insert_with(minute).arrive(now) else {
            return Ok(());
        };
        self.state.record.breaches += 1;
        let seconds = wait.as_secs() + 1;
        session.closed_until = now.after(Duration::from_secs(seconds));
        let no = Answer::json(429, r#"{"ok":false,"code":"slow_down"}"#);
        Err(no.with("retry-after", seconds.to_string()))
    }

    /// Section 3.
    fn list(&self) -> Answer {
        let hotels: Vec<Value> = self.hotels.values().map(described).collect();
        Answer::json(200, json!({"ok": true, "hotels": hotels}).to_string())
    }

    fn hotel(&self, request: &http::Request<Bytes>) -> Result<&Hotel, Answer> {
        let query = request.uri().query().unwrap_or_default();
        let code = field(query.as_bytes(), "hotel").unwrap_or_default();
        let id = VendorId::new(&code).ok();
        id.and_then(|id| self.hotels.get(&id))
            .ok_or_else(|| refused("unknown_hotel", &code))
    }

    /// Section 4.
    fn rates(&self, request: &http::Request<Bytes>, now: Mono) -> Answer {
        let hotel = match self.hotel(request) {
            Ok(hotel) => hotel,
            Err(no) => return no,
        };
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let night = |name| field(query, name)?.parse::<Night>().ok();
        let (Some(from), Some(to)) = (night("from"), night("to")) else {
            return refused("bad_dates", "from and to are dates");
        };
        if !(1..=31).contains(&to.since(from)) {
            return refused("bad_dates", "1 to 31 nights, to is exclusive");
        }
        let shown = self.state.shown(&hotel.id, self.at(now));
        let rows: Vec<String> = shown
            .iter()
            .filter(|(_, night, _)| (from..to).contains(night))
            .filter_map(|(ids, night, value)| {
                let price = amount(value.price?, hotel.currency.exponent() as usize);
                let names = json!([ids.room, ids.plan, night]);
                let stay = match value.rules.min_stay_arrival {
                    Set::To(nights) => format!(r#","min_stay":{nights}"#),
                    _ => String::new(),
                };
                let (room, plan, night) = (&names[0], &names[1], &names[2]);
                Some(format!(
                    r#"{{"room":{room},"plan":{plan},"night":{night},"price":{price}{stay}}}"#
                ))
            })
            .collect();
        Answer::json(
            200,
            format!(r#"{{"ok":true,"rates":[{}]}}"#, rows.join(",")),
        )
    }

    /// Section 5.
    fn save_rates(&mut self, request: &http::Request<Bytes>, now: Mono, ready: Mono) -> Answer {
        let (id, effects, ranges) = match self.understood(request) {
            Ok(understood) => understood,
            Err(no) => {
                self.state.record.refused_rows += 1;
                return no;
            }
        };
        let busy = self.busy.entry(id.clone()).or_insert(Mono(0));
        if now < *busy {
            self.state.record.overlaps += 1;
        }
        *busy = ready.max(*busy);
        let shown = self.at(now).saturating_add(self.settle());
        self.state.write(&id, &effects, now, shown);
        Answer::json(200, format!(r#"{{"ok":true,"saved":{ranges}}}"#))
    }

    fn understood(
        &self,
        request: &http::Request<Bytes>,
    ) -> Result<(VendorId, Vec<Effect>, usize), Answer> {
        let hotel = self.hotel(request)?;
        let wish: Wish<'_> = serde_json::from_slice(request.body())
            .map_err(|error| refused("bad_body", &error.to_string()))?;
        if !(1..=50).contains(&wish.rates.len()) {
            return Err(refused("bad_body", "1 to 50 ranges"));
        }
        let mut effects = Vec::new();
        for range in &wish.rates {
            effects.extend(range.effects(hotel)?);
        }
        Ok((hotel.id.clone(), effects, wish.rates.len()))
    }
}

fn described(hotel: &Hotel) -> Value {
    let mut rooms = BTreeMap::new();
    let mut plans = BTreeMap::new();
    for plan in &hotel.plans {
        rooms.insert(&plan.ids.room, &plan.room_name);
        plans.insert(&plan.ids.plan, &plan.plan_name);
    }
    let named = |list: BTreeMap<_, &String>| -> Vec<Value> {
        let each = list.into_iter();
        each.map(|(code, name)| json!({"code": code, "name": name}))
            .collect()
    };
    let tax = match hotel.basis {
        Basis::Gross => "included",
        Basis::Net => "extra",
    };
    json!({"code": hotel.id, "name": hotel.name, "zone": hotel.time_zone,
        "currency": hotel.currency.code(), "tax": tax, "rooms": named(rooms), "plans": named(plans)})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish<'a> {
    #[serde(borrow)]
    rates: Vec<Range<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range<'a> {
    room: String,
    plan: String,
    from: Night,
    to: Night,
    #[serde(borrow, default)]
    price: Option<&'a RawValue>,
    #[serde(default)]
    min_stay: Option<u16>,
}

impl Range<'_> {
    fn effects(&self, hotel: &Hotel) -> Result<Vec<Effect>, Answer> {
        let ids = Ids {
            room: VendorId::new(&self.room).ok(),
            plan: VendorId::new(&self.plan).ok(),
        };
        if !hotel.plans.iter().any(|plan| plan.ids == ids) {
            return Err(refused(
                "unknown_rate",
                &format!("{}/{}", self.room, self.plan),
            ));
        }
        if !(1..=366).contains(&self.to.since(self.from)) {
            return Err(refused("bad_dates", "1 to 366 nights, to is exclusive"));
        }
        let decimals = hotel.currency.exponent() as usize;
        let price = match self.price {
            None => None,
            Some(raw) => {
                Some(minor(raw.get(), decimals).ok_or_else(|| refused("bad_price", raw.get()))?)
            }
        };
        let rules = Rules {
            min_stay_arrival: self.min_stay.map_or(Set::Leave, |nights| match nights {
                0 => Set::Clear,
                nights => Set::To(nights),
            }),
            ..Rules::LEAVE
        };
        let nights = self.from.through(self.to.previous());
        let effect = |night| Effect {
            ids: ids.clone(),
            night,
            price,
            rules,
        };
        Ok(nights.map(effect).collect())
    }
}

/// A price with exactly the currency's decimals.
fn minor(text: &str, decimals: usize) -> Option<Minor> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() != decimals || !plain(whole) || !plain(fraction) {
        return None;
    }
    format!("{whole}{fraction}").parse().ok().map(Minor)
}

/// Whole digits, then the decimals, counted from the right.
fn amount(price: Minor, decimals: usize) -> String {
    let digits = format!("{:0width$}", price.0, width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    match decimals {
        0 => whole.to_owned(),
        _ => format!("{whole}.{fraction}"),
    }
}
