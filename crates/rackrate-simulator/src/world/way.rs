//! The way between program and vendors: departures, faults, arrivals and answers.
//!
//! Invariant: a request arrives once at most, and its attempt ends once at most.

use std::time::Duration;

use rackrate_auth::assertion;
use rackrate_auth::lifecycle::Ticket;
use rackrate_core::clock::Mono;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_runtime::desk::Parsed;
use rackrate_runtime::engine::types::{Answer, ConnIx, Event, SendId, Verb};

use super::happening::{Arrival, Happening};
use super::{Arrived, Stopped, World};
use crate::faults::Fate;

impl World {
    pub(super) fn send(&mut self, send: SendId, verb: Verb, ticket: Option<Ticket>) {
        self.trace
            .note(self.now, "send", &[&send.0.to_le_bytes()], || {
                format!("send {send:?} {verb:?}")
            });
        let operation = operation(&verb);
        let (number, wall) = (self.lives, self.wall());
        let Some(life) = &mut self.life else { return };
        let mut attempt = match life.desk.prepare(verb, ticket) {
            Ok(attempt) => attempt,
            Err(failure) => {
                let event = Event::Answer {
                    send,
                    answer: Answer::Failed(failure),
                    feedback: Default::default(),
                };
                return self.schedule(
                    self.now,
                    Happening::Event {
                        life: number,
                        event,
                    },
                );
            }
        };
        let vendor = attempt.connection.0;
        let property = attempt
            .verb
            .lane()
            .map(|lane| life.desk.lane(lane).target.vendor_property.clone());
        let name = &life
            .desk
            .connection(attempt.connection)
            .adapter
            .manifest()
            .vendor;
        let signed = assertion::sign(&mut attempt.request, name, wall);
        let request = signed.and_then(|()| attempt.request.expose(name));
        if operation.writes() {
            let shown = || attempt.request.shown();
            self.first_writes.entry(vendor).or_insert_with(shown);
        }
        life.attempts.insert(send, attempt);
        let fate = self.fate(operation);
        *self.fates.entry((fate, operation)).or_default() += 1;
        match request {
            Ok(request) => self.put_on_the_way(Arrival {
                vendor,
                wire: self.wires,
                life: number,
                send,
                fate,
                operation,
                property,
                request,
            }),
            Err(_) => self.fails(
                self.now,
                number,
                send,
                ErrorKind::Misconfigured,
                Delivery::NotSent,
                "it cannot be sent",
            ),
        }
        self.wires += 1;
    }

    /// What happens to the next request: as the script says, else as the seed does.
    fn fate(&mut self, operation: Operation) -> Fate {
        let next = self.script.iter_mut().position(|(of, pass, _)| {
            let due = *of == operation && *pass == 0;
            if *of == operation {
                *pass = pass.saturating_sub(1);
            }
            due
        });
        match next {
            Some(at) => self.script.remove(at).2,
            None => self.faults.draw(operation, &mut self.seed),
        }
    }

    fn put_on_the_way(&mut self, arrival: Arrival) {
        let Arrival {
            life, send, fate, ..
        } = arrival;
        let hop = Duration::from_micros(self.seed.between(1_000, 20_000));
        let (soon, deadline) = (self.now.after(hop), self.now.after(self.faults.deadline));
        let horizon = self
            .now
            .after(self.faults.horizon)
            .before(Duration::from_secs(1));
        let late = Mono(self.seed.between(deadline.0, horizon.0.max(deadline.0)));
        match fate {
            Fate::NoConnection => self.fails(
                soon,
                life,
                send,
                ErrorKind::Unavailable,
                Delivery::NotSent,
                "no connection",
            ),
            Fate::RequestLost | Fate::AnswerLost | Fate::Late => {
                self.fails(
                    deadline,
                    life,
                    send,
                    ErrorKind::TimedOut,
                    Delivery::Unknown,
                    "no answer within the deadline",
                );
            }
            Fate::ResetBefore => self.fails(
                soon,
                life,
                send,
                ErrorKind::Unavailable,
                Delivery::Unknown,
                "the connection was reset",
            ),
            Fate::ErrorBefore => self.schedule(
                soon,
                Happening::Answered {
                    life,
                    send,
                    response: Response::new(503, ""),
                },
            ),
            Fate::Throttled => {
                let mut response = Response::new(429, r#"{"error":"rate_limited"}"#);
                response
                    .headers
                    .insert("retry-after", http::HeaderValue::from_static("2"));
                self.schedule(
                    soon,
                    Happening::Answered {
                        life,
                        send,
                        response,
                    },
                );
            }
            _ => {}
        }
        if fate.arrives() {
            let at = if fate == Fate::Late { late } else { soon };
            self.schedule(at, Happening::Arrival(Box::new(arrival)));
        }
    }

    fn fails(
        &mut self,
        at: Mono,
        life: u32,
        send: SendId,
        kind: ErrorKind,
        delivery: Delivery,
        text: &'static str,
    ) {
        self.schedule(
            at,
            Happening::Unanswered {
                life,
                send,
                kind,
                delivery,
                text,
            },
        );
    }

    pub(super) fn arrive(&mut self, arrival: Arrival) {
        let Arrival {
            vendor,
            wire,
            life,
            send,
            fate,
            operation,
            property,
            request,
        } = arrival;
        let uri = request.uri();
        let bytes: [&[u8]; 4] = [
            &wire.to_le_bytes(),
            uri.path().as_bytes(),
            uri.query().unwrap_or_default().as_bytes(),
            request.body(),
        ];
        self.trace.note(self.now, "arrival", &bytes, || {
            format!("arrival {wire} {} {uri}", request.method())
        });
        self.arrivals.push(Arrived {
            at: self.now,
            connection: ConnIx(vendor),
            operation,
            property,
        });
        let simulator = &mut self.vendors[vendor];
        simulator.advance(self.now);
        let at = simulator.arrive(wire, request, self.now);
        self.schedule(
            at,
            Happening::AnswerReady {
                vendor,
                wire,
                life,
                send,
                fate,
            },
        );
    }

    pub(super) fn answer_ready(
        &mut self,
        vendor: usize,
        wire: u64,
        life: u32,
        send: SendId,
        fate: Fate,
    ) {
        let simulator = &mut self.vendors[vendor];
        simulator.advance(self.now);
        let (parts, body) = simulator.answer(wire, self.now).into_parts();
        let mut response = Response {
            status: parts.status,
            headers: parts.headers,
            body,
        };
        let bytes: [&[u8]; 3] = [
            &wire.to_le_bytes(),
            &response.status.as_u16().to_le_bytes(),
            &response.body,
        ];
        self.trace.note(self.now, "answer", &bytes, || {
            format!("answer {wire} {} {:?}", response.status, response.body)
        });
        let hop = Duration::from_micros(self.seed.between(1_000, 20_000));
        let at = self.now.after(hop);
        match fate {
            Fate::AnswerLost | Fate::Late => return,
            Fate::ResetAfter => {
                return self.fails(
                    at,
                    life,
                    send,
                    ErrorKind::Unavailable,
                    Delivery::Unknown,
                    "the connection was reset",
                );
            }
            Fate::ErrorAfter => response = Response::new(502, "<html>bad gateway</html>"),
            Fate::Truncated => response.body.truncate(response.body.len() / 2),
            Fate::Html => {
                response = Response::new(200, "<!doctype html><title>maintenance</title>")
            }
            _ => {}
        }
        self.schedule(
            at,
            Happening::Answered {
                life,
                send,
                response,
            },
        );
    }

    pub(super) fn answered(
        &mut self,
        number: u32,
        send: SendId,
        response: &Response,
    ) -> Result<Option<Stopped>, String> {
        let Some(life) = self.alive(number) else {
            return Ok(None);
        };
        let Some(attempt) = life.attempts.remove(&send) else {
            return Ok(None);
        };
        let Parsed { answer, feedback } = life.desk.parse(attempt, response);
        self.event(Event::Answer {
            send,
            answer,
            feedback,
        })
    }

    pub(super) fn unanswered(
        &mut self,
        number: u32,
        send: SendId,
        kind: ErrorKind,
        delivery: Delivery,
        text: &str,
    ) -> Result<Option<Stopped>, String> {
        let Some(life) = self.alive(number) else {
            return Ok(None);
        };
        if life.attempts.remove(&send).is_none() {
            return Ok(None);
        }
        let Parsed { answer, feedback } = life.desk.unanswered(kind, delivery, text);
        self.event(Event::Answer {
            send,
            answer,
            feedback,
        })
    }
}

pub(super) fn operation(verb: &Verb) -> Operation {
    match verb {
        Verb::Refresh(_) | Verb::Redeem(_) | Verb::Introspect(_) | Verb::Revoke(_) => {
            Operation::Token
        }
        Verb::Push { chunk, .. } => chunk.operation,
        Verb::Poll { .. } => Operation::Poll,
        Verb::LookUp { .. } => Operation::LookUp,
        Verb::Read { .. } => Operation::Read,
        Verb::Discover { .. } => Operation::Discover,
    }
}
