//! More than one of everything: hotels, rate plans and connections, made of the sample's.
//!
//! Copies have identifiers of their own. Connections share a client or an address only where
//! the vendor's description says with which settings.

use std::sync::Arc;
use std::time::Duration;

use rackrate_core::adapter::{Adapter, DiscoverAsk, Discovery, ReadAsk};
use rackrate_core::auth::Token;
use rackrate_core::chunk::{Chunk, Row, Sellable, Target};
use rackrate_core::clock::Mono;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, VendorId};
use rackrate_core::limit::Window;
use rackrate_core::notes::Notes;
use rackrate_core::simulator::{Held, Hotel, HotelPlan, Simulator, Timing};
use rackrate_simulator::courier::Courier;

use crate::clause::{Stop, skip};
use crate::desk::setup;
use crate::parse::Noted;
use crate::shapes::first_of;
use crate::vendor::{Stage, Vendor};

/// So many of each that two and a half times an allowance, spread over them, is less than
/// the allowance for each.
const CONNECTIONS: usize = 3;
const HOTELS: usize = 3;
const PLANS: usize = 3;
/// Longer than any clause lets pass.
const TOKEN_LIFE: u64 = 30 * 24 * 3_600;

/// The adapter, its simulator with all hotels, and who speaks for which of their plans.
pub(crate) struct Fleet {
    pub(crate) adapter: Arc<dyn Adapter>,
    pub(crate) server: Box<dyn Simulator>,
    pub(crate) now: Mono,
    /// The credential of each connection.
    pub(crate) tokens: Vec<Option<Token>>,
    pub(crate) seats: Vec<Seat>,
}

/// One rate plan of one hotel at one connection.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) connection: usize,
    /// Counted over all connections: no two of them write to one hotel.
    pub(crate) hotel: usize,
    pub(crate) plan: usize,
    /// What is written of it, each with one row of one night.
    pub(crate) chunks: Vec<Chunk>,
}

impl Seat {
    /// Whether it is one of the first two plans of the first two hotels of its connection.
    pub(crate) fn is_of_two(&self) -> bool {
        self.hotel % HOTELS < 2 && self.plan < 2
    }
}

impl Fleet {
    /// All of them, signed in, with no call in any window.
    pub(crate) fn open(vendor: &Vendor) -> Result<Self, Stop> {
        let stage = vendor.stage.as_ref();
        let stage = stage.ok_or_else(|| skip("there is no simulator"))?;
        let connections = match vendor.portfolio.is_shared {
            true => CONNECTIONS,
            false => 1,
        };
        let rows = templates(vendor)?;
        let hotels: Vec<Hotel> = (0..connections * HOTELS)
            .map(|at| hotel(stage, &rows[0].1.ids, at))
            .collect::<Result<_, _>>()?;
        let mut courier = courier(vendor, stage, &hotels)?;
        let mut tokens = Vec::new();
        for _ in 0..connections {
            courier.sign_in()?;
            tokens.push(courier.token().cloned());
        }
        let seats = seats(vendor, &mut courier, &hotels, &rows)?;
        courier.wait(longest(&**courier.adapter()));
        Ok(Self {
            now: courier.now(),
            adapter: Arc::clone(courier.adapter()),
            server: courier.server,
            tokens,
            seats,
        })
    }
}

/// The way to a simulator with all hotels.
fn courier(vendor: &Vendor, stage: &Stage, hotels: &[Hotel]) -> Result<Courier, Stop> {
    let adapter = (vendor.build)(&vendor.portfolio.config)?;
    let mut setup = setup(vendor, hotels.to_vec());
    setup.timing = Timing {
        token_life: Some(TOKEN_LIFE),
        ..setup.timing
    };
    let epoch = setup.epoch;
    let server = (stage.build)(setup)?;
    let (secrets, target) = (vendor.secrets.clone(), vendor.target.clone());
    Ok(Courier::new(adapter.into(), server, secrets, target).since(epoch))
}

/// A seat for every plan of every hotel.
fn seats(
    vendor: &Vendor,
    courier: &mut Courier,
    hotels: &[Hotel],
    rows: &[(Operation, Row)],
) -> Result<Vec<Seat>, Stop> {
    let found = courier.discover(&DiscoverAsk {
        mapped: hotels.iter().map(|hotel| hotel.id.clone()).collect(),
        ..vendor.discover.clone()
    })?;
    let mut seats = Vec::new();
    for (at, hotel) in hotels.iter().enumerate() {
        let connection = at / HOTELS;
        let target = target_of(vendor, connection, hotel, &found, &rows[0].1.ids)?;
        let notes = notes(courier, &target, rows)?;
        let seat = |(plan, sold): (usize, &HotelPlan)| Seat {
            connection,
            hotel: at,
            plan,
            chunks: chunks(rows, &target, &notes, &sold.ids),
        };
        seats.extend(hotel.plans.iter().enumerate().map(seat));
    }
    Ok(seats)
}

/// The first sample row of each kind of write.
fn templates(vendor: &Vendor) -> Result<Vec<(Operation, Row)>, Stop> {
    let of = |operation| {
        let mut rows = first_of(vendor, operation)
            .into_iter()
            .flat_map(|one| &one.rows);
        let row = rows.next()?;
        let one_night = Row {
            last: row.first,
            ..row.clone()
        };
        Some((operation, one_night))
    };
    let rows: Vec<_> = [Operation::Push, Operation::Restrict]
        .into_iter()
        .filter_map(of)
        .collect();
    match rows.first() {
        Some((Operation::Push, _)) => Ok(rows),
        _ => Err(skip("the sample chunks have no prices")),
    }
}

/// The sample's hotel with copies of the plan that the sample writes.
fn hotel(stage: &Stage, ids: &Ids, at: usize) -> Result<Hotel, Stop> {
    let own = &stage.hotel;
    let sold = own.plans.iter().find(|plan| plan.ids == *ids);
    let sold = sold.ok_or_else(|| format!("the hotel does not sell {ids}"))?;
    let id = copied(&own.id, &at.to_string(), at == 0)?;
    let (mut plans, mut prices) = (Vec::new(), Vec::new());
    for ids in copies(own, &id, ids, at)? {
        let held = own.prices.iter().filter(|held| held.ids == sold.ids);
        prices.extend(held.map(|held| Held {
            property: id.clone(),
            ids: ids.clone(),
            ..held.clone()
        }));
        plans.push(HotelPlan {
            ids,
            derived: None,
            ..sold.clone()
        });
    }
    Ok(Hotel {
        id,
        plans,
        prices,
        ..own.clone()
    })
}

/// The identifiers of the copies of a plan. Where the property is itself what is sold, there
/// is only one.
fn copies(own: &Hotel, id: &VendorId, ids: &Ids, at: usize) -> Result<Vec<Ids>, String> {
    if ids.room.as_ref() == Some(&own.id) {
        return Ok(vec![Ids {
            room: Some(id.clone()),
            plan: ids.plan.clone(),
        }]);
    }
    let copy = |of: &Option<VendorId>, plan: usize| {
        let copy = |of| copied(of, &format!("{at}{plan}"), at + plan == 0);
        of.as_ref().map(copy).transpose()
    };
    let each = (0..PLANS).map(|plan| {
        Ok(Ids {
            room: copy(&ids.room, plan)?,
            plan: copy(&ids.plan, plan)?,
        })
    });
    each.collect()
}

/// An identifier like another one; the first copy is the original.
fn copied(id: &VendorId, more: &str, is_first: bool) -> Result<VendorId, String> {
    match is_first {
        true => Ok(id.clone()),
        false => VendorId::new(&format!("{id}{more}")).map_err(|error| error.to_string()),
    }
}

/// The hotel as discovery describes it; where that leaves it out, as the sample does.
fn target_of(
    vendor: &Vendor,
    connection: usize,
    hotel: &Hotel,
    found: &Discovery,
    original: &Ids,
) -> Result<Target, Stop> {
    let wrong = |error: &dyn std::fmt::Display| Stop::Broken(error.to_string());
    let mut target = (*vendor.target).clone();
    let id = format!("{}-{connection}", target.connection);
    target.connection = ConnectionId::new(&id).map_err(|error| wrong(&error))?;
    target.property = PropertyCode::new(hotel.id.as_str()).map_err(|error| wrong(&error))?;
    target.vendor_property = hotel.id.clone();
    let sample = target.facts.sellables.get(original).cloned();
    let copies = hotel.plans.iter().filter_map(|plan| {
        let ids = plan.ids.clone();
        let copy = Sellable {
            ids: ids.clone(),
            ..sample.clone()?
        };
        Some((ids, copy))
    });
    target.facts.sellables = copies.collect();
    let there = found.properties.iter().filter(|one| one.id == hotel.id);
    let there = there.flat_map(|one| &one.sellables);
    let told = there.map(|one| (one.ids.clone(), one.clone()));
    target.facts.sellables.extend(told);
    Ok(target)
}

/// What a read notes down for the nights that are written.
fn notes(courier: &mut Courier, target: &Target, rows: &[(Operation, Row)]) -> Result<Notes, Stop> {
    let mut noted = Noted::default();
    if courier.adapter().manifest().reads_before_writing {
        for (_, row) in rows {
            let ask = ReadAsk {
                target: Arc::new(target.clone()),
                first: row.first,
                last: row.last,
            };
            courier.read(&ask, &mut noted)?;
        }
    }
    Ok(noted.notes)
}

fn chunks(rows: &[(Operation, Row)], target: &Target, notes: &Notes, ids: &Ids) -> Vec<Chunk> {
    let chunk = |(operation, row): &(Operation, Row)| {
        let rows = vec![Row {
            ids: ids.clone(),
            ..row.clone()
        }];
        Chunk {
            target: Arc::new(notes.attach(target, &rows)),
            operation: *operation,
            rows,
        }
    };
    rows.iter().map(chunk).collect()
}

/// The longest window of the adapter's allowances.
fn longest(adapter: &dyn Adapter) -> Duration {
    let spans = adapter
        .limits()
        .quotas()
        .iter()
        .map(|quota| match quota.window {
            Window::Rolling(span) => span,
            Window::Concurrency => Duration::ZERO,
        });
    spans.max().unwrap_or_default()
}
