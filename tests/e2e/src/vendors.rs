//! The vendors' simulators behind real sockets, and what they saw.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;

use rackrate_catalog::Entry;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Control, Held, Hotel, Record, SimulatorSetup, Timing};
use rackrate_runtime::driver::Clock;
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::{Guest, Hosted, Logged, Options, Requests, Rule, any_port, bind};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::http::ask;

/// Vendors who answer fast and show a change soon, so that nobody waits.
pub const FAST: Timing = Timing {
    latency_min: 1_000,
    latency_max: 5_000,
    job: Some(50_000),
    settle: Some(50_000),
    token_life: None,
};

/// The vendors; they go away with it.
#[derive(Debug)]
pub struct Vendors {
    control: SocketAddr,
    addresses: Vec<(String, SocketAddr)>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Vendors {
    /// Hosts them on free ports.
    pub fn host(
        vendors: &[(&'static Entry, Vec<Hotel>)],
        secrets: &[(&str, &str)],
        timing: Timing,
    ) -> Self {
        let secrets = secrets
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Secret::new((*text).to_owned())));
        let secrets = Secrets::new(secrets);
        let hosted = vendors.iter().map(|(entry, hotels)| {
            let setup = SimulatorSetup {
                seed: 1,
                epoch: Clock::system().now().wall,
                hotels: hotels.clone(),
                secrets: secrets.clone(),
                saved: None,
                timing,
            };
            Hosted {
                name: entry.id.to_owned(),
                simulator: (entry.simulator)(setup).unwrap(),
                address: any_port(),
            }
        });
        Self::serve(hosted.collect())
    }

    fn serve(hosted: Vec<Hosted>) -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let host = bind(hosted, Options::default()).await.unwrap();
                let names = host.addresses().map(|(name, at)| (name.to_owned(), at));
                tell.send((host.control(), names.collect::<Vec<_>>()))
                    .unwrap();
                // The sender is dropped without a word where a test ends early.
                let until = async { drop(stopped.await) };
                host.run(until).await.unwrap();
            });
        });
        let (control, addresses) = told.recv().expect("the vendors have their ports");
        Self {
            control,
            addresses,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where a vendor listens.
    pub fn address(&self, name: &str) -> SocketAddr {
        let found = self.addresses.iter().find(|(one, _)| one == name);
        found.expect("a vendor of that name").1
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let (status, body) = ask(self.control, "GET", path, "");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// What really happened at a vendor.
    pub fn record(&self, name: &str) -> Record {
        self.get(&format!("/{name}/record"))
    }

    /// The prices a vendor holds.
    pub fn held(&self, name: &str) -> Vec<Held> {
        self.get(&format!("/{name}/held"))
    }

    /// Writes that arrived at all vendors.
    pub fn writes(&self) -> u64 {
        let names = self.addresses.iter().map(|(name, _)| name);
        names.map(|name| self.record(name).pushes).sum()
    }

    /// Does something to a vendor.
    pub fn control(&self, name: &str, command: &Control) {
        let body = serde_json::to_string(command).unwrap();
        let (status, body) = ask(self.control, "POST", &format!("/{name}/control"), &body);
        assert_eq!(status, 204, "{body}");
    }

    /// Turns one of a vendor's own switches.
    pub fn switch(&self, vendor: &str, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.control(vendor, &Control::Switch { name, value });
    }

    /// Lets requests to a vendor meet a fault.
    pub fn fault(&self, name: &str, rule: &Rule) {
        let body = serde_json::to_string(&[rule]).unwrap();
        let (status, body) = ask(self.control, "POST", &format!("/{name}/faults"), &body);
        assert_eq!(status, 200, "{body}");
    }

    /// Lets every answer of a vendor speak of a guest.
    pub fn plant(&self, name: &str, guest: &Guest) {
        let body = serde_json::to_string(guest).unwrap();
        let (status, body) = ask(self.control, "POST", &format!("/{name}/guest"), &body);
        assert_eq!(status, 204, "{body}");
    }

    /// Ends all faults of a vendor.
    pub fn heal(&self, name: &str) {
        let (status, body) = ask(self.control, "DELETE", &format!("/{name}/faults"), "");
        assert_eq!(status, 200, "{body}");
    }

    /// Waits for a request that met that fate, and returns it; for a fate with which it
    /// arrives, not before the vendor has it. `None` when nothing came for a minute.
    pub fn wait_for(&self, name: &str, fate: Fate) -> Option<Logged> {
        let (mut count, mut arrived) = (0, 0);
        loop {
            let all: Requests = self.get(&format!("/{name}/requests"));
            let met = |one: &&Logged| one.fate == fate && (one.arrived || !fate.arrives());
            if let Some(one) = all.requests.iter().find(met) {
                return Some(one.clone());
            }
            // A request is noted before it arrives, so either count may be the news.
            let noted = all.requests.iter().any(|one| one.fate == fate);
            let seen = if noted { arrived } else { count };
            if seen > 0 && seen == if noted { all.arrived } else { all.count } {
                return None;
            }
            (count, arrived) = (all.count, all.arrived);
            let path = if noted {
                format!("/{name}/events?arrived={arrived}&wait_ms=60000")
            } else {
                format!("/{name}/events?from={count}&wait_ms=60000")
            };
            let _: Requests = self.get(&path);
        }
    }
}

impl Drop for Vendors {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the host was told when it happened.
            let _ = thread.join();
        }
    }
}
