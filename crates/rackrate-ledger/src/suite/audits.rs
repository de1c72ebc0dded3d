//! The audit trail: which lines there are, and that they hold together.

use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;

use super::sample::{self, Checked};
use super::whole::Whole;
use crate::audit::{ChangeStep, Checkpoint, Fact, Flaw, Note, Pseudonym};
use crate::error::LedgerError;
use crate::op::{GrantState, LedgerOp, RunId, SealedToken};
use crate::store::Ledger;

async fn note(ledger: &dyn Ledger, note: Note) -> Checked {
    Ok(ledger.commit(vec![LedgerOp::Noted(note)]).await?)
}

/// The trail, which has to be intact.
async fn intact(ledger: &dyn Ledger) -> Checked<Whole> {
    let whole = Whole::of(ledger).await?;
    let flaws = whole.verdict(&[]).flaws;
    assert!(flaws.is_empty(), "{flaws:?}");
    assert_eq!(whole.lines.len(), whole.facts().len());
    Ok(whole)
}

/// The JSON of each line without its time.
async fn words(ledger: &dyn Ledger) -> Checked<Vec<String>> {
    let whole = intact(ledger).await?;
    let name = |text: &str| {
        let mut text = text.to_owned();
        for (pseudonym, name) in &whole.trail.actors {
            text = text.replace(pseudonym.as_str(), name);
        }
        text
    };
    let told = |line: &crate::audit::Line| {
        let (_, told) = line.body.split_once(',').unwrap_or_default();
        name(told)
    };
    Ok(whole.lines.iter().map(told).collect())
}

/// Nobody has to think of the trail: what is told anyway leaves its lines.
pub async fn every_operation_about_credentials_leaves_its_line(ledger: &dyn Ledger) -> Checked {
    let token = SealedToken {
        connection: sample::connection()?,
        sealed: "sealed-text".to_owned(),
        asked: Wall(3),
        lifetime: Some(60_000),
    };
    let (run, at) = (RunId(1), Wall(7));
    let ops = vec![
        LedgerOp::Noted(sample::began("ana", 1, "first")),
        sample::opened(2),
        LedgerOp::Token(token),
        LedgerOp::RunStarted(sample::run(1)),
        LedgerOp::RunEnded { run, at },
        LedgerOp::Noted(Note::Changing {
            at,
            of: "rates-app".to_owned(),
            step: ChangeStep::Begun,
            by: "ana".to_owned(),
        }),
        LedgerOp::Closed {
            at: Wall(8),
            usage: Vec::new(),
            uses: vec![sample::uses(5)?],
        },
    ];
    ledger.commit(ops).await?;
    let wanted = [
        r#""what":"began","by":"ana","command":"plan"}"#,
        r#""what":"changed","file":"mapping","from":null,"to":"first"}"#,
        r#""what":"opened","accounts":["pms"]}"#,
        r#""what":"token","connection":"pms","lifetime":60000}"#,
        r#""what":"run_started","run":1,"plan":"plan-1","by":"desk","reason":"spring"}"#,
        r#""what":"run_ended","run":1}"#,
        r#""what":"changing","of":"rates-app","step":"begun","by":"ana"}"#,
        r#""what":"used","connection":"pms","operation":"read","scopes":["rates:read"],"requests":5,"run":null}"#,
        r#""what":"closed"}"#,
    ];
    assert_eq!(words(ledger).await?, wanted);
    Ok(())
}

/// Consent, use, rotation and end are seen in the states that the ledger is told.
pub async fn a_consents_life_is_told_by_what_changed(ledger: &dyn Ledger) -> Checked {
    let mut grant = sample::grant("lisbon", 1, 7)?;
    let leaving = grant.state.clone();
    let ended = GrantState::Ended {
        at: Wall(9),
        why: "revoked".to_owned(),
        kind: ErrorKind::Disconnected,
    };
    let steps = [
        (1, GrantState::Held),
        (1, leaving.clone()),
        (1, GrantState::Held),
        (1, leaving),
        (2, GrantState::Held),
        (2, ended),
    ];
    for (generation, state) in steps {
        (grant.generation, grant.state) = (generation, state);
        ledger.commit(vec![LedgerOp::Grant(grant.clone())]).await?;
    }
    let (connection, at) = (grant.connection, Wall(10));
    ledger
        .commit(vec![LedgerOp::Forgotten { connection, at }])
        .await?;
    let wanted = [
        r#""what":"connected","connection":"pms","scope":"rates"}"#,
        r#""what":"refreshing","connection":"pms","generation":1,"again":false}"#,
        r#""what":"kept","connection":"pms","generation":1}"#,
        r#""what":"refreshing","connection":"pms","generation":1,"again":false}"#,
        r#""what":"rotated","connection":"pms","generation":2}"#,
        r#""what":"ended","connection":"pms","why":"revoked"}"#,
        r#""what":"disconnected","connection":"pms"}"#,
    ];
    assert_eq!(words(ledger).await?, wanted);
    Ok(())
}

/// The ledger compares, not the caller.
pub async fn a_file_is_told_when_it_changes_and_only_then(ledger: &dyn Ledger) -> Checked {
    for print in ["first", "first", "second"] {
        note(ledger, sample::began("ana", 1, print)).await?;
    }
    let told = words(ledger).await?;
    let changes: Vec<_> = told
        .iter()
        .filter(|line| line.contains("changed"))
        .collect();
    let wanted = [
        r#""what":"changed","file":"mapping","from":null,"to":"first"}"#,
        r#""what":"changed","file":"mapping","from":"first","to":"second"}"#,
    ];
    assert_eq!(changes, wanted);
    Ok(())
}

/// Its uses are unknown for good, and the trail says so.
pub async fn a_cut_off_process_is_told_by_the_next_one(ledger: &dyn Ledger) -> Checked {
    ledger.commit(vec![sample::opened(1)]).await?;
    ledger.commit(vec![sample::opened(2)]).await?;
    let whole = intact(ledger).await?;
    let facts = whole.facts();
    let told: Vec<_> = facts.iter().map(|fact| *fact == Fact::CutOff).collect();
    assert_eq!(told, [false, true, false]);
    assert_eq!(whole.verdict(&[]).cut_off, 1);
    Ok(())
}

/// A line and what it tells stand and fall together.
pub async fn a_refused_batch_leaves_no_line(ledger: &dyn Ledger) -> Checked {
    ledger.commit(vec![sample::opened(1)]).await?;
    let before = Whole::of(ledger).await?;
    let (run, at) = (RunId(9), Wall(1));
    let ops = vec![
        LedgerOp::Noted(sample::began("ana", 1, "first")),
        LedgerOp::RunEnded { run, at },
    ];
    assert!(ledger.commit(ops).await.is_err());
    assert_eq!(Whole::of(ledger).await?, before);
    Ok(())
}

/// No line holds a name; a person who comes again after that is another pseudonym.
pub async fn a_person_is_one_pseudonym_until_the_name_is_erased(ledger: &dyn Ledger) -> Checked {
    for name in ["ana", "rui", "ana"] {
        note(ledger, sample::began(name, 1, "first")).await?;
    }
    let mut run = sample::run(1);
    run.author = "ana".to_owned();
    ledger.commit(vec![LedgerOp::RunStarted(run)]).await?;
    note(ledger, reviewed_by("ana", "rui")).await?;
    let whole = intact(ledger).await?;
    let named = |whole: &Whole, wanted: &str| -> Vec<Pseudonym> {
        let actors = whole.trail.actors.iter();
        let theirs = actors.filter(|(_, name)| *name == wanted);
        theirs.map(|(actor, _)| actor.clone()).collect()
    };
    let ana = named(&whole, "ana").swap_remove(0);
    let review = whole.lines.last().map(|line| &line.body[..]);
    let review = review.unwrap_or_default();
    assert!(review.contains(ana.as_str()) && !review.contains("\"ana\""));
    let (at, by) = (Wall(2), "rui".to_owned());
    let erased = Note::Erased {
        at,
        actor: ana.clone(),
        by,
    };
    note(ledger, erased.clone()).await?;
    let after = intact(ledger).await?;
    assert_eq!(after.lines[..whole.lines.len()], whole.lines);
    assert_eq!(after.trail.actors.values().collect::<Vec<_>>(), ["rui"]);
    let author = ledger.run(RunId(1)).await?.map(|run| run.author);
    assert_eq!(author.as_deref(), Some(ana.as_str()));
    let again = ledger.commit(vec![LedgerOp::Noted(erased)]).await;
    assert_eq!(again, Err(LedgerError::UnknownActor { actor: ana.clone() }));
    note(ledger, sample::began("ana", 3, "first")).await?;
    assert_ne!(named(&intact(ledger).await?, "ana"), [ana]);
    Ok(())
}

fn reviewed_by(reviewer: &str, by: &str) -> Note {
    Note::Reviewed {
        at: Wall(1),
        by: by.to_owned(),
        quarter: "2027Q1".to_owned(),
        digest: "d1".to_owned(),
        reviewers: vec![reviewer.to_owned()],
        kept: 1,
        revoked: 0,
        rotated: 0,
    }
}

fn checkpoint(whole: &Whole) -> Checkpoint {
    let head = whole.trail.head.clone();
    Checkpoint {
        chain: head.chain,
        line: head.seq,
        digest: head.digest,
        at: Wall(4),
        key: "key".to_owned(),
        signature: "signature".to_owned(),
    }
}

/// A checkpoint of another trail, or of a line that is not there, is refused.
pub async fn only_what_is_in_the_trail_is_signed(ledger: &dyn Ledger) -> Checked {
    ledger.commit(vec![sample::opened(1)]).await?;
    let good = checkpoint(&intact(ledger).await?);
    let mut foreign = good.clone();
    foreign.chain.push('x');
    let mut late = good.clone();
    late.line += 1;
    for bad in [foreign, late] {
        let line = bad.line;
        let refused = ledger
            .commit(vec![LedgerOp::Noted(Note::Signed(bad))])
            .await;
        assert_eq!(refused, Err(LedgerError::NotInTrail { line }));
    }
    note(ledger, Note::Signed(good.clone())).await?;
    let mut whole = intact(ledger).await?;
    assert_eq!(whole.trail.head.signed, Some(good.line));
    assert_eq!(whole.trail.checkpoints, std::slice::from_ref(&good));
    whole.trail.checkpoints.clear();
    let line = good.line;
    assert_eq!(whole.verdict(&[]).flaws, [Flaw::CheckpointMissing { line }]);
    Ok(())
}

/// The checkpoint stands for what was before it, and without the word of a cut the beginning
/// is missed.
pub async fn lines_are_dropped_up_to_a_checkpoint_and_the_rest_still_holds(
    ledger: &dyn Ledger,
) -> Checked {
    ledger.commit(vec![sample::opened(1)]).await?;
    let cut = |through| Note::Cut {
        at: Wall(5),
        through,
        by: "ana".to_owned(),
    };
    let refused = ledger.commit(vec![LedgerOp::Noted(cut(1))]).await;
    assert_eq!(refused, Err(LedgerError::NoCheckpoint { line: 1 }));
    let kept = checkpoint(&intact(ledger).await?);
    note(ledger, Note::Signed(kept.clone())).await?;
    let later = checkpoint(&intact(ledger).await?);
    note(ledger, Note::Signed(later.clone())).await?;
    let mut stolen = intact(ledger).await?;
    note(ledger, cut(2)).await?;
    let mut left = intact(ledger).await?;
    let numbers: Vec<_> = left.lines.iter().map(|line| line.seq).collect();
    assert_eq!(
        (numbers, &left.trail.checkpoints[..]),
        (vec![3, 4], &[later.clone()][..])
    );
    let judged = left.verdict(&[kept, later]);
    assert_eq!(
        (judged.flaws, judged.first, judged.signed),
        (vec![], Some(3), Some(2))
    );
    stolen.lines.drain(..2);
    let flaws = stolen.verdict(&[]).flaws;
    assert!(flaws.contains(&Flaw::BeginningMissing { first: 3 }));
    // The cut is told, but what is left belongs to another beginning.
    left.trail.checkpoints[0].digest = left.trail.head.digest.clone();
    let flaws = left.verdict(&[]).flaws;
    assert_eq!(flaws.first(), Some(&Flaw::Spliced { line: 3 }));
    Ok(())
}
