//! `rackrate creds callback`: waits, until it is stopped, for people whom a vendor sends back.
//!
//! Visits are looked at one after another. The ledger's lock is taken for a visit that
//! something becomes of, and given back behind it, so that other commands can work between.

use std::io::Write;

use rackrate_core::clock::Wall;
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_runtime::driver::Clock;
use serde_json::json;
use tokio::sync::mpsc;

use super::super::Done;
use super::super::inputs::Inputs;
use crate::cli::{Callback, Common, Output};
use crate::door::{Door, Page as Shown, Visit, WAITING, acceptor};
use crate::exit::Exit;
use crate::flow::creds::install::answer::{Brings, Came, Reception};
use crate::flow::creds::install::exchange::take;
use crate::flow::creds::install::pace::Pace;
use crate::flow::creds::install::place::resume;
use crate::flow::creds::install::routes::Routes;
use crate::host::Signals;
use crate::problem::Result;
use crate::screen::{self, Page};

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: &Callback,
    page: &mut Page,
) -> Result<Done> {
    let mut signals = Signals::listen();
    let routes = Routes::of(&inputs.portfolio)?;
    let tls = match flags.tls_cert.as_ref().zip(flags.tls_key.as_ref()) {
        Some((cert, key)) => Some(acceptor(cert, key)?),
        None => None,
    };
    let door = Door::open(flags.listen, tls.is_some()).await?;
    let mut office = Office::open(common, inputs, routes, page)?;
    office.resume().await?;
    office.say(&door, tls.is_some())?;
    let (visits, mut visited) = mpsc::channel(WAITING);
    {
        let work = office.work(&mut visited);
        tokio::pin!(work);
        tokio::select! {
            () = door.receive(tls, visits) => {}
            ended = &mut work => ended?,
            _ = signals.next() => {
                // Whoever is being helped is helped to the end; the channel has closed.
                let grace = inputs.config.apply.grace.0;
                if let Ok(ended) = tokio::time::timeout(grace, work).await {
                    ended?;
                }
            }
        }
    }
    door.close().await;
    Ok(Done::with(Exit::Done))
}

/// Who looks at the visits.
struct Office<'a> {
    inputs: &'a Inputs,
    reception: Reception<'a>,
    ledger: SqliteLedger,
    clock: Clock,
    pace: Pace,
    output: Output,
    page: &'a mut Page,
}

impl<'a> Office<'a> {
    fn open(
        common: &Common,
        inputs: &'a Inputs,
        routes: Routes<'a>,
        page: &'a mut Page,
    ) -> Result<Self> {
        let portfolio = &inputs.portfolio;
        Ok(Self {
            inputs,
            reception: Reception { portfolio, routes },
            ledger: SqliteLedger::open(&inputs.ledger_file())?,
            clock: Clock::system(),
            pace: Pace::default(),
            output: common.output,
            page,
        })
    }

    async fn resume(&mut self) -> Result<()> {
        let mut host = self.inputs.live().await?;
        let policy = self.inputs.policy();
        for (name, came) in resume(&mut host, &self.inputs.portfolio, policy).await? {
            self.tell(&name, &came);
        }
        Ok(())
    }

    fn say(&self, door: &Door, has_tls: bool) -> Result<()> {
        let scheme = if has_tls { "https" } else { "http" };
        let paths: Vec<_> = self.reception.routes.paths().collect();
        let (at, paths) = (door.address()?, paths.join(", "));
        // A terminal that is gone reads nothing.
        let _ = writeln!(
            screen::stderr(),
            "Waiting at {scheme}://{at} for {paths}. Ctrl-C ends it."
        );
        Ok(())
    }

    async fn work(&mut self, visited: &mut mpsc::Receiver<Visit>) -> Result<()> {
        while let Some((asked, page)) = visited.recv().await {
            let shown = match self.visit(&asked).await {
                Ok(came) => Shown::of(&came),
                Err(problem) => {
                    // One visit that fails does not end the waiting.
                    screen::tell(&problem.findings, None);
                    Shown::fault()
                }
            };
            // A browser that is gone needs no page.
            let _ = page.send(shown);
        }
        Ok(())
    }

    async fn visit(&mut self, asked: &str) -> Result<Came> {
        let now = self.now();
        let guest = match self.reception.look(&self.ledger, asked, now).await? {
            Ok(guest) => guest,
            Err(came) => {
                self.turned(&came);
                return Ok(came);
            }
        };
        if matches!(guest.brings, Brings::Beginning(_)) && !self.pace.allows(now) {
            self.turned(&Came::Crowded);
            return Ok(Came::Crowded);
        }
        let name = guest.name.clone();
        let mut host = self.inputs.live().await?;
        let policy = self.inputs.policy();
        let taken = take(&mut host, &self.inputs.portfolio, guest, policy).await?;
        screen::tell(Vec::from_iter(taken.told).as_slice(), None);
        self.tell(&name, &taken.came);
        Ok(taken.came)
    }

    fn now(&self) -> Wall {
        self.clock.now().wall
    }

    fn turned(&self, came: &Came) {
        tracing::warn!("somebody came and was turned away: {came}");
    }

    fn tell(&mut self, name: &str, came: &Came) {
        let line = match self.output {
            Output::Json => json!({ "install": name, "came": came }).to_string(),
            Output::Table | Output::Junit => format!("{} {name}: {came}", self.now()),
        };
        self.page.line(line);
    }
}
