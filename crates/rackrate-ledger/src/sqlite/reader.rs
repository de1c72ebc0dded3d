//! Threads that read, each on its own connection, so that no question waits for a writer
//! and none blocks an executor.
//!
//! Invariant: one question sees one state of the ledger, however many selects it takes.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::LedgerError;
use crate::store::Result;

type Question = Box<dyn FnOnce(&mut Connection) + Send>;

/// The handle of the reading threads; dropping it ends them.
#[derive(Debug)]
pub(super) struct Readers {
    questions: Option<Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// One thread for each connection.
    pub(super) fn start(connections: Vec<Connection>) -> std::io::Result<Self> {
        let (questions, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let mut readers = Self {
            questions: Some(questions),
            threads: Vec::new(),
        };
        for db in connections {
            let waiting = waiting.clone();
            let thread = Builder::new()
                .name("ledger-reader".to_owned())
                .spawn(move || run(db, &waiting))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let questions = self.questions.as_ref().ok_or(LedgerError::Closed)?;
        let question: Question = Box::new(move |db| {
            // Nobody waits any more: then the answer is not needed.
            drop(answer.send(in_one_state(db, question)));
        });
        questions.send(question).map_err(|_| LedgerError::Closed)?;
        answered.await.unwrap_or(Err(LedgerError::Closed))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.questions = None;
        for thread in self.threads.drain(..) {
            // A panic of a reader was already told to whoever waited for it.
            drop(thread.join());
        }
    }
}

fn in_one_state<T>(
    db: &mut Connection,
    question: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let state = db.transaction()?;
    question(&state)
}

fn run(mut db: Connection, waiting: &Mutex<Receiver<Question>>) {
    while let Some(question) = next(waiting) {
        question(&mut db);
    }
}

/// The lock is held while waiting, never while answering.
fn next(waiting: &Mutex<Receiver<Question>>) -> Option<Question> {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.recv().ok()
}
