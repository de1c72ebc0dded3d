//! Reads a calendar and plans it against what was seen, as `rackrate plan` does.
//!
//! One night in twenty differs, each alone: no two of them make one item.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use rackrate_core::chunk::{Facts, Sellable, Target};
use rackrate_core::clock::Wall;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, Vendor, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::series::{Seen, Series};
use rackrate_ledger::op::{Origin, SeenSegment};
use rackrate_plan::calendar::Calendar;
use rackrate_plan::chunks::Shapes;
use rackrate_plan::guards::Guards;
use rackrate_plan::mapping::Mapping;
use rackrate_plan::planner::{Connection, Environment, Inputs, LIFETIME, Role, plan};
use rackrate_plan::properties::Properties;
use rackrate_plan::selection::Selection;

use crate::children::Figures;
use crate::generate::{Chain, NIGHTS, Place};
use crate::load;
use crate::usage::{millis, now, peak};

const NOW: Wall = Wall(1_803_600_000_000); // 2027-02-26T00:00:00Z
const EACH: u64 = 20;

pub(crate) fn run(cells: u64) -> Result<Figures> {
    let chain = Chain::with_cells(cells, "2027-03-01".parse()?);
    let began = now();
    drain(chain)?;
    let generate_ms = millis(began);
    let properties = Properties::read(chain.properties().as_bytes(), "properties.csv");
    let properties = properties.map_err(|wrong| anyhow!("{wrong:?}"))?;
    let today = |code: &PropertyCode| properties.today(code, NOW).unwrap_or(chain.first);
    let began = now();
    let calendar = Calendar::read(chain.calendar(), "rates.csv", &properties, &today);
    let read_ms = millis(began);
    let calendar = calendar.map_err(|wrong| anyhow!("{:?}", wrong.first()))?;
    let read_kib = peak()?;
    let (plan_ms, changed) = planned(chain, &properties, &calendar)?;
    Ok(Figures::of([
        ("cells", calendar.cells),
        ("changed", changed),
        ("generate_ms", generate_ms),
        ("read_ms", read_ms),
        ("read_kib", read_kib),
        ("plan_ms", plan_ms),
        ("plan_kib", peak()?),
    ]))
}

/// What the calendar's lines cost by themselves.
fn drain(chain: Chain) -> Result<()> {
    let mut lines = chain.calendar();
    loop {
        let amount = lines.fill_buf()?.len();
        if amount == 0 {
            return Ok(());
        }
        lines.consume(amount);
    }
}

fn planned(chain: Chain, properties: &Properties, calendar: &Calendar) -> Result<(u64, u64)> {
    let mapping = Mapping::read(chain.mapping().as_bytes(), "mapping.csv");
    let mapping = mapping.map_err(|wrong| anyhow!("{:?}", wrong.first()))?;
    let connections = [connection(chain)?];
    let places = chain.places().map(|place| seen(chain.first, place));
    let seen: Vec<_> = places.collect::<Result<_>>()?;
    let began = now();
    let outcome = plan(&Inputs {
        calendar,
        properties,
        mapping: &mapping,
        connections: &connections,
        seen: &seen,
        guards: &Guards::default(),
        allows: &[],
        first_push: false,
        selection: &Selection::default(),
        skip_unsupported: false,
        now: NOW,
        max_age: Duration::from_secs(3600),
        lifetime: LIFETIME,
        author: "bench",
        reason: "",
    });
    let plan_ms = millis(began);
    if let Some(finding) = outcome.all_findings().next() {
        return Err(anyhow!("{finding}"));
    }
    let rows = outcome.plan.lanes.iter().flat_map(|lane| &lane.rows);
    let changed: u64 = rows.map(|row| u64::from(row.nights())).sum();
    ensure!(
        changed == calendar.cells.div_ceil(EACH),
        "{changed} cells are planned"
    );
    Ok((plan_ms, changed))
}

fn ids(place: Place) -> Result<Ids> {
    Ok(Ids {
        room: Some(VendorId::new(&format!("R{}", place.room))?),
        plan: Some(VendorId::new(&format!("P{}", place.plan))?),
    })
}

/// The calendar's own prices, but for one night in [`EACH`].
fn seen(first: Night, place: Place) -> Result<SeenSegment> {
    let nights = i32::try_from(NIGHTS)?;
    let mut series = Series::unknown(first, first.plus(nights - 1));
    let series_at = (place.hotel * 10 + place.room) * 5 + place.plan;
    for (at, night) in (0..).zip(series.nights()) {
        let other = (series_at * NIGHTS + at).is_multiple_of(EACH);
        let price = Minor(place.price(at) + u64::from(other) * 100);
        series.set_price(night, Some(Seen::Price(price)));
    }
    Ok(SeenSegment {
        connection: ConnectionId::new("pms")?,
        vendor_property: VendorId::new(&format!("V{}", place.hotel))?,
        ids: ids(place)?,
        adults: 2,
        series,
        origin: Origin::Read,
        at: NOW,
    })
}

fn connection(chain: Chain) -> Result<Connection> {
    let adapter = load::adapter("http://127.0.0.1")?;
    let mut sellables: BTreeMap<u64, BTreeMap<Ids, Sellable>> = BTreeMap::new();
    for place in chain.places() {
        let one = sellable(place)?;
        let hotel = sellables.entry(place.hotel).or_default();
        hotel.insert(one.ids.clone(), one);
    }
    let targets = sellables.into_iter().map(|(hotel, sellables)| {
        let target = target(hotel, sellables)?;
        Ok((target.property.clone(), Arc::new(target)))
    });
    Ok(Connection {
        id: ConnectionId::new("pms")?,
        vendor: Vendor::new("generic")?,
        environment: Environment::Test,
        role: Role::Write,
        basis: Basis::Gross,
        adults: None,
        shapes: Shapes::of(&adapter).context("no form of a write")?,
        restrictions: Vec::new(),
        reads_before_writing: false,
        targets: targets.collect::<Result<_>>()?,
    })
}

fn sellable(place: Place) -> Result<Sellable> {
    Ok(Sellable {
        ids: ids(place)?,
        name: String::new(),
        currency: None,
        derived: false,
        adults: Vec::new(),
        extra: BTreeMap::new(),
    })
}

fn target(hotel: u64, sellables: BTreeMap<Ids, Sellable>) -> Result<Target> {
    Ok(Target {
        connection: ConnectionId::new("pms")?,
        property: PropertyCode::new(&format!("h{hotel}"))?,
        vendor_property: VendorId::new(&format!("V{hotel}"))?,
        facts: Facts {
            name: format!("Hotel {hotel}"),
            currency: Currency::new("EUR")?,
            basis: Some(Basis::Gross),
            time_zone: None,
            sellables,
        },
    })
}
