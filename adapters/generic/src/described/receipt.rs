//! Which rows a vendor refused.
//!
//! A refusal goes back to the chunk's row when all that was written of that row was
//! refused. When only a part was, it names no row: the row then counts as unknown until it
//! is read, and the text says which price it was.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::chunk::{Chunk, Receipt, Refusal};

use super::description::{Description, Layout, Refused, WhichRow};
use super::failures::words;
use super::json::Json;
use super::route::Route;
use super::rows::WireRow;

impl Description {
    /// The receipt of a finished write.
    ///
    /// # Errors
    /// When the answer does not account for what was sent, or its refusals make no sense.
    pub(crate) fn whole_receipt(
        &self,
        chunk: &Chunk,
        count: Option<&Route>,
        refused: Option<&Refused>,
        body: &Json,
    ) -> Result<Receipt, String> {
        let list = match refused {
            None => &[][..],
            Some(how) => match how.list.find_some(body) {
                Some(Json::List(items)) => &items[..],
                // The count accounts for every row, so nothing can hide in a missing list.
                None if count.is_some() => &[],
                _ => return Err("the answer has no list of refused rows".to_owned()),
            },
        };
        if let Some(count) = count {
            let applied = count
                .find(body)
                .and_then(Json::whole)
                .ok_or("the answer does not count what it applied")?;
            if applied.saturating_add(list.len() as u64) != self.push.count(&chunk.rows) {
                return Err("applied and refused rows do not add up to the rows sent".to_owned());
            }
        }
        match refused {
            Some(how) => self.receipt(chunk, how, list),
            None => Ok(Receipt::default()),
        }
    }

    /// What a failed job tells. A list that makes no sense is no worse than none.
    pub(crate) fn failed_receipt(&self, chunk: &Chunk, body: &Json) -> Receipt {
        let how = self.refused_in_jobs();
        let list = how.and_then(|how| how.list.find_some(body));
        let mut receipt = match (how, list) {
            (Some(how), Some(Json::List(list))) => {
                self.receipt(chunk, how, list).unwrap_or_default()
            }
            _ => Receipt::default(),
        };
        if receipt.refused.is_empty() && receipt.unattributed.is_empty() {
            let code = words(self.errors.code.as_ref(), body);
            let text = words(self.errors.text.as_ref(), body);
            receipt.unattributed.push(Refusal::new(
                code.as_deref().unwrap_or("failed"),
                text.as_deref().unwrap_or("the job failed"),
            ));
        }
        receipt
    }

    /// How refusals of a job's rows look.
    pub(crate) fn refused_in_jobs(&self) -> Option<&Refused> {
        let own = self.job.as_ref().and_then(|job| job.refused.as_ref());
        own.or(self.push.refused.as_ref())
    }

    fn receipt(&self, chunk: &Chunk, how: &Refused, list: &[Json]) -> Result<Receipt, String> {
        let wire = self.push.wire(chunk);
        let mut receipt = Receipt::default();
        let mut by_row = BTreeMap::<u32, Vec<(usize, Refusal)>>::new();
        let mut seen = BTreeSet::new();
        for one in list {
            let refusal = refusal(how, one);
            match self.which(chunk, &wire, how, one)? {
                None => receipt.unattributed.push(refusal),
                Some(at) if seen.insert(at) => {
                    by_row.entry(wire[at].row).or_default().push((at, refusal));
                }
                Some(_) if matches!(how.row, WhichRow::Echo(_)) => {}
                Some(_) => return Err("a row was refused twice".to_owned()),
            }
        }
        for (row, refused) in by_row {
            let parts = wire.iter().filter(|one| one.row == row).count();
            if refused.len() == parts {
                let first = refused.into_iter().next();
                receipt.refused.extend(first.map(|(_, one)| (row, one)));
                continue;
            }
            receipt
                .unattributed
                .extend(refused.into_iter().map(|(at, one)| {
                    let text = format!("{} ({})", one.text, wire[at].words());
                    Refusal::new(&one.code, &text)
                }));
        }
        Ok(receipt)
    }

    /// Which row of the request a refusal is about; `None` where that cannot be said.
    fn which(
        &self,
        chunk: &Chunk,
        wire: &[WireRow<'_>],
        how: &Refused,
        one: &Json,
    ) -> Result<Option<usize>, String> {
        match &how.row {
            WhichRow::Unsaid => Ok(None),
            WhichRow::Number { at, first } => {
                let number = at.find(one).and_then(Json::whole);
                let number = number.ok_or("a refusal does not say its row")?;
                let index = number
                    .checked_sub(*first)
                    .and_then(|at| usize::try_from(at).ok());
                let known = index.filter(|at| *at < wire.len());
                known
                    .map(Some)
                    .ok_or_else(|| "a refused row was not sent".to_owned())
            }
            WhichRow::Echo(names) => {
                let Layout::Json { row, price, .. } = &self.push.layout else {
                    return Ok(None);
                };
                let same = |sent: &Json| {
                    let mut names = names.iter();
                    names.all(|name| sent.member(name) == one.member(name))
                };
                let mut fits = wire.iter().enumerate().filter_map(|(at, sent)| {
                    let sent = self.row(chunk, sent, row, price.as_ref())?;
                    same(&sent).then_some(at)
                });
                // Two rows that look alike to the vendor are told apart by nobody.
                let only = fits.next();
                Ok(only.filter(|_| fits.next().is_none()))
            }
        }
    }
}

fn refusal(how: &Refused, one: &Json) -> Refusal {
    let code = words(how.code.as_ref(), one).unwrap_or_default();
    let text = words(how.text.as_ref(), one).unwrap_or_default();
    Refusal::new(&code, &text)
}
