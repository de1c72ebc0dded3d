//! `rackrate creds`.

mod callback;
mod check;
mod forecast;
mod installs;
mod invite;
mod keepalive;
mod list;
mod login;
mod migrate;
mod rekey;
mod review;
mod rotate;

use rackrate_auth::source::SecretRef;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::secret::Secret;

use super::Done;
use super::inputs::Inputs;
use crate::cli::{Common, Creds, Needs, OneConnection};
use crate::exit::Exit;
use crate::flow::creds::{Settled, Wanted, Way, settle, way};
use crate::portfolio::Link;
use crate::problem::Result;
use crate::screen::Page;

pub(super) async fn run(
    common: &Common,
    inputs: &mut Inputs,
    what: &Creds,
    page: &mut Page,
) -> Result<Done> {
    match what.needs() {
        Needs::Nothing => {}
        Needs::Seal => inputs.fetch_seal().await?,
        Needs::Secrets => inputs.unlock().await?,
    }
    match what {
        Creds::List => list::run(common, inputs, page).await,
        Creds::Login(flags) => login::run(inputs, flags, page).await,
        Creds::Invite(flags) => invite::run(common, inputs, flags, page).await,
        Creds::Callback(flags) => callback::run(common, inputs, flags, page).await,
        Creds::Installs => installs::list(common, inputs, page).await,
        Creds::Confirm(flags) => installs::give(inputs, flags, page).await,
        Creds::Dismiss(flags) => installs::end(inputs, flags, page).await,
        Creds::Refresh(flags) => refresh(inputs, flags, page).await,
        Creds::Rekey(flags) => rekey::run(common, inputs, flags, page).await,
        Creds::Rotate(flags) => rotate::run(common, inputs, flags, page).await,
        Creds::Migrate(flags) => migrate::run(inputs, flags, page).await,
        Creds::Logout(flags) => logout(inputs, flags, page).await,
        Creds::Check(flags) => check::run(common, inputs, flags, page).await,
        Creds::Forecast(flags) => forecast::run(common, inputs, flags, page).await,
        Creds::Keepalive(flags) => keepalive::run(common, inputs, *flags, page).await,
        Creds::Review(flags) => review::run(common, inputs, flags, page).await,
    }
}

fn meant<'a>(inputs: &'a Inputs, flags: &OneConnection) -> Result<&'a Link> {
    inputs.connection(flags.connection.as_deref(), "creds")
}

async fn refresh(inputs: &Inputs, flags: &OneConnection, page: &mut Page) -> Result<Done> {
    let link = meant(inputs, flags)?;
    if way(link) == Way::Key {
        let message = "its credential is the secret itself; there is no token to renew";
        let hint = "Change the secret where the reference in rackrate.toml leads.";
        return Err(mistake("creds.no_token", link, message).hint(hint).into());
    }
    wanted(inputs, link, Wanted::Renewal, page, "has a new token").await
}

async fn logout(inputs: &Inputs, flags: &OneConnection, page: &mut Page) -> Result<Done> {
    let link = meant(inputs, flags)?;
    let Some(consent) = link.adapter.auth().consent() else {
        let message = "nobody consented to it, so there is no grant to end";
        let hint = "Delete the key or the client at the vendor, and remove the connection.";
        return Err(mistake("creds.no_consent", link, message).hint(hint).into());
    };
    let any = Secret::new(String::new());
    let told = consent.revoke(&link.secrets, &any).is_some();
    let done = match told {
        true => "is disconnected, at the vendor too",
        false => {
            "is forgotten here; the vendor cannot be told, so remove the app in the hotel's account there"
        }
    };
    wanted(inputs, link, Wanted::End, page, done).await
}

/// Does it, and says so where it was done.
async fn wanted(
    inputs: &Inputs,
    link: &Link,
    wanted: Wanted,
    page: &mut Page,
    done: &str,
) -> Result<Done> {
    let mut host = inputs.live().await?;
    let ends = matches!(wanted, Wanted::End);
    let told = match settle(&mut host, link, wanted, inputs.policy()).await? {
        Settled::Done(told) => told,
        Settled::Stopped(exit, finding) => {
            // Whoever stopped it knows why it came to no end.
            return Ok(match host.interrupted {
                Some(signal) => Done::with(signal),
                None => Done {
                    exit,
                    findings: vec![finding],
                },
            });
        }
    };
    if !ends {
        inputs.alarm.works(&link.id);
    }
    page.line(format!("{} {done}.", link.id));
    Ok(Done {
        exit: host.interrupted.unwrap_or(Exit::Done),
        findings: Vec::from_iter(told),
    })
}

/// A reference that was given on the command line. What is none may be the secret itself, so
/// it is not shown.
fn place(inputs: &Inputs, text: &str) -> Result<SecretRef, Finding> {
    let wrong = |code, message: String, hint: &str| {
        Finding::error(code, Place::default(), format!("--new: {message}")).hint(hint)
    };
    let place = SecretRef::parse(text).map_err(|error| {
        let hint = "Store the secret in a file or a vault and name the place. One that was written on a command line should be replaced.";
        wrong("config.secret", error.to_string(), hint)
    })?;
    if place.starts_a_program() && !inputs.config.allow_exec {
        let message = "it starts a program, and that is not allowed".to_owned();
        let hint = "Set allow_exec = true in the configuration, or name another place.";
        return Err(wrong("config.exec_not_allowed", message, hint));
    }
    Ok(place)
}

fn mistake(code: &str, link: &Link, message: &str) -> Finding {
    Finding::error(code, Place::default().on(&link.id), message)
}
