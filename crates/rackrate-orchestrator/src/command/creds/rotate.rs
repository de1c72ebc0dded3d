//! `rackrate creds rotate`: leads a person through the change of a client's secret.
//!
//! The ledger is given back while a person is waited for, so that other processes can go on,
//! with everything but this client.

mod fit;
mod screen;

use std::io::{BufRead, IsTerminal};

use rackrate_auth::changeover::{Stage, Wish};
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::sqlite::SqliteLedger;
use tokio::sync::oneshot;

use self::fit::{of, secret, unfit};
use self::screen::{Screen, print};
use super::super::Done;
use super::super::inputs::Inputs;
use super::place;
use crate::alarm::Alarm;
use crate::cli::{Common, Output, Rotate};
use crate::exit::Exit;
use crate::flow::creds::rotate::{Came, Change, Went, of_client};
use crate::host::{Host, Signals};
use crate::portfolio::ClientInfo;
use crate::problem::Result;
use crate::screen::Page;
use crate::signing;

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: &Rotate,
    page: &mut Page,
) -> Result<Done> {
    let change = change(inputs, flags).await?;
    let screen = Screen::new(common, inputs, &change);
    let mut wish = match (flags.goes_on, flags.abort) {
        (_, true) => Wish::Abort,
        (true, _) => Wish::Continue,
        (false, false) => Wish::Go,
    };
    let may_ask = wish == Wish::Go && common.output == Output::Table && is_somebody_there();
    let mut told = Vec::new();
    loop {
        let (went, signal) = step(inputs, &change, flags, wish).await?;
        if let (Some(signal), Came::Refused(..)) = (signal, &went.came) {
            return Ok(stopped(signal, &screen));
        }
        told.extend(went.told);
        print(&screen, &went.came, page);
        if let Some(signal) = signal {
            return Ok(ended(signal, went.came, told));
        }
        if !(may_ask && resets(&went.came)) {
            return Ok(ended(Exit::Done, went.came, told));
        }
        match answered().await {
            Ok(true) => wish = Wish::Continue,
            Ok(false) => return Ok(ended(Exit::Done, went.came, told)),
            Err(signal) => return Ok(stopped(signal, &screen)),
        }
    }
}

/// Whether a person at this terminal can be asked.
fn is_somebody_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether a person resets the secret now.
fn resets(came: &Came) -> bool {
    match came {
        Came::Waits(record, _) => record.at.holds() && record.at.stage == Stage::Begun,
        Came::Refused(record, ..) => record.at.holds(),
        _ => false,
    }
}

/// Whether the person says that it is done; else the command ends, and can be continued.
///
/// # Errors
/// The signal that came instead.
async fn answered() -> Result<bool, Exit> {
    screen::ask();
    let mut signals = Signals::listen();
    let (say, said) = oneshot::channel();
    // The program may end while its terminal is still read, so nothing waits for this thread.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        say.send(read.is_ok_and(|length| length > 0))
    });
    tokio::select! {
        said = said => Ok(said.unwrap_or(false)),
        exit = signals.next() => Err(exit),
    }
}

/// Goes on as far as nobody is needed, with the ledger to ourselves; with the signal that came
/// meanwhile.
async fn step(
    inputs: &Inputs,
    change: &Change<'_>,
    flags: &Rotate,
    wish: Wish,
) -> Result<(Went, Option<Exit>)> {
    let mut host = inputs.live().await?;
    // Only the secret that is tried may be tried, whatever else is where it comes from.
    host.ask_again(None);
    // Whoever changes a secret sees what fails here; nobody else has to be told.
    host.alarmed(&Alarm::default(), None);
    let kept = of_client(host.ledger().as_ref(), &change.client.name).await?;
    if let Some(wrong) = unfit(change, flags, wish, kept.as_ref().map(|kept| &kept.new)) {
        return Err(wrong.into());
    }
    let went = change.go_on(&mut host, wish, inputs.policy()).await?;
    Ok((went, host.interrupted))
}

async fn change<'a>(inputs: &'a Inputs, flags: &Rotate) -> Result<Change<'a>> {
    let links = of(inputs, flags)?;
    let client: &ClientInfo = links
        .first()
        .and_then(|link| link.client.as_deref())
        .ok_or_else(|| Finding::error("program.fault", Place::default(), "no client"))?;
    let secret = secret(client, flags)?;
    let new = flags.new.as_deref().map(|text| place(inputs, text));
    let ledger = SqliteLedger::open(&inputs.ledger_file())?;
    // What is fetched while a change is under way may be the new one already.
    let before = match of_client(&ledger, &client.name).await? {
        Some(_) => None,
        None => links[0].secrets.get(&secret).cloned(),
    };
    Ok(Change {
        client,
        secret,
        new: new.transpose()?,
        before,
        seal: inputs.seal(),
        source: inputs.source(),
        by: signing::user(),
        links,
    })
}

/// How the command ends that came so far; a signal is the stronger reason.
fn ended(signal: Exit, came: Came, told: Vec<Finding>) -> Done {
    let (exit, why) = match came {
        Came::Waits(_, why) => (Exit::Person, why),
        Came::Refused(_, exit, finding) => (exit, Some(finding)),
        Came::Done(_) | Came::Aborted(_) | Came::Nothing => (Exit::Done, None),
    };
    let mut findings = told;
    findings.extend(why.map(|why| *why));
    Done {
        exit: exit.and(signal),
        findings,
    }
}

fn stopped(signal: Exit, screen: &Screen<'_>) -> Done {
    let message = "stopped; the change goes on where it was";
    let finding = Finding::warning("creds.stopped", Place::default(), message);
    Done {
        exit: signal,
        findings: vec![finding.hint(format!("`{}`", screen.command(" --continue")))],
    }
}
