//! One vendor with the hotel of a batch: what is there, what is read, what is written.
//!
//! Requests go to the vendor's simulator, one after the other and slowly enough, and all of
//! them are kept. So what a read notes down, a job's name and a link to a result are the
//! vendor's, as in a real run.
//!
//! Invariant: the target of every write is made of what discovery and reads told.

mod hotel;
mod seen;
mod wishes;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Error, Result, ensure};
use rackrate_catalog::Entry;
use rackrate_core::adapter::{Adapter, DiscoverAsk, DiscoveredProperty, ReadAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, PropertyCode};
use rackrate_core::money::Currency;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::series::Series;
use rackrate_core::simulator::Hotel;
use rackrate_plan::chunks::{Shapes, chunks};
use rackrate_plan::intervals::{Needs, Occupancy, rows};
use rackrate_simulator::courier::Courier;

use crate::batch::Batch;
use crate::wire::Sent;
use seen::Shown;

/// Nothing listens there; simulators answer in this process.
const ADDRESS: &str = "https://vendor.example.test";

/// One vendor with the hotel of a batch.
#[derive(Debug)]
pub struct Stage {
    entry: &'static Entry,
    adapter: Arc<dyn Adapter>,
    batch: Batch,
    courier: Courier,
    target: Arc<Target>,
    shown: Shown,
}

impl Stage {
    /// Signs in, discovers the hotel, and reads the nights of the batch.
    ///
    /// # Errors
    /// When the vendor does not take one of these requests, or does not show the hotel.
    pub fn open(entry: &'static Entry, batch: Batch) -> Result<Self> {
        let settings = (entry.sample)(ADDRESS).parse().map_err(Error::new)?;
        let adapter = (entry.adapter)(settings).map_err(Error::msg)?;
        let secrets = secrets(&*adapter);
        let hotel = hotel::of(entry, &*adapter, &batch)?;
        let setup = hotel::setup(hotel.clone(), batch.hotel.today, secrets.clone());
        let server = (entry.simulator)(setup).map_err(Error::msg)?;
        let bare = Arc::new(bare(entry, &hotel)?);
        let mut courier = Courier::new(Arc::clone(&adapter), server, secrets, bare);
        courier.sign_in()?;
        let ask = DiscoverAsk {
            property: None,
            mapped: vec![hotel.id.clone()],
            today: batch.hotel.today,
        };
        let found = courier.discover(&ask)?.properties.into_iter();
        let there = found.into_iter().find(|one| one.id == hotel.id);
        let there = there.context("discovery does not show the hotel")?;
        let mut stage = Self {
            entry,
            adapter,
            target: Arc::new(target(entry, batch.currency, there)?),
            batch,
            courier,
            shown: Shown::default(),
        };
        stage.shown = stage.read()?;
        Ok(stage)
    }

    /// The vendor.
    pub fn entry(&self) -> &'static Entry {
        self.entry
    }

    /// Its secrets, by name; they occur nowhere else.
    pub fn secrets(&self) -> &Secrets {
        self.courier.secrets()
    }

    /// What was sent so far, in order.
    ///
    /// # Errors
    /// When a header has a value that cannot be sent.
    pub fn sent(&self) -> Result<Vec<Sent>> {
        let vendor = &self.adapter.manifest().vendor;
        let sent = self.courier.sent().iter();
        sent.map(|request| Sent::of(request, vendor)).collect()
    }

    /// The rows that make the wishes come true, with what has to travel along.
    ///
    /// # Errors
    /// When the vendor writes no prices.
    pub fn rows(&self) -> Result<Vec<Row>> {
        Ok(self.differing(self.shapes()?.needs()))
    }

    /// Nights in a row whose wishes are equal and not fulfilled: what a program would send
    /// that has one request for an interval.
    pub fn intervals(&self) -> usize {
        self.differing(Needs::NOTHING).len()
    }

    /// The writes, as few as the vendor's shapes allow.
    ///
    /// # Errors
    /// When the vendor writes no prices.
    pub fn chunks(&self) -> Result<Vec<Chunk>> {
        let rows = self.rows()?;
        let target = Arc::new(self.shown.notes.attach(&self.target, &rows));
        Ok(chunks(&target, &self.shapes()?, rows))
    }

    /// The request of a write as its adapter builds it, without a credential.
    ///
    /// # Errors
    /// When the adapter refuses the chunk.
    pub fn build(&self, chunk: &Chunk) -> Result<Sent> {
        let request = self.adapter.push(chunk)?;
        Sent::of(&request, &self.adapter.manifest().vendor)
    }

    /// Writes all, follows the jobs, and looks each write up where that can be done.
    ///
    /// # Errors
    /// When the vendor refuses anything.
    pub fn write(&mut self) -> Result<()> {
        for chunk in self.chunks()? {
            writes::write(&mut self.courier, &chunk)?;
        }
        Ok(())
    }

    /// Reads again once all has settled, and gives the rows that still differ.
    ///
    /// # Errors
    /// When the vendor cannot be read.
    pub fn left(&mut self) -> Result<Vec<Row>> {
        self.courier.wait(self.adapter.manifest().settle);
        self.shown = self.read()?;
        Ok(self.differing(Needs::NOTHING))
    }

    fn shapes(&self) -> Result<Shapes> {
        Shapes::of(&*self.adapter).context("no prices can be written")
    }

    fn read(&mut self) -> Result<Shown> {
        let shape = self.adapter.shape(Operation::Read);
        let longest = i32::try_from(shape.context("nothing can be read")?.max_nights)?;
        let (mut first, last) = self.batch.span().context("the batch is empty")?;
        let mut shown = Shown::default();
        while first <= last {
            let end = last.min(first.plus(longest - 1));
            let ask = ReadAsk {
                target: Arc::clone(&self.target),
                first,
                last: end,
            };
            self.courier.read(&ask, &mut shown)?;
            first = end.next();
        }
        Ok(shown)
    }

    fn differing(&self, needs: Needs) -> Vec<Row> {
        let desired = wishes::desired(self.entry, &*self.adapter, &self.target, &self.batch);
        let each = desired.iter().flat_map(|(ids, series)| {
            let known: BTreeMap<u8, Series> = self.shown.series(ids);
            let adults: BTreeSet<u8> = known.keys().chain(series.keys()).copied().collect();
            let occupancy = |adults| Occupancy {
                adults,
                desired: series.get(&adults),
                known: known.get(&adults),
            };
            let all: Vec<_> = adults.into_iter().map(occupancy).collect();
            rows(ids, &all, needs)
        });
        each.collect()
    }
}

/// Texts that occur nowhere else, by the names that the adapter asks for.
fn secrets(adapter: &dyn Adapter) -> Secrets {
    let names = adapter.manifest().secrets.iter();
    Secrets::new(names.map(|name| {
        let text = format!("planted-{name}");
        ((*name).to_owned(), Secret::new(text))
    }))
}

/// The hotel before discovery, for allowances that are counted by property.
fn bare(entry: &Entry, hotel: &Hotel) -> Result<Target> {
    let id = hotel.id.clone();
    let there = DiscoveredProperty {
        id,
        name: hotel.name.clone(),
        time_zone: None,
        currency: None,
        basis: None,
        sellables: Vec::new(),
    };
    target(entry, hotel.currency, there)
}

/// The hotel as its vendor describes it.
fn target(entry: &Entry, ours: Currency, there: DiscoveredProperty) -> Result<Target> {
    let sellables = there.sellables.into_iter();
    let currency = there.currency.unwrap_or(ours);
    ensure!(currency == ours, "the hotel is in {currency}");
    Ok(Target {
        connection: ConnectionId::new(entry.id)?,
        property: PropertyCode::new(there.id.as_str())?,
        vendor_property: there.id,
        facts: Facts {
            name: there.name,
            currency,
            basis: there.basis,
            time_zone: there.time_zone,
            sellables: sellables.map(|one| (one.ids.clone(), one)).collect(),
        },
    })
}
