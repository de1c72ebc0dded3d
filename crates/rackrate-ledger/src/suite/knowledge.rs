//! Outcomes, sightings and wishes: how new ones meet old ones.

use rackrate_core::rules::{Rules, Set};

use super::sample::{self, Checked};
use crate::error::LedgerError;
use crate::op::{ChunkId, DesiredSeries, Ending, LedgerOp, Origin, RunId, SeenSegment};
use crate::store::Ledger;

async fn begin(ledger: &dyn Ledger) -> Checked<ChunkId> {
    let id = sample::chunk("lisbon", 1)?;
    let ops = vec![
        LedgerOp::RunStarted(sample::run(1)),
        sample::planned(&id, 1)?,
    ];
    ledger.commit(ops).await?;
    Ok(id)
}

async fn sight(ledger: &dyn Ledger, segments: &[SeenSegment]) -> Checked<Vec<SeenSegment>> {
    for segment in segments {
        ledger.commit(vec![LedgerOp::Seen(segment.clone())]).await?;
    }
    let (connection, property) = (sample::connection()?, sample::vendor_property()?);
    Ok(ledger.seen(&connection, &property).await?)
}

/// A night has one outcome: the last. The nights beside keep theirs.
pub async fn a_later_outcome_replaces_the_same_nights(ledger: &dyn Ledger) -> Checked {
    let id = begin(ledger).await?;
    let told = [
        sample::outcome(&id, 2, (0, 9), Ending::NotSettled)?,
        sample::outcome(&id, 1, (0, 9), Ending::Refused)?,
        sample::outcome(&id, 2, (3, 5), Ending::Confirmed)?,
        sample::outcome(&id, 2, (5, 6), Ending::Drift)?,
    ];
    for outcome in told {
        ledger.commit(vec![LedgerOp::Outcome(outcome)]).await?;
    }
    let wanted = [
        sample::outcome(&id, 1, (0, 9), Ending::Refused)?,
        sample::outcome(&id, 2, (0, 2), Ending::NotSettled)?,
        sample::outcome(&id, 2, (3, 4), Ending::Confirmed)?,
        sample::outcome(&id, 2, (5, 6), Ending::Drift)?,
        sample::outcome(&id, 2, (7, 9), Ending::NotSettled)?,
    ];
    assert_eq!(ledger.outcomes(RunId(1)).await?, wanted);
    assert!(ledger.outcomes(RunId(2)).await?.is_empty());
    Ok(())
}

/// Nothing ends that was not meant, and nothing ends before it begins.
pub async fn outcomes_need_their_request_and_their_nights(ledger: &dyn Ledger) -> Checked {
    let chunk = begin(ledger).await?;
    let backwards = sample::outcome(&chunk, 2, (3, 2), Ending::Confirmed)?;
    let refused = ledger.commit(vec![LedgerOp::Outcome(backwards)]).await;
    assert_eq!(refused, Err(LedgerError::Backwards { chunk }));
    let chunk = sample::chunk("porto", 1)?;
    let stray = sample::outcome(&chunk, 2, (0, 1), Ending::Confirmed)?;
    let refused = ledger.commit(vec![LedgerOp::Outcome(stray)]).await;
    assert_eq!(refused, Err(LedgerError::UnknownChunk { chunk }));
    Ok(())
}

/// What lies wholly under a newer sighting is gone; other series are not touched.
pub async fn a_covered_sighting_is_forgotten(ledger: &dyn Ledger) -> Checked {
    let mut other = sample::seen(sample::prices((1, 2), 70), Origin::Read, 1)?;
    other.ids = sample::plan_only()?;
    let within = sample::seen(sample::prices((1, 2), 100), Origin::Pushed, 2)?;
    let beyond = sample::seen(sample::prices((4, 9), 110), Origin::Read, 3)?;
    let newest = sample::seen(sample::prices((0, 5), 120), Origin::Read, 4)?;
    let told = [other.clone(), within, beyond.clone(), newest.clone()];
    assert_eq!(sight(ledger, &told).await?, [other, beyond, newest]);
    Ok(())
}

/// A push must be later than a read to replace it; a read of the same time replaces a push.
pub async fn a_push_does_not_hide_an_equally_old_read(ledger: &dyn Ledger) -> Checked {
    let read = sample::seen(sample::prices((0, 1), 100), Origin::Read, 5)?;
    let push = sample::seen(sample::prices((0, 1), 110), Origin::Pushed, 5)?;
    let late = sample::seen(sample::prices((0, 1), 120), Origin::Pushed, 6)?;
    let both = [read.clone(), push.clone()];
    assert_eq!(sight(ledger, &both).await?, both);
    assert_eq!(sight(ledger, std::slice::from_ref(&late)).await?, [late]);
    Ok(())
}

/// A newer sighting without a night, or without restrictions, leaves the older one there.
pub async fn a_sighting_that_knows_less_hides_nothing(ledger: &dyn Ledger) -> Checked {
    let mut series = sample::prices((0, 2), 100);
    let rules = Rules {
        min_stay_arrival: Set::To(3),
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    series.set_rules(sample::night(1), rules);
    let old = sample::seen(series.clone(), Origin::Read, 1)?;
    let bare = sample::seen(sample::prices((0, 2), 110), Origin::Pushed, 2)?;
    series.set_price(sample::night(0), None);
    let holed = sample::seen(series, Origin::Read, 3)?;
    let told = [old, bare, holed];
    assert_eq!(sight(ledger, &told).await?, told);
    Ok(())
}

/// By time, and among equal times in the order in which they were written.
pub async fn sightings_come_oldest_first(ledger: &dyn Ledger) -> Checked {
    let late = sample::seen(sample::prices((0, 0), 1), Origin::Read, 9)?;
    let early = sample::seen(sample::prices((1, 1), 2), Origin::Read, 4)?;
    let equal = sample::seen(sample::prices((2, 2), 3), Origin::Read, 4)?;
    let found = sight(ledger, &[late.clone(), early.clone(), equal.clone()]).await?;
    assert_eq!(found, [early, equal, late]);
    Ok(())
}

/// What a newer wish leaves alone stays wished.
pub async fn wishes_are_laid_over_older_ones(ledger: &dyn Ledger) -> Checked {
    let wish = |property, nights, price| {
        sample::desired(property, sample::prices(nights, price)).map(LedgerOp::Desired)
    };
    let ops = vec![wish("porto", (0, 1), 90)?, wish("lisbon", (0, 3), 100)?];
    ledger.commit(ops).await?;
    ledger.commit(vec![wish("lisbon", (2, 5), 120)?]).await?;
    let mut both = sample::prices((0, 3), 100);
    both.overlay(&sample::prices((2, 5), 120));
    let lisbon: DesiredSeries = sample::desired("lisbon", both)?;
    let porto = sample::desired("porto", sample::prices((0, 1), 90))?;
    assert_eq!(
        ledger.desired(&sample::connection()?).await?,
        [lisbon, porto]
    );
    Ok(())
}
