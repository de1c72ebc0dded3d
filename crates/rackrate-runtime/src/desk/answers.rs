//! What answers mean, read by the adapter that asked.

use std::sync::Arc;

use rackrate_core::adapter::{Adapter, Carry, Step, Submission};
use rackrate_core::chunk::Receipt;
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::idempotency::Lost;
use rackrate_core::jobs::JobState;
use rackrate_core::limit::Feedback;
use rackrate_core::night::Night;

use super::{Attempt, Desk, Open, Partial, bug};
use crate::engine::types::{Answer, CarryId, ConnIx, Failure, LaneIx, Verb};
use crate::observation::Observation;

/// The end of an attempt, as the engine wants it.
#[derive(Debug)]
pub struct Parsed {
    /// What it means.
    pub answer: Answer,
    /// What it reveals about allowances.
    pub feedback: Feedback,
}

impl Desk {
    /// Reads a response.
    pub fn parse(&mut self, attempt: Attempt, response: &Response) -> Parsed {
        let adapter = Arc::clone(&self.connections[attempt.connection.0].adapter);
        let mut feedback = adapter.limits().feedback(&attempt.request, response);
        let answer = self
            .read_answer(adapter.as_ref(), attempt, response)
            .unwrap_or_else(|error| Answer::Failed(Failure::answered(&error)));
        if let Answer::Failed(failure) = &answer {
            feedback.wait = feedback.wait.or(failure.retry_after);
        }
        Parsed { answer, feedback }
    }

    fn read_answer(
        &mut self,
        adapter: &dyn Adapter,
        attempt: Attempt,
        response: &Response,
    ) -> Result<Answer, Error> {
        let Attempt {
            verb,
            carry,
            partial,
            ..
        } = attempt;
        match verb {
            Verb::Refresh(grant) | Verb::Redeem(grant) => {
                Ok(self.keep_token(grant, adapter.auth().parse_grant(response)?))
            }
            Verb::Introspect(_) => match adapter.auth().consent() {
                Some(consent) => consent.parse_introspect(response).map(Answer::Active),
                None => Err(mislaid(adapter, Operation::Token)),
            },
            Verb::Revoke(_) => match adapter.auth().consent() {
                Some(consent) => consent.parse_revoke(response).map(|()| Answer::Revoked),
                None => Err(mislaid(adapter, Operation::Token)),
            },
            Verb::Push { chunk, .. } => Ok(match adapter.parse_push(&chunk, response)? {
                Submission::Answered(receipt) => Answer::Accepted(cleaned(receipt)),
                Submission::Queued(job) => Answer::Queued(job),
            }),
            Verb::Poll { chunk, job, .. } => {
                let jobs = adapter
                    .jobs()
                    .ok_or_else(|| mislaid(adapter, Operation::Poll))?;
                let step = jobs.parse_poll(&chunk, &job, &carry, response)?;
                Ok(self.stepped(step, Partial::None, |state, _| {
                    Answer::Job(match state {
                        JobState::Finished(receipt) => JobState::Finished(cleaned(receipt)),
                        JobState::Failed(receipt) => JobState::Failed(cleaned(receipt)),
                        JobState::Running { .. } | JobState::Gone => state,
                    })
                }))
            }
            Verb::LookUp {
                chunk,
                departed,
                known_jobs,
                ..
            } => {
                let lost = Lost {
                    chunk: &chunk,
                    departed,
                    known_jobs: &known_jobs,
                };
                let step = adapter
                    .idempotency()
                    .parse_look_up(&lost, &carry, response)?;
                Ok(self.stepped(step, Partial::None, |found, _| Answer::Found(found)))
            }
            Verb::Read {
                lane, first, last, ..
            } => self.read_page(adapter, (lane, first, last), &carry, partial, response),
            Verb::Discover { connection, .. } => {
                self.discover_page(adapter, connection, &carry, partial, response)
            }
        }
    }

    fn read_page(
        &mut self,
        adapter: &dyn Adapter,
        ask: (LaneIx, Night, Night),
        carry: &Carry,
        partial: Partial,
        response: &Response,
    ) -> Result<Answer, Error> {
        let (lane, first, last) = ask;
        let mut seen = match partial {
            Partial::Read(seen) => seen,
            _ => Box::new(Observation::new(first, last)),
        };
        let step = adapter.parse_read(
            &self.read_ask(lane, first, last),
            carry,
            response,
            seen.as_mut(),
        )?;
        let expected = self.lanes[lane.0].expected.clone();
        Ok(self.stepped(step, Partial::Read(seen), |(), partial| {
            let Partial::Read(mut seen) = partial else {
                return Answer::Failed(bug("a read lost its pages"));
            };
            seen.complete(expected);
            Answer::Seen(Arc::from(seen))
        }))
    }

    fn discover_page(
        &mut self,
        adapter: &dyn Adapter,
        connection: ConnIx,
        carry: &Carry,
        partial: Partial,
        response: &Response,
    ) -> Result<Answer, Error> {
        let mut found = match partial {
            Partial::Discovery(found) => found,
            _ => Box::default(),
        };
        let ask = self.connections[connection.0].discover_ask();
        let step = adapter.parse_discover(&ask, carry, response, found.as_mut())?;
        Ok(self.stepped(
            step,
            Partial::Discovery(found),
            |(), partial| match partial {
                Partial::Discovery(mut found) => {
                    found.clean();
                    Answer::Discovered(Arc::from(found))
                }
                _ => Answer::Failed(bug("a discovery lost its pages")),
            },
        ))
    }

    fn stepped<T>(
        &mut self,
        step: Step<T>,
        partial: Partial,
        done: impl FnOnce(T, Partial) -> Answer,
    ) -> Answer {
        match step {
            Step::Done(value) => done(value, partial),
            Step::Next { request, carry } => {
                let id = CarryId(self.next_carry);
                self.next_carry += 1;
                self.open.insert(
                    id,
                    Open {
                        request: *request,
                        carry,
                        partial,
                    },
                );
                Answer::Next(id)
            }
        }
    }

    /// The attempt came to its end without an answer.
    pub fn unanswered(&self, kind: ErrorKind, delivery: Delivery, text: &str) -> Parsed {
        let failure = Failure {
            kind,
            delivery,
            answered: false,
            code: String::new(),
            text: text.to_owned(),
            retry_after: None,
        };
        Parsed {
            answer: Answer::Failed(failure),
            feedback: Feedback::default(),
        }
    }
}

/// A vendor's words enter here, whoever wrote the adapter.
fn cleaned(mut receipt: Receipt) -> Receipt {
    receipt.clean();
    receipt
}

fn mislaid(adapter: &dyn Adapter, operation: Operation) -> Error {
    Error::new(
        ErrorKind::Bug,
        &adapter.manifest().vendor,
        operation,
        "the vendor has no such operation",
    )
}
