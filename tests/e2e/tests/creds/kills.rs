//! The real binary, killed in the middle of a refresh: at a moment of the wire, of the server, or
//! of the ledger's file. What is lost is held against what the server did and what is on disk.

use std::process::Child;

use rackrate_e2e::Stage;
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;
use rusqlite::{Connection, OpenFlags};

use super::{connected, record};

const KILLS: usize = 50;

/// When a refresh is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// Its request has met that fate.
    Met(Fate),
    /// The server has exchanged the token, and is about to say so.
    Exchanged,
    /// The ledger's log grows after the exchange: the answer is being written.
    Writing,
    /// The answer is on disk, and was not used.
    Written,
}

const MOMENTS: [Moment; 5] = [
    Moment::Met(Fate::RequestLost),
    Moment::Met(Fate::AnswerLost),
    Moment::Exchanged,
    Moment::Writing,
    Moment::Written,
];

/// A consent is lost exactly when the server exchanged its token and the answer never reached
/// our disk; nothing is used twice.
#[test]
fn a_killed_refresh_loses_a_consent_only_where_the_answer_never_reached_the_disk() {
    let (mut stage, mut exchanges, mut lost) = (connected(), 0, 0);
    for kill in 0..KILLS {
        let moment = MOMENTS[kill % MOMENTS.len()];
        let (rotations, answers) = (record(&stage).rotations, answers(&ledger(&stage)));
        killed(&stage, moment);
        let exchanged = record(&stage).rotations > rotations;
        let unheard = exchanged && self::answers(&ledger(&stage)) == answers;
        exchanges += u32::from(exchanged);
        let after = stage.run("creds refresh generic");
        assert_eq!(record(&stage).reuses, 0, "{moment:?}");
        let code = if unheard { 5 } else { 0 };
        assert_eq!(after.code, Some(code), "{moment:?}: {after:?}");
        if unheard {
            lost += 1;
            stage = connected();
        }
    }
    println!(
        "{KILLS} kills, {exchanges} exchanged, {lost} of these not on disk and lost, 0 used twice"
    );
    assert!(0 < lost && lost < exchanges, "{lost} of {exchanges}");
}

/// The ledger, for looking at only.
fn ledger(stage: &Stage) -> Connection {
    Connection::open_with_flags(stage.path("rackrate.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
        .unwrap()
}

/// How many answers to a refresh are on disk.
fn answers(ledger: &Connection) -> i64 {
    let sql = "SELECT count(*) FROM audit WHERE body LIKE '%\"what\":\"rotated\"%'";
    ledger.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Starts a refresh, and kills it at that moment.
fn killed(stage: &Stage, moment: Moment) {
    let ledger = ledger(stage);
    let (rotations, written) = (record(stage).rotations, answers(&ledger));
    let exchanged = || record(stage).rotations > rotations;
    if let Moment::Met(fate) = moment {
        let rule = Rule {
            path: Some("/oauth/token".to_owned()),
            ..Rule::next(fate)
        };
        stage.vendors.fault("generic", &rule);
    }
    let mut program = stage.program().start("creds refresh generic");
    match moment {
        Moment::Met(fate) => assert!(stage.vendors.wait_for("generic", fate).is_some()),
        Moment::Exchanged => until(&mut program, exchanged),
        Moment::Writing => {
            until(&mut program, exchanged);
            let before = log(stage);
            until(&mut program, || log(stage) != before);
        }
        Moment::Written => until(&mut program, || answers(&ledger) > written),
    }
    // It may have ended by itself.
    let _ = program.kill();
    program.wait().unwrap();
    stage.vendors.heal("generic");
}

/// The length of what is written before it is in the ledger.
fn log(stage: &Stage) -> Option<u64> {
    let file = std::fs::metadata(stage.path("rackrate.db-wal"));
    file.ok().map(|file| file.len())
}

/// Looks until it is so, or the program has ended.
fn until(program: &mut Child, so: impl Fn() -> bool) {
    while !so() && program.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}
