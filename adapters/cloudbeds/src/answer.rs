//! What every request carries, and which answers are a success.
//!
//! What the others mean is told by [`crate::refusal`]. Invariant: an answer that is not understood is never a success, and a write with such
//! an answer may have been done.

use http::HeaderName;
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Vendor, VendorId};
use rackrate_core::json;
use url::Url;

use crate::config::Auth;
use crate::wire::Envelope;

const PROPERTY: HeaderName = HeaderName::from_static("x-property-id");

/// Where the API is and who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) vendor: Vendor,
    /// What its calls carry: a refusal of it means something else for each.
    pub(crate) auth: Auth,
    bases: Vec<Url>,
}

impl Api {
    pub(crate) fn new(vendor: Vendor, auth: Auth, bases: Vec<Url>) -> Self {
        Self {
            vendor,
            auth,
            bases,
        }
    }

    /// A read; the property is named twice, because a group's key may else mean another.
    pub(crate) fn get(
        &self,
        operation: Operation,
        path: &str,
        property: Option<&VendorId>,
    ) -> Request {
        let request = Request::get(operation, self.base(), path);
        match property {
            None => request,
            Some(property) => with_property(request, property).with_query("propertyID", property),
        }
    }

    /// A write to a property, which is named in the form and in the header.
    pub(crate) fn post(
        &self,
        operation: Operation,
        path: &str,
        property: &VendorId,
        body: rackrate_core::exchange::Body,
    ) -> Request {
        with_property(Request::post(operation, self.base(), path, body), property)
    }

    /// A page that the vendor points to; only on the API's addresses, and for the property.
    /// A bearer token goes to one address only, so there the twin's page is asked of our own.
    pub(crate) fn follow(
        &self,
        operation: Operation,
        link: &str,
        property: &VendorId,
    ) -> Result<Request> {
        let mut request = Request::follow(operation, &self.vendor, &self.bases, link)?;
        if self.auth.is_by_consent() {
            request.base = self.base().clone();
        }
        let named = request.query.iter().find(|(name, _)| name == "propertyID");
        match named {
            Some((_, other)) if other != property.as_str() => {
                return Err(self.malformed(operation, "the next page is another property's"));
            }
            Some(_) => {}
            None => request = request.with_query("propertyID", property),
        }
        Ok(with_property(request, property))
    }

    fn base(&self) -> &Url {
        &self.bases[0]
    }

    /// The envelope of an answer that is a success; everything else is an error.
    pub(crate) fn accepted<'r>(
        &self,
        operation: Operation,
        response: &'r Response,
    ) -> Result<Envelope<'r>> {
        if !response.is_success() {
            return Err(self.refused(operation, response));
        }
        self.is_json(operation, response)?;
        let envelope: Envelope<'r> = json::body(&response.body)
            .ok_or_else(|| self.malformed(operation, "the answer has no envelope"))?;
        match envelope.success.map(|raw| raw.get()) {
            Some("true") => Ok(envelope),
            Some("false") => Err(self.business(operation, envelope.message, response)),
            _ => Err(self.malformed(operation, "the answer does not say whether it succeeded")),
        }
    }

    /// Refuses a page where JSON should be.
    pub(crate) fn is_json(&self, operation: Operation, response: &Response) -> Result<()> {
        if serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_ok() {
            return Ok(());
        }
        let text = "the answer is no JSON: an outage, or something in between";
        Err(self.error(ErrorKind::Unavailable, operation, text))
    }

    /// Something in an answer that should not be so. A write with such an answer may have
    /// been done.
    pub(crate) fn malformed(&self, operation: Operation, text: &str) -> Error {
        Error::malformed(&self.vendor, operation, text)
    }

    /// A fault of this program.
    pub(crate) fn bug(&self, operation: Operation, text: &str) -> Error {
        Error::bug(&self.vendor, operation, text)
    }

    pub(crate) fn error(&self, kind: ErrorKind, operation: Operation, text: &str) -> Error {
        Error::new(kind, &self.vendor, operation, text).with_delivery(Delivery::Unknown)
    }
}

fn with_property(request: Request, property: &VendorId) -> Request {
    request.with_header(PROPERTY, property.as_str())
}
