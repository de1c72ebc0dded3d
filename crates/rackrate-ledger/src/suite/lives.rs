//! The life of a request: which steps are legal, and what each one writes.

use rackrate_core::clock::Wall;

use super::sample::{self, Checked};
use crate::error::LedgerError;
use crate::op::{ChunkId, ChunkRecord, ChunkState, LedgerOp, RunId};
use crate::store::Ledger;

const STEPS: [&str; 6] = ["depart", "queue", "end", "return", "supersede", "skip"];

/// The steps that lead to each state, and the steps that are legal from there.
const TABLE: [(ChunkState, &[&str], &[&str]); 6] = [
    (ChunkState::Planned, &[], &["depart", "supersede", "skip"]),
    (
        ChunkState::Departing,
        &["depart"],
        &["depart", "queue", "end", "return"],
    ),
    (ChunkState::Queued, &["depart", "queue"], &["queue", "end"]),
    (ChunkState::Answered, &["depart", "end"], &[]),
    (ChunkState::Superseded, &["supersede"], &[]),
    (ChunkState::Skipped, &["skip"], &[]),
];

fn op(step: &str, id: &ChunkId) -> Checked<LedgerOp> {
    let chunk = id.clone();
    Ok(match step {
        "depart" => sample::departing(id, 5),
        "queue" => sample::queued(id, "job-1")?,
        "end" => sample::ended(id, None),
        "return" => LedgerOp::Returned { chunk },
        "supersede" => LedgerOp::Superseded { chunk, by: None },
        _ => LedgerOp::Skipped { chunk },
    })
}

async fn begin(ledger: &dyn Ledger, ids: &[&ChunkId]) -> Checked {
    let mut ops = vec![LedgerOp::RunStarted(sample::run(1))];
    for id in ids {
        ops.push(sample::planned(id, 1)?);
    }
    Ok(ledger.commit(ops).await?)
}

async fn stored(ledger: &dyn Ledger, id: &ChunkId) -> Checked<Option<ChunkRecord>> {
    let all = ledger.chunks(RunId(1)).await?;
    Ok(all.into_iter().find(|record| record.id == *id))
}

/// Good operations before a bad one are not written either.
pub async fn a_refused_batch_leaves_no_trace(ledger: &dyn Ledger) -> Checked {
    let id = sample::chunk("lisbon", 1)?;
    begin(ledger, &[&id]).await?;
    let before = ledger.recover().await?;
    let wish = sample::desired("lisbon", sample::prices((0, 1), 100))?;
    let next = sample::chunk("lisbon", 2)?;
    let ops = vec![
        sample::opened(1),
        LedgerOp::RunStarted(sample::run(2)),
        sample::planned(&next, 2)?,
        sample::departing(&id, 5),
        LedgerOp::Desired(wish),
        op("return", &next)?,
    ];
    let refused = ledger.commit(ops).await;
    assert!(matches!(refused, Err(LedgerError::Illegal { .. })));
    assert_eq!(ledger.recover().await?, before);
    assert_eq!(ledger.runs(9).await?, [sample::run(1)]);
    assert!(ledger.desired(&sample::connection()?).await?.is_empty());
    Ok(())
}

/// A whole life may stand in one batch.
pub async fn an_operation_sees_those_before_it_in_its_batch(ledger: &dyn Ledger) -> Checked {
    let id = sample::chunk("lisbon", 1)?;
    let mut ops = vec![
        LedgerOp::RunStarted(sample::run(1)),
        sample::planned(&id, 1)?,
    ];
    for step in ["depart", "return", "depart", "queue", "queue", "end"] {
        ops.push(op(step, &id)?);
    }
    ledger.commit(ops).await?;
    let state = stored(ledger, &id).await?.map(|record| record.state);
    assert_eq!(state, Some(ChunkState::Answered));
    Ok(())
}

/// Every step from every state: the legal ones lead on, the others change nothing.
pub async fn steps_are_taken_as_the_table_says(ledger: &dyn Ledger) -> Checked {
    begin(ledger, &[]).await?;
    let mut seq = 0;
    for (state, way, legal) in TABLE {
        for step in STEPS {
            seq += 1;
            let id = sample::chunk("lisbon", seq)?;
            ledger.commit(vec![sample::planned(&id, 1)?]).await?;
            for earlier in way {
                ledger.commit(vec![op(earlier, &id)?]).await?;
            }
            let before = stored(ledger, &id).await?;
            assert_eq!(before.as_ref().map(|record| record.state), Some(state));
            let taken = ledger.commit(vec![op(step, &id)?]).await;
            assert_eq!(taken.is_ok(), legal.contains(&step), "{step} from {state}");
            if taken.is_err() {
                assert_eq!(stored(ledger, &id).await?, before, "{step} from {state}");
            }
        }
    }
    Ok(())
}

/// The words are what a person searches for.
pub async fn a_refusal_names_request_and_states(ledger: &dyn Ledger) -> Checked {
    let id = sample::chunk("lisbon", 1)?;
    begin(ledger, &[&id]).await?;
    ledger.commit(vec![op("skip", &id)?]).await?;
    let refused = ledger.commit(vec![op("depart", &id)?]).await;
    let words = refused.err().map(|err| err.to_string());
    let wanted = "request 1 of lisbon at pms is skipped and cannot become departing";
    assert_eq!(words.as_deref(), Some(wanted));
    Ok(())
}

/// The same job again says nothing new; another job would mean that it arrived twice.
pub async fn a_job_keeps_its_name(ledger: &dyn Ledger) -> Checked {
    let id = sample::chunk("lisbon", 1)?;
    begin(ledger, &[&id]).await?;
    ledger.commit(vec![op("depart", &id)?]).await?;
    ledger.commit(vec![sample::queued(&id, "job-1")?]).await?;
    ledger.commit(vec![sample::queued(&id, "job-1")?]).await?;
    let other = ledger.commit(vec![sample::queued(&id, "job-2")?]).await;
    assert!(matches!(other, Err(LedgerError::Illegal { .. })));
    let job = stored(ledger, &id).await?.and_then(|record| record.job);
    assert_eq!(job, Some(sample::job("job-1")?));
    Ok(())
}

/// The flight horizon counts from the last departure.
pub async fn a_repeated_departure_keeps_the_last_time(ledger: &dyn Ledger) -> Checked {
    let id = sample::chunk("lisbon", 1)?;
    begin(ledger, &[&id]).await?;
    for at in [5, 9] {
        ledger.commit(vec![sample::departing(&id, at)]).await?;
    }
    let departed = stored(ledger, &id)
        .await?
        .and_then(|record| record.departed);
    assert_eq!(departed, Some(Wall(9)));
    Ok(())
}

/// What certainly never arrived is as it was when it was planned.
pub async fn a_returned_request_never_left(ledger: &dyn Ledger) -> Checked {
    let id = sample::chunk("lisbon", 1)?;
    begin(ledger, &[&id]).await?;
    ledger
        .commit(vec![op("depart", &id)?, op("return", &id)?])
        .await?;
    assert_eq!(stored(ledger, &id).await?, Some(sample::record(id, 1)?));
    Ok(())
}

/// The record comes back with receipt, job and times; without a receipt nothing was
/// accepted.
pub async fn an_answer_is_kept_word_by_word(ledger: &dyn Ledger) -> Checked {
    let (id, lost) = (sample::chunk("lisbon", 1)?, sample::chunk("lisbon", 2)?);
    begin(ledger, &[&id, &lost]).await?;
    let end = sample::ended(&id, Some(sample::receipt()));
    ledger
        .commit(vec![op("depart", &id)?, op("queue", &id)?, end])
        .await?;
    ledger
        .commit(vec![op("depart", &lost)?, op("end", &lost)?])
        .await?;
    let mut wanted = sample::record(id, 1)?;
    wanted.state = ChunkState::Answered;
    (wanted.departed, wanted.accepted) = (Some(Wall(5)), Some(Wall(60)));
    (wanted.job, wanted.receipt) = (Some(sample::job("job-1")?), Some(sample::receipt()));
    let found = ledger.chunks(RunId(1)).await?;
    assert_eq!(found.first(), Some(&wanted));
    assert_eq!(found.get(1).map(|lost| lost.accepted), Some(None));
    Ok(())
}

/// Not after being superseded or skipped, nor when passed over, nor within one batch.
pub async fn numbers_are_never_used_again(ledger: &dyn Ledger) -> Checked {
    let (two, five) = (sample::chunk("lisbon", 2)?, sample::chunk("lisbon", 5)?);
    begin(ledger, &[&two, &five]).await?;
    ledger
        .commit(vec![op("supersede", &two)?, op("skip", &five)?])
        .await?;
    for used in [2, 5, 3] {
        let chunk = sample::chunk("lisbon", used)?;
        let refused = ledger.commit(vec![sample::planned(&chunk, 1)?]).await;
        assert_eq!(refused, Err(LedgerError::SeqUsed { chunk, last: 5 }));
    }
    let chunk = sample::chunk("lisbon", 6)?;
    let twice = vec![sample::planned(&chunk, 1)?, sample::planned(&chunk, 1)?];
    let refused = ledger.commit(twice).await;
    assert_eq!(refused, Err(LedgerError::SeqUsed { chunk, last: 6 }));
    let elsewhere = sample::chunk("porto", 2)?;
    ledger.commit(vec![sample::planned(&elsewhere, 1)?]).await?;
    let last: Vec<u64> = ledger.recover().await?.last_seq.into_values().collect();
    assert_eq!(last, [5, 2]);
    Ok(())
}

/// A record with a past, or of no run, cannot be an intent.
pub async fn a_request_is_planned_fresh_and_in_a_known_run(ledger: &dyn Ledger) -> Checked {
    begin(ledger, &[]).await?;
    let id = sample::chunk("lisbon", 1)?;
    let mut departed = sample::record(id.clone(), 1)?;
    departed.departed = Some(Wall(1));
    let refused = ledger
        .commit(vec![LedgerOp::Planned(Box::new(departed))])
        .await;
    assert!(matches!(refused, Err(LedgerError::NotFresh { .. })));
    let refused = ledger.commit(vec![sample::planned(&id, 7)?]).await;
    assert_eq!(refused, Err(LedgerError::UnknownRun { run: RunId(7) }));
    let refused = ledger.commit(vec![op("depart", &id)?]).await;
    assert_eq!(refused, Err(LedgerError::UnknownChunk { chunk: id }));
    Ok(())
}

/// What replaces a request is behind it in the same lane, planned or about to be.
pub async fn a_request_is_only_superseded_by_a_later_one(ledger: &dyn Ledger) -> Checked {
    let (one, two) = (sample::chunk("lisbon", 1)?, sample::chunk("lisbon", 2)?);
    begin(ledger, &[&one, &two]).await?;
    let by = |chunk: &ChunkId, by: &ChunkId| LedgerOp::Superseded {
        chunk: chunk.clone(),
        by: Some(by.clone()),
    };
    for wrong in [
        by(&two, &one),
        by(&one, &one),
        by(&one, &sample::chunk("porto", 9)?),
    ] {
        let refused = ledger.commit(vec![wrong]).await;
        assert!(matches!(refused, Err(LedgerError::Illegal { .. })));
    }
    ledger.commit(vec![by(&one, &two)]).await?;
    let found = stored(ledger, &one)
        .await?
        .and_then(|record| record.superseded_by);
    assert_eq!(found, Some(two));
    Ok(())
}
