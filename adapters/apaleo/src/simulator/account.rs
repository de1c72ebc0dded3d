//! The hotels of the one account, and whose a rate plan is.
//!
//! Identifiers of plans are unique in an account, and address a plan without its property.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rackrate_core::clock::Wall;
use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::simulator::{Hotel, HotelPlan};

/// A plan derived from a derived one is followed so far; deeper is a circle.
const DEEPEST: usize = 8;
/// Slices are there from that many days before the start of the simulation …
const DAYS_BEFORE: i32 = 730;
/// … to that many days after it.
const DAYS_AFTER: i32 = 3_650;

/// What the account has.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) hotels: Vec<Hotel>,
    zones: Vec<TimeZone>,
    plans: BTreeMap<String, (usize, usize)>,
    /// The first and the last night that have slices.
    pub(super) calendar: (Night, Night),
}

/// A plan with what it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan<'a> {
    pub(super) id: &'a str,
    pub(super) hotel: &'a Hotel,
    pub(super) zone: &'a TimeZone,
    pub(super) plan: &'a HotelPlan,
}

impl Account {
    pub(super) fn new(hotels: Vec<Hotel>, epoch: Wall) -> Result<Self, String> {
        let (mut zones, mut plans) = (Vec::new(), BTreeMap::new());
        for (at, hotel) in hotels.iter().enumerate() {
            let zone = TimeZone::get(&hotel.time_zone)
                .map_err(|error| format!("hotel {}: {error}", hotel.id))?;
            zones.push(zone);
            for (place, plan) in hotel.plans.iter().enumerate() {
                let (Some(_), Some(id)) = (&plan.ids.room, &plan.ids.plan) else {
                    return Err(format!("hotel {}: a plan needs room and plan", hotel.id));
                };
                if plans.insert(id.to_string(), (at, place)).is_some() {
                    return Err(format!("hotel {}: two rate plans are named {id}", hotel.id));
                }
            }
        }
        let day = Night::from_days((epoch.0.div_euclid(86_400_000)).try_into().unwrap_or(0));
        Ok(Self {
            hotels,
            zones,
            plans,
            calendar: (day.plus(-DAYS_BEFORE), day.plus(DAYS_AFTER)),
        })
    }

    pub(super) fn plan(&self, id: &str) -> Option<Plan<'_>> {
        let (id, (hotel, plan)) = self.plans.get_key_value(id)?;
        Some(Plan {
            id,
            hotel: self.hotels.get(*hotel)?,
            zone: self.zones.get(*hotel)?,
            plan: self.hotels.get(*hotel)?.plans.get(*plan)?,
        })
    }

    /// All plans, hotel by hotel.
    pub(super) fn all(&self) -> impl Iterator<Item = Plan<'_>> {
        let ids = self.hotels.iter().flat_map(|hotel| &hotel.plans);
        ids.filter_map(|plan| self.plan(plan.ids.plan.as_ref()?.as_str()))
    }
}

impl<'a> Plan<'a> {
    /// How many parents it has above it.
    pub(super) fn level(self) -> usize {
        self.source().map_or(DEEPEST, |(_, steps)| steps.len())
    }

    /// Whose prices it shows, and the percentages to add on the way.
    pub(super) fn source(self) -> Option<(&'a Ids, Vec<i32>)> {
        let (mut ids, mut derived) = (&self.plan.ids, &self.plan.derived);
        let mut steps = Vec::new();
        while let Some((parent, percent)) = derived {
            if steps.len() == DEEPEST {
                return None;
            }
            steps.insert(0, *percent);
            ids = parent;
            derived = &self
                .hotel
                .plans
                .iter()
                .find(|one| one.ids == *parent)?
                .derived;
        }
        Some((ids, steps))
    }
}
