//! What a process finds when it starts, and what the ledger knows of runs.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_core::ids::ConnectionId;

use super::sample::{self, Checked};
use super::whole::Whole;
use crate::error::LedgerError;
use crate::op::{
    Drawer, Ending, GrantState, KeptGrant, LedgerOp, Outcome, Resealed, Reservation, RunId,
    SealedToken, Usage,
};
use crate::store::Ledger;

/// Nothing is there, and nothing is in doubt.
pub async fn a_new_ledger_is_clean_and_empty(ledger: &dyn Ledger) -> Checked {
    let found = ledger.recover().await?;
    assert!(found.clean && found.opened.is_none() && found.closed.is_none());
    assert!(found.usage.is_empty() && found.last_seq.is_empty() && found.unfinished.is_empty());
    assert_eq!((found.last_run, found.runs.len()), (RunId(0), 0));
    Ok(())
}

/// Only `Closed` makes an opened ledger clean again.
pub async fn an_end_without_closing_is_unclean(ledger: &dyn Ledger) -> Checked {
    let (opened, closed) = (sample::opened(1), closed(2, Vec::new()));
    ledger.commit(vec![opened]).await?;
    let crashed = ledger.recover().await?;
    ledger.commit(vec![closed]).await?;
    let ended = ledger.recover().await?;
    assert!(!crashed.clean && ended.clean);
    assert_eq!((crashed.opened, crashed.closed), (Some(Wall(1)), None));
    assert_eq!((ended.opened, ended.closed), (Some(Wall(1)), Some(Wall(2))));
    Ok(())
}

/// What counted at a clean end still counts after a crash, for allowances with long windows;
/// what was set aside since then is told beside it, until the next clean end.
pub async fn allowances_survive_every_end(ledger: &dyn Ledger) -> Checked {
    let usage = vec![Usage {
        quota: "property:0042".to_owned(),
        used: 3,
        until: Wall(99),
    }];
    ledger.commit(vec![closed(2, usage.clone())]).await?;
    assert_eq!(ledger.recover().await?.usage, usage);
    ledger.commit(vec![sample::opened(3)]).await?;
    let part = |count| Reservation {
        quota: "tokens".to_owned(),
        count,
        window: 86_400_000,
        at: Wall(4),
    };
    for count in [2, 1] {
        let op = LedgerOp::Reserved(part(count));
        ledger.commit(vec![op]).await?;
    }
    let crashed = ledger.recover().await?;
    assert_eq!(
        (crashed.usage, crashed.reserved),
        (usage, vec![part(2), part(1)])
    );
    ledger.commit(vec![closed(5, Vec::new())]).await?;
    let ended = ledger.recover().await?;
    assert!(ended.usage.is_empty() && ended.reserved.is_empty());
    Ok(())
}

/// One token of an account is kept, the last one, however the process ended.
pub async fn the_last_token_of_an_account_is_kept(ledger: &dyn Ledger) -> Checked {
    let token = |sealed: &str, lifetime| -> Checked<SealedToken> {
        Ok(SealedToken {
            connection: sample::lane("lisbon")?.connection,
            sealed: sealed.to_owned(),
            asked: Wall(7),
            lifetime,
        })
    };
    for one in [token("old", None)?, token("new", Some(86_400_000))?] {
        ledger.commit(vec![LedgerOp::Token(one)]).await?;
    }
    ledger.commit(vec![closed(9, Vec::new())]).await?;
    let kept = ledger.recover().await?.tokens;
    assert_eq!(kept, [token("new", Some(86_400_000))?]);
    Ok(())
}

/// Tokens and consents under another key are the same tokens and consents, and the trail tells
/// of none that anything happened to it.
pub async fn another_key_changes_what_is_sealed_and_nothing_else(ledger: &dyn Ledger) -> Checked {
    let grant = sample::grant("lisbon", 1, 7)?;
    let connection = grant.connection.clone();
    let token = SealedToken {
        connection: connection.clone(),
        sealed: "old".to_owned(),
        asked: Wall(7),
        lifetime: Some(1),
    };
    let kept = vec![
        LedgerOp::Token(token.clone()),
        LedgerOp::Grant(grant.clone()),
    ];
    ledger.commit(kept).await?;
    let lines = Whole::of(ledger).await?.lines;
    let text = |text: &str| Some(text.to_owned());
    let other = ConnectionId::new("nobody")?;
    for connection in [connection, other] {
        let resealed = Resealed {
            connection,
            token: text("token anew"),
            consent: text("consent anew"),
        };
        ledger.commit(vec![LedgerOp::Resealed(resealed)]).await?;
    }
    let left = ledger.recover().await?;
    let sealed = "token anew".to_owned();
    assert_eq!(left.tokens, [SealedToken { sealed, ..token }]);
    let sealed = "consent anew".to_owned();
    assert_eq!(left.grants, [KeptGrant { sealed, ..grant }]);
    assert_eq!(Whole::of(ledger).await?.lines, lines);
    Ok(())
}

/// A consent outlives every process, in the state it was last told to be in, until it is
/// forgotten.
pub async fn a_consent_is_kept_as_it_was_last_told(ledger: &dyn Ledger) -> Checked {
    let leaving = sample::grant("lisbon", 1, 7)?;
    let ended = KeptGrant {
        state: GrantState::Ended {
            at: Wall(9),
            why: "revoked".to_owned(),
            kind: ErrorKind::Disconnected,
        },
        scope: None,
        ..leaving.clone()
    };
    for state in [leaving, ended] {
        ledger.commit(vec![LedgerOp::Grant(state.clone())]).await?;
        assert_eq!(ledger.recover().await?.grants, [state]);
    }
    let (connection, at) = (sample::lane("lisbon")?.connection, Wall(10));
    ledger
        .commit(vec![LedgerOp::Forgotten { connection, at }])
        .await?;
    assert_eq!(ledger.recover().await?.grants, []);
    Ok(())
}

/// A record lies in its drawer under its name, word by word, until it is taken out.
pub async fn a_filed_record_replaces_its_namesake_in_its_drawer_only(
    ledger: &dyn Ledger,
) -> Checked {
    for (drawer, name, body) in [
        (Drawer::Install, "b", Some("{\"n\": 1.0}")),
        (Drawer::Install, "a", Some("[]")),
        (Drawer::Alert, "a", Some("{}")),
        (Drawer::Install, "b", Some("{ }")),
        (Drawer::Alert, "a", None),
        (Drawer::Alert, "never there", None),
    ] {
        ledger
            .commit(vec![sample::filed(drawer, name, body)])
            .await?;
    }
    let word = |text: &str| text.to_owned();
    let kept = BTreeMap::from([(word("a"), word("[]")), (word("b"), word("{ }"))]);
    assert_eq!(ledger.filed(Drawer::Install).await?, kept);
    assert_eq!(ledger.filed(Drawer::Alert).await?, BTreeMap::new());
    Ok(())
}

fn closed(at: i64, usage: Vec<Usage>) -> LedgerOp {
    let at = Wall(at);
    let uses = Vec::new();
    LedgerOp::Closed { at, usage, uses }
}

/// Planned, departing, queued and unsettled requests come back with their runs.
pub async fn a_restart_finds_what_is_unfinished(ledger: &dyn Ledger) -> Checked {
    let ids: Vec<_> = (1..=6)
        .map(|seq| sample::chunk("lisbon", seq))
        .collect::<Checked<_>>()?;
    let mut ops = vec![
        LedgerOp::RunStarted(sample::run(1)),
        LedgerOp::RunStarted(sample::run(2)),
    ];
    for id in &ids {
        ops.push(sample::planned(id, 2)?);
    }
    ops.extend(ids[1..4].iter().map(|id| sample::departing(id, 5)));
    ops.extend([sample::queued(&ids[2], "j")?, sample::ended(&ids[3], None)]);
    let chunk = ids[4].clone();
    ops.push(LedgerOp::Superseded { chunk, by: None });
    let chunk = ids[5].clone();
    ops.push(LedgerOp::Skipped { chunk });
    ledger.commit(ops).await?;
    let found = ledger.recover().await?;
    let left: Vec<u64> = found
        .unfinished
        .iter()
        .map(|record| record.id.seq)
        .collect();
    assert_eq!(left, [1, 2, 3, 4]);
    assert_eq!(found.runs, [sample::run(2)]);
    assert_eq!(found.last_seq.get(&sample::lane("lisbon")?), Some(&6));
    Ok(())
}

/// Each night of each number of adults counts, and so does a restriction alone; `unknown`
/// and `not settled` are no ends.
pub async fn a_request_stays_unfinished_until_each_night_is_final(ledger: &dyn Ledger) -> Checked {
    let id = answered(ledger).await?;
    let rules = Outcome {
        ids: sample::plan_only()?,
        adults: None,
        ..sample::outcome(&id, 1, (5, 5), Ending::Confirmed)?
    };
    let steps = [
        (rules, 1),
        (sample::outcome(&id, 1, (0, 3), Ending::Confirmed)?, 1),
        (sample::outcome(&id, 2, (0, 1), Ending::Refused)?, 1),
        (sample::outcome(&id, 2, (2, 3), Ending::NotSettled)?, 1),
        (sample::outcome(&id, 2, (2, 2), Ending::Drift)?, 1),
        (sample::outcome(&id, 2, (3, 3), Ending::Confirmed)?, 0),
        (sample::outcome(&id, 1, (1, 1), Ending::Unknown)?, 1),
    ];
    for (outcome, left) in steps {
        let step = format!("{outcome:?}");
        ledger.commit(vec![LedgerOp::Outcome(outcome)]).await?;
        assert_eq!(ledger.recover().await?.unfinished.len(), left, "{step}");
    }
    Ok(())
}

async fn answered(ledger: &dyn Ledger) -> Checked<crate::op::ChunkId> {
    let id = sample::chunk("lisbon", 1)?;
    let start = LedgerOp::RunStarted(sample::run(1));
    let depart = sample::departing(&id, 5);
    let end = sample::ended(&id, Some(sample::receipt()));
    let ops = vec![start, sample::planned(&id, 1)?, depart, end];
    ledger.commit(ops).await?;
    Ok(id)
}

/// The second run of a plan is refused; runs without a plan file are not bound.
pub async fn a_plan_applies_once(ledger: &dyn Ledger) -> Checked {
    ledger
        .commit(vec![LedgerOp::RunStarted(sample::run(1))])
        .await?;
    let mut again = sample::run(2);
    again.plan = "plan-1".to_owned();
    let err = ledger.commit(vec![LedgerOp::RunStarted(again)]).await;
    assert_eq!(err, Err(LedgerError::PlanApplied { run: RunId(1) }));
    for id in [3, 4] {
        let mut free = sample::run(id);
        free.plan = String::new();
        ledger.commit(vec![LedgerOp::RunStarted(free)]).await?;
    }
    assert_eq!(ledger.run_of_plan("plan-1").await?, Some(sample::run(1)));
    assert_eq!(ledger.run_of_plan("plan-2").await?, None);
    assert_eq!(ledger.run_of_plan("").await?, None);
    Ok(())
}

/// Runs come newest first, as many as were asked for, with their ends.
pub async fn runs_are_listed_newest_first(ledger: &dyn Ledger) -> Checked {
    for id in 1..=3 {
        ledger
            .commit(vec![LedgerOp::RunStarted(sample::run(id))])
            .await?;
    }
    let (run, at) = (RunId(2), Wall(77));
    ledger.commit(vec![LedgerOp::RunEnded { run, at }]).await?;
    let mut second = sample::run(2);
    second.ended = Some(at);
    assert_eq!(ledger.runs(2).await?, [sample::run(3), second.clone()]);
    assert_eq!(ledger.run(RunId(2)).await?, Some(second));
    assert_eq!(ledger.run(RunId(u64::MAX)).await?, None);
    assert_eq!(ledger.recover().await?.last_run, RunId(3));
    Ok(())
}

/// Runs count upwards, and an unknown one cannot end.
pub async fn a_run_needs_a_later_number(ledger: &dyn Ledger) -> Checked {
    ledger
        .commit(vec![LedgerOp::RunStarted(sample::run(5))])
        .await?;
    let mut same = sample::run(5);
    same.plan = "another".to_owned();
    let (run, last) = (RunId(5), RunId(5));
    let err = ledger.commit(vec![LedgerOp::RunStarted(same)]).await;
    assert_eq!(err, Err(LedgerError::RunUsed { run, last }));
    let (run, at) = (RunId(6), Wall(1));
    let err = ledger.commit(vec![LedgerOp::RunEnded { run, at }]).await;
    assert_eq!(err, Err(LedgerError::UnknownRun { run }));
    Ok(())
}
