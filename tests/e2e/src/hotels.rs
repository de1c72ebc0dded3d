//! Small hotels, the same to us and to the vendors.

use rackrate_catalog::Entry;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::simulator::{self, Held, HotelPlan};

/// A hotel with one rate plan, `BAR`, for two adults.
#[derive(Clone, Debug)]
pub struct Hotel {
    /// Our code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The vendors' identifier.
    pub vendor_id: &'static str,
    /// Its room types.
    pub rooms: Vec<&'static str>,
    /// Its currency.
    pub currency: &'static str,
    /// How many nights have a price.
    pub nights: u16,
    /// The price of all of them at the start, in minor units.
    pub price: u64,
    /// Whether each room type has a second plan, which the vendor computes from the first.
    pub derived: bool,
}

impl Hotel {
    /// The only hotel of most tests: one room type, 100.00 EUR.
    pub fn lisbon(nights: u16) -> Self {
        Self {
            code: "lisbon-city",
            name: "Lisbon City Hotel",
            vendor_id: "5886676873777241",
            rooms: vec!["STD"],
            currency: "EUR",
            nights,
            price: 10_000,
            derived: false,
        }
    }

    /// Another hotel.
    pub fn algarve(nights: u16) -> Self {
        Self {
            code: "algarve-resort",
            name: "Algarve Resort",
            vendor_id: "302817",
            ..Self::lisbon(nights)
        }
    }

    /// A crowd of hotels, told apart by their numbers.
    pub fn many(count: usize, nights: u16) -> Vec<Self> {
        let one = |number: usize| Self {
            // They last as long as the test does.
            code: format!("hotel-{number:04}").leak(),
            name: format!("Hotel {number}").leak(),
            vendor_id: format!("70{number:04}").leak(),
            ..Self::lisbon(nights)
        };
        (1..=count).map(one).collect()
    }

    /// The vendor's identifiers of a room type; `base` tells hotels apart.
    pub fn ids(&self, entry: &Entry, room: usize) -> Ids {
        let base = self.code.len() * 100 + room;
        let id = |number: usize| VendorId::new(&number.to_string()).unwrap();
        let (room, plan) = (id(111_000 + base), id(810_000 + base));
        entry.naming.ids(room, plan, id(810_000))
    }

    /// What it is at a vendor, from that night on.
    pub fn at(&self, entry: &Entry, first: Night) -> simulator::Hotel {
        let id = VendorId::new(self.vendor_id).unwrap();
        let rooms = || self.rooms.iter().enumerate();
        let held = |room: usize, night: u16| Held {
            property: id.clone(),
            ids: self.ids(entry, room),
            night: first.plus(i32::from(night)),
            adults: 2,
            price: Some(Minor(self.price)),
            rules: Rules::LEAVE,
        };
        simulator::Hotel {
            id: id.clone(),
            name: self.name.to_owned(),
            time_zone: "Europe/Lisbon".to_owned(),
            currency: Currency::new(self.currency).unwrap(),
            basis: Basis::Gross,
            plans: rooms()
                .flat_map(|(at, room)| self.plans(entry, at, room))
                .collect(),
            prices: rooms()
                .flat_map(|(at, _)| (0..self.nights).map(move |night| (at, night)))
                .map(|(at, night)| held(at, night))
                .collect(),
        }
    }

    fn plans(&self, entry: &Entry, at: usize, room: &str) -> Vec<HotelPlan> {
        let best = HotelPlan {
            ids: self.ids(entry, at),
            room_name: room.to_owned(),
            plan_name: "Best available rate".to_owned(),
            derived: None,
        };
        let members = HotelPlan {
            ids: self.members(&best.ids),
            plan_name: "Members".to_owned(),
            derived: Some((best.ids.clone(), -10)),
            ..best.clone()
        };
        let mut plans = vec![best, members];
        plans.truncate(1 + usize::from(self.derived));
        plans
    }

    /// The identifiers of the second plan.
    fn members(&self, best: &Ids) -> Ids {
        let plan = best.plan.as_ref().map(|plan| format!("9{plan}"));
        Ids {
            room: best.room.clone(),
            plan: plan.map(|plan| VendorId::new(&plan).unwrap()),
        }
    }

    /// Its line of `properties.csv`.
    pub fn line(&self) -> String {
        let Self {
            code,
            name,
            currency,
            ..
        } = self;
        format!("{code},{name},Europe/Lisbon,04:00,{currency},gross,,,\n")
    }

    /// Its lines of `mapping.csv` for a vendor.
    pub fn mapping(&self, entry: &Entry) -> String {
        let line = |(at, room): (usize, &&str)| {
            let ids = self.ids(entry, at);
            let text = |id: &Option<VendorId>| id.as_ref().map(ToString::to_string);
            let (theirs, plan) = (text(&ids.room), text(&ids.plan));
            format!(
                "{},{},{room},BAR,{},{},{}\n",
                entry.id,
                self.code,
                self.vendor_id,
                theirs.unwrap_or_default(),
                plan.unwrap_or_default()
            )
        };
        self.rooms.iter().enumerate().map(line).collect()
    }
}
