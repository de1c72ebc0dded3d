//! Nights as instants: the start of a day at the property, in UTC.
//!
//! Mews counts stays of a "Day" service in time units that begin at local midnight. Where
//! clocks skip midnight the day begins later, where they repeat it at the first of both.
//! Source: github.com/MewsSystems/open-api-docs, connector-api/guidelines/serialization,
//! operations/rates.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rackrate_core::chunk::Target;
use rackrate_core::error::{ErrorKind, Result};
use rackrate_core::exchange::Operation;
use rackrate_core::night::Night;

use crate::answer::Api;

/// The days of one property.
#[derive(Clone, Debug)]
pub(crate) struct Days(TimeZone);

impl Days {
    /// The days of that target.
    ///
    /// # Errors
    /// [`ErrorKind::Misconfigured`] where its time zone is not known: any other midnight
    /// would be another night.
    pub(crate) fn of(api: &Api, operation: Operation, target: &Target) -> Result<Self> {
        let name = target.facts.time_zone.as_deref();
        let zone = name.and_then(|name| TimeZone::get(name).ok());
        zone.map(Self).ok_or_else(|| {
            let text = "the property has no time zone that is known";
            api.error(ErrorKind::Misconfigured, operation, text)
        })
    }

    /// When the night's day begins.
    ///
    /// # Errors
    /// [`ErrorKind::Bug`] for a night beyond the time zone's calendar.
    pub(crate) fn start(&self, api: &Api, operation: Operation, night: Night) -> Result<Timestamp> {
        let start = night.date().to_zoned(self.0.clone());
        start.map(|start| start.timestamp()).map_err(|error| {
            api.bug(operation, "a night that the time zone does not know")
                .with_source(error)
        })
    }

    /// The night whose day an instant lies in.
    pub(crate) fn night(&self, instant: Timestamp) -> Option<Night> {
        Night::from_date(instant.to_zoned(self.0.clone()).date()).ok()
    }
}
