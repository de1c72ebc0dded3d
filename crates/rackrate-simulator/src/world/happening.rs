//! What is going to happen in a world, each at its time.

use bytes::Bytes;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::ids::VendorId;
use rackrate_core::simulator::Control;
use rackrate_runtime::engine::types::{Event, SendId};

use crate::faults::Fate;

/// Something that happens at a time; what concerns a life is nothing once that is over.
#[derive(Debug)]
pub(super) enum Happening {
    Wake {
        life: u32,
    },
    Acknowledged {
        life: u32,
    },
    Arrival(Box<Arrival>),
    AnswerReady {
        vendor: usize,
        wire: u64,
        life: u32,
        send: SendId,
        fate: Fate,
    },
    Answered {
        life: u32,
        send: SendId,
        response: Response,
    },
    Unanswered {
        life: u32,
        send: SendId,
        kind: ErrorKind,
        delivery: Delivery,
        text: &'static str,
    },
    Event {
        life: u32,
        event: Event,
    },
    Control {
        vendor: usize,
        command: Control,
    },
}

/// A request on its way to a vendor.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) vendor: usize,
    pub(super) wire: u64,
    pub(super) life: u32,
    pub(super) send: SendId,
    pub(super) fate: Fate,
    pub(super) operation: Operation,
    pub(super) property: Option<VendorId>,
    pub(super) request: http::Request<Bytes>,
}
