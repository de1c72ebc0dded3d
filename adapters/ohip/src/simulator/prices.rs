//! Daily schedules: what a row says, why it is not done, and what it does.

use std::collections::BTreeMap;

use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::simulator::Hotel;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Gateway;
use super::processes::{Process, Warning};
use super::state::Cell;

const MAX_ROWS: usize = 4_000;
/// The members that hold prices by number of adults, from one on.
pub(super) const BY_ADULTS: [&str; 5] = [
    "onePersonRate",
    "twoPersonRate",
    "threePersonRate",
    "fourPersonRate",
    "fivePersonRate",
];
const OTHERS: [&str; 8] = [
    "extraPersonRate",
    "extraChildRate",
    "oneChildRate",
    "twoChildrenRate",
    "threeChildrenRate",
    "fourChildrenRate",
    "minimumChildrenForFreeStay",
    "pointsRequired",
];

/// A row as it came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PriceRow {
    rate_plan_code: Option<String>,
    room_type: Option<String>,
    rate_date: Option<Night>,
    rate_date_range_start: Option<Night>,
    rate_date_range_end: Option<Night>,
    /// As raw JSON by name, because a number must keep its digits.
    rate_amounts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, rename = "dailyRatePlanSchedule")]
    rows: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Loose<'a> {
    #[serde(default)]
    rate_plan_code: Option<String>,
    #[serde(default)]
    room_type: Option<String>,
    #[serde(default)]
    rate_date: Option<Night>,
    #[serde(default)]
    rate_date_range_start: Option<Night>,
    #[serde(default)]
    rate_date_range_end: Option<Night>,
    #[serde(borrow, default)]
    rate_amounts: BTreeMap<String, &'a RawValue>,
}

/// The rows of a body.
pub(super) fn rows(body: &[u8]) -> Result<Vec<PriceRow>, &'static str> {
    let body: Body<'_> = serde_json::from_slice(body).map_err(|_| "The body is not readable.")?;
    if body.rows.is_empty() || body.rows.len() > MAX_ROWS {
        return Err("There have to be 1 to 4000 schedules.");
    }
    let row = |raw: &RawValue| {
        let loose: Loose<'_> = serde_json::from_str(raw.get()).ok()?;
        let amounts = loose.rate_amounts.into_iter();
        let amounts = amounts.filter(|(_, raw)| raw.get() != "null");
        Some(PriceRow {
            rate_plan_code: loose.rate_plan_code,
            room_type: loose.room_type,
            rate_date: loose.rate_date,
            rate_date_range_start: loose.rate_date_range_start,
            rate_date_range_end: loose.rate_date_range_end,
            rate_amounts: amounts
                .map(|(name, raw)| (name, raw.get().trim_matches('"').to_owned()))
                .collect(),
        })
    };
    let rows: Option<Vec<_>> = body.rows.into_iter().map(row).collect();
    rows.ok_or("A schedule is not readable.")
}

/// What a row does, once it is found good.
pub(super) struct Good {
    pub(super) ids: Ids,
    pub(super) first: Night,
    pub(super) last: Night,
    pub(super) cell: Cell,
}

type No = (&'static str, &'static str, &'static str);

impl Gateway {
    /// Writes the good rows, though others fail.
    pub(super) fn write_prices(&mut self, process: &Process, rows: &[PriceRow]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut good = Vec::new();
        for (row, one) in rows.iter().enumerate() {
            match self.checked(process, one) {
                Ok(one) => good.push(one),
                Err(("", ..)) => {}
                Err((code, text, tag)) => warnings.push(Warning {
                    code: code.to_owned(),
                    text: text.to_owned(),
                    tag: tag.to_owned(),
                    row,
                }),
            }
        }
        let replaces = self.is("left_out", "clear");
        self.apply(process, &good, |cell, wish| {
            if replaces {
                cell.prices.clear();
                cell.others.clear();
            }
            cell.prices.extend(&wish.prices);
            cell.others.extend(wish.others.clone());
        });
        warnings
    }

    fn checked(&self, process: &Process, row: &PriceRow) -> Result<Good, No> {
        let hotel = self.hotel_of(process).ok_or(("", "", ""))?;
        let ids = self.sellable(
            hotel,
            row.rate_plan_code.as_deref(),
            row.room_type.as_deref(),
        )?;
        self.open_to_writes(ids.plan.as_ref().map_or("", |id| id.as_str()))?;
        let (first, last) = span(row).ok_or(("RTP00021", "Invalid dates", "rateDate"))?;
        let cell =
            cell(row, hotel.currency).ok_or(("RTP00022", "Invalid amount", "rateAmounts"))?;
        let floor = self.floor(
            ids.plan.as_ref().map_or("", |id| id.as_str()),
            hotel.currency,
        );
        let overridden = row.rate_amounts.get("overrideFloorAmount");
        let below = |price: &Minor| floor.is_some_and(|floor| *price < floor);
        if overridden.is_none_or(|raw| raw != "true") && cell.prices.values().any(below) {
            return Err(("RTP00033", "Amount below the floor", "rateAmounts"));
        }
        Ok(Good {
            ids,
            first,
            last,
            cell,
        })
    }

    /// Whether a plan takes daily prices; a silent refusal has no code.
    fn open_to_writes(&self, plan: &str) -> Result<(), No> {
        if self.is("seasonal", plan) {
            return match self.is("silent_seasonal", "on") {
                true => Err(("", "", "")),
                false => Err((
                    "RTP00031",
                    "The rate plan is not a daily one",
                    "ratePlanCode",
                )),
            };
        }
        match self.is("locked", plan) {
            true => Err(("RTP00032", "The rate plan is locked", "ratePlanCode")),
            false => Ok(()),
        }
    }

    /// What the codes mean; a computed plan is not written.
    pub(super) fn sellable(
        &self,
        hotel: &Hotel,
        plan: Option<&str>,
        room: Option<&str>,
    ) -> Result<Ids, No> {
        let id = |text: Option<&str>| text.and_then(|text| VendorId::new(text).ok());
        let ids = Ids {
            room: id(room),
            plan: id(plan),
        };
        if ids.plan.is_none() || hotel.plans.iter().all(|one| one.ids.plan != ids.plan) {
            return Err(("RTP00011", "Invalid Rate Plan", "ratePlanCode"));
        }
        let known = hotel.plans.iter().find(|one| one.ids == ids);
        match known {
            None => Err(("RTP00012", "Invalid Room Type", "roomType")),
            Some(one) if one.derived.is_some() => Err((
                "RTP00034",
                "The rate plan is based on another",
                "ratePlanCode",
            )),
            Some(_) => Ok(ids),
        }
    }

    /// The floor of a plan, switched as `PLAN=50`.
    pub(super) fn floor(&self, plan: &str, currency: Currency) -> Option<Minor> {
        let (of, amount) = self.state.switches.get("floor")?.split_once('=')?;
        (of == plan)
            .then(|| currency.parse_vendor(amount).ok())
            .flatten()
    }

    pub(super) fn hotel_of(&self, process: &Process) -> Option<&Hotel> {
        self.setup
            .hotels
            .iter()
            .find(|hotel| process.is_of(&hotel.id))
    }
}

fn span(row: &PriceRow) -> Option<(Night, Night)> {
    match (
        row.rate_date,
        row.rate_date_range_start,
        row.rate_date_range_end,
    ) {
        (Some(date), None, None) => Some((date, date)),
        (None, Some(first), Some(last)) if first <= last => Some((first, last)),
        _ => None,
    }
}

fn cell(row: &PriceRow, currency: Currency) -> Option<Cell> {
    let mut cell = Cell::default();
    for (adults, name) in (1..).zip(BY_ADULTS) {
        if let Some(raw) = row.rate_amounts.get(name) {
            cell.prices.insert(adults, currency.parse_vendor(raw).ok()?);
        }
    }
    for name in OTHERS {
        if let Some(raw) = row.rate_amounts.get(name) {
            cell.others.insert(name.to_owned(), raw.clone());
        }
    }
    let known = cell.prices.len() + cell.others.len();
    (known > 0).then_some(cell)
}
