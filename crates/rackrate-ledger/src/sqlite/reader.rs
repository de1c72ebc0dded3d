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
        self.ask_and_go_on(question, |_| ()).await
    }

    /// Asks, and lets the thread go on in the same state once it has answered. It answers
    /// nothing else until `rest` returns.
    pub(super) async fn ask_and_go_on<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        rest: impl FnOnce(&Connection) + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let questions = self.questions.as_ref().ok_or(LedgerError::Closed)?;
        let question: Question = Box::new(move |db| match db.transaction() {
            Ok(state) => {
                let found = question(&state);
                let goes_on = found.is_ok();
                // Nobody waits any more: then neither answer nor rest is needed.
                if answer.send(found).is_ok() && goes_on {
                    rest(&state);
                }
            }
            Err(error) => drop(answer.send(Err(error.into()))),
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
