//! What every request carries and what every refusal means.
//!
//! Invariant: an answer that is not understood is never a success, and a write with such
//! an answer may have been done.

use http::HeaderName;
use rackrate_core::address;
use rackrate_core::error::{self, Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::{Vendor, VendorId};
use serde::Deserialize;
use url::Url;

use crate::wire::{self, Raw};

const HOTEL: HeaderName = HeaderName::from_static("x-hotelid");
/// The only published words about a job that equals an earlier one.
const EQUAL: &str = "previous request exists";
/// Bodies above this size are no refusals and are not searched for one.
const REFUSAL_LIMIT: usize = 16 << 10;

/// Where the gateway is and who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) vendor: Vendor,
    pub(crate) external_system: VendorId,
    bases: Vec<Url>,
}

impl Api {
    pub(crate) fn new(vendor: Vendor, gateway: Url, external_system: VendorId) -> Self {
        Self {
            vendor,
            external_system,
            bases: vec![gateway],
        }
    }

    /// A read for a hotel, which the header names as the path does.
    pub(crate) fn get(&self, operation: Operation, path: &str, hotel: &VendorId) -> Request {
        for_hotel(Request::get(operation, &self.bases[0], path), hotel)
    }

    /// A write for a hotel.
    pub(crate) fn post(
        &self,
        operation: Operation,
        path: &str,
        hotel: &VendorId,
        body: Body,
    ) -> Request {
        let request = Request::post(operation, &self.bases[0], path, body);
        for_hotel(request, hotel)
    }

    /// A link that the vendor gave, absolute or relative; on the gateway only.
    pub(crate) fn follow(&self, link: Option<&str>, hotel: &VendorId) -> Result<Request> {
        let operation = Operation::Poll;
        let link = link.map(str::trim).filter(|link| !link.is_empty());
        let link = link.ok_or_else(|| self.malformed(operation, "the answer has no Location"))?;
        Request::follow(operation, &self.vendor, &self.bases, link)
            .map(|request| for_hotel(request, hotel))
    }

    /// The path of an asynchronous process of that hotel.
    pub(crate) fn process(
        &self,
        operation: Operation,
        module: &str,
        hotel: &VendorId,
        end: &str,
    ) -> Result<String> {
        let system = self.segment(operation, &self.external_system)?;
        let hotel = self.segment(operation, hotel)?;
        Ok(format!(
            "/{module}/async/v1/externalSystems/{system}/hotels/{hotel}/{end}"
        ))
    }

    /// An identifier as one segment of a path, whatever is in it.
    pub(crate) fn segment(&self, operation: Operation, id: &VendorId) -> Result<String> {
        address::segment(&self.vendor, operation, id)
    }

    /// Something in an answer that should not be so.
    pub(crate) fn malformed(&self, operation: Operation, text: &str) -> Error {
        Error::malformed(&self.vendor, operation, text)
    }

    /// A fault of this program.
    pub(crate) fn bug(&self, operation: Operation, text: &str) -> Error {
        Error::bug(&self.vendor, operation, text)
    }

    /// What an answer means that is not the one asked for.
    pub(crate) fn refused(&self, operation: Operation, response: &Response) -> Error {
        let status = response.status.as_u16();
        let said = Said::of(response);
        let (kind, delivery) = match status {
            _ if is_equal_job(operation, response) => (ErrorKind::Throttled, Delivery::Unknown),
            // A wrong application key looks the same as a token too old.
            401 => (
                ErrorKind::Unauthenticated { certain: false },
                Delivery::Refused,
            ),
            404 => (ErrorKind::Misconfigured, Delivery::Refused),
            405 | 406 | 415 => (ErrorKind::Bug, Delivery::Refused),
            // What is cut off may have been the words about an equal job.
            400 if operation.writes() && said.is_none() && is_object(response) => {
                (ErrorKind::Malformed, Delivery::Unknown)
            }
            _ => error::by_status(response.status),
        };
        let words = said.as_ref().and_then(Said::words);
        let text = words.unwrap_or_else(|| silence(status));
        Error::new(kind, &self.vendor, operation, text)
            .with_delivery(delivery)
            .with_retry_after(response.retry_after())
            .with_code_if(said.and_then(|said| wire::text(said.code)))
    }
}

fn for_hotel(request: Request, hotel: &VendorId) -> Request {
    request.with_header(HOTEL, hotel.as_str())
}

/// Whether a write is refused because an equal one was there not long ago. That one may be
/// this very write, whose answer was lost; so what it carries may have been done.
fn is_equal_job(operation: Operation, response: &Response) -> bool {
    operation.writes()
        && response.status.is_client_error()
        && response.body.len() <= REFUSAL_LIMIT
        && String::from_utf8_lossy(&response.body)
            .to_ascii_lowercase()
            .contains(EQUAL)
}

/// Whether a body begins as an object of JSON; it may break off.
fn is_object(response: &Response) -> bool {
    response.body.trim_ascii_start().starts_with(b"{")
}

/// Many refusals come without a body; this says what such a one usually means.
fn silence(status: u16) -> String {
    let meaning = match status {
        401 => "the token is too old or the application key is wrong",
        403 => "the application is not subscribed, or the hotel or this address is not allowed",
        404 => "the hotel, rate plan or external system is not known there",
        _ => return format!("status {status}"),
    };
    format!("status {status}: {meaning}")
}

/// A refusal's body.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow, default)]
    title: Raw<'a>,
    #[serde(borrow, default)]
    detail: Raw<'a>,
    #[serde(borrow, default, rename = "o:errorCode")]
    code: Raw<'a>,
}

impl<'a> Said<'a> {
    fn of(response: &'a Response) -> Option<Self> {
        let body = Some(&response.body).filter(|body| body.len() <= REFUSAL_LIMIT)?;
        wire::body(body)
    }

    fn words(&self) -> Option<String> {
        [self.detail, self.title].into_iter().find_map(wire::text)
    }
}
