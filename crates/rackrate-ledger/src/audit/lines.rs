//! The lines of a trail as they come from the ledger, few at a time.
//!
//! Invariant: they are all of the state in which the reading began, and an end that was not
//! told is an error, never the end of the trail.

use std::marker::PhantomData;
use std::vec::IntoIter;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::Line;
use crate::error::LedgerError;
use crate::store::Result;

/// Batches that wait to be read.
const AHEAD: usize = 2;

/// Lines in the order of their numbers.
///
/// They borrow the ledger, which waits for its readers when it is dropped.
#[derive(Debug)]
pub struct Lines<'l> {
    batch: IntoIter<Line>,
    more: Option<Receiver<Result<Batch>>>,
    ledger: PhantomData<&'l ()>,
}

/// Some lines; none: there are no more.
pub(crate) type Batch = Vec<Line>;

impl Lines<'_> {
    /// Lines that are all there.
    pub(crate) fn of(lines: Vec<Line>) -> Self {
        Self {
            batch: lines.into_iter(),
            more: None,
            ledger: PhantomData,
        }
    }

    /// Lines that somebody sends, with an empty batch behind the last.
    pub(crate) fn sent() -> (Sender<Result<Batch>>, Self) {
        let (sender, more) = channel(AHEAD);
        let lines = Self {
            more: Some(more),
            ..Self::of(Vec::new())
        };
        (sender, lines)
    }

    /// The next line; `None` after the last.
    ///
    /// # Errors
    /// When the store cannot be read on.
    pub async fn next(&mut self) -> Result<Option<Line>> {
        if let Some(line) = self.batch.next() {
            return Ok(Some(line));
        }
        let Some(more) = &mut self.more else {
            return Ok(None);
        };
        let batch = more.recv().await.unwrap_or(Err(LedgerError::Closed))?;
        if batch.is_empty() {
            self.more = None;
        }
        self.batch = batch.into_iter();
        Ok(self.batch.next())
    }
}
