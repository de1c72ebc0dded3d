//! A stand-in for Cloudbeds: its rate calls, jobs, keys and grants in virtual time.
//!
//! It shares no code with the adapter. What it serves, and what of the vendor it leaves
//! out, is listed in the README.
//!
//! Invariant: prices change when a job ends, and are shown later; the record tells the
//! former.

mod form;
mod gate;
mod grants;
mod http_text;
mod jobs;
mod json;
mod oauth;
mod reads;
mod restrictions;
mod state;
mod writes;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Change, Control, Held, Meter, Record, Simulator, SimulatorSetup};

use http_text::{Answer, Asked};
use restrictions::InForce;
use state::{Cell, State};

/// A simulator of that setup.
///
/// # Errors
/// When the saved state is none of this simulator's, or no key is given.
pub fn new(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    if setup.secrets.names().next().is_none() {
        return Err("the simulator needs the secret api_key".to_owned());
    }
    let state = match &setup.saved {
        None => State::new(&setup.hotels, setup.timing),
        Some(saved) => serde_json::from_str(saved).map_err(|error| error.to_string())?,
    };
    Ok(Box::new(Service {
        seed: Seed::new(setup.seed),
        meters: gate::meters(),
        answers: BTreeMap::new(),
        token_calls: Vec::new(),
        setup,
        state,
    }))
}

#[derive(Debug)]
struct Service {
    setup: SimulatorSetup,
    seed: Seed,
    state: State,
    meters: Vec<Meter>,
    answers: BTreeMap<u64, http::Response<Bytes>>,
    /// When the answers of the last token requests are ready.
    token_calls: Vec<Mono>,
}

impl Service {
    fn serve(&mut self, request: &http::Request<Bytes>, now: Mono) -> Answer {
        let Some(asked) = Asked::of(request) else {
            return Answer::page_not_found();
        };
        match (asked.method.as_str(), request.method()) {
            ("oauth", &http::Method::GET) => return self.consent_page(&asked, now),
            ("access_token", &http::Method::POST) => return self.token(&asked, now),
            _ => {}
        }
        let is_write = matches!(asked.method.as_str(), "patchRate" | "putRate");
        let is_read = matches!(
            asked.method.as_str(),
            "getHotels" | "getRatePlans" | "getRateJobs"
        );
        let verb = if is_write {
            http::Method::POST
        } else {
            http::Method::GET
        };
        if !(is_write || is_read) || request.method() != verb || asked.write != is_write {
            return Answer::unknown_method();
        }
        self.state.record.pushes += u64::from(is_write);
        self.admitted(&asked, now).unwrap_or_else(|refused| refused)
    }

    fn admitted(&mut self, asked: &Asked, now: Mono) -> Result<Answer, Answer> {
        let caller = gate::caller(&self.setup.secrets, &mut self.state, asked, now)?;
        let client = caller.client;
        if let Some(meter) = self.meters.get_mut(client) {
            gate::pace(meter, now, &mut self.state.record)?;
        }
        gate::granted(&caller, &self.state.grants.habits, asked)?;
        let hotels = &self.setup.hotels;
        if asked.method == "getHotels" {
            return Ok(reads::hotels(&self.seed, hotels, &asked.fields));
        }
        let hotel = gate::property(hotels, asked)?;
        let (state, seed) = (&mut self.state, &self.seed);
        Ok(match asked.method.as_str() {
            "getRatePlans" => reads::rates(state, seed, hotel, &asked.fields),
            "getRateJobs" => jobs::list(state, hotel, client, asked, self.setup.epoch),
            _ => writes::write(state, seed, hotel, client, asked, now),
        })
    }

    /// Counts a token request whose answer is ready then, among those under way.
    fn count_token_call(&mut self, now: Mono, ready: Mono) {
        self.token_calls.retain(|other| now < *other);
        self.token_calls.push(ready);
        let at_once = self.token_calls.len() as u64;
        let record = &mut self.state.record;
        record.tokens_at_once = record.tokens_at_once.max(at_once);
    }

    fn set_price(&mut self, held: &Held, now: Mono) {
        let Some(rate) = &held.ids.plan else { return };
        self.state.version += 1;
        let cell = Cell {
            price: held.price,
            in_force: InForce::of(&held.rules),
            version: self.state.version,
        };
        for cells in [&mut self.state.held, &mut self.state.shown] {
            cells
                .entry(rate.clone())
                .or_default()
                .insert(held.night, cell);
        }
        self.state.record.changes.push(Change {
            at: now,
            write: 0,
            key: None,
            property: held.property.clone(),
            ids: held.ids.clone(),
            adults: 0,
            first: held.night,
            last: held.night,
            price: held.price,
            rules: held.rules,
        });
    }
}

impl Simulator for Service {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        self.advance(now);
        self.state.record.calls += 1;
        let tokens = self.state.record.token_requests;
        let answer = self.serve(&request, now);
        let request_id = format!("{:08x}-{:08x}", self.setup.seed, self.state.record.calls);
        self.answers.insert(id, answer.into_http(&request_id));
        let timing = self.state.timing;
        let latency = self
            .state
            .draw(&self.seed, timing.latency_min, timing.latency_max);
        let ready = now.after(Duration::from_micros(latency));
        if self.state.record.token_requests > tokens {
            self.count_token_call(now, ready);
        }
        ready
    }

    fn answer(&mut self, id: u64, now: Mono) -> http::Response<Bytes> {
        self.advance(now);
        self.answers.remove(&id).unwrap_or_default()
    }

    fn next(&self) -> Option<Mono> {
        jobs::next(&self.state)
    }

    fn advance(&mut self, now: Mono) {
        jobs::advance(&mut self.state, &self.seed, &self.setup.hotels, now);
    }

    fn record(&self) -> &Record {
        &self.state.record
    }

    fn held(&self) -> Vec<Held> {
        let mut held = Vec::new();
        for hotel in &self.setup.hotels {
            for plan in hotel.plans.iter().filter(|plan| plan.derived.is_none()) {
                let nights = plan
                    .ids
                    .plan
                    .as_ref()
                    .and_then(|rate| self.state.held.get(rate));
                held.extend(nights.into_iter().flatten().map(|(night, cell)| Held {
                    property: hotel.id.clone(),
                    ids: plan.ids.clone(),
                    night: *night,
                    adults: 0,
                    price: cell.price,
                    rules: cell.in_force.rules(),
                }));
            }
        }
        held
    }

    fn control(&mut self, command: &Control, now: Mono) {
        self.advance(now);
        match command {
            Control::RevokeTokens => {
                self.state.revoked = true;
                self.state.grants.revoke_tokens();
            }
            Control::SetPrice(held) => self.set_price(held, now),
            Control::SetTiming(timing) => self.state.timing = *timing,
            Control::Switch { name, value } => self.state.grants.switch(name, value),
        }
    }

    fn save(&self) -> String {
        serde_json::to_string(&self.state).unwrap_or_default()
    }
}
