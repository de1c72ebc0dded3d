//! A stand-in for Channex: its keys, lists, inventory and queue in virtual time.
//!
//! It shares no code with the adapter. What it serves, and what of the vendor it leaves
//! out, is listed in the README.
//!
//! Invariant: an accepted message changes nothing until its task ends, and a lost task
//! never does; the record tells what really changed.

mod catalog;
mod door;
mod entries;
mod http_text;
mod json;
mod lists;
mod queue;
mod reads;
mod state;
mod switches;
mod values;
mod writes;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::tz::TimeZone;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Change, Control, Held, Record, Simulator, SimulatorSetup};

use door::{Buckets, Reach, Use};
use http_text::{Answer, Asked, Call};
use state::{At, State};
use writes::Letter;

/// A simulator of that setup. The secret `api_key` opens all hotels; `limited_api_key`,
/// where it is given, the first one.
///
/// # Errors
/// A sentence about what of the setup cannot be used: a time zone nobody knows, no key, a
/// saved state that is none.
pub fn new(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    if setup.secrets.get("api_key").is_none() {
        return Err("the simulator needs the secret api_key".to_owned());
    }
    for hotel in &setup.hotels {
        TimeZone::get(&hotel.time_zone).map_err(|error| format!("hotel {}: {error}", hotel.id))?;
    }
    let state = match &setup.saved {
        None => State::new(&setup.hotels, setup.timing),
        Some(saved) => serde_json::from_str(saved).map_err(|error| error.to_string())?,
    };
    Ok(Box::new(Service {
        seed: Seed::new(setup.seed),
        buckets: Buckets::default(),
        busy: BTreeMap::new(),
        answers: BTreeMap::new(),
        setup,
        state,
    }))
}

#[derive(Debug)]
struct Service {
    setup: SimulatorSetup,
    seed: Seed,
    state: State,
    buckets: Buckets,
    /// Until when a message of the property is being answered.
    busy: BTreeMap<VendorId, Mono>,
    answers: BTreeMap<u64, http::Response<Bytes>>,
}

impl Service {
    fn at(&self, now: Mono) -> At {
        At::of(self.setup.epoch, now)
    }

    fn serve(
        &mut self,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Result<Answer, Answer> {
        let asked = Asked::of(request);
        let record = &mut self.state.record;
        record.pushes += u64::from(asked.call == Some(Call::WriteRestrictions));
        let key = asked.key.as_deref();
        let reach = Reach::of(&self.setup.secrets, self.state.revoked, key, record)?;
        let hotels = reach.hotels(&self.setup.hotels);
        match asked.call {
            None => Err(Answer::not_found()),
            Some(Call::Properties) => Ok(lists::properties(hotels, &asked)),
            Some(Call::RatePlans) => Ok(lists::rate_plans(hotels, &asked)),
            Some(Call::ReadRestrictions) => self.read(reach, &asked, now),
            Some(Call::WriteRestrictions) => self.write(reach, request.body(), now, ready),
        }
    }

    fn read(&mut self, reach: Reach, asked: &Asked, now: Mono) -> Result<Answer, Answer> {
        let hotel = reach.hotel(&self.setup.hotels, reads::property(asked)?)?;
        let state = &mut self.state;
        let (switches, record) = (&state.switches, &mut state.record);
        self.buckets
            .fill(&hotel.id, Use::Read, switches, now, record)?;
        reads::restrictions(state, hotel, asked)
    }

    fn write(
        &mut self,
        reach: Reach,
        body: &Bytes,
        now: Mono,
        ready: Mono,
    ) -> Result<Answer, Answer> {
        let letter = Letter::of(body)?;
        let at = self.at(now);
        let hotels = reach.hotels(&self.setup.hotels);
        for property in letter.properties() {
            let hotel = reach.hotel(&self.setup.hotels, property)?;
            let (switches, record) = (&self.state.switches, &mut self.state.record);
            self.buckets
                .fill(&hotel.id, Use::Write, switches, now, record)?;
            let before = self.busy.insert(hotel.id.clone(), ready);
            record.overlaps += u64::from(before.is_some_and(|until| now < until));
        }
        Ok(writes::take(
            &mut self.state,
            &self.seed,
            hotels,
            &letter,
            at,
        ))
    }

    /// A change by hand is held and shown at once.
    fn set_price(&mut self, held: &Held, now: Mono) {
        let hotel = catalog::hotel(&self.setup.hotels, held.property.as_str());
        let plan = hotel.and_then(|hotel| hotel.plans.iter().find(|plan| plan.ids == held.ids));
        let (Some(hotel), Some(plan)) = (hotel, plan) else {
            return;
        };
        let Some(id) = catalog::id(plan) else { return };
        self.state.version += 1;
        let adults = match held.adults {
            0 => catalog::primary(hotel, plan),
            adults => adults,
        };
        let prices = held
            .price
            .map(|price| (adults, price))
            .into_iter()
            .collect();
        let version = self.state.version;
        for table in [&mut self.state.held, &mut self.state.shown] {
            let cell = table.cell(&hotel.id, id, held.night);
            cell.change(&prices, &held.rules);
            cell.version = version;
        }
        let change = by_hand(held, adults, now);
        self.state.record.changes.push(change);
    }
}

fn by_hand(held: &Held, adults: u8, now: Mono) -> Change {
    Change {
        at: now,
        write: 0,
        key: None,
        property: held.property.clone(),
        ids: held.ids.clone(),
        adults,
        first: held.night,
        last: held.night,
        price: held.price,
        rules: held.rules,
    }
}

impl Simulator for Service {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        self.advance(now);
        self.state.record.calls += 1;
        let timing = self.state.timing;
        let latency = self
            .state
            .draw(&self.seed, timing.latency_min, timing.latency_max);
        let ready = now.after(Duration::from_micros(latency));
        let answer = self
            .serve(&request, now, ready)
            .unwrap_or_else(|refused| refused);
        self.answers.insert(id, answer.into_http());
        ready
    }

    fn answer(&mut self, id: u64, now: Mono) -> http::Response<Bytes> {
        self.advance(now);
        self.answers.remove(&id).unwrap_or_default()
    }

    fn next(&self) -> Option<Mono> {
        queue::next(&self.state).map(|at| at.mono(self.setup.epoch))
    }

    fn advance(&mut self, now: Mono) {
        let (at, epoch) = (self.at(now), self.setup.epoch);
        queue::advance(&mut self.state, &self.seed, &self.setup.hotels, epoch, at);
    }

    fn record(&self) -> &Record {
        &self.state.record
    }

    fn held(&self) -> Vec<Held> {
        let mut held = Vec::new();
        for hotel in &self.setup.hotels {
            for plan in hotel.plans.iter().filter(|plan| plan.derived.is_none()) {
                let nights = catalog::id(plan).and_then(|id| self.state.held.nights(&hotel.id, id));
                for (night, cell) in nights.into_iter().flatten() {
                    let one = |adults, price, rules| Held {
                        property: hotel.id.clone(),
                        ids: plan.ids.clone(),
                        night: *night,
                        adults,
                        price,
                        rules,
                    };
                    let each = cell.prices.iter();
                    held.extend(each.map(|(adults, price)| one(*adults, Some(*price), cell.rules)));
                    if cell.prices.is_empty() && !cell.rules.is_leave() {
                        held.push(one(0, None, cell.rules));
                    }
                }
            }
        }
        held
    }

    fn control(&mut self, command: &Control, now: Mono) {
        self.advance(now);
        match command {
            Control::RevokeTokens => self.state.revoked = true,
            Control::SetPrice(held) => self.set_price(held, now),
            Control::SetTiming(timing) => self.state.timing = *timing,
            Control::Switch { name, value } => self.state.switches.turn(name, value),
        }
    }

    fn save(&self) -> String {
        serde_json::to_string(&self.state).unwrap_or_default()
    }
}
