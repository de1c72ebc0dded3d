//! Scripts of events, and the effects they must have.

mod allowances;
mod clients;
mod consents;
mod dates;
mod holds;
mod keys;
mod refusals;
mod repeats;
mod rereads;
mod scopes;
mod sending;
mod veils;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rackrate_auth::lifecycle::Ticket;
use rackrate_core::chunk::{Chunk, Facts, Receipt, Row, Target};
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::Operation;
use rackrate_core::idempotency::Guarantee;
use rackrate_core::ids::{ConnectionId, Ids, JobRef, PropertyCode, VendorId};
use rackrate_core::jobs::{JobState, Pace};
use rackrate_core::limit::Feedback;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use rackrate_ledger::op::{ChunkId, ChunkRecord, ChunkState, LaneKey, LedgerOp, RunId, RunRecord};

use super::types::{
    Answer, BatchId, ClientIx, ClientSpec, ConnIx, ConnectionSpec, Effect, Event, Failure, GrantIx,
    GrantSpec, Issued, LaneIx, LaneSpec, Now, Policy, Report, ScopeSpec, SendId, Setup, Verb,
};
use super::{Engine, Recovered};

const LANE: LaneIx = LaneIx(0);

fn at(seconds: u64) -> Now {
    Now {
        mono: Mono(seconds * 1_000_000),
        wall: Wall(seconds as i64 * 1000),
        random: 7,
    }
}

fn target() -> Arc<Target> {
    Arc::new(Target {
        connection: ConnectionId::new("pms").unwrap(),
        property: PropertyCode::new("lisbon-city").unwrap(),
        vendor_property: VendorId::new("P1").unwrap(),
        facts: Facts {
            name: "Lisbon".into(),
            currency: Currency::new("EUR").unwrap(),
            basis: None,
            time_zone: None,
            sellables: BTreeMap::new(),
        },
    })
}

fn engine(guarantee: Guarantee, renewable: bool) -> Engine {
    let setup = setup(guarantee, renewable);
    Engine::new(setup, Recovered::default(), at(0))
}

fn setup(guarantee: Guarantee, renewable: bool) -> Setup {
    let target = target();
    let shape = Shape {
        group: Group::Property,
        item: Item::Night,
        max_items: 10,
        max_nights: 100,
        max_bytes: 10_000,
        unit: Unit::Cell,
        lane: LaneRule::OneJob,
        clears_apart: false,
    };
    let second = Duration::from_secs(1);
    let connection = ConnectionSpec {
        id: target.connection.clone(),
        grant: GrantIx(0),
        guarantee,
        restrict_guarantee: guarantee,
        shape,
        read_nights: 90,
        pace: Pace {
            first: second,
            then: second,
            longest: second,
            give_up: second * 600,
        },
        settle: second,
        horizon: second * 60,
        discover_uses: Vec::new(),
    };
    let key = LaneKey {
        connection: target.connection.clone(),
        property: target.property.clone(),
    };
    let lane = LaneSpec {
        key,
        connection: ConnIx(0),
        target,
        uses: Default::default(),
        plan_uses: Default::default(),
        last_seq: 0,
    };
    Setup {
        clients: vec![ClientSpec {
            name: "pms".to_owned(),
        }],
        grants: vec![GrantSpec {
            client: ClientIx(0),
            scopes: ScopeSpec::default(),
            renewable,
            uses: Vec::new(),
            horizon: second * 60,
            rereads: false,
            consent: None,
        }],
        quotas: Vec::new(),
        connections: vec![connection],
        lanes: vec![lane],
        holds: Vec::new(),
        policy: Policy::default(),
    }
}

/// A request for one night at that price.
fn chunk(day: i32, price: u64) -> Arc<Chunk> {
    let night = Night::from_days(20_000 + day);
    let ids = Ids {
        room: None,
        plan: VendorId::new("BAR").ok(),
    };
    let row = Row {
        ids,
        first: night,
        last: night,
        prices: vec![(2, Minor(price))],
        rules: Rules::LEAVE,
    };
    Arc::new(Chunk {
        target: target(),
        operation: Operation::Push,
        rows: vec![row],
    })
}

fn wish(run: u64, chunks: Vec<Arc<Chunk>>) -> Event {
    let run = RunRecord {
        id: RunId(run),
        started: Wall(0),
        plan: format!("plan {run}"),
        plan_expires: Wall(0),
        author: String::new(),
        reason: String::new(),
        ended: None,
    };
    Event::NewDesired {
        run: Arc::new(run),
        lanes: vec![(LANE, chunks)],
        desired: Vec::new(),
    }
}

fn answer(send: u64, answer: Answer) -> Event {
    Event::Answer {
        send: SendId(send),
        answer,
        feedback: Feedback::default(),
    }
}

/// A token that lives an hour, and nothing else of it.
fn issued(ticket: u64) -> Issued {
    Issued {
        ticket: Ticket(ticket),
        lifetime: Some(Duration::from_secs(3600)),
        sealed: None,
        refresh: None,
        scope: None,
    }
}

fn failed(kind: ErrorKind, delivery: Delivery) -> Answer {
    Answer::Failed(Failure {
        kind,
        delivery,
        answered: delivery == Delivery::Refused,
        code: String::new(),
        text: "no".into(),
        retry_after: None,
    })
}

/// Effects in short words, without alarms.
fn words(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Send { send, verb, .. } => Some(format!("send {} {}", send.0, verb_word(verb))),
        Effect::Commit { batch, ops } => Some(format!(
            "commit {} {}",
            batch.0,
            ops.iter().filter_map(op_word).collect::<Vec<_>>().join(" ")
        )),
        Effect::Reread(grant) => Some(format!("reread {}", grant.0)),
        Effect::Report(Report::Idle) => Some("idle".to_owned()),
        Effect::Report(Report::Held(..)) => Some("held".to_owned()),
        Effect::WakeAt(_) | Effect::Publish(..) | Effect::Report(_) => None,
    };
    effects.iter().filter_map(word).collect()
}

fn verb_word(verb: &Verb) -> String {
    match verb {
        Verb::Refresh(_) | Verb::Redeem(_) | Verb::Introspect(_) | Verb::Revoke(_) => {
            "token".to_owned()
        }
        Verb::Push { chunk, .. } => format!("push {}", chunk.rows[0].prices[0].1.0),
        Verb::Poll { job, .. } => format!("poll {job}"),
        Verb::LookUp { .. } => "look up".to_owned(),
        Verb::Read { .. } => "read".to_owned(),
        Verb::Discover { .. } => "discover".to_owned(),
    }
}

/// Dates of credentials ride along with other words, and have a test of their own.
fn op_word(op: &LedgerOp) -> Option<String> {
    let text = serde_json::to_value(op).unwrap();
    let word = text["op"].as_str().unwrap();
    (word != "filed").then(|| word.to_owned())
}

/// An engine with two requests planned, the first one marked and about to leave.
fn started(guarantee: Guarantee) -> Engine {
    let mut engine = engine(guarantee, false);
    engine.on(at(0), Event::Start);
    engine.on(at(0), wish(1, vec![chunk(1, 100), chunk(2, 200)]));
    engine
}
