//! A stand-in for a pms-v2 server: strict, in virtual time, and an honest witness.
//!
//! It follows the README's sections with code of its own and shares none with the adapter,
//! so that both cannot share one misunderstanding. Faults of the network are the host's.
//!
//! Invariant: every free choice follows from the seed and a count that is saved, so a
//! restart neither repeats a name nor changes what comes.

mod batch;
mod clients;
mod consents;
mod derived;
mod door;
mod http_text;
mod jobs;
mod keys;
mod meters;
mod portal;
mod reads;
mod rows;
mod state;
mod tokens;
mod witness;

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Held, Hotel, Record, Simulator, SimulatorSetup, Timing};

use clients::Client;
use http_text::Answer;
use meters::Meters;
use portal::Portal;
use state::{At, State, Stay};
use tokens::Tokens;

/// A pms-v2 server with these hotels.
///
/// # Errors
/// A sentence about what of the setup cannot be used: a time zone nobody knows, a secret
/// that is missing, a saved state that is none.
pub fn new(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    check(&setup)?;
    let client = Client::of(&setup.secrets)?;
    let state = match &setup.saved {
        Some(saved) => State::restore(saved)?,
        None => State::of(&setup.hotels),
    };
    let hotels: BTreeMap<_, _> = setup
        .hotels
        .into_iter()
        .map(|hotel| (hotel.id.clone(), hotel))
        .collect();
    Ok(Box::new(PmsV2 {
        seed: Seed::new(setup.seed),
        epoch: At::of_epoch(setup.epoch),
        meters: Meters::default(),
        hotels,
        client,
        timing: setup.timing,
        state,
        tokens: Tokens::default(),
        statements: BTreeMap::new(),
        refuses_consent: false,
        portal: Portal::default(),
        granted: None,
        standing: None,
        under_way: BTreeMap::new(),
        busy: BTreeMap::new(),
    }))
}

fn check(setup: &SimulatorSetup) -> Result<(), String> {
    for hotel in &setup.hotels {
        jiff::tz::TimeZone::get(&hotel.time_zone)
            .map_err(|error| format!("hotel {}: {error}", hotel.id))?;
    }
    Ok(())
}

/// The server.
#[derive(Debug)]
struct PmsV2 {
    seed: Seed,
    epoch: At,
    hotels: BTreeMap<VendorId, Hotel>,
    client: Client,
    /// Names of statements that were used, until they are too old anyway.
    statements: BTreeMap<String, At>,
    timing: Timing,
    /// What survives a restart; the rest is forgotten by it.
    state: State,
    tokens: Tokens,
    /// Whether whoever is asked for consent says no.
    refuses_consent: bool,
    portal: Portal,
    /// What tokens from now on are good for, whatever is asked for; with other scopes' names.
    granted: Option<Vec<String>>,
    /// What is answered to everybody instead of an answer.
    standing: Option<&'static str>,
    meters: Meters,
    under_way: BTreeMap<u64, UnderWay>,
    /// Until when a batch without a job is at work, by property.
    busy: BTreeMap<VendorId, At>,
}

/// A request whose answer has not been fetched.
#[derive(Debug)]
struct UnderWay {
    ready: Mono,
    is_token: bool,
    answer: Answer,
}

impl PmsV2 {
    fn at(&self, now: Mono) -> At {
        self.epoch.plus_micros(now.0)
    }

    /// The free choice of that kind and count, between two numbers.
    fn choice(&self, kind: &str, count: u64, low: u64, high: u64) -> u64 {
        self.seed
            .branch(&format!("{kind}-{count}"))
            .between(low, high)
    }

    /// A name nobody can guess from another, of that kind and count.
    fn name(&self, kind: &str, count: u64) -> String {
        let mut draws = self.seed.branch(&format!("{kind}-{count}"));
        format!("{:016x}", draws.draw())
    }

    fn settle(&self) -> u64 {
        self.timing.settle.unwrap_or(2_000_000)
    }
}

impl Simulator for PmsV2 {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        self.advance(now);
        self.state.record.calls += 1;
        let (low, high) = (self.timing.latency_min, self.timing.latency_max);
        let ready =
            Mono(
                now.0
                    .saturating_add(self.choice("latency", self.state.record.calls, low, high)),
            );
        let is_token = door::is_token_call(&request);
        if is_token {
            let others = self.under_way.values();
            let others = others.filter(|one| one.is_token && one.ready > now).count() as u64;
            let record = &mut self.state.record;
            record.token_requests += 1;
            record.tokens_at_once = record.tokens_at_once.max(others + 1);
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

    fn answer(&mut self, id: u64, _now: Mono) -> http::Response<Bytes> {
        match self.under_way.remove(&id) {
            Some(one) => one.answer.into_response(),
            None => Answer::empty(500).into_response(),
        }
    }

    fn next(&self) -> Option<Mono> {
        self.state
            .running()
            .map(|job| job.done_at.mono(self.epoch))
            .min()
    }

    fn advance(&mut self, now: Mono) {
        let at = self.at(now);
        self.finish_jobs(at);
        self.state.forget(at);
    }

    fn record(&self) -> &Record {
        &self.state.record
    }

    /// Prices as written, base prices under no adults; computed prices are not held.
    fn held(&self) -> Vec<Held> {
        self.state.held()
    }

    fn control(&mut self, command: &Control, now: Mono) {
        self.advance(now);
        match command {
            Control::RevokeTokens => self.tokens.revoke_all(),
            Control::SetTiming(timing) => self.timing = *timing,
            Control::Switch { name, value } if name == "consent" => {
                self.refuses_consent = value == "refused";
            }
            Control::Switch { name, value } if name == "scopes" => {
                let scopes = value.split_whitespace().map(str::to_owned);
                self.granted = Some(scopes.collect()).filter(|_| value != "asked");
            }
            Control::Switch { name, value } if name == "standing" => {
                let words = ["disconnected", "approver_left", "client_suspended"];
                self.standing = words.into_iter().find(|word| word == value);
            }
            Control::Switch { name, value } => self.portal.switch(name, value),
            Control::SetPrice(held) => {
                let at = self.at(now);
                let row = rows::Effect::by_hand(held, Stay::of(held));
                self.state.write(&[row], &state::Write::by_hand(now, at));
            }
        }
    }

    fn save(&self) -> String {
        self.state.save()
    }
}
