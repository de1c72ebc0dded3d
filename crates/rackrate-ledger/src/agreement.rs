//! Both ledgers say the same: random batches, legal and not, give equal results and loads.

use proptest::prelude::*;
use rackrate_core::clock::Wall;
use rackrate_core::exchange::Operation;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::{Seen, Series};

use crate::audit::Note;
use crate::model::MemoryLedger;
use crate::op::{
    ChunkId, Drawer, Ending, LedgerOp, Origin, Reservation, RunId, SealedToken, Usage,
};
use crate::sqlite::SqliteLedger;
use crate::store::Ledger;
use crate::suite::sample::{self, night};
use crate::suite::whole::Whole;

const HOTELS: [&str; 2] = ["lisbon", "Évora"];

fn any_chunk() -> impl Strategy<Value = ChunkId> {
    (0_usize..2, 1_u64..4).prop_map(|(hotel, seq)| sample::chunk(HOTELS[hotel], seq).unwrap())
}

fn any_series() -> impl Strategy<Value = Series> {
    let seen = prop_oneof![
        2 => Just(None),
        1 => Just(Some(Seen::Absent)),
        6 => (1_u64..9).prop_map(|price| Some(Seen::Price(rackrate_core::money::Minor(price)))),
        1 => Just(Some(Seen::Price(rackrate_core::money::Minor(1 << 40)))),
    ];
    let stays = prop::collection::vec((0_i32..6, 0_u16..3), 0..3);
    (0_i32..6, prop::collection::vec(seen, 1..6), stays).prop_map(|(first, cells, stays)| {
        let mut series = Series::unknown(night(first), night(first));
        for (at, cell) in cells.into_iter().enumerate() {
            series.set_price(night(first + at as i32), cell);
        }
        for (day, stay) in stays {
            let min_stay_arrival = if stay == 0 { Set::Clear } else { Set::To(stay) };
            let rules = Rules {
                min_stay_arrival,
                ..Rules::LEAVE
            };
            series.set_rules(night(day), rules);
        }
        series
    })
}

fn any_step() -> impl Strategy<Value = LedgerOp> {
    (any_chunk(), 0_u8..9, 1_i64..50, any_chunk()).prop_map(|(chunk, step, at, other)| match step {
        0..=2 => sample::departing(&chunk, at),
        3 => sample::queued(&chunk, if at < 30 { "job-1" } else { "job-2" }).unwrap(),
        4 => sample::ended(&chunk, None),
        5 => sample::ended(&chunk, Some(sample::receipt())),
        6 => LedgerOp::Returned { chunk },
        7 => LedgerOp::Superseded {
            by: (at % 2 == 0).then_some(other),
            chunk,
        },
        _ => LedgerOp::Skipped { chunk },
    })
}

fn any_outcome() -> impl Strategy<Value = LedgerOp> {
    let ending = prop::sample::select(Ending::ALL.to_vec());
    (any_chunk(), 1_u8..4, (0_i32..6, -1_i32..6), ending).prop_map(|(id, adults, span, ending)| {
        let nights = (span.0, span.0 + span.1);
        let mut outcome = sample::outcome(&id, adults, nights, ending).unwrap();
        if adults == 3 {
            outcome.adults = None;
            outcome.ids = sample::plan_only().unwrap();
        }
        LedgerOp::Outcome(outcome)
    })
}

fn any_knowledge() -> impl Strategy<Value = LedgerOp> {
    let hotel = prop::sample::select(HOTELS.to_vec());
    (
        any_series(),
        hotel,
        1_u8..3,
        1_i64..9,
        any::<(bool, bool)>(),
    )
        .prop_map(|(series, hotel, adults, at, (wish, pushed))| {
            if wish {
                let mut wish = sample::desired(hotel, series).unwrap();
                wish.adults = adults;
                return LedgerOp::Desired(wish);
            }
            let origin = if pushed { Origin::Pushed } else { Origin::Read };
            let mut seen = sample::seen(series, origin, at).unwrap();
            seen.adults = adults;
            LedgerOp::Seen(seen)
        })
}

fn any_frame() -> impl Strategy<Value = LedgerOp> {
    (0_u8..9, 1_u64..6, 0_i64..50).prop_map(|(kind, run, at)| {
        let at = Wall(at);
        let usage = vec![Usage {
            quota: "q".to_owned(),
            used: 1,
            until: at,
        }];
        match kind {
            0 => sample::opened(at.0),
            1 => LedgerOp::Closed {
                at,
                usage,
                uses: vec![sample::uses(run).unwrap()],
            },
            2 => LedgerOp::RunStarted(sample::run(run)),
            4 => LedgerOp::Token(SealedToken {
                connection: sample::lane("lisbon").unwrap().connection,
                sealed: format!("sealed {run}"),
                asked: at,
                lifetime: None,
            }),
            5 => LedgerOp::Grant(sample::grant("lisbon", run, at.0).unwrap()),
            6 => LedgerOp::Forgotten {
                connection: sample::lane("lisbon").unwrap().connection,
                at,
            },
            3 => LedgerOp::Reserved(Reservation {
                quota: "q".to_owned(),
                count: 2,
                window: 60_000,
                at,
            }),
            7 => sample::filed(
                Drawer::Alert,
                HOTELS[run as usize % 2],
                (at.0 % 3 > 0).then_some("{}"),
            ),
            _ => LedgerOp::RunEnded {
                run: RunId(run),
                at,
            },
        }
    })
}

fn any_note() -> impl Strategy<Value = LedgerOp> {
    (0_u8..7, 0_u64..9, 0_i64..50).prop_map(|(kind, number, at)| {
        let lane = sample::lane(HOTELS[number as usize % 2]).unwrap();
        let (at, connection) = (Wall(at), lane.connection.clone());
        let by = format!("person {}", number % 3);
        LedgerOp::Noted(match kind {
            0 | 1 => sample::began(&by, at.0, &format!("print {number}")),
            2 => Note::Waived {
                at,
                plan: "plan-1".to_owned(),
                by,
                reason: "spring".to_owned(),
                what: "floor:property=lisbon".to_owned(),
            },
            3 => Note::Held {
                at,
                lane,
                why: "Throttled".to_owned(),
            },
            4 => Note::Refused {
                at,
                connection,
                operation: Operation::Push,
                kind: "Forbidden".to_owned(),
                code: String::new(),
            },
            5 => Note::Died {
                at,
                connection,
                kind: "Reconnect".to_owned(),
            },
            _ => Note::Cut {
                at,
                through: number,
                by,
            },
        })
    })
}

fn any_op() -> impl Strategy<Value = LedgerOp> {
    let planned = (any_chunk(), 1_u64..3).prop_map(|(id, run)| sample::planned(&id, run).unwrap());
    prop_oneof![
        3 => planned,
        8 => any_step(),
        4 => any_outcome(),
        4 => any_knowledge(),
        2 => any_frame(),
        2 => any_note(),
    ]
}

/// Everything that can be asked, as one text.
async fn all(ledger: &dyn Ledger) -> String {
    let mut told = format!(
        "{:#?}\n{:#?}\n",
        ledger.recover().await,
        ledger.runs(9).await
    );
    for run in 0..6 {
        let plan = format!("plan-{run}");
        let found = ledger.run_of_plan(&plan).await;
        let (one, run) = (ledger.run(RunId(run)).await, RunId(run));
        let (chunks, outcomes) = (ledger.chunks(run).await, ledger.outcomes(run).await);
        told += &format!("{found:?}\n{one:?}\n{chunks:#?}\n{outcomes:#?}\n");
    }
    let (connection, property) = (
        sample::connection().unwrap(),
        sample::vendor_property().unwrap(),
    );
    let seen = ledger.seen(&connection, &property).await;
    let filed = ledger.filed(Drawer::Alert).await;
    told += &format!(
        "{seen:#?}\n{:#?}{filed:?}",
        ledger.desired(&connection).await
    );
    told + &trail(ledger).await
}

/// The trail with names in the place of pseudonyms, which each ledger gives as it likes.
async fn trail(ledger: &dyn Ledger) -> String {
    let whole = Whole::of(ledger).await.unwrap();
    let verdict = whole.verdict(&[]);
    assert!(verdict.flaws.is_empty(), "{:?}", verdict.flaws);
    let head = &whole.trail.head;
    assert_eq!(ledger.audit_head().await.unwrap(), *head);
    let mut told = format!("{verdict:?} {:?}\n", head.signed);
    for line in &whole.lines {
        told += &format!("{} {}\n", line.seq, line.body);
    }
    for (pseudonym, name) in &whole.trail.actors {
        told = told.replace(pseudonym.as_str(), name);
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn both_ledgers_agree(batches in prop::collection::vec(
        prop_oneof![
            3 => prop::collection::vec(any_op(), 1..2),
            1 => prop::collection::vec(any_op(), 2..6),
        ],
        1..60,
    )) {
        let dir = tempfile::tempdir().unwrap();
        let (memory, path) = (MemoryLedger::default(), dir.path().join("ledger.db"));
        let sqlite = SqliteLedger::open(&path).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            // Without runs and requests nearly every random batch would be refused.
            let mut begin = vec![
                LedgerOp::RunStarted(sample::run(1)),
                LedgerOp::RunStarted(sample::run(2)),
            ];
            for hotel in HOTELS {
                for (seq, run) in [(1, 1), (2, 2)] {
                    begin.push(sample::planned(&sample::chunk(hotel, seq).unwrap(), run).unwrap());
                }
            }
            for batch in [begin].into_iter().chain(batches) {
                let (one, other) = (memory.commit(batch.clone()).await, sqlite.commit(batch).await);
                prop_assert_eq!(one, other);
            }
            prop_assert_eq!(all(&memory).await, all(&sqlite).await);
            Ok(())
        })?;
    }
}
