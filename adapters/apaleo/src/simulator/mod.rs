//! A stand-in for apaleo: its identity server, properties, rate plans and rates, strict and
//! in virtual time.
//!
//! It shares no code with the adapter. What it serves, its switches, and what of the vendor
//! it leaves out, is listed in the README. Faults of the network are the host's.
//!
//! Invariant: an answer that is a refusal changes nothing but the record.

mod account;
mod door;
mod http_text;
mod meters;
mod prices;
mod reads;
mod slices;
mod state;
mod switches;
mod tokens;
mod witness;
mod writes;

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::secret::Secrets;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Held, Record, Simulator, SimulatorSetup, Timing};

use account::Account;
use http_text::Answer;
use meters::Meters;
use state::{At, State};
use tokens::Tokens;

/// The client that every simulator knows. The secret `client_id`, where there is one, names
/// another one of the same account.
pub const CLIENT_ID: &str = "DEMO-SP-RACKRATE";

/// A simulator of that setup.
///
/// # Errors
/// A sentence about what of the setup cannot be used: a time zone nobody knows, a secret
/// that is missing, two plans of one name, a saved state that is none.
pub fn new(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    if setup.secrets.get("client_secret").is_none() {
        return Err("the simulator needs the secret client_secret".to_owned());
    }
    let account = Account::new(setup.hotels, setup.epoch)?;
    let state = match &setup.saved {
        None => State::of(&account),
        Some(saved) => serde_json::from_str(saved)
            .map_err(|error| format!("the saved state is none: {error}"))?,
    };
    Ok(Box::new(Apaleo {
        seed: Seed::new(setup.seed),
        epoch: At::of(setup.epoch),
        account,
        secrets: setup.secrets,
        timing: setup.timing,
        state,
        tokens: Tokens::default(),
        meters: Meters::default(),
        busy: BTreeMap::new(),
        under_way: BTreeMap::new(),
    }))
}

#[derive(Debug)]
struct Apaleo {
    seed: Seed,
    epoch: At,
    account: Account,
    secrets: Secrets,
    timing: Timing,
    /// What survives a restart; tokens and the clients' meters do not.
    state: State,
    tokens: Tokens,
    meters: Meters,
    /// Until when a write is at work, by property.
    busy: BTreeMap<VendorId, Mono>,
    under_way: BTreeMap<u64, UnderWay>,
}

/// A request whose answer has not been fetched.
#[derive(Debug)]
struct UnderWay {
    ready: Mono,
    is_token: bool,
    answer: http::Response<Bytes>,
}

impl Apaleo {
    fn at(&self, now: Mono) -> At {
        self.epoch.plus_micros(now.0)
    }

    /// The free choice of that kind and count, between two numbers.
    fn choice(&self, kind: &str, count: u64, low: u64, high: u64) -> u64 {
        let mut draws = self.seed.branch(&format!("{kind}-{count}"));
        draws.between(low, high)
    }

    /// A name nobody can guess from another.
    fn name(&self, kind: &str, count: u64) -> String {
        let mut draws = self.seed.branch(&format!("{kind}-{count}"));
        format!("{:016x}{:016x}", draws.draw(), draws.draw())
    }

    /// By which the vendor's support would find the request.
    fn tracking_id(&self) -> String {
        let calls = self.state.record.calls;
        let mut draws = self.seed.branch(&format!("tracking-{calls}"));
        let connection = draws.draw() % 0x1000_0000;
        let span = draws.draw() % 0x1_0000_0000_0000;
        format!("0HL{connection:07X}M1B:{calls:08}|{span:012x}")
    }

    fn count_token_request(&mut self, now: Mono) {
        let others = self.under_way.values();
        let others = others.filter(|one| one.is_token && one.ready > now).count() as u64;
        let record = &mut self.state.record;
        record.token_requests += 1;
        record.tokens_at_once = record.tokens_at_once.max(others + 1);
    }
}

impl Simulator for Apaleo {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        self.state.record.calls += 1;
        let (low, high) = (self.timing.latency_min, self.timing.latency_max);
        let latency = self.choice("latency", self.state.record.calls, low, high);
        let ready = Mono(now.0.saturating_add(latency));
        let is_token = request.uri().path() == door::TOKEN;
        if is_token {
            self.count_token_request(now);
        }
        let answer = self.handle(&request, now, ready);
        let one = UnderWay {
            ready,
            is_token,
            answer: answer.into_http(&self.tracking_id()),
        };
        self.under_way.insert(id, one);
        ready
    }

    fn answer(&mut self, id: u64, _now: Mono) -> http::Response<Bytes> {
        match self.under_way.remove(&id) {
            Some(one) => one.answer,
            None => Answer::empty(500).into_http("none"),
        }
    }

    fn next(&self) -> Option<Mono> {
        None
    }

    fn advance(&mut self, _now: Mono) {}

    fn record(&self) -> &Record {
        &self.state.record
    }

    /// Rates as written; those of derived plans are computed and not held.
    fn held(&self) -> Vec<Held> {
        self.state.held(&self.account)
    }

    fn control(&mut self, command: &Control, now: Mono) {
        match command {
            Control::RevokeTokens => self.tokens.revoke_all(),
            Control::SetTiming(timing) => self.timing = *timing,
            Control::SetPrice(held) => self.set_by_hand(held, now),
            Control::Switch { name, value } => self.switch(name, value, now),
        }
    }

    fn save(&self) -> String {
        // Text keys and plain values only, so there is nothing that cannot be written.
        serde_json::to_string(&self.state).unwrap_or_default()
    }
}
