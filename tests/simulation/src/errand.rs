//! What a run knows before it begins: a discovery and a read, on a calm day.
//!
//! `plan` discovers before it writes, and where a vendor needs it reads too. A scenario only
//! plays what comes after, so both happen here, one call after the other, at a simulator of
//! their own that nobody judges.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, DiscoveredProperty, Discovery, ReadAsk, Sink, Step,
};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::chunk::{Facts, Target};
use rackrate_core::clock::Mono;
use rackrate_core::exchange::{Request, Response};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode};
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::Rules;
use rackrate_core::secret::Secrets;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Hotel, Simulator, Timing};

use crate::scenario::{Account, secrets};

/// Between two calls: within every allowance that a few calls could meet.
const APART: Duration = Duration::from_secs(7);

/// What was found at an account, in the order of its hotels.
pub(crate) fn run(account: &Account) -> Result<Vec<(Arc<Target>, Notes)>> {
    let adapter = account.adapter().map_err(anyhow::Error::msg)?;
    let mut setup = account.setup(1).map_err(anyhow::Error::msg)?;
    setup.timing = Timing::default();
    let mut errand = Errand {
        secrets: secrets(adapter.as_ref()),
        server: (account.vendor.simulator)(setup).map_err(anyhow::Error::msg)?,
        adapter,
        token: None,
        now: Mono(0),
        calls: 0,
    };
    errand.sign_in()?;
    let found = errand.discover(&account.hotels)?;
    let hotels = account.hotels.iter();
    hotels
        .map(|hotel| errand.known(&account.id, hotel, &found))
        .collect()
}

struct Errand {
    adapter: Arc<dyn Adapter>,
    secrets: Secrets,
    server: Box<dyn Simulator>,
    token: Option<Token>,
    now: Mono,
    calls: u64,
}

impl Errand {
    fn sign_in(&mut self) -> Result<()> {
        match self.adapter.auth().grant(&self.secrets, Ask::First)? {
            Grant::Static => {}
            Grant::Person => bail!("a person would have to consent"),
            Grant::Exchange(request) => {
                let answer = self.send(*request)?;
                self.token = Some(self.adapter.auth().parse_grant(&answer)?);
            }
        }
        Ok(())
    }

    fn send(&mut self, mut request: Request) -> Result<Response> {
        let auth = self.adapter.auth();
        auth.apply(&self.secrets, self.token.as_ref(), &mut request)?;
        let wire = request.expose(&self.adapter.manifest().vendor)?;
        self.calls += 1;
        self.now = self.now.after(APART);
        self.server.advance(self.now);
        self.now = self.server.arrive(self.calls, wire, self.now);
        let (parts, body) = self.server.answer(self.calls, self.now).into_parts();
        Ok(Response {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    fn discover(&mut self, hotels: &[Hotel]) -> Result<Discovery> {
        let ask = DiscoverAsk {
            property: None,
            mapped: hotels.iter().map(|hotel| hotel.id.clone()).collect(),
            today: Night::from_days(20_788),
        };
        let adapter = Arc::clone(&self.adapter);
        let mut found = Discovery::default();
        let (mut request, mut carry) = (adapter.discover(&ask)?, Carry::default());
        loop {
            let answer = self.send(request)?;
            match adapter.parse_discover(&ask, &carry, &answer, &mut found)? {
                Step::Done(()) => return Ok(found),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }

    fn known(
        &mut self,
        connection: &ConnectionId,
        hotel: &Hotel,
        found: &Discovery,
    ) -> Result<(Arc<Target>, Notes)> {
        let mut there = found.properties.iter();
        let there = there
            .find(|there| there.id == hotel.id)
            .with_context(|| format!("{connection} does not list {}", hotel.id))?;
        let target = Arc::new(target(connection, hotel, there)?);
        let mut noted = Noted(Notes::default());
        if self.adapter.manifest().reads_before_writing {
            self.read(&target, hotel, &mut noted)?;
        }
        Ok((target, noted.0))
    }

    fn read(&mut self, target: &Arc<Target>, hotel: &Hotel, noted: &mut Noted) -> Result<()> {
        let nights = || hotel.prices.iter().map(|held| held.night);
        let Some((first, last)) = nights().min().zip(nights().max()) else {
            return Ok(());
        };
        let ask = ReadAsk {
            target: Arc::clone(target),
            first,
            last,
        };
        let adapter = Arc::clone(&self.adapter);
        let (mut request, mut carry) = (adapter.read(&ask)?, Carry::default());
        loop {
            let answer = self.send(request)?;
            match adapter.parse_read(&ask, &carry, &answer, noted)? {
                Step::Done(()) => return Ok(()),
                Step::Next {
                    request: next,
                    carry: kept,
                } => (request, carry) = (*next, kept),
            }
        }
    }
}

fn target(connection: &ConnectionId, hotel: &Hotel, there: &DiscoveredProperty) -> Result<Target> {
    let sellables = there.sellables.iter();
    Ok(Target {
        connection: connection.clone(),
        property: PropertyCode::new(hotel.id.as_str())?,
        vendor_property: hotel.id.clone(),
        facts: Facts {
            name: there.name.clone(),
            currency: there.currency.unwrap_or(hotel.currency),
            basis: there.basis,
            time_zone: there.time_zone.clone(),
            sellables: sellables
                .map(|one| (one.ids.clone(), one.clone()))
                .collect(),
        },
    })
}

/// Takes the notes of a read, and nothing else.
struct Noted(Notes);

impl Sink for Noted {
    fn price(&mut self, _: &Ids, _: u8, _: Night, _: Seen) {}

    fn rules(&mut self, _: &Ids, _: Night, _: Rules) {}

    fn note(&mut self, ids: &Ids, night: Night, text: &str) {
        self.0.set(ids, night, text);
    }
}
