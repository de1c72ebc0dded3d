//! A folder with a configuration that fits the vendors hosted beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rackrate_catalog::{Entry, vendor};
use rackrate_core::finding::Finding;
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::simulator::{Control, Timing};
use rackrate_orchestrator::flow::creds::review::Quarter;
use rackrate_runtime::driver::Clock;
use tempfile::TempDir;

use crate::hotels::Hotel;
use crate::program::{Ended, Program};
use crate::vendors::{FAST, Vendors};

/// The secrets of a stage, unless a test has its own.
pub const SECRETS: [(&str, &str); 3] = [
    ("client_id", "e2e-client"),
    ("client_secret", "e2e-client-secret"),
    ("api_key", "cbat_e2e_api_key"),
];

/// The first line of every calendar.
pub const HEADER: &str = "property,room_type,rate_plan,stay_date,adults,amount,currency\n";

/// A folder, the vendors it speaks of, and the hotels they know.
#[derive(Debug)]
pub struct Stage {
    folder: TempDir,
    /// The vendors.
    pub vendors: Vendors,
    /// The hotels.
    pub hotels: Vec<Hotel>,
    /// The vendors' entries in the catalogue.
    pub entries: Vec<&'static Entry>,
    /// The first night with a price.
    pub first: Night,
}

impl Stage {
    /// The quarter that today is in, whose review credentials on record from today need.
    pub fn quarter() -> Quarter {
        let last = Quarter::last_ended(Clock::system().now().wall);
        let longer_than_one = Duration::from_secs(100 * 86_400);
        Quarter::last_ended(last.end().after(longer_than_one))
    }

    /// Vendors by name, and hotels that all of them know.
    pub fn new(names: &[&str], hotels: Vec<Hotel>) -> Self {
        Self::with(names, hotels, &SECRETS, FAST)
    }

    /// The same with other secrets and times.
    pub fn with(
        names: &[&str],
        hotels: Vec<Hotel>,
        secrets: &[(&str, &str)],
        timing: Timing,
    ) -> Self {
        let entries = names.iter().map(|name| vendor(name).unwrap()).collect();
        Self::of(entries, hotels, secrets, timing)
    }

    /// The same with vendors that are not as the catalogue has them; their names are.
    pub fn of(
        entries: Vec<&'static Entry>,
        hotels: Vec<Hotel>,
        secrets: &[(&str, &str)],
        timing: Timing,
    ) -> Self {
        let first = today().plus(30);
        let known: Vec<_> = entries
            .iter()
            .map(|entry| {
                let at = hotels.iter().map(|hotel| hotel.at(entry, first));
                (*entry, at.collect())
            })
            .collect();
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
            vendors: Vendors::host(&known, secrets, timing),
            hotels,
            entries,
            first,
        };
        stage.write_files(secrets);
        stage
    }

    fn write_files(&self, secrets: &[(&str, &str)]) {
        std::fs::create_dir(self.path("secrets")).unwrap();
        for (name, secret) in secrets {
            self.write(&format!("secrets/{name}"), secret);
        }
        self.write("rackrate.toml", &self.config());
        let lines: String = self.hotels.iter().map(Hotel::line).collect();
        let head = "code,name,time_zone,day_ends,currency,basis,region,tags,contact\n";
        self.write("properties.csv", &format!("{head}{lines}"));
        let head = "connection,property,room_type,rate_plan,vendor_property,vendor_room_type,vendor_rate_plan\n";
        let both = self.entries.iter().flat_map(|entry| {
            let hotels = self.hotels.iter();
            hotels.map(|hotel| hotel.mapping(entry))
        });
        self.write(
            "mapping.csv",
            &format!("{head}{}", both.collect::<String>()),
        );
    }

    fn config(&self) -> String {
        let mut text = String::from("[guards]\nfloor = \"20\"\nceiling = \"900\"\n");
        for entry in &self.entries {
            let id = entry.id;
            let address = format!("http://{}", self.vendors.address(id));
            let settings = match id {
                "cloudbeds" => format!(
                    "base_url = \"{address}/api/v1.3\"\nadults = 2\nsettle_seconds = 2\nflight_horizon_seconds = 1\n"
                ),
                "generic" => format!(
                    "base_url = \"{address}\"\nsettle_ms = 1000\nwindow_ms = 500\nflight_horizon_ms = 300\n"
                ),
                _ => (entry.sample)(&address),
            };
            let adapter = (entry.adapter)(toml::from_str(&settings).unwrap()).unwrap();
            // Writing to a text cannot fail.
            let _ = write!(
                text,
                "\n[connections.{id}]\nvendor = \"{id}\"\nenvironment = \"test\"\nrole = \"write\"\nbasis = \"gross\"\n\n[connections.{id}.secrets]\n"
            );
            for name in &adapter.manifest().secrets {
                let _ = writeln!(text, "{name} = \"file:secrets/{name}\"");
            }
            let _ = write!(text, "\n[connections.{id}.settings]\n{settings}");
        }
        text
    }

    /// Gives the configuration a key that tokens are sealed with, and keeps it in
    /// `secrets/seal`.
    pub fn keep_tokens(&self) {
        self.write(
            "secrets/seal",
            "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLiE=",
        );
        let sealed = "seal_key = \"file:secrets/seal\"\n[guards]";
        self.change("rackrate.toml", "[guards]", sealed);
    }

    /// Lets the account at pms-v2 need a person's consent.
    pub fn ask_for_consent(&self) {
        self.change("rackrate.toml", "settle_ms", "consent = {}\nsettle_ms");
    }

    /// Lets a vendor's tokens live so long that no test outlives one.
    pub fn lasting_tokens(&self, vendor: &str) {
        let timing = Timing {
            token_life: Some(3_600),
            ..FAST
        };
        self.vendors.control(vendor, &Control::SetTiming(timing));
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Reads a file of the folder.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces a text in a file of the folder; it has to be there.
    pub fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from:?} is not in {name}:\n{text}");
        self.write(name, &text.replace(from, to));
    }

    /// Gives all rows of the mapping, which have none yet, that status.
    pub fn status(&self, status: &str) {
        let text = self.read("mapping.csv");
        let (head, rows) = text.split_once('\n').unwrap();
        let rows = rows.lines().map(|row| format!("{row},{status}\n"));
        self.write(
            "mapping.csv",
            &format!("{head},status\n{}", rows.collect::<String>()),
        );
    }

    /// The program in the folder.
    pub fn program(&self) -> Program {
        Program::at(self.folder())
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &str) -> Ended {
        self.program().run(arguments)
    }

    /// A line of a calendar: `amount` as it should stand there.
    pub fn line(&self, hotel: &Hotel, room: &str, night: u16, amount: &str) -> String {
        let date = self.first.plus(i32::from(night));
        let Hotel { code, currency, .. } = hotel;
        format!("{code},{room},BAR,{date},2,{amount},{currency}\n")
    }

    /// Writes `rates.csv`: for every hotel, room and night the price in whole units of the
    /// currency, where there is one.
    pub fn calendar(&self, price: impl Fn(u16) -> Option<u64>) {
        let mut text = String::from(HEADER);
        for hotel in &self.hotels {
            for room in &hotel.rooms {
                for night in 0..hotel.nights {
                    if let Some(price) = price(night) {
                        text += &self.line(hotel, room, night, &format!("{price}.00"));
                    }
                }
            }
        }
        self.write("rates.csv", &text);
    }

    /// The findings of a run that was told to write them to `errors.jsonl`.
    pub fn findings(&self) -> Vec<Finding> {
        let text = self.read("errors.jsonl");
        let finding = |line: &str| serde_json::from_str(line).unwrap();
        text.lines().map(finding).collect()
    }

    /// Nights of a vendor whose price is not the one that `rates.csv` was written with.
    pub fn wrong(&self, name: &str, price: impl Fn(u16) -> Option<u64>) -> Vec<String> {
        let held: BTreeMap<_, _> = self
            .vendors
            .held(name)
            .into_iter()
            .map(|held| ((held.property, held.ids, held.night), held.price))
            .collect();
        let entry = vendor(name).unwrap();
        let mut wrong = Vec::new();
        for hotel in &self.hotels {
            for ((room, _), night) in hotel
                .rooms
                .iter()
                .enumerate()
                .flat_map(|room| (0..hotel.nights).map(move |night| (room, night)))
            {
                let date = self.first.plus(i32::from(night));
                let key = (
                    rackrate_core::ids::VendorId::new(hotel.vendor_id).unwrap(),
                    hotel.ids(entry, room),
                    date,
                );
                let wish = price(night).map_or(Minor(hotel.price), |price| Minor(price * 100));
                if held.get(&key) != Some(&Some(wish)) {
                    wrong.push(format!("{} {date}: {:?}", hotel.code, held.get(&key)));
                }
            }
        }
        wrong
    }
}

/// Today in Greenwich.
fn today() -> Night {
    let days = Clock::system().now().wall.0 / 86_400_000;
    Night::from_days(i32::try_from(days).unwrap())
}
