//! `rackrate creds login`: a person is asked in their browser, and what comes back becomes a
//! grant.
//!
//! The ledger is opened, and other processes wait, only once the person has answered.

use std::io::{BufRead, Write};

use rackrate_auth::consent::Invited;
use rackrate_core::address::{constant, is_own_machine};
use rackrate_core::auth::Consent;
use rackrate_core::secret::Secret;
use rackrate_runtime::desk::Code;
use url::Url;

use super::super::Done;
use super::super::inputs::Inputs;
use super::{meant, mistake, wanted};
use crate::callback::{Callback, denied};
use crate::cli::Login;
use crate::flow::creds::Wanted;
use crate::flow::creds::consent::ask;
use crate::portfolio::Link;
use crate::problem::{Problem, Result};
use crate::screen::Page;

/// Where a browser ends whose address is pasted, when nothing else is registered: on its own
/// machine, at a port where nobody listens (RFC 8252, section 7.3).
const NOWHERE: &str = "http://127.0.0.1:7190/callback";

pub(super) async fn run(inputs: &Inputs, flags: &Login, page: &mut Page) -> Result<Done> {
    let link = meant(inputs, &flags.one)?;
    let Some(consent) = link.adapter.auth().consent() else {
        let message = "its credential needs nobody's consent";
        let hint = "It is used as it is configured; `rackrate creds check` tries it.";
        return Err(mistake("creds.no_consent", link, message).hint(hint).into());
    };
    let (invited, code) = match callback(link, flags).await? {
        Some(callback) => {
            let invited = invite(link, consent, callback.redirect.clone())?;
            let code = callback.wait(&invited, flags.wait.0).await?;
            (invited, code)
        }
        None => {
            let redirect = link.redirect.clone();
            let redirect = redirect.unwrap_or_else(|| constant(NOWHERE));
            let invited = invite(link, consent, redirect)?;
            let code = pasted(link, &invited)?;
            (invited, code)
        }
    };
    let code = Code {
        code,
        redirect: invited.redirect,
        verifier: invited.verifier,
    };
    let done = "is connected; what it reaches: `rackrate discover`";
    wanted(inputs, link, Wanted::Grant(code), page, done).await
}

/// Where the browser is waited for; `None` where its address is pasted.
async fn callback(link: &Link, flags: &Login) -> Result<Option<Callback>> {
    let here = link.redirect.as_ref().is_none_or(is_own_machine);
    match here && !flags.paste {
        true => Ok(Some(Callback::listen(link.redirect.as_ref()).await?)),
        false => Ok(None),
    }
}

/// Tells the address that the person has to open.
fn invite(link: &Link, consent: &dyn Consent, redirect: Url) -> Result<Invited> {
    let (invited, address) = ask(link, consent, redirect)?;
    say(&format!(
        "Open this address, sign in at {} and allow it:\n\n  {address}\n\nIt comes back to {}.",
        link.entry.title, invited.redirect
    ));
    Ok(invited)
}

/// The code in an address that a person pastes.
fn pasted(link: &Link, invited: &Invited) -> Result<Secret> {
    say("Paste the address that the browser ends at, even if its page does not load:");
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let url = read.ok().and_then(|_| Url::parse(line.trim()).ok());
    let url = url.ok_or_else(|| {
        let message = "what was pasted is no address";
        let hint = "Start again, and paste the whole line of the browser's address bar.";
        Problem::from(mistake("creds.no_address", link, message).hint(hint))
    })?;
    invited.code(&url).map_err(|why| denied(&why))
}

/// Words for the person at the terminal; results go to standard output.
fn say(words: &str) {
    // A terminal that is gone reads nothing.
    let _ = writeln!(std::io::stderr(), "{words}");
}
