//! `rackrate sim`: simulated vendors on this machine, and files that fit them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use rackrate_catalog::{Entry, VENDORS, showcase, vendor};
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_runtime::driver::Clock;
use rackrate_simulator::serve::{Hosted, Options, bind};

use super::Done;
use crate::cli::Sim;
use crate::exit::Exit;
use crate::files;
use crate::flow::assemble::utc_day;
use crate::problem::{Problem, Result};
use crate::sample::{Sample, needed, secret};
use crate::screen::Page;

pub(super) async fn run(flags: &Sim, page: &mut Page) -> Result<Done> {
    let now = Clock::system().now().wall;
    let vendors = vendors(&flags.vendor)?;
    let sample = Sample::at(vendors, Some(utc_day(now).next())).map_err(Problem::input)?;
    match &flags.sample {
        Some(folder) => write_sample(&sample, folder, flags.port, page),
        None => host(&sample, flags, now, page).await,
    }
}

/// Those that were asked for, or those of the short demo.
fn vendors(names: &[String]) -> Result<Vec<&'static Entry>> {
    if names.is_empty() {
        return Ok(showcase());
    }
    let named = |name: &String| {
        vendor(name).ok_or_else(|| {
            let message = format!("the vendor {name:?} is unknown");
            let known: Vec<_> = VENDORS.iter().map(|entry| entry.id).collect();
            Problem::input([
                Finding::error("sim.unknown_vendor", Place::default(), message)
                    .hint(format!("Known are: {}.", known.join(", "))),
            ])
        })
    };
    names.iter().map(named).collect()
}

/// The address of a vendor's simulator: the ports after the control port, in the order in
/// which the vendors were named.
fn address(control: u16, index: usize) -> SocketAddr {
    let port = if control == 0 {
        0
    } else {
        control + 1 + index as u16
    };
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

fn write_sample(sample: &Sample, folder: &Path, port: u16, page: &mut Page) -> Result<Done> {
    let make = |path: &Path| {
        std::fs::create_dir_all(path).map_err(|error| {
            let place = Place::file(path.display().to_string());
            Finding::error(
                "file.unwritable",
                place,
                format!("the folder cannot be made: {error}"),
            )
            .hint("Check its name and permissions.")
        })
    };
    make(&folder.join("secrets"))?;
    let addresses: Vec<_> = sample
        .vendors
        .iter()
        .enumerate()
        .map(|(at, entry)| (*entry, format!("http://{}", address(port, at))))
        .collect();
    files::write(
        &folder.join("rackrate.toml"),
        Sample::config(&addresses).as_bytes(),
    )?;
    files::write(&folder.join("properties.csv"), sample.properties.as_bytes())?;
    files::write(&folder.join("mapping.csv"), sample.mapping.as_bytes())?;
    files::write(&folder.join("rates.csv"), sample.calendar.as_bytes())?;
    for name in sample.vendors.iter().flat_map(|entry| needed(entry)) {
        files::write(&folder.join("secrets").join(name), secret(name).as_bytes())?;
    }
    let at = folder.display();
    page.line(format!(
        "Written to {at}: rackrate.toml, properties.csv, mapping.csv, rates.csv, secrets/."
    ));
    page.line(format!(
        "Start the vendors with `rackrate sim --port {port}`, then, in {at}:"
    ));
    page.line("  rackrate plan rates.csv && rackrate show plan.json && rackrate apply plan.json && rackrate verify");
    Ok(Done::with(Exit::Done))
}

async fn host(sample: &Sample, flags: &Sim, now: Wall, page: &mut Page) -> Result<Done> {
    let mut hosted = Vec::new();
    for (at, entry) in sample.vendors.iter().enumerate() {
        let saved = flags.state.as_ref().and_then(|folder| {
            std::fs::read_to_string(folder.join(format!("{}.json", entry.id))).ok()
        });
        let simulator = (entry.simulator)(sample.simulator(entry, flags.seed, now, saved))
            .map_err(|error| {
                Problem::input([Finding::error("sim.unusable", Place::default(), error)
                    .hint("Remove the saved state, or name another folder.")])
            })?;
        hosted.push(Hosted {
            name: entry.id.to_owned(),
            simulator,
            address: address(flags.port, at),
        });
    }
    let control = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), flags.port);
    let host = bind(
        hosted,
        Options {
            control,
            save: flags.state.clone(),
        },
    )
    .await
    .map_err(failed)?;
    page.line(format!("control http://{}", host.control()));
    for (name, address) in host.addresses() {
        page.line(format!("{name} http://{address}"));
    }
    host.run(stopped()).await.map_err(failed)?;
    Ok(Done::with(Exit::Done))
}

async fn stopped() {
    // Without a handler the signal ends the process by itself.
    let _ = tokio::signal::ctrl_c().await;
}

fn failed(error: rackrate_simulator::serve::ServeError) -> Problem {
    Problem::failed(
        Finding::error("sim.failed", Place::default(), error.to_string())
            .hint("Another program may use the port: choose one with --port, or 0 for any."),
    )
}
