//! The properties, their days, and the identifiers that the setup does not name.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rackrate_core::ids::VendorId;
use rackrate_core::key::Key;
use rackrate_core::night::Night;
use rackrate_core::simulator::Hotel;

/// A property with what the setup leaves to the vendor.
#[derive(Clone, Debug)]
pub(super) struct House {
    pub(super) hotel: Hotel,
    zone: TimeZone,
    /// The service that sells its nights.
    pub(super) service: String,
    pub(super) group: String,
}

#[derive(Debug)]
pub(super) struct Hotels(Vec<House>);

impl Hotels {
    pub(super) fn of(hotels: Vec<Hotel>) -> Result<Self, String> {
        let mut rates = BTreeSet::new();
        let mut houses = Vec::new();
        for hotel in hotels {
            let zone = TimeZone::get(&hotel.time_zone)
                .map_err(|error| format!("hotel {}: {error}", hotel.id))?;
            let house = House {
                zone,
                service: name(&hotel.id, "nights"),
                group: name(&hotel.id, "group"),
                hotel,
            };
            if let Some(rate) = house.rates().find(|rate| !rates.insert((*rate).clone())) {
                return Err(format!("the rate {rate} is of two hotels"));
            }
            houses.push(house);
        }
        Ok(Self(houses))
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &House> {
        self.0.iter()
    }

    pub(super) fn of_id(&self, id: &str) -> Option<&House> {
        self.all().find(|house| house.hotel.id.as_str() == id)
    }

    pub(super) fn of_rate(&self, rate: &str) -> Option<&House> {
        self.all()
            .find(|house| house.rates().any(|own| own.as_str() == rate))
    }

    pub(super) fn of_service(&self, service: &str) -> Option<&House> {
        self.all().find(|house| house.service == service)
    }
}

/// An identifier in the vendor's form.
pub(super) fn name(hotel: &VendorId, what: &str) -> String {
    let key = Key::of(&[hotel.as_str().as_bytes(), what.as_bytes()]).to_string();
    let (a, rest) = key.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("{a}-{b}-{c}-{d}-{e}")
}

impl House {
    /// Its rates, each once, in the order of the setup.
    pub(super) fn rates(&self) -> impl Iterator<Item = &VendorId> {
        let plans = self.hotel.plans.iter().enumerate();
        plans.filter_map(|(at, plan)| {
            let earlier = &self.hotel.plans[..at];
            let again = earlier.iter().any(|one| one.ids.plan == plan.ids.plan);
            plan.ids.plan.as_ref().filter(|_| !again)
        })
    }

    /// Its room categories with their names, each once.
    pub(super) fn categories(&self) -> impl Iterator<Item = (&VendorId, &str)> {
        let plans = self.hotel.plans.iter().enumerate();
        plans.filter_map(|(at, plan)| {
            let earlier = &self.hotel.plans[..at];
            let again = earlier.iter().any(|one| one.ids.room == plan.ids.room);
            let room = plan.ids.room.as_ref().filter(|_| !again)?;
            Some((room, plan.room_name.as_str()))
        })
    }

    /// The rate that a rate depends on, and the percentage added.
    pub(super) fn base(&self, rate: &str) -> Option<(&VendorId, i32)> {
        let mut plans = self.hotel.plans.iter();
        plans.find_map(|plan| {
            let own = plan.ids.plan.as_ref().is_some_and(|id| id.as_str() == rate);
            let (parent, percent) = plan.derived.as_ref().filter(|_| own)?;
            Some((parent.plan.as_ref()?, *percent))
        })
    }

    /// When the night's day begins.
    pub(super) fn start(&self, night: Night) -> Option<Timestamp> {
        let noon = night
            .date()
            .at(12, 0, 0, 0)
            .to_zoned(self.zone.clone())
            .ok()?;
        Some(noon.start_of_day().ok()?.timestamp())
    }

    /// The night whose day an instant lies in.
    pub(super) fn night(&self, instant: Timestamp) -> Option<Night> {
        Night::from_date(self.zone.to_datetime(instant).date()).ok()
    }

    /// The night that begins exactly then.
    pub(super) fn exactly(&self, instant: Timestamp) -> Option<Night> {
        let night = self.night(instant)?;
        (self.start(night) == Some(instant)).then_some(night)
    }
}
