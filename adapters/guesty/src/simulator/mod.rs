//! A stand-in for Guesty: its tokens, listings, complexes and calendar in virtual time.
//!
//! It shares no code with the adapter. What it serves, what its switches turn, and what of
//! the vendor it leaves out, is listed in the README. Faults of the network are the host's.
//!
//! Invariant: every free choice follows from the seed and a count that is saved, so a
//! restart neither repeats a token nor changes what comes.

mod bucket;
mod catalogue;
mod door;
mod http_text;
mod json;
mod ranges;
mod reads;
mod state;
mod tokens;
mod witness;
mod writes;

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Held, Record, Simulator, SimulatorSetup, Timing};

use bucket::Account;
use catalogue::Shelf;
use http_text::Answer;
use state::{At, Cell, State};

/// A simulator of that setup.
///
/// # Errors
/// A sentence about what of the setup cannot be used: a secret that is missing, a listing
/// that is there twice or has no identifier, a saved state that is none.
pub fn new(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    check(&setup)?;
    let shelf = catalogue::shelf(&setup.hotels)?;
    let mut service = Service {
        seed: Seed::new(setup.seed),
        epoch: At::of_epoch(setup.epoch),
        timing: setup.timing,
        account: Account::new(),
        under_way: BTreeMap::new(),
        at_work: BTreeMap::new(),
        state: State::default(),
        shelf,
        setup,
    };
    service.state = match &service.setup.saved {
        Some(saved) => serde_json::from_str(saved).map_err(|error| error.to_string())?,
        None => service.at_start(),
    };
    Ok(Box::new(service))
}

fn check(setup: &SimulatorSetup) -> Result<(), String> {
    for name in ["client_id", "client_secret"] {
        if setup.secrets.get(name).is_none() {
            return Err(format!("the simulator needs the secret {name}"));
        }
    }
    Ok(())
}

#[derive(Debug)]
struct Service {
    setup: SimulatorSetup,
    shelf: Shelf,
    seed: Seed,
    epoch: At,
    timing: Timing,
    /// What survives a restart; the rest is forgotten by it.
    state: State,
    account: Account,
    under_way: BTreeMap<u64, UnderWay>,
    /// Until when a write is at work, by listing.
    at_work: BTreeMap<VendorId, Mono>,
}

/// A request whose answer has not been fetched.
#[derive(Debug)]
struct UnderWay {
    ready: Mono,
    is_token: bool,
    answer: Answer,
}

impl Service {
    fn at(&self, now: Mono) -> At {
        self.epoch.plus_micros(now.0)
    }

    fn at_start(&self) -> State {
        let mut state = State::default();
        let prices = self.setup.hotels.iter().flat_map(|hotel| &hotel.prices);
        for held in prices {
            let Some(listing) = catalogue::listing_id(&held.ids) else {
                continue;
            };
            let nights = state.held.entry(listing.clone()).or_default();
            nights.insert(held.night, Cell::of(held));
        }
        state.shown = state.held.clone();
        for (name, other, per_mille) in [("answer", "object", 500), ("array", "partial", 500)] {
            if self.seed.branch(name).chance(per_mille) {
                state.switches.insert(name.to_owned(), other.to_owned());
            }
        }
        state
    }

    /// Where a switch stands; empty for its first position.
    fn switch(&self, name: &str) -> &str {
        self.state.switches.get(name).map_or("", String::as_str)
    }

    /// The minimum stay of listings that have none set on a night.
    fn base_min_nights(&self) -> u16 {
        self.switch("base_min_nights").parse().unwrap_or(1)
    }

    fn request_id(&self) -> String {
        let (seed, calls) = (self.setup.seed, self.state.record.calls);
        format!("Root=1-{:08x}-{calls:024x}", seed & 0xffff_ffff)
    }

    fn ready(&self, now: Mono) -> Mono {
        let mut dice = self
            .seed
            .branch(&format!("latency-{}", self.state.record.calls));
        let takes = dice.between(self.timing.latency_min, self.timing.latency_max);
        Mono(now.0.saturating_add(takes))
    }

    fn count_token_request(&mut self, now: Mono) {
        let others = self.under_way.values();
        let others = others.filter(|one| one.is_token && one.ready > now).count() as u64;
        let record = &mut self.state.record;
        record.token_requests += 1;
        record.tokens_at_once = record.tokens_at_once.max(others + 1);
    }
}

impl Simulator for Service {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        self.advance(now);
        self.state.record.calls += 1;
        let (ready, is_token) = (self.ready(now), door::is_token_call(&request));
        if is_token {
            self.count_token_request(now);
        }
        let answer = self.handle(&request, now, ready);
        let one = UnderWay {
            ready,
            is_token,
            answer,
        };
        self.under_way.insert(id, one);
        ready
    }

    fn answer(&mut self, id: u64, now: Mono) -> http::Response<Bytes> {
        self.advance(now);
        match self.under_way.remove(&id) {
            Some(one) => one.answer.into_http(),
            None => Answer::no_route().into_http(),
        }
    }

    fn next(&self) -> Option<Mono> {
        let reveals = self.state.reveals.iter();
        reveals.map(|reveal| reveal.at.mono(self.epoch)).min()
    }

    fn advance(&mut self, now: Mono) {
        let at = self.at(now);
        self.state.reveal(at);
    }

    fn record(&self) -> &Record {
        &self.state.record
    }

    /// What was set; nights at the listing's base are not held, and neither is anything of
    /// a sub-unit, which follows its parent.
    fn held(&self) -> Vec<Held> {
        let base = self.base_min_nights();
        let mut held = Vec::new();
        for (hotel, plan, listing) in self.all().filter(|(_, plan, _)| plan.derived.is_none()) {
            let nights = self.state.held.get(listing).into_iter().flatten();
            held.extend(nights.map(|(night, cell)| Held {
                property: hotel.id.clone(),
                ids: plan.ids.clone(),
                night: *night,
                adults: 0,
                price: cell.price,
                rules: cell.rules(base),
            }));
        }
        held
    }

    fn control(&mut self, command: &Control, now: Mono) {
        self.advance(now);
        match command {
            Control::RevokeTokens => self.state.tokens.clear(),
            Control::SetPrice(held) => self.set_by_hand(held, now),
            Control::SetTiming(timing) => self.timing = *timing,
            Control::Switch { name, value } => {
                self.state.switches.insert(name.clone(), value.clone());
            }
        }
    }

    fn save(&self) -> String {
        // Text keys and plain values only, so there is nothing that cannot be written.
        serde_json::to_string(&self.state).unwrap_or_default()
    }
}
