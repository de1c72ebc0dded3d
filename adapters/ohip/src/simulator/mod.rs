//! A stand-in for a gateway of OPERA Cloud: tokens, processes, schedules and restrictions
//! in virtual time.
//!
//! It shares no code with the adapter. What it serves, which habits can be switched, and
//! what of the vendor it leaves out is listed in the README.
//!
//! Invariant: prices change when a process ends, and are shown later; the record tells the
//! former. A refused request changes nothing.

mod door;
mod http_text;
mod json;
mod plans;
mod prices;
mod processes;
mod rules;
mod schedules;
mod shown_rules;
mod state;
mod tokens;
mod witness;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Held, Record, Simulator, SimulatorSetup};

use door::Meters;
use http_text::{Answer, Asked};
use state::State;

/// A simulator of that setup.
///
/// # Errors
/// When the saved state is none of this simulator's, or a secret of the application is
/// missing.
pub fn new(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    for name in ["client_id", "client_secret", "app_key"] {
        if setup.secrets.get(name).is_none() {
            return Err(format!("the simulator needs the secret {name}"));
        }
    }
    let state = match &setup.saved {
        None => State::new(&setup.hotels, setup.timing),
        Some(saved) => serde_json::from_str(saved).map_err(|error| error.to_string())?,
    };
    Ok(Box::new(Gateway {
        seed: Seed::new(setup.seed),
        meters: Meters::new(),
        under_way: BTreeMap::new(),
        setup,
        state,
    }))
}

/// The gateway and the property system behind it.
#[derive(Debug)]
struct Gateway {
    setup: SimulatorSetup,
    seed: Seed,
    state: State,
    meters: Meters,
    under_way: BTreeMap<u64, UnderWay>,
}

/// A request whose answer has not been fetched.
#[derive(Debug)]
struct UnderWay {
    ready: Mono,
    is_token: bool,
    answer: http::Response<Bytes>,
}

impl Gateway {
    /// A free choice that holds for the whole run, unless it was switched.
    fn habit<'h>(&'h self, name: &str, choices: &[&'h str]) -> &'h str {
        if let Some(value) = self.state.switches.get(name) {
            return value;
        }
        let last = choices.len().saturating_sub(1) as u64;
        let at = self.seed.branch(name).between(0, last);
        let at = usize::try_from(at).unwrap_or(0);
        choices.get(at).copied().unwrap_or_default()
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.state
            .switches
            .get(name)
            .is_some_and(|set| set == value)
    }

    fn count_tokens(&mut self, now: Mono) {
        let others = self.under_way.values();
        let others = others.filter(|one| one.is_token && one.ready > now).count() as u64;
        let record = &mut self.state.record;
        record.token_requests += 1;
        record.tokens_at_once = record.tokens_at_once.max(others + 1);
    }
}

impl Simulator for Gateway {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        self.advance(now);
        self.state.record.calls += 1;
        let asked = Asked::of(request);
        let is_token = asked.path == ["oauth", "v1", "tokens"];
        if is_token {
            self.count_tokens(now);
        }
        let (answer, delay) = self.serve(&asked, now);
        let request_id = asked.header("x-request-id").map_or_else(
            || format!("{:08x}-{:08x}", self.setup.seed, self.state.record.calls),
            str::to_owned,
        );
        let timing = self.state.timing;
        let (low, high) = (timing.latency_min, timing.latency_max);
        let latency = self.state.draw(&self.seed, low, high);
        let ready = now.after(delay).after(Duration::from_micros(latency));
        let one = UnderWay {
            ready,
            is_token,
            answer: answer.into_http(&request_id, asked.is_head()),
        };
        self.under_way.insert(id, one);
        ready
    }

    fn answer(&mut self, id: u64, now: Mono) -> http::Response<Bytes> {
        self.advance(now);
        match self.under_way.remove(&id) {
            Some(one) => one.answer,
            None => Answer::empty(500).into_http("-", false),
        }
    }

    fn next(&self) -> Option<Mono> {
        self.state.next()
    }

    fn advance(&mut self, now: Mono) {
        while let Some(at) = self.state.next().filter(|at| *at <= now) {
            self.state.reveal(at);
            self.end_processes(at);
            self.state.forget(at);
        }
    }

    fn record(&self) -> &Record {
        &self.state.record
    }

    fn held(&self) -> Vec<Held> {
        self.state.held()
    }

    fn control(&mut self, command: &Control, now: Mono) {
        self.advance(now);
        match command {
            Control::RevokeTokens => self.state.tokens.clear(),
            Control::SetPrice(held) => self.state.set_by_hand(held, now),
            Control::SetTiming(timing) => self.state.timing = *timing,
            Control::Switch { name, value } => self.state.switch(name, value),
        }
    }

    fn save(&self) -> String {
        serde_json::to_string(&self.state).unwrap_or_default()
    }
}
