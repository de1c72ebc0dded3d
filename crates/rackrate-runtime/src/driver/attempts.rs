//! Attempts on their way: from a verb to bytes, and from what came back to an answer.

use std::sync::Arc;

use rackrate_auth::assertion;
use rackrate_auth::lifecycle::Ticket;
use rackrate_core::clock::Wall;
use rackrate_core::exchange::Response;
use rackrate_core::ids::PropertyCode;
use tokio::task::{JoinError, JoinSet};

use crate::desk::{Attempt, Desk};
use crate::engine::types::{Failure, SendId, Verb};
use crate::transport::{About, Call, Fault, Transport};

/// An attempt that came to its end.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) send: SendId,
    pub(super) attempt: Attempt,
    pub(super) ticket: Option<Ticket>,
    pub(super) result: Result<Response, Fault>,
}

/// The attempts under way. Dropping this gives them up.
#[derive(Debug)]
pub(super) struct Attempts {
    transport: Transport,
    /// Begins correlation ids, so that those of two processes differ.
    prefix: u64,
    under_way: JoinSet<Landed>,
}

impl Attempts {
    pub(super) fn new(transport: Transport, prefix: u64) -> Self {
        Self {
            transport,
            prefix,
            under_way: JoinSet::new(),
        }
    }

    /// Lets an attempt leave, signed where its client signs.
    pub(super) fn launch(
        &mut self,
        send: SendId,
        mut attempt: Attempt,
        ticket: Option<Ticket>,
        now: Wall,
        desk: &Desk,
    ) -> Result<(), Failure> {
        let about = self.about(send, &attempt, desk);
        let request = &mut attempt.request;
        let request = assertion::sign(request, &about.vendor, now)
            .and_then(|()| request.expose(&about.vendor))
            .map_err(|error| Failure::unanswered(&error))?;
        let call = Call {
            about: Arc::new(about),
            request,
        };
        let transport = self.transport.clone();
        self.under_way.spawn(async move {
            let result = transport.send(call).await;
            Landed {
                send,
                attempt,
                ticket,
                result,
            }
        });
        Ok(())
    }

    /// The next one to end; never, while none is under way.
    pub(super) async fn next(&mut self) -> Result<Landed, JoinError> {
        match self.under_way.join_next().await {
            Some(landed) => landed,
            None => std::future::pending().await,
        }
    }

    fn about(&self, send: SendId, attempt: &Attempt, desk: &Desk) -> About {
        let connection = desk.connection(attempt.connection);
        let manifest = connection.adapter.manifest();
        About {
            id: format!("{:08x}-{}", self.prefix as u32, send.0),
            vendor: manifest.vendor.clone(),
            connection: connection.id.clone(),
            property: property(&attempt.verb, desk),
            operation: attempt.request.operation,
            touch: attempt.request.touch,
            url: attempt.request.url(),
            trace_header: manifest.trace_header,
        }
    }
}

fn property(verb: &Verb, desk: &Desk) -> Option<PropertyCode> {
    let lane = verb.lane()?;
    Some(desk.lane(lane).target.property.clone())
}
