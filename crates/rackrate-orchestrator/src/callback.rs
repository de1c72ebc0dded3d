//! Waits on this machine for the browser of somebody who was asked for consent.
//!
//! What an address means is [`Invited`]'s to say. Whoever else comes by is turned away, and
//! the waiting goes on: a page that guesses our port must not end a sign-in.

use std::time::Duration;

use rackrate_auth::consent::{Invited, Refused};
use rackrate_core::address::constant;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::secret::Secret;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

use crate::door::{Door, Page, Visit, WAITING};
use crate::exit::Exit;
use crate::problem::{Problem, Result};

/// A free port of this machine.
const ANY_PORT: &str = "http://127.0.0.1:0/callback";

/// An address of this machine that somebody's browser will come back to.
#[derive(Debug)]
pub(crate) struct Callback {
    door: Door,
    /// The address, with its port.
    pub(crate) redirect: Url,
}

impl Callback {
    /// Listens at that address, or at a free port (RFC 8252, section 7.3).
    ///
    /// # Errors
    /// `creds.port` when another program has it.
    pub(crate) async fn listen(redirect: Option<&Url>) -> Result<Self> {
        let mut redirect = redirect.cloned().unwrap_or_else(|| constant(ANY_PORT));
        let host = redirect.host_str().unwrap_or("127.0.0.1").to_owned();
        let asked = redirect.port_or_known_default().unwrap_or(0);
        let host = host.trim_matches(['[', ']']);
        let listener = TcpListener::bind((host, asked)).await;
        let door = Door::of(listener.map_err(|error| port(&error.to_string()))?);
        if asked == 0 {
            // An http address with a host always takes a port.
            let _ = redirect.set_port(Some(door.address()?.port()));
        }
        Ok(Self { door, redirect })
    }

    /// Waits for the answer to that invitation.
    ///
    /// # Errors
    /// `creds.denied` when vendor or person said no, `creds.nobody_came` after `patience`.
    pub(crate) async fn wait(self, invited: &Invited, patience: Duration) -> Result<Secret> {
        let (visits, mut visited) = mpsc::channel(WAITING);
        let answered = async {
            while let Some(visit) = visited.recv().await {
                if let Some(end) = self.visit(invited, visit) {
                    return end;
                }
            }
            Err(nobody(patience))
        };
        let end = tokio::select! {
            () = self.door.receive(None, visits) => Err(nobody(patience)),
            end = tokio::time::timeout(patience, answered) => {
                end.unwrap_or_else(|_| Err(nobody(patience)))
            }
        };
        self.door.close().await;
        end
    }

    fn visit(&self, invited: &Invited, visit: Visit) -> Option<Result<Secret>> {
        let address = self.redirect.join(&visit.asked).ok();
        let Some(address) = address.filter(|url| url.path() == self.redirect.path()) else {
            visit.show(Page::STRANGER);
            return None;
        };
        let (end, shown) = match invited.code(&address) {
            Ok(code) => (Some(Ok(code)), Page::DONE),
            Err(why @ Refused::Denied(_)) => (Some(Err(denied(&why))), Page::DENIED),
            Err(why) => {
                tracing::warn!(
                    "somebody came to {} and was turned away: {why}",
                    self.redirect
                );
                (None, Page::STRANGER)
            }
        };
        visit.show(shown);
        end
    }
}

/// What the vendor's or the person's no means to who signs in.
pub(crate) fn denied(why: &Refused) -> Problem {
    let finding = Finding::error("creds.denied", Place::default(), why.to_string());
    Problem {
        exit: Exit::Person,
        findings: vec![finding.hint("Start the sign-in again with `rackrate creds login`.")],
    }
}

fn nobody(patience: Duration) -> Problem {
    let message = format!("nobody came back within {} s", patience.as_secs());
    let finding = Finding::error("creds.nobody_came", Place::default(), message);
    Problem {
        exit: Exit::Person,
        findings: vec![finding.hint(
            "Start the sign-in again; --paste helps where the browser runs on another machine.",
        )],
    }
}

fn port(why: &str) -> Problem {
    let finding = Finding::error("creds.port", Place::default(), why.to_owned());
    Problem::input([finding.hint(
        "Another program may have the port of the redirect; use --paste, or another redirect.",
    )])
}
