//! A small portfolio for the demo and for `sim`: two Portuguese hotels, their calendar made
//! from real bookings, and every vendor of the catalogue holding other prices.
//!
//! Invariant: the configuration written here and the simulators built here fit each other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rackrate_auth::seal::Seal;
use rackrate_catalog::{Entry, showcase};
use rackrate_core::clock::Wall;
use rackrate_core::finding::Finding;
use rackrate_core::ids::{ConnectionId, Ids, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::seed::Seed;
use rackrate_core::series::Seen;
use rackrate_core::simulator::{Held, Hotel, HotelPlan, SimulatorSetup, Timing};
use rackrate_plan::calendar::Calendar;
use rackrate_plan::guards::Guards;
use rackrate_plan::mapping::Mapping;
use rackrate_plan::planner::{Environment, Role};
use rackrate_plan::properties::Properties;

use crate::portfolio::{Link, Portfolio, mapped_at};

/// The calendar, as it is in `fixtures/portugal`.
const CALENDAR: &str = include_str!("../../../fixtures/portugal/rates.csv");

/// 2026-12-13, a day before the first night of the calendar.
const BEFORE_IT: i32 = 20_800;

/// A hotel of a sample.
#[derive(Clone, Debug)]
pub struct SampleHotel {
    /// Our code.
    pub code: &'static str,
    /// The vendors' identifier; one is as long as real ones get.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Where it is.
    pub region: &'static str,
    /// Whose calendar it has: the code of one of the two embedded hotels.
    pub like: &'static str,
    /// The vendors that know it.
    pub at: Vec<&'static Entry>,
}

/// Hotels, their calendar, and the vendors that know them.
#[derive(Debug)]
pub struct Sample {
    /// The prices that should hold, as CSV.
    pub calendar: String,
    /// The hotels, as `properties.csv`.
    pub properties: String,
    /// Our names against the vendors', as CSV.
    pub mapping: String,
    /// The vendors.
    pub vendors: Vec<&'static Entry>,
    /// The hotels.
    pub hotels: Vec<SampleHotel>,
    prices: Calendar,
    rooms: Rooms,
}

/// The two embedded hotels, at these vendors.
fn two_hotels(vendors: &[&'static Entry]) -> Vec<SampleHotel> {
    let hotel = |code, id, name, region| SampleHotel {
        code,
        id,
        name,
        region,
        like: code,
        at: vendors.to_vec(),
    };
    vec![
        hotel("algarve-resort", "302817", "Algarve Resort", "Algarve"),
        hotel(
            "lisbon-city",
            "5886676873777241",
            "Lisbon City Hotel",
            "Lisbon",
        ),
    ]
}

impl Sample {
    /// The portfolio with its calendar as it is, or moved by whole weeks so that its first
    /// night is `from` or up to six nights later; at the vendors of the short demo.
    ///
    /// # Errors
    /// When the embedded files are broken, which a test excludes.
    pub fn new(from: Option<Night>) -> Result<Self, Vec<Finding>> {
        Self::at(showcase(), from)
    }

    /// The same at these vendors.
    ///
    /// # Errors
    /// When the embedded files are broken, which a test excludes.
    pub fn at(vendors: Vec<&'static Entry>, from: Option<Night>) -> Result<Self, Vec<Finding>> {
        let hotels = two_hotels(&vendors);
        Self::of(vendors, hotels, from)
    }

    /// These hotels at these vendors, with the embedded calendar.
    ///
    /// # Errors
    /// When the embedded files are broken, which a test excludes.
    pub fn of(
        vendors: Vec<&'static Entry>,
        hotels: Vec<SampleHotel>,
        from: Option<Night>,
    ) -> Result<Self, Vec<Finding>> {
        let embedded = from.map_or_else(|| CALENDAR.to_owned(), moved);
        let calendar = calendar_of(&hotels, &embedded);
        let csv = properties_of(&hotels);
        let properties = Properties::read(csv.as_bytes(), "properties.csv")?;
        let today = from.unwrap_or(Night::from_days(BEFORE_IT));
        let prices = Calendar::read(calendar.as_bytes(), "rates.csv", &properties, &|_| today)?;
        let mut rooms = Rooms::new();
        for key in prices.series.keys() {
            let number = rooms.len() as u32 + 1;
            rooms
                .entry((key.property.to_string(), key.room_type.to_string()))
                .or_insert(number);
        }
        Ok(Self {
            mapping: mapping(&vendors, &hotels, &rooms),
            properties: csv,
            vendors,
            hotels,
            calendar,
            prices,
            rooms,
        })
    }

    /// What a vendor's simulator is built from: the hotels with prices that are 5 to 20
    /// percent off, each vendor in its own way. They show a change after a second and a half,
    /// so that nobody waits for the slow days that real vendors have.
    pub fn simulator(
        &self,
        entry: &Entry,
        seed: u64,
        epoch: Wall,
        saved: Option<String>,
    ) -> SimulatorSetup {
        let mut dice = Seed::new(seed).branch(entry.id);
        let hotels = self.hotels.iter().enumerate();
        let known = hotels.filter(|(_, hotel)| knows(hotel, entry));
        let hotels = known.map(|known| hotel(entry, known, &self.prices, &self.rooms));
        let hotels = hotels
            .map(|hotel| other_prices(&hotel, &mut dice))
            .collect();
        SimulatorSetup {
            seed,
            epoch,
            hotels,
            secrets: secrets(entry),
            saved,
            timing: Timing {
                settle: Some(1_500_000),
                ..Timing::default()
            },
        }
    }

    /// The portfolio itself, for hosts in this process: no files, no addresses that exist.
    ///
    /// # Errors
    /// When the embedded files are broken, which a test excludes.
    pub fn portfolio(&self) -> Result<Portfolio, Vec<Finding>> {
        let guards = toml::from_str::<GuardsOnly>(CONFIG_HEAD)
            .map(|head| head.guards)
            .unwrap_or_default();
        let mapping = Mapping::read(self.mapping.as_bytes(), "mapping.csv")?;
        // A token serves all jobs of this process; without randomness each asks for its own.
        let seal = Seal::of_this_process().ok();
        let linked = |entry: &&'static Entry| {
            let link = link(entry)?;
            let mapped = mapped_at(&mapping, &link.id);
            Some(Link {
                mapped,
                seal: seal.clone(),
                redirect: None,
                ..link
            })
        };
        Ok(Portfolio {
            links: self.vendors.iter().filter_map(linked).collect(),
            properties: Properties::read(self.properties.as_bytes(), "properties.csv")?,
            mapping,
            guards,
        })
    }

    /// A configuration for simulators at these addresses, by vendor.
    pub fn config(addresses: &[(&Entry, String)]) -> String {
        let mut text = String::from(CONFIG_HEAD);
        for (entry, address) in addresses {
            let id = entry.id;
            // Writing to a text cannot fail.
            let _ = write!(
                text,
                "\n[connections.{id}]\nvendor = \"{id}\"\nenvironment = \"test\"\nrole = \"write\"\nbasis = \"gross\"\n"
            );
            let _ = write!(text, "\n[connections.{id}.secrets]\n");
            for name in needed(entry) {
                let _ = writeln!(text, "{name} = \"file:secrets/{name}\"");
            }
            let _ = write!(
                text,
                "\n[connections.{id}.settings]\n{}",
                (entry.sample)(address)
            );
        }
        text
    }
}

/// The beginning of a sample configuration.
const CONFIG_HEAD: &str = "\
# Made by `rackrate sim --sample`: simulated vendors on this machine.
ledger = \"rackrate.db\"
properties = \"properties.csv\"
mapping = \"mapping.csv\"

[guards]
floor = \"20\"
ceiling = \"900\"
max_change_percent = 30
";

#[derive(serde::Deserialize)]
struct GuardsOnly {
    guards: Guards,
}

fn link(entry: &'static Entry) -> Option<Link> {
    let settings = (entry.sample)("http://127.0.0.1:1").parse().ok()?;
    Some(Link {
        id: ConnectionId::new(entry.id).ok()?,
        entry,
        adapter: (entry.adapter)(settings).ok()?,
        client: None,
        references: BTreeMap::new(),
        secrets: secrets(entry),
        environment: Environment::Test,
        role: Role::Write,
        basis: Basis::Gross,
        fed_by: Vec::new(),
        mapped: Vec::new(),
        seal: None,
        redirect: None,
    })
}

/// The secrets that a vendor's simulator accepts. They open nothing else.
pub fn secrets(entry: &Entry) -> Secrets {
    let named = |name: &str| (name.to_owned(), Secret::new(secret(name)));
    Secrets::new(needed(entry).into_iter().map(named))
}

/// The text of a simulator's secret.
pub fn secret(name: &str) -> String {
    format!("only-for-simulators-{name}")
}

/// The secrets a vendor's adapter asks for.
pub fn needed(entry: &Entry) -> Vec<&'static str> {
    let settings = (entry.sample)("http://127.0.0.1:1")
        .parse()
        .unwrap_or_default();
    (entry.adapter)(settings)
        .map(|adapter| adapter.manifest().secrets.clone())
        .unwrap_or_default()
}

fn moved(from: Night) -> String {
    let first = CALENDAR
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(3)?.parse::<Night>().ok())
        .min()
        .unwrap_or(from);
    let days = from.since(first);
    let weeks = days.div_euclid(7) + i32::from(days.rem_euclid(7) > 0);
    let line = |line: &str| {
        let mut cells: Vec<_> = line.split(',').map(str::to_owned).collect();
        if let Some(night) = cells.get(3).and_then(|cell| cell.parse::<Night>().ok()) {
            cells[3] = night.plus(weeks * 7).to_string();
        }
        cells.join(",") + "\n"
    };
    CALENDAR.lines().map(line).collect()
}

type Rooms = BTreeMap<(String, String), u32>;

/// The identifiers of a room; `hotel` is its hotel's place in the sample.
fn ids(entry: &Entry, hotel: usize, number: u32) -> Ids {
    let id = |number: u32| {
        VendorId::new(&number.to_string()).unwrap_or_else(|_| unreachable!("a number is not empty"))
    };
    let (room, plan) = (id(111_100 + number), id(810_900 + number));
    entry.naming.ids(room, plan, id(810_900 - hotel as u32))
}

fn knows(hotel: &SampleHotel, entry: &Entry) -> bool {
    hotel.at.iter().any(|vendor| vendor.id == entry.id)
}

/// The embedded rows, for every hotel those of the one it is like.
fn calendar_of(hotels: &[SampleHotel], embedded: &str) -> String {
    let mut lines = embedded.lines();
    let head = lines.next().unwrap_or_default();
    let rows: Vec<_> = lines.filter_map(|line| line.split_once(',')).collect();
    let mut text = format!("{head}\n");
    for hotel in hotels {
        for (_, rest) in rows.iter().filter(|(code, _)| *code == hotel.like) {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{},{rest}", hotel.code);
        }
    }
    text
}

fn properties_of(hotels: &[SampleHotel]) -> String {
    let mut text = "code,name,time_zone,day_ends,currency,basis,region,tags,contact\n".to_owned();
    for hotel in hotels {
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{},{},Europe/Lisbon,04:00,EUR,gross,{},,",
            hotel.code, hotel.name, hotel.region
        );
    }
    text
}

fn mapping(vendors: &[&Entry], hotels: &[SampleHotel], rooms: &Rooms) -> String {
    let mut text = "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\n".to_owned();
    let word = |id: Option<VendorId>| id.map(|id| id.to_string()).unwrap_or_default();
    for entry in vendors {
        for ((property, room), number) in rooms {
            let known =
                |(_, hotel): &(usize, &SampleHotel)| hotel.code == property && knows(hotel, entry);
            let Some((place, hotel)) = hotels.iter().enumerate().find(known) else {
                continue;
            };
            let Ids { room: theirs, plan } = ids(entry, place, *number);
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "{},{property},{room},BAR,{},{},{}",
                entry.id,
                hotel.id,
                word(theirs),
                word(plan)
            );
        }
    }
    text
}

fn hotel(
    entry: &Entry,
    (place, SampleHotel { code, id, name, .. }): (usize, &SampleHotel),
    prices: &Calendar,
    rooms: &Rooms,
) -> Hotel {
    let property =
        VendorId::new(id).unwrap_or_else(|_| unreachable!("the identifiers above are not empty"));
    let mut plans = Vec::new();
    let mut held = Vec::new();
    for (key, series) in prices
        .series
        .iter()
        .filter(|(key, _)| key.property.as_str() == *code)
    {
        let Some(ids) = rooms
            .get(&(key.property.to_string(), key.room_type.to_string()))
            .map(|number| ids(entry, place, *number))
        else {
            continue;
        };
        plans.push(plan(&ids, key.room_type.as_str()));
        for night in series.nights() {
            let Some(Seen::Price(price)) = series.price(night) else {
                continue;
            };
            held.push(Held {
                property: property.clone(),
                ids: ids.clone(),
                night,
                adults: key.adults,
                price: Some(price),
                rules: Rules::LEAVE,
            });
        }
    }
    Hotel {
        id: property,
        name: (*name).to_owned(),
        time_zone: "Europe/Lisbon".to_owned(),
        currency: Currency::new("EUR").unwrap_or_else(|_| unreachable!("the euro is a currency")),
        basis: Basis::Gross,
        plans,
        prices: held,
    }
}

fn plan(ids: &Ids, room: &str) -> HotelPlan {
    HotelPlan {
        ids: ids.clone(),
        room_name: room.to_owned(),
        plan_name: "Best available rate".to_owned(),
        derived: None,
    }
}

/// Prices that are off by 5 to 20 percent, the same for a week of a room, in whole euro.
fn other_prices(hotel: &Hotel, dice: &mut Seed) -> Hotel {
    let mut off: BTreeMap<(Ids, i32), u64> = BTreeMap::new();
    let prices = hotel.prices.iter().map(|held| {
        let week = (held.ids.clone(), held.night.days() / 7);
        let percent = *off.entry(week).or_insert_with(|| match dice.chance(500) {
            true => dice.between(80, 95),
            false => dice.between(105, 120),
        });
        let price = held
            .price
            .map(|price| Minor(price.0 * percent / 10_000 * 100));
        Held {
            price,
            ..held.clone()
        }
    });
    Hotel {
        prices: prices.collect(),
        ..hotel.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_calendar_has_its_cells_and_keeps_week_days_when_moved() {
        let from: Night = "2031-05-06".parse().unwrap();
        let sample = Sample::new(Some(from)).unwrap();
        assert_eq!(sample.calendar.lines().count(), 2521);
        let first = |text: &str| {
            text.lines()
                .skip(1)
                .map(|line| {
                    line[..]
                        .split(',')
                        .nth(3)
                        .unwrap()
                        .parse::<Night>()
                        .unwrap()
                })
                .min()
                .unwrap()
        };
        let moved = first(&sample.calendar);
        assert!((0..7).contains(&moved.since(from)));
        assert_eq!(moved.since(first(CALENDAR)) % 7, 0);
    }
}
