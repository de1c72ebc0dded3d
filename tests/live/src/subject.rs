//! What may be written: some nights of one room type and rate plan at one connection.
//!
//! Invariant: a plan that [`Subject::holds`] lets through touches nothing else.

use rackrate_core::chunk::Row;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, RatePlanCode, RoomTypeCode, VendorId};
use rackrate_core::night::Night;
use rackrate_orchestrator::exit::Exit;
use rackrate_orchestrator::problem::{Problem, Result};
use rackrate_plan::plan::{Lane, Plan};
use serde::{Deserialize, Serialize};

/// The nights under test, in our words and in the vendor's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    /// The account.
    pub(crate) connection: ConnectionId,
    /// Our code of the property.
    pub(crate) property: PropertyCode,
    /// Our room type.
    pub(crate) room_type: RoomTypeCode,
    /// Our rate plan.
    pub(crate) rate_plan: RatePlanCode,
    /// The vendor's identifier of the property.
    pub(crate) vendor_property: VendorId,
    /// The vendor's identifiers of room type and rate plan.
    pub(crate) ids: Ids,
    /// The first night.
    pub(crate) first: Night,
    /// The last night, meant too.
    pub(crate) last: Night,
}

impl Subject {
    /// Refuses a plan that would write anything else.
    ///
    /// # Errors
    /// `live.outside`; nothing of the plan has been sent then.
    pub(crate) fn holds(&self, plan: &Plan) -> Result<()> {
        let stray = plan.lanes.iter().find_map(|lane| self.stray(lane));
        stray.map_or(Ok(()), |row| {
            let message = format!(
                "the plan would write {} on {} to {}, which is not what was named",
                row.ids, row.first, row.last
            );
            let finding = Finding::error("live.outside", self.place(), message);
            Err(Problem {
                exit: Exit::Guarded,
                findings: vec![finding.hint("Nothing of it was sent. Please report it.")],
            })
        })
    }

    fn stray<'p>(&self, lane: &'p Lane) -> Option<&'p Row> {
        let named = lane.connection == self.connection
            && lane.property == self.property
            && lane.target.vendor_property == self.vendor_property;
        let meant = |row: &Row| {
            named && row.ids == self.ids && self.first <= row.first && row.last <= self.last
        };
        lane.rows.iter().find(|row| !meant(row))
    }

    /// Where it is, for messages.
    pub(crate) fn place(&self) -> Place {
        Place::property(&self.property, "").on(&self.connection)
    }

    /// Its nights.
    pub(crate) fn nights(&self) -> impl Iterator<Item = Night> + use<> {
        self.first.through(self.last)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn subject() -> Subject {
        let id = |text| Some(VendorId::new(text).unwrap());
        Subject {
            connection: ConnectionId::new("acme").unwrap(),
            property: PropertyCode::new("lisbon").unwrap(),
            room_type: RoomTypeCode::new("STD").unwrap(),
            rate_plan: RatePlanCode::new("BAR").unwrap(),
            vendor_property: VendorId::new("77").unwrap(),
            ids: Ids {
                room: id("1"),
                plan: id("2"),
            },
            first: Night::from_days(20_900),
            last: Night::from_days(20_902),
        }
    }

    fn plan(change: impl FnOnce(&mut serde_json::Value)) -> Plan {
        let row = serde_json::json!({"ids": {"room": "1", "plan": "2"}, "first": "2027-03-23", "last": "2027-03-25", "prices": [[2, 100]]});
        let mut lane = serde_json::json!({"connection": "acme", "property": "lisbon", "name": "", "vendor": "acme",
            "target": {"connection": "acme", "property": "lisbon", "vendor_property": "77", "facts": {"name": "", "currency": "EUR"}},
            "names": [], "rows": [row], "before": [], "desired": []});
        change(&mut lane);
        let print = serde_json::json!({"desired": "", "mapping": "", "guards": ""});
        let totals = serde_json::json!({"lanes": 1, "rows": 1, "prices": 1, "restrictions": 0, "refused": 0});
        let plan = serde_json::json!({"format": 1, "created": 0, "expires": 0, "author": "", "reason": "",
            "fingerprints": print, "allows": [], "first_push": false, "past": 0, "lanes": [lane], "refused": [], "totals": totals});
        serde_json::from_value(plan).unwrap()
    }

    #[test]
    fn only_the_named_nights_of_the_named_plan_may_be_written() {
        assert!(subject().holds(&plan(|_| {})).is_ok());
        let strays: [(&str, &str); 7] = [
            ("/rows/0/first", "2027-03-22"),
            ("/rows/0/last", "2027-03-26"),
            ("/rows/0/ids/plan", "3"),
            ("/rows/0/ids/room", "9"),
            ("/connection", "other"),
            ("/property", "other"),
            ("/target/vendor_property", "78"),
        ];
        for (place, value) in strays {
            let plan = plan(|lane| *lane.pointer_mut(place).unwrap() = value.into());
            let problem = subject().holds(&plan).unwrap_err();
            assert_eq!(problem.findings[0].code, "live.outside", "{place}");
        }
    }
}
