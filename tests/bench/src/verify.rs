//! How many requests it takes to read a property's whole year at Cloudbeds.
//!
//! In virtual time, against the simulator; counted by what the simulator saw.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use rackrate_cloudbeds::{Cloudbeds, Config, simulator};
use rackrate_core::chunk::{Facts, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Held, Hotel, HotelPlan, SimulatorSetup, Timing};
use rackrate_runtime::assembly::Assembly;
use rackrate_runtime::engine::types::{Event, LaneIx, Policy, Report};
use rackrate_runtime::engine::{Engine, Recovered};
use rackrate_simulator::faults::Faults;
use rackrate_simulator::world::{Stopped, World};

const EPOCH: Wall = Wall(1_795_348_800_000); // 2026-11-22T12:00:00Z
const NIGHTS: i32 = 365;
const LONGEST: Duration = Duration::from_secs(3600);

/// Numbers of rates, and requests for each of them.
pub(crate) fn run() -> Result<Vec<(usize, u64)>> {
    let rates = [1, 20, 100].into_iter();
    rates.map(|rates| Ok((rates, asked(rates)?))).collect()
}

fn asked(rates: usize) -> Result<u64> {
    let (first, last) = year()?;
    let vendor = simulator::new(setup(rates)?).map_err(anyhow::Error::msg)?;
    let mut world = World::new(1, EPOCH, vec![vendor], Faults::none());
    let (runtime, desk) = assembly(rates)?.finish();
    world.boot(|now| (Engine::new(runtime, Recovered::default(), now), desk));
    let lane = LaneIx(0);
    world.tell(Mono(0), Event::Read { lane, first, last });
    let stopped = world
        .run(Mono(0).after(LONGEST))
        .map_err(anyhow::Error::msg)?;
    ensure!(stopped == Stopped::Idle, "the read ends as {stopped:?}");
    let mut read = BTreeSet::new();
    for (_, report) in world.reports() {
        match report {
            Report::Read(_, seen) => read.extend(seen.span().0.through(seen.span().1)),
            Report::ReadFailed(_, failure) => bail!("{failure:?}"),
            _ => {}
        }
    }
    let whole = first.through(last).all(|night| read.contains(&night));
    ensure!(whole, "only {} nights were read", read.len());
    Ok(world.vendors[0].record().calls)
}

fn year() -> Result<(Night, Night)> {
    let first: Night = "2026-11-22".parse()?;
    Ok((first, first.plus(NIGHTS - 1)))
}

fn assembly(rates: usize) -> Result<Assembly> {
    let config: Config = serde_json::from_str(r#"{"adults":2}"#)?;
    let adapter = Arc::new(Cloudbeds::new(config)?);
    let mut assembly = Assembly::new(Policy::default());
    let connection = ConnectionId::new("cb")?;
    let at = assembly.connection(&connection, adapter, secrets(), year()?.0)?;
    let target = Target {
        connection,
        property: PropertyCode::new("lon")?,
        vendor_property: VendorId::new("302817")?,
        facts: Facts {
            name: "Example Hotel".into(),
            currency: Currency::new("GBP")?,
            basis: Some(Basis::Gross),
            time_zone: None,
            sellables: Default::default(),
        },
    };
    let expected = (0..rates).map(|rate| Ok((ids(rate)?, 2)));
    assembly.lane(at, Arc::new(target), expected.collect::<Result<_>>()?, 0);
    Ok(assembly)
}

fn secrets() -> Secrets {
    Secrets::new([("api_key".to_owned(), Secret::new("bench".to_owned()))])
}

fn ids(rate: usize) -> Result<Ids> {
    Ok(Ids {
        room: Some(VendorId::new("111111")?),
        plan: Some(VendorId::new(&format!("{}", 810_000 + rate))?),
    })
}

fn setup(rates: usize) -> Result<SimulatorSetup> {
    let (first, last) = year()?;
    let id = VendorId::new("302817")?;
    let (mut plans, mut prices) = (Vec::new(), Vec::new());
    for rate in 0..rates {
        plans.push(HotelPlan {
            ids: ids(rate)?,
            room_name: "King Deluxe".into(),
            plan_name: format!("Rate {rate}"),
            derived: None,
        });
        for night in first.through(last) {
            prices.push(Held {
                property: id.clone(),
                ids: ids(rate)?,
                night,
                adults: 0,
                price: Some(Minor(12_900)),
                rules: Rules::LEAVE,
            });
        }
    }
    Ok(SimulatorSetup {
        seed: 1,
        epoch: EPOCH,
        hotels: vec![Hotel {
            id,
            name: "Example Hotel".into(),
            time_zone: "Europe/London".into(),
            currency: Currency::new("GBP")?,
            basis: Basis::Gross,
            plans,
            prices,
        }],
        secrets: secrets(),
        saved: None,
        timing: Timing::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_takes_as_many_requests_as_it_has_windows_whatever_the_rates() {
        assert_eq!(asked(1).unwrap(), asked(3).unwrap());
    }
}
