//! Bad habits of a vendor, put before the simulator of `pms-v2`: what it answers stays right.

use bytes::Bytes;
use rackrate_catalog::vendor;
use rackrate_core::clock::Mono;
use rackrate_core::money::Minor;
use rackrate_core::simulator::{Control, Held, Record, Simulator, SimulatorSetup};
use serde_json::Value;

/// Builds a simulator.
pub(crate) type Build = fn(SimulatorSetup) -> Result<Box<dyn Simulator>, String>;

/// Takes minimum stays, and forgets them.
pub(crate) fn forgetful(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    with(setup, |rates, _| {
        for rate in rates.iter_mut() {
            if let Some(stay) = rate.get_mut("min_stay_arrival") {
                *stay = Value::Null;
            }
        }
    })
}

/// Raises the price of the night after the last one, too.
pub(crate) fn overreaching(setup: SimulatorSetup) -> Result<Box<dyn Simulator>, String> {
    with(setup, |rates, held| {
        let date = |rate: &Value| rate["date"].as_str().unwrap().to_owned();
        let last = rates.iter().map(date).max().unwrap();
        let last: rackrate_core::night::Night = last.parse().unwrap();
        let (room, plan) = (
            rates[0]["room_type"].as_str(),
            rates[0]["rate_plan"].as_str(),
        );
        let is_next = |one: &&mut Held| {
            let (of, at) = (one.ids.room.as_ref(), one.ids.plan.as_ref());
            one.night == last.next()
                && of.map(|id| id.as_str()) == room
                && at.map(|id| id.as_str()) == plan
        };
        if let Some(next) = held.iter_mut().find(is_next) {
            next.price = Some(Minor(77_700));
        }
    })
}

/// Changes what arrives in a batch, or what is held.
type Habit = fn(&mut Vec<Value>, &mut Vec<Held>);

#[derive(Debug)]
struct Habitual {
    inner: Box<dyn Simulator>,
    habit: Habit,
}

fn with(setup: SimulatorSetup, habit: Habit) -> Result<Box<dyn Simulator>, String> {
    let inner = (vendor("generic").unwrap().simulator)(setup)?;
    Ok(Box::new(Habitual { inner, habit }))
}

impl Simulator for Habitual {
    fn arrive(&mut self, id: u64, mut request: http::Request<Bytes>, now: Mono) -> Mono {
        if request.uri().path().ends_with("/v2/rates/batch") {
            let mut body: Value = serde_json::from_slice(request.body()).unwrap();
            let before = self.inner.held();
            let mut held = before.clone();
            (self.habit)(body["rates"].as_array_mut().unwrap(), &mut held);
            for changed in held.into_iter().filter(|one| !before.contains(one)) {
                self.inner.control(&Control::SetPrice(changed), now);
            }
            *request.body_mut() = body.to_string().into();
        }
        self.inner.arrive(id, request, now)
    }

    fn answer(&mut self, id: u64, now: Mono) -> http::Response<Bytes> {
        self.inner.answer(id, now)
    }

    fn next(&self) -> Option<Mono> {
        self.inner.next()
    }

    fn advance(&mut self, now: Mono) {
        self.inner.advance(now);
    }

    fn record(&self) -> &Record {
        self.inner.record()
    }

    fn held(&self) -> Vec<Held> {
        self.inner.held()
    }

    fn control(&mut self, command: &Control, now: Mono) {
        self.inner.control(command, now);
    }

    fn save(&self) -> String {
        self.inner.save()
    }
}
