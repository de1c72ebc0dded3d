//! Hands an answer to the parser of its operation.

use rackrate_core::adapter::{Adapter, Carry, Discovery, ReadAsk, Sink, Step, Submission};
use rackrate_core::chunk::Receipt;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::Ids;
use rackrate_core::jobs::JobState;
use rackrate_core::night::Night;
use rackrate_core::notes::Notes;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;

use crate::shapes::first_of;
use crate::vendor::Vendor;

/// What a read told.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) prices: Vec<(Ids, u8, Night, Seen)>,
    pub(crate) rules: Vec<(Ids, Night, Rules)>,
    pub(crate) notes: Notes,
}

impl Noted {
    /// The last word on a price.
    pub(crate) fn price(&self, ids: &Ids, adults: u8, night: Night) -> Option<Seen> {
        let mut words = self.prices.iter().rev();
        let word = words.find(|one| (&one.0, one.1, one.2) == (ids, adults, night));
        word.map(|one| one.3)
    }

    /// The last word on the restrictions of a night.
    pub(crate) fn rules(&self, ids: &Ids, night: Night) -> Rules {
        let mut words = self.rules.iter().rev();
        let word = words.find(|one| (&one.0, one.1) == (ids, night));
        word.map(|one| one.2).unwrap_or_default()
    }
}

impl Sink for Noted {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        self.prices.push((ids.clone(), adults, night, seen));
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.rules.push((ids.clone(), night, rules));
    }

    fn note(&mut self, ids: &Ids, night: Night, text: &str) {
        self.notes.set(ids, night, text);
    }
}

pub(crate) fn window(vendor: &Vendor) -> ReadAsk {
    ReadAsk {
        target: vendor.target.clone(),
        first: vendor.window.0,
        last: vendor.window.1,
    }
}

pub(crate) fn page(
    vendor: &Vendor,
    adapter: &dyn Adapter,
    response: &Response,
) -> (Noted, Result<Step<()>>) {
    let mut noted = Noted::default();
    let step = adapter.parse_read(&window(vendor), &Carry::default(), response, &mut noted);
    (noted, step)
}

/// Whether the answer is taken for all that was asked for.
pub(crate) fn is_success(
    vendor: &Vendor,
    adapter: &dyn Adapter,
    operation: Operation,
    response: &Response,
) -> Result<bool> {
    let clean = |receipt: &Receipt| receipt.refused.is_empty() && receipt.unattributed.is_empty();
    Ok(match operation {
        Operation::Token => adapter.auth().parse_grant(response).map(|_| true)?,
        Operation::Discover => {
            let out = &mut Discovery::default();
            adapter.parse_discover(&vendor.discover, &Carry::default(), response, out)?;
            true
        }
        Operation::Read => page(vendor, adapter, response).1.map(|_| true)?,
        Operation::Push | Operation::Restrict => match first_of(vendor, operation) {
            None => false,
            Some(chunk) => match adapter.parse_push(chunk, response)? {
                Submission::Answered(receipt) => clean(&receipt),
                Submission::Queued(_) => true,
            },
        },
        Operation::Poll => matches!(
            poll(vendor, adapter, response)?,
            Some(JobState::Finished(receipt)) if clean(&receipt)
        ),
        Operation::LookUp => false,
    })
}

/// The state that a poll's answer tells; `None` without jobs, or when there is more to ask.
pub(crate) fn poll(
    vendor: &Vendor,
    adapter: &dyn Adapter,
    response: &Response,
) -> Result<Option<JobState>> {
    let (Some(jobs), Some(job), Some(chunk)) = (adapter.jobs(), &vendor.job, vendor.chunks.first())
    else {
        return Ok(None);
    };
    match jobs.parse_poll(chunk, job, &Carry::default(), response)? {
        Step::Done(state) => Ok(Some(state)),
        Step::Next { .. } => Ok(None),
    }
}
