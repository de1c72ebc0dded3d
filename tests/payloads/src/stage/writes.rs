//! A write to its end, and the question what became of it.

use std::sync::Arc;

use anyhow::{Result, ensure};
use rackrate_core::adapter::Submission;
use rackrate_core::chunk::Chunk;
use rackrate_core::clock::Wall;
use rackrate_core::idempotency::{Found, Lost};
use rackrate_core::ids::JobRef;
use rackrate_core::key::Key;
use rackrate_simulator::courier::Courier;

/// Writes a chunk, looks it up where that can be done, and follows its job to the end.
pub(super) fn write(courier: &mut Courier, chunk: &Chunk) -> Result<()> {
    let writes = courier.sent().iter().filter(|one| one.operation.writes());
    let number = writes.count() as u64 + 1;
    let key = Key::of(&[&number.to_be_bytes()]);
    let receipt = match courier.submit(chunk, &key)? {
        Submission::Answered(receipt) => receipt,
        Submission::Queued(job) => {
            look_up(courier, chunk, &job)?;
            courier.follow(chunk, &job)?
        }
    };
    let clean = receipt.refused.is_empty() && receipt.unattributed.is_empty();
    ensure!(clean, "refused: {receipt:?}");
    Ok(())
}

/// Asks for the write as if its answer had been lost.
fn look_up(courier: &mut Courier, chunk: &Chunk, job: &JobRef) -> Result<()> {
    let adapter = Arc::clone(courier.adapter());
    let lost = Lost {
        chunk,
        departed: Wall(0),
        known_jobs: &[],
    };
    let Some(request) = adapter.idempotency().look_up(&lost) else {
        return Ok(());
    };
    let found = courier.converse(request, |carry, answer| {
        adapter.idempotency().parse_look_up(&lost, carry, answer)
    })?;
    // What a job does not tell may leave a vendor's list unsure; another job never fits.
    let fits = found == Found::Unsure || found == Found::Job(job.clone());
    ensure!(fits, "found {found:?}");
    Ok(())
}
