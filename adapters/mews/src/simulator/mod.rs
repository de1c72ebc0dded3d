//! A stand-in for Mews: one access token, its properties, prices and restrictions in
//! virtual time.
//!
//! It shares no code with the adapter. What it serves, its switches, and what of the vendor
//! it leaves out, are listed in the README.
//!
//! Invariant: a request that is refused changes nothing, and the record tells what was
//! done when it was done, however much later reads show it.

mod binding;
mod door;
mod hotels;
mod http_text;
mod lists;
mod meter;
mod prices;
mod pricing;
mod restrict;
mod shelf;
mod shown;
mod state;
mod switches;
mod witness;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::secret::Secrets;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Control, Held, Record, Simulator, SimulatorSetup};

use hotels::Hotels;
use http_text::Answer;
use meter::Burst;
use state::{At, State};

/// Mews with these hotels, all within reach of one access token.
///
/// # Errors
/// A sentence about what of the setup cannot be used: a time zone nobody knows, a rate of
/// two hotels, a secret that is missing, a saved state that is none.
pub fn new(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    for name in door::SECRETS {
        if setup.secrets.get(name).is_none() {
            return Err(format!("the simulator needs the secret {name}"));
        }
    }
    let hotels = Hotels::of(setup.hotels)?;
    let epoch = At::of_epoch(setup.epoch);
    let state = match &setup.saved {
        Some(saved) => State::restore(saved)?,
        None => State::new(&hotels, epoch, setup.timing),
    };
    Ok(Box::new(Mews {
        seed: Seed::new(setup.seed),
        secrets: setup.secrets,
        epoch,
        hotels,
        state,
        burst: Burst::default(),
        answers: BTreeMap::new(),
        busy: BTreeMap::new(),
    }))
}

/// The service.
#[derive(Debug)]
struct Mews {
    seed: Seed,
    secrets: Secrets,
    epoch: At,
    hotels: Hotels,
    /// What survives a restart; the rest is forgotten by it.
    state: State,
    burst: Burst,
    answers: BTreeMap<u64, http::Response<Bytes>>,
    /// Until when a write is at work, by property.
    busy: BTreeMap<VendorId, Mono>,
}

impl Mews {
    fn at(&self, now: Mono) -> At {
        self.epoch.plus_micros(now.0)
    }

    /// The next free choice; goes on after a restart.
    fn draw(&mut self, low: u64, high: u64) -> u64 {
        self.state.draws += 1;
        let branch = self.state.draws.to_string();
        self.seed.branch(&branch).between(low, high)
    }

    /// When reads show what is written now. Later writes are never shown earlier.
    fn shown_from(&mut self, at: At) -> At {
        let habit = self.draw(0, 2_000_000);
        let lag = self.state.timing.settle.unwrap_or(habit);
        self.state.shown_until = self.state.shown_until.max(at.plus_micros(lag));
        self.state.shown_until
    }

    /// Counts a write of that property as at work until it is answered.
    fn work(&mut self, property: &VendorId, now: Mono, ready: Mono) {
        let busy = self.busy.entry(property.clone()).or_default();
        self.state.record.overlaps += u64::from(*busy > now);
        *busy = (*busy).max(ready);
    }
}

impl Simulator for Mews {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        self.state.record.calls += 1;
        let timing = self.state.timing;
        let latency = self.draw(timing.latency_min, timing.latency_max);
        let ready = now.after(Duration::from_micros(latency));
        let answer: Answer = self.serve(&request, now, ready);
        let name = format!("{:016x}", self.draw(0, u64::MAX));
        self.answers.insert(id, answer.into_http(&name));
        ready
    }

    fn answer(&mut self, id: u64, _now: Mono) -> http::Response<Bytes> {
        self.answers.remove(&id).unwrap_or_default()
    }

    fn next(&self) -> Option<Mono> {
        None
    }

    /// Nothing happens by itself: reads look at the time when they are asked.
    fn advance(&mut self, _now: Mono) {}

    fn record(&self) -> &Record {
        &self.state.record
    }

    /// Prices as written, and every restriction in force, hotel staff's too.
    fn held(&self) -> Vec<Held> {
        self.hotels
            .all()
            .flat_map(|hotel| self.state.held(hotel))
            .collect()
    }

    fn control(&mut self, command: &Control, now: Mono) {
        let at = self.at(now);
        match command {
            Control::RevokeTokens => self.state.revoked = true,
            Control::SetTiming(timing) => self.state.timing = *timing,
            Control::SetPrice(held) => self.by_hand(held, now, at),
            Control::Switch { name, value } => {
                self.state.switches.turn(name, value);
                if let Some(lag) = switches::read_delay(name, value) {
                    self.state.timing.settle = Some(lag);
                }
            }
        }
    }

    fn save(&self) -> String {
        // Text keys and plain values only, so there is nothing that cannot be written.
        serde_json::to_string(&self.state).unwrap_or_default()
    }
}
