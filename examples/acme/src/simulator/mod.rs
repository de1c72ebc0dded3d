//! A stand-in for Acme's service: strict, in virtual time, and an honest witness.
//!
//! `routes` keeps the vendor's rules, with types of its own, so that adapter and simulator
//! cannot share one misunderstanding; `state` holds prices and the record. Faults of the
//! network are the host's.
//!
//! Invariant: every free choice follows from the seed and a count that is saved.

mod answer;
mod routes;
mod state;

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::secret::Secrets;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Held, Hotel, Record, Simulator, SimulatorSetup, Timing};

use answer::Answer;
use routes::Session;
use state::State;

/// A service with these hotels.
///
/// # Errors
/// When the saved state cannot be read.
pub fn new(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    let state = match &setup.saved {
        Some(saved) => State::restore(saved)?,
        None => State::of(&setup.hotels),
    };
    let hotels = setup.hotels.into_iter();
    Ok(Box::new(Server {
        seed: Seed::new(setup.seed),
        epoch: u64::try_from(setup.epoch.0).unwrap_or(0) * 1_000,
        hotels: hotels.map(|hotel| (hotel.id.clone(), hotel)).collect(),
        secrets: setup.secrets,
        timing: setup.timing,
        state,
        session: Session::default(),
        under_way: BTreeMap::new(),
        busy: BTreeMap::new(),
    }))
}

/// The service.
#[derive(Debug)]
struct Server {
    seed: Seed,
    /// Civil time when the virtual clock stands at zero, in microseconds.
    epoch: u64,
    hotels: BTreeMap<VendorId, Hotel>,
    secrets: Secrets,
    timing: Timing,
    /// What survives a restart.
    state: State,
    /// What a restart forgets.
    session: Session,
    under_way: BTreeMap<u64, UnderWay>,
    /// Until when a write is at work, by property.
    busy: BTreeMap<VendorId, Mono>,
}

/// A request whose answer has not been fetched.
#[derive(Debug)]
struct UnderWay {
    ready: Mono,
    is_token: bool,
    answer: Answer,
}

impl Server {
    /// Civil time, in microseconds.
    fn at(&self, now: Mono) -> u64 {
        self.epoch.saturating_add(now.0)
    }

    /// How long a change is not shown yet, in microseconds.
    fn settle(&self) -> u64 {
        self.timing.settle.unwrap_or(routes::SETTLE)
    }

    fn latency(&self) -> u64 {
        let mut dice = self
            .seed
            .branch(&format!("latency-{}", self.state.record.calls));
        dice.between(self.timing.latency_min, self.timing.latency_max)
    }

    fn count_token(&mut self, now: Mono) {
        let others = self.under_way.values();
        let others = others.filter(|one| one.is_token && one.ready > now).count() as u64;
        let record = &mut self.state.record;
        record.token_requests += 1;
        record.tokens_at_once = record.tokens_at_once.max(others + 1);
    }
}

impl Simulator for Server {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        self.state.record.calls += 1;
        let ready = Mono(now.0.saturating_add(self.latency()));
        let is_token = routes::is_token_call(&request);
        if is_token {
            self.count_token(now);
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
            None => Answer::json(500, "{}").into_response(),
        }
    }

    fn next(&self) -> Option<Mono> {
        None
    }

    fn advance(&mut self, _now: Mono) {}

    fn record(&self) -> &Record {
        &self.state.record
    }

    fn held(&self) -> Vec<Held> {
        self.state.held()
    }

    fn control(&mut self, command: &Control, now: Mono) {
        match command {
            Control::RevokeTokens => self.session.revoke(),
            Control::SetTiming(timing) => self.timing = *timing,
            Control::Switch { .. } => {}
            Control::SetPrice(held) => {
                let shown = self.at(now).saturating_add(self.settle());
                self.state.by_hand(held, now, shown);
            }
        }
    }

    fn save(&self) -> String {
        self.state.save()
    }
}
