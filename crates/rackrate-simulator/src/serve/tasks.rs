//! The tasks of a host: connections, and requests whose client may be gone already.
//!
//! Invariant: none of them outlives the host.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

#[derive(Clone, Debug, Default)]
pub(super) struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut set = self.set();
        // Ended tasks are let go of here, so that a long run does not collect them.
        while set.try_join_next().is_some() {}
        set.spawn(task);
    }

    /// Ends all tasks, and those that they start meanwhile.
    pub(super) async fn stop(&self) {
        loop {
            let mut set = std::mem::take(&mut *self.set());
            if set.is_empty() {
                return;
            }
            set.shutdown().await;
        }
    }

    fn set(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the tasks when their host is dropped before it was stopped.
#[derive(Debug)]
pub(super) struct Leash(pub(super) Tasks);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.set().abort_all();
    }
}
