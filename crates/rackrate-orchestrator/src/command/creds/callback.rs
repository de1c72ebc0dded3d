//! `rackrate creds callback`: waits, until it is stopped, for people whom a vendor sends back.
//!
//! Visits are looked at one after another. The ledger's lock is taken for a visit that
//! something becomes of, and given back behind it, so that other commands can work between.

use std::borrow::Cow;
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
use crate::flow::creds::install::answer::{Brings, Came, Guest, Reception};
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
    let routes = Routes::of(&inputs.portfolio)?;
    let tls = match flags.tls_cert.as_ref().zip(flags.tls_key.as_ref()) {
        Some((cert, key)) => Some(acceptor(cert, key)?),
        None => None,
    };
    let door = Door::open(flags.listen, tls.is_some()).await?;
    let mut office = Office::open(common, inputs, routes, page)?;
    office.say(&door, tls.is_some())?;
    let (visits, visited) = mpsc::channel(WAITING);
    tokio::select! {
        () = door.receive(tls, visits) => {}
        ended = office.work(visited) => ended?,
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
    signals: Signals,
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
            signals: Signals::listen(),
            pace: Pace::default(),
            output: common.output,
            page,
        })
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

    /// Looks at visits until a signal comes. Whoever is being helped then is helped to the end;
    /// the others are told to come again.
    async fn work(&mut self, mut visited: mpsc::Receiver<Visit>) -> Result<()> {
        let mut stopped = is_stopped(self.resume().await)? || self.alert().await;
        while !stopped {
            tokio::select! {
                Some(visit) = visited.recv() => {
                    self.receive(visit).await;
                    stopped = self.alert().await;
                }
                _ = self.signals.next() => stopped = true,
            }
        }
        visited.close();
        while let Some(visit) = visited.recv().await {
            self.leave(visit).await;
        }
        Ok(())
    }

    /// Nothing is done any more for one whose turn has not come; who may have been told that
    /// work goes on, so somebody here has to know.
    async fn leave(&mut self, visit: Visit) {
        let looked = self.reception.look(&self.ledger, &visit.asked, visit.came);
        if let Ok(Ok(guest)) = looked.await {
            self.tell(&guest.name, &Came::Unused);
        }
        visit.show(Shown::STOPPED);
    }

    /// Goes on with what earlier processes left half done.
    async fn resume(&mut self) -> Result<()> {
        let mut host = self.inputs.live().await?;
        let policy = self.inputs.policy();
        for (name, came) in resume(&mut host, &self.inputs.portfolio, policy).await? {
            self.tell(&name, &came);
        }
        Ok(())
    }

    async fn receive(&mut self, visit: Visit) {
        let shown = match self.visit(&visit.asked, visit.came).await {
            Ok(came) => Shown::of(&came),
            Err(problem) => {
                // One visit that fails does not end the waiting.
                screen::tell(&problem.findings, None);
                Shown::fault()
            }
        };
        visit.show(shown);
    }

    /// Tells who has to know what a visit showed of credentials, before the next one: the waiting
    /// may go on for weeks. Whether a signal came instead; then the end of the command tells.
    async fn alert(&mut self) -> bool {
        tokio::select! {
            findings = self.inputs.tell_now() => screen::tell(&findings, None),
            _ = self.signals.next() => return true,
        }
        false
    }

    async fn visit(&mut self, asked: &str, at: Wall) -> Result<Came> {
        let guest = match self.reception.look(&self.ledger, asked, at).await? {
            Ok(guest) => guest,
            Err(came) => return Ok(turned(came)),
        };
        if matches!(guest.brings, Brings::Beginning(_)) && !self.pace.allows(at) {
            return Ok(turned(Came::Crowded));
        }
        let name = guest.name.clone();
        let came = self.helped(guest).await?;
        self.tell(&name, &came);
        Ok(came)
    }

    /// What becomes of a guest; other processes may have to be waited for.
    async fn helped(&self, guest: Guest<'_>) -> Result<Came> {
        let inputs = self.now_unlocked().await;
        let mut host = match inputs.live().await {
            Err(problem) if problem.is_stop() => return Ok(Came::Unused),
            host => host?,
        };
        let portfolio = &inputs.portfolio;
        let link = portfolio.link(&guest.link.id).unwrap_or(guest.link);
        let guest = Guest { link, ..guest };
        let taken = take(&mut host, portfolio, guest, inputs.policy()).await?;
        screen::tell(Vec::from_iter(taken.told).as_slice(), None);
        Ok(taken.came)
    }

    /// The accounts with their secrets of now, which may have been rotated since the start.
    async fn now_unlocked(&self) -> Cow<'_, Inputs> {
        let (inputs, findings) = match self.inputs.again().await {
            Ok((inputs, findings)) => (Cow::Owned(inputs), findings),
            Err(problem) => (Cow::Borrowed(self.inputs), problem.findings),
        };
        screen::tell(&findings, None);
        inputs
    }

    fn now(&self) -> Wall {
        self.clock.now().wall
    }

    fn tell(&mut self, name: &str, came: &Came) {
        let line = match self.output {
            Output::Json => json!({ "install": name, "came": came }).to_string(),
            Output::Table | Output::Junit => format!("{} {name}: {came}", self.now()),
        };
        self.page.line(line);
    }
}

/// Whether a signal ended it.
fn is_stopped(ended: Result<()>) -> Result<bool> {
    match ended {
        Err(problem) if problem.is_stop() => Ok(true),
        ended => ended.map(|()| false),
    }
}

fn turned(came: Came) -> Came {
    tracing::warn!("somebody came and was turned away: {came}");
    came
}
