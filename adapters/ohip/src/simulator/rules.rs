//! Restrictions as they are written: codes, scopes and ranges.

use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::rules::Restriction;
use rackrate_core::simulator::Hotel;
use serde::{Deserialize, Serialize};

use super::Gateway;
use super::prices::Good;
use super::processes::{Process, Warning};
use super::state::{Cell, Wide};

const MAX_ROWS: usize = 1_000;

/// A restriction as it came.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleRow {
    restriction_status: Status,
    #[serde(default)]
    rate_plan_codes: Vec<String>,
    #[serde(default)]
    room_types: Vec<String>,
    date_range_start: Night,
    date_range_end: Night,
    #[serde(default)]
    monday: Option<bool>,
    #[serde(default)]
    tuesday: Option<bool>,
    #[serde(default)]
    wednesday: Option<bool>,
    #[serde(default)]
    thursday: Option<bool>,
    #[serde(default)]
    friday: Option<bool>,
    #[serde(default)]
    saturday: Option<bool>,
    #[serde(default)]
    sunday: Option<bool>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Status {
    code: String,
    #[serde(default)]
    unit: Option<u16>,
}

#[derive(Deserialize)]
struct Body {
    restrictions: Vec<RuleRow>,
}

/// Codes with the kind they are about, and what they say of it without a unit.
pub(super) const CODES: [(&str, Restriction, Option<u16>); 10] = [
    ("MinimumLengthOfStay", Restriction::MinStayArrival, None),
    ("MinimumStayThrough", Restriction::MinStayThrough, None),
    ("MaximumLengthOfStay", Restriction::MaxStayArrival, None),
    ("MaximumStayThrough", Restriction::MaxStayThrough, None),
    ("ClosedForArrival", Restriction::ClosedToArrival, Some(1)),
    ("OpenForArrival", Restriction::ClosedToArrival, Some(0)),
    (
        "ClosedForDeparture",
        Restriction::ClosedToDeparture,
        Some(1),
    ),
    ("OpenForDeparture", Restriction::ClosedToDeparture, Some(0)),
    ("Closed", Restriction::StopSell, Some(1)),
    ("Open", Restriction::StopSell, Some(0)),
];
/// Taken and not kept: they are about the time of booking or exact lengths of stay.
const OTHER_CODES: [&str; 3] = [
    "LengthOfStayNotAvailable",
    "MinimumAdvanceBooking",
    "MaximumAdvanceBooking",
];

/// The rows of a body.
pub(super) fn rows(body: &[u8]) -> Result<Vec<RuleRow>, &'static str> {
    let body: Body = serde_json::from_slice(body).map_err(|_| "The body is not readable.")?;
    match body.restrictions.len() {
        1..=MAX_ROWS => Ok(body.restrictions),
        _ => Err("There have to be 1 to 1000 restrictions."),
    }
}

impl RuleRow {
    /// The kind and value; `None` for an unknown code or a unit left out.
    fn said(&self) -> Option<(Restriction, u16)> {
        let code = self.restriction_status.code.as_str();
        let (_, kind, value) = CODES.iter().find(|(known, ..)| *known == code)?;
        Some((*kind, value.or(self.restriction_status.unit)?))
    }

    fn is_kept_nowhere(&self) -> bool {
        OTHER_CODES.contains(&self.restriction_status.code.as_str())
    }

    /// The same as a restriction of more than one thing.
    fn wide(&self, hotel: &Hotel) -> Wide {
        Wide {
            hotel: hotel.id.clone(),
            code: self.restriction_status.code.clone(),
            unit: self.restriction_status.unit,
            plan: self.rate_plan_codes.first().cloned(),
            room: self.room_types.first().cloned(),
            first: self.date_range_start,
            last: self.date_range_end,
        }
    }

    /// Whether it holds on a night's weekday. Said nothing, it holds on all.
    fn holds(&self, night: Night) -> bool {
        let days = [
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        ];
        let at = night.date().weekday().to_monday_zero_offset();
        let day = days[usize::try_from(at).unwrap_or(0) % 7];
        day.unwrap_or(days.iter().all(Option::is_none))
    }
}

impl Gateway {
    /// Writes the good rows, though others fail.
    pub(super) fn write_rules(&mut self, process: &Process, rows: &[RuleRow]) -> Vec<Warning> {
        let Some(hotel) = self.hotel_of(process).cloned() else {
            return Vec::new();
        };
        let mut warnings = Vec::new();
        let mut good = Vec::new();
        for (row, one) in rows.iter().enumerate() {
            if let Err((text, tag)) = self.rule(&hotel, one, &mut good) {
                warnings.push(Warning {
                    code: "PAR00010".to_owned(),
                    text: text.to_owned(),
                    tag: tag.to_owned(),
                    row,
                });
            }
        }
        let keeps_open = self.habit("opened", &["kept", "removed"]) == "kept";
        self.apply(process, &good, |cell, wish| {
            for (kind, value) in &wish.rules {
                match value {
                    0 if !keeps_open => drop(cell.rules.remove(kind)),
                    value => drop(cell.rules.insert(*kind, *value)),
                }
            }
        });
        warnings
    }

    fn rule(
        &mut self,
        hotel: &Hotel,
        row: &RuleRow,
        good: &mut Vec<Good>,
    ) -> Result<(), (&'static str, &'static str)> {
        let (first, last) = (row.date_range_start, row.date_range_end);
        if last < first {
            return Err(("Invalid dates", "dateRangeEnd"));
        }
        if row.is_kept_nowhere() {
            return Ok(());
        }
        let said = row
            .said()
            .ok_or(("Invalid restriction", "restrictionStatus"))?;
        if row.rate_plan_codes.is_empty() || row.room_types.is_empty() {
            self.state.wide.push(row.wide(hotel));
            return Ok(());
        }
        let ids = self.scope(hotel, row)?;
        let nights = || first.through(last).filter(|night| row.holds(*night));
        let each = |ids: &Ids| {
            nights()
                .map(|night| one(ids, night, said))
                .collect::<Vec<_>>()
        };
        good.extend(ids.iter().flat_map(each));
        Ok(())
    }
}

impl Gateway {
    /// Every room type of every plan that a row names; an unknown one refuses all.
    fn scope(
        &self,
        hotel: &Hotel,
        row: &RuleRow,
    ) -> Result<Vec<Ids>, (&'static str, &'static str)> {
        let pairs = row
            .rate_plan_codes
            .iter()
            .flat_map(|plan| row.room_types.iter().map(move |room| (plan, room)));
        pairs
            .map(|(plan, room)| self.sellable(hotel, Some(plan), Some(room)))
            .map(|known| known.map_err(|(_, text, tag)| (text, tag)))
            .collect()
    }
}

fn one(ids: &Ids, night: Night, (kind, value): (Restriction, u16)) -> Good {
    Good {
        ids: ids.clone(),
        first: night,
        last: night,
        cell: Cell {
            rules: [(kind, value)].into(),
            ..Cell::default()
        },
    }
}
