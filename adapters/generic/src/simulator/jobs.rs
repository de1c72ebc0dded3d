//! Section 5: jobs, kept for a day after they have ended.

use rackrate_core::clock::Mono;
use serde_json::{Value, json};

use super::PmsV2;
use super::http_text::Answer;
use super::state::At;

impl PmsV2 {
    pub(super) fn job(&mut self, id: &str) -> Answer {
        let Some(job) = self.state.jobs.get_mut(id) else {
            return Answer::error(404, "no_such_job");
        };
        job.polled = true;
        let mut body = json!({"job_id": id, "status": "pending"});
        if let Some(receipt) = &job.receipt {
            // The receipt is of this server's own making, so it is JSON.
            let receipt: Value = serde_json::from_str(receipt).unwrap_or_default();
            for name in ["status", "applied", "refused"] {
                body[name] = receipt[name].clone();
            }
        }
        Answer::json(200, &body)
    }

    /// Applies the jobs that are due, in the order in which they end.
    pub(super) fn finish_jobs(&mut self, at: At) {
        loop {
            let due = self
                .state
                .jobs
                .iter()
                .filter(|(_, job)| job.receipt.is_none() && job.done_at <= at)
                .min_by_key(|(id, job)| (job.done_at, (*id).clone()))
                .map(|(id, job)| (id.clone(), job.clone()));
            let Some((id, job)) = due else {
                return;
            };
            let now: Mono = job.done_at.mono(self.epoch);
            let receipt = self.apply(&job.wishes, &job.key, now, job.done_at);
            if let Some(job) = self.state.jobs.get_mut(&id) {
                job.receipt = Some(receipt.to_string());
                job.wishes.clear();
            }
        }
    }
}
