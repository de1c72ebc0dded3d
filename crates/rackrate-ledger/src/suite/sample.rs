//! Small records to check ledgers with.

use std::collections::BTreeMap;
use std::sync::Arc;

use rackrate_core::chunk::{Chunk, Facts, Receipt, Refusal, Row, Target};
use rackrate_core::clock::Wall;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::{ConnectionId, IdError, Ids, JobRef, PropertyCode, VendorId};
use rackrate_core::key::Key;
use rackrate_core::money::{Currency, CurrencyError, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::{Seen, Series};

use crate::audit::{Note, Uses};
use crate::error::LedgerError;
use crate::op::{
    ChunkId, ChunkRecord, ChunkState, DesiredSeries, Drawer, Ending, Filed, GrantState, KeptGrant,
    LaneKey, LedgerOp, Origin, Outcome, RunId, RunRecord, SeenSegment,
};

/// Why a sample could not be made; shows as the error of the check.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The ledger refused what the check needs.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A name in the sample is none.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A currency in the sample is none.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
}

/// What a check answers.
pub type Checked<T = ()> = Result<T, SampleError>;

/// A night, counted from an arbitrary one.
pub fn night(day: i32) -> Night {
    Night::from_days(20_000 + day)
}

/// The connection of all samples.
pub fn connection() -> Checked<ConnectionId> {
    Ok(ConnectionId::new("pms")?)
}

/// The vendor's name of the property of all sightings.
pub fn vendor_property() -> Checked<VendorId> {
    Ok(VendorId::new("0042")?)
}

/// A lane, by its property.
pub fn lane(property: &str) -> Checked<LaneKey> {
    Ok(LaneKey {
        connection: connection()?,
        property: PropertyCode::new(property)?,
    })
}

/// A request's name.
pub fn chunk(property: &str, seq: u64) -> Checked<ChunkId> {
    let lane = lane(property)?;
    Ok(ChunkId { lane, seq })
}

/// A small record.
pub fn filed(drawer: Drawer, name: &str, body: Option<&str>) -> LedgerOp {
    LedgerOp::Filed(Filed {
        drawer,
        name: name.to_owned(),
        body: body.map(str::to_owned),
    })
}

/// A job.
pub fn job(name: &str) -> Checked<JobRef> {
    Ok(JobRef::new(name)?)
}

/// A rate plan of a room type.
pub fn ids() -> Checked<Ids> {
    Ok(Ids {
        room: Some(VendorId::new("DBL")?),
        plan: Some(VendorId::new("BAR")?),
    })
}

/// A rate plan that needs no room type.
pub fn plan_only() -> Checked<Ids> {
    let plan = Some(VendorId::new("NRF")?);
    Ok(Ids { room: None, plan })
}

/// A run whose plan is named after its number.
pub fn run(id: u64) -> RunRecord {
    RunRecord {
        id: RunId(id),
        started: Wall(1000 * id as i64),
        plan: format!("plan-{id}"),
        plan_expires: Wall(9_000_000),
        author: "desk".to_owned(),
        reason: "spring".to_owned(),
        ended: None,
    }
}

/// A planned request: two adults' and one adult's prices of nights 0 to 3, and a
/// restriction alone of night 5.
pub fn record(id: ChunkId, run: u64) -> Checked<ChunkRecord> {
    let key = Key::of(&[id.to_string().as_bytes(), &run.to_le_bytes()]);
    let prices = vec![(1, Minor(9000)), (2, Minor(5_000_000_000))];
    let rules = Rules {
        min_stay_arrival: Set::To(2),
        closed_to_departure: Set::To(true),
        ..Rules::LEAVE
    };
    let rows = vec![
        row(ids()?, 0, 3, prices, Rules::LEAVE),
        row(plan_only()?, 5, 5, Vec::new(), rules),
    ];
    Ok(ChunkRecord {
        run: RunId(run),
        key,
        chunk: Chunk {
            target: Arc::new(target(&id.lane)?),
            operation: Operation::Push,
            rows,
        },
        state: ChunkState::Planned,
        departed: None,
        superseded_by: None,
        job: None,
        receipt: None,
        accepted: None,
        id,
    })
}

fn row(ids: Ids, first: i32, last: i32, prices: Vec<(u8, Minor)>, rules: Rules) -> Row {
    Row {
        ids,
        first: night(first),
        last: night(last),
        prices,
        rules,
    }
}

fn target(lane: &LaneKey) -> Checked<Target> {
    Ok(Target {
        connection: lane.connection.clone(),
        property: lane.property.clone(),
        vendor_property: vendor_property()?,
        facts: Facts {
            name: "Hôtel \"Zur Post\"".to_owned(),
            currency: Currency::new("EUR")?,
            basis: None,
            time_zone: Some("Europe/Lisbon".to_owned()),
            sellables: BTreeMap::new(),
        },
    })
}

/// The operation that plans such a request.
pub fn planned(id: &ChunkId, run: u64) -> Checked<LedgerOp> {
    Ok(LedgerOp::Planned(Box::new(record(id.clone(), run)?)))
}

/// A departure.
pub fn departing(id: &ChunkId, at: i64) -> LedgerOp {
    let chunk = id.clone();
    LedgerOp::Departing {
        chunk,
        at: Wall(at),
    }
}

/// Acceptance as a job.
pub fn queued(id: &ChunkId, name: &str) -> Checked<LedgerOp> {
    Ok(LedgerOp::Queued {
        chunk: id.clone(),
        job: job(name)?,
        at: Wall(50),
    })
}

/// An answer, with refused rows and unattributed refusals.
pub fn receipt() -> Receipt {
    Receipt {
        reference: Some("ref/1".to_owned()),
        refused: vec![(1, Refusal::new("E1", "closed"))],
        unattributed: vec![Refusal::new("", "some rows failed")],
    }
}

/// The end of a request, answered or not.
pub fn ended(id: &ChunkId, receipt: Option<Receipt>) -> LedgerOp {
    LedgerOp::Ended {
        chunk: id.clone(),
        receipt,
        at: Wall(60),
    }
}

/// How nights of a request ended, of the sample's first row.
pub fn outcome(id: &ChunkId, adults: u8, nights: (i32, i32), ending: Ending) -> Checked<Outcome> {
    Ok(Outcome {
        chunk: id.clone(),
        ids: ids()?,
        adults: Some(adults),
        first: night(nights.0),
        last: night(nights.1),
        ending,
        reason: ending.word().to_owned(),
    })
}

/// A series with one price on each of these nights.
pub fn prices(nights: (i32, i32), price: u64) -> Series {
    let (first, last) = (night(nights.0), night(nights.1));
    let mut series = Series::unknown(first, last);
    for night in first.through(last) {
        series.set_price(night, Some(Seen::Price(Minor(price))));
    }
    series
}

/// A sighting.
pub fn seen(series: Series, origin: Origin, at: i64) -> Checked<SeenSegment> {
    Ok(SeenSegment {
        connection: connection()?,
        vendor_property: vendor_property()?,
        ids: ids()?,
        adults: 2,
        series,
        origin,
        at: Wall(at),
    })
}

/// A wish.
pub fn desired(property: &str, series: Series) -> Checked<DesiredSeries> {
    Ok(DesiredSeries {
        connection: connection()?,
        property: PropertyCode::new(property)?,
        ids: ids()?,
        adults: 2,
        series,
    })
}

/// A consent that is being used for the `generation`th time.
pub fn grant(property: &str, generation: u64, at: i64) -> Checked<KeptGrant> {
    Ok(KeptGrant {
        connection: lane(property)?.connection,
        sealed: format!("sealed {generation}"),
        consented: Wall(1),
        generation,
        since: Wall(at),
        scope: Some("rates".to_owned()),
        state: GrantState::Leaving {
            at: Wall(at),
            again: false,
        },
    })
}

/// The opening of a ledger, with the connection of all samples.
pub fn opened(at: i64) -> LedgerOp {
    LedgerOp::Opened {
        at: Wall(at),
        accounts: connection().into_iter().collect(),
    }
}

/// How often the connection was read from.
pub fn uses(requests: u64) -> Checked<Uses> {
    Ok(Uses {
        connection: connection()?,
        operation: Operation::Read,
        scopes: vec!["rates:read".to_owned()],
        requests,
        run: None,
    })
}

/// The beginning of a command, with a mapping of that fingerprint.
pub fn began(by: &str, at: i64, mapping: &str) -> Note {
    Note::Began {
        at: Wall(at),
        by: by.to_owned(),
        command: "plan".to_owned(),
        files: BTreeMap::from([("mapping".to_owned(), mapping.to_owned())]),
    }
}
