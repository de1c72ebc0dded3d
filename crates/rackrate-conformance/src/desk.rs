//! The adapter and its simulator in one place, as the clauses speak to both.

use std::time::Duration;

use rackrate_core::adapter::{Discovery, ReadAsk};
use rackrate_core::chunk::{Chunk, Receipt};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::{Request, Response};
use rackrate_core::key::Key;
use rackrate_core::simulator::{Hotel, Simulator, SimulatorSetup, Timing};
use rackrate_simulator::courier::{Courier, Failed};

use crate::clause::{Stop, skip};
use crate::parse::Noted;
use crate::vendor::Vendor;

pub(crate) struct Desk<'a> {
    vendor: &'a Vendor,
    courier: Courier,
    /// Pages of the last read.
    pub(crate) pages: usize,
}

/// A simulator with these hotels; its day is the vendor's today.
pub(crate) fn setup(vendor: &Vendor, hotels: Vec<Hotel>) -> SimulatorSetup {
    let noon = i64::from(vendor.discover.today.days()) * 86_400_000 + 43_200_000;
    SimulatorSetup {
        seed: 7,
        epoch: Wall(noon),
        hotels,
        secrets: vendor.secrets.clone(),
        saved: None,
        timing: Timing::default(),
    }
}

impl<'a> Desk<'a> {
    /// A simulator with that hotel, and a credential for it.
    pub(crate) fn open(vendor: &'a Vendor, hotel: &Hotel) -> Result<Self, Stop> {
        let stage = vendor
            .stage
            .as_ref()
            .ok_or_else(|| skip("there is no simulator"))?;
        let setup = setup(vendor, vec![hotel.clone()]);
        let epoch = setup.epoch;
        let server = (stage.build)(setup)?;
        let (secrets, target) = (vendor.secrets.clone(), vendor.target.clone());
        let mut desk = Self {
            vendor,
            courier: Courier::new(vendor.adapter()?.into(), server, secrets, target).since(epoch),
            pages: 0,
        };
        desk.courier.sign_in()?;
        Ok(desk)
    }

    pub(crate) fn server(&mut self) -> &mut dyn Simulator {
        &mut *self.courier.server
    }

    pub(crate) fn now(&self) -> Mono {
        self.courier.now()
    }

    pub(crate) fn has_token(&self) -> bool {
        self.courier.token().is_some()
    }

    /// Asks for another credential, as who has one already.
    pub(crate) fn renew(&mut self) -> Result<(), Stop> {
        Ok(self.courier.renew()?)
    }

    pub(crate) fn send(&mut self, request: Request) -> Result<Response, Stop> {
        Ok(self.courier.send(request)?)
    }

    pub(crate) fn discover(&mut self) -> Result<Discovery, Stop> {
        Ok(self.courier.discover(&self.vendor.discover)?)
    }

    pub(crate) fn read(&mut self, ask: &ReadAsk) -> Result<Noted, Stop> {
        let mut noted = Noted::default();
        let before = self.courier.sent().len();
        self.courier.read(ask, &mut noted)?;
        self.pages = self.courier.sent().len() - before;
        Ok(noted)
    }

    /// Pushes a chunk under a key, and follows its job to the end.
    pub(crate) fn write(&mut self, chunk: &Chunk, key: &[u8]) -> Result<Receipt, Stop> {
        Ok(self.courier.write(chunk, &Key::of(&[key]))?)
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.courier.wait(time);
    }
}

impl From<Failed> for Stop {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Person => skip(&failed.to_string()),
            other => Self::Broken(other.to_string()),
        }
    }
}
