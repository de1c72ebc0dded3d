//! Vendor simulators behind real sockets and in real time.
//!
//! Each simulator has a port of its own, and one more port controls them. What a vendor
//! does is its simulator's affair, and what to host is the caller's.
//!
//! The control port speaks JSON:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /` | the simulators and their addresses |
//! | `GET /{name}/record` | a [`Record`](rackrate_core::simulator::Record) |
//! | `GET /{name}/held` | the prices held, each a [`Held`](rackrate_core::simulator::Held) |
//! | `GET /{name}/requests` | [`Requests`]: the log |
//! | `GET /{name}/events?from=N` | the same after N, once there are more than N requests |
//! | `POST /{name}/control` | 204 when the [`Control`](rackrate_core::simulator::Control) is done |
//! | `POST`, `DELETE /{name}/guest` | 204 when every answer speaks of a [`Guest`], or none does |
//! | `GET`, `POST`, `DELETE /{name}/faults` | the [`Rule`]s left, after a list was added or all were cleared |
//!
//! `events` also takes `arrived=N` and `answered=N`, and waits until those counts are above
//! N too; after `wait_ms` (30,000 unless said, 60,000 at most) it answers as things are.
//!
//! Invariant: only this machine reaches them, because they guard nothing.

mod clock;
mod control;
mod door;
mod error;
mod listen;
mod log;
mod plant;
mod reply;
mod rules;
mod save;
mod tasks;
#[cfg(test)]
mod tests;
mod vendor;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use rackrate_core::simulator::Simulator;
use tokio::net::TcpListener;

use clock::Clock;
use control::Desk;
use door::Door;
use tasks::{Leash, Tasks};
use vendor::Vendor;

pub use error::ServeError;
pub use log::{Logged, Requests};
pub use plant::Guest;
pub use rules::Rule;

/// A simulator to be served.
#[derive(Debug)]
pub struct Hosted {
    /// Its name in addresses and files: a to z, 0 to 9, `-` and `_`.
    pub name: String,
    /// The simulator.
    pub simulator: Box<dyn Simulator>,
    /// Where it listens, on this machine; port 0 for one that is free.
    pub address: SocketAddr,
}

/// How simulators are served.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the control port listens, on this machine; port 0 for one that is free.
    /// Default: [`any_port`].
    pub control: SocketAddr,
    /// The directory that gets `{name}.json`, each simulator's state, at the end. Default:
    /// none, and nothing is kept.
    pub save: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            control: any_port(),
            save: None,
        }
    }
}

/// A free port of this machine.
pub fn any_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Simulators that have their ports and are not served yet: connections wait.
#[derive(Debug)]
pub struct Host {
    clock: Clock,
    control: TcpListener,
    desk: Desk,
    ports: Vec<TcpListener>,
    save: Option<PathBuf>,
}

/// Takes the ports. Simulated time is zero now, and runs as real time does.
///
/// # Errors
/// [`ServeError`] for an address of another machine or one that is taken, and for a name
/// that cannot be used or is used twice.
pub async fn bind(hosted: Vec<Hosted>, options: Options) -> Result<Host, ServeError> {
    check_names(&hosted)?;
    let control = listen("the control port", options.control).await?;
    let clock = Clock::start();
    let (mut ports, mut vendors) = (Vec::new(), Vec::new());
    for one in hosted {
        let (port, address) = listen(&one.name, one.address).await?;
        ports.push(port);
        let vendor = Vendor::new(one.name, address, clock, one.simulator);
        vendors.push(Arc::new(vendor));
    }
    let desk = Desk {
        address: control.1,
        vendors: vendors.into(),
    };
    Ok(Host {
        clock,
        control: control.0,
        desk,
        ports,
        save: options.save,
    })
}

impl Host {
    /// Where the control port listens.
    pub fn control(&self) -> SocketAddr {
        self.desk.address
    }

    /// The simulators' names and addresses, in the order given.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        let vendors = self.desk.vendors.iter();
        vendors.map(|vendor| (vendor.name.as_str(), vendor.address))
    }

    /// Serves until `stop`, then breaks all connections and keeps the state where that was
    /// asked for. When the result is dropped early, serving ends and nothing is kept.
    ///
    /// # Errors
    /// [`ServeError::Save`] when the state cannot be written.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let tasks = Tasks::default();
        let _leash = Leash(tasks.clone());
        let desk = self.desk.clone();
        let handle = move |request| desk.clone().handle(request);
        let accepting = listen::accept(self.control, tasks.clone(), self.clock, handle);
        tasks.spawn(accepting);
        for (port, vendor) in self.ports.into_iter().zip(self.desk.vendors.iter()) {
            let door = Door {
                vendor: Arc::clone(vendor),
                tasks: tasks.clone(),
            };
            let handle = move |request| door.clone().handle(request);
            tasks.spawn(listen::accept(port, tasks.clone(), self.clock, handle));
        }
        stop.await;
        tasks.stop().await;
        match &self.save {
            Some(directory) => save::save(directory, &self.desk.vendors).await,
            None => Ok(()),
        }
    }
}

async fn listen(what: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let what = || what.to_owned();
    if !address.ip().is_loopback() {
        let what = what();
        return Err(ServeError::NotLoopback { what, address });
    }
    let failed = |source| {
        let what = what();
        ServeError::Bind {
            what,
            address,
            source,
        }
    };
    let port = TcpListener::bind(address).await.map_err(failed)?;
    let bound = port.local_addr().map_err(failed)?;
    Ok((port, bound))
}

fn check_names(hosted: &[Hosted]) -> Result<(), ServeError> {
    let usable =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    for (at, one) in hosted.iter().enumerate() {
        if one.name.is_empty() || !one.name.bytes().all(usable) {
            return Err(ServeError::Name(one.name.clone()));
        }
        if hosted[..at].iter().any(|other| other.name == one.name) {
            return Err(ServeError::Twice(one.name.clone()));
        }
    }
    Ok(())
}
