//! The clocks of vendors, as the `Date` headers of their answers show them.
//!
//! Nothing is decided by them here: a person is told when one is far from ours, because signed
//! statements and the dates of the audit trail are then wrong.

use jiff::fmt::rfc2822::DateTimeParser;
use rackrate_core::clock::Wall;
use rackrate_core::exchange::Response;

use crate::engine::types::{ConnIx, Report};

/// Connections whose vendor's clock was told already; each is told once.
#[derive(Debug, Default)]
pub(super) struct Clocks(Vec<ConnIx>);

impl Clocks {
    /// The word on a vendor's clock that an answer brings, the first time it brings one.
    pub(super) fn heard(
        &mut self,
        connection: ConnIx,
        response: &Response,
        ours: Wall,
    ) -> Option<Report> {
        if self.0.contains(&connection) {
            return None;
        }
        let vendor = date(response)?;
        self.0.push(connection);
        Some(Report::Clock {
            connection,
            vendor,
            ours,
        })
    }
}

/// The time of an answer (RFC 9110, section 6.6.1), where it has one.
fn date(response: &Response) -> Option<Wall> {
    let text = response.header("date")?;
    let date = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Wall(date.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::DATE;

    use super::*;

    fn answer(date: &'static str) -> Response {
        let mut response = Response::new(200, "");
        response
            .headers
            .insert(DATE, HeaderValue::from_static(date));
        response
    }

    #[test]
    fn a_vendors_clock_is_told_once_and_only_as_a_date() {
        let mut clocks = Clocks::default();
        let mut heard = |response: Response| clocks.heard(ConnIx(0), &response, Wall(0));
        assert!(heard(Response::new(200, "")).is_none());
        assert!(heard(answer("yesterday")).is_none());
        let told = heard(answer("Sun, 06 Nov 1994 08:49:37 GMT"));
        let Some(Report::Clock { vendor, .. }) = told else {
            panic!("{told:?}");
        };
        assert_eq!(vendor.to_string(), "1994-11-06T08:49:37Z");
        assert!(heard(answer("Sun, 06 Nov 1994 08:49:38 GMT")).is_none());
    }
}
