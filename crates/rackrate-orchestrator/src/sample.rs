//! A small portfolio for the demo and for `sim`: two Portuguese hotels, their calendar made
//! from real bookings, and every vendor of the catalogue holding other prices.
//!
//! Invariant: the configuration written here and the simulators built here fit each other.

mod files;
mod hotels;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rackrate_auth::seal::Seal;
use rackrate_catalog::{Entry, showcase};
use rackrate_core::clock::Wall;
use rackrate_core::finding::Finding;
use rackrate_core::ids::{ConnectionId, Ids, VendorId};
use rackrate_core::money::Basis;
use rackrate_core::night::Night;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{SimulatorSetup, Timing};
use rackrate_plan::calendar::Calendar;
use rackrate_plan::guards::Guards;
use rackrate_plan::mapping::Mapping;
use rackrate_plan::planner::{Environment, Role};
use rackrate_plan::properties::Properties;

use self::files::{calendar_of, mapping, moved, properties_of};
use self::hotels::{hotel, other_prices};
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
