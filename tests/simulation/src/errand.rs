//! What a run knows before it begins: a discovery and a read, on a calm day.
//!
//! `plan` discovers before it writes, and where a vendor needs it reads too. A scenario only
//! plays what comes after, so both happen here, one call after the other, at a simulator of
//! their own that nobody judges.

use std::sync::Arc;

use anyhow::{Context, Result};
use rackrate_core::adapter::{DiscoverAsk, DiscoveredProperty, Discovery, ReadAsk, Sink};
use rackrate_core::chunk::{Facts, Target};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode};
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Hotel, Timing};
use rackrate_simulator::courier::Courier;

use crate::hotels;
use crate::scenario::Account;

/// What was found at an account, in the order of its hotels.
pub(crate) fn run(account: &Account) -> Result<Vec<(Arc<Target>, Notes)>> {
    let adapter = account.adapter().map_err(anyhow::Error::msg)?;
    let mut setup = account.setup(1).map_err(anyhow::Error::msg)?;
    setup.timing = Timing::default();
    let server = (account.vendor.simulator)(setup).map_err(anyhow::Error::msg)?;
    let first = account.hotels.first().context("there is no hotel")?;
    let bare = Arc::new(hotels::target(&account.id, first));
    let secrets = account.secrets(adapter.as_ref());
    let mut courier = Courier::new(adapter, server, secrets, bare);
    courier.sign_in()?;
    let found = courier.discover(&DiscoverAsk {
        property: None,
        mapped: account.hotels.iter().map(|one| one.id.clone()).collect(),
        today: Night::from_days(20_788),
    })?;
    let hotels = account.hotels.iter();
    hotels
        .map(|hotel| known(&mut courier, &account.id, hotel, &found))
        .collect()
}

fn known(
    courier: &mut Courier,
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
    if courier.adapter().manifest().reads_before_writing {
        read(courier, &target, hotel, &mut noted)?;
    }
    Ok((target, noted.0))
}

fn read(
    courier: &mut Courier,
    target: &Arc<Target>,
    hotel: &Hotel,
    noted: &mut Noted,
) -> Result<()> {
    let nights = || hotel.prices.iter().map(|held| held.night);
    let Some((first, last)) = nights().min().zip(nights().max()) else {
        return Ok(());
    };
    let ask = ReadAsk {
        target: Arc::clone(target),
        first,
        last,
    };
    Ok(courier.read(&ask, noted)?)
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
